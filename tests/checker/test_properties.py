"""Each built-in property is broken by what the scenarios say, and by nothing else, over all interleavings."""

from functools import cache
from pathlib import Path

import pytest

from ktwviz.checker.properties import BUILTINS, DEFAULT
from ktwviz.checker.verdicts import Report, check
from ktwviz.kernel.history import STAGES, VERSION_NAMES
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.build import MemoryOrder

FILES = sorted(Path(__file__).parent.joinpath("scenarios").glob("*.md"))
LESSONS = {file.stem: load_lesson(file) for file in FILES}
ON_ALL_VERSIONS = (
    "cancel-and-timer",
    "cancel-the-requeuer",
    "destroy-armed",
    "drain-and-requeue",
    "flush-armed",
    "freeze",
    "mod-and-timer",
    "not-irqsafe",
    "self-requeue",
)
"""Scenarios that are played on every version of the code; the others only on those that they say something of."""


def variants_of(lesson: Lesson) -> list[str]:
    """Return the rules and versions under which a scenario is played; "" is its own version without a rule."""
    named = [
        variant for claim in lesson.properties for variant in claim.broken_by if variant in VERSION_NAMES
    ]
    stages = STAGES if lesson.id in ON_ALL_VERSIONS else ()
    versions = [version for version in (*stages, *named) if version != lesson.kernel]
    return list(dict.fromkeys(["", *(rule.name for rule in lesson.rules), *versions]))


RUNS = [(name, variant) for name, lesson in LESSONS.items() for variant in variants_of(lesson)]
FIXED_BY = {
    "abba": "abba-in-order",
    "thaw-untold": "thaw",
    "two-tries": "one-tries",
    "two-workers": "one-worker",
}
"""Scenarios whose bug lies in their own code; the fix is another scenario."""


def run_names(runs: list[tuple[str, str]]) -> list[str]:
    return [f"{name}-{variant or LESSONS[name].kernel}" for name, variant in runs]


every_run = pytest.mark.parametrize(("name", "rule"), RUNS, ids=run_names(RUNS))


LARGE = (
    "cancel-and-mod",
    "destroy-armed",
    "drain-and-requeue",
    "flush-armed",
    "free-too-early",
    "mod-itself",
    "one-worker",
    "self-flush",
    "two-cancel",
)
QUICK = [(name, rule) for name, rule in RUNS if name not in LARGE]


def report_anew(name: str, rule: str, memory: str = "") -> Report:
    machine = build_scenario(LESSONS[name], rule, memory).machine
    return check(machine, builtins=[builtin.name for builtin in BUILTINS])


report_on = cache(report_anew)


def report_under(name: str, rule: str, memory: MemoryOrder) -> Report:
    """Return the report under an order of memory; where it is the scenario's own, other tests have asked for it."""
    own = "tso" if report_on(name, rule).graph.machine.buffers else "sc"
    return report_on(name, rule) if memory == own else report_anew(name, rule, memory)


def said_to_break(lesson: Lesson, rule: str) -> list[str]:
    variant = rule or lesson.kernel
    return [
        claim.claim for claim in lesson.properties if claim.when == "builtin" and variant in claim.broken_by
    ]


@every_run
def test_a_scenario_breaks_what_it_says_and_nothing_else(name: str, rule: str) -> None:
    report = report_on(name, rule)
    broken = {verdict.property: verdict.how for verdict in report.verdicts if verdict.kind == "broken"}
    assert sorted(broken) == sorted(said_to_break(LESSONS[name], rule)), broken
    left_open = [verdict.how for verdict in report.verdicts if verdict.kind == "undetermined"]
    assert all(how.startswith("nothing is followed beyond where ") for how in left_open)


@every_run
def test_the_schedule_of_what_is_broken_can_be_played(name: str, rule: str) -> None:
    machine = build_scenario(LESSONS[name], rule).machine
    for verdict in report_on(name, rule).broken:
        state = machine.initial
        for key in verdict.keys or ():
            state, _ = machine.step(state, key)


@pytest.mark.parametrize(("name", "rule"), QUICK, ids=run_names(QUICK))
def test_what_holds_by_default_holds_when_everything_is_asked_for(name: str, rule: str) -> None:
    some = check(build_scenario(LESSONS[name], rule).machine)
    everything = report_on(name, rule)
    assert all(verdict == everything.verdict(verdict.property) for verdict in some.verdicts)


