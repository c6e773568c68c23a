"""The text form of a schedule: which context took each atomic step, and of which lesson that tells.

A key is one choice of the scheduler: the digit of a context as it is numbered on screen, or t for a tick. Runs of the
same key carry their length: `1*4.t.2*3` is four steps of context 1, a tick, three steps of context 2. A token is a
schedule with the lesson that it was played in: `kt1/timer-window@3f2a/1*4.t.2*3`.

What does not belong here: whether a schedule can be played; the machine knows that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from ktwviz.errors import ScheduleError
from ktwviz.values import dataclass

VERSION = "kt1"

EMPTY = "-"
"""How a schedule without steps is written."""

LONGEST_SCHEDULE = 10_000
"""In steps; a lesson takes some dozens. It keeps a mistyped run length from filling the memory."""

KEYS = frozenset("123456789tabcd")
EXAMPLE = f"{VERSION}/timer-window@3f2a/1*4.t.2*3"
WHAT_KEYS_ARE = (
    "expected a digit from 1 to 9 for a context, t for a tick, a to d for a store that reaches memory"
)
# compiled at first use, to which most commands do not come
NAME = "[a-z0-9-]+"
MEMORY = "sc|tso"
DIGEST = "[0-9a-f]{4}"
LENGTH = "[0-9]+"


@dataclass(frozen=True)
class Token:
    """A schedule and the lesson it belongs to.

    `digest` is four hexadecimal digits of what the lesson runs, to tell whether it has changed since. `rule` is the
    rule in force if that is not the lesson's own, `memory` the order of memory ("sc", "tso") if that is not, else "".
    Raises ScheduleError for parts that no token can hold.
    """

    lesson: str
    digest: str
    keys: tuple[str, ...]
    rule: str = ""
    memory: str = ""

    def __post_init__(self) -> None:
        _check(NAME, self.lesson, f"the lesson {self.lesson!r} is no id: ids are made of a-z, 0-9 and -")
        _check(DIGEST, self.digest, f"the digest {self.digest!r} is not four digits of 0-9 and a-f")
        if self.memory:
            _check(MEMORY, self.memory, f"the memory {self.memory!r} is neither sc nor tso")
        if self.rule:
            _check(NAME, self.rule, f"the rule {self.rule!r} is no name: names are made of a-z, 0-9 and -")
        compress(self.keys)

    def __str__(self) -> str:
        rule = f"+{self.rule}" if self.rule else ""
        memory = f"+memory={self.memory}" if self.memory else ""
        return f"{VERSION}/{self.lesson}{rule}{memory}@{self.digest}/{compress(self.keys)}"

    @classmethod
    def parse(cls, text: str) -> Token:
        """Read a token; white space in it, as a wrapped line leaves it, does not matter.

        Raises ScheduleError with the position, in characters from 1, of what is wrong.
        """
        reader = _Reader(text)
        _read_version(reader)
        lesson = reader.take(NAME, "the id of a lesson, made of a-z, 0-9 and -")
        memory = _read_memory(reader)
        rule = reader.take(NAME, "the name of a rule, made of a-z, 0-9 and -") if reader.skip("+") else ""
        memory = memory or _read_memory(reader)
        reader.need("@", f"'@' and the digest of the lesson, as in {EXAMPLE}")
        digest = reader.take(DIGEST, "a digest of four digits, 0-9 and a-f")
        reader.need("/", f"'/' and the steps, as in {EXAMPLE}")
        return cls(lesson, digest, _read_keys(reader), rule, memory)


def compress(keys: Iterable[str]) -> str:
    """Return the text of a schedule; raise ScheduleError for keys that are none, or too many."""
    keys = tuple(keys)
    for position, key in enumerate(keys, start=1):
        if key not in KEYS:
            raise ScheduleError(f"step {position} is {key!r}: {WHAT_KEYS_ARE}")
    if len(keys) > LONGEST_SCHEDULE:
        raise ScheduleError(f"the schedule has {len(keys):,} steps: {_limit()}")
    runs = ((key, sum(1 for _ in run)) for key, run in groupby(keys))
    return ".".join(f"{key}*{length}" if length > 1 else key for key, length in runs) or EMPTY


def expand(text: str) -> tuple[str, ...]:
    """Return the keys of a schedule's text; raise ScheduleError with the position of what is wrong."""
    return _read_keys(_Reader(text))


