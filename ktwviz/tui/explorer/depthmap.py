"""The depth map: how many states there are after how many steps, and where among them something is bad."""

from textual.content import Content

from ktwviz.tui.explorer.exploring import AHEAD, BAD, SAFE, UNKNOWN
from ktwviz.tui.explorer.scene import Explored, MapView
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols

LABEL = 10
ROLES = {BAD: "bold $bad", AHEAD: "$muted", UNKNOWN: "$muted", SAFE: "$muted"}


def draw_map(view: MapView, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return rows of steps; a cell is a state, or as many as it must be. A bad one among them makes the cell bad."""
    if not view.levels or height < 1:
        return []
    deep = -(-len(view.levels) // height)
    rows = [b"".join(view.levels[at : at + deep]) for at in range(0, len(view.levels), deep)]
    room = max(1, width - LABEL)
    wide = max(1, -(-max(map(len, rows)) // room))
    level, place = view.selected
    lines = []
    for row, states in enumerate(rows):
        first, last = row * deep, min((row + 1) * deep, len(view.levels)) - 1
        label = f"{first}" if first == last else f"{first}-{last}"
        here = sum(map(len, view.levels[first:level])) + place if first <= level <= last else -1
        lines.append(_row(label, states, wide, here // wide, symbols))
    return lines


def _row(label: str, states: bytes, wide: int, here: int, symbols: Symbols) -> Content:
    parts: list[tuple[str, str]] = [(f"{label:>{LABEL - 2}}  ", "$muted")]
    for cell, at in enumerate(range(0, len(states), wide)):
        kind = max(states[at : at + wide])
        style = f"{ROLES[kind]}{' reverse' if cell == here else ''}"
        sign = _sign(kind, symbols)
        if parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + sign, style)
        else:
            parts.append((sign, style))
    return Content.assemble(*parts)


def _sign(kind: int, symbols: Symbols) -> str:
    return {BAD: symbols.bad, AHEAD: symbols.bar_empty, UNKNOWN: "?", SAFE: symbols.idle}[kind]


class DepthMap(Pane[Explored]):
    """The depth map."""

    HELP_TEXT = "All states by the number of steps to them. The marked cell holds the selected state."

    def draw(self, scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the map."""
        return draw_map(scene.map, width, height, symbols)

    def draw_title(self, scene: Explored, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("States by depth, in steps")

    def draw_subtitle(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell the signs."""
        unknown = "  ? not known" if scene.bound else ""
        return Content(
            f"{symbols.bad} bad  {symbols.bar_empty} bad ahead  {symbols.idle} nothing bad ahead{unknown}"
        )
