"""Making and stopping kthreads (the upper half of kernel/kthread.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ktwviz.kernel.sched import (
    TASK_UNINTERRUPTIBLE,
    TaskStruct,
    complete,
    current,
    wait_for_completion,
    wake_up_process,
)
from ktwviz.machine.cpu import spawn
from ktwviz.machine.language import inline, primitive, primitive_of, stepped
from ktwviz.machine.run import current as running_step
from ktwviz.machine.run import report

EINTR = 4


@primitive_of("local")
def num_possible_cpus() -> int:
    """Return how many CPUs the machine has."""
    return len(running_step().machine.cpus)


def _create(threadfn: Callable[[Any], int], data: object, cpu: int | None) -> TaskStruct:
    task: Any = spawn(cpu)
    task.threadfn = threadfn
    task.data = data
    task.state = TASK_UNINTERRUPTIBLE
    task.on_rq = False
    report("alloc", f"kthread {task} is created; it sleeps until it is woken", task)
    created: TaskStruct = task
    return created


@primitive
def kthread_create(threadfn: Callable[[Any], int], data: object) -> TaskStruct:
    """Make a kthread that will run threadfn(data) once it is woken. The machine picks its CPU."""
    return _create(threadfn, data, None)


@primitive
def kthread_create_on_cpu(threadfn: Callable[[Any], int], data: object, cpu: int) -> TaskStruct:
    """Make a kthread that is bound to one CPU."""
    return _create(threadfn, data, cpu)


@stepped
def kthread(create: TaskStruct) -> None:
    """What a new kthread runs once it is woken: its function, unless somebody has stopped it before."""
    threadfn = create.threadfn
    data = create.data
    ret = -EINTR
    if not kthread_should_stop():
        ret = threadfn(data)
    current.exit_code = ret
    complete(current.exited)


@primitive
def set_should_stop(k: TaskStruct) -> None:
    """set_bit(KTHREAD_SHOULD_STOP), a locked operation."""
    k.should_stop = True


@inline
def kthread_should_stop() -> bool:
    """Tell whether somebody wants this kthread to end."""
    return current.should_stop


@stepped
def kthread_stop(k: TaskStruct) -> int:
    """Ask a kthread to end, and wait until it has; return what its function returned."""
    set_should_stop(k)
    wake_up_process(k)
    wait_for_completion(k.exited)
    return k.exit_code
