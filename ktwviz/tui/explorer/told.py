"""One line above the keys: what the program has to say, else what is selected."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.explorer.scene import Explored
from ktwviz.tui.explorer.treepane import draw_ahead
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, lines_of

LINES = 4


def draw_told(scene: Explored, width: int, symbols: Symbols) -> list[Content]:
    """Return the sentence to tell, over a few lines if it must be; else what is known of the selected state."""
    if scene.notice:
        return lines_of(Content.styled(symbols.text(scene.notice), "bold $next"), width)[:LINES]
    if scene.searching:
        return [Content(f"Searching: {scene.states:,} states so far. esc stops and keeps what was seen.")]
    return [clip(_selected(scene, symbols), width, symbols)]


def _selected(scene: Explored, symbols: Symbols) -> Content:
    state = scene.state
    if state is None:
        return Content("")
    head = Content.styled(f"#{state.number}, step {state.depth}", "$heading")
    if state.broken:
        name, how = state.broken[0]
        return joined([head, Content.styled(symbols.text(f"{symbols.bad} {name}: {how}"), "bold $bad")])
    words = {
        "never": "nothing bad can follow any more",
        "unknown": "not known whether something bad can follow: not all was seen",
        "exact": "steps at least to something bad",
        "at most": "steps to something bad, perhaps fewer: not all was seen",
    }[state.ahead.known]
    sealed = ", and no schedule avoids it" if state.ahead.sealed else ""
    sign = Content(" ".join(draw_ahead(state.ahead, symbols).plain.split()))
    return joined([head, joined([sign, f"{words}{sealed}"], " ")])


class ToldLine(Static):
    """Shows the line."""

    DEFAULT_CSS = """
    ToldLine { height: 1; width: 1fr; padding: 0 1; }
    """

    scene: reactive[Explored | None] = reactive(None)

    def watch_scene(self) -> None:
        """Make room for a long sentence; a new layout only where that changes, for it costs as much as all panes."""
        height = max(1, len(self._lines()))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def render(self) -> Content:
        """Draw the line."""
        return Content("\n").join(self._lines())

    def _lines(self) -> list[Content]:
        width = self.app.size.width - 2
        return draw_told(self.scene, width, glyphs_of(self)) if self.scene and width > 0 else []
