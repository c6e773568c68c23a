"""A line of text that is asked for. What cannot be used is told with its reason, and the line stays to be mended."""

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ktwviz.tui.box import BottomBox
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.text import clickable


class PasteLine(Input):
    """A line into which a text of several lines, as a terminal wraps a long one, is pasted as one."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor("".join(line.strip() for line in event.text.splitlines()))


class AskLine(BottomBox[str]):
    """Asks; the line is the result, "" where the learner changed their mind."""

    DEFAULT_CSS = """
    AskLine {
        & Input { height: 1; border: none; padding: 0; background: $bar; }
        & Static { height: auto; color: $muted; }
    }
    """

    BINDINGS = [Binding("escape", "cancel", "Close", id="close_line", tooltip="close it")]

    ASKED = ""
    """What is asked for, for the title."""
    ABOUT = ""
    """A sentence below the line."""
    ENTER, ESCAPE = "takes it", "closes this"
    """What the keys do."""

    def __init__(
        self, given: str = "", refused: Callable[[str], str] | None = None, reason: str = ""
    ) -> None:
        """Begin with a text; `refused` returns why another cannot be used, "" for one that can.

        `reason` says why the one that it begins with could not.
        """
        super().__init__()
        self._given = given
        self._refused = refused
        self._reason = reason

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = self.ASKED
            yield PasteLine(self._given, id="line", compact=True)
            yield Static(self._told(self._reason) if self._reason else Content(self.ABOUT), id="about")
            keys = (("enter", self.ENTER, "screen.accept"), ("esc", self.ESCAPE, "screen.cancel"))
            yield Clickable(
                Content("     ").join(
                    clickable(Content.assemble((key, "bold $next"), f" {does}"), action)
                    for key, does, action in keys
                )
            )

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self) -> None:
        """Take the line."""
        self.action_accept()

    def action_accept(self) -> None:
        """Answer with the line, or tell why it cannot be used."""
        text = self.query_one(Input).value.strip()
        reason = self._refused(text) if self._refused is not None else ""
        if reason:
            self.query_one("#about", Static).update(self._told(reason))
        else:
            self.dismiss(text)

    def _told(self, reason: str) -> Content:
        symbols = glyphs_of(self)
        return Content.styled(f"{symbols.bad} {symbols.text(reason)}", "bold $bad")

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss("")
