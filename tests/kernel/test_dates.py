"""Time goes on where somebody can tell: code or claims that look at the date, with or without a timer."""

import ast
import re
import textwrap

import pytest

from ktwviz.checker.explore import explore as search
from ktwviz.checker.verdicts import check
from ktwviz.kernel.dates import ticking_of
from ktwviz.kernel.history import VERSION_NAMES
from ktwviz.kernel.moments import reckoning_of, time_fields
from ktwviz.kernel.relative import relative_time
from ktwviz.kernel.versions import kernel_namespace
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import TICK, Machine
from ktwviz.machine.program import Program
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


LOOKING = """
n = 2
if {}:
    box.n = 2
"""


def told_after(condition: str, helpers: str = "") -> tuple[set[object], str]:
    """Return what the box may hold at the end where code sets it to 2 under a condition, and what ended the search."""
    looking = textwrap.indent(LOOKING.format(condition), "    ")
    body = WAITING.replace("    while jiffies - start < 3:\n        cpu_relax()\n    box.n = 1\n", looking)
    machine = relative(f"{body}{helpers}")
    graph = search(machine, most_states=2_000)
    return {value(machine, graph.states[end], "box.n") for end in graph.ends}, graph.bound


@pytest.mark.parametrize(
    "condition",
    [
        "jiffies - start > 3",
        "jiffies - start > 3 * 3",
        "jiffies - start - 5 > 4",
        "jiffies > start + 4 + 5",
        "jiffies - 4 > start + 5",
        "start + 9 < jiffies",
        "9 < jiffies - start",
        "not jiffies - start <= 9 and n",
    ],
)
def test_it_goes_on_until_nobody_can_tell_one_jiffy_more_from_one_less(condition: str) -> None:
    """What is older than all numbers in sight together is older than each sum of them."""
    assert told_after(condition) == ({0, 2}, "")


@pytest.mark.parametrize(
    "condition",
    [
        "jiffies - start > 1 << 3",
        "(jiffies - start) // 3 > 2",
        "jiffies - start > n + n + n + n",
        "jiffies > start + n",
        "jiffies - start > nine()",
        "older(start)",
        "(jiffies - start) - (start - jiffies) > n",
        "jiffies - start > True",
    ],
)
def test_where_ages_are_reckoned_with_otherwise_the_search_does_not_count_as_complete(condition: str) -> None:
    helpers = "def nine():\n    return 4 + 5\ndef older(when):\n    return jiffies - when > 3\n"
    _, bound = told_after(condition, helpers)
    assert re.fullmatch(
        r"moments \d+ jiff\w+ old: case\.py:\d+ main\(\) reckons with them, and may tell older ones apart",
        bound,
    )


@pytest.mark.parametrize(
    ("statements", "sure"),
    [
        ("age = jiffies - start\n    box.n = age > 3", True),
        ("age = jiffies - start\n    age = age + age\n    box.n = age > 3", False),
        ("age = jiffies - start\n    age += 1\n    box.n = age > 3", False),
        ("box.n = jiffies - start", False),
        ("end = start\n    end += 3\n    box.n = end < jiffies", True),
        ("one = jiffies - start\n    two = jiffies - start\n    box.n = one < two", False),
        ("n = 2\n    n += n\n    end = start + n\n    box.n = end < jiffies", False),
        ("n = 2\n    mod_timer(timer, start + n)\n    box.n = start < jiffies", True),
        ("n = 2\n    mod_timer(timer, start + n)\n    box.n = timer.expires < jiffies", False),
        ("n = 1 - 2\n    mod_timer(timer, start + n)\n    box.n = start < jiffies", False),
        ("while start:\n        cpu_relax()", False),
        ("i = 0\n    while i < 3:\n        start += 1\n        i += 1\n    box.n = start < jiffies", False),
        ("while box.n:\n        end = start + 1\n        start = end\n    box.n = start < jiffies", False),
        ("while box.n:\n        start = jiffies + 1\n    box.n = start < jiffies", True),
        ("timer.expires += 1\n    box.n = timer.expires < jiffies", False),
        ("end = timer.expires\n    timer.expires = end + 1\n    box.n = end < jiffies", False),
        ("box.n = jiffies", False),
    ],
)
def test_what_counts_as_reckoning_in_sight(statements: str, sure: bool) -> None:
    text = f"{BOX}timer = TimerList()\n@task(cpu=0)\ndef main():\n    start = jiffies\n    {statements}\n"
    made = scene(text)
    ticking = ticking_of(made.program, made.program.reachable(made.roots()), [])
    assert ticking.patience is not None
    assert (ticking.unsure == "") == sure, ticking.unsure


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
    # what one of them compares with may be a moment that the other has put forward
    assert ticking_of(made.program, functions, [claim]).patience == 160
    assert ticking_of(made.program, [], [claim]).unseen == ("", "")


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


