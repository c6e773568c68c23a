"""One atomic step while it is being worked out: what it reads, what it writes, and what it reports.

A step is a function of the words that it reads. Everything that runs inside a step goes through the `Run` in hand,
which notes the reads; `tree.py` memoises the outcome by them.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from ktwviz.machine.history import Event
from ktwviz.machine.structs import Struct, Time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ktwviz.machine.context import Context
    from ktwviz.machine.memory import Word


_S = TypeVar("_S", bound=Struct)

LONGEST_BUFFER = 4
"""Stores that wait in a CPU's buffer at most; a real one has some dozens, and races need one or two."""


class Blocked(Exception):
    """The step may not run now. `word`, or `slot` of the state, is what has to change first, where it is known."""

    def __init__(
        self, status: str, reason: str, word: Word | None = None, *, slot: int | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.word = word
        self.slot = slot


class Fault(Exception):
    """The context cannot go on: BUG, NULL pointer, freed memory, no room left. `kind` is that of the event."""

    def __init__(self, kind: str, text: str, about: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.about = about


class Run:
    """One step at work on one state; the state itself is never changed."""

    __slots__ = (
        "buffer",
        "buffered",
        "context",
        "events",
        "last_read",
        "machine",
        "reads",
        "seen",
        "state",
        "writes",
    )

    def __init__(self, state: Sequence[Any], machine: Any, context: Context | None) -> None:
        self.state = state
        self.machine = machine
        self.context = context
        self.seen: dict[int, Any] = {}
        self.reads: list[tuple[int, Any]] = []
        self.writes: dict[int, Any] = {}
        self.events: list[Event] = []
        self.last_read: Word | None = None
        self.buffer = -1 if machine is None or context is None else machine.buffers.get(context.cpu, -1)
        self.buffered = False

    def at(self, index: int) -> Any:
        """Read the slot at an index of the state; noted once, and a step sees its own writes."""
        if index in self.writes:
            return self.writes[index]
        if index in self.seen:
            return self.seen[index]
        value = self.seen[index] = self.state[index]
        self.reads.append((index, value))
        return value

    def read(self, word: Word) -> Any:
        """Read a word as this CPU sees it; a freed one faults.

        Under TSO the CPU's own newest store in its buffer comes before memory.
        """
        self._check_life(word)
        self.last_read = word
        if word.index < 0:
            return word.constant
        if self.buffer >= 0:
            for index, value in reversed(self.at(self.buffer)):
                if index == word.index:
                    return value
        return self.at(word.index)

    def write(self, word: Word, value: Any) -> None:
        """Write a word; a freed one faults. Booleans are stored as 0 and 1; any other number in a bool is 1, as in C.

        A plain store goes to the CPU's store buffer, where there is one.
        """
        self._check_life(word)
        if value is True or value is False:
            value = int(value)
        if word.kind == "bool" and isinstance(value, int):
            value = int(value != 0)
        if word.kind == "time":
            value = Time(value)
        if word.index < 0:
            if value == word.constant:
                return
            if self.context is None:
                raise Fault("oops", f"a question cannot change {word.path}")
            raise AssertionError(f"{word.path} was laid out as a constant, and is written")
        if self.buffered and self.buffer >= 0 and not word.local:
            self._store_later(word.index, value)
        else:
            self.writes[word.index] = value

    def _store_later(self, index: int, value: Any) -> None:
        waiting = self.at(self.buffer)
        if len(waiting) >= LONGEST_BUFFER:
            raise Blocked("waits", "the store buffer is full: something in it has to drain first")
        self.writes[self.buffer] = (*waiting, (index, value))

    def drain(self) -> None:
        """Carry out everything in this CPU's store buffer, as a locked operation and a full barrier do."""
        if self.buffer >= 0 and self.at(self.buffer):
            for index, value in self.at(self.buffer):
                self.writes[index] = value
            self.writes[self.buffer] = ()

    def drain_into(self, indices: Collection[int]) -> None:
        """Carry out this CPU's stores up to the last one into any of these words, in their order."""
        waiting = self.at(self.buffer) if self.buffer >= 0 else ()
        last = max((place for place, (index, _) in enumerate(waiting) if index in indices), default=-1)
        for index, value in waiting[: last + 1]:
            self.writes[index] = value
        if last >= 0:
            self.writes[self.buffer] = waiting[last + 1 :]

    def _check_life(self, word: Word) -> None:
        life = word.life
        if life is None or life.index < 0:
            return
        now = self.at(life.index)
        if now != 1:
            was = "freed memory" if now else "memory that was never allocated"
            raise Fault("oops", f"access to {was}: {word.path}", life.path)


_in_hand: ContextVar[Run] = ContextVar("_in_hand")
"""The step in hand: each thread has its own, for a search may run beside the player."""


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Make `run` the one that primitives read and write, in this thread."""
    before = _in_hand.set(run)
    try:
        yield
    finally:
        _in_hand.reset(before)


def current() -> Run:
    """Return the step in hand; only primitives ask."""
    return _in_hand.get()


# What a primitive may use ---------------------------------------------------------------------------------------


def wait_until(condition: object, reason: str, status: str = "waits") -> None:
    """Let the step run only where the condition holds; else `reason` is what the screen says.

    The last word that the guard read counts as the one that has to change.
    """
    if not condition:
        raise Blocked(status, reason, current().last_read)


def locked() -> None:
    """Say that this step is a locked operation after all: the store buffer drains, and its writes are at once."""
    current().drain()
    current().buffered = False


def report(kind: str, text: str, about: object = "") -> None:
    """Add a fact to what happened in this step (see `history.Event` for the kinds)."""
    current().events.append(Event(kind, text, str(about)))


def this_context() -> Context:
    """Return the context whose step this is."""
    context = current().context
    if context is None:
        raise Fault("oops", "only code that runs on a CPU can do this, a question cannot")
    return context


def this_cpu() -> Any:
    """Return the CPU on which this step runs (a `cpu.Cpu` struct)."""
    return current().machine.cpus[this_context().cpu]


def every(struct: type[_S]) -> tuple[_S, ...]:
    """Return all addresses of structs of one type, in the order of declaration."""
    found: tuple[_S, ...] = current().machine.every(struct)
    return found


def peek(pointer: object, field: str) -> Any:
    """Read a word whether its object is alive or not: what hardware does that has the address already."""
    word = pointer._members[field]  # type: ignore[attr-defined]  # a Handle; see memory.py
    return word.constant if word.index < 0 else current().at(word.index)


def let_through(pointer: object, field: str) -> None:
    """Let this CPU's stores into a word reach memory, and those before it: hardware looks at it from now on."""
    current().drain_into({pointer._members[field].index})  # type: ignore[attr-defined]  # a Handle; see memory.py


def poke(pointer: object, field: str, value: Any) -> None:
    """Write a word whether its object is alive or not, as hardware does; no store buffer holds it up."""
    word = pointer._members[field]  # type: ignore[attr-defined]  # a Handle; see memory.py
    current().writes[word.index] = value
