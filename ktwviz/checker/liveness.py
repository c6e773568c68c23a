"""Where runs end up: the parts of a graph that are never left again.

Every run that goes on long enough comes into such a part, if whatever is possible again and again is done at some
time: no context is passed over for ever, and no spinner is unlucky for ever. There it stays, and sees all of it. So
what is to happen at some time happens in all of them, or not at all in one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ktwviz.checker.components import components
from ktwviz.checker.explore import Graph
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Bottom:
    """A part of a graph that is never left: its states by number, and the choices that are taken in it.

    Where none is taken, it is one state, in which a run ends.
    """

    states: tuple[int, ...]
    movers: frozenset[str]

    @property
    def nearest(self) -> int:
        """The state to which the fewest steps lead."""
        return self.states[0]

    @property
    def is_end(self) -> bool:
        """Whether a run ends here."""
        return not self.movers


def bottoms(graph: Graph) -> list[Bottom]:
    """Return all parts that are never left, the nearest first.

    States that were not followed count as left: nobody knows what comes after them.
    """
    unknown = frozenset(graph.cut)
    found = [
        bottom
        for component in components(graph.edges, len(graph.states))
        if (bottom := _bottom(graph, component)) is not None
        and not any(number in unknown or number >= graph.followed for number in bottom.states)
    ]
    return sorted(found, key=lambda bottom: bottom.nearest)


def _bottom(graph: Graph, component: list[int]) -> Bottom | None:
    movers: dict[str, None] = {}
    members = frozenset(component) if len(component) > 1 else component
    for number in component:
        for key, _, target in graph.edges.choices(number):
            if target not in members:
                return None
            movers[key] = None
    return Bottom(tuple(sorted(component)), frozenset(movers))


def changed_words(graph: Graph, bottom: Bottom) -> Iterator[int]:
    """Yield the indices of the words of memory whose value is not the same everywhere in a part."""
    first = graph.states[bottom.nearest]
    for index in range(len(graph.machine.words)):
        if any(graph.states[number][index] != first[index] for number in bottom.states):
            yield index
