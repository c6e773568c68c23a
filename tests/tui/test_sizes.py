"""Sizes between those of the layouts: nothing is pushed off the screen, and the code stays in view."""

import pytest
from textual.pilot import Pilot

from ktwviz.tui.player.source import SourcePane
from tests.tui.frames import app_at, drive, frame

SIZES = (
    (80, 30),
    (90, 45),
    (100, 24),
    (100, 30),
    (110, 33),
    (132, 37),
    (140, 50),
    (160, 30),
    (170, 40),
    (220, 37),
)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_code_choices_and_keys_are_in_view(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space")
        lines = frame(pilot.app)
        assert len(lines) == size[1]
        assert "? Help" in lines[-1]
        assert lines[-2].startswith(" Run") or "Run" in lines[-2]
        shown = [pane for pane in pilot.app.screen.query(SourcePane) if pane.region.height]
        assert all(pane.content_size.height >= 3 for pane in shown)
        assert sum("▶" in line for line in lines) >= 2

    drive(app_at(""), act, size)
