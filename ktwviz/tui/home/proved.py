"""What the learner proved so far: the solved lessons and the tokens that show it again."""

from textual.content import Content

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.proof import fix_of
from ktwviz.tui.home.scene import Home
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.naming import title_of
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns


def draw_proved(home: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return one line for each solved lesson and each mended function, as many of the last as fit."""
    if not home.solved and not home.mended:
        return [
            Content.styled(
                "Nothing yet. Each goal that you reach will stand here, with its schedule.", "$muted"
            )
        ]
    rows = [
        [
            Content.styled(symbols.solved, "bold $changed") + Content(f" {title_of(lesson, symbols)}"),
            inline_markdown(lesson.goal.text if lesson.goal else lesson.aim, symbols),
            Content.styled(home.of(lesson).proved, "$muted"),
        ]
        for lesson in home.solved
    ]
    rows += [_mended(lesson, symbols) for lesson in home.mended]
    return [clip(line, width, symbols) for line in columns(rows)][-height:]


def _mended(lesson: Lesson, symbols: Symbols) -> list[Content]:
    return [
        Content.styled(symbols.solved, "bold $changed") + Content(f" {title_of(lesson, symbols)}"),
        Content(f"Your {fix_of(lesson).function}() holds under all interleavings."),
        Content.styled("F in the lesson shows it", "$muted"),
    ]


class ProvedPane(Pane[Home]):
    """The solved lessons."""

    HELP_TEXT = "What you proved, and the schedule that proves it."

    def draw(self, scene: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the list."""
        return draw_proved(scene, width, height, symbols)

    def draw_title(self, scene: Home, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("What you proved so far")
