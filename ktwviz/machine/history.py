"""What happened in one step, as a value: the narration, the log, the lanes and the exports are made from these."""

from __future__ import annotations

from ktwviz.values import dataclass


@dataclass(frozen=True)
class Event:
    """A fact inside a step.

    `kind` is one of: lock, unlock, spin, wake, sleep, arm, disarm, fire, tick, enter, exit, alloc, free, warn, bug,
    oops, limit, done; "limit" is where the scenario ends, not the kernel: it has too few objects or threads to go on.
    `text` is a short sentence without a full stop. `about` is the path or name that it concerns.
    """

    kind: str
    text: str
    about: str = ""

    @property
    def bad(self) -> bool:
        """Whether this is a complaint of the kernel itself: WARN, BUG, oops."""
        return self.kind in ("warn", "bug", "oops")


@dataclass(frozen=True)
class Change:
    """One word that the step changed, with both values as text."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old} -> {self.new}"


@dataclass(frozen=True)
class Step:
    """One atomic step.

    `choice` is what was chosen ("1".."9" for a context, "t" for the tick). `context` is its name ("client", "clock"),
    `cpu` -1 for the clock. `function`, `file` and `line` say which line of code it belongs to; `access` is the step
    itself as text.
    """

    choice: str
    context: str
    cpu: int
    function: str
    file: str
    line: int
    access: str
    changes: tuple[Change, ...]
    events: tuple[Event, ...]
