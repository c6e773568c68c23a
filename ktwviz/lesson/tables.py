"""Typed reading of the TOML in a lesson: every value has a line in the file, every surprise a friendly message.

What does not belong here: which keys a block has; that is fields.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from ktwviz.errors import did_you_mean
from ktwviz.lesson.toml import read_toml
from ktwviz.lesson.troubles import Troubles
from ktwviz.values import dataclass

Word = TypeVar("Word", bound=str)

LONGEST_QUOTE = 40
"""How much of a wrong value an error repeats, in characters."""

MOST_DOTS = 100
"""Dots that a line may have outside of its texts: Python's parser takes a minute for a key of some thousand parts."""

_UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
"""Characters that steer a terminal or turn the direction of writing; a line break and a tab are fine."""

# these are given to `re` as texts: of most files it never has to compile them
_TEXT = r'"(?:[^"\\]|\\.)*"'
_PLAIN = re.compile(
    rf"(?P<key>[A-Za-z_]+) *= *(?:{_TEXT}|[0-9]+|\[(?:{_TEXT}(?:, *)?)*\]) *|\[\[(?P<header>[A-Za-z_]+)\]\] *"
)
"""A statement that stands on one line and needs no parser to be told from others, as nearly all of them do."""
_QUOTED = rf"{_TEXT}|'[^']*'"
_OPENED = r"[A-Za-z_]+ *= *\[ *\n"
"""The first line of a list that ends with a line of its own."""
_SEVERAL_LINES = ('"""', "'''")
"""What opens a text of several lines: in one of these a line may look like anything."""


@dataclass(frozen=True)
class Table:
    """A TOML table. `lines` tells where each key stands, `line` where the table opens.

    `parts` are the elements of those keys that hold a list of tables.
    """

    name: str
    values: Mapping[str, object]
    line: int
    lines: Mapping[str, int]
    parts: Mapping[str, tuple[Table, ...]]


def parse_table(name: str, text: str, line: int, troubles: Troubles) -> Table | None:
    """Read the TOML of a fence whose opening line is `line`; on bad syntax note a trouble and return None."""
    for number, one in enumerate(text.split("\n"), start=1):
        if one.count(".") > MOST_DOTS and re.sub(_QUOTED, "", one).count(".") > MOST_DOTS:
            troubles.add(
                line + number, f"`{name}` has a key of more than {MOST_DOTS} parts: keys have no dots here"
            )
            return None
    try:
        values = read_toml(text)
    # a number of 5,000 digits is a plain ValueError, a thousand brackets are a RecursionError
    except (ValueError, RecursionError) as error:
        troubles.add(line + _wrong_line(text, error), f"`{name}` is not valid TOML: {_reason(error)}")
        return None
    return _table(name, values, line, text)


def _parse_or_none(text: str) -> dict[str, object] | None:
    try:
        return read_toml(text)
    except (ValueError, RecursionError):
        return None


def _wrong_line(text: str, error: Exception) -> int:
    """Return the line of the TOML text, from 1, at which it goes wrong."""
    named = re.search(r"\(at line (\d+), column \d+\)", str(error))
    if named:
        return int(named[1])
    # "at end of document" helps nobody: what is not closed begins after the longest part that can be read
    lines = text.rstrip("\n").split("\n")
    readable = next(count for count in range(len(lines) - 1, -1, -1) if _is_readable(lines[:count]))
    return readable + 1


def _is_readable(lines: list[str]) -> bool:
    return _parse_or_none("\n".join(lines)) is not None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    reason = re.sub(r" \(at .*\)$", "", str(error))
    twice = re.fullmatch(r"Cannot declare \((.*?),?\) twice", reason)
    if twice:
        return f"[{twice[1].replace(chr(39), '').replace(', ', '.')}] stands in it twice; keep one"
    return _IN_PLAIN_WORDS.get(reason) or reason[:1].lower() + reason[1:]


