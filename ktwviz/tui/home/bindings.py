"""The keys of the home screen, and which of them its last line shows."""

from textual.binding import Binding

from ktwviz.tui.keys import Key
from ktwviz.tui.symbols import Symbols

HOME_BINDINGS = [
    Binding("enter", "open", "Open", id="home_open", tooltip="open the marked lesson where you left it"),
    Binding("down,j", "list('cursor_down')", "Down", id="home_down", tooltip="the next lesson"),
    Binding("up,k", "list('cursor_up')", "Up", id="home_up", tooltip="the lesson before"),
    Binding("g,home", "list('first')", "First", id="home_first", tooltip="the first lesson"),
    Binding("G,end", "list('last')", "Last", id="home_last", tooltip="the last lesson"),
    Binding("n", "next_unsolved", "Next unsolved", id="home_next", tooltip="the next lesson that is not solved"),
    Binding("x", "explore", "Explore", id="home_explore", tooltip="explore every interleaving of the marked lesson"),
    Binding("s", "sandbox", "Sandbox", id="home_sandbox", tooltip="build a scenario of your own, checked as you type"),
    Binding("M", "matrix", "Matrix", id="home_matrix", tooltip="every race on every version of the code, as a table"),
    Binding("slash", "filter", "Filter", id="home_filter", tooltip="show the lessons in which these words occur"),
    Binding("z", "zoom", "Read all", id="home_zoom", tooltip="this pane, or the description, alone; again: the list"),
    Binding("o", "source", "Discussion", id="home_source", tooltip="show the link to the discussion on the list"),
    Binding("y", "copy_progress", "Copy", id="home_copy", tooltip="copy all that you have done, as text"),
    Binding("E", "export_progress", "Export", id="home_export",
            tooltip="write all that you have done to a file"),
    Binding("R", "reset", "Reset", id="home_reset", tooltip="forget what you did in the marked lesson"),
    Binding("tab", "next_pane", "Next pane", id="home_pane", tooltip="the next pane"),
    Binding("question_mark,f1", "help", "Help", id="home_help", tooltip="help: the keys and signs of this screen"),
    Binding("colon", "app.command_palette", "Palette", id="home_palette",
            tooltip="all commands by name, themes too (ctrl+p as well)"),
    Binding("escape", "clear_filter", "Clear", id="home_clear", tooltip="end the filter or the zoom"),
    Binding("q", "app.quit", "Quit", id="home_quit", tooltip="quit; progress is saved"),
]  # fmt: skip

FILTER_KEYS = (
    Key("enter", "Keep the filter", "screen.keep_filter"),
    Key("esc", "Show all", "screen.clear_filter"),
)
"""Of the line in which the filter is typed."""


def list_keys(symbols: Symbols, *, filtered: bool, reset: bool) -> tuple[Key, ...]:
    """Return the keys while all panes are shown."""
    return (
        Key("enter", "Open", "screen.open"),
        *((Key("esc", "Show all", "screen.clear_filter"),) if filtered else ()),
        Key(_arrows(symbols), "Move", "screen.list('cursor_down')"),
        Key("n", "Next unsolved", "screen.next_unsolved"),
        Key("z", "Read", "screen.zoom"),
        Key("x", "Explore", "screen.explore"),
        Key("s", "Sandbox", "screen.sandbox"),
        Key("/", "Filter", "screen.filter"),
        *((Key("R", "Reset", "screen.reset"),) if reset else ()),
        Key("M", "Matrix", "screen.matrix"),
        Key("?", "Help", "screen.help"),
        Key("q", "Quit", "app.quit"),
    )


def zoom_keys(symbols: Symbols, other: str) -> tuple[Key, ...]:
    """Return the keys while one pane is shown alone; `other` is what the next one holds."""
    return (
        Key("enter", "Open", "screen.open"),
        Key(_arrows(symbols), "Scroll", "screen.list('cursor_down')"),
        Key("z", "All lessons", "screen.zoom"),
        Key("tab", other, "screen.next_pane"),
        Key("?", "Help", "screen.help"),
        Key("q", "Quit", "app.quit"),
    )


def _arrows(symbols: Symbols) -> str:
    return "up/down" if symbols.ascii else "↑↓"
