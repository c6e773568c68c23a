"""A run that needs more objects or threads than the scenario has room for: no verdict is made of that."""

import pytest

from ktwviz.checker.explore import explore
from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import check
from tests.machine.helpers import build

ALL = [builtin.name for builtin in BUILTINS]

TAKER = """
class Box(Struct):
    x: int
class Place(Struct):
    at: object
place = Place()

@task(cpu=0)
def taker():
    kzalloc(Box)
    kzalloc(Box)
    kzalloc(Box)
"""
COMPLAINER = """
@task(cpu=1)
def complainer():
    WARN_ON(place.at is None)
"""
FLUSHER = """
worker = KthreadWorker()
KTHREAD_WORKER_INIT(worker)
work = KthreadWork()
KTHREAD_WORK_INIT(work, run)

def run(work):
    pass

@task(cpu=0)
def client():
    queue_kthread_work(worker, work)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)

@irq(cpu=0, times=1)
def device():
    flush_kthread_work(work)
"""


def test_where_a_scenario_has_too_few_objects_nothing_holds_and_no_oops_is_told() -> None:
    report = check(build(TAKER), builtins=ALL)
    assert {verdict.kind for verdict in report.verdicts} == {"undetermined"}
    assert report.verdict("no-oops").how.startswith(
        "the search ended at a limit of the scenario (no room for kzalloc(Box): "
        "the scenario has 2 of them, and all are in use at case.py:"
    )


def test_what_breaks_without_the_object_that_is_missing_is_broken() -> None:
    report = check(build(TAKER + COMPLAINER), builtins=ALL)
    assert [verdict.property for verdict in report.broken] == ["no-warning"]
    assert report.verdict("no-oops").kind == "undetermined"


@pytest.mark.parametrize(("slots", "complete"), [(2, False), (3, True)])
def test_a_graph_is_complete_where_the_objects_are_enough(slots: int, complete: bool) -> None:
    assert explore(build(TAKER, slots=slots)).complete is complete


def test_a_thread_that_the_scenario_has_no_slot_for_is_a_limit_too() -> None:
    report = check(build("@task(cpu=0)\ndef client():\n    create_kthread_worker(0)\n"), builtins=ALL)
    assert report.broken == ()
    assert "no spare kthread" in report.verdict("no-oops").how


def test_an_interrupt_that_flushes_is_told_to_sleep_and_not_to_oops_for_want_of_a_stack() -> None:
    report = check(build(FLUSHER), builtins=ALL)
    assert report.verdict("no-sleep-in-atomic").kind == "broken"
    assert report.graph.complete
