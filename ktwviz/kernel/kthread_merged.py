"""Kthread workers as they were merged for v4.9 in October 2016, with the fixes since (kernel/kthread.c).

A delayed work waits on a list of its own, so that "pending" is one look at its node; who cancels lets the lock go while
it waits for the timer. The fixes since then are in; `history.py` takes them out again. What was only renamed keeps one
name: raw_spin_lock() (2019) is spin_lock() here, timer_delete_sync() (2025) is del_timer_sync(). The timer's function
still gets its object, as until 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ktwviz.kernel.bug import WARN_ON, WARN_ON_ONCE, lockdep_assert_held
from ktwviz.kernel.freezer import freezing, set_freezable, try_to_freeze
from ktwviz.kernel.kthread_api import AnyDelayedWork, AnyFlushWork, AnyWork, AnyWorker
from ktwviz.kernel.kthread_task import (
    kthread_create,
    kthread_create_on_cpu,
    kthread_should_stop,
    kthread_stop,
)
from ktwviz.kernel.list import (
    INIT_LIST_HEAD,
    ListHead,
    container_of,
    list_add,
    list_add_tail,
    list_del_init,
    list_empty,
)
from ktwviz.kernel.sched import (
    TASK_INTERRUPTIBLE,
    TASK_RUNNING,
    Completion,
    TaskStruct,
    __set_current_state,
    complete,
    current,
    init_completion,
    jiffies,
    schedule,
    set_current_state,
    wait_for_completion,
    wake_up_process,
)
from ktwviz.kernel.spinlock import (
    Spinlock,
    spin_lock_irq,
    spin_lock_irqsave,
    spin_unlock_irq,
    spin_unlock_irqrestore,
)
from ktwviz.kernel.timer import TIMER_IRQSAFE, TimerList, __setup_timer, add_timer, del_timer_sync
from ktwviz.machine.heap import kfree, kzalloc, on_stack
from ktwviz.machine.language import inline, stepped
from ktwviz.machine.structs import Embedded

KTW_FREEZABLE = 1
"""A flag of a worker: it freezes on suspend."""


class KthreadWorker(AnyWorker):
    """A kthread that runs works one after another."""

    # set before the kthread runs
    flags: int
    lock: Embedded[Spinlock]
    # lock guards what follows
    work_list: Embedded[ListHead]
    delayed_work_list: Embedded[ListHead]
    # written by the kthread itself when it starts and when it ends
    task: TaskStruct
    current_work: KthreadWork


class KthreadWork(AnyWork):
    """A function to be called by a worker."""

    # guarded by the lock of the worker that the work is queued on
    node: Embedded[ListHead]
    func: Callable[[Any], None]
    worker: KthreadWorker
    # how many are cancelling the work now: while any is, nobody may queue it
    canceling: int


class KthreadDelayedWork(AnyDelayedWork):
    """A work that a timer queues."""

    work: Embedded[KthreadWork]
    timer: Embedded[TimerList]


class KthreadFlushWork(AnyFlushWork):
    """A work that only says that a worker has come this far."""

    work: Embedded[KthreadWork]
    done: Embedded[Completion]


# Definition and initialisation ----------------------------------------------------------------------------------


@inline
def KTHREAD_WORKER_INIT(worker: KthreadWorker) -> None:
    """Static initialiser: lock free, lists empty, the rest NULL."""
    worker.lock.owner = None
    INIT_LIST_HEAD(worker.work_list)
    INIT_LIST_HEAD(worker.delayed_work_list)


@inline
def KTHREAD_WORK_INIT(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Static initialiser: on no list, no worker."""
    INIT_LIST_HEAD(work.node)
    work.func = fn


@inline
def KTHREAD_DELAYED_WORK_INIT(dwork: KthreadDelayedWork, fn: Callable[[Any], None]) -> None:
    """Static initialiser: the work and its timer."""
    KTHREAD_WORK_INIT(dwork.work, fn)
    __setup_timer(dwork.timer, kthread_delayed_work_timer_fn, dwork, TIMER_IRQSAFE)


