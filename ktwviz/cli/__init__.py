"""The command line. stdout is data, stderr is talk; the text commands never import Textual.

Exit codes: 0 fine, 1 what was asked about is bad, 2 wrong input, 3 no terminal or too small, 4 undetermined,
130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ktwviz import __version__
from ktwviz.cli.codes import FINE, INTERRUPTED, NO_TERMINAL, WRONG_INPUT
from ktwviz.errors import KtwvizError, TerminalError
from ktwviz.garbage import collect_garbage, leave_garbage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    leave_garbage()
    try:
        options = _parser(words).parse_args(words)
        code: int = options.run(options)
        sys.stdout.flush()
    except TerminalError as error:
        return _talk(error, NO_TERMINAL)
    except KtwvizError as error:
        return _talk(error, WRONG_INPUT)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`ktwviz list | head`); what is left to flush at exit has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    finally:
        collect_garbage()
    return code


def _talk(error: Exception, code: int) -> int:
    print(f"ktwviz: {error}", file=sys.stderr)
    return code


_Commands = Any  # argparse does not name the type of what add_subparsers() returns


# The commands' words --------------------------------------------------------------------------------------------


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser of `words`: of the command that they begin with, else of all, since to make all takes long."""
    parser = argparse.ArgumentParser(
        prog="ktwviz",
        description="Play the scheduler of a small computer that runs the kernel's kthread-worker code. "
        "Without a command: the lessons, where you left off.",
        epilog="exit codes: 0 fine, 1 broken, 2 wrong input, 3 no terminal, 4 undetermined, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"ktwviz {__version__}")
    _screen_options(parser)
    parser.set_defaults(run=_command("screens", "home"))
    if words:
        # without prog, argparse formats the usage only to find it
        commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="ktwviz")
        first = words[0]
        for add in [_COMMANDS[first]] if first in _COMMANDS else _COMMANDS.values():
            add(commands)
    return parser


def _add_play(commands: _Commands) -> None:
    play = commands.add_parser("play", help="play a lesson, or a lesson file of anyone's")
    play.add_argument(
        "lesson",
        metavar="LESSON|FILE",
        nargs="?",
        help="number, id, or path of a lesson; that of the token without",
    )
    play.add_argument("--step", type=_step, metavar="N", help="begin at step N of the script or token")
    play.add_argument("--token", metavar="T", help="begin with the steps of a token")
    play.add_argument("--speed", type=_speed, metavar="X", help="moves a second when it runs by itself")
    _screen_options(play)
    play.set_defaults(run=_command("screens", "play"))


def _add_sandbox(commands: _Commands) -> None:
    sandbox = commands.add_parser("sandbox", help="build a scenario of your own, checked while you type")
    sandbox.add_argument(
        "file",
        metavar="LESSON|FILE",
        nargs="?",
        help="begin with the scenario of a lesson, or with a .py file that holds one; your last draft without",
    )
    sandbox.add_argument("--kernel", metavar="V", help="the version of the code to run on: v4, merged, ...")
    _screen_options(sandbox)
    sandbox.set_defaults(run=_command("screens", "sandbox"))


def _add_listing(commands: _Commands) -> None:
    listing = commands.add_parser("list", help="list the lessons")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.add_argument("--todo", action="store_true", help="only those that are not solved yet")
    listing.set_defaults(run=_command("texts", "list_lessons"))


def _add_show(commands: _Commands) -> None:
    show = commands.add_parser(
        "show", help="print the text of a lesson, or a function of the kernel in C syntax"
    )
    show.add_argument("lesson", metavar="LESSON|FILE", nargs="?", help="number, id, or path of a lesson")
    show.add_argument(
        "--as-c", metavar="FUNCTION", help="print this function in C syntax, as the lesson's kernel has it"
    )
    show.set_defaults(run=_command("texts", "show"))


