"""A line that asks for the path of a file."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ktwviz.tui.pane import glyphs_of

HINT = "A name such as my-race.md; its folder must be there."


class AskPath(ModalScreen[str]):
    """Asks where to save; the path is the result, "" where the learner changed their mind.

    It stays open, the path as it was typed, as long as `wrong` says why that one cannot be. `told` is why the one
    that was given before could not.
    """

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

    def __init__(self, path: str, wrong: Callable[[str], str], told: str = "") -> None:
        super().__init__()
        self._path = path
        self._wrong = wrong
        self._told = told

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Save as a lesson file"
            yield Input(self._path, id="path", compact=True)
            yield Static(self._hint(self._told), id="told")
            yield Static("enter checks it and saves, esc saves nothing")

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Answer with the path, or say why that one cannot be."""
        path = message.value.strip()
        wrong = self._wrong(path) if path else ""
        if wrong:
            self.query_one("#told", Static).update(self._hint(wrong))
        else:
            self.dismiss(path)

    def _hint(self, wrong: str) -> Content:
        if not wrong:
            return Content(HINT)
        symbols = glyphs_of(self)
        return Content.styled(f"{symbols.bad} {symbols.text(wrong)}", "bold $bad")

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss("")
