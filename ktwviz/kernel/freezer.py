"""The freezer as of v4.4 (kernel/freezer.c, include/linux/freezer.h): before a suspend every task that agrees stops.

A scenario in which nobody freezes has no freezer, as a kernel without CONFIG_FREEZER: its tests cost no step then.
What freezer_lock guards is one step each.
"""

from __future__ import annotations

from typing import cast

from ktwviz.kernel.sched import (
    TASK_INTERRUPTIBLE,
    TASK_UNINTERRUPTIBLE,
    TaskStruct,
    current,
    might_sleep,
    schedule,
    set_current_state,
    this_task,
    try_to_wake_up,
)
from ktwviz.machine.language import inline, primitive, stepped
from ktwviz.machine.run import every, report, this_context
from ktwviz.machine.structs import Struct

CONFIG_FREEZER = 0
"""1 in a scenario whose tasks call freeze_kernel_threads()."""


class Freezer(Struct):
    """Whether kthreads are to be frozen now (system_freezing_cnt, pm_nosig_freezing)."""

    freezing: bool


# Defined by the machine.
system_freezer = cast("Freezer", None)


def _to_freeze(p: TaskStruct) -> bool:
    return any(freezer.freezing for freezer in every(Freezer)) and bool(p.freezable)


# For those who freeze -------------------------------------------------------------------------------------------


@stepped
def freeze_kernel_threads() -> None:
    """Begin to freeze; freeze_task() then tells each task."""
    system_freezer.freezing = True


@primitive
def freeze_task(p: TaskStruct) -> bool:
    """Wake a task that sleeps interruptibly, so that it notices; return False if it need not freeze or has done so."""
    if not _to_freeze(p) or p.frozen:
        return False
    try_to_wake_up(p, TASK_INTERRUPTIBLE)
    return True


@stepped
def thaw_kernel_threads() -> None:
    """Stop freezing; __thaw_task() then wakes each task."""
    system_freezer.freezing = False


@primitive
def __thaw_task(p: TaskStruct) -> None:
    """Wake a task that is frozen; another is left alone."""
    if p.frozen:
        try_to_wake_up(p, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE)


# For those who freeze when asked --------------------------------------------------------------------------------


@inline
def freezing(p: TaskStruct) -> bool:
    """Tell whether a task is asked to freeze. A kthread is only if it has called set_freezable()."""
    if not CONFIG_FREEZER:
        return False
    return system_freezer.freezing and p.freezable


@primitive
def become_frozen() -> bool:
    """Look once more whether to freeze, and count as frozen if so; both under freezer_lock."""
    task = this_task()
    asked = _to_freeze(task)
    if asked and not task.frozen:
        report("sleep", f"{this_context().name} freezes", task)
    task.frozen = asked
    return asked


@stepped
def __refrigerator() -> None:
    """Sleep until the freezer lets go."""
    save = current.state
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if not become_frozen():
            break
        schedule()
    set_current_state(save)


@inline
def try_to_freeze() -> bool:
    """Freeze if somebody asks for it. That is sleeping, so the task has to be in TASK_RUNNING."""
    if not CONFIG_FREEZER:
        return False
    might_sleep()
    if not freezing(current):
        return False
    __refrigerator()
    return True


@inline
def set_freezable() -> bool:
    """Say that this kthread freezes when it is asked to (it clears PF_NOFREEZE)."""
    if not CONFIG_FREEZER:
        return False
    current.freezable = True
    return try_to_freeze()
