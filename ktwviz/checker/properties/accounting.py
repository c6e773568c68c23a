"""What becomes of a work that somebody queues: it is refused only if it runs anyway (I9), and runs once (I8)."""

from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.monitor import Watcher
from ktwviz.checker.properties.over_calls import (
    QUEUEING,
    OverCalls,
    Works,
    place_of,
    put,
    queued,
    reached,
    started_by,
)
from ktwviz.checker.properties.sight import Sight, settled
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State
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
_COUNTED = {"queue_kthread_work": 1, "queue_delayed_kthread_work": 1, "del_timer": -1, "del_timer_sync": -1}
"""By how much the runs that are owed change where one of these returns true, or 1."""


# Refusals -------------------------------------------------------------------------------------------------------


class _Refusals(OverCalls):
    """Ghost: for each context the work that it is about to queue, while that was not due at any moment so far."""

    def called(self, ghost: Works, context: Context, call: Call, state: State) -> tuple[Works, str]:
        if call.function not in QUEUEING:
            return ghost, ""
        if call.entered:
            work = queued(call)
            return put(ghost, place_of(context), work if work in self.due.works else None), ""
        work = ghost[place_of(context)]
        if work is not None and call.value is not None and not call.value:
            return ghost, f"{call.name}() refuses {work} to {context}, and nothing is going to run it"
        return put(ghost, place_of(context), None), ""

    def arrived(self, ghost: Works, state: State) -> tuple[Works, str]:
        if ghost == self.nobody:
            return ghost, ""
        for place, work in enumerate(ghost):
            if work is not None and self.due.at(state, work):
                ghost = put(ghost, place, None)
        return ghost, ""


def refusals(whole: Whole) -> Watcher | None:
    """Watch who is told that a work is pending already."""
    return _Refusals(whole) if reached(whole.graph.machine, *QUEUEING) else None


# Accounts -------------------------------------------------------------------------------------------------------


class _Accounts(OverCalls):
    """Ghost: how many runs of each work are owed, and which work each context is about to queue."""

    def start(self, state: State) -> Any:
        owed = tuple(int(self.due.at(state, work)) for work in self.due.works)
        return owed, self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        place = place_of(context)
        if call.function in _COUNTED and call.entered:
            work = self._counted(call)
            return (owed, put(busy, place, work)), ""
        if call.function in _COUNTED:
            if call.value in (True, 1) and busy[place] is not None:
                owed = self._more(owed, busy[place], _COUNTED[call.function])
            return (owed, put(busy, place, None)), ""
        started = started_by(call)
        if started in self.due.works:
            owed = self._more(owed, started, -1)
        return (owed, busy), ""

    def _counted(self, call: Call) -> Handle | None:
        """Return the work that is about to be queued or cancelled."""
        work = queued(call) if call.function in QUEUEING else self.due.work_of(call.arguments[0])
        return work if work in self.due.works else None

    def _more(self, owed: tuple[int, ...], work: Handle | None, count: int) -> tuple[int, ...]:
        place = self.due.works.index(work)
        return put(owed, place, owed[place] + count)

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        if not settled(self.machine, state) or self.due.linking(state):
            return ghost, ""
        for place, work in enumerate(self.due.works):
            if not Sight(state).alive(work):
                owed = put(owed, place, 0)
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


def accounts(whole: Whole) -> Watcher | None:
    """Keep accounts of every work."""
    return _Accounts(whole)
