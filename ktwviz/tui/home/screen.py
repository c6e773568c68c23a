"""The home screen: choose a lesson, see what it is about, open it."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input, OptionList

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.shelf import Part, first_to_mark
from ktwviz.progress.model import LessonProgress, Progress
from ktwviz.progress.text import to_json
from ktwviz.tui import later, signs
from ktwviz.tui.base import BaseScreen
from ktwviz.tui.delivery import deliver
from ktwviz.tui.home.about import AboutPane
from ktwviz.tui.home.bindings import FILTER_KEYS, HOME_BINDINGS, list_keys, zoom_keys
from ktwviz.tui.home.headline import HomeHeadline
from ktwviz.tui.home.lessons import LessonList, matching
from ktwviz.tui.home.proved import ProvedPane
from ktwviz.tui.home.scene import Home, started
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.keys import Key
from ktwviz.tui.naming import lesson_number
from ktwviz.tui.pane import Pane
from ktwviz.tui.text import UNBOUNDED
from ktwviz.values import replace


class HomeScreen(BaseScreen):
    """The lessons."""

    TITLE_OF_HELP = "lessons"
    SIGNS = signs.HOME
    BINDINGS: ClassVar[list[BindingType]] = [*HOME_BINDINGS]

    class Open(Message):
        """A lesson is to be opened."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    class Explore(Message):
        """All interleavings of a lesson are to be shown."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    class Sandbox(Message):
        """The sandbox is to be opened."""

    class Matrix(Message):
        """The table of races and versions is to be shown."""

    class Reset(Message):
        """The progress in a lesson is to be forgotten."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    def __init__(
        self,
        lessons: tuple[Lesson, ...],
        progress: Progress,
        notice: str = "",
        parts: tuple[Part, ...] = (),
    ) -> None:
        super().__init__()
        marked = first_to_mark(lessons, progress)
        self.home = Home(lessons, progress, marked, notice, parts, trouble=bool(notice))
        self._told: later.HomeNotice | None = None

    def compose(self) -> ComposeResult:
        yield HomeHeadline()
        with Container(id="columns"):
            yield LessonList()
            yield AboutPane()
        yield ProvedPane()
        if self.home.notice:
            self._told = later.HomeNotice(self.home.notice, trouble=self.home.trouble)
            yield self._told
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(LessonList).focus()
        self.redraw()
        self.paint_when(self.redraw)

    def on_screen_resume(self) -> None:
        """Draw what came while another screen was above."""
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.redraw)

    @property
    def shown(self) -> tuple[Lesson, ...]:
        """The lessons that the filter leaves."""
        return matching(self.home.lessons, self.home.filter)

    def show_progress(self, progress: Progress, notice: str = "") -> None:
        """Draw new progress, and a notice of what is wrong; below another screen, when this one is seen again."""
        self._show(replace(self.home, progress=progress, notice=notice, trouble=True))

    def _show(self, home: Home) -> None:
        self.home = home
        if self.is_current:
            self.redraw()

    def take(self, lessons: tuple[Lesson, ...]) -> None:
        """Show these lessons in place of the same ones with less in them."""
        marked = self.home.marked
        again = next((lesson for lesson in lessons if marked and lesson.file == marked.file), None)
        self.home = replace(self.home, lessons=lessons, marked=again)
        self.redraw()

    def redraw(self) -> None:
        """Hand the panes what they draw; there are none while the program ends."""
        if not self.children:
            return
        self.query_one(HomeHeadline).home = self.home
        self._show_notice()
        self.query_one(LessonList).show_lessons(self.home, self.shown)
        for pane in self.query(Pane):
            pane.scene = self.home
        self.query_one(KeyBar).keys = self._keys()

    def _show_notice(self) -> None:
        """Show what there is to tell; the line is made when there first is something."""
        if self._told is not None:
            self._told.trouble = self.home.trouble
            self._told.told = self.home.notice
        elif self.home.notice:
            self._told = later.HomeNotice(self.home.notice, trouble=self.home.trouble)
            self.mount(self._told, before=self.query_one(KeyBar))

    def _hush(self) -> None:
        """Take away what was told, now that the learner goes on."""
        if self.home.notice:
            self.tell("")

    def _keys(self) -> tuple[Key, ...]:
        if isinstance(self.focused, Input):
            return FILTER_KEYS
        if self.zoomed is not None:
            other = "The description" if isinstance(self.zoomed, ProvedPane) else "What you proved"
            return zoom_keys(self.symbols, other)
        marked = self.home.marked
        reset = marked is not None and started(self.home.of(marked))
        return list_keys(self.symbols, filtered=bool(self.home.filter), reset=reset)

    def mark(self, lesson: Lesson | None) -> None:
        """Mark a lesson."""
        self.home = replace(self.home, marked=lesson)
        self.redraw()

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        """Mark what the list highlights; of keys pressed in haste only the last counts."""
        if message.option_index != message.option_list.highlighted:
            return
        chosen = next((lesson for lesson in self.home.lessons if lesson.id == message.option_id), None)
        if chosen is not None and chosen != self.home.marked and chosen in self.shown:
            self._hush()
            self.mark(chosen)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        chosen = next((lesson for lesson in self.home.lessons if lesson.id == message.option_id), None)
        if chosen is not None:
            self.mark(chosen)
            self.action_open()

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus now."""
        self.query_one(KeyBar).keys = self._keys()

    def action_open(self) -> None:
        """Open the marked lesson."""
        if self.home.marked is not None:
            self.post_message(self.Open(self.home.marked))

    def action_explore(self) -> None:
        """Explore the marked lesson."""
        if self.home.marked is not None:
            self.post_message(self.Explore(self.home.marked))

    def action_sandbox(self) -> None:
        """Open the sandbox."""
        self.post_message(self.Sandbox())

    def action_matrix(self) -> None:
        """Show the table of races and versions."""
        self.post_message(self.Matrix())

    def action_list(self, what: str) -> None:
        """Move in the list, wherever the focus is; scroll the description where it stands alone."""
        self._hush()
        if self.zoomed is not None:
            self.zoomed.scroll_text(-1 if what == "cursor_up" else 1)
            return
        lessons = self.query_one(LessonList)
        {
            "cursor_down": lessons.action_cursor_down,
            "cursor_up": lessons.action_cursor_up,
            "first": lessons.action_first,
            "last": lessons.action_last,
        }[what]()

    def action_next_unsolved(self) -> None:
        """Mark the next lesson that is not solved; a filter that hides it ends."""
        lesson = self.home.next_unsolved()
        if lesson is not None:
            self._hush()
            self._zoom(None)
            if lesson not in self.shown:
                self._show_all()
            self.mark(lesson)

    # ---------------------------------------------------------------- filter

    async def action_filter(self) -> None:
        """Open the filter; it is made when it is first asked for."""
        if not self.query(Input):
            line = Input(placeholder="words of a lesson: title, kind, aim or text", id="filter", compact=True)
            await self.mount(line, before=self.query_one(KeyBar))
        self._zoom(None)
        self.add_class("-filtering")
        self.set_focus(self.query_one(Input))

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter while the learner types."""
        self.home = replace(self.home, filter=" ".join(message.value.split()))
        shown = self.shown
        self.mark(self.home.marked if self.home.marked in shown else shown[0] if shown else None)
        self.call_after_refresh(self._fit_list)

    def _fit_list(self) -> None:
        """Draw the rows for the list as it is now: its scroll bar comes and goes, and its height changes."""
        self.redraw()
        if self.home.marked in self.shown[:1]:
            # the title of its part stands above it
            self.query_one(LessonList).scroll_home(animate=False)

    def on_input_submitted(self) -> None:
        """Keep the filter."""
        self.action_keep_filter()

    def action_keep_filter(self) -> None:
        """Go back to the list, whose border tells what it is filtered by."""
        self.remove_class("-filtering")
        self.query_one(LessonList).focus()

    def action_clear_filter(self) -> None:
        """End the zoom, else the filter."""
        if self.zoomed is not None:
            self._zoom(None)
        else:
            self._show_all()

    def _show_all(self) -> None:
        for line in self.query(Input):
            line.value = ""
        self.action_keep_filter()

    # ---------------------------------------------------------------- panes

    @property
    def zoomed(self) -> Pane[Home] | None:
        """The pane that is shown alone."""
        return next((pane for pane in self.query(Pane) if pane.has_class("-zoom")), None)

    def action_zoom(self) -> None:
        """Show the focused pane alone, from the list the description; or the list again."""
        focused = self.focused if isinstance(self.focused, Pane) else self.query_one(AboutPane)
        self._zoom(focused if self.zoomed is None else None)

    def _zoom(self, pane: Pane[Home] | None) -> None:
        if pane is self.zoomed:
            return
        self.set_class(pane is not None, "-zoomed")
        self.set_class(isinstance(pane, ProvedPane), "-proved")
        for one in self.query(Pane):
            one.set_class(one is pane, "-zoom")
            one.top = 0
        # what is hidden before cannot take the focus
        self.call_after_refresh((pane or self.query_one(LessonList)).focus)
        self.call_after_refresh(self.redraw)

    def action_next_pane(self) -> None:
        """Go to the next pane; while one is shown alone, show the other."""
        if self.zoomed is None:
            self.focus_next()
        else:
            self._zoom(next(pane for pane in self.query(Pane) if pane is not self.zoomed))

    def action_source(self) -> None:
        """Show the link to the discussion, with which the description ends."""
        about = self.query_one(AboutPane)
        self._zoom(about)
        about.top = UNBOUNDED
        about.redraw()

    # ---------------------------------------------------------------- what was done

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """Show a sentence above the keys; `trouble` where it tells of something that is wrong."""
        self._show(replace(self.home, notice=sentence, trouble=trouble))

    def action_copy_progress(self) -> None:
        """Copy all progress, in the form that `ktwviz progress import -` reads."""
        self.app.copy_to_clipboard(to_json(self.home.progress))
        self.tell("Copied if the terminal allows it.")

    def action_export_progress(self) -> None:
        """Write all progress to a file that `ktwviz progress import` reads."""
        deliver(self.app, to_json(self.home.progress), "ktwviz-progress.json")

    def action_reset(self) -> None:
        """Forget the progress in the marked lesson, if the learner is sure."""
        lesson = self.home.marked
        if lesson is None or self.home.of(lesson) == LessonProgress():
            return

        def reset(sure: bool | None) -> None:
            if sure:
                self.post_message(self.Reset(lesson))
            else:
                self.tell("Nothing was forgotten.")

        name = lesson_number(lesson) or lesson.title
        question = later.Question(f"Forget what you did in lesson {name}?", yes="forgets it")
        self.app.push_screen(question, reset)
