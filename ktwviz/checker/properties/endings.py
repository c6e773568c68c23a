"""How the functions of works end: with no lock held, interrupts and preemption on (I4)."""

from __future__ import annotations

from collections.abc import Callable

from ktwviz.checker.properties.builtin import Found, Whole
from ktwviz.checker.properties.locks import seen_by
from ktwviz.checker.properties.over_calls import WORKER, called_by_name, reached
from ktwviz.checker.properties.sight import word_at
from ktwviz.kernel.spinlock import Spinlock
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Machine, State


def _left_locked(machine: Machine, context: Context, state: State) -> str:
    for lock in machine.every(Spinlock):
        if seen_by(machine, state, context, word_at(lock, "owner")) is context:
            return f"with {lock} held"
    if machine.value(state, word_at(machine.cpus[context.cpu], "pinned")) is context:
        return "with preemption or interrupts off"
    return ""


Returning = Callable[[Context, State, State], str]
"""Tells of a context's step from one state to the next how the function of a work ends wrongly in it."""


def unclean_return(whole: Whole) -> Returning | None:
    """Return what looks at a step in which a worker comes back from the function of a work; None without workers."""
    machine = whole.graph.machine
    if not reached(machine, WORKER):
        return None
    own = called_by_name(machine.program.function(WORKER))

    def look(context: Context, before: State, after: State) -> str:
        if context.kind != "task":
            return ""
        for call in whole.calls.between(context, before, after):
            if call.caller == WORKER and not call.entered and call.function not in own:
                how = _left_locked(machine, context, after)
                if how:
                    return f"{call.name}() returns to the worker {how}"
        return ""

    return look


def unclean_function(whole: Whole) -> Found | None:
    """Look at every step in which a worker comes back from the function of a work."""
    graph, look = whole.graph, unclean_return(whole)
    if look is None:
        return None
    contexts = {str(context.number): context for context in graph.machine.contexts}
    for number, state in enumerate(graph.states):
        if number % 2048 == 0:
            whole.go_on()
        for key, _, target in graph.edges.choices(number):
            how = look(contexts[key], state, graph.states[target]) if key in contexts else ""
            if how:
                return Found(how, (*graph.schedule_to(number), key))
    return None
