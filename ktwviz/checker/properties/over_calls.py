"""What monitors of a run's past have in common: they see which functions each step enters and leaves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ktwviz.checker.explore import Graph
from ktwviz.checker.properties.builtin import Whole
from ktwviz.checker.properties.calls import Call
from ktwviz.checker.properties.due import Due
from ktwviz.checker.properties.monitor import Monitor
from ktwviz.kernel.kthread_api import AnyDelayedWork, AnyWork, v4_name
from ktwviz.machine import memory
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

WORKER = "kthread_worker_fn"
QUEUEING = ("queue_kthread_work", "queue_delayed_kthread_work")
MOD = "mod_delayed_kthread_work"
CANCELLING = ("cancel_kthread_work_sync", "cancel_delayed_kthread_work_sync")

Works = tuple[Handle | None, ...]
"""A work for each context, None where it has none."""


def put(items: tuple[Any, ...], place: int, item: Any) -> tuple[Any, ...]:
    """Return a tuple with another item in one place."""
    return (*items[:place], item, *items[place + 1 :])


def place_of(context: Context) -> int:
    """Return the place of a context in what has one item for each."""
    return context.number - 1


def queued(call: Call) -> Handle | None:
    """Return the work that somebody is about to queue, or to queue anew."""
    return _work_in(call.arguments[1] if len(call.arguments) > 1 else None)


def cancelled(call: Call) -> Handle | None:
    """Return the work that somebody is about to cancel."""
    return _work_in(call.arguments[0] if call.arguments else None)


def called_by_name(function: Stepped) -> tuple[str, ...]:
    """Return what a function calls by name; what it calls besides is called through a pointer."""
    return tuple(
        node.func.id
        for node in function.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def _work_in(item: object) -> Handle | None:
    """Return a work, given its address or that of the delayed work around it."""
    if isinstance(item, Handle) and issubclass(memory.struct_of(item), AnyDelayedWork):
        item = memory.members(item)["work"]
    return _work(item)


def _work(item: object) -> Handle | None:
    return item if isinstance(item, Handle) and issubclass(memory.struct_of(item), AnyWork) else None


def reached(machine: Machine, *names: str) -> bool:
    """Tell whether a scenario can come to one of these functions at all."""
    roots = [context.entry for context in machine.contexts]
    roots += [value for value in machine.initial if isinstance(value, Stepped)]
    roots += [word.constant for word in _constants(machine) if isinstance(word.constant, Stepped)]
    return any(v4_name(function.name) in names for function in machine.program.reachable(roots))


def _constants(machine: Machine) -> Iterator[memory.Word]:
    for handle in machine.objects:
        yield from (word for word in memory.words_of(handle) if word.index < 0)


def _due(graph: Graph) -> Due:
    return Due(graph.machine)


class OverCalls(Monitor[Any]):
    """A monitor that sees the functions which each step enters and leaves."""

    def __init__(self, whole: Whole) -> None:
        self.machine = whole.graph.machine
        self.calls = whole.calls
        self.due = whole.once(_due)
        self.nobody: Works = (None,) * len(self.machine.contexts)
        self._own = called_by_name(self.machine.program.function(WORKER))

    def first(self, state: State) -> Any:
        """Return the ghost before the first step: tasks stand in what they have entered before it."""
        ghost = self.start(state)
        for context in self.machine.contexts:
            if context.kind == "task" and not context.spare:
                for call in self.calls.first(context):
                    ghost, _ = self.called(ghost, context, call, state)
        return self.arrived(ghost, state)[0]

    def after(self, ghost: Any, before: State, context: Context | None, after: State) -> tuple[Any, str]:
        """Return the ghost after a step and its calls, in the state that it leads to."""
        if context is not None:
            ghost = self.stepped(ghost, before, context)
            for call in self.calls.between(context, before, after):
                ghost, how = self.called(ghost, context, call, after)
                if how:
                    return ghost, how
        return self.arrived(ghost, after)

    def started_by(self, call: Call) -> Handle | None:
        """Return the work whose function a worker calls: through a pointer, unlike what its loop calls by name."""
        if not (call.entered and call.caller == WORKER and call.arguments) or call.name in self._own:
            return None
        return _work(call.arguments[0])

    def start(self, state: State) -> Any:
        """Return the ghost before anything was called."""
        return self.nobody

    def stepped(self, ghost: Any, before: State, context: Context) -> Any:
        """Return the ghost once a context takes a step, before anything is called in it."""
        return ghost

    def called(self, ghost: Any, context: Context, call: Call, state: State) -> tuple[Any, str]:
        """Return the ghost after a call, and what it breaks. `state` is the one after the step."""
        raise NotImplementedError

    def arrived(self, ghost: Any, state: State) -> tuple[Any, str]:
        """Return the ghost in the state after a step, and what is broken in it."""
        return ghost, ""
