"""A context: a task, a softirq or a hardirq of one CPU."""

from __future__ import annotations

from typing import Any

from ktwviz.machine.snapshot import Kind
from ktwviz.values import dataclass


@dataclass(frozen=True, eq=False)
class Context:
    """Something that runs code on a CPU.

    `number` is its key on the screen (1-9), `slot` the place of its local state in the machine's state. `entry` is
    the stepped function it runs, with `arguments`. `task` is the task_struct of a task. `guard` is the primitive that
    says when an interrupt may come, None for a task. `spare` marks a task that exists only once somebody creates it.
    `balanced` is the name of the function in an interrupt that has to return with the preempt_count it was called with.
    """

    number: int
    name: str
    kind: Kind
    cpu: int
    slot: int
    entry: Any
    arguments: tuple[Any, ...]
    task: Any = None
    guard: Any = None
    spare: bool = False
    balanced: str = ""

    def __str__(self) -> str:
        return f"{self.name} on CPU{self.cpu}"
