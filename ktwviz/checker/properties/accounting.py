"""What becomes of a work that somebody queues: it is refused only if it runs anyway (I9), and runs once (I8).

And what becomes of one that somebody cancels: the answer says whether there was a run to take away (I10).
"""

from __future__ import annotations

from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.monitor import Watcher
from ktwviz.checker.properties.over_calls import (
    CANCELLING,
    MOD,
    QUEUEING,
    OverCalls,
    Works,
    cancelled,
    place_of,
    put,
    queued,
    reached,
)
from ktwviz.checker.properties.sight import settled, views, word_at
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State
from ktwviz.machine.memory import Handle
from ktwviz.values import dataclass

REFUSAL_KEPT = Builtin(
    "refusal-kept",
    "a work is refused only if it is going to run, or is being cancelled, at some moment of the call (I9)",
    "include/linux/kthread.h: false means already pending; patch 08/22",
)
WORK_ACCOUNTED = Builtin(
    "work-accounted",
    "every accepted work is started or cancelled once: none gets lost, and none runs that nobody queued (I8)",
    "include/linux/kthread.h; patch 08/22",
    by_default=False,
)
CANCEL_ANSWER = Builtin(
    "cancel-answer",
    "cancel tells the truth: it answers true if it took a promised run away, and false if there was none (I10)",
    "patch 09/22, cancel_delayed_kthread_work_sync(): the answer counts references",
)
_COUNTED = {
    "queue_kthread_work": 1,
    "queue_delayed_kthread_work": 1,
    MOD: 0,
    "del_timer": -1,
    "del_timer_sync": -1,
    **dict.fromkeys(CANCELLING, -1),
}
"""By how much the runs that are owed change where one of these returns true, or 1.

A mod that answers true has put another run in the place of one, or left that to who cancels; one that answers false
has made a new one, if it queued at all.
"""


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
            if work is not None and (self.due.at(state, work) or self._is_cancelled(state, work)):
                ghost = put(ghost, place, None)
        return ghost, ""

    def _is_cancelled(self, state: State, work: Handle) -> bool:
        """Tell whether somebody cancels a work, as memory has it or as some CPU sees it."""
        canceling = word_at(work, "canceling")
        return any(self.machine.value(view, canceling) for view in views(self.machine, state))


def refusals(whole: Whole) -> Watcher | None:
    """Watch who is told that a work is pending already."""
    return _Refusals(whole) if reached(whole.graph.machine, *QUEUEING) else None


# Accounts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Busy:
    """A context is about to queue or to cancel this work; `queues` once it is sure that it does."""

    work: Handle
    queues: bool = False


class _Accounts(OverCalls):
    """Ghost: how many runs of each work are owed, and which work each context is about to queue or to cancel."""

    judges_balance = True

    def start(self, state: State) -> Any:
        owed = tuple(int(self.due.at(state, work)) for work in self.due.works)
        return owed, self.nobody

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        place = place_of(context)
        mine = busy[place]
        if call.function in _COUNTED and call.caller not in _PARTS_OF_CANCEL:
            if call.entered:
                work = self._counted(call)
                return (owed, put(busy, place, None if work is None else _Busy(work))), ""
            if mine is not None:
                owed, busy = self._more(owed, mine.work, _change(call, mine)), put(busy, place, None)
                return (owed, busy), "" if _is_busy(busy, mine.work) else self._answer(
                    mine.work, call, owed, state
                )
            return ghost, ""
        if call.caller == MOD and call.function == "__queue_delayed_kthread_work" and call.entered and mine:
            return (owed, put(busy, place, _Busy(mine.work, queues=True))), ""
        started = self.started_by(call)
        if started in self.due.works:
            owed = self._more(owed, started, -1)
        return (owed, busy), ""

    def _counted(self, call: Call) -> Handle | None:
        """Return the work that is about to be queued or cancelled."""
        if call.function in (*QUEUEING, MOD):
            work = queued(call)
        elif call.function in CANCELLING:
            work = cancelled(call)
        else:
            work = self.due.work_of(call.arguments[0])
        return work if work in self.due.works else None

    def _more(self, owed: tuple[int, ...], work: Handle | None, count: int) -> tuple[int, ...]:
        place = self.due.works.index(work)
        # more than one too many, or too few, is no news: a run may go on for ever
        return put(owed, place, min(max(owed[place] + count, -1), 2))

    def _answer(self, work: Handle, call: Call, owed: tuple[int, ...], state: State) -> str:
        """Return what is wrong with an answer in itself, `owed` is the account with it; nobody else is at it."""
        return ""

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        owed, busy = ghost
        if not settled(self.machine, state) or self.due.linking(state):
            return ghost, ""
        for place, work in enumerate(self.due.works):
            if not self.due.alive(state, work):
                owed = put(owed, place, 0)
            elif not _is_busy(busy, work):
                places = list(self.due.places(state, work))
                how = _mismatch(work, owed[place], places)
                if how and self.judges_balance:
                    return ghost, how
                if how:
                    owed = put(owed, place, int(bool(places)))
        return (owed, busy), ""


_PARTS_OF_CANCEL = (
    "try_to_cancel_kthread_work",
    "kthread_cancel_delayed_work_timer",
    "__cancel_kthread_work_sync",
    MOD,
)
"""Who calls del_timer() or del_timer_sync() on the way to an answer of its own."""


def _change(call: Call, busy: _Busy) -> int:
    """Return by how much an answer changes what is owed."""
    if call.function == MOD:
        return int(busy.queues and not call.value)
    return _COUNTED[call.function] if call.value in (True, 1) else 0


def _is_busy(busy: tuple[_Busy | None, ...], work: Handle) -> bool:
    return any(one is not None and one.work is work for one in busy)


def _mismatch(work: Handle, owed: int, places: list[str]) -> str:
    """Compare what is owed with where a work is; on its way from one place to the next it may be at both."""
    if owed > len(places):
        return f"{work} was accepted and has not run, and nothing is going to run it"
    if owed < 0:
        return f"{work} runs, and nobody has queued it since it ran last"
    if owed == 0 and places:
        return f"{work} is {places[0]}, and nobody has queued it since it ran last"
    return ""


class _Answers(_Accounts):
    """The same accounts; only the answers of who cancels are judged, and what others get wrong is written off."""

    judges_balance = False

    def _answer(self, work: Handle, call: Call, owed: tuple[int, ...], state: State) -> str:
        if call.function not in CANCELLING:
            return ""
        left = owed[self.due.works.index(work)]
        if left < 0:
            return f"{call.name}() answers true, and {work} had no run that it could take away"
        if left > 0 and not self.due.at(state, work):
            return f"{call.name}() answers false, and a run of {work} that was promised is gone"
        return ""


def accounts(whole: Whole) -> Watcher | None:
    """Keep accounts of every work."""
    return _Accounts(whole)


def answers(whole: Whole) -> Watcher | None:
    """Compare what cancel answers with what became of the work."""
    return _Answers(whole) if reached(whole.graph.machine, *CANCELLING) else None
