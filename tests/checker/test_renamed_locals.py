"""A worker and its work are followed also where somebody has given the locals of the loop other names."""

import re
import textwrap

import pytest

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Report, check
from ktwviz.lesson.fix import edit_of, text_to_fix
from ktwviz.lesson.model import Code, Edit
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.sandbox import sandbox_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.progress.model import Draft

ALL = [builtin.name for builtin in BUILTINS]


def broken(report: Report) -> list[str]:
    assert report.graph.complete
    return sorted(verdict.property for verdict in report.broken)


@pytest.mark.parametrize("name", ["05", "12"])
def test_a_lost_wakeup_is_found_where_the_loop_keeps_its_worker_under_another_name(name: str) -> None:
    lesson = find_lesson(name)
    text = textwrap.dedent(text_to_fix(lesson))
    head, body = text.split("    WARN_ON(worker.task", 1)
    other = re.sub(r"(?<![\w.])worker\b", "mine", f"WARN_ON(worker.task{body}")
    scenario = build_scenario(
        lesson, edit=edit_of(lesson, Code(f"{head}    mine = worker\n    {other}", 1), "x")
    )
    assert broken(check(scenario.machine)) == ["no-lost-wakeup"]


LOOP = """\
def kthread_worker_fn(worker):
    worker.task = current
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        item = None
        spin_lock_irq(worker.lock)
        if not list_empty(worker.work_list):
            item = container_of(worker.work_list.next, KthreadWork, "node")
            list_del_init(item.node)
        worker.current_work = item
        spin_unlock_irq(worker.lock)
        if item:
            __set_current_state(TASK_RUNNING)
            work = item
            work.func(work)
        else:
            schedule()
"""
SCENARIO = """
worker = KthreadWorker()
work = KthreadWork(func=nothing)
box = Counter()

def nothing(work):
    box.count += 1

@task(cpu=0)
def client():
    queue_kthread_work(worker, work)
    queue_kthread_work(worker, work)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


@pytest.mark.parametrize("call", ["", "            kthread_work_pending(item)\n"])
def test_accounts_are_right_where_the_loop_keeps_a_work_under_another_name_and_passes_it_on(
    call: str,
) -> None:
    text = LOOP.replace("            work = item\n", f"{call}            work = item\n")
    edit = Edit("kthread_worker_fn", Code(text, 1), "x")
    assert (
        broken(check(build_scenario(sandbox_lesson(Draft(SCENARIO)), edit=edit).machine, builtins=ALL)) == []
    )
