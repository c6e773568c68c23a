"""Cancelling: afterwards the work is at rest (I10), meanwhile nobody queues it (I11).

While somebody cancels a work its `canceling` is not 0: it counts who is at it (I11).
"""

from __future__ import annotations

from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.due import INSERTING
from ktwviz.checker.properties.locks import INITIALISERS
from ktwviz.checker.properties.monitor import Watcher
from ktwviz.checker.properties.over_calls import (
    CANCELLING,
    MOD,
    QUEUEING,
    WORKER,
    OverCalls,
    Works,
    cancelled,
    place_of,
    put,
    queued,
    reached,
)
from ktwviz.checker.properties.sight import Sight, inside, own_view, settled, word_at
from ktwviz.machine.context import Context
from ktwviz.machine.effects import STORE
from ktwviz.machine.machine import State
from ktwviz.machine.memory import Handle
from ktwviz.values import dataclass, replace

CANCEL_FINAL = Builtin(
    "cancel-final",
    "once cancel has returned, the work is not queued, not armed and not running, unless it was queued anew (I10)",
    "patch 09/22, cancel_kthread_work_sync()",
)
CANCEL_BLOCKS = Builtin(
    "cancel-blocks",
    "nobody queues or arms a work while somebody cancels it (I11)",
    "patch 09/22; commit 6993d0fdbee0",
    by_default=False,
)
CANCELING_COUNTED = Builtin(
    "canceling-counted",
    "canceling is the number of those who cancel the work just now, and 0 in the end (I11)",
    "patch 09/22, struct kthread_work",
    by_default=False,
)
_LOCKING = ("spin_lock", "spin_lock_irq", "spin_lock_irqsave")


# Afterwards -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cancel:
    """Somebody cancels this work. `anew`: what it is now need not be what could be taken away, see `_Endings`."""

    work: Handle
    begun: bool = False
    anew: bool = False


@dataclass(frozen=True)
class _Ask:
    """Somebody has been asked to queue this work: he is about to link or to arm it, or has begun to."""

    work: Handle
    enters: bool = False
    begun: bool = False


class _Endings(OverCalls):
    """Ghost: for each context the work that it runs, the one that it asks for, and the one that it cancels.

    A work was queued anew if somebody began to link or to arm it after the canceller took a lock last, or had not
    come back from that when the cancel began: nothing of that one could be taken away for sure. Both begin with their
    first step, not where they are called: code is free to call between two steps, so when it does makes no difference.
    """

    def start(self, state: State) -> Any:
        return self.nobody, self.nobody, self.nobody

    def stepped(self, ghost: Any, before: State, context: Context) -> Any:
        return _begun(ghost, place_of(context))

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        runs, asks, cancels = ghost
        place = place_of(context)
        mine = cancels[place]
        if call.caller == WORKER:
            runs = put(runs, place, self.started_by(call) if call.entered else None)
        elif call.function in CANCELLING:
            if mine is not None and not call.entered:
                how = self._unrest(_begun(ghost, place), context, call, state)
                return (runs, asks, put(cancels, place, None)), how
            work = cancelled(call) if call.entered else None
            cancels = put(cancels, place, None if work is None else _Cancel(work))
        elif call.function in (*QUEUEING, MOD):
            work = queued(call) if call.entered else None
            asks = put(asks, place, None if work is None else _Ask(work))
        elif call.function in INSERTING and call.entered and asks[place] is not None:
            asks = put(asks, place, replace(asks[place], enters=True))
        elif call.function in _LOCKING and not call.entered and mine and call.caller != "lock_timer_base":
            cancels = put(cancels, place, _Cancel(mine.work, True, _is_inserted(asks, mine.work)))
        return (runs, asks, cancels), ""

    def _unrest(self, ghost: Any, context: Context, call: Call, state: State) -> str:
        """Return how a work still goes on that somebody has just cancelled, as his CPU sees it."""
        runs, asks, cancels = ghost
        work, anew = cancels[place_of(context)].work, cancels[place_of(context)].anew
        if anew or work not in self.due.works:
            return ""
        view = own_view(self.machine, state, context)
        sight = Sight(view)
        if not sight.alive(work):
            return ""
        queueing = [other for other, ask in zip(self.machine.contexts, asks, strict=True) if ask is not None]
        hands = {f"in the hands of {other}" for other in queueing if asks[place_of(other)].work is work}
        places = [place for place in self.due.places(view, work) if place not in hands]
        if not places and sight.read(work, "node", "next") not in (None, sight.read(work, "node")):
            places = ["linked"]
        for place, other in enumerate(runs):
            if other is work and place != place_of(context):
                places.append(f"run by {self.machine.contexts[place]}")
        return f"{call.name}() returns to {context}, and {work} is {places[0]}" if places else ""


