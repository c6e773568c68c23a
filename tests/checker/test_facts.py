"""What a graph tells, against plain enumeration on random small graphs, and on the lessons' own."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.checker.explore import Graph, explore
from ktwviz.checker.facts import Bad, Facts, Foresight
from ktwviz.kernel.relative import relative_time
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import Machine
from tests.bench.scenario import TEXT
from tests.checker.test_orders import Steps, graph_of, runs, tables
from tests.machine.helpers import build

bad_parts = st.builds(
    Bad,
    st.frozensets(st.integers(1, 6), max_size=2),
    st.frozensets(st.integers(0, 12), max_size=2),
)


@pytest.fixture(scope="module")
def machine() -> Machine:
    return build_scenario(parse_lesson(TEXT, "bench.md")).machine


def clipped(bad: Bad, graph: Graph) -> Bad:
    """Return what of a bad part is in the graph at all."""
    return Bad(
        frozenset(number for number in bad.states if number < len(graph.states)),
        frozenset(edge for edge in bad.edges if edge < len(graph.edges.targets)),
    )


# Edges ----------------------------------------------------------------------------------------------------------


def test_edges_that_were_kept_and_edges_asked_for_later_are_the_same(machine: Machine) -> None:
    kept, later = explore(machine, keep_edges=True, most_states=3000), explore(machine, most_states=3000)
    assert (kept.states, kept.followed, kept.ends) == (later.states, later.followed, later.ends)
    assert later.kept is None
    for number in range(len(kept.states)):
        assert list(kept.edges.choices(number)) == list(later.edges.choices(number))
    assert len(kept.edges.targets) == kept.transitions


def test_a_state_that_is_not_followed_has_no_edges_and_is_no_end() -> None:
    graph = graph_of({0: [("1", 1)], 1: [("1", 2)]}, goes_on=lambda state: state != (1,))
    assert (graph.cut, graph.ends, len(graph.states)) == ([1], [], 2)
    assert list(graph.edges.choices(1)) == []


# Figures --------------------------------------------------------------------------------------------------------


@given(tables(cycles=False))
def test_interleavings_are_the_runs_to_an_end_counted_one_by_one(table: Steps) -> None:
    graph = graph_of(table)
    whole = [keys for keys, states, _ in runs(graph) if states[-1] in graph.ends]
    facts = Facts(graph)
    assert facts.interleavings == len(whole)
    assert facts.longest == max(len(keys) for keys in whole)
    assert not facts.cyclic


@given(tables(cycles=True))
def test_depth_is_the_longest_of_the_shortest_ways(table: Steps) -> None:
    graph = graph_of(table)
    facts = Facts(graph)
    depths = [len(graph.schedule_to(number)) for number in range(len(graph.states))]
    assert facts.depth == max(depths)
    assert facts.levels == tuple(depths.count(depth) for depth in range(max(depths) + 1))


def test_a_graph_with_a_cycle_has_no_number_of_interleavings() -> None:
    facts = Facts(graph_of({0: [("1", 1), ("2", 2)], 1: [("t", 0)]}))
    assert facts.cyclic
    assert facts.interleavings is None


def test_interleavings_are_not_counted_where_the_search_was_bounded(machine: Machine) -> None:
    facts = Facts(explore(machine, most_states=100))
    assert not facts.cyclic
    assert facts.interleavings is None


def test_two_tasks_of_ten_and_twelve_steps_have_22_over_10_interleavings() -> None:
    table = {
        13 * ones + twos: [("1", 13 * (ones + 1) + twos)] * (ones < 10)
        + [("2", 13 * ones + twos + 1)] * (twos < 12)
        for ones in range(11)
        for twos in range(13)
    }
    assert Facts(graph_of(table)).interleavings == 646_646


# Odds -----------------------------------------------------------------------------------------------------------


@given(tables(cycles=False), bad_parts)
def test_odds_without_cycles_are_exact(table: Steps, anything: Bad) -> None:
    graph = graph_of(table)
    bad = clipped(anything, graph)
    odds = Facts(graph).odds(bad)
    assert odds.kind == "exact"
    assert odds.value == _chance(graph, bad, 0)


def _chance(graph: Graph, bad: Bad, number: int) -> Fraction:
    if number in bad.states:
        return Fraction(1)
    choices = list(graph.edges.choices(number))
    met = [Fraction(1) if edge in bad.edges else _chance(graph, bad, target) for _, edge, target in choices]
    return sum(met, Fraction(0)) / len(met) if met else Fraction(0)


@given(tables(cycles=True, states=5), bad_parts)
def test_odds_with_cycles_solve_the_equations_of_the_graph(table: Steps, anything: Bad) -> None:
    graph = graph_of(table)
    bad = clipped(anything, graph)
    odds = Facts(graph).odds(bad)
    assert float(odds.value) == pytest.approx(float(_solved(graph, bad)), abs=1e-9)


def _solved(graph: Graph, bad: Bad) -> Fraction:
    """Eliminate one unknown after the other; what cannot reach the bad part is 0, so the rest has one solution."""
    foresight = Foresight(graph, bad)
    unknown = [
        n for n in range(len(graph.states)) if foresight.steps_from(n) is not None and n not in bad.states
    ]
    if 0 not in unknown:
        return Fraction(int(0 in bad.states))
    rows: dict[int, dict[int, Fraction]] = {}
    constants: dict[int, Fraction] = {}
    for number in unknown:
        choices = list(graph.edges.choices(number))
        rows[number] = {number: Fraction(1)}
        constants[number] = Fraction(0)
        for _, edge, target in choices:
            if edge in bad.edges or target in bad.states:
                constants[number] += Fraction(1, len(choices))
            elif target in unknown:
                rows[number][target] = rows[number].get(target, Fraction(0)) - Fraction(1, len(choices))
    for pivot in unknown[:0:-1]:
        for number in unknown:
            factor = (
                rows[number].get(pivot, Fraction(0)) / rows[pivot][pivot] if number != pivot else Fraction(0)
            )
            for column, value in rows[pivot].items() if factor else ():
                rows[number][column] = rows[number].get(column, Fraction(0)) - factor * value
            constants[number] -= factor * constants[pivot]
    return constants[0] / rows[0][0]


def test_a_scheduler_that_may_try_for_ever_meets_a_step_that_is_always_possible() -> None:
    graph = graph_of({0: [("1", 0), ("2", 1)]})
    odds = Facts(graph).odds(Bad(frozenset([1])))
    assert odds.kind == "about"
    assert odds.value == pytest.approx(1)


def test_odds_on_a_part_of_a_graph_are_a_lower_bound() -> None:
    table = {
        0: [("1", 1), ("2", 2)],
        2: [("1", 3), ("2", 4)],
        4: [("1", 5), ("2", 6)],
        6: [("1", 7), ("2", 7)],
    }
    part = graph_of(table, most_states=4)
    assert not part.complete
    odds = Facts(part).odds(Bad(frozenset([1])))
    assert (odds.kind, odds.value, odds.one_in) == ("at least", Fraction(1, 2), 2)


# Foresight ------------------------------------------------------------------------------------------------------


@given(tables(cycles=True), bad_parts)
def test_foresight_knows_the_shortest_way_to_something_bad_through_every_choice(
    table: Steps, anything: Bad
) -> None:
    graph = graph_of(table)
    bad = clipped(anything, graph)
    foresight = Foresight(graph, bad)
    for number, state in enumerate(graph.states):
        assert foresight.steps(state) == _steps(graph, bad, number)
        expected: dict[str, int | None] = {}
        for key, edge, target in graph.edges.choices(number):
            further = _steps(graph, bad, target)
            expected[key] = 1 if edge in bad.edges else None if further is None else further + 1
        assert foresight.at(state) == expected
    assert foresight.open == sum(_steps(graph, bad, n) is not None for n in range(len(graph.states)))


def _steps(graph: Graph, bad: Bad, start: int) -> int | None:
    level, seen = {start}, {start}
    for distance in range(len(graph.states) + 1):
        if level & bad.states:
            return distance
        steps = [step for number in level for step in graph.edges.choices(number)]
        if any(edge in bad.edges for _, edge, _ in steps):
            return distance + 1
        level = {target for _, _, target in steps} - seen
        seen |= level
    return None


@given(tables(cycles=True), bad_parts)
def test_a_state_is_sealed_exactly_where_no_run_keeps_clear_of_what_is_bad(
    table: Steps, anything: Bad
) -> None:
    graph = graph_of(table)
    bad = clipped(anything, graph)
    clear = set(range(len(graph.states))) - bad.states
    for _ in graph.states:
        clear = {number for number in clear if _stays_clear(graph, bad, clear, number)}
    foresight = Foresight(graph, bad)
    for number, state in enumerate(graph.states):
        assert foresight.sealed(state) == (number not in clear)


def _stays_clear(graph: Graph, bad: Bad, clear: set[int], number: int) -> bool:
    choices = list(graph.edges.choices(number))
    return not choices or any(edge not in bad.edges and target in clear for _, edge, target in choices)


def test_foresight_finds_every_state_that_a_player_comes_to(machine: Machine) -> None:
    graph = explore(machine)
    foresight = Foresight(graph, Bad(frozenset(graph.ends)))
    chance = random.Random(1)
    for _ in range(30):
        state: Any = machine.initial
        while ahead := foresight.at(state):
            assert foresight.knows(state)
            key = chance.choice(sorted(ahead))
            before = foresight.steps(state)
            state, _ = machine.step(state, key)
            assert foresight.steps(state) == (ahead[key] or 0) - 1
            assert before == min(steps for steps in ahead.values() if steps is not None)
        assert foresight.steps(state) == 0


def test_foresight_does_not_know_what_lies_beyond_a_bound() -> None:
    graph = graph_of({0: [("1", 1)], 1: [("1", 2)], 2: [("1", 3)]}, most_states=1)
    foresight = Foresight(graph, Bad(frozenset([1])))
    assert foresight.at((1,)) == {}
    assert not foresight.knows((3,))
    assert foresight.at((3,)) == {}
    assert foresight.steps((3,)) == "not known"
    assert not foresight.sealed((3,))


TWO_DELAYED = """
worker = KthreadWorker()
first = DelayedKthreadWork()
second = DelayedKthreadWork()
KTHREAD_WORKER_INIT(worker)
DELAYED_KTHREAD_WORK_INIT(first, nothing)
DELAYED_KTHREAD_WORK_INIT(second, nothing)

def nothing(work):
    pass

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, first, 1)
    queue_delayed_kthread_work(worker, second, 2)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


@pytest.mark.parametrize(
    "change",
    [("first, 1)", "first, 3)"), ("    pass", "    queue_delayed_kthread_work(worker, second, 1)")],
    ids=["the first expires last", "one queues itself again"],
)
def test_a_player_with_two_delayed_works_stays_on_the_graph_at_every_date(change: tuple[str, str]) -> None:
    machine = build(TWO_DELAYED.replace(*change))
    machine.canonical = relative_time(machine)
    graph = explore(machine)
    foresight = Foresight(graph, Bad(frozenset(graph.ends)))
    chance = random.Random(2)
    for _ in range(60):
        state: Any = machine.initial
        for _ in range(400):
            taken = [choice.key for choice in machine.choices(state) if choice.enabled]
            assert foresight.knows(state)
            assert sorted(foresight.at(state)) == sorted(taken)
            if not taken:
                break
            state, _ = machine.step(state, chance.choice(taken))
