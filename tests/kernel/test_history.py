"""Each fix since the merge can be taken out again, and then the code does what the fix was for."""

from pathlib import Path

import pytest

from ktwviz.checker.verdicts import Report, check
from ktwviz.kernel.history import FIXES, STAGES, VERSION_NAMES, Fix
from ktwviz.kernel.rules import apply_rule
from ktwviz.kernel.versions import VERSIONS, kernel_namespace
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.verify import check_lesson
from ktwviz.machine.program import Program

SCENARIOS = Path(__file__).parent.parent / "checker" / "scenarios"
SHOWN_BY = {
    "98c985d7d": ("not-irqsafe", "no-deadlock", "waits until the timer core has let go of dwork.timer"),
    "6993d0fdbee0": ("cancel-and-timer", "cancel-blocks", "calls kthread_insert_work() for dwork.work"),
    "5fa54346caf6": ("mod-itself", "no-deadlock", "waits until fwork@client.done is completed"),
    "e16c7b07784f": ("freeze", "no-warning", "do not call blocking ops when !TASK_RUNNING"),
}
"""For each fix a scenario, what it breaks without the fix, and how; it holds with the fix."""


def report_on(scenario: str, version: str, *builtins: str) -> Report:
    lesson = load_lesson(SCENARIOS / f"{scenario}.md")
    return check(build_scenario(lesson, version).machine, builtins=builtins)


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.commit)
def test_the_rule_that_takes_a_fix_out_fits_the_code_of_today(fix: Fix) -> None:
    namespace = Program(kernel_namespace("merged")).namespace
    for name, function in apply_rule(namespace, fix.revert, fix.commit, 1).items():
        assert function.source != namespace[name].source


@pytest.mark.parametrize("commit", SHOWN_BY)
def test_without_the_fix_the_bug_is_back(commit: str) -> None:
    scenario, name, how = SHOWN_BY[commit]
    without = report_on(scenario, f"without-{commit}", name).verdict(name)
    assert (without.kind, how in without.how) == ("broken", True), without.how
    assert report_on(scenario, "merged", name).verdict(name).kind == "holds"


def test_without_eb79fa7ea744_destroy_does_not_warn_of_an_armed_work() -> None:
    with_it = report_on("destroy-armed", "merged").verdict("no-warning").how
    without = report_on("destroy-armed", "without-eb79fa7ea744").verdict("no-warning").how
    assert "delayed_work_list" in with_it
    assert "delayed_work_list" not in without


def test_without_d71ba1649fa3_who_counts_by_the_answers_of_mod_counts_one_too_many() -> None:
    # the scenario's own claim names v4 and the code without the fix, and must hold on nothing else
    lesson = load_lesson(SCENARIOS / "cancel-and-mod.md")
    assert check_lesson(lesson).troubles == []
    assert "without-d71ba1649fa3" in lesson.properties[0].broken_by


def test_a_stage_lacks_the_fixes_that_came_later() -> None:
    missing = {name: [fix.commit for fix in VERSIONS[name].missing] for name in STAGES}
    assert missing == {
        "v4": [],
        "merged-2016": ["6993d0fdbee0", "5fa54346caf6", "d71ba1649fa3", "eb79fa7ea744", "e16c7b07784f"],
        "merged-2020": ["5fa54346caf6", "d71ba1649fa3", "eb79fa7ea744", "e16c7b07784f"],
        "merged-2021": ["eb79fa7ea744", "e16c7b07784f"],
        "merged": [],
    }


def test_the_names_of_the_versions_are_those_of_the_history() -> None:
    assert tuple(VERSIONS) == VERSION_NAMES
