"""Claims about the moment in which a timer expires, or has expired: the search keeps what they read, or says no."""

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from ktwviz.checker.symmetry.reduced import Reduced
from ktwviz.checker.ticks import Jumping
from ktwviz.checker.verdicts import Verdict, check
from ktwviz.errors import LessonError
from ktwviz.lesson.claims import claims_of
from ktwviz.lesson.fix import GOAL, _goal
from ktwviz.lesson.model import Goal, Property
from ktwviz.lesson.sandbox import built, sandbox_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.search import search
from ktwviz.machine.machine import Machine, State
from ktwviz.progress.model import Draft
from ktwviz.values import replace
from tests.conftest import IN_CI

MANY = 80 if IN_CI else 20
TIMERS = """
one = TimerList()
two = TimerList()
box = Counter()

def fire(data):
    box.count += 1

@task(cpu=0)
def client():
    __setup_timer(one, fire, None, TIMER_IRQSAFE)
    __setup_timer(two, fire, None, TIMER_IRQSAFE)
"""
ONE_BEFORE_TWO = f"{TIMERS}    mod_timer(one, jiffies + 1)\n    mod_timer(two, jiffies + 9)\n"
PERIODIC = (
    TIMERS.replace("box.count += 1", "mod_timer(two, jiffies + 1)") + "    mod_timer(one, jiffies + 1)\n"
)
LONG_AGO = "jiffies - one.expires < {n}"


def scenario(text: str, *claims: str, goal: str = "") -> Scenario:
    asked = tuple(Property("always", claim, (), 1) for claim in claims)
    reach = Goal("Reach it.", goal, 0, (), 1) if goal else None
    return build_scenario(replace(sandbox_lesson(Draft(text)), properties=asked, goal=reach))


def verdict(made: Scenario, machine: Machine | None = None, most_states: int = 3_000) -> Verdict:
    claim, *_ = claims_of(made)
    return check(machine or made.machine, [claim], most_states=most_states).verdict(claim.name)


@pytest.mark.parametrize(("n", "kind"), [(4, "broken"), (8, "broken"), (100, "undetermined")])
def test_a_claim_about_what_is_past_is_judged_by_how_long_ago_it_was(n: int, kind: str) -> None:
    # a claim about the date is asked while time goes on, so 100 jiffies pass too, beyond the bound
    made = scenario(ONE_BEFORE_TWO, LONG_AGO.format(n=n))
    found = verdict(made)
    assert found.kind == kind
    if kind == "broken":
        assert not ask(made, LONG_AGO.format(n=n), played(made.machine, found.keys or ()))


def test_a_claim_that_reads_an_expiry_in_a_function_of_the_scenario_is_judged_in_the_same_way() -> None:
    text = f"def recent(timer):\n    return jiffies - timer.expires < 4\n{ONE_BEFORE_TWO}"
    assert verdict(scenario(text, "recent(one)")).kind == "broken"


GROWN = """
soon = TimerList()
third = TimerList()
late = TimerList()
box = Counter()

def on_late(data):
    box.late += 1

def on_third(data):
    box.third += 1

def on_soon(data):
    if not box.third:
        box.count += 1

@task(cpu=0)
def client():
    __setup_timer(soon, on_soon, None, 0)
    __setup_timer(third, on_third, None, 0)
    __setup_timer(late, on_late, None, 0)
    soon.expires = jiffies
    mod_timer(late, jiffies + 5)
    while not box.late:
        cpu_relax()
    mod_timer(third, jiffies + 1)
    {grow}
    add_timer(soon)
"""
"""A timer that is armed for 4 jiffies after a moment 5 jiffies ago, so for the past: it fires before another."""


@pytest.mark.parametrize("grow", ["soon.expires += 4", "soon.expires = soon.expires + 4"])
def test_an_expiry_that_grows_in_place_is_read(grow: str) -> None:
    text = (
        GROWN.replace("{grow}", grow)
        .replace("box.late", "late_box.count")
        .replace("box.third", "third_box.count")
    )
    made = scenario(f"late_box = Counter()\nthird_box = Counter()\n{text}", "box.count == 0")
    assert verdict(made, most_states=20_000).kind == "broken"


