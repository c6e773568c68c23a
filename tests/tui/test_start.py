"""The first screen is there before the others are imported and before the lessons are read to their ends."""

import subprocess
import sys

from textual.pilot import Pilot

from ktwviz.lesson.shelf import lesson_files
from ktwviz.tui.app import KtwvizApp, lesson_heads, shipped_lessons
from ktwviz.tui.home.screen import HomeScreen
from tests.tui.frames import drive, frame, store_of

BEHIND = ("player.screen", "explorer.screen", "fixit.screen", "sandbox.screen", "matrix.screen", "searching")


def test_the_app_is_imported_without_the_screens_behind_the_first() -> None:
    script = f"import sys, ktwviz.tui.app; print([n for n in {BEHIND!r} if 'ktwviz.tui.' + n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_head_says_of_a_lesson_what_the_list_shows() -> None:
    for head, whole in zip(lesson_heads(), shipped_lessons(), strict=True):
        for name in ("file", "id", "title", "kind", "minutes", "needs", "part", "aim", "number"):
            assert getattr(head, name) == getattr(whole, name)
        assert not head.scenario.text


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
