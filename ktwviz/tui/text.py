"""Helpers to put Content together: clipping, columns, and the Markdown that lesson texts use.

Lesson text never becomes markup: it is styled by spans only.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from ktwviz.tui.symbols import Symbols

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


_INLINE = {"strong_open": "bold", "em_open": "italic", "link_open": "underline"}

BULLET = "- "

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


def inline_markdown(text: str, symbols: Symbols) -> Content:
    """Return Markdown without blocks as Content: emphasis, code and links, line ends as spaces."""
    tokens = _parser().parseInline(text)
    return _inline(tokens[0], symbols) if tokens else Content("")


def prose(text: str, width: int, symbols: Symbols) -> list[Content]:
    """Return Markdown as lines: paragraphs wrapped, one empty line between blocks, code as it stands."""
    lines: list[Content] = []
    depth = 0
    bullet = ""
    after_item = False
    for token in _parser().parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            bullet = f"{token.info}{token.markup} " if token.info else BULLET
        elif token.type == "inline":
            block = _paragraph(_inline(token, symbols), bullet, depth, width)
            _add_block(lines, block, tight=bool(bullet) and after_item)
            bullet, after_item = "", depth > 0
        elif token.type in ("fence", "code_block"):
            code = [
                Content.styled("  " + symbols.text(line), "$muted") for line in token.content.splitlines()
            ]
            _add_block(lines, [clip(line, width, symbols) for line in code], tight=False)
            after_item = False
    return lines


def _add_block(lines: list[Content], block: list[Content], *, tight: bool) -> None:
    if lines and not tight:
        lines.append(Content(""))
    lines.extend(block)


def _paragraph(text: Content, bullet: str, depth: int, width: int) -> list[Content]:
    indent = len(BULLET) * depth
    wrapped = lines_of(text, width - indent)
    first = bullet.rjust(indent) if bullet else " " * indent
    return [Content(first if number == 0 else " " * indent) + line for number, line in enumerate(wrapped)]


@cache
def _parser() -> "MarkdownIt":
    # imported here: the first screen shows little Markdown, and late
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark")


def _inline(token: "Token", symbols: Symbols) -> Content:
    parts: list[Content] = []
    styles: list[str] = []
    for child in token.children or ():
        if child.type in _INLINE:
            styles.append(_INLINE[child.type])
        elif child.nesting == -1 and styles:
            styles.pop()
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(Content(" "))
        elif child.type == "code_inline":
            parts.append(Content.styled(symbols.text(child.content), "bold $heading"))
        elif child.content:
            parts.append(Content.styled(symbols.text(child.content), " ".join(styles)))
    return Content("").join(parts)
