"""A line that asks for the path of a file."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class AskPath(ModalScreen[str]):
    """Asks where to save; the path is the result, "" where the learner changed their mind."""

    DEFAULT_CSS = """
    AskPath {
        background: $background 40%;
        align: center bottom;
        & > Vertical {
            width: 1fr; height: 5; padding: 0 1; border: heavy $next; border-title-color: $next;
            border-title-style: bold; background: $background;
        }
        & Input { height: 1; border: none; padding: 0; background: $bar; }
        & Static { height: 1; color: $muted; }
    }
    """

    BINDINGS = [Binding("escape", "cancel", "Close", id="close_path", tooltip="save nothing")]

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Save as a lesson file"
            yield Input(self._path, id="path", compact=True)
            yield Static("A name such as my-race.md; its folder must be there.")
            yield Static("enter checks it and saves, esc saves nothing")

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Answer with the path."""
        self.dismiss(message.value.strip())

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss("")
