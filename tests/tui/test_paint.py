"""Panes paint only the rows that changed; the screen must look as if they painted all."""

import pytest
from textual.pilot import Pilot

from tests.tui.frames import SIZES, drive, frame
from tests.tui.shipped import shipped_app, token_at_beat

WALK = [
    *["space"] * 12,
    *["escape", "left", "z", "tab", "z", "H", "b", "enter", "space", "4", "2", "left", "3", "up", "e"],
]


async def repaint(pilot: Pilot[None]) -> list[str]:
    """Paint all of the screen and return it."""
    for widget in pilot.app.screen.query("*"):
        widget.refresh()
    await pilot.pause()
    return frame(pilot.app)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_after_every_key_the_screen_is_as_if_it_were_painted_anew(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        for key in WALK:
            await pilot.press(key)
            assert frame(pilot.app) == await repaint(pilot), key
        await pilot.resize_terminal(size[0] - 40 if size[0] > 80 else 120, 30)
        await pilot.pause()
        assert frame(pilot.app) == await repaint(pilot)

    drive(shipped_app(token_at_beat(3)), act, size)
