"""Jumps of the clock against single ticks."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktwviz.checker.explore import Enough, Graph, explore
from ktwviz.checker.ticks import Jumping
from ktwviz.checker.verdicts import check
from ktwviz.kernel.relative import relative_time
from ktwviz.machine.machine import TICK, Machine, State
from tests.machine.helpers import build

BEGINNING = """
class Log(Struct):
    runs: int
    when: int
log = Log()
one = TimerList()
two = TimerList()
__setup_timer(one, fire, log, 1)
__setup_timer(two, fire_two, log, 1)
def fire(data):
    data.runs = 1
def fire_two(data):
    data.runs = data.runs * 2
"""
STATEMENTS = (
    "mod_timer(one, jiffies + {n})",
    "mod_timer(two, jiffies + {n})",
    "log.runs = {n}",
    "later{n} = jiffies + {n}\n    log.runs = 0\n    mod_timer(two, later{n})",
    "del_timer(one)",
    "mod_timer(two, one.expires + {n})",
    "began{n} = jiffies\n    log.runs = 3\n    log.when = jiffies - began{n} < {n}",
    "BUG_ON(log.runs == {n})",
)
RARELY = (
    "def fire(data):\n    data.runs = 1",
    "def fire(data):\n    data.runs = 1\n    mod_timer(two, jiffies + 2)",
)

statements = st.builds(
    lambda text, n: text.replace("{n}", str(n)), st.sampled_from(STATEMENTS), st.integers(1, 4)
)
bodies = st.lists(statements, min_size=1, max_size=2)


def built(source: str) -> Machine:
    machine = build(source)
    machine.canonical = relative_time(machine)
    return machine


def program(bodies: list[list[str]], again: bool) -> str:
    beginning = BEGINNING.replace(*RARELY) if again else BEGINNING
    tasks = (
        f"@task(cpu={cpu})\ndef task{cpu}():\n    " + "\n    ".join(body) + "\n"
        for cpu, body in enumerate(bodies)
    )
    return beginning + "".join(tasks)


def forms(graph: Graph, jumping: Jumping) -> set[State]:
    return {jumping.canonical(state) for state in graph.states}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(bodies, min_size=1, max_size=2), st.booleans())
def test_jumps_come_to_the_states_that_single_ticks_come_to_but_for_the_date(
    bodies: list[list[str]], again: bool
) -> None:
    machine = built(program(bodies, again))
    jumping = Jumping(machine)
    single, jumped = explore(machine, most_states=8000), explore(jumping, most_states=8000)
    if single.complete:
        assert jumped.complete
        assert forms(single, jumping) == forms(jumped, jumping)
        assert len(jumped.states) <= len(single.states)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(bodies, min_size=1, max_size=2), st.booleans())
def test_the_verdicts_are_those_of_single_ticks_and_every_schedule_replays(
    bodies: list[list[str]], again: bool
) -> None:
    machine = built(program(bodies, again))
    single, jumped = check(machine, most_states=8000), check(Jumping(machine), most_states=8000)
    if not single.graph.complete:
        return
    assert [(v.property, v.kind) for v in single.verdicts] == [(v.property, v.kind) for v in jumped.verdicts]
    for verdict in jumped.broken:
        replayed(machine, verdict.keys or ())


def replayed(machine: Machine, keys: tuple[str, ...]) -> State:
    state = machine.initial
    for key in keys:
        state, _ = machine.step(state, key)
    return state


LONG = (
    BEGINNING
    + """
@task(cpu=0)
def client():
    mod_timer(one, jiffies + 200)
    log.runs = 2

@task(cpu=1)
def other():
    BUG_ON(log.runs == 1)
"""
)


def test_a_long_delay_costs_few_states_and_its_counterexample_has_every_tick() -> None:
    machine = built(LONG)
    single, jumped = check(machine), check(Jumping(machine))
    assert len(jumped.graph.states) * 5 < len(single.graph.states)
    keys = jumped.verdict("no-oops").keys or ()
    assert keys.count(TICK) == 200
    assert jumped.verdict("no-oops").kind == single.verdict("no-oops").kind == "broken"
    replayed(machine, keys)


def test_every_state_of_a_run_with_single_ticks_is_found_among_the_jumps() -> None:
    machine = built(LONG)
    graph = explore(Jumping(machine))
    for state in explore(machine).states:
        assert graph.find(state) is not None


def test_as_long_as_somebody_may_read_the_date_each_tick_is_taken_singly() -> None:
    source = LONG.replace("    log.runs = 2", "    log.runs = 2\n    log.when = jiffies - jiffies")
    machine = built(source)
    jumping = Jumping(machine)
    before_the_read: list[State] = []

    def until_there_are_enough(state: State) -> bool:
        if jumping._dates.may_be_read(state):
            before_the_read.append(state)
        if len(before_the_read) > 200:
            raise Enough("what is asserted is found")
        return True

    explore(jumping, goes_on=until_there_are_enough)
    assert len(before_the_read) > 200


@pytest.mark.parametrize("line", ["mod_timer(one, jiffies + 3)", "log.runs = 1"])
def test_a_function_that_runs_at_every_expiry_and_reads_the_date_forbids_jumps(line: str) -> None:
    source = LONG.replace("    data.runs = 1\n", f"    {line}\n", 1)
    machine = built(source)
    jumping = Jumping(machine)
    graph = explore(jumping, most_states=3000)
    assert any(not jumping._dates.may_be_read(state) for state in graph.states) == ("jiffies" not in line)
