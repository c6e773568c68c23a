"""A graph taken apart: causes before effects, component by component."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from ktwviz.checker.explore import Edges


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
