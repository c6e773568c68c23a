"""The sandbox: what can be added to a scenario, and that it becomes a lesson file that passes its check."""

import pytest

from ktwviz.checker.verdicts import check
from ktwviz.errors import SourceError
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.sandbox import (
    ADDITIONS,
    START,
    lesson_text,
    sandbox_lesson,
    task_at,
    tasks_of,
    with_cpus,
)
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.verify import check_lesson

BY_NAME = {addition.name: addition for addition in ADDITIONS}


@pytest.mark.parametrize("name", BY_NAME)
def test_whatever_is_added_to_the_start_can_be_played(name: str) -> None:
    text = BY_NAME[name].edit(START, "client")
    assert text != START
    assert build_scenario(sandbox_lesson(text)).machine.choices is not None


def test_a_call_goes_to_the_end_of_the_task_in_which_the_cursor_is() -> None:
    text = BY_NAME["flush"].edit(BY_NAME["task"].edit(START, ""), "client2")
    assert text.endswith("@task(cpu=0)\ndef client2():\n    flush_kthread_work(dwork.work)\n")
    assert tasks_of(text) == ["client", "kworker", "client2"]
    assert task_at(text, text.splitlines().index("def client2():") + 1) == "client2"
    assert task_at(text, 1) == ""


def test_a_call_outside_of_tasks_goes_to_the_first_that_is_no_worker() -> None:
    assert "1)\n    queue_kthread_work(worker, dwork.work)\n" in BY_NAME["queue"].edit(START, "")


def test_a_second_worker_comes_with_a_thread_of_its_own() -> None:
    text = BY_NAME["worker"].edit(START, "")
    assert "worker2 = KthreadWorker()" in text
    assert text.endswith("@task(cpu=1)\ndef kworker2():\n    kthread_worker_fn(worker2)\n")


def test_what_an_addition_needs_and_does_not_find_is_said() -> None:
    with pytest.raises(SourceError, match="has no delayed work: add one first"):
        BY_NAME["cancel"].edit("@task(cpu=0)\ndef client():\n    pass\n", "client")


def test_the_number_of_cpus_is_set_in_one_place() -> None:
    assert with_cpus(with_cpus(START, 3), 1).startswith("cpus = 1\nworker")


def test_a_scenario_that_breaks_becomes_a_lesson_that_says_so() -> None:
    text = START.replace("    pass", "    queue_delayed_kthread_work(worker, dwork, 1)")
    report = check(build_scenario(sandbox_lesson(text)).machine)
    assert [verdict.property for verdict in report.broken] == ["refusal-kept"]
    lesson = parse_lesson(lesson_text(text, "v4", report.broken, tasks_of(text)[0]), "lessons/40-mine.md")
    assert check_lesson(lesson).troubles == []
