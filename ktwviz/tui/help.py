"""The help: what the focused pane shows, and every key, read from the bindings."""

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ktwviz.tui.keys import help_lines
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.signs import Signs, spelt
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import columns, joined, lines_of


def draw_signs(signs: Signs, width: int, symbols: Symbols) -> list[Content]:
    """Return the signs and what they mean, in as many columns as fit."""
    cells = [
        joined([Content.styled(spelt(sign, symbols), "bold $next"), Content.styled(meaning, "$muted")], " ")
        for sign, meaning in signs
    ]
    for count in range(3, 1, -1):
        rows = -(-len(cells) // count)
        lines = columns([cells[row::rows] for row in range(rows)])
        if max(line.cell_length for line in lines) <= width:
            return lines
    return cells


def draw_help(
    about: str, bindings: list[BindingType], width: int, symbols: Symbols, signs: Signs = ()
) -> Content:
    """Return the text of the help: the signs first, for they fit on the smallest screen, then the keys."""
    rows = [
        [
            joined([Content.styled(key, "bold $next") for key in line.keys]),
            Content(line.sentence or line.label),
        ]
        for line in help_lines(bindings, symbols)
    ]
    lines = [*lines_of(Content.styled(about, "$foreground"), width), Content("")] if about else []
    if signs:
        lines += [Content.styled("Signs", "bold $heading"), *draw_signs(signs, width, symbols), Content("")]
    lines += [Content.styled("Keys", "bold $heading"), *columns(rows)]
    return Content("\n").join(lines)


class HelpScreen(ModalScreen[None]):
    """A page over the screen; esc, q or ? closes it, arrows scroll."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        & > VerticalScroll {
            width: 100%; max-width: 100; height: 90%; border: round $edge-focus; border-title-color: $heading;
            background: $background; padding: 0 1; border-subtitle-color: $muted; scrollbar-size: 0 0;
        }
        & Static { height: auto; }
    }
    """

    BINDINGS = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="close_help", tooltip="close the help"),
        Binding("down,j", "scroll(1)", "Down", id="help_down", show=False),
        Binding("up,k", "scroll(-1)", "Up", id="help_up", show=False),
    ]

    def __init__(self, title: str, about: str, bindings: list[BindingType], signs: Signs = ()) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._keys = bindings
        self._signs = signs

    def compose(self) -> ComposeResult:
        with VerticalScroll() as page:
            page.border_title = f"Help: {self._title}"
            page.border_subtitle = "up and down scroll   esc closes"
            yield Static()

    def on_resize(self) -> None:
        """Draw for the new size."""
        width = min(100, self.size.width) - 4
        help = draw_help(self._about, self._keys, width, glyphs_of(self), self._signs)
        self.query_one(Static).update(help)

    def action_scroll(self, direction: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)