def _check(pattern: str, text: str, message: str) -> None:
    if not re.fullmatch(pattern, text):
        raise ScheduleError(message)


def _limit() -> str:
    return f"a schedule has at most {LONGEST_SCHEDULE:,}"


class _Reader:
    """Reads a text from left to right and knows where it stands, white space left out but counted."""

    def __init__(self, text: str) -> None:
        kept = [
            (place, character) for place, character in enumerate(text, start=1) if not character.isspace()
        ]
        self.text = "".join(character for _, character in kept)
        self.at = 0
        self._places = [*(place for place, _ in kept), len(text) + 1]

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def skip(self, sign: str) -> bool:
        if not self.rest.startswith(sign):
            return False
        self.at += len(sign)
        return True

    def need(self, sign: str, expected: str) -> None:
        if not self.skip(sign):
            raise self.error(f"{self._found()}; expected {expected}")

    def take(self, pattern: str, expected: str) -> str:
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            raise self.error(f"{self._found()}; expected {expected}")
        self.at = found.end()
        return found[0]

    def error(self, message: str, at: int | None = None) -> ScheduleError:
        place = self._places[self.at if at is None else at]
        return ScheduleError(f"at character {place}: {message}")

    def _found(self) -> str:
        return f"found {self.rest[0]!r}" if self.rest else "the text ends here"


def _read_version(reader: _Reader) -> None:
    version = re.match("kt([0-9]+)/", reader.text)
    if version is None:
        raise reader.error(f"this is no token: expected {VERSION}/, as in {EXAMPLE}")
    if version[0] != f"{VERSION}/":
        raise reader.error(
            f"the token is of version kt{version[1]}, this program reads {VERSION}: update ktwviz"
        )
    reader.skip(version[0])


def _read_memory(reader: _Reader) -> str:
    return reader.take(MEMORY, '"sc" or "tso"') if reader.skip("+memory=") else ""


def _read_keys(reader: _Reader) -> tuple[str, ...]:
    """Read the steps up to the end of the text."""
    if reader.rest == EMPTY:
        return ()
    keys: list[str] = []
    while True:
        key, length = _read_run(reader, LONGEST_SCHEDULE - len(keys))
        keys += [key] * length
        if not reader.rest:
            return tuple(keys)
        reader.need(".", "'.' between two steps, as in 1*4.t.2")


def _read_run(reader: _Reader, room: int) -> tuple[str, int]:
    key = reader.rest[:1]
    if not key:
        raise reader.error(f"the text ends here; expected a step ({EMPTY} alone is a schedule without steps)")
    if key not in KEYS:
        raise reader.error(f"{key!r} is no step; {WHAT_KEYS_ARE}")
    reader.skip(key)
    if not reader.skip("*"):
        return _checked_run(reader, key, "1", room, reader.at - 1)
    start = reader.at
    digits = reader.take(LENGTH, "a run length, as in 1*4")
    return _checked_run(reader, key, digits, room, start)


def _checked_run(reader: _Reader, key: str, digits: str, room: int, start: int) -> tuple[str, int]:
    digits = digits.lstrip("0")
    if not digits:
        raise reader.error("a run of 0 steps; expected a length from 1 on", at=start)
    # the length is compared first: int() refuses thousands of digits
    if len(digits) > len(str(LONGEST_SCHEDULE)) or int(digits) > room:
        raise reader.error(f"too many steps; {_limit()}", at=start)
    return key, int(digits)
