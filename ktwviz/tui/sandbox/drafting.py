"""The draft of a sandbox while it is changed: by typing, or by what can be added and settled at a key."""

from collections.abc import Callable
from typing import ClassVar

from textual.timer import Timer
from textual.widgets import TextArea

from ktwviz.errors import KtwvizError, SourceError
from ktwviz.lesson.additions import ADDITIONS, line_after, target_of
from ktwviz.lesson.declarations import LONGEST_SCENARIO
from ktwviz.lesson.sandbox import (
    Begun,
    built,
    memory_of,
    settled,
    task_at,
    trouble_of,
    versions_of,
    with_cpus,
    with_memory,
)
from ktwviz.lesson.scenario import Scenario
from ktwviz.progress.model import Draft
from ktwviz.tui.ask import Question
from ktwviz.tui.editor import CodeEditor
from ktwviz.tui.sandbox.bench import Bench
from ktwviz.tui.sandbox.looking import Looking
from ktwviz.values import replace


class Drafting(Looking):
    """A screen with a draft in its editor; what is drawn of it, and what is looked for in it, is told elsewhere."""

    PAUSE: ClassVar[float] = 0.4
    """Seconds without a key after which the scenario is looked at."""

    def __init__(self, begun: Begun, draft: Draft | None = None, version: str = "") -> None:
        super().__init__()
        self.begun = begun
        start = settled(draft or begun.given)
        start = replace(start, version=version or start.version)
        told = "" if draft is None else f"This is your draft. f4 puts back {begun.first}."
        self.bench = Bench(start, begun.title, told=told)
        self._pause: Timer | None = None

    def show(self, bench: Bench) -> None:
        """Show another moment."""
        raise NotImplementedError

    def look(self) -> None:
        """Judge the draft as far as that is quick."""
        raise NotImplementedError

    @property
    def id_of_draft(self) -> str:
        """The id under which the draft is played."""
        raise NotImplementedError

    @property
    def draft(self) -> Draft:
        """What is worked on."""
        return self.bench.draft

    def tell(self, sentence: str) -> None:
        """Show a sentence until something else is to be said."""
        self.show(replace(self.bench, told=sentence))

    def _find_target(self) -> None:
        editor = self.query_one(CodeEditor)
        text = editor.text
        if len(text) > LONGEST_SCENARIO:
            return
        target = target_of(text, task_at(text, editor.cursor_location[0] + 1))
        if target != self.bench.target:
            self.show(replace(self.bench, target=target))

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Take over the text."""
        if message.text_area.text != self.draft.text:
            self.change(replace(self.draft, text=message.text_area.text))

    def on_text_area_selection_changed(self) -> None:
        """Note which task the cursor is in."""
        self._find_target()

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

    def scenario(self) -> Scenario | None:
        """Return the draft ready to run; None where it cannot, which is told."""
        try:
            return built(self.draft, self.id_of_draft)
        except KtwvizError as error:
            trouble = trouble_of(error)[0]
            self.query_one(CodeEditor).show_line(trouble.line)
            self.tell(f"It does not run yet: {trouble.message}")
            return None
