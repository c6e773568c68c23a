"""Orders of the runs through a graph: the fewest steps first, or the fewest context switches.

A context switch is a step of another context than the one before it. What the hardware does by itself, the clock's
tick and a store that leaves its buffer, is no context's step and switches nothing: who follows one context through
the code need not look elsewhere for it, and goes on in the same line after it. An interrupt is a context of its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise
from typing import Literal

from ktwviz.checker.explore import Graph

Order = Literal["steps", "switches"]
"""What counts first: the steps, or the context switches."""


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
    search = _Search(graph, bad_edges, "switches")
    for node, before, key in search.settled():
        if node < 0:
            return (*search.keys_to(before), key)
        if node // search.width in bad_states:
            return search.keys_to(node)
    return None


class Ways:
    """The best schedules from one state to every other, and through some transitions.

    With `order` "switches" those of the fewest context switches, and among them of the fewest steps; with "steps" it
    is the other way round. `last` is the key of the context that ran before the start: to go on with it is no switch.
    Exact, and of equally good schedules the first, as for `fewest_switches`.
    """

    def __init__(
        self,
        graph: Graph,
        edges: Container[int] = (),
        *,
        order: Order = "switches",
        start: int = 0,
        last: str = "",
    ) -> None:
        self._search = _Search(graph, edges, order)
        self._nodes: dict[int, int] = {}
        self._through: dict[int, tuple[int, str]] = {}
        for node, before, key in self._search.settled(start, last):
            if node < 0:
                self._through.setdefault(-1 - node, (before, key))
            else:
                self._nodes.setdefault(node // self._search.width, node)

    def to_state(self, number: int) -> tuple[str, ...] | None:
        """Return the schedule to a state; None where no way leads there."""
        node = self._nodes.get(number)
        return None if node is None else self._search.keys_to(node)

    def through(self, edge: int) -> tuple[str, ...] | None:
        """Return the schedule whose last step is one of the transitions asked for; None where no way leads there."""
        found = self._through.get(edge)
        return None if found is None else (*self._search.keys_to(found[0]), found[1])


_Entry = tuple[int, int, str]
"""A node, the node before it, and the key that leads from there. -1 - edge stands for a bad transition."""


class _Search:
    """A node is state * width + last, where `last` is the context that ran last, by its place, or `width` - 1."""

    def __init__(self, graph: Graph, bad_edges: Container[int], order: Order) -> None:
        self.edges = graph.edges
        self.bad_edges = bad_edges
        self.stay, self.switch = ((0, 1), (1, 1)) if order == "switches" else ((1, 0), (1, 1))
        contexts = [key for key in graph.edges.keys if is_context(key)]
        self.places = {key: place for place, key in enumerate(contexts)}
        self.width = len(contexts) + 1
        self.before = array("q", [-1]) * (len(graph.states) * self.width)
        self.keys = dict[int, str]()

    def settled(self, start: int = 0, last: str = "") -> Iterator[_Entry]:
        """Yield what can be reached, the nearest first: every node once, a bad transition from each node before it."""
        first = start * self.width + self.places.get(last, self.width - 1)
        waiting: dict[tuple[int, int], list[_Entry]] = {(0, 0): [(first, first, "")]}
        costs = [(0, 0)]
        while costs:
            cost = heappop(costs)
            for node, before, key in waiting.pop(cost):
                if node < 0:
                    yield node, before, key
                    continue
                if self.before[node] >= 0:
                    continue
                self.before[node] = before
                self.keys[node] = key
                yield node, before, key
                for stays, entry in self.steps(node):
                    more = self.stay if stays else self.switch
                    sum_of_both = (cost[0] + more[0], cost[1] + more[1])
                    if sum_of_both not in waiting:
                        waiting[sum_of_both] = []
                        heappush(costs, sum_of_both)
                    waiting[sum_of_both].append(entry)

    def steps(self, node: int) -> Iterator[tuple[bool, _Entry]]:
        """Yield the steps out of a node, each with whether it goes on without a switch."""
        number, last = divmod(node, self.width)
        nobody = self.width - 1
        for key, edge, target in self.edges.choices(number):
            place = self.places.get(key, last)
            following = target * self.width + place
            if edge in self.bad_edges:
                yield last in (place, nobody), (-1 - edge, node, key)
            if self.before[following] < 0:
                yield last in (place, nobody), (following, node, key)

    def keys_to(self, node: int) -> tuple[str, ...]:
        keys = []
        while self.before[node] != node:
            keys.append(self.keys[node])
            node = self.before[node]
        return tuple(reversed(keys))
