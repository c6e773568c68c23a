"""The home screen: choose a lesson, see what it is about, open it."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input, OptionList

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.shelf import Part
from ktwviz.progress import LessonProgress, Progress, to_json
from ktwviz.tui import signs
from ktwviz.tui.ask import Question
from ktwviz.tui.base import BaseScreen, TooSmall
from ktwviz.tui.delivery import deliver
from ktwviz.tui.home.about import AboutPane
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

HOME_BINDINGS = [
    Binding("enter", "open", "Open", id="home_open", tooltip="open the marked lesson where you left it"),
    Binding("down,j", "list('cursor_down')", "Down", id="home_down", tooltip="the next lesson"),
    Binding("up,k", "list('cursor_up')", "Up", id="home_up", tooltip="the lesson before"),
    Binding("g,home", "list('first')", "First", id="home_first", tooltip="the first lesson"),
    Binding("G,end", "list('last')", "Last", id="home_last", tooltip="the last lesson"),
    Binding("n", "next_unsolved", "Next unsolved", id="home_next", tooltip="the next lesson that is not solved"),
    Binding("x", "explore", "Explore", id="home_explore", tooltip="explore every interleaving of the marked lesson"),
    Binding("s", "sandbox", "Sandbox", id="home_sandbox", tooltip="build a scenario of your own, checked as you type"),
    Binding("M", "matrix", "Matrix", id="home_matrix", tooltip="every race on every version of the code, as a table"),
    Binding("slash", "filter", "Filter", id="home_filter", tooltip="show the lessons in which these words occur"),
    Binding("z", "zoom", "Read all", id="home_zoom", tooltip="the description alone on the screen; again: the list"),
    Binding("o", "source", "Discussion", id="home_source", tooltip="show the link to the discussion on the list"),
    Binding("y", "copy_progress", "Copy", id="home_copy", tooltip="copy all that you have done, as text"),
    Binding("E", "export_progress", "Export", id="home_export",
            tooltip="write all that you have done to a file"),
    Binding("R", "reset", "Reset", id="home_reset", tooltip="forget what you did in the marked lesson"),
    Binding("tab", "app.focus_next", "Next pane", id="home_pane", tooltip="the next pane"),
    Binding("question_mark,f1", "help", "Help", id="home_help", tooltip="help: the keys and signs of this screen"),
    Binding("colon", "app.command_palette", "Palette", id="home_palette",
            tooltip="all commands by name, themes too (ctrl+p as well)"),
    Binding("escape", "clear_filter", "Clear", id="home_clear", tooltip="end the filter or the zoom"),
    Binding("q", "app.quit", "Quit", id="home_quit", tooltip="quit; progress is saved"),
]  # fmt: skip


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
        self.home = Home(lessons, progress, first_to_mark(lessons, progress), notice, parts)
        self._filter = ""

    def compose(self) -> ComposeResult:
        yield HomeHeadline()
        with Container(id="columns"):
            yield LessonList()
            yield AboutPane()
        yield ProvedPane()
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        self.query_one(LessonList).focus()
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @property
    def shown(self) -> tuple[Lesson, ...]:
        """The lessons that the filter leaves."""
        return matching(self.home.lessons, self._filter)

    def show_progress(self, progress: Progress, notice: str = "") -> None:
        """Draw new progress."""
        self.home = replace(self.home, progress=progress, notice=notice)
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
        self.query_one(LessonList).show_lessons(self.home, self.shown)
        for pane in self.query(Pane):
            pane.scene = self.home
        self.query_one(KeyBar).keys = self._keys()

    def _keys(self) -> tuple[Key, ...]:
        if isinstance(self.focused, Input):
            return (
                Key("enter", "Keep the filter", "screen.list('first')"),
                Key("esc", "Show all", "screen.clear_filter"),
            )
        if self.has_class("-zoomed"):
            return (
                Key("enter", "Open", "screen.open"),
                Key(f"{'up/down' if self.symbols.ascii else '↑↓'}", "Scroll", "screen.list('cursor_down')"),
                Key("z", "All lessons", "screen.zoom"),
                Key("?", "Help", "screen.help"),
                Key("q", "Quit", "app.quit"),
            )
        marked = self.home.marked
        reset = marked is not None and started(self.home.of(marked))
        return (
            Key("enter", "Open", "screen.open"),
            Key(f"{'up/down' if self.symbols.ascii else '↑↓'}", "Move", "screen.list('cursor_down')"),
            Key("n", "Next unsolved", "screen.next_unsolved"),
            Key("z", "Read", "screen.zoom"),
            Key("x", "Explore", "screen.explore"),
            Key("s", "Sandbox", "screen.sandbox"),
            Key("/", "Filter", "screen.filter"),
            *((Key("R", "Reset", "screen.reset"),) if reset else ()),
            Key("M", "Matrix", "screen.matrix"),
            Key("?", "Help", "screen.help"),
            Key("q", "Quit", "app.quit"),
        )

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
            self.mark(chosen)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        chosen = next((lesson for lesson in self.home.lessons if lesson.id == message.option_id), None)
        if chosen is not None:
            self.mark(chosen)
            self.action_open()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter while the learner types."""
        self._filter = message.value
        shown = self.shown
        self.mark(self.home.marked if self.home.marked in shown else shown[0] if shown else None)

    def on_input_submitted(self) -> None:
        """Keep the filter and go back to the list."""
        self.query_one(LessonList).focus()

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
        if self.has_class("-zoomed"):
            self.query_one(AboutPane).scroll_text(-1 if what == "cursor_up" else 1)
            return
        lessons = self.query_one(LessonList)
        {
            "cursor_down": lessons.action_cursor_down,
            "cursor_up": lessons.action_cursor_up,
            "first": lessons.action_first,
            "last": lessons.action_last,
        }[what]()

    def action_next_unsolved(self) -> None:
        """Mark the next lesson that is not solved."""
        lesson = self.home.next_unsolved()
        if lesson is not None:
            self.action_clear_filter()
            self.mark(lesson)

    async def action_filter(self) -> None:
        """Open the filter; it is made when it is first asked for."""
        if not self.query(Input):
            line = Input(placeholder="words of title, kind or aim", id="filter", compact=True)
            await self.mount(line, before=self.query_one(KeyBar))
        self.add_class("-filtering")
        self.set_focus(self.query_one(Input))

    def action_clear_filter(self) -> None:
        """Close the filter or the description, show all lessons."""
        if self.has_class("-zoomed"):
            self.action_zoom()
            return
        self.remove_class("-filtering")
        for line in self.query(Input):
            line.value = ""
        self.query_one(LessonList).focus()

    def action_zoom(self) -> None:
        """Show the description alone, or the list again."""
        zoomed = not self.has_class("-zoomed")
        self.set_class(zoomed, "-zoomed")
        about = self.query_one(AboutPane)
        about.set_class(zoomed, "-zoom")
        about.top = 0
        (about if zoomed else self.query_one(LessonList)).focus()
        self.call_after_refresh(self.redraw)

    def action_source(self) -> None:
        """Show the link to the discussion, with which the description ends."""
        if not self.has_class("-zoomed"):
            self.action_zoom()
        self.query_one(AboutPane).top = UNBOUNDED
        self.query_one(AboutPane).redraw()

    def tell(self, sentence: str) -> None:
        """Show a sentence in the first line."""
        self.show_progress(self.home.progress, sentence)

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
                self.show_progress(self.home.progress, "Nothing was forgotten.")

        name = lesson_number(lesson) or lesson.title
        question = Question(f"Forget what you did in lesson {name}?", yes="forgets it")
        self.app.push_screen(question, reset)


def first_to_mark(lessons: tuple[Lesson, ...], progress: Progress) -> Lesson | None:
    """Return the lesson touched last, solved or not; in a shelf without it the first that is not solved."""
    last = next((lesson for lesson in lessons if lesson.id == progress.last), None)
    unsolved = (lesson for lesson in lessons if not progress.of(lesson.id).solved)
    return last or next(unsolved, lessons[0] if lessons else None)
