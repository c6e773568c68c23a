"""The screen on which a learner mends the function under study, and has every interleaving judge the text."""

import time
from threading import Event
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from ktwviz.errors import KtwvizError, LessonError, Trouble
from ktwviz.lesson.editing import LONGEST_TEXT
from ktwviz.lesson.fix import Judgement, because_of, judge_fix, text_to_fix, trouble_while_typing
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.proof import fix_of, key_of_proof
from ktwviz.progress.model import LessonProgress
from ktwviz.tui import signs
from ktwviz.tui.ask import Question
from ktwviz.tui.base import BaseScreen
from ktwviz.tui.editor import CodeEditor, first_line_of_code
from ktwviz.tui.fixit.bindings import FIXIT_BINDINGS, fixit_keys
from ktwviz.tui.fixit.compare import AnswerScreen
from ktwviz.tui.fixit.desk import Desk, draw_ask
from ktwviz.tui.fixit.outcome import OutcomePane
from ktwviz.tui.fixit.watch import WatchScreen
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.naming import title_of
from ktwviz.tui.text import clip
from ktwviz.values import replace

PROGRESS_SECONDS = 0.1
STOPPED = "you ended it"


class FixScreen(BaseScreen):
    """Edits a function, checks it, and opens what refutes it."""

    TITLE_OF_HELP = "fix it"
    SIGNS = signs.FIX
    BINDINGS: ClassVar[list[BindingType]] = [*FIXIT_BINDINGS]
    PAUSE: ClassVar[float] = 0.4
    """Seconds without a key after which the text is compiled."""

    DEFAULT_CSS = """
    FixScreen {
        layout: vertical;
        & #fix-head { height: 1; width: 1fr; background: $panel; }
        & #fix-ask { height: auto; width: 1fr; padding: 0 1; }
    }
    """

    class Kept(Message):
        """The learner's text is to be remembered, as a draft or, with the key of its proof, as proved."""

        def __init__(self, lesson: Lesson, text: str, proof: str = "") -> None:
            super().__init__()
            self.lesson = lesson
            self.text = text
            self.proof = proof

    class Seen(Message):
        """A check has seen this many states."""

        def __init__(self, check: Event, states: int) -> None:
            super().__init__()
            self.check = check
            self.states = states

    class Judged(Message):
        """A check has come to its end."""

        def __init__(self, check: Event, text: str, outcome: Judgement | Trouble) -> None:
            super().__init__()
            self.check = check
            self.text = text
            self.outcome = outcome

    def __init__(
        self, lesson: Lesson, progress: LessonProgress, refuted: dict[str, Judgement] | None = None
    ) -> None:
        """`refuted` has the texts that were refuted before, each with its counterexample; it is added to."""
        super().__init__()
        self._refuted = {} if refuted is None else refuted
        self._given = text_to_fix(lesson)
        self._proved = progress.fixed if progress.fixed_for == key_of_proof(lesson) else ""
        self._start = progress.draft or self._proved or self._given
        self._pause: Timer | None = None
        self._check: Event | None = None
        self._checked = ""
        self.desk = self._fresh(lesson, self._start)

    @property
    def lesson(self) -> Lesson:
        """The lesson whose function is mended."""
        return self.desk.lesson

    @property
    def text(self) -> str:
        """The text in the editor."""
        return self.query_one(CodeEditor).text if self.is_mounted else self._start

    def compose(self) -> ComposeResult:
        yield Static(id="fix-head")
        yield Static(id="fix-ask")
        yield CodeEditor(
            self._start, "The function, to be mended. Errors stand below, at their line, while you type."
        )
        yield OutcomePane()
        yield KeyBar()

    def on_mount(self) -> None:
        editor = self.query_one(CodeEditor)
        editor.border_title = Content(f"{self.desk.function}()")
        editor.border_subtitle = Content("ctrl+s checks it")
        editor.show_line(first_line_of_code(self._start))
        editor.focus()
        if self.desk.judgement is not None:
            self.query_one(OutcomePane).focus()
        self.compile()

    def on_unmount(self) -> None:
        self._end_check()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.redraw)

    # What is shown --------------------------------------------------------------------------------------------------

    def show(self, desk: Desk) -> None:
        """Show another moment."""
        self.desk = desk
        self.redraw()

    def tell(self, sentence: str) -> None:
        """Show a sentence below the editor."""
        self.show(replace(self.desk, told=sentence))

    def redraw(self) -> None:
        """Hand everything what it draws."""
        if not self.is_mounted or not self.children:
            return
        width = self.size.width - 2
        head = Content.assemble(
            (" ktwviz", "bold $next"), (" > ", "$muted"), (title_of(self.lesson, self.symbols), "bold"),
            (" > ", "$muted"), "fix it",
        )  # fmt: skip
        self.query_one("#fix-head", Static).update(clip(head, width, self.symbols))
        self.query_one("#fix-ask", Static).update(
            Content("\n").join(draw_ask(self.desk, width, self.symbols))
        )
        trouble = self.desk.trouble
        self.query_one(CodeEditor).wrong = trouble.line if trouble else 0
        self.query_one(OutcomePane).scene = self.desk
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys of what has the focus."""
        in_outcome = isinstance(self.focused, OutcomePane)
        self.query_one(KeyBar).keys = fixit_keys(self.desk, in_outcome=in_outcome)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus now."""
        self.show_keys()

    # Typing ---------------------------------------------------------------------------------------------------------

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Forget what was said of the old text; compile the new one when the learner pauses."""
        if self.text == self._checked and self.desk.judgement is not None:
            return
        if self._check is not None and self.text != self._checked:
            self._end_check()
        if self.desk.running is None:
            self.show(replace(self._fresh(self.lesson, self.text), trouble=self.desk.trouble))
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if self.PAUSE:
            self._pause = self.set_timer(self.PAUSE, self.compile)
        else:
            self.compile()

    def compile(self) -> None:
        """Say what is wrong with the text, and remember it."""
        self._pause = None
        if self.desk.running is not None:
            return
        if self.desk.judgement is None:
            self.show(replace(self.desk, trouble=trouble_while_typing(self.lesson, self.text)))
        self.keep_draft()

    def keep_draft(self) -> None:
        """Have the text remembered, if there is something new to remember."""
        draft = self.new_draft()
        if draft is not None:
            self._start = self.text
            self.post_message(self.Kept(self.lesson, draft))

    def new_draft(self) -> str | None:
        """Return what is to be remembered of the text: "" for the lesson's own; None for what is known or no function.

        A text that is far too long to be a function is not kept.
        """
        text = self.text
        if text == self._start or len(text) > LONGEST_TEXT:
            return None
        return "" if text == self._given else text

    def _fresh(self, lesson: Lesson, text: str) -> Desk:
        """Return the moment in which no more is known of a text than what an earlier check said of the very same."""
        refuted = self._refuted.get(text)
        if refuted is not None:
            return Desk(lesson, judgement=refuted, because=because_of(lesson, text))
        return Desk(lesson, proved=bool(self._proved) and text == self._proved, given=text == self._given)

    async def on_outcome_pane_typed(self, message: OutcomePane.Typed) -> None:
        """Go on in the editor with what was typed."""
        editor = self.query_one(CodeEditor)
        editor.focus()
        if message.character:
            editor.insert(message.character)
        else:
            await editor.do_key(message.key)

    def on_outcome_pane_left(self) -> None:
        """Go up one level."""
        self.action_leave()

    def action_editor(self) -> None:
        """Go to the editor."""
        self.query_one(CodeEditor).focus()

    def action_undo(self) -> None:
        """Take the last change back."""
        self.query_one(CodeEditor).action_undo()

    # Checking -------------------------------------------------------------------------------------------------------

    def action_check(self) -> None:
        """Begin to go through all interleavings; go to the line that is wrong where one is."""
        if self.desk.running is not None:
            return
        text = self.text
        trouble = trouble_while_typing(self.lesson, text)
        if trouble is not None:
            self.query_one(CodeEditor).show_line(trouble.line)
            self.action_editor()
            self.show(Desk(self.lesson, trouble=trouble))
            return
        self.keep_draft()
        check = self._check = Event()
        self._checked = text
        self.show(Desk(self.lesson, running=0))
        self.run_worker(lambda: self._judge(text, check), thread=True, group="check")

    def _judge(self, text: str, check: Event) -> None:
        """Judge a text; runs in a thread of its own and touches no widget."""
        last = time.monotonic()

        def interrupted(states: int) -> str:
            nonlocal last
            now = time.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                self.post_message(self.Seen(check, states))
            return STOPPED if check.is_set() else ""

        outcome: Judgement | Trouble
        try:
            outcome = judge_fix(self.lesson, text, interrupted=interrupted)
        except LessonError as error:
            outcome = error.troubles[0]
        except KtwvizError as error:
            outcome = Trouble(self.lesson.file, 0, str(error))
        self.post_message(self.Judged(check, text, outcome))

    def _end_check(self) -> None:
        if self._check is not None:
            self._check.set()
            self._check = None
            self.desk = replace(self.desk, running=None)

    def on_fix_screen_seen(self, message: Seen) -> None:
        """Show how far the check has come."""
        if message.check is self._check:
            self.show(replace(self.desk, running=message.states))

    def on_fix_screen_judged(self, message: Judged) -> None:
        """Show what came of a check, unless the learner has ended it."""
        if message.check is not self._check:
            return
        self._check = None
        outcome = message.outcome
        if isinstance(outcome, Trouble):
            self.show(Desk(self.lesson, trouble=outcome))
            return
        proved = outcome.kind == "holds"
        if proved:
            self._proved = message.text
            self.post_message(self.Kept(self.lesson, message.text, key_of_proof(self.lesson)))
        if outcome.kind == "broken":
            self._refuted[message.text] = outcome
            self.show(self._fresh(self.lesson, message.text))
        else:
            self.show(Desk(self.lesson, judgement=outcome, proved=proved))
        if self.is_current:
            self.query_one(OutcomePane).focus()

    # What leads on --------------------------------------------------------------------------------------------------

    def action_confirm(self) -> None:
        """Do what the outcome is about: go through it, compare, or check."""
        if self.desk.schedule:
            self.action_watch()
        elif self.desk.proved:
            self.action_compare()
        elif self.desk.trouble is not None:
            self.query_one(CodeEditor).show_line(self.desk.trouble.line)
            self.action_editor()
        else:
            self.action_check()

    def action_watch(self) -> None:
        """Open the counterexample in the player."""
        if self.desk.judgement is not None and self.desk.schedule:
            self.app.push_screen(WatchScreen(self.desk.judgement))
        else:
            self.show(replace(self.desk, told="There is no counterexample to watch: check the text first."))

    def action_compare(self) -> None:
        """Show the given answer; who has none yet is asked first."""

        def compare(sure: bool | None) -> None:
            if sure:
                self.app.push_screen(AnswerScreen(self.lesson, self.text))

        if self._proved:
            compare(True)
        else:
            self.app.push_screen(Question("This shows the answer.", yes="shows it"), compare)

    def action_anew(self) -> None:
        """Put the lesson's text back."""

        def begin(sure: bool | None) -> None:
            if sure:
                self._end_check()
                self.query_one(CodeEditor).text = self._given
                self.action_editor()

        if self.text != self._given:
            name = fix_of(self.lesson).function
            self.app.push_screen(
                Question(f"Put the lesson's {name}() in place of your text?", yes="forgets yours"), begin
            )

    def action_leave(self) -> None:
        """End the check; else go back to the lesson."""
        if self.desk.running is not None:
            seen = self.desk.running
            self._end_check()
            told = f"The check was ended after {seen:,} states: nothing is proved."
            self.show(replace(self._fresh(self.lesson, self.text), told=told))
            return
        self.keep_draft()
        self.app.pop_screen()
