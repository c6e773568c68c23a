"""Shrunk counterexamples: nothing to spare in them, and they break what they broke before."""

import random
from collections.abc import Sequence

import pytest

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad, Facts
from ktwviz.checker.findings import finding
from ktwviz.checker.orders import fewest_switches, switches
from ktwviz.checker.properties import BUILTINS, graph_rules
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.checker.shrink import Breaks, bad_part, breaks_of, shrink
from ktwviz.checker.verdicts import Claim, Report, check
from ktwviz.machine.machine import Machine
from tests.machine.helpers import build, question

EMBRACE = """
class Box(Struct):
    x: int
    y: int
box = Box()
first = Spinlock()
second = Spinlock()

@task(cpu=0)
def left():
    box.x = 1
    spin_lock(first)
    spin_lock(second)
    spin_unlock(second)
    spin_unlock(first)

@task(cpu=1)
def right():
    box.y = 1
    box.y = 2
    spin_lock(second)
    spin_lock(first)
    spin_unlock(first)
    spin_unlock(second)

@irq(cpu=1)
def noise():
    box.y = 3
"""
WARNS = """
class Box(Struct):
    x: int
box = Box()

@task(cpu=0)
def writer():
    box.x = 1
    box.x = 2

@task(cpu=1)
def reader():
    WARN_ON_ONCE(box.x == 1)
"""


@pytest.fixture(scope="module")
def embrace() -> Machine:
    return build(EMBRACE)


@pytest.fixture(scope="module")
def report(embrace: Machine) -> Report:
    return check(embrace)


def wandering(graph: Graph, bad: Bad, seed: int) -> tuple[str, ...]:
    """Return a run to something bad, drawn by lot."""
    chance = random.Random(seed)
    while True:
        keys: list[str] = []
        number = 0
        while choices := list(graph.edges.choices(number)):
            key, edge, number = chance.choice(choices)
            keys.append(key)
            if edge in bad.edges or number in bad.states:
                return tuple(keys)


def breaks_with(machine: Machine, keys: Sequence[str], breaks: Breaks) -> bool:
    """Tell whether a schedule can be played and breaks the property somewhere; taken step by step, nothing kept."""
    state = machine.initial
    for key in keys:
        found = [(step, following) for step, following in machine.successors(state) if step.choice == key]
        if not found:
            return False
        step, following = found[0]
        if breaks.step and breaks.step(state, step):
            return True
        state = following
        if breaks.state and breaks.state(state):
            return True
        if breaks.end and not machine.successors(state) and breaks.end(state):
            return True
    return False


@pytest.mark.parametrize("seed", range(25))
def test_no_single_step_of_a_shrunk_schedule_can_be_left_out(
    embrace: Machine, report: Report, seed: int
) -> None:
    breaks = breaks_of(embrace, "no-deadlock")
    keys = wandering(report.graph, bad_part(report.graph, breaks), seed)
    broken = shrink(embrace, keys, breaks)
    assert broken is not None
    assert breaks_with(embrace, broken.keys, breaks)
    for at in range(len(broken.keys)):
        assert not breaks_with(embrace, broken.keys[:at] + broken.keys[at + 1 :], breaks)
    assert len(broken.keys) <= len(keys)
    assert switches(broken.keys) <= switches(keys)


def test_steps_that_do_not_matter_go_and_contexts_stop_taking_turns(embrace: Machine, report: Report) -> None:
    breaks = breaks_of(embrace, "no-deadlock")
    bad = bad_part(report.graph, breaks)
    quietest = fewest_switches(report.graph, bad.states, bad.edges)
    broken = shrink(embrace, tuple("331212212"), breaks)
    assert broken is not None
    assert quietest is not None
    assert len(broken.keys) == len(report.verdict("no-deadlock").keys or ()) == 7
    assert switches(broken.keys) == switches(quietest) == 2
    assert broken.how.startswith("deadlock: left on CPU0 spins for second, held by right on CPU1")


def test_a_schedule_that_breaks_nothing_is_not_shrunk(embrace: Machine) -> None:
    breaks = breaks_of(embrace, "no-deadlock")
    assert shrink(embrace, ("1", "1"), breaks) is None
    assert shrink(embrace, ("1", "1", "9"), breaks) is None


def test_steps_after_the_break_are_dropped() -> None:
    machine = build(WARNS)
    broken = shrink(machine, ("1", "2", "2", "1"), breaks_of(machine, "no-warning"))
    assert broken is not None
    assert broken.keys == ("1", "2", "2")
    assert "WARN_ON_ONCE(box.x == 1)" in broken.how


