"""Sleeping and waking (kernel/sched/core.c), completions (kernel/sched/completion.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ktwviz.machine import cpu
from ktwviz.machine.automaton import LocalState, argument_of
from ktwviz.machine.language import (
    Special,
    inline,
    primitive,
    primitive_observed,
    primitive_of,
    primitive_part_of,
)
from ktwviz.machine.run import Fault, report, this_context, this_cpu, wait_until
from ktwviz.machine.structs import Embedded, Struct

TASK_RUNNING = 0
TASK_INTERRUPTIBLE = 1
TASK_UNINTERRUPTIBLE = 2


class Completion(Struct):
    """Something that a task waits for. `done` counts how many may pass."""

    done: int


class TaskStruct(cpu.Task):
    """A task (include/linux/sched.h), and what kernel/kthread.c keeps for a kthread."""

    threadfn: Callable[[Any], int]
    data: object
    should_stop: bool
    freezable: bool
    frozen: bool
    exit_code: int
    exited: Embedded[Completion]


current = cast(TaskStruct, Special("current"))
jiffies = cast(int, Special("jiffies"))


def this_task() -> Any:
    """Return the task_struct of the running task, as part of a primitive that makes it wait; an interrupt cannot."""
    task = this_context().task
    if task is None:
        raise Fault("bug", f"BUG: scheduling while atomic: {this_context()} is an interrupt")
    return task


@primitive
def set_current_state(state: int) -> None:
    """Say that this task is about to sleep. The store and the full barrier after it are one instruction (xchg)."""
    this_task().state = state


@inline
def __set_current_state(state: int) -> None:
    """The same without the barrier."""
    current.state = state


@primitive_part_of("schedule")
def __schedule() -> bool:
    """Leave the CPU if the state says so and nobody has woken the task since; return whether it was left.

    A task in TASK_RUNNING just goes on: whether another one gets the CPU first is the scheduler's choice anyway. It
    has no right to ask with preemption off either (schedule_debug()).
    """
    task = this_task()
    if this_cpu().preempt_count:
        report("warn", "BUG: scheduling while atomic", task)
    if task.state == TASK_RUNNING:
        return False
    cpu.leave_runqueue(task)
    report("sleep", f"{this_context().name} sleeps", task)
    return True


@primitive_of("local")
def finish_task_switch() -> None:
    """Go on after a sleep. Who sleeps stands here until somebody wakes it."""


@inline
def schedule() -> None:
    """Sleep if the state says so, until somebody calls wake_up_process()."""
    if __schedule():
        finish_task_switch()


def try_to_wake_up(task: TaskStruct, *states: int) -> bool:
    """Make a task runnable that sleeps in one of these states, as part of a primitive; return whether it did."""
    if task.state not in states:
        return False
    task.state = TASK_RUNNING
    task.on_rq = True
    report("wake", f"{this_context().name} wakes {task}", task)
    return True


@primitive
def wake_up_process(task: TaskStruct) -> bool:
    """Make a sleeping task runnable; return False if it was running, and then it is not remembered either."""
    return try_to_wake_up(task, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE)


@primitive_of("local")
def might_sleep() -> None:
    """Complain where sleeping is not allowed, and if this task has already said that it sleeps.

    To sleep in between would lose what it has said.
    """
    task = this_context().task
    if task is not None and task.state != TASK_RUNNING:
        report("warn", f"WARNING in {this_context().name}: do not call blocking ops when !TASK_RUNNING")
    _complain_if_atomic()


def _complain_if_atomic() -> None:
    """___might_sleep(): the same whether the caller would sleep this time or not."""
    here, cpu = this_context(), this_cpu()
    why = "preemption off" if cpu.preempt_count else "interrupts off" if cpu.irqs_off else ""
    if here.task is None:
        why = "an interrupt"
    if why:
        report("warn", f"BUG: sleeping function called from invalid context in {here.name}: {why}")


@primitive
def smp_mb() -> None:
    """Full barrier: all stores of this CPU reach memory before it goes on."""


@primitive_of("local")
def cond_resched() -> None:
    """Offer the CPU to another task; the scheduler may take it at any step, so nothing is left but to complain."""
    _complain_if_atomic()


@primitive_of("local")
def cpu_relax() -> None:
    """Wait for the shortest while in a loop that looks; unlike cond_resched() it may stand anywhere."""


@primitive_observed(False, order="local")
def in_irq() -> bool:
    """Tell whether this is a hardirq."""
    return this_context().kind == "hardirq"


@inline
def init_completion(x: Completion) -> None:
    """Nobody may pass yet."""
    x.done = 0


@primitive
def complete(x: Completion) -> None:
    """Let one waiter pass."""
    x.done = x.done + 1
    report("wake", f"{this_context().name} completes {x}", x)


@primitive
def wait_for_completion(x: Completion) -> None:
    """Sleep until somebody completes x."""
    wait_until(x.done > 0, f"{this_context()} waits until {x} is completed")
    x.done = x.done - 1


def awaited_completion(local: LocalState) -> Any:
    """Return the completion that code in this local state is to wait for next, None where it waits for none."""
    return argument_of(local, "wait_for_completion")
