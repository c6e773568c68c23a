"""The explorer's screen: starts the search, finds bad places and states, hands every pane the new scene."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from ktwviz.errors import KtwvizError, LessonError
from ktwviz.lesson import play as lesson_play
from ktwviz.lesson.compare import version_names
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.sandbox import NO_TOKEN, is_unsaved
from ktwviz.lesson.scenario import Scenario
from ktwviz.lesson.search import Found
from ktwviz.tui import signs
from ktwviz.tui.delivery import deliver, picture
from ktwviz.tui.explorer.bindings import EXPLORER_BINDINGS, explorer_keys
from ktwviz.tui.explorer.depthmap import DepthMap
from ktwviz.tui.explorer.examples import ExamplesPane
from ktwviz.tui.explorer.exploring import Exploring, Hits, matching
from ktwviz.tui.explorer.headline import ExplorerHeadline
from ktwviz.tui.explorer.moving import Moving
from ktwviz.tui.explorer.scene import Explored
from ktwviz.tui.explorer.staging import searching, stage
from ktwviz.tui.explorer.statepane import StatePane
from ktwviz.tui.explorer.told import ToldLine
from ktwviz.tui.explorer.treepane import TreePane
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.exports import ExportMenu, file_name, text_of
from ktwviz.tui.searching import Search, SearchEnded, SearchProgress
from ktwviz.values import dataclass

SLICE_SECONDS = 0.02
"""How long an expression is asked of states before keys are looked at again."""


@dataclass(frozen=True)
class Origin:
    """What is explored: a lesson under a rule, or on a version, and an order of memory, after a schedule."""

    lesson: Lesson
    rule: str
    memory: str = ""
    prefix: tuple[str, ...] = ()


class ExplorerScreen(Moving):
    """Explores one scenario."""

    CSS_PATH = Path(__file__).with_name("explorer.tcss")
    TITLE_OF_HELP = "explorer"
    SIGNS = signs.EXPLORER
    BINDINGS: ClassVar[list[BindingType]] = [*EXPLORER_BINDINGS]

    class Play(Message):
        """The learner wants to play the selected state."""

        def __init__(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
            super().__init__()
            self.scenario = scenario
            self.keys = keys

    class Sandbox(Message):
        """The scenario is to be taken into the sandbox."""

        def __init__(self, scenario: Scenario) -> None:
            super().__init__()
            self.scenario = scenario

    class Left(Message):
        """The learner goes up one level."""

    class Quiet(Message):
        """The schedules of fewest switches were worked out."""

        def __init__(self, exploring: Exploring) -> None:
            super().__init__()
            self.exploring = exploring

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin
        self.scene: Explored | None = None
        self._search: Search | None = None
        self._states = 0
        self._stopped = False
        self._top = 0
        self._whole = False

    def compose(self) -> ComposeResult:
        yield ExplorerHeadline()
        with Container(id="explored"):
            yield TreePane()
            with Container(id="facts"):
                yield ExamplesPane()
                yield StatePane()
        yield DepthMap()
        yield ToldLine()
        yield Input(
            placeholder="an expression, as in: timer_pending(dwork.timer) and not worker.lock.owner",
            id="find",
            compact=True,
        )
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(TreePane).focus()
        self._begin()

    def on_unmount(self) -> None:
        self._end_search()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.restage)

    # Searching ------------------------------------------------------------------------------------------------------

    def _begin(self, lead: str = "") -> None:
        """Search anew; `lead` is what there is to say of it once it is through."""
        self._end_search()
        self.exploring = None
        self._states, self._stopped, self._notice, self._top = 0, False, "", 0
        origin = self.origin
        self._search = Search(self, origin.lesson, origin.rule, origin.memory)
        whole = self._whole
        self._search.start(lambda found: _prepared(found, origin.prefix, whole=whole, lead=lead))
        self.restage()

    def _end_search(self) -> None:
        if self._search is not None:
            self._search.stop()

    def on_search_progress(self, message: SearchProgress) -> None:
        """Tell how far the search is."""
        if message.search is self._search:
            self._states = message.states
            self.restage()

    def on_search_ended(self, message: SearchEnded) -> None:
        """Show what was found; of two searches only the last one counts."""
        if message.search is not self._search:
            return
        if message.prepared is None:
            self._notice = message.trouble
            self.restage()
            return
        self._search = None
        self._stopped = message.stopped
        self.exploring, self._notice = message.prepared
        self.call_after_refresh(self.restage)
        self.restage()

    # Drawing --------------------------------------------------------------------------------------------------------

    def restage(self) -> None:
        """Make the scene of this moment and hand it to the panes."""
        if not self.is_mounted:
            return
        self.set_class(self.exploring is None, "-searching")
        if self.exploring is None:
            scene = searching(self.origin.lesson, self.origin.rule, self._states, self._notice)
        else:
            height = max(1, self.query_one(TreePane).content_size.height)
            self._top = self._top_for(self.exploring, height)
            scene = stage(self.exploring, self._top, height, stopped=self._stopped, notice=self._notice)
        self.scene = scene
        self.query_one(ExplorerHeadline).scene = scene
        for pane in self.query(Pane):
            pane.scene = scene
        self.query_one(ToldLine).scene = scene
        zoomed, finding = self.has_class("-zoomed"), self.has_class("-finding")
        keeping = self.exploring is not None and self._on_a_row(self.exploring)
        self.query_one(KeyBar).keys = explorer_keys(
            scene, self.symbols, zoomed=zoomed, finding=finding, keeping=keeping
        )

    def on_tree_pane_resized(self) -> None:
        """Keep the selected line in view where the tree has got another height."""
        self.restage()

    def _top_for(self, exploring: Exploring, height: int) -> int:
        """Return the first line in view: as before if the cursor is in view, else so that it is in the middle.

        It does not move by single lines: a view that stays costs a fraction of one that is drawn anew.
        """
        total, at = len(exploring.tree.rows), exploring.tree.place(exploring.cursor)
        top = self._top
        if not top + 1 <= at < top + height - 1:
            top = at - height // 2
        return max(0, min(top, total - height))

    # Bad places -----------------------------------------------------------------------------------------------------

    def action_next(self, direction: int) -> None:
        """Go to the next bad place, or state that was found."""
        exploring = self._done()
        if exploring is None:
            return
        if exploring.next(direction):
            self.restage()
        elif exploring.hits is not None:
            self.tell(f"{exploring.hits.text} holds in no state.")
        else:
            self.tell(_nothing_bad(exploring, self._stopped))

    def action_order(self) -> None:
        """Exchange the order of the bad places."""
        exploring = self._done()
        if exploring is None:
            return
        if exploring.order == "switches":
            exploring.set_order("steps")
        elif exploring.knows("switches"):
            exploring.set_order("switches")
        else:
            self.tell("Looking for the schedules with the fewest context switches.")
            self.run_worker(lambda: self._find_quiet(exploring), group="quiet", thread=True, exclusive=True)
            return
        self.restage()

    def _find_quiet(self, exploring: Exploring) -> None:
        """Work out the quiet schedules, in a thread: the graph is only read."""
        exploring.look_for("switches")
        self.post_message(self.Quiet(exploring))

    def on_explorer_screen_quiet(self, message: "ExplorerScreen.Quiet") -> None:
        """List the bad places in the other order."""
        if message.exploring is self.exploring:
            self._notice = ""
            self.exploring.set_order("switches")
            self.restage()

    # Finding --------------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Open the line for an expression."""
        if self._done() is not None:
            self.add_class("-finding")
            self.query_one(Input).focus()
            self.restage()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Look for the states in which the expression holds; none: list the bad places again."""
        exploring = self._done()
        text = message.value.strip()
        if exploring is None:
            return
        if not text:
            exploring.set_hits(None)
            self._close_find()
            return
        try:
            matching(exploring.found, text)(exploring.graph.machine.initial)
        except LessonError as error:
            self.tell(_reason(error))
            return
        self._close_find()
        self.run_worker(self._ask_all(exploring, text), group="find", exclusive=True)

    async def _ask_all(self, exploring: Exploring, text: str) -> None:
        """Ask every state, a slice at a time, so that keys are answered meanwhile."""
        ask = matching(exploring.found, text)
        states, found = exploring.graph.states, []
        until = time.monotonic() + SLICE_SECONDS
        for done, number in enumerate(exploring.reach.order):
            try:
                if ask(states[number]):
                    found.append(number)
            except LessonError as error:
                self.tell(_reason(error))
                return
            if time.monotonic() > until:
                self.tell(f"Asked {done:,} of {len(exploring.reach.order):,} states.")
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE_SECONDS
        if exploring is not self.exploring:
            return
        exploring.set_hits(Hits(text, tuple(found)))
        if exploring.next(1):
            self.tell(f"It holds in {len(found):,} states; n and N go through them, esc ends that.")
        else:
            exploring.set_hits(None)
            self.tell(_not_found(exploring, text))

    def _close_find(self) -> None:
        self.remove_class("-finding")
        self.query_one(TreePane).focus()
        self.restage()

    # Leading elsewhere ----------------------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Open the selected state in the player; on a row of what breaks, keep to that property."""
        if (exploring := self._done()) is None:
            return
        if self._on_a_row(exploring):
            self._keep(exploring)
        else:
            self.post_message(self.Play(exploring.found.scenario, exploring.schedule()))

    def _on_a_row(self, exploring: Exploring) -> bool:
        return isinstance(self.focused, ExamplesPane) and exploring.row >= 0

    def _keep(self, exploring: Exploring) -> None:
        kept = exploring.keep()
        if kept is None:
            self.tell("n and N go through all bad places again.")
        elif exploring.next(1):
            self.tell(f"n and N keep to {kept.verdict.property}; enter here again: all bad places.")
        else:
            exploring.keep()
            self.tell(f"{kept.verdict.property} breaks nowhere from here on; S begins at the start.")

    def action_move(self, by: int) -> None:
        """Mark a row of what breaks where that is in hand; else move in the tree."""
        if (
            self.exploring is not None
            and isinstance(self.focused, ExamplesPane)
            and not self.has_class("-zoomed")
        ):
            self._notice = ""
            self.exploring.mark(by)
            self.restage()
        else:
            super().action_move(by)

    def action_sandbox(self) -> None:
        """Take the scenario into the sandbox."""
        if exploring := self._done():
            self.post_message(self.Sandbox(exploring.found.scenario))

    def action_export_menu(self) -> None:
        """Ask in which form the run to the selected state is passed on."""
        if self._done() is not None:
            self.app.push_screen(ExportMenu(), lambda form: self.export(form or ""))

    def export(self, form: str) -> None:
        """Pass the run to the selected state on in a form; "" for none."""
        exploring = self._done()
        if exploring is None or not form:
            return
        if form == "token":
            self.action_token()
            return
        scenario = exploring.found.scenario
        play = lesson_play.Play(scenario.lesson, scenario=scenario)
        play.session.play(exploring.schedule())
        if form == "screenshot":
            # the menu must be gone from the picture
            self.call_after_refresh(lambda: deliver(self.app, picture(self.app), file_name(play, form)))
            return
        try:
            deliver(self.app, text_of(play, form), file_name(play, form))
        except KtwvizError as error:
            self.tell(str(error))

    def action_token(self) -> None:
        """Copy the token and show it."""
        if (exploring := self._done()) and is_unsaved(self.origin.lesson):
            self.tell(NO_TOKEN)
        elif exploring:
            token = str(exploring.found.scenario.token(exploring.schedule()))
            self.app.copy_to_clipboard(token)
            self.tell(f"Token, copied if the terminal allows it: {token}")

    def action_rule(self) -> None:
        """Explore under the next rule or version; a schedule says nothing of another one, so from the start."""
        rules = version_names(self.origin.lesson)
        at = rules.index(self.origin.rule) if self.origin.rule in rules else -1
        rule = rules[(at + 1) % len(rules)]
        steps = len(self.origin.prefix)
        lead = f"Your {steps} steps were those of {self.origin.rule}: the tree of {rule} begins at the start."
        self.origin = Origin(self.origin.lesson, rule, self.origin.memory)
        self._begin(lead if steps else "")

    def action_start(self) -> None:
        """Begin the tree at the start of the scenario, or at the learner's step again."""
        if self._done() is None:
            return
        if not self.origin.prefix:
            self.tell("The tree begins at the start already.")
            return
        self._whole = not self._whole
        self._begin()

    def action_again(self) -> None:
        """Search again."""
        self._begin()

    def action_diff(self) -> None:
        """Show the state in full, or all panes again."""
        self._zoom(None if self.has_class("-zoomed") else self.query_one(StatePane))

    def action_zoom(self) -> None:
        """Show the focused pane alone, or all panes again."""
        focused = self.focused if isinstance(self.focused, Pane) else self.query_one(TreePane)
        self._zoom(None if self.has_class("-zoomed") else focused)

    def action_pane(self, direction: int) -> None:
        """Go to the next or previous pane."""
        if self.has_class("-zoomed"):
            panes = list(self.query(Pane))
            at = next(number for number, pane in enumerate(panes) if pane.has_class("-zoom"))
            self._zoom(panes[(at + direction) % len(panes)])
        else:
            (self.focus_next if direction > 0 else self.focus_previous)(Pane)
            self.restage()

    def _zoom(self, pane: Pane[Any] | None) -> None:
        self._notice = ""
        self.set_class(pane is not None, "-zoomed")
        for other in self.query(Pane):
            other.set_class(other is pane, "-zoom")
            other.top = 0
        self.query_one("#facts").set_class(isinstance(pane, ExamplesPane | StatePane), "-has-zoom")
        self.query_one("#explored").set_class(isinstance(pane, DepthMap), "-no-zoom")
        self.call_after_refresh(self.restage)

    def action_leave(self) -> None:
        """Stop the search, end a find or a zoom, else go up."""
        if self.has_class("-finding"):
            self._notice = ""
            self._close_find()
        elif self.exploring is None and self._search is not None and not self._search.stopped:
            self._end_search()
            self.tell("Stopped. Looking through what was seen.")
        elif self.has_class("-zoomed"):
            self._zoom(None)
        elif self.exploring is not None and self.exploring.hits is not None:
            self.exploring.set_hits(None)
            self.tell("n and N go through the bad places again.")
        else:
            self.action_quit_level()

    def action_quit_level(self) -> None:
        """Go up one level."""
        self._end_search()
        self.post_message(self.Left())