def _add_replay(commands: _Commands) -> None:
    replay = commands.add_parser("replay", help="print what the steps of a token do")
    replay.add_argument("token", metavar="TOKEN", help="for example kt1/timer-window@3f2a/1*4.t.2*3")
    replay.add_argument(
        "--lesson", metavar="FILE", help="the lesson file, where the lesson is not a built-in one"
    )
    replay.add_argument("--json", action="store_true", help="as JSON, with the choices of every step")
    replay.set_defaults(run=_command("texts", "replay"))


def _add_export(commands: _Commands) -> None:
    export = commands.add_parser("export", help="write a run as a changelog, a page, a chart, or JSON")
    export.add_argument(
        "run_of", metavar="TOKEN|LESSON[:STEP]", help="a token, or a lesson: its script, up to a step"
    )
    export.add_argument(
        "-f",
        dest="form",
        choices=("changelog", "markdown", "mermaid", "json"),
        default="changelog",
        help="the form: changelog (a column for each CPU) without",
    )
    export.add_argument("-o", dest="output", metavar="FILE", help="the file to write; stdout without")
    export.add_argument(
        "--lesson", metavar="FILE", help="the lesson file, where the lesson is not a built-in one"
    )
    export.set_defaults(run=_command("export", "export"))


def _add_diff(commands: _Commands) -> None:
    diff = commands.add_parser("diff", help="play a token under another rule: where the two runs part")
    diff.add_argument("token", metavar="TOKEN", help="for example kt1/timer-window@3f2a/1*4.t.2*3")
    diff.add_argument(
        "--rule",
        metavar="R",
        help='the other rule of the lesson, or "v4" for the code as posted (the default)',
    )
    diff.add_argument(
        "--lesson", metavar="FILE", help="the lesson file, where the lesson is not a built-in one"
    )
    diff.add_argument("--json", action="store_true", help="as JSON")
    diff.set_defaults(run=_command("texts", "diff"))


def _add_check(commands: _Commands) -> None:
    check = commands.add_parser("check", help="prove what lessons claim, under every interleaving")
    check.add_argument(
        "paths", nargs="*", metavar="LESSON|FILE|DIR", help="lessons; all built-in ones without"
    )
    check.add_argument("--json", action="store_true", help="as JSON")
    check.add_argument(
        "--jobs", type=_count, metavar="N", help="how many processes; as many as cores without"
    )
    check.set_defaults(run=_command("checking", "check"))


def _add_explore(commands: _Commands) -> None:
    explore = commands.add_parser("explore", help="go through every interleaving of a lesson's scenario")
    explore.add_argument("lesson", metavar="LESSON|FILE", help="number, id, or path of a lesson")
    explore.add_argument(
        "--rule",
        metavar="R",
        help="a rule of the lesson, or a version: v4, merged-2016, merged-2020, merged-2021, merged",
    )
    explore.add_argument(
        "--memory",
        choices=("sc", "tso"),
        help="sequential consistency, or x86 store buffers; the scenario's own choice without",
    )
    explore.add_argument(
        "--max-states", type=_count, default=1_000_000, metavar="N", help="stop after so many states"
    )
    explore.add_argument(
        "--max-seconds", type=_seconds, metavar="S", help="stop after so many seconds of search"
    )
    explore.add_argument(
        "--max-memory", type=_count, metavar="MiB", help="stop when the program has taken so much memory"
    )
    explore.add_argument(
        "--order",
        choices=("shortest", "switches"),
        default="shortest",
        help="the counterexamples with the fewest steps, or with the fewest context switches",
    )
    explore.add_argument(
        "--trace",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="print the first counterexample line by line",
    )
    explore.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this built-in property too, if it is not judged anyway; may be repeated",
    )
    explore.add_argument(
        "--symmetry",
        action="store_true",
        help="of tasks declared with copies=, let one state stand for all in which they have changed places",
    )
    explore.add_argument(
        "--jump",
        action="store_true",
        help="let the clock jump to the next expiry where nobody will read jiffies any more",
    )
    explore.add_argument("--json", action="store_true", help="as JSON")
    explore.set_defaults(run=_command("exploring", "explore_lesson"))


