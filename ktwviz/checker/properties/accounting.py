"""What becomes of every work that somebody queued: properties of a run's past (I4, I8, I9, I13)."""

import ast
from collections.abc import Iterator
from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Found, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.due import Due, popped
from ktwviz.checker.properties.lists import ring
from ktwviz.checker.properties.locks import seen_by
from ktwviz.checker.properties.monitor import Monitor, watch
from ktwviz.checker.properties.sight import AtLocalState, Sight, inside, local_of, settled, word_at
from ktwviz.kernel.kthread import DelayedKthreadWork, KthreadWork
from ktwviz.kernel.spinlock import Spinlock
from ktwviz.machine import memory
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

REFUSAL_KEPT = Builtin(
    "refusal-kept",
    "a work is refused only if it is going to run: it was queued or promised at some moment of the call (I9)",
    "include/linux/kthread.h: false means already pending; patch 08/22",
)
WORK_ACCOUNTED = Builtin(
    "work-accounted",
    "every accepted work is started or cancelled once: none gets lost, and none runs that nobody queued (I8)",
    "include/linux/kthread.h; patch 08/22",
    by_default=False,
)
FLUSH_WAITS = Builtin(
    "flush-waits",
    "a flush returns only after what was queued or running when it was called has run (I13)",
    "kernel/kthread.c, flush_kthread_work() and flush_kthread_worker()",
)
_QUEUEING = ("queue_kthread_work", "queue_delayed_kthread_work")
_COUNTED = {"queue_kthread_work": 1, "queue_delayed_kthread_work": 1, "del_timer": -1, "del_timer_sync": -1}
"""By how much the runs that are owed change where one of these returns true, or 1."""

_FLUSHING = ("flush_kthread_work", "flush_kthread_worker")
_WORKER = "kthread_worker_fn"

Works = tuple[Handle | None, ...]
"""A work for each context, None where it has none."""


