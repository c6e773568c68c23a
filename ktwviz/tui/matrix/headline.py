"""The matrix's first line: how many races, how much is worked out, and what came of it."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined

MOST = 78


def draw_headline(scene: Table, width: int, symbols: Symbols) -> Content:
    """Return the line, never wider than 78 cells."""
    head = Content.assemble((" ktwviz", "bold $next"), (" > ", "$muted"), ("matrix", "bold"))
    kinds = [cell.kind for cell in scene.cells.values()]
    counts = [
        Content(f"{len(scene.rows)} races"),
        Content.styled(f"{symbols.done} {kinds.count('holds')} hold", "$changed"),
        Content.styled(f"{symbols.bad} {kinds.count('broken')} broken", "bold $bad"),
    ]
    if other := kinds.count("other"):
        counts.append(Content.styled(f"{symbols.interrupted} {other} other", "bold $next"))
    if open := kinds.count("undetermined"):
        counts.append(Content.styled(f"? {open} not known", "bold $next"))
    return clip(joined([head, *counts, _progress(scene, symbols)], "   "), min(width, MOST), symbols)


def _progress(scene: Table, symbols: Symbols) -> Content:
    done = f"{len(scene.cells)}/{scene.wanted}"
    if scene.working:
        return Content.styled(f"{symbols.spins} {done} working", "bold $next")
    if len(scene.cells) < scene.wanted:
        return Content.styled(f"{done} stopped", "bold $next")
    return Content.styled("complete", "bold $changed")


class MatrixHeadline(Static):
    """Shows the headline of `scene`."""

    DEFAULT_CSS = """
    MatrixHeadline { height: 1; width: 1fr; background: $panel; }
    """

    scene: reactive[Table | None] = reactive(None)

    def render(self) -> Content:
        """Draw the line."""
        if self.scene is None:
            return Content("")
        return draw_headline(self.scene, self.content_size.width, glyphs_of(self))
