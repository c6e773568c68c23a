"""A page that shows one text beside another, line by line, and what the lesson says of tempting ones."""

from collections.abc import Iterator
from difflib import unified_diff

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ktwviz.lesson.fix import posted_text
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.proof import fix_of
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols

_STYLES = {"+": "$changed", "-": "$bad", " ": ""}


def draw_comparison(lesson: Lesson, text: str, symbols: Symbols) -> Content:
    """Return the page: from the learner's text to the given answer, to the code as posted, and the wrong texts."""
    fix = fix_of(lesson)
    posted = posted_text(lesson)
    lines: list[Content] = []
    lines += _section("From your text (-) to the given answer (+)", text, fix.right.text, symbols)
    if list(_diff(fix.right.text, posted)):
        lines += _section("From your text (-) to the code as posted (+)", text, posted, symbols)
    else:
        lines += [Content("The given answer is the code as posted."), Content("")]
    lines.append(Content.styled("Tempting, and wrong", "bold $heading"))
    for number, wrong in enumerate(fix.wrong, 1):
        changed = [line for line in _diff(fix.right.text, wrong.code.text) if line[0] == "+"]
        lines += [_coloured(f" {line[1:]}", symbols) for line in changed]
        lines.append(Content(f"{number}. ") + inline_markdown(wrong.because, symbols))
        lines.append(Content(""))
    return Content("\n").join(lines)


def _section(title: str, before: str, after: str, symbols: Symbols) -> list[Content]:
    found = list(_diff(before, after))
    said = [_coloured(line, symbols) for line in found] or [Content("They are the same, line for line.")]
    return [Content.styled(title, "bold $heading"), *said, Content("")]


def _diff(before: str, after: str) -> Iterator[str]:
    """Yield the lines of a diff without its head; nothing where the texts are the same."""
    lines = list(unified_diff(before.rstrip().splitlines(), after.rstrip().splitlines(), n=99, lineterm=""))
    yield from lines[3:]


def _coloured(line: str, symbols: Symbols) -> Content:
    return Content.styled(symbols.text(line), _STYLES.get(line[:1], ""))


class AnswerScreen(ModalScreen[None]):
    """The page; esc closes it, arrows scroll."""

    DEFAULT_CSS = """
    AnswerScreen {
        align: center middle;
        background: $background 60%;
        & > VerticalScroll {
            width: 100%; max-width: 100; height: 90%; border: round $edge-focus; border-title-color: $heading;
            background: $background; padding: 0 1; border-subtitle-color: $muted; scrollbar-size: 0 0;
        }
        & Static { height: auto; }
    }
    """

    BINDINGS = [
        Binding("escape,q,enter,f3", "dismiss", "Close", id="close_compare", tooltip="close the page"),
        Binding("down,j", "scroll(1)", "Down", id="compare_down", show=False),
        Binding("up,k", "scroll(-1)", "Up", id="compare_up", show=False),
    ]

    def __init__(self, lesson: Lesson, text: str) -> None:
        super().__init__()
        self._lesson = lesson
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll() as page:
            page.border_title = f"{fix_of(self._lesson).function}()"
            page.border_subtitle = "up and down scroll   esc closes"
            yield Static(draw_comparison(self._lesson, self._text, glyphs_of(self)))

    def action_scroll(self, direction: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)
