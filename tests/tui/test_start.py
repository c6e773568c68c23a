"""The first screen is there before the others are imported and before the lessons are read to their ends."""

import gc
import subprocess
import sys

import pytest
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from ktwviz.garbage import leave_garbage
from ktwviz.lesson.shelf import lesson_files
from ktwviz.tui.app import KtwvizApp, lesson_heads
from ktwviz.tui.explorer.screen import ExplorerScreen
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.matrix.screen import MatrixScreen
from ktwviz.tui.theme import DARK, LIGHT
from tests.tui.frames import drive, frame, store_of
from tests.tui.shipped import LESSONS

BEHIND = (
    *("player.screen", "explorer.screen", "fixit.screen", "sandbox.screen", "matrix.screen", "searching"),
    *("ask", "home.notice", "palette", "tokens", "uncoloured"),
)


def test_the_app_is_imported_without_the_screens_behind_the_first_and_without_the_machine() -> None:
    behind = [
        *(f"ktwviz.tui.{name}" for name in BEHIND),
        "ktwviz.machine",
        "ktwviz.kernel.kthread",
        "ktwviz.session",
    ]
    script = f"import sys, ktwviz.tui.app; print([name for name in {behind!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_screen_needs_no_markdown_library_and_no_style_sheet_but_its_own() -> None:
    script = """
import asyncio, sys
from pathlib import Path
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.app import KtwvizApp

async def main():
    app = KtwvizApp(ProgressStore(Path("unused"), saving=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        read = {Path(path).name for path, _ in app.stylesheet.source}
        print("markdown_it" in sys.modules, *sorted(name for name in read if name.endswith(".tcss")))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "app.tcss", "home.tcss"]


def test_styles_are_made_once_before_the_first_screen_and_in_the_colours_asked_for() -> None:
    parsed: list[int] = []

    class Counted(Stylesheet):
        def reparse(self) -> None:
            parsed.append(1)
            super().reparse()

    app = KtwvizApp(store_of(), theme=LIGHT.name)
    app.stylesheet.__class__ = Counted

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert not parsed
        assert app.screen.styles.background.hex.lower() == LIGHT.background
        app.theme = DARK.name
        await pilot.pause()
        assert parsed
        assert app.screen.styles.background.hex.lower() == DARK.background

    drive(app, act)


def test_what_is_painted_first_has_the_lessons_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[str] = []
    paint = HomeScreen._compositor_refresh

    def noted(screen: HomeScreen) -> None:
        paint(screen)
        painted.append("\n".join(frame(app)))

    monkeypatch.setattr(HomeScreen, "_compositor_refresh", noted)
    app = KtwvizApp(store_of())

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()

    drive(app, act)
    assert "01 Meet the worker" in painted[0] and "Say when a work is pending" in painted[0]


def test_garbage_is_looked_for_once_the_first_screen_is_there() -> None:
    app = KtwvizApp(store_of())
    leave_garbage()
    try:

        async def act(pilot: Pilot[None]) -> None:
            await pilot.pause()
            assert gc.isenabled()

        drive(app, act)
    finally:
        gc.unfreeze()
        gc.enable()


def test_a_head_says_of_a_lesson_what_the_list_shows() -> None:
    for head, whole in zip(lesson_heads(), LESSONS, strict=True):
        for name in ("file", "id", "title", "kind", "minutes", "needs", "part", "aim", "number"):
            assert getattr(head, name) == getattr(whole, name)
        assert not head.scenario.text


@pytest.mark.parametrize("key", ["M", "x"])
def test_a_key_that_is_pressed_at_once_finds_the_lessons_whole(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KtwvizApp, "on_base_screen_painted", lambda self: None)
    app = KtwvizApp(store_of())

    async def act(pilot: Pilot[None]) -> None:
        assert not app.lessons[1].scenario.text
        await pilot.press("down", key)
        if key == "M":
            await pilot.pause()
            assert isinstance(app.screen, MatrixScreen)
            assert "None of these lessons" not in "\n".join(frame(app))
            assert all(lesson.scenario.text for lesson in app.lessons)
        else:
            assert isinstance(app.screen, ExplorerScreen)
            assert app.screen.origin.lesson.scenario.text
        await pilot.press("escape")

    drive(app, act)


def test_after_the_first_screen_all_lessons_are_read() -> None:
    app = KtwvizApp(store_of())

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert all(lesson.beats for lesson in app.lessons)
        screen = app.screen
        assert isinstance(screen, HomeScreen) and screen.home.lessons == app.lessons
        assert screen.home.marked == app.lessons[0]
        assert "01 Meet the worker" in "\n".join(frame(app))

    assert len(app.lessons) == len(lesson_files())
    drive(app, act)