@inline
def DEFINE_KTHREAD_WORKER(worker: KthreadWorker) -> None:
    """Define a worker; a scenario writes it as the C does, with the name to define."""
    KTHREAD_WORKER_INIT(worker)


@inline
def DEFINE_KTHREAD_WORK(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Define a work that calls fn."""
    KTHREAD_WORK_INIT(work, fn)


@inline
def DEFINE_KTHREAD_DELAYED_WORK(dwork: KthreadDelayedWork, fn: Callable[[Any], None]) -> None:
    """Define a delayed work that calls fn."""
    KTHREAD_DELAYED_WORK_INIT(dwork, fn)


@inline
def kthread_init_worker(worker: KthreadWorker) -> None:
    """Initialise a worker at run time: all of it is zeroed first."""
    worker.flags = 0
    worker.lock.owner = None
    INIT_LIST_HEAD(worker.work_list)
    INIT_LIST_HEAD(worker.delayed_work_list)
    worker.task = None
    worker.current_work = None


@inline
def kthread_init_work(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Initialise a work at run time: all of it is zeroed first, whether it is in use or not."""
    work.node.next = None
    work.node.prev = None
    work.func = None
    work.worker = None
    work.canceling = 0
    INIT_LIST_HEAD(work.node)
    work.func = fn


@inline
def kthread_init_delayed_work(dwork: KthreadDelayedWork, fn: Callable[[Any], None]) -> None:
    """Initialise a delayed work at run time. Does not look whether its timer is armed."""
    kthread_init_work(dwork.work, fn)
    __setup_timer(dwork.timer, kthread_delayed_work_timer_fn, dwork, TIMER_IRQSAFE)


# The worker -----------------------------------------------------------------------------------------------------


@stepped
def kthread_worker_fn(worker: KthreadWorker) -> int:
    """Take works off the list and run them, until somebody calls kthread_stop()."""
    WARN_ON(worker.task and worker.task != current)
    worker.task = current

    if worker.flags & KTW_FREEZABLE:
        set_freezable()

    while True:
        set_current_state(TASK_INTERRUPTIBLE)  # before the tests, or a wake-up is lost

        if kthread_should_stop():
            __set_current_state(TASK_RUNNING)
            spin_lock_irq(worker.lock)
            worker.task = None
            spin_unlock_irq(worker.lock)
            return 0

        work = None
        spin_lock_irq(worker.lock)
        if not list_empty(worker.work_list):
            work = container_of(worker.work_list.next, KthreadWork, "node")
            list_del_init(work.node)
        worker.current_work = work
        spin_unlock_irq(worker.lock)

        if work:
            __set_current_state(TASK_RUNNING)
            work.func(work)
            # work may be freed by now: nothing here touches it again
        elif not freezing(current):
            schedule()
        else:
            __set_current_state(TASK_RUNNING)  # try_to_freeze() sleeps, and nobody sleeps in two ways at once

        try_to_freeze()


# Queueing -------------------------------------------------------------------------------------------------------


@stepped
def queuing_blocked(worker: KthreadWorker, work: KthreadWork) -> bool:
    """Tell whether work is on one of the lists or being cancelled. Call with worker.lock held."""
    lockdep_assert_held(worker.lock)

    return not list_empty(work.node) or work.canceling


@stepped
def kthread_insert_work_sanity_check(worker: KthreadWorker, work: KthreadWork) -> None:
    """Complain about a work that is in use elsewhere; nothing is refused."""
    lockdep_assert_held(worker.lock)
    WARN_ON_ONCE(not list_empty(work.node))
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker and work.worker != worker)


@stepped
def kthread_insert_work(worker: KthreadWorker, work: KthreadWork, pos: ListHead) -> None:
    """Link work in front of pos, and wake the worker if it is idle. Call with worker.lock held."""
    kthread_insert_work_sanity_check(worker, work)

    list_add_tail(work.node, pos)
    work.worker = worker
    if not worker.current_work and worker.task:
        wake_up_process(worker.task)


