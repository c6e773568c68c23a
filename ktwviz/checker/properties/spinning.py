"""Who goes round in a loop for ever without a way out: in a part of a graph that is never left.

A context spins there if it is inside one loop all the time, never comes out of it though the loop has an end, and
changes nothing in it but locks and CPUs. What it looks at may change, as long as that never lets it out; and what
others change is their progress, not its own. A loop without an end, `while True` with no break and no return, waits
for nothing, and whoever changes something is at work: neither spins.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ktwviz.checker.explore import Graph
from ktwviz.checker.liveness import Bottom
from ktwviz.checker.properties.sight import own_view
from ktwviz.kernel.spinlock import Spinlock
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, Code, CodeFault, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.cpu import Cpu
from ktwviz.machine.effects import perform
from ktwviz.machine.language import Pure, Stepped
from ktwviz.machine.machine import Enabled, Machine, State, apply
from ktwviz.machine.made import Form
from ktwviz.machine.program import Program
from ktwviz.machine.run import Run
from ktwviz.machine.syntax import nodes_below

_LEFT = "left_a_loop"


def noise_of(machine: Machine) -> frozenset[int]:
    """Return the indices of the words that change in mere trying: those of locks and CPUs."""
    handles = (*machine.every(Cpu), *machine.every(Spinlock))
    return frozenset(word.index for handle in handles for word in memory.words_of(handle))


def spinners(graph: Graph, bottom: Bottom) -> Iterator[str]:
    """Yield who spins in a part of a graph that is never left, and where, in words."""
    machine = graph.machine
    waiting = {
        str(context.number): context
        for context in machine.contexts
        if str(context.number) in bottom.movers
        and all(graph.states[number][context.slot] > DONE for number in bottom.states)
    }
    steps: dict[str, dict[Any, tuple[LocalState, Any]]] = {key: {} for key in waiting}
    noise = noise_of(machine) if waiting else frozenset()
    for number in bottom.states:
        if not waiting:
            return
        state = graph.states[number]
        for step, _ in machine.successors(state):
            context = waiting.get(step.choice)
            if context is None:
                continue
            if _changes(machine, context, state, step, noise):
                del waiting[step.choice]
                continue
            local = machine.local_state(state, context)
            received = perform(Run(state, machine, context), local.effect or ())
            steps[step.choice][local.number, received.__class__, received] = local, received
    for key, context in waiting.items():
        loop = _loop_of(machine, context, list(steps[key].values()))
        if loop is not None:
            yield f"{context} goes round for ever in the loop at {loop}"


def _changes(machine: Machine, context: Context, state: State, step: Enabled, noise: frozenset[int]) -> bool:
    """Tell whether a step changes something, as the CPU of its context sees it."""
    before = own_view(machine, state, context)
    after = own_view(machine, apply(state, step), context)
    changed = (index for index in range(len(machine.words)) if before[index] != after[index])
    return any(index not in noise for index in changed)


# Loops ----------------------------------------------------------------------------------------------------------


def _loop_of(machine: Machine, context: Context, steps: list[tuple[LocalState, Any]]) -> str | None:
    """Return the place of a loop with an end that a context is inside of all the time and never comes out of."""
    places = [local.frames for local, _ in steps]
    left = _Rounds(machine, context).left(steps)
    for level, frame in enumerate(places[0]):
        if any(len(frames) <= level or frames[level].function is not frame.function for frames in places):
            return None
        lines = {frames[level].line for frames in places}
        for loop in _loops(frame.function):
            first, last = loop.lineno, loop.end_lineno or loop.lineno
            inside = all(first <= line <= last for line in lines)
            name = frame.function.name
            if inside and _has_an_end(loop) and (name, first) not in left and (name, 0) not in left:
                return f"{frame.function.file}:{first}"
        if len({frames[level].pc for frames in places}) > 1:
            return None
    return None


def _loops(function: Stepped) -> Iterator[ast.While]:
    return (node for node in function.nodes if isinstance(node, ast.While))


def _has_an_end(loop: ast.While) -> bool:
    if not (isinstance(loop.test, ast.Constant) and loop.test.value):
        return True
    return any(isinstance(node, ast.Break) for node in _own(loop)) or any(
        isinstance(node, ast.Return) for node in nodes_below(loop)
    )


def _own(loop: ast.While) -> Iterator[ast.AST]:
    """Yield the nodes of a loop that belong to no loop inside it."""
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.While):
            waiting += ast.iter_child_nodes(node)


class _Marker(ast.NodeTransformer):
    """Puts a note behind each loop of a function; it costs no step."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        self.generic_visit(node)
        note = ast.Call(
            ast.Name(_LEFT, ast.Load()), [ast.Constant(self._name), ast.Constant(node.lineno)], []
        )
        behind = ast.copy_location(ast.Expr(note), node)
        return [node, ast.fix_missing_locations(behind)]


class _Marking(Program):
    """The same program; it notes which loops it leaves, as (function, line), and which functions, with 0 for a line."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.noted: set[tuple[str, int]] = set()
        super().__init__({**namespace, _LEFT: Pure(_LEFT, lambda name, line: self.noted.add((name, line)))})

    def _compile(self, function: Stepped) -> Form:
        from copy import deepcopy  # noqa: PLC0415  # where nothing spins a search starts the sooner without it

        tree = _Marker(function.name).visit(deepcopy(function.tree))
        return self._compile_anew(
            Stepped(function.name, function.file, tree, function.source, function.folded)
        )

    def _call(self, compiled: Any, arguments: tuple[Any, ...], globals_: dict[str, Any]) -> Code:
        return self._until_it_returns(compiled.stepped.name, super()._call(compiled, arguments, globals_))

    def _until_it_returns(self, name: str, code: Code) -> Code:
        value = yield from code
        self.noted.add((name, 0))
        return value


class _Rounds:
    """Runs the stretches of a context's code once more, to see which loops and functions they leave."""

    def __init__(self, machine: Machine, context: Context) -> None:
        self._program = _Marking(machine.program.namespace)
        self._start = self._program.starter(context.entry, context.arguments, context)

    def left(self, steps: list[tuple[LocalState, Any]]) -> set[tuple[str, int]]:
        """Return all that is left in the stretches after these local states, each with what it receives."""
        found: set[tuple[str, int]] = set()
        for local, received in steps:
            code = self._at(local)
            self._program.noted.clear()
            self._send(code, received)
            found |= self._program.noted
        return found

    def _at(self, local: LocalState) -> Code:
        history, walk = [], local
        while walk.parent is not None:
            history.append(walk.received)
            walk = walk.parent
        code = self._start()
        for value in (None, *reversed(history)):
            self._send(code, value)
        return code

    def _send(self, code: Code, value: Any) -> None:
        try:
            self._program.resume(code, value)
        except (StopIteration, CodeFault):
            return
