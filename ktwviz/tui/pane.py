"""What all panes share: a drawing is a pure function of a scene and a size; the widget only holds it."""

from itertools import zip_longest
from typing import Generic, TypeVar

from textual.content import Content
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.symbols import UNICODE, Symbols
from ktwviz.tui.text import clip

SceneT = TypeVar("SceneT")


def glyphs_of(node: DOMNode) -> Symbols:
    """Return the glyph table of the app that shows this widget or screen."""
    found = getattr(node.app, "symbols", UNICODE)
    return found if isinstance(found, Symbols) else UNICODE


class Pane(Static, Generic[SceneT], can_focus=True):
    """A bordered part of a screen. It redraws when its scene or size changed, and only if its text did.

    `top` is the first line that a zoomed pane shows of a long text.
    """

    DEFAULT_CSS = """
    Pane {
        border: round $edge;
        border-title-color: $heading;
        border-subtitle-color: $muted;
        padding: 0 1;
        height: 1fr;
        width: 1fr;
        text-wrap: nowrap;
        &:focus { border: heavy $edge-focus; border-title-style: bold; }
    }
    """

    HELP_TEXT = ""
    """What this pane shows, for the help."""

    scene: reactive[SceneT | None] = reactive(None, repaint=False)

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self._hidden = 0
        self._drawn: list[Content] = []
        self._drawn_for = Size(0, 0)
        self._unseen = False
        self._frame: tuple[Content, Content] | None = None

    def watch_scene(self) -> None:
        """Draw the new scene."""
        self.redraw()

    def on_resize(self) -> None:
        """Draw for the new size; what was painted meanwhile was cut for the old one, so all rows are painted again."""
        if self._unseen or self._drawn_for != self.content_size:
            self._unseen = False
            self.redraw()
            self.refresh()

    def on_hide(self) -> None:
        """Note that what is drawn from now on is not painted."""
        self._unseen = True

    def redraw(self) -> None:
        """Draw the scene, and repaint only what changed."""
        width, height = self.content_size
        if self.scene is None or not self.is_mounted or width <= 0 or height <= 0:
            return
        self._drawn_for = self.content_size
        symbols = glyphs_of(self)
        title = clip(self.draw_title(self.scene, symbols), width - 2, symbols)
        lines = self._lines(self.scene, width, height, symbols)
        below = self._place_in_text(height, symbols) or self.draw_subtitle(self.scene, symbols)
        frame = (self._spaced(title), clip(below, width - 2, symbols))
        if frame != self._frame or not _same(frame, self._frame):
            self._frame = frame
            self.border_title, self.border_subtitle = frame
        old, self._drawn = self._drawn, lines
        if changed := _changed_rows(old, lines):
            self.refresh(*(Region(0, row, width, 1) for row in changed))

    def render(self) -> Content:
        """Return what was drawn last."""
        return Content("\n").join(self._drawn)

    def _lines(self, scene: SceneT, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Return the lines to show: a zoomed pane whose text is longer shows a part of the whole of it."""
        whole = self.draw_whole(scene, width, symbols) if self.has_class("-zoom") else None
        self._hidden = max(0, len(whole) - height) if whole else 0
        if whole:
            return whole[self._first : self._first + height]
        return fitted(self.draw(scene, width, height, symbols), height, symbols)

    def _place_in_text(self, height: int, symbols: Symbols) -> Content:
        """Return which lines are shown, and how to see the others; nothing where all are."""
        if not self._hidden:
            return Content("")
        lines = f"lines {self._first + 1}-{self._first + height} of {self._hidden + height}"
        return Content(f"{lines}   {symbols.up}{symbols.down} scroll")

    def scroll_text(self, direction: int) -> bool:
        """Scroll a zoomed text by a line; False where there is nothing to scroll."""
        if not self._hidden:
            return False
        self.top = min(self._hidden, max(0, self._first + direction))
        self.redraw()
        return True

    @property
    def _first(self) -> int:
        return min(self.top, self._hidden)

    def on_mouse_scroll_down(self) -> None:
        """Scroll down."""
        self.scroll_text(1)

    def on_mouse_scroll_up(self) -> None:
        """Scroll up."""
        self.scroll_text(-1)

    def cut(self, scene: SceneT) -> bool:
        """Whether text of this pane is left out for want of room."""
        return False

    def _spaced(self, title: Content) -> Content:
        """Return the title with spaces round it where no corner gives it any."""
        return Content.assemble(" ", title, " ") if title and not self.styles.border_left[0] else title

    def draw(self, scene: SceneT, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Return the lines of the pane."""
        raise NotImplementedError

    def draw_whole(self, scene: SceneT, width: int, symbols: Symbols) -> list[Content]:
        """Return all lines of a text, however many, for the zoomed pane; empty where `draw` fits itself."""
        return []

    def draw_title(self, scene: SceneT, symbols: Symbols) -> Content:
        """Return what stands in the upper border."""
        return Content("")

    def draw_subtitle(self, scene: SceneT, symbols: Symbols) -> Content:
        """Return what stands in the lower border."""
        return Content("")


def fitted(lines: list[Content], height: int, symbols: Symbols) -> list[Content]:
    """Return the lines that fit; if some do not, the last one says so."""
    if len(lines) <= height:
        return lines
    left = len(lines) - height + 1
    return [*lines[: height - 1], Content.styled(f"{symbols.more} {left} more lines: z zooms", "$muted")]


def _changed_rows(old: list[Content], new: list[Content]) -> list[int]:
    """Return the rows that differ: most stay as they are, and a row drawn again costs as much as a row computed."""
    pairs = enumerate(zip_longest(old, new))
    return [row for row, (one, other) in pairs if one is None or other is None or not one.is_same(other)]


def _same(new: tuple[Content, Content], old: tuple[Content, Content] | None) -> bool:
    return old is not None and all(one.is_same(other) for one, other in zip(new, old, strict=True))
