"""The sandbox: a scenario in an editor, what can be added to it, and every property judged while it is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ktwviz.checker.properties import BUILTINS
from ktwviz.lesson.additions import ADDITIONS
from ktwviz.lesson.declarations import LONGEST_SCENARIO
from ktwviz.lesson.sandbox import (
    MOST_STATES,
    Begun,
    Looked,
    by_weight,
    cpus_of,
    look,
    memory_of,
    trouble_of,
)
from ktwviz.lesson.saving import LessonFile
from ktwviz.lesson.scenario import Scenario
from ktwviz.progress.model import Draft
from ktwviz.tui import signs
from ktwviz.tui.editor import CodeEditor
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.sandbox.below import BelowPane
from ktwviz.tui.sandbox.bench import ADD, EDIT, JUDGE, SETTINGS, Bench
from ktwviz.tui.sandbox.bindings import SANDBOX_BINDINGS, sandbox_keys
from ktwviz.tui.sandbox.lists import AdditionsPane, ListPane, PropertiesPane
from ktwviz.tui.sandbox.looking import Looking
from ktwviz.tui.sandbox.play import SandboxPlayer, from_start, replay_of
from ktwviz.tui.sandbox.saving import Saving
from ktwviz.tui.text import clip, spread
from ktwviz.values import replace

ABOUT = (
    "The scenario: objects, functions, tasks. Errors stand at their line while you type. "
    "tab leads to what can be added, and to the properties."
)


class SandboxScreen(Saving):
    """Edits a scenario, judges it, and leads to the player, the explorer and a lesson file."""

    CSS_PATH = Path(__file__).with_name("sandbox.tcss")
    TITLE_OF_HELP = "sandbox"
    SIGNS = signs.SANDBOX
    BINDINGS: ClassVar[list[BindingType]] = [*SANDBOX_BINDINGS]

    class Kept(Message):
        """The draft is to be remembered; None: it is what one begins with, and is forgotten."""

        def __init__(self, name: str, draft: Draft | None) -> None:
            super().__init__()
            self.name = name
            self.draft = draft

    class Explore(Message):
        """All interleavings of the scenario are to be shown."""

        def __init__(self, scenario: Scenario) -> None:
            super().__init__()
            self.scenario = scenario

    def __init__(self, begun: Begun, draft: Draft | None = None, version: str = "") -> None:
        super().__init__(begun, draft, version)
        self._kept = draft or begun.given

    def compose(self) -> ComposeResult:
        yield Static(id="sandbox-head")
        with Container(id="bench"):
            yield CodeEditor(self.bench.draft.text, ABOUT, tab="leaves")
            with Container(id="column"):
                yield AdditionsPane()
                yield PropertiesPane()
        yield BelowPane()
        yield KeyBar()

    def on_mount(self) -> None:
        editor = self.query_one(CodeEditor)
        editor.border_title = Content("Scenario")
        editor.focus()
        self._find_target()
        self.look()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.redraw)

    # What is shown --------------------------------------------------------------------------------------------------

    def show(self, bench: Bench) -> None:
        """Show another moment."""
        self.bench = bench
        self.redraw()

    def redraw(self) -> None:
        """Hand everything what it draws."""
        if not self.is_mounted or not self.children:
            return
        bench, width = self.bench, self.size.width - 2
        self.set_class(bench.in_hand != EDIT, "-column")
        self.set_class(bench.in_hand == ADD, "-adding")
        head = Content.assemble((" ktwviz", "bold $next"), (" > ", "$muted"), ("sandbox", "bold"))
        if bench.title:
            head = head + Content.assemble((" > ", "$muted"), self.symbols.text(bench.title))
        cpus = cpus_of(bench.draft.text)
        place = f"{bench.draft.version}   {memory_of(bench.draft.text)}   {cpus} CPU{'s' * (cpus != 1)}"
        line = spread(head, Content.styled(place, "$muted"), width, self.symbols)
        self.query_one("#sandbox-head", Static).update(clip(line, width, self.symbols))
        self.query_one(CodeEditor).wrong = bench.wrong_line
        for pane in (
            self.query_one(AdditionsPane),
            self.query_one(PropertiesPane),
            self.query_one(BelowPane),
        ):
            pane.scene = bench
        self.query_one(KeyBar).keys = sandbox_keys(bench, self.symbols)

    def on_descendant_focus(self) -> None:
        """Note what is in hand now."""
        focused = self.focused
        in_hand = focused.IN_HAND if isinstance(focused, ListPane) else EDIT
        if in_hand != self.bench.in_hand:
            self.show(replace(self.bench, in_hand=in_hand, told=""))

    def action_pane(self, direction: int) -> None:
        """Go to the next pane, which is shown first where the column is folded."""
        order = (EDIT, ADD, JUDGE)
        in_hand = order[(order.index(self.bench.in_hand) + direction) % len(order)]
        self.show(replace(self.bench, in_hand=in_hand, told=""))
        panes = {EDIT: "CodeEditor", ADD: "AdditionsPane", JUDGE: "PropertiesPane"}
        self.set_focus(self.query_one(panes[in_hand]))

    # Lists ----------------------------------------------------------------------------------------------------------

    def action_mark(self, direction: int) -> None:
        """Mark the next line of the list in hand."""
        bench = self.bench
        if bench.in_hand == ADD:
            self.show(replace(bench, addition=(bench.addition + direction) % bench.count, told=""))
        elif bench.in_hand == JUDGE:
            at = (bench.names.index(bench.asked) + direction) % len(bench.names)
            self.show(replace(bench, asked=bench.names[at], told=""))

    def on_list_pane_chosen(self, message: ListPane.Chosen) -> None:
        """Mark what was clicked; do it if it was marked."""
        if message.pane.IN_HAND == ADD:
            again = self.bench.addition == message.number
            self.show(replace(self.bench, in_hand=ADD, addition=message.number, told=""))
        else:
            name = self.bench.names[message.number]
            again = self.bench.asked == name
            self.show(replace(self.bench, in_hand=JUDGE, asked=name, told=""))
        if again:
            self.action_confirm()

    def action_confirm(self) -> None:
        """Add what is marked, or play how the marked property breaks."""
        bench = self.bench
        if bench.in_hand == JUDGE:
            self._play_broken()
        elif bench.in_hand == ADD and bench.addition < len(ADDITIONS):
            self.action_add(bench.addition)
        elif bench.in_hand == ADD:
            setting = SETTINGS[bench.addition - len(ADDITIONS)]
            if setting == "cpus":
                self.action_cpus(cpus_of(self.draft.text) % 4 + 1)
            else:
                {"version": self.action_version, "memory": self.action_memory}[setting]()

    # Looking --------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Judge the draft as far as that is quick, and have it remembered."""
        self._pause = None
        self.keep_draft()
        draft = self.draft
        self.begin(lambda interrupted: look(draft, interrupted=interrupted))

    def action_check(self) -> None:
        """Go through every interleaving."""
        if self.bench.busy:
            return
        if self.bench.troubles:
            self.query_one(CodeEditor).show_line(self.bench.wrong_line)
            self.set_focus(self.query_one(CodeEditor))
            return
        draft = self.draft
        self.show(replace(self.bench, busy="check", running=0, told=""))
        self.begin(lambda interrupted: look(draft, most_states=MOST_STATES, interrupted=interrupted))

    def on_looking_seen(self, message: Looking.Seen) -> None:
        """Show how far the look has come."""
        if self.is_last(message):
            self.show(replace(self.bench, running=message.states))

    def on_looking_ended(self, message: Looking.Ended) -> None:
        """Show what was found, or save what was made."""
        if not self.is_last(message):
            return
        self.show(replace(self.bench, running=None, busy=""))
        outcome = message.outcome
        if isinstance(outcome, LessonFile):
            self._show_found(outcome.looked)
            self._write(outcome)
        elif isinstance(outcome, Looked):
            self._show_found(outcome)
        else:
            reason = "; ".join(trouble.message for trouble in trouble_of(outcome))
            self.tell(f"Nothing was saved: {reason}.")

    def _show_found(self, found: Looked) -> None:
        names = tuple(verdict.property for verdict in by_weight(found.verdicts)) or self.bench.names
        # where a run deadlocks, some properties are left to that verdict
        names = (*names, *(builtin.name for builtin in BUILTINS if builtin.name not in names))
        marked = self.bench.asked if self.bench.in_hand == JUDGE else names[0]
        self.show(replace(self.bench, looked=found, names=names, asked=marked))

    # What leads on --------------------------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Play the scenario from its start."""
        scenario = self.scenario()
        if scenario is not None:
            self.app.push_screen(SandboxPlayer(from_start(scenario), self.saved_as))

    def _play_broken(self) -> None:
        verdict = self.bench.verdict(self.bench.asked)
        scenario = self.scenario() if verdict is not None and verdict.kind == "broken" else None
        if verdict is None or verdict.kind != "broken":
            holds = verdict is not None and verdict.kind == "holds"
            how = "holds" if holds else "is not known to break"
            self.tell(f"{self.bench.asked} {how}: there is nothing to play.")
        elif scenario is not None:
            self.app.push_screen(SandboxPlayer(replay_of(scenario, verdict), self.saved_as))

    def play_schedule(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
        """Play a schedule of the explorer."""
        player = SandboxPlayer(from_start(scenario), self.saved_as)
        self.app.push_screen(player)
        player.call_after_refresh(player.show_found, keys)

    def action_explore(self) -> None:
        """Open the explorer."""
        scenario = self.scenario()
        if scenario is not None:
            self.post_message(self.Explore(scenario))

    def keep_draft(self) -> None:
        """Have the draft remembered, if there is something new to remember."""
        if self.is_new:
            self._kept = self.draft
            self.post_message(self.Kept(self.begun.name, self.kept_draft()))

    @property
    def is_new(self) -> bool:
        """Whether there is something new to remember; a text that is far too long to be a scenario is not."""
        return self.draft != self._kept and len(self.draft.text) <= LONGEST_SCENARIO

    def kept_draft(self) -> Draft | None:
        """Return what is to be remembered: None for what one begins with."""
        return None if self.draft == self.begun.given else self.draft

    def action_leave(self) -> None:
        """End the check; else go back."""
        if self.bench.busy:
            seen, saving = self.bench.running or 0, self.bench.busy == "save"
            self.end()
            self.show(replace(self.bench, busy="", running=None))
            ended = f"You ended it after {seen:,} states"
            self.tell(f"{ended}: {'nothing was saved' if saving else 'what was not seen is not known'}.")
            if self.bench.looked is None:
                self.look()
            return
        self.keep_draft()
        self.app.pop_screen()

    def commands(self) -> Iterator[SystemCommand]:
        """Return what the palette offers here."""
        yield SystemCommand("Play the scenario", "From its start, in the player", self.action_play)
        yield SystemCommand("Explore the scenario", "Every interleaving of it as a tree", self.action_explore)
        yield SystemCommand(
            "Check the scenario", "Every property, under every interleaving", self.action_check
        )
        yield SystemCommand("Save the scenario", "As a lesson file that passes its check", self.action_save)
