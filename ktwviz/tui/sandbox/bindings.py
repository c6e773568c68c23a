"""The keys of the sandbox. Help, key bar and documentation are made from this table."""

from textual.binding import Binding

from ktwviz.tui.keys import Key
from ktwviz.tui.sandbox.bench import ADD, EDIT, JUDGE, LETTERS, Bench
from ktwviz.tui.symbols import Symbols

# None has priority: it would overtake what was typed before it and is still on its way into the editor. Letters and
# digits reach the screen from the panes alone, for in the editor they are text.
SANDBOX_BINDINGS = [
    Binding("ctrl+s,f5", "check", "Check all", id="box_check",
            tooltip="check every interleaving, not only the first states"),
    Binding("f2", "play", "Play", id="box_play", tooltip="play the scenario from its start"),
    Binding("f3", "explore", "Explore", id="box_explore", tooltip="explore every interleaving of it as a tree"),
    Binding("f4", "anew", "Start again", id="box_anew", tooltip="back to the scenario that you began with"),
    Binding("f8", "save", "Save", id="box_save", tooltip="save it as a lesson file that `ktwviz check` passes"),
    Binding("tab", "pane(1)", "Next pane", id="box_pane", tooltip="to what can be added, to the properties, and back"),
    Binding("shift+tab", "pane(-1)", "Pane before", id="box_pane_before", tooltip="the pane before"),
    Binding("enter", "confirm", "Do it", id="box_enter",
            tooltip="add what is marked; play what breaks a property; in the editor: a new line"),
    Binding("down", "mark(1)", "Down", id="box_down", tooltip="mark the next line of a list"),
    Binding("up", "mark(-1)", "Up", id="box_up", tooltip="mark the line before"),
    *(
        Binding(letter, f"add({number})", id=f"box_add.{letter}", key_display="a-l n", show=False,
                description="Add", tooltip="from a list: add that, to the task in which the cursor is")
        for number, letter in enumerate(LETTERS)
    ),
    Binding("v", "version", "Version", id="box_version", tooltip="from a list: the next version of the code"),
    Binding("m", "memory", "Memory", id="box_memory",
            tooltip="from a list: sequential consistency, or x86 store buffers"),
    *(
        Binding(str(number), f"cpus({number})", id=f"box_cpus.{number}", key_display="1-4", show=False,
                description="CPUs", tooltip="from a list: that many CPUs")
        for number in range(1, 5)
    ),
    Binding("ctrl+z", "undo", "Undo", id="box_undo", tooltip="take the last change back; ctrl+y: make it again"),
    Binding("escape", "leave", "Back", id="box_leave", tooltip="end the check; else go back, text kept"),
    Binding("f1", "help", "Help", id="box_help", tooltip="help: the keys of this screen"),
]  # fmt: skip


def sandbox_keys(bench: Bench, symbols: Symbols) -> tuple[Key, ...]:
    """Return the key bar: what the pane in hand is for, and what leads on."""
    help_ = Key("f1", "Help", "screen.help")
    if bench.busy:
        return (Key("f2", "Play", "screen.play"), help_, Key("esc", "End it", "screen.leave"))
    arrows = Key("up/down" if symbols.ascii else "↑↓", "Mark", "screen.mark(1)")
    broken = (verdict := bench.verdict(bench.asked)) is not None and verdict.kind == "broken"
    play = (Key("enter", "Play it", "screen.confirm"),) if broken else ()
    mine = {
        EDIT: (Key("tab", "Add", "screen.pane(1)"),),
        ADD: (Key("enter", "Add it", "screen.confirm"), arrows, Key("tab", "Properties", "screen.pane(1)")),
        JUDGE: (*play, arrows, Key("tab", "Editor", "screen.pane(1)")),
    }[bench.in_hand]
    return (
        *mine,
        Key("f2", "Play", "screen.play"),
        Key("f3", "Explore", "screen.explore"),
        Key("ctrl+s", "Check all", "screen.check"),
        Key("f8", "Save", "screen.save"),
        Key("f4", "Start again", "screen.anew"),
        help_,
        Key("esc", "Back", "screen.leave"),
    )
