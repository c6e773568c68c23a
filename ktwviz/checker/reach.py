"""What of a graph can be reached from one of its states, and what lies ahead of it: all by number, no step is taken."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Literal

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad, Foresight
from ktwviz.values import dataclass


def follow(graph: Graph, keys: Iterable[str], start: int = 0) -> int | None:
    """Return the number of the state that a schedule leads to; None where the graph does not know one of its steps.

    That is sure where looking a state up is not: a graph keeps time relative to now, and forgets what is past.
    """
    number = start
    for key in keys:
        known = [target for choice, _, target in graph.edges.choices(number) if choice == key]
        if not known:
            return None
        number = known[0]
    return number


class Reach:
    """The states that can be reached from `start`, breadth first: each by as few steps as there can be.

    `order` are their numbers, the nearest first. Of each, `depths` gives the steps from the start, -1 for a state
    that cannot be reached, `parents` the state before it on that way, `entries` the transition between the two.
    `sizes` counts the states that stand below it in the tree of these ways, itself included.
    """

    def __init__(self, graph: Graph, start: int = 0) -> None:
        count = len(graph.states)
        self.start = start
        self.order = array("I", [start])
        self.depths = array("i", [-1]) * count
        self.parents = array("I", bytes(4 * count))
        self.entries = array("i", [-1]) * count
        self.transitions = 0
        self._keys: dict[int, str] = {}
        self.depths[start] = 0
        self.parents[start] = start
        for number in self.order:  # grows while it is walked
            depth = self.depths[number] + 1
            for key, edge, target in graph.edges.choices(number):
                self.transitions += 1
                if self.depths[target] < 0:
                    self.depths[target] = depth
                    self.parents[target] = number
                    self.entries[target] = edge
                    self._keys[target] = key
                    self.order.append(target)
        self.sizes = self._sizes(count)

    def _sizes(self, count: int) -> array[int]:
        sizes = array("I", bytes(4 * count))
        for number in reversed(self.order):
            sizes[number] += 1
            if number != self.start:
                sizes[self.parents[number]] += sizes[number]
        return sizes

    def __contains__(self, number: int) -> bool:
        return self.depths[number] >= 0

    @property
    def depth(self) -> int:
        """The steps to the state that is farthest from the start."""
        return self.depths[self.order[-1]]

    @property
    def duplicates(self) -> int:
        """The transitions that lead to a state which another one has led to."""
        return self.transitions - (len(self.order) - 1)

    def levels(self) -> list[array[int]]:
        """Return the numbers of the states by their distance from the start."""
        found: list[array[int]] = [array("I") for _ in range(self.depth + 1)]
        for number in self.order:
            found[self.depths[number]].append(number)
        return found

    def schedule_to(self, number: int) -> tuple[str, ...]:
        """Return the keys that lead from the start to a state, as few as possible; raises KeyError if none do."""
        keys = []
        while number != self.start:
            keys.append(self._keys[number])
            number = self.parents[number]
        return tuple(reversed(keys))


# What lies ahead ----------------------------------------------------------------------------------------------------

Known = Literal["exact", "at most", "never", "unknown"]


@dataclass(frozen=True)
class Ahead:
    """How many steps something bad is away, and how well that is known.

    "exact": no schedule meets it sooner. "at most": one meets it then, a shorter one may lie where the graph does not
    reach. "never": no schedule meets it. "unknown": none that is known meets it, and not all is known. `steps` is None
    for the last two. `sealed` says that every way on meets it.
    """

    known: Known
    steps: int | None = None
    sealed: bool = False

    def later(self) -> Ahead:
        """Return the same, seen from one step before."""
        return self if self.steps is None else Ahead(self.known, self.steps + 1, self.sealed)


NOT_KNOWN = Ahead("unknown")


def nearest(aheads: Sequence[Ahead]) -> Ahead:
    """Return what lies ahead where several things are looked out for: the nearest of them, as far as that is known."""
    met = [ahead for ahead in aheads if ahead.steps is not None]
    unknown = any(ahead.known == "unknown" for ahead in aheads)
    if not met:
        return Ahead("unknown" if unknown else "never")
    first = min(met, key=lambda ahead: ahead.steps or 0)
    loose = unknown or any(ahead.known == "at most" for ahead in met)
    return Ahead("at most" if loose else "exact", first.steps, any(ahead.sealed for ahead in met))


class Outlook:
    """What lies ahead of each state of a graph; nothing is promised beyond where the graph ends."""

    def __init__(self, graph: Graph, bad: Bad) -> None:
        self._graph = graph
        self._bad = bad
        edge = {*graph.cut, *range(graph.followed, len(graph.states))} - bad.states
        self._ahead = Foresight(graph, bad)
        self._end = Foresight(graph, Bad(frozenset(edge)))

    def of(self, number: int) -> Ahead:
        """Return what lies ahead of a state; 0 steps where the bad is met."""
        steps, end = self._ahead.steps_from(number), self._end.steps_from(number)
        if steps is None:
            return Ahead("never" if end is None else "unknown")
        # where the graph ends nothing is met yet, so what lies beyond takes one step more
        known: Known = "exact" if end is None or steps <= end + 1 else "at most"
        return Ahead(known, steps, self._ahead.sealed(self._graph.states[number]))

    def choices(self, number: int) -> dict[str, Ahead]:
        """Return what lies ahead for each choice out of a state, its own step counted; empty where none are known."""
        found = {}
        for key, edge, target in self._graph.edges.choices(number):
            met = edge in self._bad.edges
            found[key] = Ahead("exact", 1, sealed=True) if met else self.of(target).later()
        return found
