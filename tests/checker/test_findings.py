"""What is told of a counterexample, where a run's past or its end breaks a property."""

import random
from pathlib import Path

import pytest

from ktwviz.checker.facts import Facts
from ktwviz.checker.findings import Finding, finding
from ktwviz.checker.orders import switches
from ktwviz.checker.properties import BUILTINS, Whole, bottom_judge, watcher_of
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.checker.verdicts import Claim, Report, Verdict, check
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario

SCENARIOS = Path(__file__).parent / "scenarios"
OF_THE_PAST = [
    ("self-requeue", "", "refusal-kept"),
    ("wrong-answers", "refuses-all", "refusal-kept"),
    ("wrong-answers", "forgets", "work-accounted"),
    ("flush-at-head", "at-head", "flush-waits"),
]
OF_THE_END = [
    ("self-flush", "", "no-hang"),
    ("current-work-late", "unlock-first", "no-lost-wakeup"),
    ("stop-beats-queue", "", "work-runs"),
    ("two-tries", "", "no-livelock"),
]


def report_of(name: str, rule: str, asked: str) -> Report:
    return check(build_scenario(load_lesson(SCENARIOS / f"{name}.md"), rule).machine, builtins=[asked])


def found_in(report: Report, name: str, order: str = "shortest") -> Finding:
    facts = Facts(report.graph)
    return finding(report, facts, report.verdict(name), "switches" if order == "switches" else "shortest")


def breaks_with(report: Report, name: str, keys: tuple[str, ...]) -> bool:
    """Follow a schedule on the graph, and ask the property as its rule does."""
    graph = report.graph
    builtin = next(each for each in BUILTINS if each.name == name)
    whole = Whole(graph)
    watcher, judge = watcher_of(builtin, whole), bottom_judge(builtin)
    is_over = anyone_dead(graph.machine)
    contexts = {str(context.number): context for context in graph.machine.contexts}
    number = 0
    ghost = watcher.first(graph.states[0]) if watcher else None
    for key in keys:
        targets = [target for choice, _, target in graph.edges.choices(number) if choice == key]
        if not targets:
            return False
        before, number = number, targets[0]
        if watcher:
            if is_over(graph.states[number]):
                return False
            ghost, how = watcher.after(ghost, graph.states[before], contexts.get(key), graph.states[number])
            if how:
                return True
    return judge is not None and any(
        judge(graph, bottom) for bottom in whole.bottoms if number in bottom.states
    )


@pytest.mark.parametrize(("name", "rule", "broken"), OF_THE_PAST + OF_THE_END)
def test_a_counterexample_of_a_run_is_shrunk_and_has_odds(name: str, rule: str, broken: str) -> None:
    report = report_of(name, rule, broken)
    found = found_in(report, broken)
    keys = found.verdict.keys
    assert keys is not None
    assert found.verdict.how
    assert breaks_with(report, broken, keys)
    for at in range(len(keys)):
        assert not breaks_with(report, broken, keys[:at] + keys[at + 1 :])
    assert len(keys) <= len(report.verdict(broken).keys or ())
    assert found.odds is not None
    assert 0 < found.odds.value <= 1
    assert found.open is not None
    assert 0 < found.open <= len(report.graph.states)
    assert found.sealed is not None
    assert found.sealed <= len(keys)


@pytest.mark.parametrize(("name", "rule", "broken"), OF_THE_PAST + OF_THE_END)
def test_the_order_by_switches_is_for_runs_too(name: str, rule: str, broken: str) -> None:
    report = report_of(name, rule, broken)
    shortest, quietest = (
        found_in(report, broken, order).verdict.keys or () for order in ("shortest", "switches")
    )
    assert breaks_with(report, broken, quietest)
    assert switches(quietest) <= switches(shortest)
    assert len(shortest) <= len(quietest)


@pytest.mark.parametrize(
    ("name", "rule", "broken"), [OF_THE_PAST[1], OF_THE_PAST[2], OF_THE_END[1], OF_THE_END[2]]
)
def test_the_odds_are_those_that_runs_drawn_by_lot_have(name: str, rule: str, broken: str) -> None:
    report = report_of(name, rule, broken)
    found = found_in(report, broken)
    assert found.odds is not None
    graph, chance = report.graph, random.Random(5)
    count = 600
    met = 0
    for _ in range(count):
        number, keys = 0, []
        for _ in range(2000):
            choices = list(graph.edges.choices(number))
            if not choices:
                break
            key, _, number = chance.choice(choices)
            keys.append(key)
        met += breaks_with(report, broken, tuple(keys))
    spread = (count * float(found.odds.value) * (1 - float(found.odds.value))) ** 0.5
    assert abs(met - count * float(found.odds.value)) <= 5 * spread + 1


def test_a_circle_of_locks_that_several_runs_close_has_no_odds() -> None:
    report = report_of("own-callback", "waits-for-itself", "lock-order")
    assert report.verdict("lock-order").kind == "broken"
    found = found_in(report, "lock-order")
    assert (found.odds, found.open, found.sealed) == (None, None, None)
    assert found.verdict == report.verdict("lock-order")


def test_what_is_broken_before_the_first_step_is_broken_in_every_run() -> None:
    machine = build_scenario(load_lesson(SCENARIOS / "one-tries.md")).machine
    claim = Claim("moved", "always", lambda state: state != machine.initial)
    report = check(machine, [claim])
    found = finding(report, Facts(report.graph), report.verdict("moved"), claims=[claim])
    assert found.verdict == Verdict("moved", "broken", "it does not hold at the start", ())
    assert found.odds is not None
    assert (found.odds.value, found.odds.kind, found.sealed) == (1, "exact", 0)
