"""The command line. stdout is data, stderr is talk; the text commands never import Textual.

Exit codes: 0 fine, 1 what was asked about is bad, 2 wrong input, 3 no terminal or too small, 4 undetermined,
130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from ktwviz import __version__
from ktwviz.cli import runs
from ktwviz.cli.arguments import Commands, Parser, add_command, command, moves_a_second, port, step_number
from ktwviz.cli.codes import FINE, INTERRUPTED, NO_TERMINAL, WRONG_INPUT
from ktwviz.errors import KtwvizError, TerminalError
from ktwviz.garbage import collect_garbage, leave_garbage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    leave_garbage()
    try:
        options = _options(words)
        code: int = options.run(options)
        sys.stdout.flush()
        _keep_made()
    except TerminalError as error:
        return _talk(error, NO_TERMINAL, wrapped=True)
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


def _keep_made() -> None:
    """Keep what was made of kernel code for the next start, where any was."""
    made = sys.modules.get("ktwviz.machine.made")
    if made is not None:
        made.keep_made()


def _options(words: Sequence[str]) -> argparse.Namespace:
    """Read the words; what is left over is told with the usage of the command, which argparse does not do itself."""
    parser = _parser(words)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        asked = options.parser if words[0] in _COMMANDS else parser
        asked.error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


def _talk(error: Exception, code: int, *, wrapped: bool = False) -> int:
    sentence = f"ktwviz: {error}"
    print(_in_lines(sentence) if wrapped else sentence, file=sys.stderr)
    return code


def _in_lines(sentence: str) -> str:
    """Return a sentence in lines that fit the terminal, which may be the very thing that is too small."""
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    return textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)


# The commands' words --------------------------------------------------------------------------------------------


def _parser(words: Sequence[str]) -> Parser:
    """Return a parser of `words`: of the command that they begin with, else of all, since to make all takes long."""
    parser = Parser(
        prog="ktwviz",
        description="Play the scheduler of a small computer that runs the kernel's kthread-worker code. "
        "Without a command: the lessons, where you left off.",
        epilog="exit codes: 0 fine, 1 broken, 2 wrong input, 3 no terminal, 4 undetermined, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"ktwviz {__version__}")
    _screen_options(parser)
    parser.set_defaults(run=command("screens", "home"))
    if words:
        # without prog, argparse formats the usage only to find it
        commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="ktwviz")
        first = words[0]
        for add in [_COMMANDS[first]] if first in _COMMANDS else _COMMANDS.values():
            add(commands)
    return parser


def _add_play(commands: Commands) -> None:
    play = add_command(
        commands,
        "play",
        "play a lesson, or a lesson file of anyone's",
        "ktwviz play",
        "ktwviz play 4 --step 12",
        "ktwviz play 4 --plain",
        "printf '\\n\\n1\\n' | ktwviz play 4 --plain --no-save",
    )
    play.add_argument(
        "lesson",
        metavar="LESSON|FILE",
        nargs="?",
        help="number, id, or path of a lesson; without, that of the token, or the one you left last",
    )
    play.add_argument(
        "--plain",
        action="store_true",
        help="line by line instead of on a screen: for screen readers, small terminals and pipes",
    )
    play.add_argument("--step", type=step_number, metavar="N", help="begin at step N of the script or token")
    play.add_argument("--token", metavar="T", help="begin with the steps of a token")
    play.add_argument(
        "--speed", type=moves_a_second, metavar="X", help="moves a second when it runs by itself"
    )
    _screen_options(play)
    play.set_defaults(run=command("screens", "play"))


def _add_sandbox(commands: Commands) -> None:
    sandbox = commands.add_parser("sandbox", help="build a scenario of your own, checked while you type")
    sandbox.add_argument(
        "file",
        metavar="LESSON|FILE",
        nargs="?",
        help="begin with the scenario of a lesson, or with a .py file that holds one; your last draft without",
    )
    sandbox.add_argument("--kernel", metavar="V", help="the version of the code to run on: v4, merged, ...")
    _screen_options(sandbox)
    sandbox.set_defaults(run=command("screens", "sandbox"))


def _add_listing(commands: Commands) -> None:
    listing = commands.add_parser("list", help="list the lessons")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.add_argument("--todo", action="store_true", help="only those that are not solved yet")
    listing.set_defaults(run=command("texts", "list_lessons"))


def _add_show(commands: Commands) -> None:
    show = commands.add_parser(
        "show", help="print the text of a lesson, or a function of the kernel in C syntax"
    )
    show.add_argument("lesson", metavar="LESSON|FILE", nargs="?", help="number, id, or path of a lesson")
    show.add_argument(
        "--as-c", metavar="FUNCTION", help="print this function in C syntax, as the lesson's kernel has it"
    )
    show.set_defaults(run=command("texts", "show"))


def _add_progress(commands: Commands) -> None:
    progress = commands.add_parser("progress", help="show what you have done, carry it elsewhere, forget it")
    actions = progress.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print what you did in each lesson")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=command("progress", "show"))
    export = actions.add_parser("export", help="write it to a file for another machine")
    export.add_argument("file", metavar="FILE", help='the file to write; "-" is stdout')
    export.set_defaults(run=command("progress", "export"))
    taken = actions.add_parser("import", help="add that of a file to what is there: the best of both")
    taken.add_argument("file", metavar="FILE", help='a file that export wrote; "-" is stdin')
    taken.set_defaults(run=command("progress", "import_"))
    reset = actions.add_parser("reset", help="forget it, after asking")
    reset.add_argument("lesson", metavar="LESSON", nargs="?", help="number or id; all lessons without")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(run=command("progress", "reset"))


def _add_layout(commands: Commands) -> None:
    layout = commands.add_parser("layout", help="print how structs lie in memory, before and after the patch")
    layout.add_argument("struct", nargs="?", metavar="STRUCT", help="such as kthread_work; all sizes without")
    layout.add_argument("--json", action="store_true", help="as JSON")
    layout.set_defaults(run=command("texts", "layout"))


def _add_new(commands: Commands) -> None:
    new = commands.add_parser("new", help="write a lesson to begin with, which passes its check")
    new.add_argument("what", choices=("lesson",), help="what to write")
    new.add_argument("folder", metavar="DIR", help="the folder to put it in")
    new.set_defaults(run=command("texts", "new_lesson"))


def _add_serve(commands: Commands) -> None:
    serve = add_command(
        commands,
        "serve",
        "show the lessons in a browser; needs pip install 'ktwviz[serve]'",
        "ktwviz serve",
        "ktwviz serve --port 8080 --theme light --no-save",
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="HOST",
        help="who is answered: 127.0.0.1, this machine alone, without",
    )
    serve.add_argument("--port", type=port, default=8000, metavar="N", help="8000 without")
    _screen_options(serve)
    serve.set_defaults(run=command("serving", "serve"))


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="look whether everything is as it should be here")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(run=command("doctor", "doctor"))


_COMMANDS: dict[str, Callable[[Commands], None]] = {
    "play": _add_play,
    "sandbox": _add_sandbox,
    "list": _add_listing,
    "show": _add_show,
    "replay": runs.add_replay,
    "export": runs.add_export,
    "diff": runs.add_diff,
    "check": runs.add_check,
    "explore": runs.add_explore,
    "matrix": runs.add_matrix,
    "progress": _add_progress,
    "layout": _add_layout,
    "new": _add_new,
    "serve": _add_serve,
    "doctor": _add_doctor,
}
"""What adds each command to the parser, in the order of the help."""


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
        "--no-save", action="store_true", default=unset, help="leave progress as it is: nothing is saved"
    )
