"""Commands that take over the screen."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING

from ktwviz.cli.codes import FINE
from ktwviz.errors import TerminalError, UnknownName
from ktwviz.size import NEEDED, fits

if TYPE_CHECKING:
    from ktwviz.lesson.sandbox import Begun


def home(options: argparse.Namespace) -> int:
    """Open the lessons."""
    return _screen(options, None)


def play(options: argparse.Namespace) -> int:
    """Open a lesson, at a step or at the moment of a token if asked; without a name the one that was left last."""
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.schedule import Token

    name = options.lesson
    if name is None:
        name = Token.parse(options.token).lesson if options.token is not None else _left_last()
    lesson = find_lesson(name)
    if options.token is not None or options.step is not None:
        _check_start(lesson, options)
    if options.plain:
        from ktwviz.cli.plain import play_plain

        return play_plain(lesson, options)
    return _screen(options, lesson)


def _left_last() -> str:
    from ktwviz.lesson.shelf import first_to_mark, summaries
    from ktwviz.progress.store import ProgressStore, progress_path

    marked = first_to_mark(summaries(), ProgressStore(progress_path(), saving=False).load())
    return marked.id if marked is not None else "1"


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


def _screen(options: argparse.Namespace, lesson: object, sandbox: tuple[Begun, str] | None = None) -> int:
    _check_terminal()
    from ktwviz.config import load_config
    from ktwviz.lesson.model import Lesson
    from ktwviz.progress.store import ProgressStore, progress_path
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
    if "TEXTUAL_DRIVER" in os.environ:
        # a browser, by way of `ktwviz serve`: there is no terminal, and the page has its own size
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TerminalError(
            "this needs a terminal; `ktwviz play LESSON --plain` does without one, as do `list`, `show` and `replay`"
        )
    columns, lines = shutil.get_terminal_size()
    if not fits(columns, lines):
        raise TerminalError(
            f"the terminal is {columns}x{lines}, and {NEEDED} is needed: enlarge it, or play line by line with "
            "`ktwviz play --plain`, which fits any"
        )
