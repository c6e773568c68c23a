"""The past and the recorded future as columns, one for each atomic step. Made once a step, then only read."""

from collections.abc import Callable, Mapping
from itertools import pairwise

from ktwviz.kernel.picture import DANGLING, Picture, WorkView
from ktwviz.machine.history import Step
from ktwviz.machine.snapshot import ContextView, Status
from ktwviz.values import dataclass, field


@dataclass(frozen=True)
class Column:
    """One atomic step, and how contexts, locks and works stand after it. Contexts go by number, the rest by name.

    `works` tells of each work "idle", "armed", "expired", "fired", "queued", "dangling", or "current" where a worker
    has it in `current_work`: it calls its function soon, or has called it.
    """

    step: Step
    statuses: Mapping[int, Status]
    owners: Mapping[str, int | None]
    time: int
    works: Mapping[str, str] = field(default_factory=dict)

    @property
    def ran(self) -> int | None:
        """Number of the context that made the step; None for the clock."""
        return int(self.step.choice) if self.step.choice.isdigit() else None


def column_of(step: Step, picture: Picture) -> Column:
    """Return the column of a step and the picture after it."""
    return Column(
        step=step,
        statuses={context.number: context.status for context in picture.machine.contexts},
        owners={lock.name: lock.owner for lock in picture.locks},
        time=picture.machine.time,
        works={work.name: work_state(work, picture) for work in picture.works},
    )


def work_state(work: WorkView, picture: Picture) -> str:
    """Return in one word what has become of a work."""
    if work.node == DANGLING:
        return "dangling"
    if not work.node.startswith("self"):
        return "queued"
    if any(worker.current_work == work.name for worker in picture.workers):
        return "current"
    timer = next((timer for timer in picture.timers if work.delayed and timer.name == work.timer), None)
    if timer is None or timer.state == "idle":
        return "idle"
    return {"pending": "armed", "expired": "expired"}.get(timer.state, "fired")


class Track:
    """The columns of a walk; those of steps that did not change since the last look are kept."""

    def __init__(self, picture: Callable[[int], Picture]) -> None:
        self._picture = picture
        self._columns: list[Column] = []

    def columns(self, steps: tuple[Step, ...]) -> tuple[Column, ...]:
        """Return one column for each of the steps."""
        known = 0
        for column, step in zip(self._columns, steps, strict=False):
            if column.step is not step and column.step != step:
                break
            known += 1
        del self._columns[known:]
        for number, step in enumerate(steps[known:], known + 1):
            self._columns.append(column_of(step, self._picture(number)))
        return tuple(self._columns)


def decisions(columns: tuple[Column, ...]) -> frozenset[int]:
    """Return the steps after which somebody else went on though the one before could have."""
    pairs = enumerate(pairwise(columns), 1)
    return frozenset(
        step
        for step, (before, after) in pairs
        if before.ran not in (None, after.ran) and before.statuses.get(before.ran or 0) == "ready"
    )


def ever_active(columns: tuple[Column, ...], contexts: tuple[ContextView, ...]) -> tuple[ContextView, ...]:
    """Return the contexts that a lane is worth: all tasks, and interrupts that ran or run."""
    ran = {column.ran for column in columns}
    return tuple(
        context
        for context in contexts
        if context.kind == "task" or context.number in ran or context.status != "off"
    )
