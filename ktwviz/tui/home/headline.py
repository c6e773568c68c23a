"""The first line of the home screen: how many lessons are solved."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.home.scene import Home
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip

BAR = 24


def draw_progress(home: Home, width: int, symbols: Symbols) -> Content:
    """Return name, count and bar."""
    done, total = len(home.solved), len(home.lessons)
    full = round(BAR * done / total) if total else 0
    line = Content.assemble(
        (" ktwviz", "bold $next"),
        (" > ", "$muted"),
        ("lessons", "bold"),
        f"   {done}/{total} solved  ",
        (symbols.bar_full * full, "$changed"),
        (symbols.bar_empty * (BAR - full), "$muted"),
    )
    return clip(line, width, symbols)


class HomeHeadline(Static):
    """The home screen's first line."""

    DEFAULT_CSS = """
    HomeHeadline { height: 1; width: 1fr; background: $panel; }
    """

    home: reactive[Home | None] = reactive(None)

    def render(self) -> Content:
        """Draw the line."""
        if self.home is None:
            return Content("")
        return draw_progress(self.home, self.content_size.width, glyphs_of(self))
