"""What all screens share: layout classes by size, help, and the screen for a terminal that is too small."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from ktwviz.size import NEEDED, fits
from ktwviz.tui.help import HelpScreen
from ktwviz.tui.keymap import remapped
from ktwviz.tui.pane import Pane, glyphs_of
from ktwviz.tui.signs import Signs
from ktwviz.tui.symbols import Symbols


def too_small(width: int, height: int) -> str:
    """Return the sentence for a terminal that is too small, "" for one that is not."""
    if fits(width, height):
        return ""
    needed = f"{width}x{height} is too small: ktwviz needs {NEEDED}."
    return f"{needed}\nSmaller ones play with `ktwviz play --plain`."


class TooSmallScreen(Screen[None]):
    """Lies over all others while the terminal is too small: nobody steps through what cannot be seen."""

    DEFAULT_CSS = """
    TooSmallScreen {
        background: $background;
        & Static { width: 1fr; height: 1fr; content-align: center middle; }
    }
    """

    BINDINGS = [Binding("q", "app.quit", "Quit", id="small_quit", tooltip="quit; progress is saved")]

    def compose(self) -> ComposeResult:
        yield Static()

    def on_mount(self) -> None:
        self._say(*self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Say what is needed, and what there is."""
        self._say(*event.size)

    def _say(self, width: int, height: int) -> None:
        self.query_one(Static).update(Content(too_small(width, height)))


class BaseScreen(Screen[None]):
    """A screen with sizes, bars and help."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-low"), (38, "-tall"), (50, "-vtall")]
    TITLE_OF_HELP: ClassVar[str] = ""
    WORDS_OF_HELP: ClassVar[str] = ""
    """What a word on the screen means, told in the help before the signs."""
    SIGNS: ClassVar[Signs] = ()
    """The signs that the help explains."""

    DEFAULT_CSS = """
    BaseScreen { background: $background; }
    """

    def __init__(self) -> None:
        super().__init__()
        # for the size that the terminal has: else it is styled and laid out for the largest one first
        width, height = self.app.size
        for cells, breakpoints in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            self.add_class(_class_of(cells, breakpoints), update=False)

    class Painted(Message):
        """The screen is there for the first time."""

    def paint_when(self, draw: Callable[[], None]) -> None:
        """Paint nothing until the panes know their sizes and are filled by `draw`: else they are painted empty first.

        Post `Painted` then.
        """
        held = ExitStack()
        held.enter_context(self.app.batch_update())

        def laid_out(screen: Screen[Any]) -> None:
            self.screen_layout_refresh_signal.unsubscribe(self)
            draw()
            for pane in self.query(Pane):
                pane.redraw()
            held.close()
            self.call_after_refresh(self.post_message, self.Painted())

        self.screen_layout_refresh_signal.subscribe(self, laid_out, immediate=True)

    @property
    def symbols(self) -> Symbols:
        """The glyphs to draw with."""
        return glyphs_of(self)

    def help_bindings(self) -> list[BindingType]:
        """Return the bindings that the help explains, with the user's own keys."""
        return remapped(type(self).BINDINGS, getattr(self.app, "keys", {}))

    def action_help(self) -> None:
        """Open the help for the focused pane and all keys."""
        about = f"{self.WORDS_OF_HELP} {getattr(self.focused, 'HELP_TEXT', '')}".strip()
        self.app.push_screen(HelpScreen(self.TITLE_OF_HELP, about, self.help_bindings(), self.SIGNS))


def _class_of(cells: int, breakpoints: list[tuple[int, str]]) -> str:
    return max(breakpoint for breakpoint in breakpoints if breakpoint[0] <= cells)[1]
