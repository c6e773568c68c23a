"""A cancel is judged by what happens in memory: when code calls a function between two steps makes no difference."""

from itertools import product

import pytest

from ktwviz.checker.verdicts import check
from ktwviz.lesson.model import Code, Edit
from ktwviz.lesson.sandbox import sandbox_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.progress.model import Draft

DECLARATIONS = """
worker = KthreadWorker()
work = KthreadWork(func=nothing)
dwork = DelayedKthreadWork(func=nothing)

def nothing(work):
    pass
"""
QUEUE, CANCEL = "queue_kthread_work(worker, work)", "cancel_kthread_work_sync(work)"
ARM, DISARM = "queue_delayed_kthread_work(worker, dwork, 1)", "cancel_delayed_kthread_work_sync(dwork)"
KWORKER = "\n@task(cpu=0)\ndef kworker():\n    kthread_worker_fn(worker)\n"
BODIES = {
    "queue and cancel": ([QUEUE], [CANCEL], KWORKER),
    "queue twice and cancel": ([QUEUE, QUEUE], [CANCEL], ""),
    "queue, then queue and cancel": ([QUEUE], [QUEUE, CANCEL], ""),
    "arm and cancel": ([ARM], [DISARM], ""),
    "mod and cancel": (["mod_delayed_kthread_work(worker, dwork, 1)"], [DISARM], ""),
}
CANCELS = {
    "as posted": "",
    "that does nothing": "    smp_mb()\n    return 0\n",
    "that leaves it listed": (
        "    flags = spin_lock_irqsave(worker.lock)\n    spin_unlock_irqrestore(worker.lock, flags)\n    return 0\n"
    ),
}


def verdicts(left: list[str], right: list[str], more: str, cancel: str) -> list[str]:
    """Return what is said of cancel-final, with and without a step before each of the tasks' calls."""
    found: list[str] = []
    for before in product(["", "smp_mb()"], repeat=2):
        text = DECLARATIONS + more
        for name, cpu, wait, calls in (("left", 1, before[0], left), ("right", 0, before[1], right)):
            body = "\n    ".join([wait, *calls] if wait else calls)
            text += f"\n@task(cpu={cpu})\ndef {name}():\n    {body}\n"
        lesson = sandbox_lesson(Draft(text))
        code = f"def __cancel_kthread_work_sync(work):\n{cancel}".replace("worker.lock", "work.worker.lock")
        edit = Edit("__cancel_kthread_work_sync", Code(code, 1), "x") if cancel else None
        report = check(build_scenario(lesson, edit=edit).machine)
        assert report.graph.complete
        found.append(report.verdict("cancel-final").kind)
    return found


@pytest.mark.parametrize("bodies", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("cancel", ["as posted", "that does nothing"])
def test_a_step_before_the_calls_changes_no_verdict(
    bodies: tuple[list[str], list[str], str], cancel: str
) -> None:
    found = verdicts(*bodies, CANCELS[cancel])
    assert set(found) == {"broken" if CANCELS[cancel] else "holds"}


def test_what_was_surely_accepted_before_and_is_left_is_blamed() -> None:
    found = verdicts(["pass"], [QUEUE, CANCEL], "", CANCELS["that leaves it listed"])
    assert found == ["broken"] * 4
