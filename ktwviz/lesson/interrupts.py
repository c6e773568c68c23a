"""Which locks are taken in interrupts: learnt, as lockdep learns it, from runs in which the interrupts come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ktwviz.kernel.spinlock import Spinlock, awaited_lock, tried_lock
from ktwviz.machine.context import Context
from ktwviz.machine.machine import TICK, Machine, State
from ktwviz.machine.memory import Handle, Word, members

_LONGEST_RUN = 400
RANK = {"task": 0, "softirq": 1, "hardirq": 2}
"""Who interrupts whom: a context of higher rank one of lower rank."""


def taken_in_interrupts(machine: Machine) -> Mapping[str, Context]:
    """Return for the path of each lock that an interrupt takes the interrupt, a hardirq before a softirq.

    It is learnt from a few runs, at most two for each task: an interrupt comes in as soon as it can or as late as it
    can, time passes as soon as it can, and each time another task goes first. What takes a lock in none of them is
    not known.
    """
    tasks = [str(context.number) for context in machine.contexts if context.kind == "task"]
    interrupts = {str(context.number): context for context in machine.contexts if context.kind != "task"}
    found: dict[str, Context] = {}
    for turn in range(len(tasks) if interrupts else 0):
        order = [*tasks[turn:], *tasks[:turn]]
        for wanted in ([*interrupts, TICK, *order], [*order, TICK, *interrupts]):
            for state, key in _run(machine, wanted):
                if key in interrupts:
                    _note(machine, state, interrupts[key], found)
    return found


def _run(machine: Machine, wanted: list[str]) -> Iterator[tuple[State, str]]:
    """Take at each step the first of the wanted choices that is possible; yield the state after it, and the choice."""
    state = machine.initial
    for _ in range(_LONGEST_RUN):
        following = {outcome.choice: after for outcome, after in machine.successors(state)}
        key = next((key for key in wanted if key in following), None)
        if key is None:
            return
        state = following[key]
        yield state, key


def _note(machine: Machine, state: State, context: Context, found: dict[str, Context]) -> None:
    """Note the locks that an interrupt holds, waits for or tries."""
    local = machine.local_state(state, context)
    wanted = (awaited_lock(local), tried_lock(local))
    for lock in machine.every(Spinlock):
        known = found.get(str(lock))
        if (lock in wanted or _owner(machine, state, lock) is context) and (
            known is None or RANK[known.kind] < RANK[context.kind]
        ):
            found[str(lock)] = context


def _owner(machine: Machine, state: State, lock: Handle) -> object:
    word = members(lock)["owner"]
    return machine.value(state, word) if isinstance(word, Word) else None
