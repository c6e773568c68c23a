"""The Markdown that lesson texts use, drawn.

Lesson text never becomes markup: it is styled by spans only. Most of it holds words and code alone, and is drawn
without the library, whose import would take longer than the rest of the first screen.
"""

from functools import cache
from typing import TYPE_CHECKING

from textual.content import Content

from ktwviz.lesson.blocks import Prose
from ktwviz.lesson.plain import plain_blocks, plain_words
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, lines_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BULLET = "- "
_INLINE = {"strong_open": "bold", "em_open": "italic", "link_open": "underline"}
_CODE = "bold $heading"


def inline_markdown(text: str, symbols: Symbols) -> Content:
    """Return Markdown without blocks as Content: emphasis, code and links, line ends as spaces."""
    words = plain_words(text)
    return _inline_of_library(text, symbols) if words is None else _plain(words, symbols)


def prose(text: str, width: int, symbols: Symbols) -> list[Content]:
    """Return Markdown as lines: paragraphs wrapped, one empty line between blocks, code as it stands."""
    paragraphs = _plain_paragraphs(text)
    if paragraphs is None:
        return _prose_of_library(text, width, symbols)
    lines: list[Content] = []
    for rows in paragraphs:
        for number, row in enumerate(rows):
            bullet = BULLET if row.startswith(BULLET) else ""
            words = _plain(row.removeprefix(bullet), symbols)
            _add_block(lines, _paragraph(words, bullet, 1 if bullet else 0, width), tight=number > 0)
    return lines


# Without the library ---------------------------------------------------------------------------------------------


def _plain_paragraphs(text: str) -> list[list[str]] | None:
    """Return paragraphs of one row and lists of a row for each item; None for what holds anything else."""
    if "*" in text or "<" in text:
        return None  # the light reader drops emphasis, and addresses lose their brackets
    blocks = plain_blocks(text)
    if blocks is None or not all(isinstance(block, Prose) for block in blocks):
        return None
    return [block.text.split("\n") for block in blocks]


def _plain(words: str, symbols: Symbols) -> Content:
    """Return words as Content, code between backticks."""
    parts = words.split("`")
    return Content.assemble(
        *((symbols.text(part), _CODE if at % 2 else "") for at, part in enumerate(parts) if part)
    )


# With the library ------------------------------------------------------------------------------------------------


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  # slow to import, and seldom needed

    return MarkdownIt("commonmark")


def _inline_of_library(text: str, symbols: Symbols) -> Content:
    tokens = _parser().parseInline(text)
    return _inline(tokens[0], symbols) if tokens else Content("")


def _prose_of_library(text: str, width: int, symbols: Symbols) -> list[Content]:
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
            parts.append(Content.styled(symbols.text(child.content), _CODE))
        elif child.content:
            parts.append(Content.styled(symbols.text(child.content), " ".join(styles)))
    return Content("").join(parts)
