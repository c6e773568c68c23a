"""The sandbox: a scenario in an editor, what can be added to it, and every property judged while it is written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from ktwviz.checker.properties import BUILTINS
from ktwviz.errors import KtwvizError, SourceError
from ktwviz.lesson.additions import ADDITIONS, line_after, target_of
from ktwviz.lesson.declarations import LONGEST_SCENARIO
from ktwviz.lesson.sandbox import (
    MOST_STATES,
    NAME,
    Begun,
    Looked,
    built,
    by_weight,
    cpus_of,
    look,
    memory_of,
    settled,
    task_at,
    trouble_of,
    versions_of,
    with_cpus,
    with_memory,
)
from ktwviz.lesson.saving import LessonFile, lesson_file, write_lesson
from ktwviz.lesson.scenario import Scenario
from ktwviz.progress import Draft
from ktwviz.tui.ask import Question
from ktwviz.tui.base import TooSmall
from ktwviz.tui.editor import CodeEditor
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.sandbox.asking import AskPath
from ktwviz.tui.sandbox.below import BelowPane
from ktwviz.tui.sandbox.bench import ADD, EDIT, JUDGE, SETTINGS, Bench
from ktwviz.tui.sandbox.bindings import SANDBOX_BINDINGS, sandbox_keys
from ktwviz.tui.sandbox.lists import AdditionsPane, ListPane, PropertiesPane
from ktwviz.tui.sandbox.looking import Looking
from ktwviz.tui.sandbox.play import SandboxPlayer, from_start, replay_of
from ktwviz.tui.text import clip, spread

ABOUT = (
    "The scenario: objects, functions, tasks. Errors stand at their line while you type. "
    "tab leads to what can be added, and to the properties."
)


class SandboxScreen(Looking):
    """Edits a scenario, judges it, and leads to the player, the explorer and a lesson file."""

    TITLE_OF_HELP = "sandbox"
    BINDINGS: ClassVar[list[BindingType]] = [*SANDBOX_BINDINGS]
    PAUSE: ClassVar[float] = 0.4
    """Seconds without a key after which the scenario is looked at."""

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
        super().__init__()
        self.begun = begun
        start = settled(draft or begun.given)
        start = replace(start, version=version or start.version)
        told = "" if draft is None else f"This is your draft. f4 puts back {begun.first}."
        self.bench = Bench(start, begun.title, told=told)
        self._kept = draft or begun.given
        self._pause: Timer | None = None
        self._saved: tuple[str, LessonFile] | None = None
        self._saving = (Path(), False)

    def compose(self) -> ComposeResult:
        yield Static(id="sandbox-head")
        with Container(id="bench"):
            yield CodeEditor(self.bench.draft.text, ABOUT, tab="leaves")
            with Container(id="column"):
                yield AdditionsPane()
                yield PropertiesPane()
        yield BelowPane()
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        editor = self.query_one(CodeEditor)
        editor.border_title = Content("Scenario")
        editor.focus()
        self._find_target()
        self.look()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @property
    def draft(self) -> Draft:
        """What is worked on."""
        return self.bench.draft

    # What is shown --------------------------------------------------------------------------------------------------

    def show(self, bench: Bench) -> None:
        """Show another moment."""
        self.bench = bench
        self.redraw()

    def tell(self, sentence: str) -> None:
        """Show a sentence until something else is to be said."""
        self.show(replace(self.bench, told=sentence))

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

    # Editing --------------------------------------------------------------------------------------------------------

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Take over the text."""
        if message.text_area.text != self.draft.text:
            self.change(replace(self.draft, text=message.text_area.text))

    def on_text_area_selection_changed(self) -> None:
        """Note which task the cursor is in."""
        self._find_target()

    def _find_target(self) -> None:
        editor = self.query_one(CodeEditor)
        text = editor.text
        if len(text) > LONGEST_SCENARIO:
            return
        target = target_of(text, task_at(text, editor.cursor_location[0] + 1))
        if target != self.bench.target:
            self.show(replace(self.bench, target=target))

    def change(self, draft: Draft, told: str = "") -> None:
        """Work on another draft: forget what was found in the old one, and look at it when the learner pauses."""
        self.end()
        old = self.bench.looked
        # what is wrong stays on the screen until it is known whether it still is; a verdict does not
        wrong = old if old is not None and old.troubles else None
        self.show(replace(self.bench, draft=draft, looked=wrong, running=None, busy="", told=told))
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if self.PAUSE:
            self._pause = self.set_timer(self.PAUSE, self.look)
        else:
            self.look()

    def _edit(self, edit: Callable[[str], str]) -> None:
        """Put an edit of the text in place of it, such that it can be taken back."""
        editor = self.query_one(CodeEditor)
        old = editor.text
        try:
            new = edit(old)
        except SourceError as error:
            at = f"line {error.trouble.line}: " if self.bench.wrong_line else ""
            self.tell(f"Nothing was added: {at}{error.trouble.message}")
            return
        row = line_after(old, new, editor.cursor_location[0] + 1) - 1
        editor.replace(new, (0, 0), editor.document.end)
        editor.move_cursor((max(0, row), len(editor.document.get_line(max(0, row)))))
        self.change(replace(self.draft, text=new))

    def action_add(self, number: int) -> None:
        """Add something to the task in which the cursor is."""
        self.show(replace(self.bench, addition=number))
        editor = self.query_one(CodeEditor)
        task = task_at(editor.text, editor.cursor_location[0] + 1)
        self._edit(lambda text: ADDITIONS[number].edit(text, task))

    def action_version(self) -> None:
        """Play on the next version of the code."""
        names = versions_of(self.draft)
        version = names[(names.index(self.draft.version) + 1) % len(names)]
        self.change(replace(self.draft, version=version))

    def action_memory(self) -> None:
        """Exchange the order of memory."""
        self._edit(lambda text: with_memory(text, "sc" if memory_of(text) == "tso" else "tso"))

    def action_cpus(self, number: int) -> None:
        """Set the number of CPUs."""
        self._edit(lambda text: with_cpus(text, number))

    def action_undo(self) -> None:
        """Take the last change back."""
        self.query_one(CodeEditor).action_undo()

    def action_anew(self) -> None:
        """Put back what the sandbox began with."""

        def begin(sure: bool | None) -> None:
            if sure:
                self.query_one(CodeEditor).text = self.begun.given.text
                self.change(self.begun.given)

        if self.draft != self.begun.given:
            self.app.push_screen(
                Question(f"Put {self.begun.first} in place of yours?", yes="forgets yours"), begin
            )

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

    def scenario(self) -> Scenario | None:
        """Return the draft ready to run; None where it cannot, which is told."""
        file = self._saved[1] if self._saved is not None else None
        try:
            return built(self.draft, file.id if file is not None and file.draft == self.draft else NAME)
        except KtwvizError as error:
            trouble = trouble_of(error)[0]
            self.query_one(CodeEditor).show_line(trouble.line)
            self.tell(f"It does not run yet: {trouble.message}")
            return None

    @property
    def saved_as(self) -> str:
        """The path of the lesson file in which this very draft stands, "" for none."""
        return self._saved[0] if self._saved is not None and self._saved[1].draft == self.draft else ""

    def action_play(self) -> None:
        """Play the scenario from its start."""
        scenario = self.scenario()
        if scenario is not None:
            self.app.push_screen(SandboxPlayer(from_start(scenario), self.saved_as))

    def _play_broken(self) -> None:
        verdict = self.bench.verdict(self.bench.asked)
        scenario = self.scenario() if verdict is not None and verdict.kind == "broken" else None
        if verdict is None or verdict.kind != "broken":
            self.tell(f"{self.bench.asked} is not known to break: there is nothing to play.")
        elif scenario is not None:
            self.app.push_screen(SandboxPlayer(replay_of(scenario, verdict), self.saved_as))

    def play_schedule(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
        """Play a schedule of the explorer."""
        player = SandboxPlayer(from_start(scenario), self.saved_as)
        self.app.push_screen(player)
        player.call_after_refresh(player.take_over, keys)

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
            seen = self.bench.running or 0
            self.end()
            self.show(replace(self.bench, busy="", running=None))
            self.tell(f"You ended it after {seen:,} states: what was not seen is not known.")
            if self.bench.looked is None:
                self.look()
            return
        self.keep_draft()
        self.app.pop_screen()

    # Saving ---------------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Ask for a path; then check the scenario, and save it as a lesson."""
        if self.bench.busy:
            return
        if self.scenario() is not None:
            last = self._saved[0] if self._saved is not None else "my-scenario.md"
            self.app.push_screen(AskPath(last), self._ask_to_overwrite)

    def _ask_to_overwrite(self, given: str | None) -> None:
        if not given:
            self.tell("Nothing was saved.")
            return
        path = Path(given).expanduser()
        path = path if path.suffix or path.is_dir() else path.with_suffix(".md")
        if path.is_dir() or not path.parent.is_dir():
            what = "is a folder: give the file a name" if path.is_dir() else "has no folder: make it first"
            self.tell(f"Nothing was saved: {path} {what}.")
        elif path.exists():

            def save(sure: bool | None) -> None:
                if sure:
                    self._save(path, overwrite=True)
                else:
                    self.tell(f"Nothing was saved: {path} is as it was.")

            self.app.push_screen(Question(f"{path} is there. Write over it?", yes="writes over it"), save)
        else:
            self._save(path, overwrite=False)

    def _save(self, path: Path, *, overwrite: bool) -> None:
        self._saving = (path, overwrite)
        draft = self.draft
        self.show(replace(self.bench, busy="save", running=0, told=""))
        self.begin(lambda interrupted: lesson_file(draft, str(path), interrupted=interrupted))

    def _write(self, file: LessonFile) -> None:
        path, overwrite = self._saving
        try:
            write_lesson(path, file.text, overwrite=overwrite)
        except OSError as error:
            self.tell(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.")
            return
        self._saved = (str(path), file)
        open_ = f" Its check is undetermined: it ended at {file.undetermined}." if file.undetermined else ""
        self.tell(
            f"Saved. `ktwviz play {path}` plays it, `ktwviz check {path}` proves what it claims.{open_}"
        )

    def commands(self) -> Iterator[SystemCommand]:
        """Return what the palette offers here."""
        yield SystemCommand("Play the scenario", "From its start, in the player", self.action_play)
        yield SystemCommand("Explore the scenario", "Every interleaving of it as a tree", self.action_explore)
        yield SystemCommand(
            "Check the scenario", "Every property, under every interleaving", self.action_check
        )
        yield SystemCommand("Save the scenario", "As a lesson file that passes its check", self.action_save)
