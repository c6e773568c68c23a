"""The right column: what can be added, and the properties with their verdicts. Lists with a marked line."""

from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.tui.pane import Pane
from ktwviz.tui.sandbox.bench import (
    ADD,
    JUDGE,
    Bench,
    addition_lines,
    properties_title,
    property_lines,
    window,
)
from ktwviz.tui.symbols import Symbols


class ListPane(Pane[Bench]):
    """A list that follows its marked line."""

    IN_HAND: ClassVar[str] = ""

    class Chosen(Message):
        """A line was clicked; `number` counts from 0."""

        def __init__(self, pane: "ListPane", number: int) -> None:
            super().__init__()
            self.pane = pane
            self.number = number

    def marked(self, scene: Bench) -> int:
        """Return the number of the line that is marked."""
        raise NotImplementedError

    def lines(self, scene: Bench, width: int, symbols: Symbols) -> list[Content]:
        """Return all lines."""
        raise NotImplementedError

    def draw(self, scene: Bench, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the lines round the marked one."""
        lines = self.lines(scene, width, symbols)
        first = window(self.marked(scene), len(lines), height)
        return lines[first : first + height]

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which line was clicked."""
        offset = event.get_content_offset(self)
        if self.scene is None or offset is None:
            return
        count = len(self.lines(self.scene, self.content_size.width, self.app.symbols))  # type: ignore[attr-defined]  # ours
        first = window(self.marked(self.scene), count, self.content_size.height)
        if first + offset.y < count:
            self.post_message(self.Chosen(self, first + offset.y))


class AdditionsPane(ListPane):
    """What can be added."""

    IN_HAND = ADD
    HELP_TEXT = (
        "What can be added to the scenario: calls go to the task in which the cursor of the editor is."
    )

    def marked(self, scene: Bench) -> int:
        return scene.addition

    def lines(self, scene: Bench, width: int, symbols: Symbols) -> list[Content]:
        return addition_lines(scene, width, symbols)

    def draw_title(self, scene: Bench, symbols: Symbols) -> Content:
        """Name the task that gets what is added."""
        return Content(f"Add to {scene.target}()" if scene.target else "Add")


class PropertiesPane(ListPane):
    """What holds."""

    IN_HAND = JUDGE
    HELP_TEXT = "Every property of the checker. One that is broken tells in how many steps; enter plays them."

    def marked(self, scene: Bench) -> int:
        return scene.names.index(scene.asked) if scene.asked in scene.names else 0

    def lines(self, scene: Bench, width: int, symbols: Symbols) -> list[Content]:
        return property_lines(scene, width, symbols)

    def draw_title(self, scene: Bench, symbols: Symbols) -> Content:
        """Tell how many are broken."""
        return Content(properties_title(scene))

    def draw_subtitle(self, scene: Bench, symbols: Symbols) -> Content:
        """Tell how much was seen."""
        looked = scene.looked
        if looked is None or looked.troubles:
            return Content("")
        return Content(f"{looked.states:,} states" + ("" if looked.complete else ", not all"))
