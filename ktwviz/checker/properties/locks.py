"""Locks: nobody waits in a circle, who takes one lets it go, and what it guards is written under it (I3-I5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Judge, StepJudge
from ktwviz.checker.properties.sight import AtLocalState, called, inside, part, settled, word_at
from ktwviz.checker.wording import picture
from ktwviz.kernel.kthread_api import AnyWork, AnyWorker, heads_of
from ktwviz.kernel.spinlock import Spinlock, awaited_lock
from ktwviz.kernel.waits import deadlock, stuck
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, IDLE, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.effects import STORE
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.machine.memory import Handle, Word

NO_DEADLOCK = Builtin(
    "no-deadlock",
    "nobody spins in a circle, and no run ends with a context that spins or waits (I4, I5)",
    "Documentation/locking/spinlocks.rst",
    cuts=True,
)
LOCKS_RELEASED = Builtin(
    "locks-released",
    "whoever ends holds no lock: a task, an interrupt (I4)",
    "kernel/locking/lockdep.c, debug_check_no_locks_held()",
)
UNLOCK_BY_OWNER = Builtin(
    "unlock-by-owner",
    "a lock is let go by the context that holds it (I4)",
    "kernel/locking/spinlock_debug.c",
    by_default=False,
)
NO_SLEEP_IN_ATOMIC = Builtin(
    "no-sleep-in-atomic",
    "nobody waits for a completion in an interrupt, or with preemption or interrupts off (I4)",
    "kernel/sched/core.c, might_sleep()",
)
WRITES_LOCKED = Builtin(
    "writes-locked",
    "a worker's lists and current_work, and who counts as cancelling, are written with its lock held and "
    "interrupts off (I3)",
    "include/linux/kthread.h; patch 07/22",
    by_default=False,
)
INITIALISERS = (
    "KTHREAD_WORKER_INIT",
    "DEFINE_KTHREAD_WORKER",
    "init_kthread_worker",
    "KTHREAD_WORK_INIT",
    "DEFINE_KTHREAD_WORK",
    "init_kthread_work",
)


# Deadlock -------------------------------------------------------------------------------------------------------


def circle(machine: Machine) -> Judge:
    """Follow who waits for whom by look-ups alone; only what may be a circle is looked at closely."""
    spins = [(context, AtLocalState(machine, context, _awaited)) for context in machine.contexts]
    awaited = {context: at for context, at in spins}
    above = {context: _interrupts_above(machine, context) for context in machine.contexts}

    def next_one(state: State, context: Context) -> Context | None:
        word = awaited[context].at(state)
        owner: Context | None = None if word is None else machine.value(state, word)
        if owner is not None:
            return owner
        return next((other for other in above[context] if state[other.slot] != IDLE), None)

    def judge(state: State) -> str:
        for context, at in spins:
            if at.at(state) is None:
                continue
            here: Context | None = context
            for _ in machine.contexts:
                here = None if here is None else next_one(state, here)
            if here is not None:
                return deadlock(picture(machine, state))
        return ""

    return judge


def _interrupts_above(machine: Machine, context: Context) -> list[Context]:
    """Return what a context may lie under, the topmost first."""
    rank = {"task": 0, "softirq": 1, "hardirq": 2}
    found = [
        other
        for other in machine.contexts
        if other.cpu == context.cpu and rank[other.kind] > rank[context.kind]
    ]
    return sorted(found, key=lambda other: -rank[other.kind])


def _awaited(local: LocalState) -> Word | None:
    """Return the owner word of the lock that code spins for."""
    return owner_of(awaited_lock(local))


def owner_of(lock: object) -> Word | None:
    """Return the word that tells who holds a lock."""
    if not isinstance(lock, Handle) or not issubclass(memory.struct_of(lock), Spinlock):
        return None
    return word_at(lock, "owner")


def end_of_run(machine: Machine, state: State) -> str:
    """Return who is stuck in a state without steps, empty where all rest as they should."""
    return stuck(picture(machine, state))


# Letting go -----------------------------------------------------------------------------------------------------


def leaked_lock(machine: Machine) -> Judge:
    """Find a lock whose owner has ended."""
    owners = [(lock, word_at(lock, "owner")) for lock in machine.every(Spinlock)]

    def judge(state: State) -> str:
        for lock, word in owners:
            owner = machine.value(state, word)
            if owner is not None and state[owner.slot] in (IDLE, DONE) and settled(machine, state):
                return f"{owner} has ended and still holds {lock}"
        return ""

    return judge


def unlock_by_another(machine: Machine) -> StepJudge:
    """Compare who lets go with who holds, as this CPU sees it."""

    def cares(context: Context, local: LocalState) -> bool:
        return called(local)[0] in ("spin_unlock", "spin_unlock_irq", "spin_unlock_irqrestore")

    def judge(state: State, step: Enabled) -> str:
        context = step.context
        assert context is not None
        lock = called(machine.local_state(state, context))[1][0]
        word = owner_of(lock)
        if word is None or any(event.kind == "oops" for event in step.events):
            return ""
        owner = seen_by(machine, state, context, word)
        if owner is context:
            return ""
        return f"{context} lets {lock} go, which is held by {'nobody' if owner is None else owner}"

    return StepJudge(cares, judge)


def sleep_in_atomic(machine: Machine) -> Judge:
    """Look at whoever is about to wait; schedule() itself complains, which is a warning."""
    waits = [
        (context, AtLocalState(machine, context, lambda local: called(local)[0] == "wait_for_completion"))
        for context in machine.contexts
    ]
    pinned = {context: word_at(machine.cpus[context.cpu], "pinned") for context in machine.contexts}

    def judge(state: State) -> str:
        for context, at in waits:
            if not at.at(state):
                continue
            if context.kind != "task":
                return f"{context} is an interrupt, and is about to wait for a completion"
            if machine.value(state, pinned[context]) is context:
                return f"{context} is about to wait for a completion with preemption or interrupts off"
        return ""

    return judge


# Writing --------------------------------------------------------------------------------------------------------


def unlocked_write(machine: Machine) -> StepJudge:
    """Look at stores into a worker's list and into what the lock beside it guards; making one is no such store."""
    guards = dict(_guarded(machine))
    nodes = [word for work in machine.every(AnyWork) for word in memory.words_of(_node(work))]
    nodes += [word_at(work, "canceling") for work in machine.every(AnyWork)]
    locks = [_lock(worker) for worker in machine.every(AnyWorker)]

    def cares(context: Context, local: LocalState) -> bool:
        effect = local.effect
        if effect is None or effect[0] != STORE or inside(local, *INITIALISERS):
            return False
        return effect[1] in guards or effect[1] in nodes

    def judge(state: State, step: Enabled) -> str:
        context = step.context
        assert context is not None
        word = machine.local_state(state, context).effect[1]  # type: ignore[index]  # a store, see `cares`
        wanted = [guards[word]] if word in guards else locks
        held = [
            lock for lock in wanted if seen_by(machine, state, context, word_at(lock, "owner")) is context
        ]
        if not held:
            return f"{context} writes {word.path} without {guards.get(word, 'the lock of a worker')}"
        if not machine.value(state, word_at(machine.cpus[context.cpu], "irqs_off")):
            return f"{context} writes {word.path} with {held[0]} held, but with interrupts on"
        return ""

    return StepJudge(cares, judge)


def _lock(worker: Handle) -> Handle:
    lock = part(worker, "lock")
    assert isinstance(lock, Handle)
    return lock


def _node(work: Handle) -> Handle:
    node = part(work, "node")
    assert isinstance(node, Handle)
    return node


def _guarded(machine: Machine) -> Iterator[tuple[Word, Handle]]:
    """Yield each word that a worker's lock guards, with the lock."""
    for worker in machine.every(AnyWorker):
        lock = _lock(worker)
        yield word_at(worker, "current_work"), lock
        for head in heads_of(worker):
            yield word_at(head, "next"), lock
            yield word_at(head, "prev"), lock


def seen_by(machine: Machine, state: State, context: Context, word: Word) -> Any:
    """Return a word's value as a context sees it: its CPU's own stores that wait in a buffer come first."""
    buffer = machine.buffers.get(context.cpu)
    for index, value in reversed(state[buffer] if buffer is not None else ()):
        if index == word.index:
            return value
    return machine.value(state, word)
