"""Kthread workers as of the v4 series of 25 January 2016 (kernel/kthread.c, include/linux/kthread.h).

Patch 08/22 adds the delayed works; 04-07 come before it, 09-12 (cancel, mod, freezable, flush) after it. Names and the
order of statements are the C's.
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
    num_possible_cpus,
)
from ktwviz.kernel.list import (
    INIT_LIST_HEAD,
    ListHead,
    container_of,
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
    irqs_disabled,
    local_irq_disable,
    local_irq_enable,
    local_irq_restore,
    local_irq_save,
    spin_is_locked,
    spin_lock,
    spin_lock_irq,
    spin_lock_irqsave,
    spin_trylock,
    spin_unlock,
    spin_unlock_irq,
    spin_unlock_irqrestore,
)
from ktwviz.kernel.timer import (
    TIMER_IRQSAFE,
    TimerList,
    __setup_timer,
    add_timer,
    del_timer_sync,
    timer_active,
    timer_pending,
    timer_stats_timer_set_start_info,
)
from ktwviz.machine.heap import kfree, kzalloc, on_stack
from ktwviz.machine.language import inline, primitive_of, stepped
from ktwviz.machine.run import this_context, wait_until
from ktwviz.machine.structs import Embedded

KTW_FREEZABLE = 4
"""A flag of a worker: it freezes on suspend (11/22)."""


class KthreadWorker(AnyWorker):
    """A kthread that runs works one after another."""

    # set before the kthread runs (11/22)
    flags: int
    lock: Embedded[Spinlock]
    # lock guards what follows
    work_list: Embedded[ListHead]
    # written by the kthread itself when it starts and when it ends
    task: TaskStruct
    current_work: KthreadWork


class KthreadWork(AnyWork):
    """A function to be called by a worker. `timer` is NULL unless the work is part of a delayed one (08/22)."""

    # guarded by the lock of the worker that the work is queued on
    node: Embedded[ListHead]
    func: Callable[[Any], None]
    worker: KthreadWorker
    timer: TimerList
    # how many are cancelling the work now: while any is, nobody may queue it (09/22)
    canceling: int


class DelayedKthreadWork(AnyDelayedWork):
    """A work that a timer queues (08/22)."""

    work: Embedded[KthreadWork]
    timer: Embedded[TimerList]


class KthreadFlushWork(AnyFlushWork):
    """A work that only says that a worker has come this far."""

    work: Embedded[KthreadWork]
    done: Embedded[Completion]


# Definition and initialisation ----------------------------------------------------------------------------------


@inline
def KTHREAD_WORKER_INIT(worker: KthreadWorker) -> None:
    """Static initialiser: lock free, list empty, the rest NULL."""
    worker.lock.owner = None
    INIT_LIST_HEAD(worker.work_list)


@inline
def KTHREAD_WORK_INIT(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Static initialiser: on no list, no worker, no timer."""
    INIT_LIST_HEAD(work.node)
    work.func = fn


@inline
def DELAYED_KTHREAD_WORK_INIT(dwork: DelayedKthreadWork, fn: Callable[[Any], None]) -> None:
    """Static initialiser: the work, its timer, and the work's pointer to the timer."""
    KTHREAD_WORK_INIT(dwork.work, fn)
    __setup_timer(dwork.timer, delayed_kthread_work_timer_fn, dwork, TIMER_IRQSAFE)
    dwork.work.timer = dwork.timer


@inline
def DEFINE_KTHREAD_WORKER(worker: KthreadWorker) -> None:
    """Define a worker; a scenario writes it as the C does, with the name to define."""
    KTHREAD_WORKER_INIT(worker)