_OPEN_TEXT = "a text does not end on its line: the quote after it is missing"
_IN_PLAIN_WORDS = {
    "Cannot overwrite a value": "this key stands in the block twice; keep one",
    "Invalid value": 'this value cannot be read; texts stand in quotes: key = "text"',
    "Illegal character '\\n'": _OPEN_TEXT,
    'Expected "\'"': _OPEN_TEXT,
    "Expected ']' at the end of a table declaration": "a ] is missing after the name of the table",
    "Expected newline or end of document after a statement": "something stands after the value; each key has "
    "a line of its own",
    "Unterminated string": "a text does not end: the quotes after it are missing",
    "Unclosed array": "a list does not end: its ] is missing",
    "Unclosed inline table": "a table does not end on its line: its } is missing",
}
"""What the reader of TOML says, and what that means to somebody who writes a file."""


def _statements(text: str) -> Iterator[tuple[int, bool, str]]:
    """Yield line (from 0), whether it is a header such as [[answer]], and first key of each statement.

    The text as a whole is known to be right, so a statement is complete as soon as it can be read by itself.
    """
    start, statement = 0, ""
    for index, line in enumerate(text.split("\n")):
        plain = _PLAIN.fullmatch(line) if not statement else None
        if plain is not None:
            yield index, plain["header"] is not None, plain["header"] or plain["key"]
            start = index + 1
            continue
        statement += line + "\n"
        if (
            re.match(_OPENED, statement)
            and line != "]"
            and not any(mark in statement for mark in _SEVERAL_LINES)
        ):
            continue
        parsed = _parse_or_none(statement)
        if parsed is None:
            continue
        if parsed:
            yield start, statement.lstrip().startswith("["), next(iter(parsed))
        start, statement = index + 1, ""


def _table(name: str, values: dict[str, object], line: int, text: str) -> Table:
    lines: dict[str, int] = {}
    headers: dict[str, list[tuple[int, dict[str, int]]]] = {}
    here = lines
    for index, is_header, key in _statements(text):
        place = line + 1 + index
        if is_header:
            lines.setdefault(key, place)
            here = {}
            headers.setdefault(key, []).append((place, here))
        else:
            here.setdefault(key, place)
    parts = {
        key: _parts(f"{name}, [[{key}]]", tables, headers.get(key, []), lines.get(key, line))
        for key, tables in values.items()
        if _is_list_of_tables(tables)
    }
    return Table(name, values, line, lines, parts)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def _parts(
    name: str, tables: object, headers: list[tuple[int, dict[str, int]]], line: int
) -> tuple[Table, ...]:
    assert isinstance(tables, list)
    if len(headers) != len(tables):
        # written on one line, answer = [{...}, {...}]: all of it stands where the key stands
        headers = [(line, {})] * len(tables)
    return tuple(
        Table(name, values, place, lines, {}) for values, (place, lines) in zip(tables, headers, strict=True)
    )


