"""Reads the Markdown that lessons are mostly written in, without the library, whose import alone takes longer.

It knows few forms, those of which it is sure: headings, closed fences, paragraphs, and lists of single lines; within
them code, emphasis and addresses in the simplest spelling. In anything else, anywhere in the text, the whole text is
left to the library; `tests/lesson/test_plain.py` compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ktwviz.lesson.blocks import Block, Fence, Heading, Prose

_ODD = "[^\n -~\u2010-\u2027\u00c0-\u00ff]"
"""Characters that this reader does not know: tabs, control characters, most of what is not ASCII."""
_FENCE = re.compile("```([A-Za-z][A-Za-z0-9 .-]*)?")
_FENCE_END = re.compile(" {0,3}`{3,} *")
_HEADING = re.compile("(#{1,6}) ([^ #](?:[^#]*[^ #])?)")
_START = "(?:[A-Za-z(\"'`]|<(?=https://)|[*]{1,2}(?=[A-Za-z0-9])|[0-9]+(?![0-9.)]))"
_TEXT = re.compile(f"{_START}[^ ]*(?: +[^ ]+)*")
"""A line that goes on with a paragraph, whatever it stands in, and begins nothing else."""
_CODE = re.compile("[^` \\n](?:[^`]*[^` \\n])?")
_ADDRESS = "<(https://[a-z0-9][a-z0-9.-]*[a-z0-9]/[A-Za-z0-9/._@-]*)>"
_EMPHASIS = "(?<![^ (])([*]{1,2})([A-Za-z0-9](?:[A-Za-z0-9 ,'-]*[A-Za-z0-9])?)\\1(?![^ .,;:)?])"
_UNSURE = re.compile("[]*<>&|~\\\\[]|  |(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


class _Unsure(Exception):
    """The text holds something that needs the library."""


def read_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text without carriage returns, in order."""
    found = plain_blocks(text)
    if found is None:
        from ktwviz.lesson.markdown import parsed_blocks  # noqa: PLC0415  # slow to import, and seldom needed

        found = parsed_blocks(text)
    return found


def plain_blocks(text: str) -> tuple[Block, ...] | None:
    """Return the blocks of a text that holds the known forms alone, None for any other."""
    try:
        return tuple(_Reader(text).blocks())
    except _Unsure:
        return None


def plain_words(text: str) -> str | None:
    """Return a text of words and code alone in one row, code between backticks; None for any other."""
    if text != text.strip() or "*" in text or "<" in text:
        return None
    try:
        return _inline(text)
    except _Unsure:
        return None


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.at = 0
        self.found: list[Block] = []

    def blocks(self) -> list[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line:
                self.at += 1
            elif line.startswith("```"):
                self.fence(line)
            elif line.startswith("#"):
                self.heading(line)
            elif line.startswith("- "):
                self.list()
            else:
                self.paragraph()
        return self.found

    def fence(self, line: str) -> None:
        opening = _FENCE.fullmatch(line)
        start = self.at
        end = next(
            (n for n in range(start + 1, len(self.lines)) if _FENCE_END.fullmatch(self.lines[n])), None
        )
        if opening is None or end is None:
            raise _Unsure
        inside = self.lines[start + 1 : end]
        if any("\0" in row for row in inside):
            raise _Unsure
        text = "".join(f"{row}\n" for row in inside)
        source = "\n".join(self.lines[start : end + 1]).rstrip()
        info = (opening[1] or "").strip()
        self.found.append(Fence(info, text, start + 1, source, nested=False, closed=True))
        self.at = end + 1

    def heading(self, line: str) -> None:
        parts = _HEADING.fullmatch(line)
        if parts is None:
            raise _Unsure
        self.found.append(Heading(len(parts[1]), _inline(parts[2]), self.at + 1))
        self.at += 1

    def paragraph(self) -> None:
        start = self.at
        rows = self.rows(start)
        self.found.append(Prose(_inline("\n".join(rows)), start + 1))
        self.at = start + len(rows)

    def rows(self, start: int) -> list[str]:
        """Return the lines of a paragraph, which ends before an empty line, a fence or a heading."""
        end = start
        while end < len(self.lines) and self.lines[end] and not self.lines[end].startswith(("```", "#")):
            if not _TEXT.fullmatch(self.lines[end]):
                raise _Unsure
            end += 1
        return self.lines[start:end]

    def list(self) -> None:
        start = self.at
        end = next((n for n in range(start, len(self.lines)) if not self.lines[n]), len(self.lines))
        items = [row.removeprefix("- ") for row in self.lines[start:end]]
        following = next((row for row in self.lines[end:] if row), "")
        whole = all(row.startswith("- ") for row in self.lines[start:end])
        if not whole or following[:1] in (" ", "-") or not all(map(_TEXT.fullmatch, items)):
            raise _Unsure
        self.found.append(Prose("\n".join(f"- {_inline(item)}" for item in items), start + 1))
        self.at = end


def _inline(text: str) -> str:
    """Return what `markdown.plain_text` makes of a text whose marks are all known."""
    if _is_odd(text):
        raise _Unsure
    parts = text.split("`")
    if len(parts) % 2 == 0:
        raise _Unsure
    return "".join(
        _code(part) if at % 2 else _words(part, parts, at) for at, part in enumerate(parts)
    ).strip()


def _is_odd(text: str) -> bool:
    # nearly every text is plain, and is seen to be so without a pattern
    return not (text.isascii() and text.replace("\n", "").isprintable()) and bool(re.search(_ODD, text))


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise _Unsure
    return "`" + text.replace("\n", " ") + "`"


def _words(text: str, parts: Sequence[str], at: int) -> str:
    text = text.replace("\n", " ")
    if not text and 0 < at < len(parts) - 1:
        raise _Unsure  # two backticks side by side
    if "<" in text:
        text = re.sub(_ADDRESS, r"\1", text)
    if "*" in text:
        text = re.sub(_EMPHASIS, r"\2", text)
    if _UNSURE.search(text):
        raise _Unsure
    return text
