"""Who runs a work (I7)."""

from __future__ import annotations

from typing import Any

from ktwviz.checker.properties.builtin import Builtin, Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.monitor import Watcher
from ktwviz.checker.properties.over_calls import WORKER, OverCalls, Works, place_of, put, reached
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State

ONE_EXECUTOR = Builtin(
    "one-executor",
    "a work's function is run by one worker at a time (I7)",
    "patch 07/22, one work and several workers",
)


class _Executors(OverCalls):
    """Ghost: the work whose function each context is in the middle of.

    A work that its function frees is no more: what is allocated later at its address is another one. So is nothing
    read from `current_work`, which tells what a worker took last.
    """

    def called(self, ghost: Works, context: Context, call: Call, state: State) -> tuple[Works, str]:
        place = place_of(context)
        started = self.started_by(call)
        if started in self.due.works:
            if started in ghost:
                other = self.machine.contexts[ghost.index(started)]
                return ghost, f"{started} is run by {other} and by {context} at once"
            return put(ghost, place, started), ""
        if call.caller == WORKER and not call.entered and ghost[place] is not None:
            return put(ghost, place, None), ""
        return ghost, ""

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        for place, work in enumerate(ghost):
            if work is not None and not self.due.alive(state, work):
                ghost = put(ghost, place, None)
        return ghost, ""


def several_executors(whole: Whole) -> Watcher | None:
    """Watch who is in the function of which work."""
    return _Executors(whole) if reached(whole.graph.machine, WORKER) else None
