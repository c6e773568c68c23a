"""Questions that lessons ask about a state: in goals, expectations and properties. They change nothing."""

from __future__ import annotations

from typing import Any

from ktwviz.errors import UnknownName
from ktwviz.kernel.list import ListHead
from ktwviz.kernel.sched import awaited_completion
from ktwviz.kernel.spinlock import awaited_lock, tried_lock
from ktwviz.machine.language import inline, primitive
from ktwviz.machine.run import Fault
from ktwviz.machine.run import current as running_step
from ktwviz.machine.structs import Struct

LONGEST_LIST = 16
_EDITING = ("__list_add", "__list_del", "INIT_LIST_HEAD")


class Counter(Struct):
    """A number that a scenario's own functions count with."""

    count: int


@primitive
def lists_at_rest() -> bool:
    """Tell whether nobody is in the middle of linking or unlinking: only then can a list be judged."""
    run = running_step()
    return not any(
        editing(run.machine.automata[c.number].states[run.at(c.slot)]) for c in run.machine.contexts
    )


def editing(local: Any) -> bool:
    """Tell whether a context in this local state has begun to change a list and has not ended."""
    return any(frame.function.name in _EDITING for frame in local.frames) and not local.dead


@inline
def list_corrupted(head: ListHead) -> bool:
    """Tell whether a walk along the list finds links that do not fit. While somebody links, it is not judged."""
    node = head
    seen = 0
    while seen < LONGEST_LIST:
        following = node.next
        if not following or following.prev != node:
            return lists_at_rest()
        if following == head:
            return False
        node = following
        seen = seen + 1
    return lists_at_rest()


@inline
def list_length(head: ListHead) -> int:
    """Return how many entries a list has; at most LONGEST_LIST are counted."""
    node = head.next
    seen = 0
    while node != head and seen < LONGEST_LIST:
        node = node.next
        seen = seen + 1
    return seen


@inline
def on_list(node: ListHead, head: ListHead) -> bool:
    """Tell whether a walk along the list comes to node."""
    here = head.next
    seen = 0
    while here != head and seen < LONGEST_LIST:
        if here == node:
            return True
        here = here.next
        seen = seen + 1
    return False


@primitive
def sizeof(struct: str, version: str) -> int:
    """Return how many bytes a struct has on x86-64 in a version, both as `kernel/layouts.py` names them."""
    # imported here: ctypes is slow to start, and one lesson asks
    from ktwviz.kernel.layouts import layout_of  # noqa: PLC0415  # as said

    try:
        return layout_of(struct, version).size
    except UnknownName as error:
        raise Fault("oops", str(error)) from error


def _context(name: str) -> Any:
    for context in running_step().machine.contexts:
        if context.name == name:
            return context
    known = ", ".join(context.name for context in running_step().machine.contexts)
    raise Fault("oops", f"there is no context {name!r}: they are {known}")


def _task(name: str) -> Any:
    task = _context(name).task
    if task is None:
        raise Fault("oops", f"{name} is an interrupt, no task")
    return task


@primitive
def finished(context: str) -> bool:
    """Tell whether a task of this name has come to its end."""
    return bool(running_step().at(_context(context).slot) == 1)


@primitive
def sleeps(context: str) -> bool:
    """Tell whether a task is off its CPU until somebody wakes it."""
    return not _task(context).on_rq


@primitive
def spins(context: str) -> bool:
    """Tell whether a context spins for a lock that is held."""
    run = running_step()
    chosen = _context(context)
    local = run.machine.automata[chosen.number].states[run.at(chosen.slot)]
    lock = awaited_lock(local) or tried_lock(local)
    return lock is not None and lock.owner is not None


@primitive
def waits(context: str) -> bool:
    """Tell whether a task waits for a completion that nobody has completed yet."""
    run = running_step()
    chosen = _context(context)
    awaited = awaited_completion(run.machine.automata[chosen.number].states[run.at(chosen.slot)])
    return awaited is not None and not awaited.done


@primitive
def runs(context: str, function: str) -> bool:
    """Tell whether a context is inside a function."""
    run = running_step()
    chosen = _context(context)
    local = run.machine.automata[chosen.number].states[run.at(chosen.slot)]
    return any(frame.function.name == function for frame in local.frames)


@primitive
def stopped(context: str) -> bool:
    """Tell whether a context has stopped for good: BUG or oops."""
    run = running_step()
    chosen = _context(context)
    return bool(run.machine.automata[chosen.number].states[run.at(chosen.slot)].dead)


@primitive
def irqs_off(cpu: int) -> bool:
    """Tell whether a CPU has its interrupts off."""
    cpus = running_step().machine.cpus
    if cpu not in cpus:
        raise Fault("oops", f"there is no CPU {cpu}: they are 0 to {len(cpus) - 1}")
    return bool(cpus[cpu].irqs_off)


@primitive
def holds(context: str, lock: Any) -> bool:
    """Tell whether a context holds a lock."""
    return lock.owner is _context(context)
