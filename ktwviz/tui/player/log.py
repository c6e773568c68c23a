"""The run as lines: one for each atomic step near the cursor."""

from textual.content import Content

from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.track import Column
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip
from ktwviz.tui.theme import cpu_role


def draw_log(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the steps up to the cursor and, below it, those already recorded, dimmed."""
    total = len(scene.columns)
    last = min(total, max(height, scene.cursor + height // 4))
    first = max(0, last - height)
    digits = len(str(total))
    return [_line(number, scene, digits, width, symbols) for number in range(first + 1, last + 1)]


def _line(number: int, scene: Scene, digits: int, width: int, symbols: Symbols) -> Content:
    column = scene.columns[number - 1]
    here = symbols.next if number == scene.cursor else " "
    style = "dim" if number > scene.cursor else ""
    line = Content.assemble(
        (f"{here}{number:>{digits}} ", "bold $next" if number == scene.cursor else "$muted"),
        (f"{column.step.choice} ", cpu_role(column.step.cpu)),
        *_told(column, symbols),
    )
    return clip(line.stylize(style), width, symbols)


def _told(column: Column, symbols: Symbols) -> list[tuple[str, str]]:
    if not column.step.events:
        return [(column.step.access, "")]
    bad = any(event.bad for event in column.step.events)
    glyph, style = (symbols.bad, "bold $bad") if bad else (symbols.event, "$event")
    return [
        (f"{glyph} ", style),
        ("; ".join(event.text for event in column.step.events), "bold $bad" if bad else ""),
    ]


class LogPane(Pane[Scene]):
    """The log."""

    HELP_TEXT = "Every atomic step: who made it, and what it did."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the log."""
        return draw_log(scene, width, height, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Log")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw where the cursor is."""
        return Content(f"step {scene.cursor} of {len(scene.columns)}")
