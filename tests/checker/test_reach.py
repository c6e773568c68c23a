"""What can be reached from a state, and what lies ahead, against plain enumeration on random small graphs."""

from hypothesis import given
from hypothesis import strategies as st

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad
from ktwviz.checker.reach import Ahead, Outlook, Reach, follow
from tests.checker.test_orders import Steps, graph_of, tables

FAR = 99


def runs_from(graph: Graph, start: int, most: int = 8) -> list[tuple[tuple[str, ...], int]]:
    """Return every run from a state up to a length: its keys, and where it leads."""
    found: list[tuple[tuple[str, ...], int]] = [((), start)]
    for keys, number in found:
        if len(keys) < most:
            found += [((*keys, key), target) for key, _, target in graph.edges.choices(number)]
    return found


@given(tables(cycles=True, states=5))
def test_every_state_is_reached_in_as_few_steps_as_there_can_be(table: Steps) -> None:
    graph = graph_of(table)
    for start in range(len(graph.states)):
        reach = Reach(graph, start)
        runs = runs_from(graph, start)
        for number in range(len(graph.states)):
            lengths = [len(keys) for keys, target in runs if target == number]
            assert reach.depths[number] == min(lengths, default=-1)
            assert (number in reach) == bool(lengths)
        for number in reach.order:
            keys = reach.schedule_to(number)
            assert (follow(graph, keys, start), len(keys)) == (number, reach.depths[number])


@given(tables(cycles=True, states=6))
def test_from_the_start_the_tree_is_the_search_itself(table: Steps) -> None:
    graph = graph_of(table)
    reach = Reach(graph)
    assert list(reach.order) == list(range(len(graph.states)))
    assert reach.parents == graph.parents
    assert reach.transitions == graph.transitions
    assert reach.duplicates == graph.transitions - len(graph.states) + 1
    assert reach.sizes[0] == len(graph.states) == sum(len(level) for level in reach.levels())


@given(tables(cycles=True, states=6))
def test_what_stands_below_a_state_is_itself_and_what_stands_below_its_children(table: Steps) -> None:
    reach = Reach(graph_of(table))
    for number in reach.order:
        children = [child for child in reach.order if child and reach.parents[child] == number]
        assert reach.sizes[number] == 1 + sum(reach.sizes[child] for child in children)


def test_a_schedule_that_the_graph_does_not_know_leads_nowhere() -> None:
    graph = graph_of({0: [("1", 1)], 1: [("1", 2)]}, goes_on=lambda state: state != (1,))
    assert follow(graph, "1") == 1
    assert follow(graph, "11") is None
    assert follow(graph, "2") is None


# What lies ahead --------------------------------------------------------------------------------------------------


def nearest(graph: Graph, bad: set[int], start: int) -> int:
    """Return the steps to the nearest bad state, FAR for none; states are told by what they are, not by number."""
    found = [len(keys) for keys, target in runs_from(graph, start) if graph.states[target][0] in bad]
    return min(found, default=FAR)


@given(
    tables(cycles=True, states=6),
    st.sets(st.integers(0, 5), max_size=2),
    st.sets(st.integers(1, 5), max_size=2),
)
def test_nothing_is_promised_that_the_whole_graph_does_not_keep(
    table: Steps, bad: set[int], closed: set[int]
) -> None:
    """Compare a graph that ends at some states with the whole one."""
    whole = graph_of(table)
    part = graph_of(table, goes_on=lambda state: state[0] not in closed)
    outlook = Outlook(part, Bad(frozenset(n for n, state in enumerate(part.states) if state[0] in bad)))
    for number, state in enumerate(part.states):
        truth = nearest(whole, bad, whole.numbers[state])
        ahead = outlook.of(number)
        match ahead.known:
            case "exact":
                assert ahead.steps == truth
            case "at most":
                assert ahead.steps is not None and ahead.steps >= truth
            case "never":
                assert truth == FAR
            case _:
                assert ahead.steps is None and closed


@given(tables(cycles=True, states=6), st.sets(st.integers(0, 5), max_size=2))
def test_in_a_whole_graph_everything_is_known(table: Steps, bad: set[int]) -> None:
    graph = graph_of(table)
    outlook = Outlook(graph, Bad(frozenset(n for n, state in enumerate(graph.states) if state[0] in bad)))
    for number in range(len(graph.states)):
        assert outlook.of(number).known in ("exact", "never")


def test_a_search_that_was_bounded_leaves_open_what_it_did_not_see() -> None:
    chain: Steps = {number: [("1", number + 1)] for number in range(9)}
    outlook = Outlook(graph_of(chain, most_states=4), Bad(frozenset()))
    assert outlook.of(0) == Ahead("unknown")


def test_a_choice_counts_its_own_step_and_a_bad_step_is_met_at_once() -> None:
    graph = graph_of({0: [("1", 1), ("2", 2), ("t", 3)], 1: [("1", 3)], 2: [("2", 4)]})
    outlook = Outlook(graph, Bad(frozenset({3}), frozenset({1})))
    assert outlook.choices(0) == {
        "1": Ahead("exact", 2, sealed=True),
        "2": Ahead("exact", 1, sealed=True),
        "t": Ahead("exact", 1, sealed=True),
    }
    assert outlook.choices(4) == {}
    assert outlook.of(2) == Ahead("never")
