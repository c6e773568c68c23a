"""The keys of the screen on which a function is mended. Help, key bar and documentation are made from this table."""

from textual.binding import Binding

from ktwviz.tui.fixit.desk import Desk
from ktwviz.tui.keys import Key

# None has priority: it would overtake what was typed before it and is still on its way into the editor.
FIXIT_BINDINGS = [
    Binding("ctrl+s,f5", "check", "Check", id="fix_check",
            tooltip="check the text under all interleavings"),
    Binding("f2", "watch", "Watch", id="fix_watch", tooltip="go through the counterexample, running your code"),
    Binding("f3", "compare", "Compare", id="fix_compare", tooltip="your text beside the given answer"),
    Binding("f4", "anew", "Start again", id="fix_anew", tooltip="back to the function as the lesson has it"),
    Binding("tab", "editor", "Indent", id="fix_tab",
            tooltip="indent; from the outcome below: back to the editor"),
    Binding("ctrl+z", "undo", "Undo", id="fix_undo", tooltip="take the last change back; ctrl+y: make it again"),
    Binding("enter", "confirm", "New line", id="fix_enter",
            tooltip="a new line; on the outcome below: watch it, or compare"),
    Binding("escape", "leave", "Back", id="fix_leave",
            tooltip="end the check; else back to the lesson, text kept"),
    Binding("f1", "help", "Help", id="fix_help", tooltip="help: the keys of this screen"),
]  # fmt: skip


def fixit_keys(desk: Desk, *, in_outcome: bool) -> tuple[Key, ...]:
    """Return the key bar: what leads on from here first."""
    ending = (Key("f1", "Help", "screen.help"), Key("esc", "Back", "screen.leave"))
    if desk.running is not None:
        return (Key("f1", "Help", "screen.help"), Key("esc", "End the check", "screen.leave"))
    watch = Key("enter" if in_outcome else "f2", "Watch it", "screen.watch")
    compare = Key("enter" if in_outcome and desk.proved else "f3", "Compare", "screen.compare")
    return (
        *((watch,) if desk.schedule else ()),
        *((compare,) if desk.proved else ()),
        Key("ctrl+s", "Check", "screen.check"),
        *((Key("f3", "Answer", "screen.compare"),) if not desk.proved else ()),
        Key("f4", "Start again", "screen.anew"),
        *ending,
    )
