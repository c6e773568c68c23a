"""What the learner proved so far: the solved lessons and the tokens that show it again."""

from textual.content import Content

from ktwviz.tui.home.scene import Home, title_of
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, inline_markdown


def draw_proved(home: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return one line for each solved lesson, as many of the last as fit."""
    if not home.solved:
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
    return [clip(line, width, symbols) for line in columns(rows)][-height:]


class ProvedPane(Pane[Home]):
    """The solved lessons."""

    HELP_TEXT = "What you proved, and the schedule that proves it."

    def draw(self, scene: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the list."""
        return draw_proved(scene, width, height, symbols)

    def draw_title(self, scene: Home, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("What you proved so far")
