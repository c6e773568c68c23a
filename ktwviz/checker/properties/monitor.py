"""Properties of a run's past: a small ghost goes along, and is a function of the steps taken so far.

The ghost changes nothing, so the graph stays what it is; the pairs of state and ghost are gone through, breadth first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from ktwviz.checker.explore import Edges, Graph
from ktwviz.checker.properties.builtin import Found, GraphRule, Whole
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State

_LOOK_UP = 2048

Ghost = TypeVar("Ghost", bound=Hashable)


class Monitor(ABC, Generic[Ghost]):
    """Watches runs: `first` is the ghost at the start, `after` what a step makes of it."""

    @abstractmethod
    def first(self, state: State) -> Ghost:
        """Return the ghost before the first step."""

    @abstractmethod
    def after(self, ghost: Ghost, before: State, context: Context | None, after: State) -> tuple[Ghost, str]:
        """Return the ghost after a step, and how the run is broken by now, if it is.

        `context` took the step; None if it was the hardware's.
        """


Watcher = Monitor[Any]
WatcherOf = Callable[[Whole], Watcher | None]
"""Makes the monitor of a property, None where a scenario cannot come to what it watches."""


def watched(make: WatcherOf) -> GraphRule:
    """Return the rule that watches every run of a graph."""

    def rule(whole: Whole) -> Found | None:
        monitor = make(whole)
        return None if monitor is None else watch(whole, monitor)

    return rule


BROKEN, OVER = "broken", "over"
"""What stands in the place of a ghost where a run is broken, and where somebody has stopped for good."""


def unfolded(graph: Graph, monitor: Watcher) -> Graph:
    """Return the graph of the pairs of state and ghost. Nothing follows where a run is broken or over."""
    edges, states = graph.edges, graph.states
    is_over = anyone_dead(graph.machine)
    contexts = {str(context.number): context for context in graph.machine.contexts}
    start = (0, monitor.first(states[0]))
    nodes, numbers = [start], {start: 0}
    kept = Edges()
    cut, unknown = [], frozenset(graph.cut)
    for place, (number, ghost) in enumerate(nodes):  # grows while it is walked
        keys, targets = [], []
        if (number in unknown or number >= graph.followed) and ghost != BROKEN:
            cut.append(place)
        for key, _, target in () if ghost in (BROKEN, OVER) else edges.choices(number):
            if is_over(states[target]):
                node: tuple[int, Any] = (target, OVER)
            else:
                next_ghost, how = monitor.after(ghost, states[number], contexts.get(key), states[target])
                node = (target, BROKEN if how else next_ghost)
            if node not in numbers:
                numbers[node] = len(nodes)
                nodes.append(node)
            keys.append(key)
            targets.append(numbers[node])
        kept.put(keys, targets)
    return Graph(
        graph.machine,
        nodes,
        array("I"),
        [],
        numbers,
        cut=cut,
        followed=len(nodes),
        bound=graph.bound,
        kept=kept,
    )


def _over(graph: Graph) -> bytearray:
    """Return for every state whether somebody has stopped for good in it."""
    return bytearray(map(anyone_dead(graph.machine), graph.states))


def watch(whole: Whole, monitor: Monitor[Ghost]) -> Found | None:
    """Return how some run of a graph is broken, the shortest one, None if none is. May raise Stopped."""
    graph, over = whole.graph, whole.once(_over)
    edges, states = graph.edges, graph.states
    targets, through, after = edges.targets, edges.through, monitor.after
    contexts = _contexts_of(graph)
    first = monitor.first(states[0])
    # a pair of state and ghost is one number: of the ghost, in order of appearance, times all states, and of the state
    count, ghosts, known = len(states), [first], {first: 0}
    nodes, parents, by = array("Q", [0]), array("I", [0]), array("I", [0])
    seen = {0}
    for place, node in enumerate(nodes):  # grows while it is walked
        if place % _LOOK_UP == 0:
            whole.go_on()
        which, number = divmod(node, count)
        ghost, state = ghosts[which], states[number]
        for edge in edges.out(number):
            target = targets[edge]
            if over[target]:
                continue
            next_ghost, how = after(ghost, state, contexts[through[edge]], states[target])
            if how:
                taken = [*_edges_to(place, parents, by), edge]
                return Found(how, tuple(edges.keys[through[each]] for each in taken))
            following = which if next_ghost is ghost else known.setdefault(next_ghost, len(ghosts))
            if following == len(ghosts):
                ghosts.append(next_ghost)
            pair = following * count + target
            if pair not in seen:
                seen.add(pair)
                nodes.append(pair)
                parents.append(place)
                by.append(edge)
    return None


def _contexts_of(graph: Graph) -> list[Context | None]:
    """Return who takes a step, for each key of the graph; None for the hardware."""
    contexts = {str(context.number): context for context in graph.machine.contexts}
    return [contexts.get(key) for key in graph.edges.keys]


def _edges_to(place: int, parents: array[int], by: array[int]) -> list[int]:
    found = []
    while place:
        found.append(by[place])
        place = parents[place]
    return found[::-1]
