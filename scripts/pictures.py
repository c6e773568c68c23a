"""Draws the README's pictures: `make pictures`. Look at them before they are committed."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.delivery import picture as picture_of
from ktwviz.tui.sandbox.screen import SandboxScreen
from ktwviz.values import replace

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = (120, 40)


def broken_list() -> str:
    """Return the token of the moment in which the list of the fourth lesson is broken."""
    play = Play(find_lesson("timer-window"))
    session = play.session
    session.play(play.script.keys)
    while session.can("2"):
        session.choose("2")
    while not session.bad_end:
        session.choose("4")
    return play.token()


def start_of_window() -> str:
    """Return the token of the start of the fourth lesson."""
    return Play(find_lesson("timer-window")).token()


async def picture(name: str, token: str | None, *keys: str) -> None:
    """Write docs/NAME.svg: the home screen, or the player at the moment of a token; then after these keys."""
    with TemporaryDirectory() as folder:
        store = ProgressStore(Path(folder) / "progress.json", saving=False)
        lesson = find_lesson("timer-window") if token else None
        if lesson is not None and token is not None:
            # a walk of the learner's own, not somebody else's token
            store.update(lesson.id, lambda old: replace(old, token=token))
        app = KtwvizApp(store, start=lesson, token=token)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause()
            (DOCS / f"{name}.svg").write_text(picture_of(app), encoding="utf-8")


async def main() -> None:
    """Draw all pictures."""
    SandboxScreen.PAUSE = 0
    await picture("player", broken_list())
    await picture("home", None)
    await picture("explorer", start_of_window(), "x", "n")
    # a delayed work that is initialised again while it is armed
    await picture("sandbox", None, "s", "tab", "g", "tab")


if __name__ == "__main__":
    asyncio.run(main())
    sys.exit(0)