def test_a_run_does_not_go_through_what_it_may_not_pass() -> None:
    machine = build(WARNS)
    breaks = breaks_of(machine, "no-warning")
    first, *_ = [following for _, following in machine.successors(machine.initial)]
    assert shrink(machine, ("1", "2", "2"), breaks, may_pass=lambda state: state != first) is None


@pytest.mark.parametrize(("when", "keys"), [("always", 4), ("at_end", 5)])
def test_a_claim_of_a_scenario_is_shrunk_too(when: str, keys: int) -> None:
    machine = build(WARNS)
    two = question(machine, "box.x != 2")
    claim = Claim("box.x != 2", "always" if when == "always" else "at_end", lambda state: bool(two(state)))
    breaks = breaks_of(machine, claim.name, [claim])
    report = check(machine, [claim])
    run = wandering(report.graph, bad_part(report.graph, breaks), 3)
    broken = shrink(machine, run, breaks)
    assert broken is not None
    assert len(broken.keys) == len(report.verdict(claim.name).keys or ())
    assert keys >= len(broken.keys)


DIES = """
class Box(Struct):
    x: int
    y: int
    at: object
box = Box()

def p():
    if box.at == current:
        box.y += 1
    if box.at:
        wake_up_process(box.at)
    box.at = box
    if box.at:
        box.x += 1

@task(cpu=1)
def one():
    p()

@task(cpu=1)
def other():
    p()
"""


def test_a_run_that_somebody_dies_in_shows_nothing_of_what_holds_at_the_end() -> None:
    machine = build(DIES)
    same = question(machine, "box.x == box.y")
    claim = Claim("same", "at_end", lambda state: bool(same(state)))
    report = check(machine, [claim])
    assert report.verdict("same").kind == "broken"
    found = finding(report, Facts(report.graph), report.verdict("same"), claims=[claim])
    state = machine.initial
    for key in found.verdict.keys or ():
        state, _ = machine.step(state, key)
    assert not machine.successors(state)
    assert not anyone_dead(machine)(state)
    assert not same(state)


def test_a_claim_that_something_is_possible_has_no_step_that_breaks_it(embrace: Machine) -> None:
    claim = Claim("never", "sometimes", lambda state: False)
    assert breaks_of(embrace, "never", [claim]) == Breaks()
    report = check(embrace, [claim])
    assert finding(report, Facts(report.graph), report.verdict("never"), claims=[claim]).odds is None


def test_a_finding_tells_odds_and_when_it_was_too_late(report: Report) -> None:
    found = finding(report, Facts(report.graph), report.verdict("no-deadlock"))
    assert found.verdict.keys is not None
    assert found.odds is not None
    assert found.odds.kind == "exact"
    assert 0 < found.odds.value < 1
    # once each has one lock nothing helps, whoever spins first
    assert found.sealed == len(found.verdict.keys) - 2
    assert found.open is not None
    assert found.open < len(report.graph.states)


def test_the_order_by_switches_gives_a_schedule_with_no_more_of_them(report: Report) -> None:
    facts = Facts(report.graph)
    shortest = finding(report, facts, report.verdict("no-deadlock"), "shortest").verdict.keys
    quietest = finding(report, facts, report.verdict("no-deadlock"), "switches").verdict.keys
    assert shortest is not None
    assert quietest is not None
    assert len(shortest) <= len(quietest)
    assert switches(quietest) <= switches(shortest)


@pytest.mark.parametrize("code", [EMBRACE, WARNS, "@task(cpu=0)\ndef main():\n    BUG_ON(True)\n"])
def test_a_property_of_states_or_steps_has_a_bad_part_exactly_where_its_verdict_says_so(code: str) -> None:
    machine = build(code)
    local = [builtin.name for builtin in BUILTINS if builtin not in graph_rules()]
    report = check(machine, builtins=local)
    assert set(local) <= {verdict.property for verdict in report.verdicts}
    for verdict in report.verdicts:
        if verdict.property in local:
            bad = bad_part(report.graph, breaks_of(machine, verdict.property))
            assert bool(bad) == (verdict.kind == "broken"), verdict


def test_what_holds_is_no_finding(report: Report) -> None:
    assert finding(report, Facts(report.graph), report.verdict("no-oops")).odds is None
