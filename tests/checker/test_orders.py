"""Orders of a graph against plain enumeration, on random small graphs."""

from collections.abc import Iterator
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from ktwviz.checker.explore import Graph, explore
from ktwviz.checker.orders import Order, Ways, fewest_switches, switches
from ktwviz.checker.reach import follow
from ktwviz.machine.machine import Enabled, Machine

Steps = dict[int, list[tuple[str, int]]]


class Table:
    """A machine that is a table: which keys lead from which state to which."""

    initial = (0,)
    unsure_of_time = ""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def successors(self, state: tuple[int]) -> list[tuple[Enabled, tuple[int]]]:
        return [(Enabled(key, None, 0, (), ()), (target,)) for key, target in self.steps.get(state[0], [])]

    def canonical(self, state: Any) -> Any:
        return state


def graph_of(steps: Steps, **options: Any) -> Graph:
    return explore(cast(Machine, Table(steps)), **options)


@st.composite
def tables(draw: st.DrawFn, *, cycles: bool, states: int = 7) -> Steps:
    """Draw up to three steps out of each state; without cycles every step leads to a higher number."""
    table: Steps = {}
    for state in range(states):
        first = 0 if cycles else state + 1
        if first < states:
            targets = draw(st.lists(st.integers(first, states - 1), max_size=3))
            table[state] = list(zip(draw(st.permutations("12t")), targets, strict=False))
    return table


def runs(graph: Graph, most: int = 12) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]]:
    """Yield every run up to a length, whether it is at an end or not: its keys, states and transitions."""
    waiting: list[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]] = [((), (0,), ())]
    for keys, states, edges in waiting:
        yield keys, states, edges
        if len(keys) < most:
            for key, edge, target in graph.edges.choices(states[-1]):
                waiting.append(((*keys, key), (*states, target), (*edges, edge)))


@given(tables(cycles=False), st.sets(st.integers(0, 6), max_size=2), st.sets(st.integers(0, 15), max_size=2))
def test_no_run_to_something_bad_has_fewer_switches_or_as_many_and_fewer_steps(
    table: Steps, states: set[int], edges: set[int]
) -> None:
    graph = graph_of(table)
    costs = [
        (switches(keys), len(keys))
        for keys, seen, taken in runs(graph)
        if states & set(seen) or edges & set(taken)
    ]
    found = fewest_switches(graph, states, edges)
    if found is None:
        assert not costs
    else:
        assert (switches(found), len(found)) == min(costs)


@given(tables(cycles=True, states=4), st.integers(1, 3))
def test_cycles_do_not_mislead_the_search_for_fewest_switches(table: Steps, bad: int) -> None:
    graph = graph_of(table)
    costs = [(switches(keys), len(keys)) for keys, states, _ in runs(graph, 7) if bad in states]
    found = fewest_switches(graph, {bad})
    if costs:
        assert found is not None
        assert (switches(found), len(found)) <= min(costs)
    if found is not None:
        assert _end_of(graph, found) == bad


def _end_of(graph: Graph, keys: tuple[str, ...]) -> int:
    number = 0
    for key in keys:
        number = next(target for choice, _, target in graph.edges.choices(number) if choice == key)
    return number


def test_a_longer_way_with_fewer_switches_is_taken() -> None:
    quick = {0: [("1", 1), ("2", 3)], 1: [("2", 2)], 2: [("1", 9)]}
    slow = {3: [("2", 4)], 4: [("2", 5)], 5: [("2", 9)]}
    graph = graph_of({**quick, **slow})
    bad = graph.number((9,))
    assert graph.schedule_to(bad) == ("1", "2", "1")
    assert fewest_switches(graph, {bad}) == ("2", "2", "2", "2")


def test_a_tick_between_two_steps_of_one_context_is_no_switch() -> None:
    assert switches("11t1") == 0
    assert switches("11t2") == 1
    assert switches("t") == 0


def best(graph: Graph, start: int, last: str, order: Order) -> dict[tuple[str, int], tuple[int, int]]:
    """Return the least costs to states and through transitions, found by trying all runs."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    waiting: list[tuple[tuple[str, ...], int]] = [((), start)]
    for keys, number in waiting:
        turns = switches((last, *keys)) if last else switches(keys)
        cost = (len(keys), turns) if order == "steps" else (turns, len(keys))
        found["state", number] = min(cost, found.get(("state", number), cost))
        for key, edge, target in graph.edges.choices(number):
            more = switches((last, *keys, key)) if last else switches((*keys, key))
            through = (len(keys) + 1, more) if order == "steps" else (more, len(keys) + 1)
            found["edge", edge] = min(through, found.get(("edge", edge), through))
            waiting.append(((*keys, key), target))
    return found


@given(tables(cycles=False), st.sampled_from(["steps", "switches"]), st.sampled_from(["", "1", "2"]))
def test_every_way_is_the_best_in_its_order_from_any_start_and_after_any_context(
    table: Steps, order: Order, last: str
) -> None:
    graph = graph_of(table)
    last = last if last in graph.edges.keys else ""
    for start in range(len(graph.states)):
        ways = Ways(graph, range(len(graph.edges.targets)), order=order, start=start, last=last)
        expected = best(graph, start, last, order)
        for number in range(len(graph.states)):
            assert cost_of(ways.to_state(number), last, order) == expected.get(("state", number))
        for edge in range(len(graph.edges.targets)):
            assert cost_of(ways.through(edge), last, order) == expected.get(("edge", edge))


def cost_of(keys: tuple[str, ...] | None, last: str, order: Order) -> tuple[int, int] | None:
    if keys is None:
        return None
    turns = switches((last, *keys)) if last else switches(keys)
    return (len(keys), turns) if order == "steps" else (turns, len(keys))


@given(tables(cycles=True, states=5), st.sampled_from(["steps", "switches"]))
def test_a_way_leads_where_it_says(table: Steps, order: Order) -> None:
    graph = graph_of(table)
    ways = Ways(graph, order=order)
    for number in range(len(graph.states)):
        keys = ways.to_state(number)
        assert keys is not None
        assert follow(graph, keys) == number
