"""Helpers to run the app without a terminal and to read what it draws as text."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from textual.app import App
from textual.content import Content
from textual.pilot import Pilot

from ktwviz.config import Config
from ktwviz.lesson.model import Lesson
from ktwviz.progress.model import LessonProgress
from ktwviz.progress.store import ProgressStore
from ktwviz.schedule import compress, expand
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.staging import Hand, stage
from ktwviz.tui.player.track import Track
from ktwviz.values import replace
from tests.tui.lessons import SHELF, WINDOW, play_window

SIZES = [(80, 24), (120, 40), (200, 60)]


@lru_cache
def schedule(moment: str) -> str:
    """Return the schedule of a moment of the window lesson, found by running it: the kernel's steps may change."""
    session = play_window().session

    def run(key: str, *, until: Callable[[], bool] = lambda: False) -> None:
        while session.can(key) and not until():
            session.take(key)

    def in_callback() -> bool:
        stack = session.picture().machine.context(4).stack
        return any(place.function == "delayed_kthread_work_timer_fn" for place in stack)

    def rival_has_lock() -> bool:
        return any(lock.name == "worker.lock" and lock.owner == 2 for lock in session.picture().locks)

    def worker_noted() -> bool:
        return any(
            change.path == "dwork.work.worker" for step in session.last_steps() for change in step.changes
        )

    run("1", until=lambda: moment == "noted" and worker_noted())
    if moment == "noted":
        return compress(session.schedule())
    if moment != "armed":
        session.take("t")
    if moment in ("spinning", "broken"):
        run("4", until=in_callback)
        run("2", until=lambda: moment == "spinning" and rival_has_lock())
        run("4", until=lambda: bool(session.bad_end))
    return compress(session.schedule())


NOTED = schedule("noted")
ARMED = schedule("armed")
EXPIRED = schedule("expired")
SPINNING = schedule("spinning")
BROKEN = schedule("broken")
"""Schedules of the window lesson: the worker noted in the work, the timer armed, expired, its callback spinning, the
list broken."""


def shortened(text: str) -> str:
    """Return a schedule without its last step."""
    return compress(expand(text)[:-1])


@lru_cache(maxsize=64)
def scene_at(schedule: str, hand: Hand | None = None) -> Scene:
    """Return the scene of the window lesson after a schedule."""
    play = play_window()
    play.session.play(expand(schedule))
    keys = [key for key in play.session.schedule() if key.isdigit()]
    marked = int(keys[-1]) if keys else 1
    return stage(play, Track(play.session.picture), hand or Hand(marked=marked), "05 Next")


def token_at(schedule: str) -> str:
    """Return the token of the window lesson after a schedule."""
    play = play_window()
    play.session.play(expand(schedule))
    return play.token()


def text_of(lines: Iterable[Content]) -> str:
    """Return drawn lines as text, without spaces at their ends."""
    return "\n".join(line.plain.rstrip() for line in lines)


def frame(app: App[None]) -> list[str]:
    """Return the screen as lines of text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def store_of(**lessons: LessonProgress) -> ProgressStore:
    """Return a store that writes nothing; names have _ for -."""
    store = ProgressStore(Path(mkdtemp()) / "progress.json", saving=False)
    for name, progress in lessons.items():
        store.update(name.replace("_", "-"), lambda _, progress=progress: progress)  # type: ignore[misc]  # bound above
    return store


def walked(store: ProgressStore, lesson: Lesson, token: str) -> ProgressStore:
    """Have a store know that the learner has walked to a token: it is opened as the learner's own."""
    store.update(lesson.id, lambda old: replace(old, token=token))
    return store


def app_at(
    schedule: str | None = None,
    *,
    store: ProgressStore | None = None,
    ascii: bool = False,
    theme: str | None = None,
    config: Config | None = None,
) -> KtwvizApp:
    """Return the app on its home screen, or in the window lesson after a schedule."""
    start: Lesson | None = WINDOW if schedule is not None else None
    token = token_at(schedule) if schedule else None
    store = store or store_of()
    if token:
        walked(store, WINDOW, token)
    return KtwvizApp(
        store,
        lessons=SHELF,
        start=start,
        token=token,
        ascii=ascii,
        theme=theme,
        config=config,
    )


def drive(
    app: KtwvizApp, act: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (120, 40)
) -> None:
    """Run the app, let `act` press its keys and look."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await act(pilot)

    asyncio.run(run())