@inline
def DEFINE_KTHREAD_WORK(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Define a work that calls fn."""
    KTHREAD_WORK_INIT(work, fn)


@inline
def DEFINE_DELAYED_KTHREAD_WORK(dwork: DelayedKthreadWork, fn: Callable[[Any], None]) -> None:
    """Define a delayed work that calls fn."""
    DELAYED_KTHREAD_WORK_INIT(dwork, fn)


@inline
def init_kthread_worker(worker: KthreadWorker) -> None:
    """Initialise a worker at run time. current_work is left as it is, as in v4.4."""
    worker.flags = 0
    worker.lock.owner = None
    INIT_LIST_HEAD(worker.work_list)
    worker.task = None


@inline
def init_kthread_work(work: KthreadWork, fn: Callable[[Any], None]) -> None:
    """Initialise a work at run time: all of it is zeroed first, whether it is in use or not."""
    work.node.next = None
    work.node.prev = None
    work.func = None
    work.worker = None
    work.timer = None
    work.canceling = 0
    INIT_LIST_HEAD(work.node)
    work.func = fn


@inline
def init_delayed_kthread_work(dwork: DelayedKthreadWork, fn: Callable[[Any], None]) -> None:
    """Initialise a delayed work at run time (08/22). Does not look whether its timer is armed."""
    init_kthread_work(dwork.work, fn)
    __setup_timer(dwork.timer, delayed_kthread_work_timer_fn, dwork, TIMER_IRQSAFE)
    dwork.work.timer = dwork.timer


# The worker -----------------------------------------------------------------------------------------------------


@stepped
def kthread_work_pending(work: KthreadWork) -> bool:
    """Tell whether work is queued, or being cancelled, or its timer will queue it. Hold the worker's lock."""
    return not list_empty(work.node) or work.canceling or (work.timer and timer_active(work.timer))


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

        try_to_freeze()


# Queueing -------------------------------------------------------------------------------------------------------


@stepped
def insert_kthread_work_sanity_check(worker: KthreadWorker, work: KthreadWork) -> None:
    """Complain about a work that is in use elsewhere (07/22); nothing is refused."""
    lockdep_assert_held(worker.lock)
    WARN_ON_ONCE(not irqs_disabled())
    WARN_ON_ONCE(not list_empty(work.node))
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker and work.worker != worker)


@stepped
def insert_kthread_work(worker: KthreadWorker, work: KthreadWork, pos: ListHead) -> None:
    """Link work in front of pos, and wake the worker if it is idle. Call with worker.lock held."""
    insert_kthread_work_sanity_check(worker, work)

    list_add_tail(work.node, pos)
    work.worker = worker
    if not worker.current_work and worker.task:
        wake_up_process(worker.task)


@stepped
def __queue_kthread_work(worker: KthreadWorker, work: KthreadWork) -> None:
    """Put work at the end of the worker's list (08/22)."""
    insert_kthread_work(worker, work, worker.work_list)


@stepped
def queue_kthread_work(worker: KthreadWorker, work: KthreadWork) -> bool:
    """Queue work on worker, unless it is pending already; return whether it was queued. Any context."""
    ret = False

    flags = spin_lock_irqsave(worker.lock)
    if not kthread_work_pending(work):
        __queue_kthread_work(worker, work)
        ret = True
    spin_unlock_irqrestore(worker.lock, flags)
    return ret


# Delayed works (08/22) ------------------------------------------------------------------------------------------


@primitive_of("plain")
def cpu_relax_while_locked(lock: Spinlock, work: KthreadWork) -> None:
    """cpu_relax() of a loop that looks at a lock and at work.canceling: nothing changes for it before they do."""
    free = lock.owner is None
    wait_until(
        free or work.canceling, f"{this_context()} tries for {lock}, which is held by {lock.owner}", "spins"
    )


@stepped
def try_lock_kthread_work(work: KthreadWork, check_canceling: bool) -> bool:
    """Lock the worker that work belongs to, also if it changes meanwhile; False if there is none.

    With check_canceling it gives up as soon as somebody cancels the work (09/22): who cancels holds the lock and may be
    waiting for the caller. Interrupts are off already.
    """
    while True:
        worker = work.worker
        if not worker:
            return False

        if check_canceling:
            if not spin_trylock(worker.lock):
                # only looking at the lock leaves its cache line to the owner
                while True:
                    if work.canceling:
                        return False
                    cpu_relax_while_locked(worker.lock, work)
                    if not spin_is_locked(worker.lock):
                        break
                continue
        else:
            spin_lock(worker.lock)

        if worker == work.worker:
            return True
        spin_unlock(worker.lock)