@stepped
def kthread_queue_work(worker: KthreadWorker, work: KthreadWork) -> bool:
    """Queue work on worker, unless it is pending or being cancelled; return whether it was queued. Any context."""
    ret = False

    flags = spin_lock_irqsave(worker.lock)
    if not queuing_blocked(worker, work):
        kthread_insert_work(worker, work, worker.work_list)
        ret = True
    spin_unlock_irqrestore(worker.lock, flags)
    return ret


# Delayed works --------------------------------------------------------------------------------------------------


@stepped
def kthread_delayed_work_timer_fn(__data: KthreadDelayedWork) -> None:
    """Move a delayed work to the list of works to run: its timer has expired."""
    dwork = __data
    work = dwork.work
    worker = work.worker

    # somebody has initialised a work that was still promised
    if WARN_ON_ONCE(not worker):
        return

    flags = spin_lock_irqsave(worker.lock)
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker != worker)

    # from delayed_work_list
    WARN_ON_ONCE(list_empty(work.node))
    list_del_init(work.node)
    if not work.canceling:
        kthread_insert_work(worker, work, worker.work_list)

    spin_unlock_irqrestore(worker.lock, flags)


@stepped
def __kthread_queue_delayed_work(worker: KthreadWorker, dwork: KthreadDelayedWork, delay: int) -> None:
    """Arm the timer of dwork, or queue it at once where delay is 0. Call with worker.lock held."""
    timer = dwork.timer
    work = dwork.work

    WARN_ON_ONCE(timer.function != kthread_delayed_work_timer_fn)

    # A timer fires on the next tick at the earliest; a delay of 0 must not wait for that.
    if not delay:
        kthread_insert_work(worker, work, worker.work_list)
        return

    kthread_insert_work_sanity_check(worker, work)

    list_add(work.node, worker.delayed_work_list)
    work.worker = worker
    timer.expires = jiffies + delay
    add_timer(timer)


@stepped
def kthread_queue_delayed_work(worker: KthreadWorker, dwork: KthreadDelayedWork, delay: int) -> bool:
    """Queue dwork on worker after delay jiffies, unless it is pending already; return whether it was accepted."""
    work = dwork.work
    ret = False

    flags = spin_lock_irqsave(worker.lock)

    if not queuing_blocked(worker, work):
        __kthread_queue_delayed_work(worker, dwork, delay)
        ret = True

    spin_unlock_irqrestore(worker.lock, flags)
    return ret


# Flushing -------------------------------------------------------------------------------------------------------


@stepped
def kthread_flush_work_fn(work: KthreadWork) -> None:
    """Tell the flusher that the worker has come this far."""
    fwork = container_of(work, KthreadFlushWork, "work")
    complete(fwork.done)


@stepped
def kthread_flush_work(work: KthreadWork) -> None:
    """Wait until work has run, if it is queued or running now."""
    fwork = on_stack(KthreadFlushWork)
    KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn)
    init_completion(fwork.done)
    noop = False

    worker = work.worker
    if not worker:
        return

    spin_lock_irq(worker.lock)
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker != worker)

    if not list_empty(work.node):
        kthread_insert_work(worker, fwork.work, work.node.next)
    elif worker.current_work == work:
        kthread_insert_work(worker, fwork.work, worker.work_list.next)
    else:
        noop = True

    spin_unlock_irq(worker.lock)

    if not noop:
        wait_for_completion(fwork.done)


@stepped
def kthread_flush_worker(worker: KthreadWorker) -> None:
    """Wait until all works that are on the list now have run. Armed delayed works are not waited for."""
    fwork = on_stack(KthreadFlushWork)
    KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn)
    init_completion(fwork.done)

    kthread_queue_work(worker, fwork.work)
    wait_for_completion(fwork.done)


# Cancelling -----------------------------------------------------------------------------------------------------


@stepped
def kthread_cancel_delayed_work_timer(work: KthreadWork, flags: bool) -> None:
    """Disarm the timer of a delayed work, and wait until its function has ended. Call with worker.lock held.

    The lock is let go meanwhile, since the function needs it; work.canceling keeps others from queueing.
    """
    dwork = container_of(work, KthreadDelayedWork, "work")
    worker = work.worker

    work.canceling += 1
    spin_unlock_irqrestore(worker.lock, flags)
    del_timer_sync(dwork.timer)
    flags = spin_lock_irqsave(worker.lock)
    work.canceling -= 1


