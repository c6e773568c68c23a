"""A graph taken apart, on small random graphs."""

from hypothesis import given

from ktwviz.checker.components import components, topological
from ktwviz.checker.explore import Graph
from tests.checker.test_orders import Steps, graph_of, tables


@given(tables(cycles=True))
def test_there_is_a_topological_order_exactly_where_no_state_comes_round(table: Steps) -> None:
    graph = graph_of(table)
    count = len(graph.states)
    order = topological(graph.edges, count)
    reached = [_reached(graph, number) for number in range(count)]
    assert (order is None) == any(number in reached[number] for number in range(count))
    if order is not None:
        place = {number: at for at, number in enumerate(order)}
        assert all(place[number] < place[other] for number in range(count) for other in reached[number])


@given(tables(cycles=True))
def test_a_component_holds_the_states_that_reach_each_other_and_comes_after_those_it_leads_to(
    table: Steps,
) -> None:
    graph = graph_of(table)
    count = len(graph.states)
    reached = [_reached(graph, number) for number in range(count)]
    found = list(components(graph.edges, count))
    assert sorted(number for component in found for number in component) == list(range(count))
    seen: set[int] = set()
    for component in found:
        seen |= set(component)
        for number in component:
            together = {other for other in reached[number] if number in reached[other]} | {number}
            assert set(component) == together
            assert reached[number] <= seen


def _reached(graph: Graph, start: int) -> set[int]:
    """Return the states that can be reached by at least one step."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for _, _, target in graph.edges.choices(waiting.pop()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


# The best ways to everything ------------------------------------------------------------------------------------
