"""Time goes on where somebody can tell: code or claims that look at the date, with or without a timer."""

import ast

import pytest

from ktwviz.kernel.dates import ticking_of
from ktwviz.kernel.relative import relative_time
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import TICK, Machine
from tests.lesson.test_hostile import HEAD
from tests.machine.helpers import build, explore, reachable, scene, value

BOX = "class Box(Struct):\n    n: int\nbox = Box()\n"
WAITING = f"""{BOX}
@task(cpu=0)
def main():
    start = jiffies
    while jiffies - start < 3:
        cpu_relax()
    box.n = 1
"""
LATE = f"""{BOX}
timer = TimerList()
__setup_timer(timer, fire, box, 1)
def fire(data):
    data.n = 0
@task(cpu=0)
def main():
    start = jiffies
    mod_timer(timer, start + 2)
    while timer_pending(timer):
        cpu_relax()
    box.n = jiffies - start
"""


def relative(source: str) -> Machine:
    machine = build(source)
    machine.canonical = relative_time(machine)
    return machine


def test_time_goes_on_for_code_that_waits_for_it_without_a_timer() -> None:
    machine = relative(WAITING)
    assert machine.keys == ("1", TICK)
    found = explore(machine, most=100)
    assert {value(machine, state, "box.n") for state in found.ends} == {1}


def test_time_goes_on_while_an_expired_timer_waits_so_that_a_softirq_can_be_late() -> None:
    assert reachable(relative(LATE), "box.n == 3")


def test_it_goes_on_until_nobody_can_tell_one_jiffy_more_from_one_less() -> None:
    """The largest number in sight is 3: what is older than that is older than all of them."""
    machine = relative(WAITING.replace("    while jiffies - start < 3:\n        cpu_relax()\n    box.n = 1\n", """
    box.n = 1
    if jiffies - start > 3:
        box.n = 2
"""))  # fmt: skip
    ends = {value(machine, state, "box.n") for state in explore(machine, most=200).ends}
    assert ends == {1, 2}


@pytest.mark.parametrize(
    ("statements", "looks"),
    [
        ("mod_timer(timer, jiffies + 1)", False),
        ("timer.expires = jiffies + 1\n    add_timer(timer)", False),
        ("later = jiffies + 1\n    soon = later - 1\n    mod_timer(timer, soon)", False),
        ("box.n = jiffies == jiffies", True),
        ("start = jiffies\n    box.n = jiffies - start", True),
        ("later = jiffies + 1\n    look(later)", True),
        ("now = jiffies\n    if timer.expires == now:\n        box.n = 1", True),
    ],
)
def test_who_only_arms_a_timer_does_not_look_at_the_date(statements: str, looks: bool) -> None:
    made = scene(
        f"{BOX}timer = TimerList()\ndef look(when):\n    pass\n@task(cpu=0)\ndef main():\n    {statements}\n"
    )
    ticking = ticking_of(made.program, made.program.reachable(made.roots()), [])
    assert (ticking.patience is not None) == looks


def test_named_numbers_count_and_a_claim_looks_as_code_does() -> None:
    made = scene(
        f"{BOX}@task(cpu=0)\ndef main():\n    start = jiffies\n    box.n = jiffies - start < LONG\n", LONG=70
    )
    functions = made.program.reachable(made.roots())
    assert ticking_of(made.program, functions, []).patience == 70
    claim = ast.parse("jiffies - timer.expires < 90", mode="eval").body
    assert ticking_of(made.program, functions, [claim]).patience == 90
    assert ticking_of(made.program, [], [claim]).unseen == ""


def test_the_claims_of_a_lesson_are_among_those_who_look() -> None:
    text = "box = Counter()\n@task(cpu=0)\ndef client():\n    box.count = 1"
    claim = '```toml property\nalways = "jiffies - jiffies == 0"\n```'
    for rule, keys in (("", ("1",)), (claim, ("1", TICK))):
        lesson = parse_lesson(HEAD.format(scenario=text, rule=rule, rule_line=""), "odd.md")
        assert build_scenario(lesson).machine.keys == keys


def test_a_tick_that_changes_nothing_that_anybody_can_tell_is_no_step() -> None:
    machine = relative(LATE)
    for state in explore(machine).states:
        assert all(following != state for _, following in machine.successors(state))
