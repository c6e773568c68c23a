"""How the functions of works end: with no lock held, interrupts and preemption on (I4)."""

import ast

from ktwviz.checker.properties.builtin import Found, Whole
from ktwviz.checker.properties.locks import seen_by
from ktwviz.checker.properties.over_calls import WORKER, reached
from ktwviz.checker.properties.sight import word_at
from ktwviz.kernel.spinlock import Spinlock
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State


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
    if not reached(machine, WORKER):
        return None
    own = _called_by_name(machine.program.function(WORKER))
    contexts = {str(context.number): context for context in machine.contexts if context.kind == "task"}
    for number, state in enumerate(graph.states):
        for key, _, target in graph.edges.choices(number):
            context = contexts.get(key)
            if context is None:
                continue
            for call in whole.calls.between(context, state, graph.states[target]):
                if call.caller == WORKER and not call.entered and call.function not in own:
                    how = _left_locked(machine, context, graph.states[target])
                    if how:
                        keys = (*graph.schedule_to(number), key)
                        return Found(f"{call.function}() returns to the worker {how}", keys)
    return None


def _called_by_name(function: Stepped) -> list[str]:
    """Return what a function calls by name; what it calls besides is called through a pointer."""
    return [
        node.func.id
        for node in function.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
