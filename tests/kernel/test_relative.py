"""States that differ in the date alone count as one, and nothing that can happen gets lost by it."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from ktwviz.kernel.relative import relative_time
from ktwviz.machine.machine import TICK, Machine, State
from tests.machine.helpers import Walk, build, explore, trace

TIMERS = """
class Log(Struct):
    runs: int
log = Log()
one = TimerList()
two = TimerList()
__setup_timer(one, fire, log, 1)
__setup_timer(two, fire, log, 1)
def fire(data):
    data.runs = 1
def fire_again(data):
    mod_timer(one, jiffies + 2)
"""
BOUNDED = f"""{TIMERS}
@task(cpu=0)
def client():
    one.expires = jiffies + 1
    add_timer(one)
    two.expires = jiffies + 2
    add_timer(two)
@task(cpu=1)
def other():
    later = jiffies + 1
    log.runs = 5
    mod_timer(two, later)
"""
AGAIN = "    two.expires = jiffies + 2\n    add_timer(two)\n"
"""How one of two timers is armed; where the other task arms it too, and late, there is no end of states."""
PERIODIC = f"""{TIMERS}
@task(cpu=0)
def client():
    one.function = fire_again
    one.expires = jiffies + 1
    add_timer(one)
@task(cpu=1)
def other():
    began = jiffies
    log.runs = 5
    log.runs = jiffies - began < 3
"""


def without_date(machine: Machine, state: State) -> list[Any]:
    """Return what a state looks like to somebody who knows no date."""
    words = [state[word.index] for word in machine.words if word.kind != "time"]
    places = [
        [(frame.function, frame.pc) for frame in machine.local_state(state, context).frames]
        for context in machine.contexts
    ]
    return [words, places]


MOST_PAIRS = 20_000


def pairs(machine: Machine, canonical: Callable[[State], State]) -> int:
    """Go every way in absolute and in relative time at once, comparing; return how many pairs of states there are.

    Where code can read the date the clock never stops, and there is no end of them: then the nearest ones are compared.
    """
    seen = {(machine.initial, machine.initial)}
    waiting = list(seen)
    for absolute, relative in islice(waiting, MOST_PAIRS):  # grows while it is walked
        assert without_date(machine, absolute) == without_date(machine, relative)
        left, right = machine.successors(absolute), machine.successors(relative)
        assert [outcome.choice for outcome, _ in left] == [outcome.choice for outcome, _ in right]
        for (outcome, following), (_, other) in zip(left, right, strict=True):
            pair = (following, canonical(other) if outcome.choice == TICK else other)
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return len(seen)


@pytest.mark.parametrize(
    "change",
    [("mod_timer(two, later)", "del_timer_sync(two)"), (AGAIN, "")],
)
def test_whatever_can_happen_in_absolute_time_can_happen_in_relative_time_and_the_other_way_round(
    change: tuple[str, str],
) -> None:
    machine = build(BOUNDED.replace(*change))
    canonical = relative_time(machine)
    assert pairs(machine, canonical) > 1000
    absolute = len(explore(machine).states)
    machine.canonical = canonical
    assert len(explore(machine).states) < absolute


def test_what_code_behind_a_pointer_reads_of_a_past_expiry_is_kept() -> None:
    text = BOUNDED.replace("data.runs = 1", "data.runs = jiffies - one.expires > 3")
    machine = build(text.replace("jiffies + 2", "jiffies + 6"))
    assert pairs(machine, relative_time(machine)) > 1000


BACK = f"""{TIMERS.replace("data.runs = 1", "data.runs = data.runs")}
def done(data):
    data.runs = 1
@task(cpu=0)
def holder():
    local_irq_disable()
    one.expires = jiffies + 1
    add_timer(one)
    log.runs = 3
    while log.runs != 2:
        cpu_relax()
    local_irq_enable()
@task(cpu=1)
def mover():
    while log.runs != 3:
        cpu_relax()
    two.function = done
    two.expires = jiffies + 3
    add_timer(two)
    while log.runs != 1:
        cpu_relax()
    BACK
    log.runs = 2
"""


@pytest.mark.parametrize(
    "back",
    [
        "mod_timer(one, jiffies - 1)",
        "then = jiffies - 2\n    mod_timer(one, then)",
        "n = 0 - 1\n    mod_timer(one, jiffies + n)",
        "mod_timer(one, jiffies + -1)",
        "mod_timer(one, jiffies)",
    ],
)
def test_who_arms_a_timer_for_longer_ago_than_anything_in_hand_finds_the_expiry_that_it_had(
    back: str,
) -> None:
    machine = build(BACK.replace("BACK", back))
    absolute = {str(without_date(machine, state)) for state in explore(machine).states}
    machine.canonical = relative_time(machine)
    assert {str(without_date(machine, state)) for state in explore(machine).states} == absolute


def test_a_periodic_timer_has_a_finite_graph() -> None:
    machine = build(PERIODIC.replace("began", "x").replace("    log.runs = jiffies - x < 3\n", ""))
    machine.canonical = relative_time(machine)
    assert len(explore(machine, most=5000).states) > 50


def test_a_canonical_state_is_its_own() -> None:
    machine = build(BOUNDED.replace(AGAIN, ""))
    canonical = relative_time(machine)
    for state in explore(machine).states[::40]:
        assert canonical(canonical(state)) == canonical(state)


def test_a_moment_in_hand_keeps_its_distance_to_the_others() -> None:
    machine = build(PERIODIC)
    canonical = relative_time(machine)
    walk = Walk(machine).until("other", "store log.runs = 5")
    walk.finish("client")
    for _ in range(4):
        walk.step("tick")
        walk.state = canonical(walk.state)
        if walk.status("timer@0") == "ready":
            walk.finish("timer@0")
    assert walk.finish("other").value("log.runs") == 0


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("one.expires = 5", "one.expires is a moment in jiffies: store jiffies plus a number, not 5"),
        ("one.expires = None", "one.expires is a moment in jiffies: store jiffies plus a number, not NULL"),
        ("log.runs = jiffies", "log.runs holds no moment in jiffies: store the difference of two moments"),
        ("if jiffies:\n        log.runs = 1", "a moment in jiffies is neither true nor false: compare it with"),
        ("if jiffies > 3:\n        log.runs = 1", "a moment in jiffies is compared with a plain number"),
        ("if 0 == jiffies:\n        log.runs = 1", "a moment in jiffies is compared with a plain number"),
        ("n = jiffies * 2", "moments in jiffies can be compared, subtracted, and moved by a number, nothing else"),
        ("n = jiffies + jiffies", "moments in jiffies can be compared, subtracted, and moved by a number"),
        ("n = 5 - jiffies", "moments in jiffies can be compared, subtracted, and moved by a number"),
        ("n = jiffies & 1", "moments in jiffies can be compared, subtracted, and moved by a number"),
    ],
)  # fmt: skip
def test_code_cannot_tell_the_date(body: str, text: str) -> None:
    walk = trace(f"{TIMERS}\n@task(cpu=0)\ndef main():\n    {body}\n    add_timer(two)\n")
    assert walk.events("oops")[0].startswith(text)


def test_moments_can_be_compared_moved_and_subtracted() -> None:
    walk = trace(f"""{TIMERS}
@task(cpu=0)
def main():
    one.expires = 4 + jiffies - 1
    n = one.expires - jiffies
    log.runs = n * 10 + (jiffies < one.expires) + (one.expires == jiffies + 3)
    add_timer(two)
""")
    assert walk.value("log.runs") == 32