def describe(value: object) -> str:
    """Say in words what a TOML value is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {_shortened(value)!r}"
    if isinstance(value, int | float):
        return f"the number {_shortened(str(value))}"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    return "a date or time"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


class TableReader:
    """Takes typed values out of one table; notes a trouble for each that is missing, wrong or unknown.

    A value in trouble is replaced by an empty one, so that reading goes on and finds the next.
    """

    def __init__(self, table: Table, troubles: Troubles) -> None:
        self.table = table
        self._troubles = troubles
        self._asked: list[str] = []

    def report(self, key: str, message: str) -> None:
        """Note a trouble at the line of a key; at the opening of the table where the key is not there."""
        self._troubles.add(self.table.lines.get(key, self.table.line), message)

    def text(self, key: str, example: str) -> str:
        """Return a required text that is not blank."""
        if not self._has(key):
            self.report(key, f"`{self.table.name}` lacks {key!r}: write {example}")
            return ""
        text = self._checked_text(key, self.table.values[key], f"must be a text: write {example}")
        if text is not None and not text.strip():
            self.report(key, f"{key!r} of `{self.table.name}` is blank: write {example}")
        return text or ""

    def optional_text(self, key: str, example: str) -> str:
        """Return a text, or "" where the key is missing."""
        if not self._has(key):
            return ""
        return self._checked_text(key, self.table.values[key], f"must be a text: write {example}") or ""

    def texts(self, key: str, example: str) -> tuple[str, ...]:
        """Return a list of texts, none blank; () where the key is missing."""
        if not self._has(key):
            return ()
        values = self.table.values[key]
        if not isinstance(values, list):
            self._report_type(key, values, f"must be a list of texts: write {example}")
            return ()
        advice = f"must be a list of texts that are not blank: write {example}"
        texts = (self._checked_text(key, value, advice, blank_allowed=False) for value in values)
        return tuple(text for text in texts if text)

    def number(self, key: str, least: int, default: int | None = None) -> int:
        """Return a whole number of at least `least`; it is required where there is no default."""
        example = f"{key} = {max(least, 6)}"
        if not self._has(key):
            if default is None:
                self.report(key, f"`{self.table.name}` lacks {key!r}: write for example {example}")
            return default or least
        value = self.table.values[key]
        # a bool is an int to Python, not to an author
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self._report_type(
                key, value, f"must be a whole number from {least} on: write for example {example}"
            )
            return least
        return value

    def one_of(self, key: str, possible: tuple[Word, ...], default: Word | None = None) -> Word:
        """Return one of the possible words; the key is required where there is no default."""
        if default is not None and key not in self.table.values:
            self._asked.append(key)
            return default
        listed = ", ".join(possible)
        word = self.text(key, f'{key} = "{possible[0]}" (possible: {listed})')
        found = next((candidate for candidate in possible if candidate == word), None)
        if found is None and word.strip():
            self.report(key, f"{key} {word!r} is unknown{did_you_mean(word, possible)} (possible: {listed})")
        return found or possible[0]

    def tables(self, key: str) -> tuple[TableReader, ...]:
        """Return readers for the elements of a list of tables; () where the key is missing."""
        if not self._has(key):
            return ()
        if key not in self.table.parts:
            self._report_type(key, self.table.values[key], f"must be tables: write [[{key}]] before each one")
            return ()
        return tuple(TableReader(part, self._troubles) for part in self.table.parts[key])

    def known(self, key: str) -> None:
        """Say that a key is one, where its value is read without this reader."""
        self._asked.append(key)

    def close(self, outer: tuple[str, ...] = ()) -> None:
        """Note every key that nobody asked for; `outer` are the keys of the block around this table."""
        for key in self.table.values:
            if key in self._asked:
                continue
            if key in outer:
                self.report(
                    key,
                    f"{key!r} belongs to the block, not to `{self.table.name}`: write it above the first one",
                )
                continue
            possible = ", ".join(self._asked)
            guess = did_you_mean(key, self._asked)
            self.report(key, f"`{self.table.name}` has no key {key!r}{guess} (possible: {possible})")

    def _has(self, key: str) -> bool:
        self._asked.append(key)
        return key in self.table.values

    def _report_type(self, key: str, value: object, advice: str) -> None:
        self.report(key, f"{key!r} of `{self.table.name}` is {describe(value)}, but {advice}")

    def _checked_text(self, key: str, value: object, advice: str, blank_allowed: bool = True) -> str | None:
        if not isinstance(value, str) or (not blank_allowed and not value.strip()):
            self._report_type(key, value, advice)
            return None
        unsafe = unsafe_in(value)
        if unsafe:
            self.report(key, f"{key!r} of `{self.table.name}` holds {character_name(unsafe[0])}: remove it")
            return None
        return value


def unsafe_in(text: str) -> re.Match[str] | None:
    """Return the first character of a text that steers a terminal or turns the direction of writing."""
    # none of them is printable: in nearly every text there is nothing to look for
    return None if text.replace("\n", "").isprintable() else re.search(_UNSAFE, text)


def character_name(character: str) -> str:
    """Name a character that cannot be shown."""
    return f"the control character U+{ord(character):04X}"