@stepped
def __kthread_cancel_work(work: KthreadWork) -> bool:
    """Take work off the list that it is on, if any; return whether it was. Call with worker.lock held."""
    if not list_empty(work.node):
        list_del_init(work.node)
        return True

    return False


@stepped
def kthread_mod_delayed_work(worker: KthreadWorker, dwork: KthreadDelayedWork, delay: int) -> bool:
    """Let dwork run delay jiffies from now, whether it was pending or not; return whether it was. Any context.

    While somebody cancels the work this does nothing and says that it was pending.
    """
    work = dwork.work
    ret = False

    flags = spin_lock_irqsave(worker.lock)

    # one that was never queued needs no cancelling
    if work.worker:
        # a work belongs to one worker until it is initialised again
        WARN_ON_ONCE(work.worker != worker)

        kthread_cancel_delayed_work_timer(work, flags)
        if work.canceling:  # the lock was let go: who cancels now has the last word
            spin_unlock_irqrestore(worker.lock, flags)
            return True
        ret = __kthread_cancel_work(work)

    __kthread_queue_delayed_work(worker, dwork, delay)
    spin_unlock_irqrestore(worker.lock, flags)
    return ret


@stepped
def __kthread_cancel_work_sync(work: KthreadWork, is_dwork: bool) -> bool:
    """Cancel work and wait until it does not run; return whether it was pending."""
    worker = work.worker
    if not worker:
        return False

    flags = spin_lock_irqsave(worker.lock)
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker != worker)

    if is_dwork:
        kthread_cancel_delayed_work_timer(work, flags)

    ret = __kthread_cancel_work(work)

    if worker.current_work == work:
        # it runs: wait for its end without the lock, and let nobody queue it meanwhile
        work.canceling += 1
        spin_unlock_irqrestore(worker.lock, flags)
        kthread_flush_work(work)
        flags = spin_lock_irqsave(worker.lock)
        work.canceling -= 1

    spin_unlock_irqrestore(worker.lock, flags)
    return ret


@stepped
def kthread_cancel_work_sync(work: KthreadWork) -> bool:
    """Cancel a work that has no timer, and wait until it does not run; return whether it was pending."""
    return __kthread_cancel_work_sync(work, False)


@stepped
def kthread_cancel_delayed_work_sync(dwork: KthreadDelayedWork) -> bool:
    """Cancel a delayed work, and wait until it does not run; return whether it was pending."""
    return __kthread_cancel_work_sync(dwork.work, True)


# Creating and destroying ----------------------------------------------------------------------------------------


@stepped
def kthread_create_worker(flags: int) -> KthreadWorker:
    """Allocate a worker and start its kthread. flags: KTW_FREEZABLE or 0."""
    worker = kzalloc(KthreadWorker)
    kthread_init_worker(worker)

    task = kthread_create(kthread_worker_fn, worker)
    worker.flags = flags
    worker.task = task
    wake_up_process(task)
    return worker


@stepped
def kthread_create_worker_on_cpu(cpu: int, flags: int) -> KthreadWorker:
    """The same with the kthread bound to one CPU."""
    worker = kzalloc(KthreadWorker)
    kthread_init_worker(worker)

    task = kthread_create_on_cpu(kthread_worker_fn, worker, cpu)
    worker.flags = flags
    worker.task = task
    wake_up_process(task)
    return worker


@stepped
def kthread_destroy_worker(worker: KthreadWorker) -> None:
    """Wait for what is on the list, stop the kthread, free the worker."""
    task = worker.task
    if WARN_ON(not task):
        return

    kthread_flush_worker(worker)
    kthread_stop(task)
    WARN_ON(not list_empty(worker.delayed_work_list))
    WARN_ON(not list_empty(worker.work_list))
    kfree(worker)