def _put(items: tuple[Any, ...], place: int, item: Any) -> tuple[Any, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _place(context: Context) -> int:
    return context.number - 1


def _queued(call: Call) -> Handle | None:
    """Return the work that somebody is about to queue."""
    item = call.arguments[1] if len(call.arguments) > 1 else None
    if not isinstance(item, Handle):
        return None
    if memory.struct_of(item) is DelayedKthreadWork:
        item = memory.members(item)["work"]
    return item if isinstance(item, Handle) and memory.struct_of(item) is KthreadWork else None


def _started(call: Call) -> Handle | None:
    """Return the work whose function a worker calls."""
    item = call.arguments[0] if call.entered and call.caller == _WORKER and call.arguments else None
    return item if isinstance(item, Handle) and memory.struct_of(item) is KthreadWork else None


def _reached(machine: Machine, *names: str) -> bool:
    """Tell whether a scenario can come to one of these functions at all."""
    roots = [context.entry for context in machine.contexts]
    roots += [value for value in machine.initial if isinstance(value, Stepped)]
    roots += [word.constant for word in _constants(machine) if isinstance(word.constant, Stepped)]
    return any(function.name in names for function in machine.program.reachable(roots))


def _constants(machine: Machine) -> Iterator[memory.Word]:
    for handle in machine.objects:
        yield from (word for word in memory.words_of(handle) if word.index < 0)


class _OverCalls(Monitor[Any]):
    """A monitor that sees the functions which each step enters and leaves."""

    def __init__(self, whole: Whole) -> None:
        self.machine = whole.graph.machine
        self.calls = whole.calls
        self.due = Due(self.machine)
        self.nobody: Works = (None,) * len(self.machine.contexts)

    def first(self, state: State) -> Any:
        ghost = self.start(state)
        for context in self.machine.contexts:
            if context.kind == "task" and not context.spare:
                for call in self.calls.first(context):
                    ghost, _ = self.called(ghost, context, call, state)
        return self.arrived(ghost, state)[0]

    def after(self, ghost: Any, before: State, context: Context | None, after: State) -> tuple[Any, str]:
        if context is not None:
            for call in self.calls.between(context, before, after):
                ghost, how = self.called(ghost, context, call, after)
                if how:
                    return ghost, how
        return self.arrived(ghost, after)

    def start(self, state: State) -> Any:
        """Return the ghost before anything was called."""
        return self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        """Return the ghost after a call, and what it breaks. `state` is the one after the step."""
        raise NotImplementedError

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        """Return the ghost in the state after a step, and what is broken in it."""
        return ghost, ""


# Refusals -------------------------------------------------------------------------------------------------------


class _Refusals(_OverCalls):
    """Ghost: for each context the work that it is about to queue, while that was not due at any moment so far."""

    def called(self, ghost: Works, context: Context, call: Call, state: State) -> tuple[Works, str]:
        if call.function not in _QUEUEING:
            return ghost, ""
        if call.entered:
            work = _queued(call)
            return _put(ghost, _place(context), work if work in self.due.works else None), ""
        work = ghost[_place(context)]
        if work is not None and call.value is not None and not call.value:
            return ghost, f"{call.function}() refuses {work} to {context}, and nothing is going to run it"
        return _put(ghost, _place(context), None), ""

    def arrived(self, ghost: Works, state: State) -> tuple[Works, str]:
        if ghost == self.nobody:
            return ghost, ""
        for place, work in enumerate(ghost):
            if work is not None and self.due.at(state, work):
                ghost = _put(ghost, place, None)
        return ghost, ""


def broken_refusal(whole: Whole) -> Found | None:
    """Watch who is told that a work is pending already."""
    if not _reached(whole.graph.machine, *_QUEUEING):
        return None
    return watch(whole.graph, _Refusals(whole))


# Accounts -------------------------------------------------------------------------------------------------------


class _Accounts(_OverCalls):
    """Ghost: how many runs of each work are owed, and which work each context is about to queue."""

    def start(self, state: State) -> Any:
        owed = tuple(int(self.due.at(state, work)) for work in self.due.works)
        return owed, self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        place = _place(context)
        if call.function in _COUNTED and call.entered:
            work = self._counted(call)
            return (owed, _put(busy, place, work)), ""
        if call.function in _COUNTED:
            if call.value in (True, 1) and busy[place] is not None:
                owed = self._more(owed, busy[place], _COUNTED[call.function])
            return (owed, _put(busy, place, None)), ""
        started = _started(call)
        if started in self.due.works:
            owed = self._more(owed, started, -1)
        return (owed, busy), ""

    def _counted(self, call: Call) -> Handle | None:
        """Return the work that is about to be queued or cancelled."""
        work = _queued(call) if call.function in _QUEUEING else self.due.work_of(call.arguments[0])
        return work if work in self.due.works else None

    def _more(self, owed: tuple[int, ...], work: Handle | None, count: int) -> tuple[int, ...]:
        place = self.due.works.index(work)
        return _put(owed, place, owed[place] + count)

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        if not settled(self.machine, state) or self.due.linking(state):
            return ghost, ""
        for place, work in enumerate(self.due.works):
            if not Sight(state).alive(work):
                owed = _put(owed, place, 0)
            elif work not in busy:
                how = _mismatch(work, owed[place], list(self.due.places(state, work)))
                if how:
                    return ghost, how
        return (owed, busy), ""


def _mismatch(work: Handle, owed: int, places: list[str]) -> str:
    """Compare what is owed with where a work is; on its way from one place to the next it may be at both."""
    if owed > len(places):
        return f"{work} was accepted and has not run, and nothing is going to run it"
    if owed < 0:
        return f"{work} runs, and nobody has queued it since it ran last"
    if owed == 0 and places:
        return f"{work} is {places[0]}, and nobody has queued it since it ran last"
    return ""


def unaccounted_work(whole: Whole) -> Found | None:
    """Keep accounts of every work."""
    return watch(whole.graph, _Accounts(whole))


# Flushes --------------------------------------------------------------------------------------------------------


class _Flushes(_OverCalls):
    """Ghost: the work that each context runs, and for each that flushes what it has to wait for.

    That is pairs of a work and how much is missing: 2 if it has not started, 1 if it has not ended.
    """

    def __init__(self, whole: Whole) -> None:
        super().__init__(whole)
        self._popped = [AtLocalState(self.machine, context, popped) for context in self.machine.contexts]
        self._inserted = [
            AtLocalState(
                self.machine,
                context,
                lambda local: [
                    local_of(frame, "work") for frame in local.frames if inside(local, "insert_kthread_work")
                ],
            )
            for context in self.machine.contexts
        ]

    def start(self, state: State) -> Any:
        return self.nobody, self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        runs, waits = ghost
        place = _place(context)
        if call.function in _FLUSHING:
            if call.entered:
                return (runs, _put(waits, place, self._missing(call, runs, place, state))), ""
            for work, _ in waits[place] or ():
                return (
                    ghost,
                    f"{call.function}() returns to {context}, and {work}, which it saw, has not run yet",
                )
            return (runs, _put(waits, place, None)), ""
        if call.caller == _WORKER:
            started = _started(call)
            if started is not None:
                return (_put(runs, place, started), _changed(waits, started, 2)), ""
            if not call.entered and runs[place] is not None:
                return (_put(runs, place, None), _changed(waits, runs[place], 1)), ""
        return ghost, ""

    def _missing(self, call: Call, runs: Works, place: int, state: State) -> tuple[tuple[Handle, int], ...]:
        """Return what a flush has to wait for that begins in a state; nobody can wait for his own end."""
        found = []
        for work in self._flushed(call, state):
            if work not in self.due.works or any(work in at.at(state) for at in self._inserted):
                continue
            if self._listed(state, work) or any(at.at(state) is work for at in self._popped):
                found.append((work, 2))
            elif work in runs and runs[place] is not work:
                found.append((work, 1))
        return tuple(found)

    def _flushed(self, call: Call, state: State) -> Iterator[Handle]:
        subject = call.arguments[0]
        if call.function == "flush_kthread_work":
            yield subject
            return
        for work in self.due.works:
            if self.machine.value(state, word_at(work, "worker")) is subject:
                yield work

    def _listed(self, state: State, work: Handle) -> bool:
        worker = self.machine.value(state, word_at(work, "worker"))
        if not isinstance(worker, Handle):
            return False
        return memory.members(work)["node"] in (ring(Sight(state), worker) or ())


def _changed(waits: tuple[Any, ...], work: Handle | None, missing: int) -> tuple[Any, ...]:
    """Return what is waited for after a work has started (2 becomes 1) or ended (1 becomes nothing)."""
    return tuple(_one_less(pairs, work, missing) if pairs else pairs for pairs in waits)


def _one_less(pairs: tuple[tuple[Handle, int], ...], work: Handle | None, missing: int) -> Any:
    left = [(item, count - 1) if (item, count) == (work, missing) else (item, count) for item, count in pairs]
    return tuple((item, count) for item, count in left if count)


def early_flush(whole: Whole) -> Found | None:
    """Watch whether flushes wait for what they saw."""
    if not _reached(whole.graph.machine, *_FLUSHING):
        return None
    return watch(whole.graph, _Flushes(whole))


# The end of a work's function -----------------------------------------------------------------------------------


def _left_locked(machine: Machine, context: Context, state: State) -> str:
    for lock in machine.every(Spinlock):
        if seen_by(machine, state, context, word_at(lock, "owner")) is context:
            return f"with {lock} held"
    if machine.value(state, word_at(machine.cpus[context.cpu], "pinned")) is context:
        return "with preemption or interrupts off"
    return ""


def unclean_function(whole: Whole) -> Found | None:
    """Look at every step in which a worker comes back from the function of a work."""
    graph, machine = whole.graph, whole.graph.machine
    if not _reached(machine, _WORKER):
        return None
    own = _called_by_name(machine.program.function(_WORKER))
    contexts = {str(context.number): context for context in machine.contexts if context.kind == "task"}
    for number, state in enumerate(graph.states):
        for key, _, target in graph.edges.choices(number):
            context = contexts.get(key)
            if context is None:
                continue
            for call in whole.calls.between(context, state, graph.states[target]):
                if call.caller == _WORKER and not call.entered and call.function not in own:
                    how = _left_locked(machine, context, graph.states[target])
                    if how:
                        keys = (*graph.schedule_to(number), key)
                        return Found(f"{call.function}() returns to the worker {how}", keys)
    return None


def _called_by_name(function: Stepped) -> list[str]:
    """Return what a function calls by name; what it calls besides is called through a pointer."""
    return [
        node.func.id
        for node in ast.walk(function.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