@pytest.mark.parametrize("builtin", BUILTINS, ids=lambda builtin: builtin.name)
def test_a_property_is_broken_by_a_scenario_and_holds_under_its_fix(builtin: object) -> None:
    name = builtin.name  # type: ignore[attr-defined]  # a Builtin; pytest wants no more than an object
    fixed = []
    for scenario, rule in RUNS:
        if name in said_to_break(LESSONS[scenario], rule):
            others = [
                (n, r)
                for n, r in RUNS
                if n in (scenario, FIXED_BY.get(scenario)) and (n, r) != (scenario, rule)
            ]
            fixed += [run for run in others if report_on(*run).verdict(name).kind == "holds"]
    assert fixed, f"{name} is broken by no scenario that has a fix"


@pytest.mark.parametrize("builtin", BUILTINS, ids=lambda builtin: builtin.name)
def test_a_property_is_described_in_the_documentation(builtin: object) -> None:
    page = Path(__file__).parent.parent.parent.joinpath("docs", "properties.md").read_text(encoding="utf-8")
    assert f"`{builtin.name}`" in page  # type: ignore[attr-defined]  # a Builtin


SOUND = [(name, rule) for name, rule in RUNS if not said_to_break(LESSONS[name], rule)]
SMALL = [(name, rule) for name, rule in SOUND if name not in LARGE]


@pytest.mark.parametrize(("name", "rule"), SMALL, ids=run_names(SMALL))
@pytest.mark.parametrize("memory", ["sc", "tso"])
def test_code_that_is_right_is_right_under_both_orders_of_memory(
    name: str, rule: str, memory: MemoryOrder
) -> None:
    report = report_under(name, rule, memory)
    assert {verdict.property: verdict.how for verdict in report.broken} == {}
    assert report.graph.complete


# The sentences ----------------------------------------------------------------------------------------------------


def how(scenario: str, rule: str, name: str) -> str:
    return report_on(scenario, rule).verdict(name).how


def test_the_self_requeue_of_a_periodic_work_is_refused_by_the_code_as_posted() -> None:
    verdict = report_on("self-requeue", "").verdict("refusal-kept")
    assert verdict.how == (
        "queue_delayed_kthread_work() refuses dwork.work to kworker on CPU1, and nothing is going to run it"
    )


def test_the_refused_self_requeue_is_found_without_being_asked_for() -> None:
    report = check(build_scenario(LESSONS["self-requeue"], "").machine)
    assert [verdict.property for verdict in report.broken] == ["refusal-kept"]


def test_a_lock_that_cannot_deadlock_here_is_marked_as_such() -> None:
    assert how("other-cpu", "plain-lock", "irq-safe-locks") == (
        "no run deadlocks here, but client on CPU0 holds worker.lock with interrupts on, "
        "and device on CPU1 takes it too"
    )
    assert how("abba", "", "lock-order").startswith(
        "no run deadlocks here, but locks are taken in a circle: "
    )


def test_a_lock_that_does_deadlock_is_not_marked() -> None:
    assert how("plain-lock", "plain-lock", "irq-safe-locks") == (
        "client on CPU0 holds worker.lock with interrupts on, and device on CPU0 takes it too"
    )


def test_a_sleeper_without_work_rests_and_one_with_work_was_not_woken() -> None:
    assert report_on("state-too-late", "").verdict("no-lost-wakeup").kind == "holds"
    assert how("state-too-late", "state-last", "no-lost-wakeup") == (
        "lost wake-up: kworker on CPU1 sleeps for good, and worker.work_list has work for it"
    )


def test_who_waits_for_ever_is_named_where_others_go_on() -> None:
    assert how("self-flush", "", "no-hang") == (
        "others go on for ever, but kworker on CPU1 waits until fwork@kworker.done is completed"
    )


def test_names_of_properties_are_words_with_hyphens_and_unique() -> None:
    names = [builtin.name for builtin in BUILTINS]
    assert len(names) == len(set(names))
    assert all(name.replace("-", "").isalpha() and name == name.lower() for name in names)
    assert [builtin for builtin in BUILTINS if not (builtin.sentence and builtin.source)] == []


def test_what_every_lesson_is_judged_by_is_a_part_of_all_properties() -> None:
    assert {builtin.name for builtin in DEFAULT} >= {
        "lists-sound",
        "no-deadlock",
        "no-warning",
        "no-oops",
        "no-lost-wakeup",
        "refusal-kept",
        "work-runs",
    }