TWO = f"""{BOX}
one = TimerList()
two = TimerList()
__setup_timer(one, first, box, 1)
__setup_timer(two, second, box, 1)
def first(data):
    data.n = data.n * 10 + 1
def second(data):
    data.n = data.n * 10 + 2
@task(cpu=0)
def main():
    start = jiffies
    smp_mb()
    mod_timer(one, start + 1)
    mod_timer(two, start + 2)
"""


def test_two_timers_that_are_armed_late_share_a_slot_in_which_the_last_is_first() -> None:
    machine = relative(TWO)
    assert {value(machine, state, "box.n") for state in explore(machine).ends} == {12, 21}


def test_a_moment_that_is_put_forward_before_a_timer_gets_it_counts_too() -> None:
    body = "mod_timer(two, jiffies + 1)\n    start += 3\n    mod_timer(one, start)\n"
    machine = relative(TWO[: TWO.index("    smp_mb")] + f"    {body}")
    assert {value(machine, state, "box.n") for state in explore(machine).ends} == {12, 21}


def test_a_claim_looks_through_the_functions_that_it_calls() -> None:
    scenario = (
        "timer = TimerList()\ndef old():\n    return jiffies - timer.expires > 3\n"
        "@task(cpu=0)\ndef client():\n    timer.expires = jiffies\n"
    )
    claim = '```toml property\nalways = "not old()"\n```'
    lesson = parse_lesson(HEAD.format(scenario=scenario, rule=claim, rule_line=""), "odd.md")
    assert build_scenario(lesson).machine.patience == 3


def test_an_expiry_that_nobody_sets_grows_old_as_any_moment_does() -> None:
    body = "end = start + 2\n    box.n = 1\n    if end < timer.expires:\n        box.n = 2\n"
    later = "    if timer.expires < start:\n        box.n = 3\n"
    text = f"{BOX}timer = TimerList()\n@task(cpu=0)\ndef main():\n    start = jiffies\n    {body}{later}"
    machine = relative(text)
    assert {value(machine, state, "box.n") for state in explore(machine).ends} == {1, 3}


def test_an_object_that_is_made_later_has_the_date_of_the_beginning() -> None:
    made_later = (
        "    start = jiffies\n    smp_mb()\n    if start < jiffies:\n        new = kzalloc(TimerList)\n"
    )
    told = "        box.n = 1 + (new.expires == jiffies)\n"
    machine = relative(f"{BOX}@task(cpu=0)\ndef main():\n{made_later}{told}")
    assert {value(machine, state, "box.n") for state in explore(machine).ends} == {0, 1}


def test_expiries_that_are_compared_tell_that_a_jiffy_has_passed() -> None:
    body = "one.expires = jiffies\n    smp_mb()\n    two.expires = jiffies\n    box.n = one.expires != two.expires\n"
    machine = relative(TWO[: TWO.index("    start")] + f"    {body}")
    assert {value(machine, state, "box.n") for state in explore(machine).ends} == {0, 1}


def test_a_call_inside_the_moment_of_a_timer_may_look_at_it() -> None:
    text = LATE.replace("mod_timer(timer, start + 2)", "mod_timer(timer, later(jiffies, start))")
    text = text.replace("    start = jiffies\n", "    start = jiffies\n    smp_mb()\n")
    looking = "def later(now, then):\n    if now != then:\n        box.n = 7\n    return now + 1\n"
    assert reachable(relative(f"{text}{looking}"), "box.n == 7")


@pytest.mark.parametrize("version", VERSION_NAMES)
def test_no_kernel_code_does_more_with_the_date_than_to_arm_timers(version: str) -> None:
    program = Program(kernel_namespace(version))
    functions = [
        each for each in program.namespace.values() if isinstance(each, Stepped) and each.file != "timer.py"
    ]
    found = [reckoning_of(function.tree, program, time_fields(program)) for function in functions]
    assert sum(bool(each.vague) for each in found) == 1  # jiffies + delay
    assert not any(each.looked or each.back for each in found)


def test_where_the_clock_gives_up_nothing_counts_as_stuck() -> None:
    """The loop ends after eight jiffies; the clock stops at three."""
    machine = relative(WAITING.replace("< 3", "< 1 << 3"))
    report = check(machine)
    assert {verdict.kind for verdict in report.verdicts} == {"undetermined"}
    assert not report.graph.ends
    assert report.graph.cut
