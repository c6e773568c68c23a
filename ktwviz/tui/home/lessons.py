"""The list of lessons: state, number, title, minutes, kind."""

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.shelf import Part
from ktwviz.progress import LessonProgress
from ktwviz.tui.home.scene import Home, state_symbol
from ktwviz.tui.naming import title_of
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import spread

KIND = 10
MINUTES = 6


def draw_lesson(
    lesson: Lesson, progress: LessonProgress, marked: bool, width: int, symbols: Symbols
) -> Content:
    """Return one row."""
    glyph, style = state_symbol(progress, symbols)
    mark = Content.styled(symbols.next if marked else " ", "bold $next")
    title = Content.styled(title_of(lesson, symbols), "bold" if marked else "")
    left = Content.assemble(mark, " ", (glyph, style), " ", title)
    minutes = f"{lesson.minutes} min" if lesson.minutes else "open"
    right = Content.styled(f"{minutes:>{MINUTES}}  {lesson.kind:<{KIND}}", "$muted")
    return spread(left, right, width, symbols)


def draw_part(part: Part, home: Home, width: int, symbols: Symbols) -> Content:
    """Return the line above the lessons of a part: its title, and how many of them are solved."""
    lessons = home.lessons_of(part)
    solved = sum(1 for lesson in lessons if home.of(lesson).solved)
    left = Content.styled(symbols.text(part.title), "$heading")
    return spread(left, Content.styled(f"{solved}/{len(lessons)}{'':>{KIND + 2}}", "$muted"), width, symbols)


class LessonList(OptionList):
    """Holds the lessons that the filter leaves, those of a part below its title; posts the list's own messages."""

    DEFAULT_CSS = """
    LessonList {
        border: round $edge; border-title-color: $heading; border-subtitle-color: $muted; padding: 0;
        height: 1fr; width: 1fr; background: $background; scrollbar-size-vertical: 1; scrollbar-color: $edge;
        scrollbar-background: $background; overflow-x: hidden; text-wrap: nowrap; text-overflow: ellipsis;
        &:focus { border: heavy $edge-focus; border-title-style: bold; background-tint: transparent; }
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

    def show_lessons(self, home: Home, shown: tuple[Lesson, ...]) -> None:
        """Fill the list, the marked lesson highlighted."""
        rows = listed(home, shown)
        ids = [option.id for option in self.options]
        if ids != [_id(row) for row in rows]:
            self.set_options(
                [Option(Content(" "), id=_id(row), disabled=isinstance(row, Part)) for row in rows]
            )
        width = self.scrollable_content_region.width - 1
        if width <= 0:
            return
        for number, row in enumerate(rows):
            marked = home.marked is not None and row == home.marked
            if isinstance(row, Part):
                drawn = draw_part(row, home, width, glyphs_of(self))
            else:
                drawn = draw_lesson(row, home.of(row), marked, width, glyphs_of(self))
            if not drawn.is_same(Content.from_text(self.options[number].prompt)):  # type: ignore[arg-type]  # we put Content in
                self.replace_option_prompt_at_index(number, drawn)
            if marked and self.highlighted != number:
                self.highlighted = number
        self.border_title = Content("Lessons")
        self.border_subtitle = Content(f"{len(shown)} of {len(home.lessons)}")


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


def matching(lessons: tuple[Lesson, ...], text: str) -> tuple[Lesson, ...]:
    """Return the lessons in which every word of the text occurs, in title, id, kind or aim."""
    words = text.lower().split()
    return tuple(lesson for lesson in lessons if all(word in _searched(lesson) for word in words))


def _searched(lesson: Lesson) -> str:
    return f"{lesson.file} {lesson.id} {lesson.title} {lesson.kind} {lesson.aim}".lower()
