"""What the program has to say on the home screen, in as many lines as that takes."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols


def draw_notice(notice: str, symbols: Symbols, *, trouble: bool = False) -> Content:
    """Return the sentence of the program, with a sign where it tells of something that is wrong."""
    sign = f"{symbols.interrupted} " if trouble else ""
    return Content.assemble((sign, "bold $next"), (symbols.text(notice), "bold"))


class HomeNotice(Static):
    """Shows `told`, wrapped, with a sign if it is `trouble`; it is not on the screen while there is nothing to tell."""

    DEFAULT_CSS = """
    HomeNotice { height: auto; max-height: 8; width: 1fr; padding: 0 1; background: $panel; }
    """

    told: reactive[str] = reactive("", layout=True)
    trouble: reactive[bool] = reactive(False, layout=True)

    def __init__(self, told: str, *, trouble: bool) -> None:
        super().__init__()
        self.set_reactive(HomeNotice.told, told)
        self.set_reactive(HomeNotice.trouble, trouble)

    def watch_told(self) -> None:
        """Take no room without a sentence."""
        self.display = bool(self.told)

    def render(self) -> Content:
        """Draw the sentence."""
        return draw_notice(self.told, glyphs_of(self), trouble=self.trouble)
