"""The last line of a screen: the keys that matter here. Help and quit always fit."""

from textual.content import Content
from textual.reactive import reactive

from ktwviz.tui.clickable import Clickable
from ktwviz.tui.keymap import with_keymap
from ktwviz.tui.keys import Key
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable, joined


def draw_keys(keys: tuple[Key, ...], width: int, symbols: Symbols) -> Content:
    """Return the bar. The last two keys stand at its right end; of the others, the last give way first."""
    shown = [_entry(key, symbols) for key in keys]
    ending = joined(shown[-2:])
    room = width - ending.cell_length - 2
    front = shown[:-2]
    while front and joined(front).cell_length > room:
        front.pop()
    start = joined(front)
    return start.pad_right(max(2, width - start.cell_length - ending.cell_length)) + ending


def _entry(key: Key, symbols: Symbols) -> Content:
    press = Content.styled(symbols.text(key.press), "bold $next")
    return clickable(joined([press, Content.styled(key.label, "$muted")], " "), key.action)


class KeyBar(Clickable):
    """Shows `keys`; a click on one does what the key does."""

    DEFAULT_CSS = """
    KeyBar { height: 1; width: 1fr; padding: 0 1; background: $panel; }
    """

    keys: reactive[tuple[Key, ...]] = reactive(())

    def render(self) -> Content:
        """Draw the bar."""
        own: dict[str, str] = getattr(self.app, "keys", {})
        keys = with_keymap(self.keys, type(self.screen).BINDINGS, own, glyphs_of(self)) if own else self.keys
        return draw_keys(keys, self.content_size.width, glyphs_of(self))