@stepped
def unlock_kthread_work(work: KthreadWork) -> None:
    """Let go of the lock that try_lock_kthread_work() took; the worker is looked up once more."""
    spin_unlock(work.worker.lock)


@stepped
def delayed_kthread_work_timer_fn(__data: DelayedKthreadWork) -> None:
    """Queue a delayed work: its timer has expired. Runs with interrupts off."""
    dwork = __data
    work = dwork.work

    # who cancels may hold the lock and wait for this function to end
    if not try_lock_kthread_work(work, True):
        return

    if not work.canceling:
        __queue_kthread_work(work.worker, work)
    unlock_kthread_work(work)


@stepped
def __queue_delayed_kthread_work(worker: KthreadWorker, dwork: DelayedKthreadWork, delay: int) -> None:
    """Arm the timer of dwork, or queue it at once where delay is 0. Call with worker.lock held."""
    timer = dwork.timer
    work = dwork.work

    WARN_ON_ONCE(timer.function != delayed_kthread_work_timer_fn or timer.data != dwork)
    WARN_ON_ONCE(timer_pending(timer))

    # A timer fires on the next tick at the earliest; a delay of 0 must not wait for that.
    if not delay:
        __queue_kthread_work(worker, work)
        return

    insert_kthread_work_sanity_check(worker, work)

    work.worker = worker
    timer_stats_timer_set_start_info(dwork.timer)
    timer.expires = jiffies + delay
    add_timer(timer)


@stepped
def queue_delayed_kthread_work(worker: KthreadWorker, dwork: DelayedKthreadWork, delay: int) -> bool:
    """Queue dwork on worker after delay jiffies, unless it is pending already; return whether it was accepted."""
    work = dwork.work
    ret = False

    flags = spin_lock_irqsave(worker.lock)

    if not kthread_work_pending(work):
        __queue_delayed_kthread_work(worker, dwork, delay)
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
def flush_kthread_work(work: KthreadWork) -> None:
    """Wait until work has run, if it is queued or running now. An armed timer is not waited for (12/22)."""
    fwork = on_stack(KthreadFlushWork)
    KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn)
    init_completion(fwork.done)
    noop = False

    local_irq_disable()
    if not try_lock_kthread_work(work, False):
        local_irq_enable()
        return

    worker = work.worker
    if not list_empty(work.node):
        insert_kthread_work(worker, fwork.work, work.node.next)
    elif worker.current_work == work:
        insert_kthread_work(worker, fwork.work, worker.work_list.next)
    else:
        noop = True

    spin_unlock_irq(worker.lock)

    if not noop:
        wait_for_completion(fwork.done)


@stepped
def flush_kthread_worker(worker: KthreadWorker) -> None:
    """Wait until all works that are on the list now have run. Armed delayed works are not waited for."""
    fwork = on_stack(KthreadFlushWork)
    KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn)
    init_completion(fwork.done)

    queue_kthread_work(worker, fwork.work)
    wait_for_completion(fwork.done)


# Cancelling (09/22) ---------------------------------------------------------------------------------------------


@stepped
def try_to_cancel_kthread_work(work: KthreadWork) -> int:
    """Disarm work's timer or take it off the list; return 1 if it was pending. Call with the worker's lock held."""
    # with the lock held: the timer's function gives up if it sees work.canceling
    if work.timer and del_timer_sync(work.timer):
        return 1

    if not list_empty(work.node):
        list_del_init(work.node)
        return 1
    return 0


