"""What lies ahead of a walk: how far away it breaks something, be it by a state, by a step, or by its past.

A state alone does not tell whether a property of the past can still be broken, or by which way to a state it is. So a
walk stands in the graph of states, and for each such property in the graph of pairs of state and what is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad
from ktwviz.checker.properties import Watcher
from ktwviz.checker.reach import NOT_KNOWN, Ahead, Outlook, follow, nearest
from ktwviz.values import dataclass

Standing = tuple[int | None, ...]
"""Where a walk stands: the number of its state, then its place in each past; None where it is not known, or over."""


@dataclass(frozen=True, eq=False)
class Past:
    """The runs that break a property of the past: `graph` has pairs of state and memory, `bad` are the broken ones."""

    graph: Graph
    bad: Bad
    watcher: Watcher

    @cached_property
    def outlook(self) -> Outlook:
        """How far the nearest break is, from every pair."""
        return Outlook(self.graph, self.bad)

    def states_of(self, places: Iterable[int]) -> frozenset[int]:
        """Return the states at some places, by number."""
        pairs: Sequence[tuple[int, object]] = self.graph.states
        return frozenset(pairs[place][0] for place in places)


class Lookout:
    """Looks out for what is bad in a graph, and for what some pasts break."""

    def __init__(self, graph: Graph, bad: Bad, pasts: Iterable[Past] = ()) -> None:
        self.graph = graph
        self.outlook = Outlook(graph, bad)
        self.pasts = tuple(pasts)

    @property
    def start(self) -> Standing:
        """Where every walk begins."""
        return (0, *(0 for _ in self.pasts))

    def after(self, standing: Standing, keys: Iterable[str]) -> Standing:
        """Return where a walk stands after more steps."""
        graphs = (self.graph, *(past.graph for past in self.pasts))
        known = tuple(keys)
        ends = (frozenset[int](), *(past.bad.states for past in self.pasts))
        return tuple(
            _followed(graph, place, known, end)
            for graph, place, end in zip(graphs, standing, ends, strict=True)
        )

    def of(self, standing: Standing) -> Ahead:
        """Return what lies ahead; 0 steps where a state breaks something, or the past has broken it."""
        number, *places = standing
        if number is None:
            return NOT_KNOWN
        found = [self.outlook.of(number)]
        # where there is no place in a past any more somebody has stopped for good
        found += [past.outlook.of(at) for past, at in zip(self.pasts, places, strict=True) if at is not None]
        return nearest(found)

    def choices(self, standing: Standing) -> dict[str, Ahead]:
        """Return what lies ahead for each choice, its own step counted; empty where none are known."""
        number, *places = standing
        if number is None:
            return {}
        found = {key: [ahead] for key, ahead in self.outlook.choices(number).items()}
        for past, at in zip(self.pasts, places, strict=True):
            if at is not None and at in past.bad.states:
                for aheads in found.values():
                    aheads.append(Ahead("exact", 0, sealed=True))
                continue
            for key, ahead in past.outlook.choices(at).items() if at is not None else ():
                found[key].append(ahead)
        return {key: nearest(aheads) for key, aheads in found.items()}


def _followed(graph: Graph, place: int | None, keys: Iterable[str], ends: frozenset[int]) -> int | None:
    """Return where steps lead from a place; what is broken stays broken."""
    for key in keys:
        if place is None or place in ends:
            return place
        place = follow(graph, [key], place)
    return place
