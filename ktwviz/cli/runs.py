"""The words of the commands about runs and about all interleavings."""

from __future__ import annotations

import argparse

from ktwviz.cli.arguments import Commands, add_command, command, count, seconds, size, step_number
from ktwviz.size import NEEDED, SMALLEST

TOKEN = "kt1/timer-window@180c/3*10.1*32"
FORMS = ("changelog", "table", "markdown", "html", "mermaid", "ftrace", "lockdep", "json", "svg", "cast")
"""The forms in which a run is passed on. That each can be written is the matter of a test: to import them is slow."""


def add_replay(commands: Commands) -> None:
    """Add `replay`."""
    replay = add_command(
        commands,
        "replay",
        "print what the steps of a token do",
        f"ktwviz replay '{TOKEN}'",
        f"ktwviz replay '{TOKEN}' --rule v4 --format changelog",
        f"ktwviz replay '{TOKEN}' --until 12 --format jsonl | jq .access",
        f"ktwviz replay '{TOKEN}' --json > run.json && ktwviz replay run.json",
    )
    _add_token(replay)
    replay.add_argument(
        "--rule",
        metavar="R",
        help="play the schedule under another rule of the lesson, or version: v4, merged",
    )
    replay.add_argument("--until", type=step_number, metavar="N", help="only the first N steps")
    replay.add_argument(
        "-f",
        "--format",
        choices=("log", "table", "changelog", "json", "jsonl"),
        default="log",
        help="log (a line a step, below the line of code that it belongs to) without; jsonl is the run, then "
        "each step, as JSON in a line of its own",
    )
    replay.add_argument(
        "--json", action="store_const", const="json", dest="format", help="the same as --format json"
    )
    replay.set_defaults(run=command("texts", "replay"))


def add_export(commands: Commands) -> None:
    """Add `export`."""
    export = add_command(
        commands,
        "export",
        "write a run as a changelog, a page, a chart, a trace, a picture, or data",
        "ktwviz export timer-window:12",
        f"ktwviz export '{TOKEN}' --as-c -o race.txt",
        f"ktwviz export '{TOKEN}' -f html -o race.html",
        "ktwviz export 4 -f svg --size 120x40 --theme light -o race.svg",
        "ktwviz export 4 -f cast -o race.cast && asciinema play race.cast",
    )
    export.add_argument(
        "run_of",
        metavar="TOKEN|LESSON[:STEP]",
        help="a token, a .json file of a run, or a lesson: its script, up to a step",
    )
    export.add_argument(
        "-f",
        dest="form",
        choices=FORMS,
        default="changelog",
        help="the form: changelog (a column for each CPU) without; ftrace is a trace as the function tracer "
        "prints it, lockdep the order in which locks were taken, svg the player at that moment, cast all "
        "moments for asciinema",
    )
    export.add_argument("-o", dest="output", metavar="FILE", help="the file to write; stdout without")
    export.add_argument("--force", action="store_true", help="overwrite the file, if there is one already")
    export.add_argument("--as-c", action="store_true", help="changelog and pages: the code in C syntax")
    export.add_argument(
        "--size",
        type=size,
        default=SMALLEST,
        metavar="WxH",
        help=f"svg and cast: columns and lines; {NEEDED} without",
    )
    export.add_argument(
        "--theme", choices=("dark", "light", "cb", "16"), default="dark", help="svg and cast: the colours"
    )
    _add_file(export)
    export.set_defaults(run=command("export", "export"))


def add_diff(commands: Commands) -> None:
    """Add `diff`."""
    diff = add_command(
        commands,
        "diff",
        "play a token under another rule: where the two runs part",
        f"ktwviz diff '{TOKEN}'",
        f"ktwviz diff '{TOKEN}' --rule merged",
        f"ktwviz diff '{TOKEN}' --rule v4 --rule merged-2016",
    )
    _add_token(diff)
    diff.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="R",
        help='the other rule of the lesson, or "v4" for the code as posted (the default); given twice, the two '
        "that are compared",
    )
    diff.add_argument("--json", action="store_true", help="as JSON")
    diff.set_defaults(run=command("texts", "diff"))


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "token",
        metavar="TOKEN|FILE",
        help=f"such as {TOKEN}, or a file that `replay --json` wrote; - is stdin",
    )
    _add_file(parser)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lesson", metavar="FILE", help="the lesson file, where the lesson is not a built-in one"
    )


def add_check(commands: Commands) -> None:
    """Add `check`."""
    check = add_command(
        commands,
        "check",
        "prove what lessons claim, under every interleaving",
        "ktwviz check",
        "ktwviz check 4 lessons/30-my-lesson.md",
    )
    check.add_argument(
        "paths", nargs="*", metavar="LESSON|FILE|DIR", help="lessons; all built-in ones without"
    )
    check.add_argument("--json", action="store_true", help="as JSON")
    check.add_argument("--jobs", type=count, metavar="N", help="how many processes; as many as cores without")
    check.set_defaults(run=command("checking", "check"))


def add_explore(commands: Commands) -> None:
    """Add `explore`."""
    explore = add_command(
        commands,
        "explore",
        "go through every interleaving of a lesson's scenario",
        "ktwviz explore 4",
        "ktwviz explore 4 --rule v4 --property work-bound",
        "ktwviz explore 24 --first-bad --no-trace",
        "ktwviz explore 20 --max-depth 40 --max-seconds 10",
    )
    _add_scenario(explore)
    _add_bounds(explore)
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
    explore.set_defaults(run=command("exploring", "explore_lesson"))


def _add_scenario(explore: argparse.ArgumentParser) -> None:
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


def _add_bounds(explore: argparse.ArgumentParser) -> None:
    explore.add_argument(
        "--max-states", type=count, default=1_000_000, metavar="N", help="stop after so many states"
    )
    explore.add_argument(
        "--max-depth", type=count, metavar="N", help="follow no state that is more than so many steps away"
    )
    explore.add_argument(
        "--max-seconds", type=seconds, metavar="S", help="stop after so many seconds of search"
    )
    explore.add_argument(
        "--max-memory", type=count, metavar="MiB", help="stop when the program has taken so much memory"
    )
    explore.add_argument(
        "--first-bad",
        action="store_true",
        help="stop at the first counterexample; what else there is stays undetermined",
    )


def add_matrix(commands: Commands) -> None:
    """Add `matrix`."""
    matrix = add_command(
        commands,
        "matrix",
        "every race on every version of the code, as a table",
        "ktwviz matrix",
        "ktwviz matrix 4 16 --markdown",
    )
    matrix.add_argument(
        "lessons", nargs="*", metavar="LESSON|FILE", help="lessons; all built-in ones without"
    )
    matrix.add_argument("--json", action="store_true", help="as JSON")
    matrix.add_argument("--markdown", action="store_true", help="as a Markdown table")
    matrix.add_argument("--afresh", action="store_true", help="work everything out again, use nothing kept")
    matrix.add_argument(
        "--jobs", type=count, metavar="N", help="how many processes; as many as cores without"
    )
    matrix.set_defaults(run=command("matrix", "matrix"))
