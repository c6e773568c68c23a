"""What the program has to say on the home screen, in as many lines as that takes."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols


def draw_notice(notice: str, symbols: Symbols) -> Content:
    """Return the sentence of the program."""
    return Content.assemble((f"{symbols.interrupted} ", "bold $next"), (symbols.text(notice), "bold"))


class HomeNotice(Static):
    """Shows `told`, wrapped; there is none of it on the screen while there is nothing to tell."""

    DEFAULT_CSS = """
    HomeNotice { height: auto; max-height: 8; width: 1fr; padding: 0 1; background: $panel; }
    """

    told: reactive[str] = reactive("", layout=True)

    def __init__(self, told: str) -> None:
        super().__init__()
        self.set_reactive(HomeNotice.told, told)

    def watch_told(self) -> None:
        """Take no room without a sentence."""
        self.display = bool(self.told)

    def render(self) -> Content:
        """Draw the sentence."""
        return draw_notice(self.told, glyphs_of(self))
