"""A question before something is lost: a box at the bottom that covers little, and cannot be overlooked."""

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols


def draw_question(question: str, yes: str, symbols: Symbols) -> Content:
    """Return the question, and below it the one key that says yes."""
    return Content.assemble(
        (f"{symbols.interrupted} ", "bold $next"),
        (symbols.text(question), "bold"),
        "\n  ",
        ("y", "bold $next"),
        f" {yes}     ",
        ("any other key", "bold $next"),
        " keeps everything as it is",
    )


class Question(ModalScreen[bool]):
    """Asks; the answer is the result. Only y says yes, every other key says no."""

    DEFAULT_CSS = """
    Question {
        background: $background 40%;
        align: center bottom;
        & > Static {
            width: 1fr; height: 4; padding: 0 1; border: heavy $next; border-title-color: $next;
            border-title-style: bold; background: $background;
        }
    }
    """

    def __init__(self, question: str, *, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        box = Static(draw_question(self._question, self._yes, glyphs_of(self)))
        box.border_title = "Sure?"
        yield box

    def on_key(self, event: events.Key) -> None:
        """Answer; the key does nothing else."""
        event.stop()
        event.prevent_default()
        self.dismiss(event.key == "y")

    def on_click(self) -> None:
        """Say no."""
        self.dismiss(False)
