"""Values that can be chosen: text on a pane knows which words of memory it shows, so one can ask who wrote them."""

from collections.abc import Iterable, Iterator

from textual.content import Content
from textual.style import Style

from ktwviz.tui.pane import Pane, glyphs_of
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols

WORDS = "ktwviz-words"
"""The key under which a style carries the paths of the words that a text shows."""


def value(content: Content, *paths: str) -> Content:
    """Return text that shows the words at these paths, or below them."""
    return content.stylize(Style.from_meta({WORDS: " ".join(paths)}))


def values_in(line: Content) -> Iterator[tuple[str, int, int]]:
    """Yield the values of a line from left to right: their paths, and from where to where they stand."""
    found: dict[str, tuple[int, int]] = {}
    for span in line.spans:
        paths = span.style.meta.get(WORDS) if isinstance(span.style, Style) else None
        if isinstance(paths, str) and span.end > span.start:
            start, end = found.get(paths, (span.start, span.end))
            found[paths] = min(start, span.start), max(end, span.end)
    for paths, (start, end) in sorted(found.items(), key=lambda item: item[1]):
        yield paths, start, end


def all_values(lines: Iterable[Content]) -> list[tuple[str, int]]:
    """Return the values of some lines in reading order, each once, with the number of its line."""
    found: dict[str, int] = {}
    for number, line in enumerate(lines):
        for paths, _, _ in values_in(line):
            found.setdefault(paths, number)
    return list(found.items())


def marked(line: Content, chosen: str) -> Content:
    """Return a line with the chosen value marked."""
    for paths, start, end in values_in(line):
        if paths == chosen:
            line = line.stylize("reverse", start, end)
    return line


class ValuesPane(Pane[Scene]):
    """A pane whose values can be chosen with the arrows while it is in hand."""

    chosen = ""
    """The paths of the chosen value; empty where none is chosen."""

    @property
    def in_hand(self) -> bool:
        """Whether the arrows belong to this pane."""
        return self.has_focus or self.has_class("-zoom")

    def choose(self, direction: int) -> bool:
        """Choose the next or previous value; False where the pane shows none."""
        lines = self._every_line()
        values = all_values(lines)
        if not values:
            return False
        paths = [found for found, _ in values]
        if self.chosen in paths:
            at = (paths.index(self.chosen) + direction) % len(paths)
        else:
            at = 0 if direction > 0 else len(paths) - 1
        self.chosen = paths[at]
        self._bring_into_view(values[at][1])
        self.redraw()
        return True

    def on_focus(self) -> None:
        """Show the chosen value."""
        self.redraw()

    def on_blur(self) -> None:
        """Hide the mark: the arrows are for something else now."""
        self.redraw()

    def _every_line(self) -> list[Content]:
        if self.scene is None:
            return []
        width, height = self.content_size
        whole = self.draw_whole(self.scene, width, glyphs_of(self)) if self.has_class("-zoom") else []
        return whole or self.draw(self.scene, width, height, glyphs_of(self))

    def _bring_into_view(self, line: int) -> None:
        height = self.content_size.height
        self.top = min(max(self.top, line - height + 1), line) if self.has_class("-zoom") else 0

    def _lines(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        lines = super()._lines(scene, width, height, symbols)
        if not self.chosen or not self.in_hand:
            return lines
        return [marked(line, self.chosen) for line in lines]
