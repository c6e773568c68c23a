"""What NO_COLOR asks for: no colour reaches the terminal, neither its own nor ours, so that light and dark ones do.

Bold, dim and reverse stay, and say what the signs leave open: dim is what matters less, reverse is the cursor and what
is selected. Imported only where it is asked for.
"""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from ktwviz.tui.theme import DARK

_PLAIN, _DIM, _REVERSE = "ansi_default", "ansi_bright_black", "ansi_white"
_DIM_NUMBER, _REVERSE_NUMBER = 8, 7
_STRENGTH = {"muted": _DIM, "edge": _DIM}
_REVERSED = (
    "block-cursor-background",
    "input-cursor-background",
    "input-selection-background",
    "screen-selection-background",
)

UNCOLOURED = Theme(
    name="ktwviz-none",
    ansi=True,
    primary=_PLAIN,
    secondary=_PLAIN,
    accent=_PLAIN,
    warning=_PLAIN,
    error=_PLAIN,
    success=_PLAIN,
    foreground=_PLAIN,
    background=_PLAIN,
    surface=_PLAIN,
    panel=_PLAIN,
    boost=_PLAIN,
    variables={name: _STRENGTH.get(name, _PLAIN) for name in DARK.variables}
    | {"block-cursor-text-style": "bold", "ansi-background": _PLAIN, "ansi-foreground": _PLAIN}
    | dict.fromkeys(_REVERSED, _REVERSE),
)
"""Two colours stand for what is left: NoColours makes attributes of them."""


@lru_cache(1024)
def uncoloured(style: Style) -> Style:
    """Return a style without its colours; those that stand for dim and reverse become that."""
    plain = style.without_color
    if _number(style.bgcolor) == _REVERSE_NUMBER:
        return plain + Style(reverse=True)
    return plain + Style(dim=True) if _number(style.color) == _DIM_NUMBER else plain


def _number(color: RichColor | None) -> int | None:
    return None if color is None else color.number


class NoColours(LineFilter):
    """Takes the colours from what is drawn. Textual's own filters make greys of them, or the two defaults."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        return [
            Segment(text, None if style is None else uncoloured(style), control)
            for text, style, control in segments
        ]
