"""The command line. stdout is data, stderr is talk; the text commands never import Textual.

Exit codes: 0 fine, 1 what was asked about is bad, 2 wrong input, 3 no terminal or too small, 130 interrupted.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence

from ktwviz import __version__
from ktwviz.errors import KtwvizError, TerminalError, UnknownName

FINE, BAD, WRONG_INPUT, NO_TERMINAL, INTERRUPTED = 0, 1, 2, 3, 130
SMALLEST = (80, 24)
JSON_SCHEMA = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
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
    return code


def _talk(error: Exception, code: int) -> int:
    print(f"ktwviz: {error}", file=sys.stderr)
    return code


# The commands' words --------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ktwviz",
        description="Play the scheduler of a small computer that runs the kernel's kthread-worker code. "
        "Without a command: the lessons, where you left off.",
        epilog="exit codes: 0 fine, 1 broken, 2 wrong input, 3 no terminal, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"ktwviz {__version__}")
    _screen_options(parser)
    parser.set_defaults(run=_home)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    play = commands.add_parser("play", help="play a lesson, or a lesson file of anyone's")
    play.add_argument("lesson", metavar="LESSON|FILE", help="number, id, or path of a lesson")
    play.add_argument("--step", type=_step, metavar="N", help="begin at step N of the script or token")
    play.add_argument("--token", metavar="T", help="begin with the steps of a token")
    _screen_options(play)
    play.set_defaults(run=_play)

    listing = commands.add_parser("list", help="list the lessons")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)

    show = commands.add_parser("show", help="print the text of a lesson")
    show.add_argument("lesson", metavar="LESSON|FILE", help="number, id, or path of a lesson")
    show.set_defaults(run=_show)

    replay = commands.add_parser("replay", help="print what the steps of a token do")
    replay.add_argument("token", metavar="TOKEN", help="for example kt1/timer-window@3f2a/1*4.t.2*3")
    replay.add_argument("--lesson", metavar="FILE", help="the lesson file, where the lesson is not a built-in one")
    replay.add_argument("--json", action="store_true", help="as JSON, with the choices of every step")
    replay.set_defaults(run=_replay)
    return parser


def _step(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a step is a number from 0 on, not {text!r}")
    return int(text)


def _screen_options(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: an option that stands before the command is not overwritten by the command's own default
    unset = argparse.SUPPRESS
    parser.add_argument("--ascii", action="store_true", default=unset, help="draw with ASCII characters only")
    parser.add_argument("--theme", choices=("dark", "light"), default=unset, help="colours")
    parser.add_argument("--no-save", action="store_true", default=unset, help="neither read nor write progress")


# Screens --------------------------------------------------------------------------------------------------------


def _home(options: argparse.Namespace) -> int:
    return _screen(options, None)


def _play(options: argparse.Namespace) -> int:
    from ktwviz.lesson.parse import find_lesson

    lesson = find_lesson(options.lesson)
    if options.token is not None or options.step is not None:
        _check_start(lesson, options)
    return _screen(options, lesson)


def _check_start(lesson: object, options: argparse.Namespace) -> None:
    """Refuse a token or step that does not fit before the screen is taken over."""
    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.play import Play, rule_of
    from ktwviz.schedule import Token

    assert isinstance(lesson, Lesson)
    token = Token.parse(options.token) if options.token is not None else None
    play = Play(lesson, rule=rule_of(token) if token else None)
    if token is not None:
        play.resume(token)
        length = len(token.keys)
    else:
        length = len(play.script.keys)
    if options.step is not None and options.step > length:
        what = "the token" if token else f"the script of {lesson.id}"
        raise UnknownName(f"--step {options.step}: {what} has {length} steps")


def _screen(options: argparse.Namespace, lesson: object) -> int:
    _check_terminal()
    from ktwviz.lesson.model import Lesson
    from ktwviz.progress import ProgressStore, progress_path
    from ktwviz.tui.app import KtwvizApp

    assert lesson is None or isinstance(lesson, Lesson)
    store = ProgressStore(progress_path(), saving=not getattr(options, "no_save", False))
    app = KtwvizApp(
        store,
        start=lesson,
        ascii=getattr(options, "ascii", False),
        theme=getattr(options, "theme", None),
        token=getattr(options, "token", None),
        step=getattr(options, "step", None),
    )
    app.run()
    return app.return_code or FINE


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TerminalError("this needs a terminal; `ktwviz list`, `show` and `replay` do without one")
    columns, lines = shutil.get_terminal_size()
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        raise TerminalError(f"the terminal is {columns}x{lines}, and 80x24 is needed: enlarge it and try again")


# Text -----------------------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from ktwviz.lesson.parse import lesson_files, load_lesson
    from ktwviz.progress import ProgressStore, progress_path

    store = ProgressStore(progress_path())
    progress = store.load()
    if store.notice:
        print(store.notice, file=sys.stderr)
    rows = []
    for path in lesson_files():
        lesson = load_lesson(path)
        done = progress.of(lesson.id)
        number = path.name.split("-")[0]
        rows.append((number, lesson, done))
    if options.json:
        lessons = [
            {
                "number": number,
                "id": lesson.id,
                "title": lesson.title,
                "kind": lesson.kind,
                "minutes": lesson.minutes,
                "needs": list(lesson.needs),
                "aim": lesson.aim,
                "goal": lesson.goal.text if lesson.goal else None,
                "solved": done.solved,
                "best": done.best,
            }
            for number, lesson, done in rows
        ]
        _print_json({"lessons": lessons})
    else:
        for number, lesson, done in rows:
            mark = "[x]" if done.solved else "[/]" if done.token else "[ ]"
            print(f"{mark} {number}  {lesson.id:<22} {lesson.title:<28} {lesson.kind:<11} {lesson.minutes} min")
    return FINE


def _show(options: argparse.Namespace) -> int:
    from ktwviz.export.article import article
    from ktwviz.lesson.parse import find_lesson

    print(article(find_lesson(options.lesson)))
    return FINE


def _replay(options: argparse.Namespace) -> int:
    from ktwviz.export.log import as_json, as_text
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.lesson.play import play_token, rule_of
    from ktwviz.lesson.scenario import build_scenario
    from ktwviz.schedule import Token
    from ktwviz.session import Session

    token = Token.parse(options.token)
    scenario = build_scenario(find_lesson(options.lesson or token.lesson), rule_of(token))
    session = Session(scenario.machine)
    play_token(scenario, session, token)
    if options.json:
        _print_json(as_json(scenario, session, token))
    else:
        print(as_text(scenario, session, token))
    return BAD if session.bad_end else FINE


def _print_json(values: dict[str, object]) -> None:
    print(json.dumps({"schema": JSON_SCHEMA, **values}, indent=2, ensure_ascii=False))
