"""One run judged by itself says what the search says of it."""

from random import Random

import pytest

from ktwviz.checker.properties import BUILTINS, bottom_judge, graph_rules
from ktwviz.checker.run import breaches
from ktwviz.checker.verdicts import Report, check
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.compare import version_names
from ktwviz.lesson.judging import broken_in
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.machine.machine import Machine, apply

OF_THE_GRAPH = {"no-lost-wakeup", "work-runs", "no-hang", "no-livelock", "lock-order", "irq-safe-locks"}
"""What only all interleavings tell, or the end of a run."""


def searched(lesson: str, variant: str | None) -> tuple[Scenario, Report]:
    scenario = build_scenario(find_lesson(lesson), variant)
    return scenario, check(scenario.machine, claims_of(scenario), builtins=asked_for(scenario))


@pytest.mark.parametrize(
    ("lesson", "variant"),
    [
        ("4", None),
        ("12", None),
        ("14", None),
        ("15", None),
        ("16", None),
        ("22", None),
        ("27", None),
        ("33", None),
    ],
)
def test_the_shortest_counterexample_breaks_its_property_with_its_last_step(
    lesson: str, variant: str | None
) -> None:
    scenario, report = searched(lesson, variant)
    held = {verdict.property for verdict in report.verdicts if verdict.kind == "holds"}
    judged = 0
    for verdict in report.broken:
        found = broken_in(scenario, verdict.keys or ())
        assert not {breach.property for breach in found} & held
        if verdict.property in OF_THE_GRAPH or not verdict.keys:
            continue
        judged += 1
        assert [breach.step for breach in found if breach.property == verdict.property] == [len(verdict.keys)]
    assert judged or all(verdict.property in OF_THE_GRAPH for verdict in report.broken)


@pytest.mark.parametrize("memory", ["sc", "tso"])
@pytest.mark.parametrize("lesson", ["2", "9", "20", "25", "28"])
def test_what_holds_is_broken_by_no_run(lesson: str, memory: str) -> None:
    for variant in version_names(find_lesson(lesson))[:2]:
        scenario = build_scenario(find_lesson(lesson), variant, memory)
        report = check(
            scenario.machine, claims_of(scenario), builtins=asked_for(scenario), most_states=20_000
        )
        held = {verdict.property for verdict in report.verdicts if verdict.kind == "holds"}
        for seed in range(5):
            keys = random_run(scenario.machine.whole, Random(seed))
            assert not {breach.property for breach in broken_in(scenario, keys)} & held, keys


def random_run(machine: Machine, chance: Random) -> tuple[str, ...]:
    """Return a run of at most 400 steps in which a context that is chosen takes some steps at once."""
    keys: list[str] = []
    state = machine.initial
    while len(keys) < 400 and (steps := machine.successors(state)):
        choice = chance.choice(steps)[0].choice
        for _ in range(chance.randint(1, 25)):
            step = next((step for step, _ in machine.successors(state) if step.choice == choice), None)
            if step is None:
                break
            keys.append(choice)
            state = apply(state, step)
    return tuple(keys)


def test_where_a_run_ends_what_it_leaves_undone_is_told() -> None:
    scenario, report = searched("12", None)
    keys = report.verdict("no-lost-wakeup").keys or ()
    assert [breach.property for breach in broken_in(scenario, keys)] == ["no-lost-wakeup", "ran.count == 2"]
    assert broken_in(scenario, keys[:-1]) == ()


def test_what_only_the_graph_tells_is_what_has_no_judge_of_steps() -> None:
    whole_only = {
        builtin.name
        for builtin in graph_rules(BUILTINS)
        if bottom_judge(builtin) is not None or builtin.name in ("lock-order", "irq-safe-locks")
    }
    assert whole_only == OF_THE_GRAPH


def test_a_step_that_the_machine_cannot_take_is_refused() -> None:
    scenario = build_scenario(find_lesson("4"))
    with pytest.raises(ValueError, match="cannot take the step 'x'"):
        breaches(scenario.machine, ("x",))
