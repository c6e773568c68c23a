"""Reads TOML in the plain forms that lessons are written in, without the library, whose import alone takes longer.

It knows few forms, those of which it is sure: texts in plain quotes on one line, texts of several lines, whole numbers,
lists of texts, and [[tables]]. In anything else, anywhere in the text, the whole text is left to the library;
`tests/lesson/test_toml.py` compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TEXT = '"[^"\\\\\0-\x1f\x7f]*"'
_STATEMENT = re.compile(
    f"(?P<key>[A-Za-z_-]+) = (?:(?P<text>{_TEXT})|(?P<number>0|[1-9][0-9]{{0,15}})"
    f"|\\[(?P<list>(?:{_TEXT}(?:, {_TEXT})*)?)\\]|(?P<several>\\[|\"\"\"|''')) *"
    "|\\[\\[(?P<table>[A-Za-z_-]+)\\]\\] *|(?P<nothing> *(?:#[^\0-\x1f\x7f]*)?)"
)
_ITEM = f" *(?P<text>{_TEXT})(?P<comma>,?) *"
_ODD = "[\0-\x09\x0b-\x1f\x7f\\\\]"
"""What a text of several lines may not hold to be sure of it."""


class _Unsure(Exception):
    """The text holds something that needs the library."""


def read_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds. Raises ValueError or RecursionError where it is none, as the library does."""
    found = plain_toml(text)
    if found is None:
        import tomllib  # noqa: PLC0415  # slow to import, and seldom needed

        found = tomllib.loads(text)
    return found


def plain_toml(text: str) -> dict[str, Any] | None:
    """Return what a text of the known forms alone holds, None for any other."""
    whole: dict[str, Any] = {}
    table = whole
    opened: set[str] = set()
    lines = iter(text.split("\n"))
    try:
        for line in lines:
            found = _STATEMENT.fullmatch(line)
            if found is None:
                return None
            if found["table"]:
                if found["table"] in whole and found["table"] not in opened:
                    return None
                opened.add(found["table"])
                table = {}
                whole.setdefault(found["table"], []).append(table)
            elif found["key"]:
                if found["key"] in table:
                    return None
                table[found["key"]] = _value(found, lines)
    except _Unsure:
        return None
    return whole


def _value(found: re.Match[str], lines: Iterator[str]) -> Any:
    if found["text"] is not None:
        return found["text"][1:-1]
    if found["number"] is not None:
        return int(found["number"])
    if found["list"] is not None:
        return re.findall('"([^"]*)"', found["list"])
    return _items(lines) if found["several"] == "[" else _long_text(found["several"], lines)


def _items(lines: Iterator[str]) -> list[str]:
    """Return the texts of a list, each on a line of its own, up to the line that closes it."""
    items: list[str] = []
    comma = True
    for line in lines:
        if line.rstrip(" ") == "]":
            return items
        found = re.fullmatch(_ITEM, line)
        if found is None or not comma:
            break
        items.append(found["text"][1:-1])
        comma = bool(found["comma"])
    raise _Unsure


def _long_text(quotes: str, lines: Iterator[str]) -> str:
    """Return a text that begins on the line after its quotes and ends before the line that is quotes alone."""
    rows: list[str] = []
    for line in lines:
        if line == quotes:
            return "".join(f"{row}\n" for row in rows)
        if quotes[0] * 2 in line or re.search(_ODD, line):
            break
        rows.append(line)
    raise _Unsure
