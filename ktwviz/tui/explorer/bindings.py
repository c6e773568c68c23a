"""The explorer's keys. Help, key bar and documentation are made from this table."""

from textual.binding import Binding

from ktwviz.tui.explorer.scene import Explored
from ktwviz.tui.keys import Key
from ktwviz.tui.symbols import Symbols

EXPLORER_BINDINGS = [
    Binding("n", "next(1)", "Next bad", id="ex_next", tooltip="the next bad place, or state that was found"),
    Binding("N", "next(-1)", "Bad before", id="ex_before", tooltip="the bad place before"),
    Binding("enter", "play", "Play", id="ex_play",
            tooltip="play the selected state; on a row: keep to what breaks"),
    Binding("space", "unfold", "Open", id="ex_toggle", tooltip="open this line, then all its choices; then fold it"),
    Binding("right,l", "into", "Into", id="ex_into", tooltip="go one step on"),
    Binding("left,h,backspace", "out", "Out", id="ex_out", tooltip="go to the state before"),
    Binding("down,j", "move(1)", "Down", id="ex_down", tooltip="the next line; scroll a text that stands alone"),
    Binding("up,k", "move(-1)", "Up", id="ex_up", tooltip="the line before"),
    Binding("pagedown", "page(1)", "Page down", id="ex_page_down", tooltip="a page down"),
    Binding("pageup", "page(-1)", "Page up", id="ex_page_up", tooltip="a page up"),
    Binding("g,home", "root", "Root", id="ex_root", tooltip="where the tree begins"),
    Binding("G,end", "deepest", "Deepest", id="ex_deepest", tooltip="the last state of the way that is open"),
    Binding("comma,left_square_bracket", "sibling(-1)", "Choice before", id="ex_sibling_before",
            tooltip="the choice before, at the same state"),
    Binding("full_stop,right_square_bracket", "sibling(1)", "Next choice", id="ex_sibling",
            tooltip="the next choice at the same state"),
    Binding("asterisk", "open_all", "Open all", id="ex_open_all", tooltip="open all that stands below this line"),
    Binding("o", "order", "Order", id="ex_order", tooltip="shortest first, or fewest context switches first"),
    *(
        Binding(str(number), f"filter('{number}')", "Only", id=f"ex_filter.{number}", key_display="1-9",
                tooltip="branches of that context only; again: all")
        for number in range(1, 10)
    ),
    Binding("slash", "find", "Find", id="ex_find", tooltip="find the states in which an expression holds"),
    Binding("d", "diff", "Diff", id="ex_diff", tooltip="the state and the step before it in full; again: back"),
    Binding("y", "token", "Token", id="ex_token", tooltip="copy and show the token of the selected state"),
    Binding("v", "rule", "Rule", id="ex_rule", tooltip="explore under the next rule of the lesson, or as posted"),
    Binding("s", "sandbox", "Sandbox", id="ex_sandbox", tooltip="take the scenario into the sandbox, to change it"),
    Binding("E", "export_menu", "Export", id="ex_export",
            tooltip="pass the run to here on: changelog, page, chart, JSON"),
    Binding("S", "start", "From start", id="ex_start", tooltip="from the start of the scenario; again: from your step"),
    Binding("r", "again", "Search again", id="ex_again", tooltip="search again, after you stopped it"),
    Binding("z", "zoom", "Zoom", id="ex_zoom", tooltip="this pane alone; again: all"),
    Binding("tab", "pane(1)", "Next pane", id="ex_pane", tooltip="the next pane"),
    Binding("shift+tab", "pane(-1)", "Pane before", id="ex_pane_before", tooltip="the pane before"),
    Binding("question_mark,f1", "help", "Help", id="ex_help", tooltip="help: the keys and signs of this screen"),
    Binding("colon", "app.command_palette", "Palette", id="ex_palette",
            tooltip="all commands by name (ctrl+p as well)"),
    Binding("escape", "leave", "Stop", id="ex_leave", tooltip="stop the search, end a find or a zoom, else go up"),
    Binding("q", "quit_level", "Quit", id="ex_quit", tooltip="up one level"),
]  # fmt: skip


def explorer_keys(
    scene: Explored, symbols: Symbols, *, zoomed: bool, finding: bool, keeping: bool = False
) -> tuple[Key, ...]:
    """Return the key bar: only what works here; `keeping` where enter keeps to the marked property."""
    ending = (Key("?", "Help", "screen.help"), Key("q", "Quit", "screen.quit_level"))
    if finding:
        return (Key("enter", "Find", "screen.help"), Key("esc", "Close", "screen.leave"))
    if scene.searching:
        return (Key("esc", "Stop and keep what was seen", "screen.leave"), *ending)
    if zoomed:
        arrows = f"{symbols.up}{symbols.down}"
        return (Key("z", "All panes", "screen.zoom"), Key(arrows, "Move", "screen.move(1)"), *ending)
    again = (Key("r", "Search again", "screen.again"),) if scene.stopped else ()
    order = (Key("o", "Order", "screen.order"),) if scene.examples.count else ()
    bad = (Key("n", "Next bad", "screen.next(1)"),) if scene.examples.count else ()
    return (
        *again,
        *bad,
        Key("enter", "Keep to it" if keeping else "Play", "screen.play"),
        Key("space", "Open", "screen.unfold"),
        Key("d", "Diff", "screen.diff"),
        Key("/", "Find", "screen.find"),
        *order,
        Key("y", "Token", "screen.token"),
        Key("v", "Rule", "screen.rule"),
        *((Key("S", "From start", "screen.start"),) if scene.start else ()),
        Key("*", "Open all", "screen.open_all"),
        Key("E", "Export", "screen.export_menu"),
        Key("s", "Sandbox", "screen.sandbox"),
        *ending,
    )