def test_where_time_goes_on_for_ever_such_a_claim_is_not_decided_beyond_the_bound() -> None:
    found = verdict(scenario(PERIODIC, LONG_AGO.format(n=10_000)))
    assert (found.kind, found.how) == (
        "undetermined",
        "the search ended at 3,000 states, before everything was seen",
    )
    assert verdict(scenario(PERIODIC, LONG_AGO.format(n=4))).kind == "broken"


def test_other_claims_leave_the_graph_of_what_goes_on_for_ever_finite() -> None:
    assert verdict(scenario(PERIODIC, "not timer_pending(one) or not box.count")).kind == "holds"


def test_a_goal_about_what_is_past_is_looked_for_in_states_that_keep_it() -> None:
    made = scenario(ONE_BEFORE_TWO, goal="not timer_pending(one) and jiffies - one.expires == 7")
    assert check(made.machine, _goal(made), first_bad=True).verdict(GOAL).kind == "broken"


def test_a_question_that_the_search_was_not_made_for_is_refused() -> None:
    made = built(Draft(ONE_BEFORE_TWO))
    found = search(made, most_states=5_000)
    assert found.question("timer_pending(one)").ask(made.machine.initial) is False
    with pytest.raises(LessonError, match="reads when a timer expires"):
        found.question("jiffies - one.expires == 3")
    asked = made.question("jiffies - one.expires < 4", 1)
    assert not made.machine.canonical.keeps(asked.function)  # type: ignore[attr-defined]  # a RelativeTime


# Jumps ----------------------------------------------------------------------------------------------------------


TWO_BEFORE = "not timer_pending(one) or one.expires - jiffies != 3"
ONE_TIMER = f"{TIMERS}    mod_timer(one, jiffies + 5)\n"


@pytest.mark.parametrize("merging", [False, True])
def test_a_claim_that_tells_ticks_apart_is_not_judged_where_the_clock_jumps(merging: bool) -> None:
    made = scenario(ONE_TIMER, TWO_BEFORE)
    assert verdict(made).kind == "broken"
    jumping = Jumping(made.machine)
    found = verdict(made, Reduced(jumping) if merging else jumping)
    assert (found.kind, found.how) == (
        "undetermined",
        "not judged with jumps of the clock: it tells the ticks apart that are left out",
    )


# At random ------------------------------------------------------------------------------------------------------

ARMING = st.builds(
    lambda timer, n: f"    mod_timer({timer}, jiffies + {n})\n",
    st.sampled_from(["one", "two"]),
    st.integers(1, 4),
)
CLAIMS = st.builds(
    lambda text, n: text.replace("{n}", str(n)),
    st.sampled_from([
        LONG_AGO,
        "one.expires - jiffies < {n}",
        "two.expires - one.expires < {n}",
        "not timer_pending(two) or two.expires - jiffies != {n}",
        "box.count < 2 or one.expires <= jiffies",
        "box.count != {n}",
    ]),
    st.integers(0, 5),
)  # fmt: skip


@settings(max_examples=MANY, suppress_health_check=list(HealthCheck))
@given(st.lists(ARMING, min_size=1, max_size=3), CLAIMS)
def test_claims_are_judged_as_where_every_moment_is_kept(arming: list[str], claim: str) -> None:
    made = scenario(TIMERS + "".join(arming), claim)
    absolute = scenario(TIMERS + "".join(arming), claim)
    absolute.machine.canonical = lambda state: state
    expected = verdict(absolute)
    if expected.kind == "undetermined":
        reject()
    assert verdict(made).kind == expected.kind
    assert verdict(made, Jumping(made.machine)).kind in (expected.kind, "undetermined")


def ask(made: Scenario, text: str, state: State) -> bool:
    return bool(made.question(text, 1).ask(state))


def played(machine: Machine, keys: tuple[str, ...]) -> State:
    state = machine.initial
    for key in keys:
        state, _ = machine.step(state, key)
    return state
