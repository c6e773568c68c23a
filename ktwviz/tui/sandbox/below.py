"""The pane under the editor: what is wrong, how it stands, or what is marked."""

from textual.content import Content

from ktwviz.tui.pane import Pane
from ktwviz.tui.sandbox.bench import Bench, draw_below, draw_status
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import folded


class BelowPane(Pane[Bench]):
    """How the scenario stands."""

    DEFAULT_CSS = """
    BelowPane { height: 6; }
    """

    HELP_TEXT = "How the scenario stands: an error, what breaks, or that nothing does."

    can_focus = False

    def draw(self, scene: Bench, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw what is to be said."""
        return folded(draw_below(scene, width, symbols), height, width, symbols)

    def draw_title(self, scene: Bench, symbols: Symbols) -> Content:
        """Draw how it stands."""
        return draw_status(scene, symbols)
