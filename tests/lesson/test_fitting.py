"""What a C compiler would refuse is refused at its line; what may be right is left to run."""

import pytest

from ktwviz.errors import LessonError
from ktwviz.lesson.sandbox import built
from ktwviz.progress.model import Draft

SCENARIO = """
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=run)
plain = KthreadWork(func=run)

def run(work):
    pass

def pass_on(it):
    queue_kthread_work(worker, it)

@task(cpu=0)
def client():
    {line}
"""
LINE = 14


def troubles(line: str, version: str = "v4") -> list[str]:
    try:
        built(Draft(SCENARIO.replace("{line}", line).strip("\n"), version))
    except LessonError as error:
        assert {trouble.line for trouble in error.troubles} == {LINE - 1}
        return [trouble.message for trouble in error.troubles]
    return []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "queue_kthread_work(worker, dwork)",
            "queue_kthread_work() takes a KthreadWork here, and dwork is a DelayedKthreadWork: write dwork.work",
        ),
        (
            "queue_kthread_work(plain, worker.lock)",
            "queue_kthread_work() takes a KthreadWorker here, and plain is a KthreadWork",
        ),
        (
            "spin_lock(worker)",
            "spin_lock() takes a Spinlock here, and worker is a KthreadWorker: write worker.lock",
        ),
        (
            "queue_delayed_kthread_work(worker, dwork, 'a')",
            "queue_delayed_kthread_work() takes a number here, and not 'a'",
        ),
        (
            "queue_delayed_kthread_work(worker, dwork, plain)",
            "queue_delayed_kthread_work() takes a number here, and plain is a KthreadWork",
        ),
        ("queue_kthread_work(worker, 7)", "queue_kthread_work() takes a KthreadWork here, and not 7"),
        (
            "queue_kthread_work(worker, dwork.wrok)",
            "DelayedKthreadWork has no field 'wrok', did you mean 'work'?",
        ),
        ("worker.lock.onwer = None", "Spinlock has no field 'onwer', did you mean 'owner'?"),
    ],
)
def test_what_cannot_fit_is_told_at_its_line(line: str, message: str) -> None:
    assert message in troubles(line)


@pytest.mark.parametrize(
    "line",
    [
        "queue_kthread_work(worker, dwork.work)",
        "queue_kthread_work(worker, None)",
        "queue_kthread_work(worker, 0)",
        "queue_delayed_kthread_work(worker, dwork, 1)",
        "pass_on(dwork)",
        "worker = dwork\n    queue_kthread_work(worker, worker)",
        "it = dwork\n    queue_kthread_work(worker, it)\n    it.wrok = 1",
        "spin_lock(worker.lock)\n    spin_unlock(worker.lock)",
    ],
)
def test_what_may_be_right_is_left_to_run(line: str) -> None:
    assert troubles(line) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("init_kthread_worker(dwork)", "init_kthread_worker() takes a KthreadWorker here"),
        ("init_kthread_work(worker, run)", "takes a KthreadWork here, and worker is a KthreadWorker"),
    ],
)
def test_what_sets_the_objects_up_is_told_at_its_line_too(call: str, message: str) -> None:
    text = SCENARIO.replace("def run(work)", f"{call}\n\ndef run(work)").replace("{line}", "pass")
    with pytest.raises(LessonError) as caught:
        built(Draft(text.strip("\n")))
    (trouble,) = caught.value.troubles
    assert (trouble.line, message in trouble.message) == (5, True)


def test_an_address_may_be_asked_whether_it_is_null() -> None:
    text = SCENARIO.replace("def run(work)", "def f(x: bool):\n    pass\n\ndef run(work)")
    built(Draft(text.replace("{line}", "f(dwork.work)").strip("\n")))


def test_it_goes_by_the_names_of_the_version() -> None:
    assert troubles("queue_kthread_work(worker, dwork)", "merged") == [
        "kthread_queue_work() takes a KthreadWork here, and dwork is a KthreadDelayedWork: write dwork.work"
    ]
