"""What all panes share: a drawing is a pure function of a scene and a size; the widget only holds it."""

from typing import Generic, TypeVar

from textual.content import Content
from textual.dom import DOMNode
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
    """A bordered part of a screen. It redraws when its scene or size changed, and only if its text did."""

    DEFAULT_CSS = """
    Pane {
        border: round $edge;
        border-title-color: $heading;
        border-subtitle-color: $muted;
        padding: 0 1;
        height: 1fr;
        width: 1fr;
        &:focus { border: heavy $edge-focus; border-title-style: bold; }
    }
    """

    HELP_TEXT = ""
    """What this pane shows, for the help."""

    scene: reactive[SceneT | None] = reactive(None, repaint=False)

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn: Content | None = None
        self._frame: tuple[Content, Content] | None = None

    def watch_scene(self) -> None:
        """Draw the new scene."""
        self.redraw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.redraw()

    def redraw(self, *, force: bool = False) -> None:
        """Draw the scene, and repaint only what changed."""
        width, height = self.content_size
        if self.scene is None or not self.is_mounted or width <= 0 or height <= 0:
            return
        symbols = glyphs_of(self)
        title = clip(self.draw_title(self.scene, symbols), width - 2, symbols)
        subtitle = clip(self.draw_subtitle(self.scene, symbols), width - 2, symbols)
        frame = (self._spaced(title), subtitle)
        if force or frame != self._frame or not _same(frame, self._frame):
            self._frame = frame
            self.border_title, self.border_subtitle = frame
        drawn = Content("\n").join(fitted(self.draw(self.scene, width, height, symbols), height, symbols))
        if force or self._drawn is None or not drawn.is_same(self._drawn):
            self._drawn = drawn
            self.update(drawn, layout=False)

    def _spaced(self, title: Content) -> Content:
        """Return the title with spaces round it where no corner gives it any."""
        return Content.assemble(" ", title, " ") if title and not self.styles.border_left[0] else title

    def draw(self, scene: SceneT, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Return the lines of the pane."""
        raise NotImplementedError

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


def _same(new: tuple[Content, Content], old: tuple[Content, Content] | None) -> bool:
    return old is not None and all(one.is_same(other) for one, other in zip(new, old, strict=True))
