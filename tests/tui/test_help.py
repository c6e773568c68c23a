"""The help explains the signs of the screen that it lies over, and no others."""

import pytest
from textual.pilot import Pilot

from ktwviz.tui import signs
from ktwviz.tui.signs import Signs, spelt
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.frames import ARMED, BROKEN, EXPIRED, SPINNING, app_at, drive, frame
from tests.tui.shipped import shipped_app, text_on

FRAMES_AND_TEXT = set("─│╭╮╰╯┏┓┗┛━┃┼├└←→↑↓⏎–▁▂▃▄▅▆▇")
"""Lines, borders, scroll bars, and how keys are written."""


def explained(table: Signs) -> set[str]:
    return {letter for sign, _ in table for letter in spelt(sign, UNICODE)}


@pytest.mark.parametrize(
    "table", [signs.PLAYER, signs.HOME, signs.EXPLORER, signs.MATRIX, signs.FIX, signs.SANDBOX]
)
def test_every_sign_is_in_the_table_of_glyphs_and_has_a_meaning_of_its_own(table: Signs) -> None:
    assert len({meaning for _, meaning in table}) == len(table)
    assert all(spelt(sign, ASCII).isascii() for sign, _ in table)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("schedule", ["-", ARMED, EXPIRED, SPINNING, BROKEN])
def test_every_sign_that_the_player_draws_is_explained(schedule: str, size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        shown = {letter for line in frame(pilot.app) for letter in line if not letter.isascii()}
        assert shown - FRAMES_AND_TEXT - explained(signs.PLAYER) == set()

    drive(app_at(schedule), act, size)


def test_every_sign_of_the_list_of_lessons_is_explained() -> None:
    async def act(pilot: Pilot[None]) -> None:
        shown = {letter for line in frame(pilot.app) for letter in line if not letter.isascii()}
        assert shown - FRAMES_AND_TEXT - explained(signs.HOME) == set()
        await pilot.press("question_mark")
        assert "not begun" in text_on(pilot.app) and "spins" not in text_on(pilot.app)

    drive(shipped_app(), act)


def test_only_a_refusal_carries_the_sign_of_trouble() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("c")
        assert "The code in C syntax" in text_on(pilot.app) and "! The code" not in text_on(pilot.app)
        await pilot.press("4")
        assert "! timer@0 on CPU0 tries for worker.lock" in text_on(pilot.app)

    drive(app_at(SPINNING), act)
