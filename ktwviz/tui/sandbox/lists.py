"""The right column: what can be added, and the properties with their verdicts. Lists with a marked line."""

from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.tui.pane import Pane
from ktwviz.tui.sandbox.bench import (
    ADD,
    JUDGE,
    ROOMY,
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

    def others(self, count: int, symbols: Symbols) -> str:
        """Say how many lines of so many stand above and below those that are shown, "" where none does."""
        height = self.content_size.height
        first = window(self.marked(self.scene), count, height) if self.scene is not None else 0
        above, below = first, max(0, count - height - first)
        parts = [f"{symbols.up} {above} more"] if above else []
        return "  ".join([*parts, f"{symbols.down} {below} more"] if below else parts)

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

    def draw_subtitle(self, scene: Bench, symbols: Symbols) -> Content:
        """Tell how much is not shown."""
        return Content(self.others(scene.count, symbols))


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
        return Content(properties_title(scene, short=self.content_size.width < ROOMY))

    def draw_subtitle(self, scene: Bench, symbols: Symbols) -> Content:
        """Tell how much was seen, and how much of the list is not shown."""
        looked = scene.looked
        others = self.others(len(scene.names), symbols)
        if looked is None or looked.troubles or (others and self.content_size.width < ROOMY):
            return Content(others)
        seen = f"{looked.states:,} states" + ("" if looked.complete else ", not all")
        return Content("  ".join([others, seen] if others else [seen]))
