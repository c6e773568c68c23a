"""The matrix's keys. Help, key bar and documentation are made from this table."""

from textual.binding import Binding

from ktwviz.tui.keys import Key
from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.symbols import Symbols

MATRIX_BINDINGS = [
    Binding("enter", "open", "Open", id="mx_open", tooltip="play what breaks, in that version; else read all of it"),
    Binding("down,j", "move(1,0)", "Down", id="mx_down", tooltip="the next race; scroll a text that stands alone"),
    Binding("up,k", "move(-1,0)", "Up", id="mx_up", tooltip="the race before"),
    Binding("right,l", "move(0,1)", "Right", id="mx_right", tooltip="the next version"),
    Binding("left,h,backspace", "move(0,-1)", "Left", id="mx_left", tooltip="the version before"),
    Binding("pagedown", "page(1)", "Page down", id="mx_page_down", tooltip="a page down"),
    Binding("pageup", "page(-1)", "Page up", id="mx_page_up", tooltip="a page up"),
    Binding("g,home", "ends(-1)", "First", id="mx_first", tooltip="the first race"),
    Binding("G,end", "ends(1)", "Last", id="mx_last", tooltip="the last race"),
    Binding("n", "next(1)", "Next broken", id="mx_next", tooltip="the next cell that is broken"),
    Binding("N", "next(-1)", "Broken before", id="mx_before", tooltip="the broken cell before"),
    Binding("x", "explore", "Explore", id="mx_explore", tooltip="explore every interleaving of the selected cell"),
    Binding("y", "token", "Token", id="mx_token", tooltip="copy and show the token of what breaks"),
    Binding("r", "again", "Go on", id="mx_again", tooltip="work out what is missing, after you stopped it"),
    Binding("z", "zoom", "Zoom", id="mx_zoom", tooltip="this pane alone; again: both"),
    Binding("tab,shift+tab", "pane", "Other pane", id="mx_pane", tooltip="the other pane"),
    Binding("question_mark,f1", "help", "Help", id="mx_help", tooltip="help: the keys and signs of this screen"),
    Binding("colon", "app.command_palette", "Palette", id="mx_palette",
            tooltip="all commands by name (ctrl+p as well)"),
    Binding("escape", "leave", "Stop", id="mx_leave", tooltip="stop the work, end the zoom, else go up"),
    Binding("q", "quit_level", "Quit", id="mx_quit", tooltip="up one level"),
]  # fmt: skip


def matrix_keys(scene: Table, symbols: Symbols, *, zoomed: bool) -> tuple[Key, ...]:
    """Return the key bar: only what works here."""
    ending = (Key("?", "Help", "screen.help"), Key("q", "Quit", "screen.quit_level"))
    arrows = f"{symbols.up}{symbols.down}"
    if zoomed:
        return (Key("z", "Both panes", "screen.zoom"), Key(arrows, "Scroll", "screen.move(1,0)"), *ending)
    cell = scene.cell
    plays = cell is not None and bool(cell.token)
    missing = not scene.working and len(scene.cells) < scene.wanted
    return (
        *((Key("esc", "Stop", "screen.leave"),) if scene.working else ()),
        *((Key("r", "Go on", "screen.again"),) if missing else ()),
        Key("enter", "Play" if plays else "Read", "screen.open"),
        Key(
            "arrows" if symbols.ascii else f"{symbols.back}{symbols.arrow}{arrows}",
            "Move",
            "screen.move(1,0)",
        ),
        *((Key("n", "Next broken", "screen.next(1)"),) if scene.broken else ()),
        Key("x", "Explore", "screen.explore"),
        *((Key("y", "Token", "screen.token"),) if plays else ()),
        Key("z", "Zoom", "screen.zoom"),
        *ending,
    )
