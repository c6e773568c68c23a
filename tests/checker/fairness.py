"""Starvation, found the plain way: a part of the graph that a fair run can go round in for ever."""

from ktwviz.checker.explore import Graph, explore
from ktwviz.machine.machine import Machine
from tests.machine.helpers import question


def starving(machine: Machine, name: str) -> bool:
    """Tell whether a run can go on for ever without this context coming into critical(), although it is fair.

    Fair: whoever could take a step all the time takes one. Such a run goes round in a strongly connected part of the
    graph in which every context either moves or is blocked now and then.
    """
    graph = explore(machine)
    assert graph.complete
    inside = question(machine, f'runs("{name}", "critical") or finished("{name}")')
    outside = {number for number, state in enumerate(graph.states) if not inside(state)}
    return any(is_fair(graph, part) for part in strong_parts(graph, outside))


def is_fair(graph: Graph, part: frozenset[int]) -> bool:
    """Tell whether everybody moves inside a part, or is blocked somewhere in it."""
    moves: set[str] = set()
    blocked: set[str] = set()
    for number in part:
        possible = {key: target for key, _, target in graph.edges.choices(number)}
        moves |= {key for key, target in possible.items() if target in part}
        blocked |= set(graph.machine.keys) - set(possible)
    return bool(moves) and moves | blocked == set(graph.machine.keys)


def strong_parts(graph: Graph, among: set[int]) -> set[frozenset[int]]:
    """Return the strongly connected parts, found the plain way: who can reach whom and back."""
    forwards: dict[int, list[int]] = {number: [] for number in among}
    backwards: dict[int, list[int]] = {number: [] for number in among}
    for number in among:
        for _, _, target in graph.edges.choices(number):
            if target in among:
                forwards[number].append(target)
                backwards[target].append(number)
    parts: set[frozenset[int]] = set()
    left = set(among)
    while left:
        start = min(left)
        part = frozenset(reached(start, forwards) & reached(start, backwards))
        parts.add(part)
        left -= part
    return parts


def reached(start: int, following: dict[int, list[int]]) -> set[int]:
    found = {start}
    waiting = [start]
    while waiting:
        new = set(following[waiting.pop()]) - found
        found |= new
        waiting += new
    return found
