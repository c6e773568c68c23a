"""Properties of a run's past: a small ghost goes along, and is a function of the steps taken so far.

The ghost changes nothing, so the graph stays what it is; the pairs of state and ghost are gone through, breadth first.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Generic, TypeVar

from ktwviz.checker.explore import Graph
from ktwviz.checker.properties.builtin import Found
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State

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


def watch(graph: Graph, monitor: Monitor[Ghost]) -> Found | None:
    """Return how some run of the graph is broken, the shortest one, None if none is."""
    edges, states = graph.edges, graph.states
    is_over = anyone_dead(graph.machine)
    contexts = {str(context.number): context for context in graph.machine.contexts}
    start = (0, monitor.first(states[0]))
    seen = {start}
    nodes, parents, keys = [start], [0], [""]
    for place, (number, ghost) in enumerate(nodes):  # grows while it is walked
        for key, _, target in edges.choices(number):
            if is_over(states[target]):
                continue
            next_ghost, how = monitor.after(ghost, states[number], contexts.get(key), states[target])
            if how:
                return Found(how, (*_keys_to(place, parents, keys), key))
            node = (target, next_ghost)
            if node not in seen:
                seen.add(node)
                nodes.append(node)
                parents.append(place)
                keys.append(key)
    return None


def _keys_to(place: int, parents: list[int], keys: list[str]) -> tuple[str, ...]:
    found = []
    while place:
        found.append(keys[place])
        place = parents[place]
    return tuple(reversed(found))
