"""The window lesson, explored, for tests of the explorer."""

from functools import lru_cache

from textual.pilot import Pilot

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.search import Found, search
from ktwviz.schedule import expand
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.explorer.exploring import Exploring
from ktwviz.tui.explorer.scene import Explored
from ktwviz.tui.explorer.screen import ExplorerScreen
from ktwviz.tui.explorer.staging import stage
from tests.tui.frames import store_of, walked
from tests.tui.shipped import LESSONS, WINDOW


@lru_cache
def found_in(lesson: str, rule: str | None = None, most_states: int = 300_000) -> Found:
    """Return all interleavings of a shipped lesson; searched once."""
    return search(build_scenario(find_lesson(lesson), rule), most_states=most_states, ahead=True)


def exploring(
    lesson: str = "timer-window", rule: str | None = None, prefix: str = "-", most: int = 300_000
) -> Exploring:
    """Return a lesson as it is explored, from the end of a schedule."""
    made = Exploring(found_in(lesson, rule, most), expand(prefix))
    made.warm()
    return made


def scene_of(made: Exploring, height: int = 20, *, stopped: bool = False, notice: str = "") -> Explored:
    """Return what is drawn of it, from the first line on."""
    return stage(made, 0, height, stopped=stopped, notice=notice)


def explorer_app(
    lesson: Lesson = WINDOW,
    token: str | None = None,
    *,
    ascii: bool = False,
    most: int = 300_000,
    kept: bool = True,
) -> KtwvizApp:
    """Return the app in a lesson, from which x leads to the explorer; `kept` saves it the search."""
    store = walked(store_of(), lesson, token) if token else store_of()
    app = KtwvizApp(store, lessons=LESSONS, start=lesson, token=token, ascii=ascii)
    app.searches.most_states = most
    if kept:
        app.searches.keep((lesson.file, lesson.rule, ""), found_in(lesson.id, None, most))
    return app


async def explored(pilot: Pilot[None], *keys: str) -> ExplorerScreen:
    """Open the explorer, wait until the search is through, and press keys; return the screen."""
    await pilot.press("x")
    await settled(pilot)
    await pilot.press(*keys)
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ExplorerScreen)
    return screen


async def settled(pilot: Pilot[None]) -> None:
    """Wait for all threads, and for what they told."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()
