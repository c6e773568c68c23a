"""A question before something is lost."""

from textual import events
from textual.app import ComposeResult
from textual.content import Content

from ktwviz.tui.box import BottomBox
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable


def draw_question(question: str, yes: str, symbols: Symbols) -> Content:
    """Return the question, and below it the one key that says yes."""
    agreed = Content.assemble(("y", "bold $next"), f" {yes}")
    otherwise = Content.assemble(("any other key", "bold $next"), " keeps everything as it is")
    return Content.assemble(
        (f"{symbols.interrupted} ", "bold $next"),
        (symbols.text(question), "bold"),
        "\n  ",
        clickable(agreed, "screen.answer(True)"),
        "     ",
        clickable(otherwise, "screen.answer(False)"),
    )


class Question(BottomBox[bool]):
    """Asks; the answer is the result. Only y says yes, every other key says no."""

    def __init__(self, question: str, *, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        box = Clickable(draw_question(self._question, self._yes, glyphs_of(self)), classes="box")
        box.border_title = "Sure?"
        yield box

    def on_key(self, event: events.Key) -> None:
        """Answer; the key does nothing else."""
        event.stop()
        event.prevent_default()
        self.dismiss(event.key == "y")

    def action_answer(self, sure: bool) -> None:
        """Answer what was clicked."""
        self.dismiss(sure)

    def on_click(self) -> None:
        """Say no to a click beside the answers."""
        self.dismiss(False)
