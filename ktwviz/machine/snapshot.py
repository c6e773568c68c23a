"""A state as people read it: typed, named, frozen. Made by `Machine.snapshot`, changed by nobody."""

from __future__ import annotations

from typing import Literal

from ktwviz.values import dataclass

Kind = Literal["task", "softirq", "hardirq"]
Status = Literal["ready", "spins", "waits", "sleeps", "held back", "off", "done", "dead"]


@dataclass(frozen=True)
class Place:
    """One function on a context's call stack, and the line in it that runs next.

    `line` is a line number of `file`; `source` holds the function's text, `first_line` the number of its first line.
    `folded` functions (list and lock helpers) count as part of their caller's line unless single accesses are shown.
    """

    function: str
    file: str
    line: int
    first_line: int
    source: tuple[str, ...]
    folded: bool
    locals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ContextView:
    """A task, softirq or hardirq: where it is and why it may not run.

    `number` is what the learner presses (1-9). `reason` is empty for a ready context, else a full sentence.
    `blocked_on` is the path of the word that blocks it ("worker.lock.owner"), where there is one.
    `next_access` is the atomic step that comes next, as text ("load worker.current_work"), empty if none.
    `stack` is outermost first.
    """

    number: int
    name: str
    kind: Kind
    cpu: int
    status: Status
    reason: str
    blocked_on: str
    next_access: str
    stack: tuple[Place, ...]

    @property
    def title(self) -> str:
        """How sentences call it: "client on CPU0"."""
        return f"{self.name} on CPU{self.cpu}"

    def place(self, *, single: bool = False) -> Place | None:
        """Return the innermost place that is shown; folded ones count only where `single` accesses are shown."""
        shown = [place for place in self.stack if single or not place.folded]
        return shown[-1] if shown else (self.stack[-1] if self.stack else None)


@dataclass(frozen=True)
class CpuView:
    """One CPU: what runs on it and what may interrupt it. `flags` are ftrace's letters, for example "d.s1".

    `waiting` are the stores in its buffer, oldest first, as text ("kworker.state = 1"). `interrupted` are the numbers
    of the hardirqs that lie under another one, outermost first.
    """

    number: int
    irqs_off: bool
    preempt_count: int
    in_softirq: bool
    in_hardirq: bool
    flags: str
    waiting: tuple[str, ...] = ()
    interrupted: tuple[int, ...] = ()


@dataclass(frozen=True)
class FieldView:
    """One word of memory: its path ("dwork.work.worker") and its value as text ("worker", "NULL", "3")."""

    path: str
    text: str


@dataclass(frozen=True)
class ObjectView:
    """One object: its words in order, and its life ("live", "freed", "not allocated")."""

    name: str
    struct: str
    life: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class Snapshot:
    """The whole machine at one moment. `time` counts jiffies since the start of the scenario."""

    time: int
    cpus: tuple[CpuView, ...]
    contexts: tuple[ContextView, ...]
    objects: tuple[ObjectView, ...]

    def context(self, number: int) -> ContextView:
        """Return the context with this number; raises KeyError."""
        for context in self.contexts:
            if context.number == number:
                return context
        raise KeyError(number)
