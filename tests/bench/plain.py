"""What the benchmark's scenarios stand on: a lock, a queue and a sleeper without the kernel's details.

The other checkers have no irq flags and no timer wheel, so here a lock operation, a queue operation and a blocking
wait are one step each, and nothing else is a primitive.
"""

from __future__ import annotations

from typing import Any

from ktwviz.machine.language import primitive
from ktwviz.machine.run import Fault, this_context, wait_until
from ktwviz.machine.structs import Embedded, Struct

RUNNING, SLEEPING = 0, 1


class Lock(Struct):
    """A lock; `owner` is the context that holds it."""

    owner: object


class Work(Struct):
    """Something to do, linked to what was queued after it."""

    next: Work


class Worker(Struct):
    """A queue of works and whoever takes them; lock guards the queue."""

    lock: Embedded[Lock]
    state: int
    first: Work
    last: Work
    current: Work


class Timer(Struct):
    """A timer and what it queues: lock guards `armed` and `running`, the worker's lock `queued` and `canceling`."""

    lock: Embedded[Lock]
    armed: bool
    running: bool
    queued: bool
    canceling: int


@primitive
def acquire(lock: Any) -> None:
    """Wait until lock is free, and take it."""
    wait_until(lock.owner is None, "the lock is held")
    lock.owner = this_context()


@primitive
def release(lock: Any) -> None:
    """Let lock go."""
    lock.owner = None


@primitive
def insert(worker: Any, work: Any) -> None:
    """Put work at the end of the queue."""
    last = worker.last
    if last is None:
        worker.first = work
    else:
        last.next = work
    worker.last = work


@primitive
def take(worker: Any) -> Any:
    """Take the first work off the queue; None where it is empty."""
    work = worker.first
    if work is not None:
        worker.first = following = work.next
        work.next = None
        if following is None:
            worker.last = None
    return work


@primitive
def schedule(worker: Any) -> None:
    """Sleep until somebody has set the state to RUNNING."""
    wait_until(worker.state == RUNNING, "asleep")


@primitive
def wait_for_queued(timer: Any) -> None:
    """Sleep until the timer has queued its work."""
    wait_until(timer.queued, "nothing is queued")


@primitive
def wait_for_armed(timer: Any) -> None:
    """Sleep until the timer is armed; it expires at any moment then."""
    wait_until(timer.armed, "the timer is not armed")


@primitive
def wait_while_running(timer: Any) -> None:
    """Wait until the timer's function has ended."""
    wait_until(not timer.running, "the function runs")


@primitive
def bug() -> None:
    """Stop: this must never be reached."""
    raise Fault("bug", f"BUG in {this_context().name}")