def _prepared(found: Found, walk: Sequence[str], *, whole: bool, lead: str = "") -> tuple[Exploring, str]:
    """Return what is explored, and what there is to say about it.

    The tree begins where the learner's walk is. Where that is an end, or with `whole`, it begins at the start, and
    the walk is open in it as far as the graph knows it.
    """
    known = walk[: found.steps_known(walk)]
    exploring = Exploring(found, () if whole else known)
    notice = lead
    if not whole and walk and (len(known) < len(walk) or not exploring.tree.kids(exploring.tree.root)):
        exploring = Exploring(found)
        why = "the search ended there" if found.graph.bound else "it ends, or something is broken there"
        notice = (
            f"Nothing is followed beyond step {len(known)} of your walk: {why}. The tree begins at the start."
        )
    if not exploring.prefix and walk:
        exploring.cursor = exploring.tree.reveal(known)
    exploring.warm()
    return exploring, notice


def _nothing_bad(exploring: Exploring, stopped: bool) -> str:
    states = len(exploring.reach.order)
    if stopped:
        return f"Nothing bad so far: undetermined, stopped by you at {states:,} states. r searches again."
    if exploring.graph.bound:
        return f"Nothing bad in {states:,} states; undetermined, for the search ended at {exploring.graph.bound}."
    where = " from here on; S begins at the start" if exploring.prefix and exploring.found.places else ""
    return f"Nothing breaks in any of the {states:,} states{where}."


def _not_found(exploring: Exploring, text: str) -> str:
    seen = "" if exploring.graph.complete else " that were seen; the search was not complete"
    return f"{text} holds in none of the {len(exploring.reach.order):,} states{seen}."


def _reason(error: LessonError) -> str:
    """Return an error in an expression without a file and a line, for there is none."""
    reason = "; ".join(trouble.message for trouble in error.troubles)
    return reason.replace("expression() runs into an oops: ", "")
