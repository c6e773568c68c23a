"""Moments of the lessons that the program ships with, for snapshots and for what must fit on a screen."""

from collections.abc import Awaitable, Callable
from functools import lru_cache

from textual.app import App
from textual.pilot import Pilot

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.shelf import lesson_files
from ktwviz.tui.app import KtwvizApp
from tests.tui.frames import frame, store_of, walked

LESSONS = tuple(load_lesson(path) for path in lesson_files())
"""The lessons that come with the program, in order."""
WINDOW = find_lesson("timer-window")
"""Neither pending nor queued."""


def at_beat(lesson: Lesson, beat: int) -> Play:
    """Return the lesson played along its script until this beat is next."""
    play = Play(lesson)
    play.session.play(play.script.keys[: play.script.ends[beat - 1]] if beat else ())
    return play


@lru_cache
def token_at_beat(beat: int, moves: int = 0) -> str:
    """Return the token of the window lesson where this beat is next, some moves of its script further on."""
    play = at_beat(WINDOW, beat)
    for _ in range(moves):
        play.session.choose(play.script.keys[play.session.cursor])
    return play.token()


@lru_cache
def token_of_broken_list() -> str:
    """Return the token of the moment in which the work is linked twice."""
    play = at_beat(WINDOW, len(WINDOW.beats))
    while play.session.can("2"):
        play.session.choose("2")
    while not play.session.bad_end:
        play.session.choose("4")
    return play.token()


def shipped_app(token: str | None = None, *, ascii: bool = False, theme: str | None = None) -> KtwvizApp:
    """Return the app on its home screen, or in the window lesson at a token."""
    start = WINDOW if token else None
    store = walked(store_of(), WINDOW, token) if token else store_of()
    return KtwvizApp(store, lessons=LESSONS, start=start, token=token, ascii=ascii, theme=theme)


def text_on(app: App[None]) -> str:
    """Return the screen as text."""
    return "\n".join(frame(app))


def showing(*texts: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Return a check that these texts stand on the screen, to run before a snapshot is taken."""

    async def check(pilot: Pilot[None]) -> None:
        await pilot.pause()
        screen = text_on(pilot.app)
        assert [text for text in texts if text not in screen] == []

    return check
