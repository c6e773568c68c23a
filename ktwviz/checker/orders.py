"""Orders in which a graph is walked: fewest context switches first, causes before effects, component by component.

A context switch is a step of another context than the one before it. What the hardware does by itself, the clock's
tick and a store that leaves its buffer, is no context's step and switches nothing: who follows one context through
the code need not look elsewhere for it, and goes on in the same line after it. An interrupt is a context of its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from ktwviz.checker.explore import Edges, Graph


def switches(keys: Iterable[str]) -> int:
    """Return how many context switches a schedule has."""
    contexts = [key for key in keys if is_context(key)]
    return sum(1 for before, after in pairwise(contexts) if before != after)


def is_context(key: str) -> bool:
    """Tell whether a choice is a context's step: "1" to "9"."""
    return key.isdigit()


def fewest_switches(
    graph: Graph, bad_states: Container[int], bad_edges: Container[int] = ()
) -> tuple[str, ...] | None:
    """Return the schedule to something bad that has the fewest context switches, and among those the fewest steps.

    Exact on the graph: a search over (state, context that ran last), all nodes of k switches before those of k + 1,
    and within them by steps. Of equally good schedules the first by the order of states and choices is taken. None
    where nothing bad can be reached.
    """
    return _BySwitches(graph, bad_states, bad_edges).search()


_Entry = tuple[int, int, str]
"""A node, the node before it, and the key that leads from there."""

_GOAL = -1


class _BySwitches:
    """A node is state * width + last, where `last` is the context that ran last, by its place, or `width` - 1."""

    def __init__(self, graph: Graph, bad_states: Container[int], bad_edges: Container[int]) -> None:
        self.edges = graph.edges
        self.bad_states = bad_states
        self.bad_edges = bad_edges
        contexts = [key for key in graph.edges.keys if is_context(key)]
        self.places = {key: place for place, key in enumerate(contexts)}
        self.width = len(contexts) + 1
        self.before = array("q", [-1]) * (len(graph.states) * self.width)
        self.keys = dict[int, str]()

    def search(self) -> tuple[str, ...] | None:
        start = self.width - 1
        waiting: dict[int, list[_Entry]] = {0: [(start, start, "")]}
        while waiting:
            later: dict[int, list[_Entry]] = {}
            steps = min(waiting)
            while waiting:
                for node, before, key in waiting.pop(steps, ()):
                    if node == _GOAL:
                        return (*self.keys_to(before), key)
                    if self.before[node] >= 0:
                        continue
                    self.before[node] = before
                    self.keys[node] = key
                    if node // self.width in self.bad_states:
                        return self.keys_to(node)
                    for stays, entry in self.steps(node):
                        (waiting if stays else later).setdefault(steps + 1, []).append(entry)
                steps += 1
            waiting = later
        return None

    def steps(self, node: int) -> Iterator[tuple[bool, _Entry]]:
        """Yield the steps out of a node, each with whether it goes on without a switch."""
        number, last = divmod(node, self.width)
        nobody = self.width - 1
        for key, edge, target in self.edges.choices(number):
            place = self.places.get(key, last)
            following = target * self.width + place
            if edge in self.bad_edges:
                yield last in (place, nobody), (_GOAL, node, key)
            elif self.before[following] < 0:
                yield last in (place, nobody), (following, node, key)

    def keys_to(self, node: int) -> tuple[str, ...]:
        keys = []
        while self.before[node] != node:
            keys.append(self.keys[node])
            node = self.before[node]
        return tuple(reversed(keys))


# Causes before effects, and what comes round ---------------------------------------------------------------------


def topological(edges: Edges, count: int) -> array[int] | None:
    """Return all states, each before those that follow it; None where a cycle forbids that."""
    entries = array("I", bytes(4 * count))
    for target in edges.targets:
        entries[target] += 1
    order = array("I", [] if entries[0] else [0])
    for number in order:  # grows while it is walked
        for target in _following(edges, number):
            entries[target] -= 1
            if not entries[target]:
                order.append(target)
    return order if len(order) == count else None


def components(edges: Edges, count: int) -> Iterator[list[int]]:
    """Yield the strongly connected components, each after those that it leads to (Tarjan's, without recursion)."""
    index = array("i", [-1]) * count
    low = array("i", [count]) * count
    stack: list[int] = []
    calls = [(0, iter(_following(edges, 0)))]
    seen = 0
    while calls:
        number, targets = calls[-1]
        if index[number] < 0:
            index[number] = low[number] = seen
            seen += 1
            stack.append(number)
        for target in targets:
            if index[target] < 0:
                calls.append((target, iter(_following(edges, target))))
                break
            # a state whose component was found counts as `count`, which is more than any index
            low[number] = min(low[number], low[target] if low[target] == count else index[target])
        else:
            calls.pop()
            if calls:
                caller = calls[-1][0]
                low[caller] = min(low[caller], low[number])
            if low[number] == index[number]:
                component = [stack.pop()]
                while component[-1] != number:
                    component.append(stack.pop())
                for member in component:
                    low[member] = count
                yield component


def _following(edges: Edges, number: int) -> array[int]:
    out = edges.out(number)
    return edges.targets[out.start : out.stop]
