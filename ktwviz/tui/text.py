"""Helpers to put Content together: clipping, filling, columns, wrapping."""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.style import Style

from ktwviz.tui.symbols import Symbols

READ_ON = " z: read on"
READABLE = 90
"""The longest lines of a text that has the screen for itself, in cells."""
UNBOUNDED = 1000


def clip(content: Content | str, width: int, symbols: Symbols) -> Content:
    """Return `content` in at most `width` cells; what was cut is told by an ellipsis."""
    text = content if isinstance(content, Content) else Content(content)
    if text.cell_length <= width:
        return text
    room = max(0, width - len(symbols.more))
    return text.truncate(room).rstrip() + Content.styled(symbols.more[:width], "$muted")


def clip_to(content: Content, width: int, ending: Content) -> Content:
    """Return `content` cut so that it ends in `ending` within `width` cells."""
    return content.truncate(max(0, width - ending.cell_length)).rstrip() + ending


def fill(content: Content | str, width: int, symbols: Symbols) -> Content:
    """Return `content` in exactly `width` cells."""
    text = clip(content, width, symbols)
    return text.pad_right(max(0, width - text.cell_length))


def spread(left: Content | str, right: Content | str, width: int, symbols: Symbols) -> Content:
    """Return one line with `left` at its left and `right` at its right end; `left` gives way."""
    end = clip(right, width, symbols)
    room = width - end.cell_length - 1
    if room < 1:
        return clip(left, width, symbols)
    return fill(left, room, symbols) + Content(" ") + end


def columns(rows: Iterable[Sequence[Content | str]], gap: int = 2) -> list[Content]:
    """Return each row as a line, its cells padded to common widths."""
    table = [[cell if isinstance(cell, Content) else Content(cell) for cell in row] for row in rows]
    count = max((len(row) for row in table), default=0)
    widths = [max((row[n].cell_length for row in table if n < len(row)), default=0) for n in range(count)]
    return [
        Content("").join(
            cell.pad_right(widths[n] - cell.cell_length + gap) if n < len(row) - 1 else cell
            for n, cell in enumerate(row)
        )
        for row in table
    ]


def flush(content: Content) -> Content:
    """Return `content` without the spaces that it begins with."""
    return content[len(content.plain) - len(content.plain.lstrip()) :]


def joined(parts: Iterable[Content | str], gap: str = "  ") -> Content:
    """Return the parts that are not empty in one line."""
    return Content(gap).join(part for part in parts if str(part))


def lines_of(content: Content, width: int) -> list[Content]:
    """Return `content` wrapped at words into lines of at most `width` cells."""
    return [line.rstrip() for line in content.wrap(max(1, width))]


CLICK = "ktwviz-click"
"""The key under which a style carries an action. Textual's own, @click, would also colour the text as a link."""


def clickable(content: Content, action: str) -> Content:
    """Return `content` such that a click on it runs `action`, in a widget that is Clickable."""
    return content.stylize(Style.from_meta({CLICK: action}))


def stacked(first: Content, second: Content, width: int, indent: int = 4) -> list[Content]:
    """Return the two beside each other, or, where they do not fit, below each other."""
    line = joined([first, second])
    return [line] if line.cell_length <= width or not second else [first, Content(" " * indent) + second]


def folded(lines: list[Content], height: int, width: int, symbols: Symbols, words: str = "") -> list[Content]:
    """Return at most `height` lines; what was cut is told by an ellipsis, and by words that say what to do."""
    if len(lines) <= height:
        return lines
    if height <= 0:
        return []
    more = Content.styled(f" {symbols.more}{words}", "$muted")
    return [*lines[: height - 1], clip_to(lines[height - 1], width, more)]
