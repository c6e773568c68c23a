"""The list of lessons: state, number, title, minutes, kind."""

from collections.abc import Iterator

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.shelf import Part
from ktwviz.progress.model import LessonProgress
from ktwviz.tui.home.scene import Home, state_symbol
from ktwviz.tui.naming import title_of
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, spread
from ktwviz.values import dataclass

KIND = 10
MINUTES = 6
NO_MATCH = "No lesson matches."
_NONE = "none:"
"""The id of the row that says so; a part's begins with "part:", and a lesson's has no colon."""


@dataclass(frozen=True)
class LessonRow:
    """What the row of a lesson is drawn from."""

    lesson: Lesson
    progress: LessonProgress
    marked: bool
    width: int
    symbols: Symbols

    def drawn(self) -> Content:
        """Return the row: mark, state, number and title at the left, minutes and kind at the right."""
        lesson, symbols = self.lesson, self.symbols
        glyph, style = state_symbol(self.progress, symbols)
        mark = Content.styled(symbols.next if self.marked else " ", "bold $next")
        title = Content.styled(title_of(lesson, symbols), "bold" if self.marked else "")
        left = Content.assemble(mark, " ", (glyph, style), " ", title)
        minutes = f"{lesson.minutes} min" if lesson.minutes else "open"
        right = Content.styled(f"{minutes:>{MINUTES}}  {lesson.kind:<{KIND}}", "$muted")
        return spread(left, right, self.width, symbols)


@dataclass(frozen=True)
class PartRow:
    """What the line above the lessons of a part is drawn from."""

    part: Part
    solved: int
    lessons: int
    width: int
    symbols: Symbols
    marked: bool = False

    def drawn(self) -> Content:
        """Return the line: the title of the part, and how many of its lessons are solved."""
        left = Content.styled(self.symbols.text(self.part.title), "$heading")
        count = Content.styled(f"{self.solved}/{self.lessons}{'':>{KIND + 2}}", "$muted")
        return spread(left, count, self.width, self.symbols)


_Row = LessonRow | PartRow


def row_of(home: Home, row: Lesson | Part, width: int, symbols: Symbols) -> _Row:
    """Return what the row of a lesson, or of the title of a part, is drawn from."""
    if isinstance(row, Part):
        lessons = home.lessons_of(row)
        solved = sum(1 for lesson in lessons if home.of(lesson).solved)
        return PartRow(row, solved, len(lessons), width, symbols)
    return LessonRow(row, home.of(row), row == home.marked, width, symbols)


class LessonList(OptionList):
    """Holds the lessons that the filter leaves, those of a part below its title; posts the list's own messages."""

    DEFAULT_CSS = """
    LessonList {
        border: round $edge; border-title-color: $heading; border-subtitle-color: $muted; padding: 0;
        height: 1fr; width: 1fr; background: $background; scrollbar-size-vertical: 1; scrollbar-color: $edge;
        scrollbar-background: $background; overflow-x: hidden; text-wrap: nowrap; text-overflow: ellipsis;
        &:focus { border: heavy $edge-focus; border-title-style: bold; background-tint: transparent; }
        &:nocolor { scrollbar-color: ansi_white; }
        & > .option-list--option-highlighted { background: $panel; text-style: none; color: $foreground; }
        &:focus > .option-list--option-highlighted { background: $panel; text-style: none; color: $foreground; }
        & > .option-list--option-hover { background: $panel; }
        & > .option-list--option { padding: 0 1 0 0; }
    }
    """

    HELP_TEXT = "All lessons. Enter opens the marked one where you left it."

    BINDINGS = [
        Binding("j", "cursor_down", show=False, id="home_down"),
        Binding("k", "cursor_up", show=False, id="home_up"),
        Binding("g", "first", show=False, id="home_first"),
        Binding("G", "last", show=False, id="home_last"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Row] = []

    def show_lessons(self, home: Home, shown: tuple[Lesson, ...]) -> None:
        """Fill the list, the marked lesson highlighted; only the rows that are another than before are drawn."""
        rows = listed(home, shown)
        ids = [option.id for option in self.options]
        if ids != ([_id(row) for row in rows] or [_NONE]):
            self.set_options(
                [Option(Content(" "), id=_id(row), disabled=isinstance(row, Part)) for row in rows]
                or [Option(Content.styled(f"  {NO_MATCH}", "$muted"), id=_NONE, disabled=True)]
            )
            self._rows = []
        width = self.scrollable_content_region.width - 1
        if width <= 0:
            return
        before, self._rows = self._rows, [row_of(home, row, width, glyphs_of(self)) for row in rows]
        for number, row in enumerate(self._rows):
            if before[number : number + 1] != [row]:
                self.replace_option_prompt_at_index(number, row.drawn())
            if row.marked and self.highlighted != number:
                self.highlighted = number
        self.border_title = Content("Lessons")
        self.border_subtitle = draw_count(home, len(shown), width, glyphs_of(self))


def listed(home: Home, shown: tuple[Lesson, ...]) -> list[Lesson | Part]:
    """Return the rows of the list: each part that has lessons to show, and these; lessons of no part at the end."""
    rows: list[Lesson | Part] = []
    for part in home.parts:
        lessons = [lesson for lesson in shown if lesson.part == part.id]
        rows += [part, *lessons] if lessons else []
    known = {part.id for part in home.parts}
    return rows + [lesson for lesson in shown if lesson.part not in known]


def _id(row: Lesson | Part) -> str:
    return f"part:{row.id}" if isinstance(row, Part) else row.id


def draw_count(home: Home, shown: int, width: int, symbols: Symbols) -> Content:
    """Return how many lessons are shown; of a filter also its words, which give way, and how to end it."""
    count = Content(f"{shown} of {len(home.lessons)}")
    if not home.filter:
        return count
    ending = joined([count, "esc shows all"], "   ")
    words = Content.assemble("Filter: ", (symbols.text(home.filter), "bold $next"))
    return joined([clip(words, max(0, width - ending.cell_length - 7), symbols), ending], "   ")


def matching(lessons: tuple[Lesson, ...], text: str) -> tuple[Lesson, ...]:
    """Return the lessons in which every word of the text occurs; their code is not looked at."""
    words = text.lower().split()
    if not words:
        return lessons
    return tuple(lesson for lesson in lessons if _has_all(lesson, words))


def _has_all(lesson: Lesson, words: list[str]) -> bool:
    searched = "\n".join(told_in(lesson)).lower()
    return all(word in searched for word in words)


def told_in(lesson: Lesson) -> Iterator[str]:
    """Yield all that a lesson tells its reader; of one of which only the head is read, what stands there."""
    yield from (lesson.file, lesson.id, lesson.title, lesson.kind, lesson.aim)
    yield from (lesson.introduction, lesson.closing)
    for beat in lesson.beats:
        yield from (beat.title, beat.narration)
        if beat.quiz is not None:
            yield beat.quiz.ask
            for answer in beat.quiz.answers:
                yield from (answer.text, answer.because)
    if lesson.goal is not None:
        yield from (lesson.goal.text, *lesson.goal.hints)
    if lesson.fix is not None:
        yield from (lesson.fix.ask, *(wrong.because for wrong in lesson.fix.wrong))
    # "no-lost-wakeup" is the name of what breaks, as the screens have it
    yield from (claim.claim for claim in lesson.properties if claim.when == "builtin")
