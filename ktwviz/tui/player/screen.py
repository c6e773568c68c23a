"""The player's screen: composes the panes, turns keys into moves, and hands every pane the new scene."""

from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer

from ktwviz.errors import KtwvizError
from ktwviz.lesson.judging import which_breaks
from ktwviz.lesson.play import Play
from ktwviz.tui import signs
from ktwviz.tui.ask import Question
from ktwviz.tui.delivery import deliver, picture
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.markdown import prose
from ktwviz.tui.naming import discussion_link
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.bindings import PLAYER_BINDINGS, player_keys
from ktwviz.tui.player.choices import ChoicesBar
from ktwviz.tui.player.exports import ExportMenu, file_name, text_of
from ktwviz.tui.player.foresight import ForesightLine
from ktwviz.tui.player.goal import GoalPane
from ktwviz.tui.player.headline import Headline
from ktwviz.tui.player.introducing import Introducing
from ktwviz.tui.player.introduction import IntroductionPane
from ktwviz.tui.player.lanes import LanesPane
from ktwviz.tui.player.locks import LocksPane
from ktwviz.tui.player.log import LogPane
from ktwviz.tui.player.narration import NarrationPane, lines_told
from ktwviz.tui.player.predicates import PredicatesPane
from ktwviz.tui.player.quiz import QuizPane, draw_quiz, feedback_on
from ktwviz.tui.player.scene import Scene, shown_contexts
from ktwviz.tui.player.source import SourcePane
from ktwviz.tui.player.stack import SourceStack
from ktwviz.tui.player.staging import Hand
from ktwviz.tui.player.strip import LINES, StateStrip, lines_needed
from ktwviz.tui.player.timers import TimersPane
from ktwviz.tui.player.values import ValuesPane
from ktwviz.tui.player.walking import QUESTION_FIRST
from ktwviz.tui.player.words import WordsPane
from ktwviz.tui.player.worklist import WorklistPane

SOURCES = 3
SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Moves a second when the player runs by itself."""

ZOOMABLE = (
    "#source0, StateStrip, WorklistPane, TimersPane, LocksPane, PredicatesPane, WordsPane, LanesPane, "
    "NarrationPane, QuizPane, GoalPane, LogPane"
)
"""The panes that tab goes through while one is zoomed; one source pane shows every context in turn."""


SMALL_WORDS = 5
"""Lines of narration on a small screen, as in player.tcss."""


def not_yours(play: Play) -> str:
    """Return what is said of a schedule that somebody else made; "" where it is the learner's own."""
    if not play.shown_by:
        return ""
    counts = " It does not count for the goal: R begins one of your own." if play.lesson.goal else ""
    return (
        f"This is the {play.shown_by}'s schedule{which_breaks(play)}: g, then space, goes through it.{counts}"
    )


