"""Pictures of the screens, on the shipped lessons; beside each, what it must say."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.tui.shipped import shipped_app, showing, token_at_beat, token_of_broken_list

Snap = Callable[..., bool]

SMALL, NORMAL, LARGE = (80, 24), (120, 40), (200, 60)
MID_LESSON = token_at_beat(3, moves=2)
QUESTION = token_at_beat(5)


def sized(*sizes: tuple[int, int]) -> pytest.MarkDecorator:
    """Run a test once for each size."""
    return pytest.mark.parametrize("size", sizes, ids=[f"{width}x{height}" for width, height in sizes])


@sized(SMALL, NORMAL)
def test_home_says_what_the_marked_lesson_is_about_and_how_to_begin(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("▶ ○ 01 Meet the worker", "Say when a work is pending", "enter  opens the marked lesson")
    assert snap_compare(shipped_app(), terminal_size=size, run_before=says)


@sized(SMALL, NORMAL, LARGE)
def test_in_mid_lesson_one_sees_what_changed_what_is_next_and_why(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("Changed * base0.lock.owner: NULL → timer@0", "▶4 timer@0", "The softirq takes the lock")
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=says)


@sized(NORMAL)
def test_a_list_that_broke_is_drawn_broken_and_the_banner_leads_on(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("✗ list broken", "[dwork.work] ↺", "✓ Goal reached at step", "R again")
    assert snap_compare(shipped_app(token_of_broken_list()), terminal_size=size, run_before=says)


@sized(SMALL)
def test_an_open_question_shows_all_answers_beside_the_state_that_they_are_about(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("does it hear?", "▶ a  pending", "  c  not pending", "base0.lock  held by 4 timer@0")
    assert snap_compare(shipped_app(QUESTION), terminal_size=size, run_before=says)


@sized(NORMAL)
def test_help_lists_the_keys_and_the_signs(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def open_help(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        await showing("Keys", "next step of the script", "one move back; nothing is lost")(pilot)

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=open_help)


@sized(SMALL)
def test_ascii_says_the_same(snap_compare: Snap, size: tuple[int, int]) -> None:
    says = showing("Changed * base0.lock.owner: NULL -> timer@0", ">4 timer@0", "# base0.lock")
    assert snap_compare(shipped_app(MID_LESSON, ascii=True), terminal_size=size, run_before=says)


@sized(NORMAL)
def test_the_light_theme_says_the_same(snap_compare: Snap, size: tuple[int, int]) -> None:
    says = showing("Changed * base0.lock.owner: NULL → timer@0", "▶4 timer@0")
    app = shipped_app(MID_LESSON, theme="ktwviz-light")
    assert snap_compare(app, terminal_size=size, run_before=says)


@sized(SMALL)
def test_without_colour_the_signs_alone_say_it(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    says = showing("Changed * base0.lock.owner", "* ■ base0.lock", "▶4 timer@0")
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=says)


@sized(NORMAL)
def test_two_versions_stand_side_by_side_where_their_runs_part(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        await showing(
            "The runs part at step", "pending-only ends: ✗ worker.work_list is broken", "v4 ends: ✓"
        )(pilot)

    assert snap_compare(shipped_app(token_of_broken_list()), terminal_size=size, run_before=compare)


@sized(NORMAL)
def test_the_code_in_c_is_marked_where_the_code_as_run_is(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def as_c(pilot: Pilot[None]) -> None:
        await pilot.press("c")
        await showing("The code in C syntax, line for line.", "spin_lock_irqsave(&worker->lock, flags);")(
            pilot
        )

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=as_c)
