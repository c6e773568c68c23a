"""The page about a lesson: before the first step of a new lesson, and at a key at any time."""

import pytest
from textual.pilot import Pilot

from ktwviz.lesson.parse import find_lesson
from ktwviz.progress.model import LessonProgress
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.player.introduction import draw_rule
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import UNICODE
from tests.tui.frames import ARMED, SIZES, app_at, drive, store_of, text_of
from tests.tui.shipped import LESSONS, WINDOW, text_on

BEGIN = "Back to the lessons"


def new(progress: LessonProgress | None = None, *, step: int | None = None) -> KtwvizApp:
    store = store_of(timer_window=progress) if progress else store_of()
    return KtwvizApp(store, lessons=LESSONS, start=WINDOW, step=step)


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["space", "enter"])
def test_a_new_lesson_says_what_it_is_about_before_its_first_step(size: tuple[int, int], key: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        page = text_on(pilot.app)
        assert "Name the moment in which nobody owns the work." in page
        assert "It is not enough. Find out why." in page
        assert "In this lesson's kernel, kthread_work_pending():" in page
        assert "space Begin" in page and BEGIN in page and "Run " not in page
        await pilot.press(key)
        assert player(pilot).play.session.cursor == 0
        assert BEGIN not in text_on(pilot.app) and "An idle worker" in text_on(pilot.app)
        await pilot.press("space")
        assert player(pilot).play.session.cursor > 0

    drive(new(), act, size)


def test_escape_on_the_page_leads_back_to_the_lessons() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(new(), act)


def test_a_digit_begins_and_runs_what_it_names() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("3")
        assert player(pilot).play.session.cursor > 0 and BEGIN not in text_on(pilot.app)

    drive(new(), act)


@pytest.mark.parametrize(
    "app",
    [
        lambda: new(step=3),
        lambda: new(step=0),
        lambda: new(LessonProgress(solved=True)),
        lambda: app_at(ARMED),
        lambda: app_at("-"),
    ],
)
def test_who_has_been_there_or_asks_for_a_moment_sees_the_panes_at_once(app) -> None:  # type: ignore[no-untyped-def]
    async def act(pilot: Pilot[None]) -> None:
        assert BEGIN not in text_on(pilot.app) and "Run " in text_on(pilot.app)

    drive(app(), act)


def test_a_key_brings_the_page_back_and_takes_it_away() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space", "I")
        assert "It is not enough. Find out why." in text_on(pilot.app)
        cursor = player(pilot).play.session.cursor
        await pilot.press("escape")
        assert "Run " in text_on(pilot.app) and player(pilot).play.session.cursor == cursor
        await pilot.press("I", "space")
        assert "Run " in text_on(pilot.app) and player(pilot).play.session.cursor == cursor

    drive(new(), act)


def test_a_long_page_scrolls_on_a_small_screen() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "+         timer_pending(work.timer))" not in text_on(pilot.app)
        await pilot.press(*["down"] * 5)
        assert "timer_pending(work.timer))" in text_on(pilot.app)
        assert player(pilot).play.session.cursor == 0

    drive(new(), act, (80, 24))


def test_a_rule_is_shown_by_the_lines_that_it_takes_out_and_puts_in() -> None:
    rule = find_lesson("meet-the-worker").rule
    assert draw_rule(rule, 76, UNICODE) == []
    drawn = text_of(draw_rule(WINDOW.rules[0].diff.text, 100, UNICODE)).splitlines()
    assert drawn[0] == "In this lesson's kernel, kthread_work_pending():"
    assert [line[:10] for line in drawn[1:]] == ["- return n", "+ return n"]


def test_a_line_that_moved_stands_beside_the_one_that_it_passed() -> None:
    drawn = text_of(draw_rule(find_lesson("12").rules[0].diff.text, 80, UNICODE)).splitlines()
    assert [line.split("(")[0].rstrip() for line in drawn[1:]] == [
        "- worker.current_work = work",
        "  spin_unlock_irq",
        "+ worker.current_work = work",
    ]
    assert len(text_of(draw_rule(" def f():\n-    a\n\n+    b\n     c\n", 80, UNICODE)).splitlines()) == 4
