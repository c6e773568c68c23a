"""What the learner proved so far: the solved lessons and the tokens that show it again."""

from textual.content import Content

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.proof import fix_of
from ktwviz.tui.home.scene import Home
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.naming import title_of
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READABLE, clip, fill, joined, lines_of
from ktwviz.values import dataclass

LEAST_TEXT = 16
"""A text that is left fewer cells than this says nothing, and is left out."""
INDENT = 2


@dataclass(frozen=True)
class Proof:
    """One thing that was proved: the lesson, what it is, and the token or the key that shows it again."""

    title: Content
    text: Content
    shown_by: str

    def lines(self, width: int, title_width: int, symbols: Symbols) -> list[Content]:
        """Return a line in which the text gives way and the token never does; it stands below where it must."""
        token = Content.styled(self.shown_by, "$muted")
        title = fill(self.title, title_width, symbols)
        room = width - title_width - token.cell_length - 4
        if room >= LEAST_TEXT:
            return [joined([title, fill(self.text, room, symbols), token])]
        if title_width + token.cell_length + 2 <= width:
            return [joined([title, token])]
        return [clip(joined([title, self.text]), width, symbols), *_indented(token, width)]

    def whole(self, width: int) -> list[Content]:
        """Return title, text and token below each other, nothing cut."""
        token = Content.styled(self.shown_by, "$muted")
        return [*lines_of(self.title, width), *_indented(self.text, width), *_indented(token, width)]


def _indented(content: Content, width: int) -> list[Content]:
    return [Content(" " * INDENT) + line for line in lines_of(content, width - INDENT)] if content else []


def proofs_of(home: Home, symbols: Symbols) -> list[Proof]:
    """Return one proof for each solved lesson and each mended function."""
    solved = [
        Proof(
            _title(lesson, symbols),
            inline_markdown(lesson.goal.text if lesson.goal else lesson.aim, symbols),
            home.of(lesson).proved,
        )
        for lesson in home.solved
    ]
    mended = [
        Proof(
            _title(lesson, symbols),
            Content(f"Your {fix_of(lesson).function}() holds under all interleavings."),
            "F in the lesson shows it",
        )
        for lesson in home.mended
    ]
    return solved + mended


def _title(lesson: Lesson, symbols: Symbols) -> Content:
    return Content.styled(symbols.solved, "bold $changed") + Content(f" {title_of(lesson, symbols)}")


def draw_proved(home: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return what was proved, as much of the last as fits."""
    proofs = proofs_of(home, symbols)
    if not proofs:
        return lines_of(_nothing(), width)
    title_width = max(proof.title.cell_length for proof in proofs)
    drawn = [proof.lines(width, title_width, symbols) for proof in proofs]
    left_out = 0
    while len(drawn) > 1 and sum(map(len, drawn)) + bool(left_out) > height:
        drawn.pop(0)
        left_out += 1
    more = [Content.styled(f"{symbols.more} {left_out} more: z shows all", "$muted")] if left_out else []
    return [*more, *(line for lines in drawn for line in lines)]


def whole_proved(home: Home, width: int, symbols: Symbols) -> list[Content]:
    """Return all that was proved, nothing cut."""
    width = min(width, READABLE)
    proofs = proofs_of(home, symbols)
    if not proofs:
        return lines_of(_nothing(), width)
    return [line for proof in proofs for line in [*proof.whole(width), Content("")]][:-1]


def _nothing() -> Content:
    return Content.styled(
        "Nothing yet. Each goal that you reach will stand here, with its schedule.", "$muted"
    )


class ProvedPane(Pane[Home]):
    """The solved lessons."""

    HELP_TEXT = "What you proved, and the schedule that proves it."

    def draw(self, scene: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the list."""
        return draw_proved(scene, width, height, symbols)

    def draw_whole(self, scene: Home, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it."""
        return whole_proved(scene, width, symbols)

    def draw_title(self, scene: Home, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("What you proved so far")
