"""The explorer's first line: what was searched, how much was found, and whether that is all."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.explorer.scene import Explored
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined

MOST = 78


def draw_headline(scene: Explored, width: int, symbols: Symbols) -> Content:
    """Return the line, never wider than 78 cells; the title gives way."""
    room = min(width, MOST)
    name = " ".join(part for part in ("explore", scene.number) if part)
    head = Content.assemble((" ktwviz", "bold $next"), (" > ", "$muted"), (name, "bold"))
    parts = _searching(scene, symbols) if scene.searching else _counts(scene, symbols)
    while head.cell_length + 3 + joined(parts).cell_length > room and len(parts) > 3:
        del parts[2]  # duplicates, then depth: how many, how bad and how complete stay
    tail = joined(parts)
    title = Content.styled(symbols.text(scene.title), "$muted")
    left = room - head.cell_length - tail.cell_length - 6
    middle = clip(title, left, symbols) + Content("   ") if left > 8 else Content("")
    return clip(head + Content("   ") + middle + tail, room, symbols)


def _searching(scene: Explored, symbols: Symbols) -> list[Content]:
    return [Content(f"{scene.states:,} states"), Content.styled(f"{symbols.spins} searching", "bold $next")]


def _counts(scene: Explored, symbols: Symbols) -> list[Content]:
    bad = Content.styled(f"{symbols.bad} {scene.bad:,} bad", "bold $bad" if scene.bad else "$muted")
    return [
        Content(f"{scene.states:,} states"),
        bad,
        Content.styled(f"{symbols.seen} {scene.duplicates:,}", "$muted"),
        Content.styled(f"depth {scene.depth}", "$muted"),
        how_much(scene),
    ]


def how_much(scene: Explored) -> Content:
    """Return whether the search saw everything; else what ended it."""
    if not scene.bound:
        open_ = f", {scene.examples.undetermined} open" if scene.examples.undetermined else ""
        return Content.styled(f"complete{open_}", "bold $changed")
    if scene.stopped:
        return Content.styled("stopped by you", "bold $next")
    return Content.styled(f"bounded: {scene.bound}", "bold $next")


class ExplorerHeadline(Static):
    """Shows the headline of `scene`."""

    DEFAULT_CSS = """
    ExplorerHeadline { height: 1; width: 1fr; background: $panel; }
    """

    scene: reactive[Explored | None] = reactive(None)

    def render(self) -> Content:
        """Draw the line."""
        if self.scene is None:
            return Content("")
        return draw_headline(self.scene, self.content_size.width, glyphs_of(self))
