"""A question with yes and no in the last line; it covers nothing."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class Question(ModalScreen[bool]):
    """Asks; the answer is the result."""

    DEFAULT_CSS = """
    Question {
        background: $background 0%;
        & > Static { dock: bottom; height: 1; padding: 0 1; background: $next; color: $background; text-style: bold; }
    }
    """

    BINDINGS = [
        Binding("y,enter", "dismiss(True)", "Yes", id="yes"),
        Binding("n,escape,q", "dismiss(False)", "No", id="no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        yield Static(Content(f"{self._question}   y yes   n no"))