class PlayerScreen(Introducing):
    """Plays one lesson. `new` says that it is opened for the first time: then it says what it is about."""

    CSS_PATH = Path(__file__).with_name("player.tcss")
    TITLE_OF_HELP = "player"
    WORDS_OF_HELP = "A step is one access to memory; space runs a line of them."
    SIGNS = signs.PLAYER
    BINDINGS: ClassVar[list[BindingType]] = [*PLAYER_BINDINGS]

    class NextLesson(Message):
        """The learner reached the goal and wants the next lesson."""

    class Fix(Message):
        """The learner wants to mend the code."""

        def __init__(self, play: Play) -> None:
            super().__init__()
            self.play = play

    class Left(Message):
        """The learner goes up one level."""

    def __init__(self, play: Play, next_lesson: str = "", speed: float = 1, *, new: bool = False) -> None:
        super().__init__(play, next_lesson)
        self._new = new
        self._speed = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - speed))
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Headline()
        yield IntroductionPane()
        yield SourceStack()
        with Horizontal(id="sources", classes="row"):
            for number in range(SOURCES):
                yield SourcePane(id=f"source{number}")
        yield StateStrip()
        with Horizontal(id="state", classes="row"):
            yield WorklistPane()
            yield TimersPane()
            yield LocksPane()
            yield PredicatesPane()
            yield WordsPane()
        yield LanesPane()
        with Horizontal(id="words", classes="row"):
            yield NarrationPane()
            yield QuizPane()
            yield GoalPane()
            yield LogPane()
        yield ForesightLine()
        yield ChoicesBar()
        yield KeyBar()

    def on_mount(self) -> None:
        if self._new and self.scene.story.introduction:
            self.introduce()
        else:
            self.restage()
        self.find_whether_reachable()

    def on_resize(self, event: events.Resize) -> None:
        self.restage()

    def show(self, scene: Scene) -> None:
        """Hand the scene to every pane, and say which panes there are."""
        asked = scene.story.quiz is not None and not self.has_class("-quiz")
        self.set_class(scene.story.quiz is not None, "-quiz")
        if self.has_class("-zoomed") and self._zoom_must_change(scene, asked=asked):
            return
        self._place_sources(scene)
        self._make_room_to_ask(scene)
        self._make_room_for_the_state(scene)
        self.set_class(not scene.picture.timers, "-no-timers")
        for pane in self.query(Pane):
            pane.scene = scene
        self.query_one(Headline).scene = scene
        self.query_one(ForesightLine).foresight = scene.foresight
        bar = self.query_one(ChoicesBar)
        bar.told = self.has_class("-zoomed") and not self.query_one(NarrationPane).has_class("-zoom")
        bar.scene = scene
        self._show_keys(scene)

    def _place_sources(self, scene: Scene) -> None:
        wide = self.has_class("-wide")
        if self.has_class("-zoomed"):
            shown = tuple(context for context in scene.contexts if context.number == scene.marked)
        else:
            shown = shown_contexts(scene, SOURCES if wide else SOURCES - 1)
        for number in range(SOURCES):
            pane = self.query_one(f"#source{number}", SourcePane)
            pane.display = number < len(shown)
            if number < len(shown):
                pane.number = shown[number].number
                pane.set_class(shown[number].number == scene.marked, "-marked")

    def _make_room_to_ask(self, scene: Scene) -> None:
        """Give question and narration, which stand beside each other, the height that they need."""
        words = self.query_one("#words")
        if scene.story.quiz is None or self.has_class("-narrow") or self.has_class("-short"):
            words.styles.clear_rule("height")
            return
        width = self.size.width // (3 if self.has_class("-wide") else 2) - 4
        asked = len(draw_quiz(scene.story.quiz, 0, width, self.symbols))
        told = len(prose(scene.story.narration, width, self.symbols)) + 2
        words.styles.height = max(10, 2 + max(asked, told))

    def _make_room_for_the_state(self, scene: Scene) -> None:
        """Where the strip needs more lines than it has, let it have those that the narration does not need."""
        strip, words = self.query_one(StateStrip), self.query_one("#words")
        strip.styles.clear_rule("height")
        small = self.has_class("-narrow") or self.has_class("-short")
        if not small or scene.story.quiz is not None or self.has_class("-zoomed"):
            return
        width = self.size.width - 2
        wanted = lines_needed(scene, width, self.symbols) - LINES
        taken = max(0, min(wanted, SMALL_WORDS - lines_told(scene, width, self.symbols)))
        if taken:
            strip.styles.height = LINES + taken
            words.styles.height = 1 + SMALL_WORDS - taken

    def _show_keys(self, scene: Scene) -> None:
        marking = not scene.story.on_script or scene.story.beat >= scene.story.beats
        zoomed = self.has_class("-zoomed")
        values = self.values_in_hand() is not None
        self.query_one(KeyBar).keys = player_keys(
            scene,
            marking=marking,
            zoomed=zoomed,
            values=values,
            symbols=self.symbols,
            introducing=self.introducing,
            opening=self.opening,
        )

    # ---------------------------------------------------------------- quiz

    def action_confirm(self) -> None:
        """Answer the open question, or go on to the next lesson."""
        if self.begin():
            return
        quiz = self.scene.story.quiz
        if quiz is not None:
            told = feedback_on(quiz, self.hand.chosen, self.play.right_answer())
            self.play.answer(self.hand.chosen)
            self.hand = Hand(marked=self.hand.marked, feedback=told)
            self.restage()
            self.post_message(self.Moved(self.play))
        elif self.scene.story.goal_reached:
            self.action_next_lesson()

    def action_leave(self) -> None:
        """Skip the question, end the zoom, or go up."""
        if self.play.open_quiz() is not None and not self.introducing:
            right = self.play.right_answer()
            self.play.skip_quiz()
            self.moved()
            if right is not None:
                self.tell(f"Skipped. Right is: {right.text}")
        elif self.has_class("-zoomed") and not self.opening:
            self.action_zoom()
        else:
            self.action_quit_level()

    # ---------------------------------------------------------------- lesson

    def action_hint(self) -> None:
        """Show the next hint; when there are no more, one after the other again. It must be seen for that."""
        self.begin()
        hint = self.play.next_hint()
        if hint is None and (shown := self.play.hints_shown()):
            at = shown.index(self.hand.hint) + 1 if self.hand.hint in shown else 0
            hint = shown[at % len(shown)]
        if hint is None:
            self.tell("This lesson has no hints.")
        else:
            self.hand = Hand(marked=self.hand.marked, hint=hint)
            self.restage()

    def action_source(self) -> None:
        """Show where the discussion is."""
        self.tell(f"Discussion: {discussion_link(self.play.lesson.source)}")

    def action_token(self) -> None:
        """Copy the token and show it."""
        token = self.play.token()
        self.app.copy_to_clipboard(token)
        self.tell(f"Token, copied if the terminal allows it: {token}")

    def action_export_menu(self) -> None:
        """Ask in which form the walk is passed on."""
        self.app.push_screen(ExportMenu(), lambda form: self.export(form or ""))

    def export(self, form: str) -> None:
        """Pass the walk on in a form; "" for none."""
        if form == "token":
            self.action_token()
        elif form == "screenshot":
            # the menu must be gone from the picture
            name = file_name(self.play, form)
            self.call_after_refresh(lambda: deliver(self.app, picture(self.app), name))
        elif form == "cast":
            self.tell("The recording is drawn: it takes some seconds.")
            self.run_worker(self._record(), group="cast", exclusive=True)
        elif form:
            try:
                deliver(self.app, text_of(self.play, form), file_name(self.play, form))
            except KtwvizError as error:
                self.tell(str(error), trouble=True)

    async def _record(self) -> None:
        """Record the walk in a player of its own, of this size and in these colours."""
        from ktwviz.tui.pictures import recorded  # noqa: PLC0415  # it knows the app, which knows this screen

        name, size = file_name(self.play, "cast"), (self.app.size.width, self.app.size.height)
        try:
            token = self.play.scenario.token(self.play.session.schedule())
            text = await recorded(self.play.scenario, token, size, self.app.theme)
        except KtwvizError as error:
            self.tell(str(error))
        else:
            deliver(self.app, f"{text}\n", name)

    def action_restart(self) -> None:
        """Back to the start; ask first if there is something to lose."""

        def restart(sure: bool | None) -> None:
            if sure:
                self._stop()
                self.play.restart()
                self.moved()
            else:
                self.tell("Not restarted: every step is still there.")

        count = len(self.play.session.steps)
        if self.play.only_script or self.play.shown_by:
            # the script can be walked again, and what was shown can be shown again
            restart(True)
            if not count and self.play.open_quiz() is None:
                self.tell("This is the start: there is nothing to forget.")
        elif count:
            steps = "the one step" if count == 1 else f"all {count} steps"
            question = Question(f"Go back to the start and forget {steps}?", yes="restarts the lesson")
            self.app.push_screen(question, restart)

    def action_fix(self) -> None:
        """Open the editor for the function under study."""
        if self.play.lesson.fix is None:
            self.tell("This lesson has no function to mend.")
            return
        self._stop()
        self.post_message(self.Moved(self.play))
        self.post_message(self.Fix(self.play))

    def take_over(self, keys: tuple[str, ...], told: str = "", *, opened: bool = False) -> None:
        """Make other steps the walk, the cursor at their end; the walk so far is kept as a branch."""
        self._stop()
        self.play.session.jump(0)
        self.play.session.play(keys)
        self.moved(told, opened=opened)

    def action_next_lesson(self) -> None:
        """Open the next lesson."""
        self.post_message(self.Moved(self.play))
        self.post_message(self.NextLesson())

    def action_quit_level(self) -> None:
        """Go up one level."""
        self._stop()
        self.post_message(self.Moved(self.play))
        self.post_message(self.Left())

    # ---------------------------------------------------------------- by itself

    def action_autoplay(self) -> None:
        """Run by itself, or pause."""
        self.begin()
        if self._timer is not None:
            self._stop()
        elif self.play.open_quiz() is not None:
            self.tell(QUESTION_FIRST, trouble=True)
        elif not self.play.leads_to:
            self.tell("p goes along a script or a walk, and none goes on from here: choose who runs.")
        else:
            self._timer = self.set_interval(1 / SPEEDS[self._speed], self.autoplay)
            self.query_one(Headline).playing = True

    def autoplay(self) -> None:
        """One move; stop where the learner is needed, wait while another screen is on top."""
        if not self.is_current:
            return
        before = self.play.session.cursor
        if self.play.open_quiz() is None and (self.play.along_walk or self.play.beat is not None):
            self.action_advance()
        if self.play.session.cursor == before:
            self._stop()

    def action_speed(self, direction: int) -> None:
        """Run faster or slower."""
        self._speed = min(len(SPEEDS) - 1, max(0, self._speed + direction))
        if self._timer is not None:
            self._stop()
            self.action_autoplay()
        self.tell(f"{SPEEDS[self._speed]:g} moves a second.")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.query_one(Headline).playing = False

    # ---------------------------------------------------------------- panes

    def action_zoom(self) -> None:
        """Show the pane in hand alone, or all panes again."""
        if self.has_class("-zoomed"):
            self.zoom(None)
            return
        focused = self.focused
        if isinstance(focused, SourcePane):
            self.mark(focused.number)
        panes = self._zoomable()
        cut = [
            pane
            for pane in (self.query_one(QuizPane), self.query_one(NarrationPane), self.query_one(StateStrip))
            if pane in panes and pane.cut(self.scene)
        ]
        self.zoom(focused if focused in panes else (cut or panes)[0])

    def _zoomable(self) -> list[Pane[Scene]]:
        asked = self.scene.story.quiz is not None
        small = self.has_class("-narrow") or self.has_class("-short")
        return [
            pane
            for pane in self.query(ZOOMABLE).results(Pane)
            if (asked or not isinstance(pane, QuizPane)) and (small or not isinstance(pane, StateStrip))
        ]

    def _zoom_must_change(self, scene: Scene, *, asked: bool) -> bool:
        """A question ends the zoom, for it must be seen; its answer is read where it was zoomed."""
        if asked:
            self.zoom(None)
            return True
        if scene.story.quiz is None and self.query_one(QuizPane).has_class("-zoom"):
            self.zoom(self.query_one(NarrationPane))
            return True
        return False

    def values_in_hand(self) -> ValuesPane | None:
        """Return the pane whose values the arrows choose, None where they do something else."""
        if self.scene.story.quiz is not None:
            return None
        panes = self.query(ValuesPane)
        zoomed = [pane for pane in panes if pane.has_class("-zoom")]
        if self.has_class("-zoomed"):
            return zoomed[0] if zoomed else None
        return next((pane for pane in panes if pane.has_focus), None)

    def action_since(self) -> None:
        """Jump to the step that last wrote the chosen value; else to that which the marked context waits for."""
        pane = self.values_in_hand()
        if pane is not None and pane.chosen:
            self.who_wrote(pane.chosen)
        elif pane is not None:
            self.tell("Choose a value with the arrows up and down, then w jumps to the step that wrote it.")
        else:
            super().action_since()

    def on_descendant_focus(self) -> None:
        """The key bar tells what the arrows do in the pane in hand."""
        self._show_keys(self.scene)

    def action_mark(self, direction: int) -> None:
        """Choose a value, scroll the zoomed text; else mark the next context or choose the next answer."""
        values = self.values_in_hand()
        if values is not None and values.choose(direction):
            return
        zoomed = [pane for pane in self.query(Pane) if pane.has_class("-zoom")]
        if not any(pane.scroll_text(direction) for pane in zoomed) and not self.introducing:
            super().action_mark(direction)

    def action_pane(self, direction: int) -> None:
        """Go to the next or previous pane."""
        if not self.has_class("-zoomed"):
            (self.focus_next if direction > 0 else self.focus_previous)(Pane)
            return
        panes = self._zoomable()
        at = next((number for number, pane in enumerate(panes) if pane.has_class("-zoom")), 0)
        self.zoom(panes[(at + direction) % len(panes)])

    def zoom(self, pane: object) -> None:
        """Show a pane alone; None: all panes."""
        self.set_class(pane is not None, "-zoomed")
        self.opening = self.opening and isinstance(pane, IntroductionPane)
        self.set_class(isinstance(pane, IntroductionPane), "-introducing")
        for other in self.query(Pane):
            other.set_class(other is pane, "-zoom")
            other.top = 0
        for row in self.query(".row"):
            row.set_class(any(child.has_class("-zoom") for child in row.children), "-has-zoom")
        self.restage()

    def on_source_pane_clicked(self, message: SourcePane.Clicked) -> None:
        """Run the context whose next line was clicked, or mark it."""
        if message.run:
            self.action_choose(str(message.number))
        else:
            self.mark(message.number)

    def on_lanes_pane_jump(self, message: LanesPane.Jump) -> None:
        """Jump to the clicked step."""
        self.jump(message.step)
