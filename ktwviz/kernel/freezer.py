"""The freezer (kernel/freezer.c, include/linux/freezer.h): before a suspend every task that agrees stops where it is.

A scenario in which nobody freezes has no freezer, as a kernel without CONFIG_FREEZER: its tests cost no step then.
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
    wake_up_process,
    wake_up_state,
)
from ktwviz.machine.language import inline, stepped
from ktwviz.machine.structs import Struct

CONFIG_FREEZER = 0
"""1 in a scenario whose tasks call freeze_kernel_threads()."""


class Freezer(Struct):
    """Whether tasks are to be frozen now (system_freezing_cnt, pm_freezing)."""

    freezing: bool


# Defined by the machine.
system_freezer = cast("Freezer", None)


# For those who freeze -------------------------------------------------------------------------------------------


@stepped
def freeze_kernel_threads() -> None:
    """Begin to freeze; freeze_task() then tells each task."""
    system_freezer.freezing = True


@stepped
def freeze_task(p: TaskStruct) -> None:
    """Wake a task that sleeps interruptibly, so that it notices."""
    wake_up_state(p, TASK_INTERRUPTIBLE)


@stepped
def thaw_kernel_threads() -> None:
    """Stop freezing; __thaw_task() then wakes each task."""
    system_freezer.freezing = False


@stepped
def __thaw_task(p: TaskStruct) -> None:
    """Wake a frozen task."""
    wake_up_process(p)


# For those who freeze when asked --------------------------------------------------------------------------------


@inline
def freezing(p: TaskStruct) -> bool:
    """Tell whether a task is asked to freeze. A kthread is only if it has called set_freezable()."""
    if not CONFIG_FREEZER:
        return False
    return system_freezer.freezing and p.freezable


@stepped
def __refrigerator() -> None:
    """Sleep until the freezer lets go."""
    save = current.state
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if not freezing(current):
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
