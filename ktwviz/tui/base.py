"""What all screens share: layout classes by size, one sentence where the terminal is too small, help."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from ktwviz.tui.help import HelpScreen
from ktwviz.tui.keymap import remapped
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.signs import Signs
from ktwviz.tui.symbols import Symbols

LEAST_WIDTH = 80
LEAST_HEIGHT = 24


def too_small(width: int, height: int) -> str:
    """Return the sentence for a terminal that is too small, "" for one that is not."""
    if width >= LEAST_WIDTH and height >= LEAST_HEIGHT:
        return ""
    return f"{width}x{height} is too small: ktwviz needs {LEAST_WIDTH}x{LEAST_HEIGHT}."


class TooSmall(Static):
    """Takes the place of everything else on a terminal that is too small."""

    DEFAULT_CSS = """
    TooSmall { display: none; width: 1fr; height: 1fr; content-align: center middle; }
    """


class BaseScreen(Screen[None]):
    """A screen with sizes, bars and help. Subclasses yield a TooSmall among their children."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-low"), (38, "-tall"), (50, "-vtall")]
    TITLE_OF_HELP: ClassVar[str] = ""
    SIGNS: ClassVar[Signs] = ()
    """The signs that the help explains."""

    DEFAULT_CSS = """
    BaseScreen {
        background: $background;
        &.-too-small > * { display: none !important; }
        &.-too-small > TooSmall { display: block !important; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        # for the size that the terminal has: else it is styled and laid out for the largest one first
        width, height = self.app.size
        for cells, breakpoints in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            self.add_class(_class_of(cells, breakpoints), update=False)

    @property
    def symbols(self) -> Symbols:
        """The glyphs to draw with."""
        return glyphs_of(self)

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal is too small."""
        sentence = too_small(event.size.width, event.size.height)
        self.set_class(bool(sentence), "-too-small")
        if sentence:
            self.query_one(TooSmall).update(Content(sentence))

    def help_bindings(self) -> list[BindingType]:
        """Return the bindings that the help explains, with the user's own keys."""
        return remapped(type(self).BINDINGS, getattr(self.app, "keys", {}))

    def action_help(self) -> None:
        """Open the help for the focused pane and all keys."""
        about = str(getattr(self.focused, "HELP_TEXT", ""))
        self.app.push_screen(HelpScreen(self.TITLE_OF_HELP, about, self.help_bindings(), self.SIGNS))


def _class_of(cells: int, breakpoints: list[tuple[int, str]]) -> str:
    return max(breakpoint for breakpoint in breakpoints if breakpoint[0] <= cells)[1]
