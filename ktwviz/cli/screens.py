"""Commands that take over the screen."""

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from ktwviz.cli.codes import FINE
from ktwviz.errors import TerminalError, UnknownName

if TYPE_CHECKING:
    from ktwviz.lesson.sandbox import Begun

SMALLEST = (80, 24)


def home(options: argparse.Namespace) -> int:
    """Open the lessons."""
    return _screen(options, None)


def play(options: argparse.Namespace) -> int:
    """Open a lesson, at a step or at the moment of a token if asked."""
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.schedule import Token

    if options.lesson is None and options.token is None:
        raise UnknownName(
            "which lesson? name it by number, id or file, or give a --token: that names its own"
        )
    lesson = find_lesson(options.lesson if options.lesson is not None else Token.parse(options.token).lesson)
    if options.token is not None or options.step is not None:
        _check_start(lesson, options)
    return _screen(options, lesson)


def sandbox(options: argparse.Namespace) -> int:
    """Open the sandbox: on what was made in it before, or on the scenario of a lesson or of a file."""
    from ktwviz.errors import did_you_mean
    from ktwviz.kernel.history import STAGES, VERSION_NAMES
    from ktwviz.lesson.sandbox import begun_with

    kernel = options.kernel
    if kernel is not None and kernel not in VERSION_NAMES:
        hint = did_you_mean(kernel, VERSION_NAMES)
        raise UnknownName(f"there is no version {kernel!r} of the code{hint} (possible: {', '.join(STAGES)})")
    return _screen(options, None, (begun_with(options.file), kernel or ""))


def _check_start(lesson: object, options: argparse.Namespace) -> None:
    """Refuse a token or step that does not fit before the screen is taken over."""
    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.play import Play
    from ktwviz.schedule import Token

    assert isinstance(lesson, Lesson)
    token = Token.parse(options.token) if options.token is not None else None
    play = Play(lesson, token)
    if token is not None:
        play.resume(token)
        length = len(token.keys)
    else:
        length = len(play.script.keys)
    if options.step is not None and options.step > length:
        what = "the token" if token else f"the script of {lesson.id}"
        raise UnknownName(f"--step {options.step}: {what} has {length} steps")


def _screen(options: argparse.Namespace, lesson: object, sandbox: "tuple[Begun, str] | None" = None) -> int:
    _check_terminal()
    from ktwviz.config import load_config
    from ktwviz.lesson.model import Lesson
    from ktwviz.progress import ProgressStore, progress_path
    from ktwviz.tui.app import KtwvizApp

    assert lesson is None or isinstance(lesson, Lesson)
    store = ProgressStore(progress_path(), saving=not getattr(options, "no_save", False))
    config = load_config()
    app = KtwvizApp(
        store,
        start=lesson,
        ascii=getattr(options, "ascii", config.ascii),
        theme=f"ktwviz-{getattr(options, 'theme', config.theme)}",
        config=config,
        token=getattr(options, "token", None),
        step=getattr(options, "step", None),
        sandbox=sandbox,
        speed=getattr(options, "speed", None),
    )
    app.run()
    return app.return_code or FINE


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TerminalError("this needs a terminal; `ktwviz list`, `show` and `replay` do without one")
    columns, lines = shutil.get_terminal_size()
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        raise TerminalError(
            f"the terminal is {columns}x{lines}, and 80x24 is needed: enlarge it and try again"
        )
