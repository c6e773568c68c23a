"""The same schedule in another version of the code: `v` plays it, `d` shows both runs side by side."""

import pytest
from textual.pilot import Pilot

from ktwviz.lesson.compare import compare, scenario_named
from ktwviz.schedule import expand
from ktwviz.tui.player.compare import CompareScreen, draw_ends, draw_rows
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.frames import ARMED, BROKEN, SIZES, app_at, drive, frame, store_of, text_of, token_at
from tests.tui.lessons import WINDOW

FOUND = compare(scenario_named(WINDOW, "pending-only"), scenario_named(WINDOW, "v4"), expand(BROKEN))


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(frame(pilot.app))


def test_v_plays_the_same_schedule_under_the_code_as_posted_and_leads_back_to_the_very_run() -> None:
    async def act(pilot: Pilot[None]) -> None:
        play = player(pilot).play
        assert play.session.bad_end
        await pilot.press("v")
        other = player(pilot).play
        assert other is not play and other.scenario.rule == "" and not other.session.bad_end
        assert "under v4" in screen_text(
            pilot
        ) and f"it parts at its step {FOUND.together + 1}" in screen_text(pilot)
        await pilot.press("v")
        assert player(pilot).play.scenario.variant == "merged"
        await pilot.press("v")
        assert player(pilot).play is play and play.session.bad_end
        assert "under" not in frame(pilot.app)[0]

    drive(app_at(BROKEN), act)


def test_after_moves_of_its_own_the_other_run_is_taken_over() -> None:
    async def act(pilot: Pilot[None]) -> None:
        play = player(pilot).play
        await pilot.press("v", "left", "v")
        assert player(pilot).play is not play
        assert player(pilot).play.scenario.variant == "merged"

    drive(app_at(ARMED), act)


def test_in_another_version_neither_place_nor_goal_is_remembered() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("v", "space", "q")
        assert store.load().of("timer-window").token == token_at(ARMED)

    drive(app_at(ARMED, store=store), act)


def test_d_shows_both_runs_where_they_part_and_how_they_end() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        assert isinstance(pilot.app.screen, CompareScreen)
        await pilot.pause()
        shown = screen_text(pilot)
        assert f"The runs part at step {FOUND.step} of pending-only." in shown
        assert any(f"▶{FOUND.step:>4} " in line for line in frame(pilot.app))
        assert "pending-only ends: ✗ worker.work_list is broken" in shown and "v4 ends: ✓ nothing" in shown
        await pilot.press("v")
        assert player(pilot).play.scenario.rule == ""

    drive(app_at(BROKEN), act)


def test_d_before_the_first_step_says_what_is_missing() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        assert "There are no steps to compare yet" in screen_text(pilot)

    drive(app_at("-"), act)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_the_comparison_fits_and_says_how_to_leave(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        await pilot.pause()
        lines = frame(pilot.app)
        assert {len(line) for line in lines} == {size[0]}
        assert lines[-1].rstrip().endswith("esc Back")
        assert [line for line in lines if not line.isascii()] == []
        rows = [row.plain.rstrip() for row in draw_rows(FOUND, size[0] - 2, ASCII)]
        page = pilot.app.screen.query_one("VerticalScroll").region
        body = [line[1:].rstrip() for line in lines[page.y : page.bottom]]
        assert "\n".join(body).strip("\n") in "\n".join(rows)
        await pilot.press("escape")
        player(pilot)

    drive(app_at(BROKEN, ascii=True), act, size)


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_row_fits_and_the_same_steps_carry_a_sign(symbols: object) -> None:
    table = UNICODE if symbols is UNICODE else ASCII
    rows = draw_rows(FOUND, 78, table)
    assert max(row.cell_length for row in rows) <= 78
    assert text_of(rows).count("= ") >= sum(1 for row in FOUND.rows if row.same)
    assert max(line.cell_length for line in draw_ends(FOUND, 78, table)) <= 78