@stepped
def __cancel_kthread_work_sync(work: KthreadWork) -> int:
    """Cancel work and wait until it does not run; return 1 if it was pending."""
    flags = local_irq_save()
    if not try_lock_kthread_work(work, False):
        local_irq_restore(flags)
        return 0
    worker = work.worker

    # before anything else: it keeps others from queueing, and the timer's function from waiting for this lock
    work.canceling += 1
    ret = try_to_cancel_kthread_work(work)

    if worker.current_work == work:
        spin_unlock_irqrestore(worker.lock, flags)
        flush_kthread_work(work)
        flags = spin_lock_irqsave(worker.lock)

    work.canceling -= 1
    spin_unlock_irqrestore(worker.lock, flags)
    return ret


@stepped
def cancel_kthread_work_sync(work: KthreadWork) -> int:
    """Cancel a work that has no timer, and wait until it does not run; return 1 if it was pending."""
    WARN_ON_ONCE(work.timer)
    return __cancel_kthread_work_sync(work)


@stepped
def cancel_delayed_kthread_work_sync(dwork: DelayedKthreadWork) -> int:
    """Cancel a delayed work, and wait until it does not run; return 1 if it was pending."""
    return __cancel_kthread_work_sync(dwork.work)


@stepped
def mod_delayed_kthread_work(worker: KthreadWorker, dwork: DelayedKthreadWork, delay: int) -> int:
    """Let dwork run delay jiffies from now, whether it was pending or not (10/22); return 1 if it was.

    While somebody cancels the work this does nothing. Any context, says the patch. A test for -EAGAIN, which nothing
    returns any more, is left out.
    """
    work = dwork.work
    ret = 0

    flags = spin_lock_irqsave(worker.lock)
    # a work belongs to one worker until it is initialised again
    WARN_ON_ONCE(work.worker and work.worker != worker)

    if not work.canceling:
        ret = try_to_cancel_kthread_work(work)
        if work.canceling:
            ret = 0
        else:
            __queue_delayed_kthread_work(worker, dwork, delay)

    spin_unlock_irqrestore(worker.lock, flags)
    return ret


# Creating and destroying (04-06/22) -----------------------------------------------------------------------------


@stepped
def create_kthread_worker(flags: int) -> KthreadWorker:
    """Allocate a worker and start its kthread. flags: KTW_FREEZABLE or 0 (11/22)."""
    worker = kzalloc(KthreadWorker)
    init_kthread_worker(worker)

    task = kthread_create(kthread_worker_fn, worker)
    worker.flags = flags
    worker.task = task
    wake_up_process(task)
    return worker


@stepped
def create_kthread_worker_on_cpu(cpu: int, flags: int) -> KthreadWorker | None:
    """The same with the kthread bound to one CPU; NULL for a CPU that cannot be.

    v4 compares an id with a count here, so the first id that does not exist still passes.
    """
    if cpu < 0 or cpu > num_possible_cpus():
        return None
    worker = kzalloc(KthreadWorker)
    init_kthread_worker(worker)

    task = kthread_create_on_cpu(kthread_worker_fn, worker, cpu)
    worker.flags = flags
    worker.task = task
    wake_up_process(task)
    return worker


@stepped
def drain_kthread_worker(worker: KthreadWorker) -> None:
    """Wait until the list is empty, also of works that queue themselves again (05/22)."""
    flush_cnt = 0

    spin_lock_irq(worker.lock)
    while not list_empty(worker.work_list):
        spin_unlock_irq(worker.lock)
        flush_kthread_worker(worker)
        WARN_ON_ONCE(flush_cnt > 10)
        if flush_cnt <= 10:
            flush_cnt = flush_cnt + 1
        spin_lock_irq(worker.lock)
    spin_unlock_irq(worker.lock)


@stepped
def destroy_kthread_worker(worker: KthreadWorker) -> None:
    """Drain the list, stop the kthread, free the worker (06/22)."""
    task = worker.task
    if WARN_ON(not task):
        return

    drain_kthread_worker(worker)
    kthread_stop(task)
    kfree(worker)