def _begun(ghost: Any, place: int) -> Any:
    """Return the ghost once a context takes a step: what it was about to do has begun."""
    runs, asks, cancels = ghost
    ask, mine = asks[place], cancels[place]
    if ask is not None and ask.enters and not ask.begun:
        asks = put(asks, place, _Ask(ask.work, enters=True, begun=True))
        cancels = tuple(
            _Cancel(one.work, True, True) if one and one.begun and one.work is ask.work else one
            for one in cancels
        )
    if mine is not None and not mine.begun:
        cancels = put(cancels, place, _Cancel(mine.work, True, _is_inserted(asks, mine.work)))
    return runs, asks, cancels


def _is_inserted(asks: tuple[_Ask | None, ...], work: Handle) -> bool:
    """Tell whether somebody is linking or arming a work, and has not come back from it."""
    return any(ask is not None and ask.begun and ask.work is work for ask in asks)


def unfinished_cancels(whole: Whole) -> Watcher | None:
    """Watch what is left of a work when cancel returns."""
    return _Endings(whole) if reached(whole.graph.machine, *CANCELLING) else None


# Meanwhile ------------------------------------------------------------------------------------------------------


class _Sections(OverCalls):
    """Ghost: for each context the work whose `canceling` it has raised and not lowered again.

    Each store by one context does one of the two in turn.
    """

    def __init__(self, whole: Whole) -> None:
        super().__init__(whole)
        self.counters = {word_at(work, "canceling"): work for work in self.due.works}

    def stepped(self, ghost: Works, before: State, context: Context) -> Works:
        raised = self._stored(before, context)
        if raised is None:
            return ghost
        place = place_of(context)
        return put(ghost, place, None if ghost[place] is raised else raised)

    def _stored(self, before: State, context: Context) -> Handle | None:
        """Return the work whose `canceling` a context's next step from a state writes."""
        local = self.machine.local_state(before, context)
        effect = local.effect
        if effect is None or effect[0] != STORE or inside(local, *INITIALISERS):
            return None
        return self.counters.get(effect[1])


class _Counts(_Sections):
    """Compares `canceling` with the ghost."""

    def called(self, ghost: Works, context: Context, call: Call, state: State) -> tuple[Works, str]:
        work = ghost[place_of(context)]
        if not call.entered and work is not None and call.function in (*CANCELLING, MOD):
            return ghost, f"{call.name}() returns to {context} and leaves {work}.canceling raised"
        return ghost, ""

    def arrived(self, ghost: Works, state: State) -> tuple[Works, str]:
        if settled(self.machine, state):
            sight = Sight(state)
            for word, work in self.counters.items():
                value, count = sight.value(word), sum(1 for one in ghost if one is work)
                if value != count and sight.alive(work):
                    return ghost, f"{word.path} is {value}, and those who cancel {work} just now are {count}"
        return ghost, ""


class _Intruders(_Sections):
    """Looks for those who queue or arm a work that somebody else has raised `canceling` of."""

    def called(self, ghost: Works, context: Context, call: Call, state: State) -> tuple[Works, str]:
        if call.entered and call.function in INSERTING:
            work = queued(call)
            at = next((place for place, one in enumerate(ghost) if one is not None and one is work), None)
            if at is not None:
                canceller = self.machine.contexts[at]
                return ghost, f"{context} calls {call.name}() for {work}, and {canceller} cancels it just now"
        return ghost, ""


def miscounted_cancels(whole: Whole) -> Watcher | None:
    """Watch whether `canceling` tells who cancels."""
    return _Counts(whole) if reached(whole.graph.machine, *CANCELLING, MOD) else None


def intruders(whole: Whole) -> Watcher | None:
    """Watch whether anybody queues what is being cancelled."""
    return _Intruders(whole) if reached(whole.graph.machine, *CANCELLING, MOD) else None