def _add_matrix(commands: _Commands) -> None:
    matrix = commands.add_parser("matrix", help="every race on every version of the code, as a table")
    matrix.add_argument(
        "lessons", nargs="*", metavar="LESSON|FILE", help="lessons; all built-in ones without"
    )
    matrix.add_argument("--json", action="store_true", help="as JSON")
    matrix.add_argument("--markdown", action="store_true", help="as a Markdown table")
    matrix.add_argument("--afresh", action="store_true", help="work everything out again, use nothing kept")
    matrix.add_argument(
        "--jobs", type=_count, metavar="N", help="how many processes; as many as cores without"
    )
    matrix.set_defaults(run=_command("matrix", "matrix"))


def _add_progress(commands: _Commands) -> None:
    progress = commands.add_parser("progress", help="show what you have done, carry it elsewhere, forget it")
    actions = progress.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print what you did in each lesson")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_command("progress", "show"))
    export = actions.add_parser("export", help="write it to a file for another machine")
    export.add_argument("file", metavar="FILE", help='the file to write; "-" is stdout')
    export.set_defaults(run=_command("progress", "export"))
    taken = actions.add_parser("import", help="add that of a file to what is there: the best of both")
    taken.add_argument("file", metavar="FILE", help='a file that export wrote; "-" is stdin')
    taken.set_defaults(run=_command("progress", "import_"))
    reset = actions.add_parser("reset", help="forget it, after asking")
    reset.add_argument("lesson", metavar="LESSON", nargs="?", help="number or id; all lessons without")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(run=_command("progress", "reset"))


def _add_layout(commands: _Commands) -> None:
    layout = commands.add_parser("layout", help="print how structs lie in memory, before and after the patch")
    layout.add_argument("struct", nargs="?", metavar="STRUCT", help="such as kthread_work; all sizes without")
    layout.add_argument("--json", action="store_true", help="as JSON")
    layout.set_defaults(run=_command("texts", "layout"))


def _add_new(commands: _Commands) -> None:
    new = commands.add_parser("new", help="write a lesson to begin with, which passes its check")
    new.add_argument("what", choices=("lesson",), help="what to write")
    new.add_argument("folder", metavar="DIR", help="the folder to put it in")
    new.set_defaults(run=_command("texts", "new_lesson"))


def _add_doctor(commands: _Commands) -> None:
    doctor = commands.add_parser("doctor", help="look whether everything is as it should be here")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(run=_command("doctor", "doctor"))


_COMMANDS: dict[str, Callable[[_Commands], None]] = {
    "play": _add_play,
    "sandbox": _add_sandbox,
    "list": _add_listing,
    "show": _add_show,
    "replay": _add_replay,
    "export": _add_export,
    "diff": _add_diff,
    "check": _add_check,
    "explore": _add_explore,
    "matrix": _add_matrix,
    "progress": _add_progress,
    "layout": _add_layout,
    "new": _add_new,
    "doctor": _add_doctor,
}
"""What adds each command to the parser, in the order of the help."""


def _command(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported only when it runs."""

    def run(options: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = getattr(import_module(f"ktwviz.cli.{module}"), name)
        return command(options)

    return run


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0, not {text!r}")
    return seconds


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 60:
        raise argparse.ArgumentTypeError(f"expected moves a second, up to 60, not {text!r}")
    return speed


def _step(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a step is a number from 0 on, not {text!r}")
    return int(text)


def _screen_options(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: an option that stands before the command is not overwritten by the command's own default
    unset = argparse.SUPPRESS
    parser.add_argument("--ascii", action="store_true", default=unset, help="draw with ASCII characters only")
    parser.add_argument(
        "--theme",
        choices=("dark", "light", "cb", "16"),
        default=unset,
        help="colours: cb is for the colour-blind, 16 takes those of the terminal",
    )
    parser.add_argument(
        "--no-save", action="store_true", default=unset, help="neither read nor write progress"
    )
