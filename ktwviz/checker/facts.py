"""What a graph tells beyond its verdicts: depth, interleavings, odds, and how far away a bad end is.

Everything here is read off a finished `Graph`, by number: no state is looked into, no step is taken. What counts as
bad is a `Bad`: states and transitions, by number.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING, Literal

from ktwviz.checker.components import components, topological
from ktwviz.checker.explore import Edges, Graph
from ktwviz.machine.machine import State
from ktwviz.values import dataclass

if TYPE_CHECKING:
    from fractions import Fraction

_SWEEPS = 10_000
_SETTLED = 1e-14


NotKnown = Literal["not known"]
NOT_KNOWN: NotKnown = "not known"
"""The answer where a state is not in the graph: it lies beyond a bound or a bad end, or is of another machine."""


@dataclass(frozen=True)
class Bad:
    """The bad part of a graph: states and transitions, by number. A run is bad once it meets one of them."""

    states: frozenset[int]
    edges: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.states or self.edges)


@dataclass(frozen=True)
class Odds:
    """How likely a run is bad if every step is drawn from those possible, each with the same chance.

    "exact" is a fraction without error; "about" is right to some ten digits (the graph has cycles); "at least" is a
    lower bound: the graph is not complete, or the numbers had not settled.
    """

    value: Fraction | float
    kind: Literal["exact", "about", "at least"]

    @property
    def one_in(self) -> float:
        """The number of runs, on average, among which one is bad; infinite where none is."""
        return float(1 / self.value) if self.value else float("inf")


class Facts:
    """The figures of a graph. Each is worked out when it is first asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The depth histogram: element n counts the states that take n steps at least."""
        parents = self.graph.parents
        depths = array("I", [0])
        counts = [1]
        for number in range(1, len(parents)):
            depth = depths[parents[number]] + 1
            depths.append(depth)
            if depth == len(counts):
                counts.append(0)
            counts[depth] += 1
        return tuple(counts)

    @property
    def depth(self) -> int:
        """The steps to the state that is farthest from the start, on the shortest way."""
        return len(self.levels) - 1

    @property
    def cyclic(self) -> bool:
        """Whether a run can come back to a state, and so go on for ever."""
        return self._order is None

    @cached_property
    def interleavings(self) -> int | None:
        """The exact number of runs from the start to an end: a state without steps, or one not followed further.

        None where there are infinitely many (`cyclic`), and where the graph is not complete.
        """
        if not self.graph.complete or self._order is None:
            return None
        edges = self.graph.edges
        ways: dict[int, int] = {0: 1}
        total = 0
        for number in self._order:
            here = ways.pop(number)
            out = edges.out(number)
            if not out:
                total += here
            for target in edges.targets[out.start : out.stop]:
                ways[target] = ways.get(target, 0) + here
        return total

    @cached_property
    def longest(self) -> int | None:
        """The steps of the longest run; None as for `interleavings`."""
        return self._longest if self.graph.complete and self._order is not None else None

    def odds(self, bad: Bad) -> Odds:
        """Return how likely a scheduler that draws each step by lot meets the bad part."""
        if self._order is None:
            chances, settled = _chances(self.graph.edges, len(self.graph.states), bad)
            return Odds(chances[0], "about" if settled and self.graph.complete else "at least")
        return Odds(self._exact_odds(bad), "exact" if self.graph.complete else "at least")

    def _exact_odds(self, bad: Bad) -> Fraction:
        """Send a lump of chance through the graph, large enough to be shared out without remainder at every state.

        A state is reached after at most `_longest` - 1 steps before it shares; each step divides by a number of
        choices, which divides `share`: so what arrives can always be divided once more.
        """
        from fractions import Fraction  # noqa: PLC0415  # slow to import, and the search comes first

        edges = self.graph.edges
        share = lcm(*{len(edges.out(number)) or 1 for number in range(self.graph.followed)})
        whole = share**self._longest
        lumps = {0: whole}
        met = 0
        for number in self._order or ():
            here = lumps.pop(number, 0)
            out = edges.out(number)
            if number in bad.states:
                met += here
            elif here and out:
                here //= len(out)
                for edge in out:
                    if edge in bad.edges:
                        met += here
                    else:
                        target = edges.targets[edge]
                        lumps[target] = lumps.get(target, 0) + here
        return Fraction(met, whole)

    @cached_property
    def _order(self) -> array[int] | None:
        return topological(self.graph.edges, len(self.graph.states))

    @cached_property
    def _longest(self) -> int:
        edges = self.graph.edges
        far = array("I", bytes(4 * len(self.graph.states)))
        for number in self._order or ():
            here = far[number] + 1
            out = edges.out(number)
            for target in edges.targets[out.start : out.stop]:
                far[target] = max(far[target], here)
        return max(far)


class Foresight:
    """How near a bad end is, from every state of a graph and through every choice."""

    def __init__(self, graph: Graph, bad: Bad) -> None:
        self._graph = graph
        self._bad = bad
        self._sources = _Sources(graph.edges, len(graph.states), bad)
        self._steps = self._distances()

    def steps(self, state: State) -> int | NotKnown | None:
        """Return how many steps a bad end is away at least; 0 where it is met, None where it cannot be met any more.

        NOT_KNOWN for a state that is not in the graph.
        """
        number = self._graph.find(state)
        return NOT_KNOWN if number is None else self.steps_from(number)

    def at(self, state: State) -> dict[str, int | None]:
        """Return for each choice that can be taken: how many steps, that one included, to a bad end; None for never.

        Empty where the graph knows no steps: at an end, after a bad end, beyond a bound, and for a state that is not
        in it (`knows` tells which).
        """
        found: dict[str, int | None] = {}
        number = self._graph.find(state)
        if number is None:
            return found
        for key, edge, target in self._graph.edges.choices(number):
            further = self.steps_from(target)
            found[key] = 1 if edge in self._bad.edges else None if further is None else further + 1
        return found

    def knows(self, state: State) -> bool:
        """Tell whether a state is in the graph; those after a bad end and beyond a bound are not."""
        return self._graph.find(state) is not None

    def steps_from(self, number: int) -> int | None:
        """Return what `steps` tells, by the number of a state."""
        steps = self._steps[number]
        return None if steps < 0 else steps

    def sealed(self, state: State) -> bool:
        """Tell whether every way on from a state leads to a bad end, as far as the graph is known.

        Of a state that is not in the graph nothing is known, so that it is not sealed.
        """
        number = self._graph.find(state)
        return number is not None and bool(self._sealed[number])

    @property
    def open(self) -> int:
        """How many states a bad end can be reached from, those included in which it is met."""
        return sum(1 for steps in self._steps if steps >= 0)

    def _distances(self) -> array[int]:
        """Walk backwards from what is bad, breadth first."""
        steps = array("i", [-1]) * len(self._graph.states)
        level = sorted(self._bad.states)
        for number in level:
            steps[number] = 0
        before: list[int] = self._sources.bad
        distance = 0
        while level or before:
            distance += 1
            before = [*before, *(source for number in level for source in self._sources.of(number))]
            level = []
            for source in before:
                if steps[source] < 0:
                    steps[source] = distance
                    level.append(source)
            before = []
        return steps

    @cached_property
    def _sealed(self) -> bytearray:
        """Walk backwards from what is bad; a state is sealed when the last of its ways on is."""
        count = len(self._graph.states)
        left = array("I", (len(self._graph.edges.out(number)) for number in range(count)))
        sealed = bytearray(count)
        waiting = sorted(self._bad.states)
        for number in waiting:
            sealed[number] = 1

        def close_a_way(source: int) -> None:
            left[source] -= 1
            if not left[source] and not sealed[source]:
                sealed[source] = 1
                waiting.append(source)

        for source in self._sources.bad:
            close_a_way(source)
        for number in waiting:  # grows while it is walked
            for source in self._sources.of(number):
                close_a_way(source)
        return sealed


class _Sources:
    """For each state the states from which a transition leads to it; those of bad transitions are kept apart."""

    def __init__(self, edges: Edges, count: int, bad: Bad) -> None:
        self.bad: list[int] = []
        entries = array("I", bytes(4 * count))
        for target in edges.targets:
            entries[target] += 1
        # from behind: the start of a state's range sinks to its place as the range is filled
        self._ends = array("I", accumulate(entries))
        self._starts = array("I", self._ends)
        self._sources = array("I", bytes(4 * len(edges.targets)))
        starts, sources, targets = self._starts, self._sources, edges.targets
        for number in range(len(edges.starts) - 2, -1, -1):
            for edge in edges.out(number):
                if edge in bad.edges:
                    self.bad.append(number)
                else:
                    target = targets[edge]
                    starts[target] -= 1
                    sources[starts[target]] = number

    def of(self, number: int) -> array[int]:
        return self._sources[self._starts[number] : self._ends[number]]


# Cycles ---------------------------------------------------------------------------------------------------------


def _chances(edges: Edges, count: int, bad: Bad) -> tuple[array[float], bool]:
    """Return for each state the chance to meet the bad part, in a graph with cycles, and whether all have settled.

    Component by component, sinks first; within one, sweep until nothing changes. The chances grow from 0, so they are
    a lower bound at any time, and a component that nothing leaves keeps 0, as it must.
    """
    chances = array("d", bytes(8 * count))
    for number in bad.states:
        chances[number] = 1.0
    settled = True
    for component in components(edges, count):
        open_ones = [number for number in component if number not in bad.states and edges.out(number)]
        settled = _settle(edges, open_ones, chances, bad) and settled
    return chances, settled


def _settle(edges: Edges, numbers: list[int], chances: array[float], bad: Bad) -> bool:
    for _ in range(_SWEEPS):
        change = 0.0
        for number in numbers:
            out = edges.out(number)
            met = sum(1.0 if edge in bad.edges else chances[edges.targets[edge]] for edge in out)
            change = max(change, met / len(out) - chances[number])
            chances[number] = met / len(out)
        if change < _SETTLED:
            return True
    return False
