"""The pane under the editor: what is wrong with the text, how far a check has come, what it found."""

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.tui.fixit.desk import Desk, draw_outcome, draw_title
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols

EDITING_KEYS = ("up", "down", "left", "right", "home", "end", "backspace", "delete")


class OutcomePane(Pane[Desk]):
    """How the text stands. Who types here wants to go on with the text."""

    DEFAULT_CSS = """
    OutcomePane { height: auto; min-height: 6; max-height: 10; }
    """

    HELP_TEXT = "What is known of the text: an error, a counterexample, or a proof."

    class Left(Message):
        """The learner goes up one level."""

    class Typed(Message):
        """A key was pressed that belongs to the editor; `character` is what it types, if it types something."""

        def __init__(self, key: str, character: str | None) -> None:
            super().__init__()
            self.key = key
            self.character = character

    def draw(self, scene: Desk, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the outcome."""
        return draw_outcome(scene, width, symbols)

    def draw_title(self, scene: Desk, symbols: Symbols) -> Content:
        """Draw how the text stands."""
        return draw_title(scene, symbols)

    def watch_scene(self) -> None:
        """Make room for what is to be said."""
        if self.scene is not None and self.content_size.width > 0:
            lines = draw_outcome(self.scene, self.content_size.width, self.app.symbols)  # type: ignore[attr-defined]  # ours
            self.styles.height = min(10, max(6, len(lines) + 2))
        self.redraw()

    def on_resize(self) -> None:
        """Make room for lines that are cut otherwise now."""
        self.watch_scene()
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Give what was typed to the editor; q leads up one level, as it did in the player."""
        if event.key == "q":
            event.stop()
            self.post_message(self.Left())
        elif event.is_printable or event.key in EDITING_KEYS:
            event.stop()
            self.post_message(self.Typed(event.key, event.character if event.is_printable else None))
