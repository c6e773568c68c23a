"""A flush waits for what it saw (I13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.due import inserted, popped
from ktwviz.checker.properties.lists import ring
from ktwviz.checker.properties.monitor import Watcher
from ktwviz.checker.properties.over_calls import (
    CANCELLING,
    MOD,
    WORKER,
    OverCalls,
    Works,
    cancelled,
    place_of,
    put,
    queued,
    reached,
)
from ktwviz.checker.properties.sight import AtLocalState, Sight, word_at
from ktwviz.kernel.kthread_api import heads_of
from ktwviz.machine import memory
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State
from ktwviz.machine.memory import Handle

FLUSH_WAITS = Builtin(
    "flush-waits",
    "a flush returns only after what was queued or running when it was called has run (I13)",
    "kernel/kthread.c, flush_kthread_work() and flush_kthread_worker()",
)
_FLUSHING = ("flush_kthread_work", "flush_kthread_worker")


class _Flushes(OverCalls):
    """Ghost: the work that each context runs, the one that it cancels, and for each that flushes what it waits for.

    That is pairs of a work and how much is missing: 2 if it has not started, 1 if it has not ended. Where somebody
    cancels a work that has not started, it need not run for a flush.
    """

    def __init__(self, whole: Whole) -> None:
        super().__init__(whole)
        self._popped = [AtLocalState(self.machine, context, popped) for context in self.machine.contexts]
        self._inserted = [
            AtLocalState(self.machine, context, lambda local: tuple(inserted(local)))
            for context in self.machine.contexts
        ]

    def start(self, state: State) -> Any:
        return self.nobody, self.nobody, self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        if call.function in _FLUSHING:
            return self._flushing(ghost, context, call, state)
        if call.function in (*CANCELLING, MOD):
            return self._cancelling(ghost, context, call), ""
        runs, cancels, waits = ghost
        place = place_of(context)
        started = self.started_by(call)
        if started is not None:
            return (put(runs, place, started), cancels, _changed(waits, started, 2)), ""
        if call.caller == WORKER and not call.entered and runs[place] is not None:
            return (put(runs, place, None), cancels, _changed(waits, runs[place], 1)), ""
        return ghost, ""

    def _flushing(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        """Return the ghost after a flush begins or ends, and what it has not waited for."""
        runs, cancels, waits = ghost
        place = place_of(context)
        if call.entered:
            return (runs, cancels, put(waits, place, self._missing(call, runs, place, state))), ""
        for work, missing in waits[place] or ():
            if missing == 1 or work not in cancels:
                return ghost, f"{call.name}() returns to {context}, and {work}, which it saw, has not run yet"
        return (runs, cancels, put(waits, place, None)), ""

    def _cancelling(self, ghost: Any, context: Context, call: Call) -> Any:
        """Return the ghost after somebody begins or ends to cancel: nobody needs to wait then for what was queued."""
        runs, cancels, waits = ghost
        place = place_of(context)
        if call.entered:
            work = queued(call) if call.function == MOD else cancelled(call)
            return runs, put(cancels, place, work), waits
        return runs, put(cancels, place, None), _without(waits, cancels[place])

    def _missing(self, call: Call, runs: Works, place: int, state: State) -> tuple[tuple[Handle, int], ...]:
        """Return what a flush has to wait for that begins in a state; nobody can wait for his own end."""
        found = []
        for work in self._flushed(call, state):
            if work not in self.due.works or any(work in at.at(state) for at in self._inserted):
                continue
            if self._listed(state, work) or any(work in at.at(state) for at in self._popped):
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
        return memory.members(work)["node"] in (ring(Sight(state), heads_of(worker)[0]) or ())


def _changed(waits: tuple[Any, ...], work: Handle | None, missing: int) -> tuple[Any, ...]:
    """Return what is waited for after a work has started (2 becomes 1) or ended (1 becomes nothing)."""
    return tuple(_one_less(pairs, work, missing) if pairs else pairs for pairs in waits)


def _without(waits: tuple[Any, ...], work: Handle | None) -> tuple[Any, ...]:
    """Return what is waited for after a work was cancelled that had not started."""
    return tuple(tuple(pair for pair in pairs if pair != (work, 2)) if pairs else pairs for pairs in waits)


def _one_less(pairs: tuple[tuple[Handle, int], ...], work: Handle | None, missing: int) -> Any:
    left = [(item, count - 1) if (item, count) == (work, missing) else (item, count) for item, count in pairs]
    return tuple((item, count) for item, count in left if count)


def early_flushes(whole: Whole) -> Watcher | None:
    """Watch whether flushes wait for what they saw."""
    return _Flushes(whole) if reached(whole.graph.machine, *_FLUSHING) else None
