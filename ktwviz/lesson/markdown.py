"""Markdown read by the library: every text, exactly as CommonMark has it.

What does not belong here: what a fence means; that is fences.py. Texts that need no such care are read in plain.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ktwviz.lesson.blocks import Block, Fence, Heading, Prose


def parsed_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text without carriage returns, in order."""
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return tuple(block for group in _groups(tokens) for block in _blocks(group, lines))


def _groups(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of one outermost block after the other."""
    group: list[Token] = []
    for token in tokens:
        group.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield group
            group = []


def _blocks(group: list[Token], lines: list[str]) -> Iterator[Block]:
    first = group[0]
    if first.type == "heading_open":
        yield Heading(int(first.tag[1:]), plain_text(group[1]), _line(first))
    elif first.type == "fence":
        yield _fence(first, lines, nested=False)
    elif first.type == "paragraph_open":
        yield from _prose(plain_text(group[1]), first)
    elif first.type in ("bullet_list_open", "ordered_list_open") and _is_simple_list(group):
        yield from _prose(_list_text(group), first)
    elif not _is_comment(first):
        yield from _prose(_source(first, lines), first)
        yield from _nested_fences(group, lines)


def _prose(text: str, token: Token) -> Iterator[Prose]:
    if text.strip():
        yield Prose(text, _line(token))


def _line(token: Token) -> int:
    assert token.map is not None, "every block token carries its lines"
    return token.map[0] + 1


def _source(token: Token, lines: list[str]) -> str:
    assert token.map is not None, "every block token carries its lines"
    return "\n".join(lines[token.map[0] : token.map[1]]).rstrip()


def _is_comment(token: Token) -> bool:
    return token.type == "html_block" and token.content.lstrip().startswith("<!--")


def _fence(token: Token, lines: list[str], nested: bool) -> Fence:
    source = _source(token, lines)
    last = source.rpartition("\n")[2].lstrip("> \t").rstrip()
    # Markdown ends an unclosed fence silently at the end of the file and so swallows the rest of the lesson
    closed = "\n" in source and last.startswith(token.markup) and not last.strip(token.markup[0])
    return Fence(token.info.strip(), token.content, _line(token), source, nested, closed)


def _nested_fences(group: list[Token], lines: list[str]) -> Iterator[Fence]:
    for token in group:
        if token.type == "fence":
            yield _fence(token, lines, nested=True)
        elif token.type == "code_block" and token.content.startswith(("```", "~~~")):
            opening, _, text = token.content.partition("\n")
            info, text = opening.lstrip("`~").strip(), text.rstrip("`~\n")
            yield Fence(info, text, _line(token), _source(token, lines), nested=True, closed=True)


def _is_simple_list(group: list[Token]) -> bool:
    """Whether a list holds nothing but items, paragraphs and lists of the same kind."""
    parts = ("bullet_list", "ordered_list", "list_item", "paragraph", "inline")
    return all(token.type.startswith(parts) for token in group)


def _list_text(group: list[Token]) -> str:
    rows: list[str] = []
    depth, marker = 0, ""
    for token in group:
        if token.type.endswith("_list_open"):
            depth += 1
        elif token.type.endswith("_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup}" if token.info else "-"
        elif token.type == "inline":
            rows.append(f"{'  ' * (depth - 1)}{marker} {plain_text(token)}")
            # a second paragraph of the same item is only indented
            marker = " " * len(marker)
    return "\n".join(rows)


def plain_text(inline: Token) -> str:
    """Return a paragraph on one line: emphasis dropped, code in its backticks, a link with its address."""
    parts: list[str] = []
    addresses: list[str] = []
    for token in inline.children or ():
        if token.type == "link_open":
            addresses.append("" if token.markup == "autolink" else str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            address = addresses.pop()
            parts.append(f" ({address})" if address else "")
        else:
            parts.append(_inline_text(token))
    return "".join(parts).strip()


def _inline_text(token: Token) -> str:
    if token.type == "code_inline":
        return f"{token.markup}{token.content}{token.markup}"
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak":
        return "\n"
    if token.type == "html_inline" and token.content.startswith("<!--"):
        return ""
    return token.content
