"""Races of the catalogue: one changed line makes them, and the code as posted does not have them, in any order."""

from dataclasses import dataclass

import pytest

from ktwviz.kernel.paint import picture
from ktwviz.kernel.waits import deadlock
from ktwviz.machine.machine import Machine
from tests.machine.helpers import Explored, build, explore, question

OBJECTS = """
class Log(Struct):
    runs: int
log = Log()
worker = KthreadWorker()
KTHREAD_WORKER_INIT(worker)
work = KthreadWork()
KTHREAD_WORK_INIT(work, count)
more = KthreadWork()
KTHREAD_WORK_INIT(more, count)
dwork = DelayedKthreadWork()
DELAYED_KTHREAD_WORK_INIT(dwork, count)
def count(w):
    log.runs += 1
"""
KWORKER = """
@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""
TWO_WORKS = """
@task(cpu=0)
def one():
    queue_kthread_work(worker, work)
@task(cpu=1)
def two():
    queue_kthread_work(worker, more)
"""
ONE_WORK = TWO_WORKS.replace("more", "work")
TASK_AND_IRQ = """
@task(cpu=0)
def one():
    queue_kthread_work(worker, work)
@irq(cpu=0)
def nic():
    queue_kthread_work(worker, more)
"""
TIMER_AND_QUEUE = """
@task(cpu=0)
def one():
    queue_delayed_kthread_work(worker, dwork, 1)
@task(cpu=1)
def two():
    queue_kthread_work(worker, dwork.work)
"""
ONE_CLIENT = """
@task(cpu=0)
def one():
    queue_kthread_work(worker, work)
"""
TWICE = """
@task(cpu=0)
def one():
    queue_kthread_work(worker, work)
    queue_kthread_work(worker, more)
"""

NO_LOCK = """
 def queue_kthread_work(worker, work):
-    flags = spin_lock_irqsave(worker.lock)
-    spin_unlock_irqrestore(worker.lock, flags)
"""
TEST_BEFORE_THE_LOCK = """
 def queue_kthread_work(worker, work):
+    pending = kthread_work_pending(work)
     flags = spin_lock_irqsave(worker.lock)
-    if not kthread_work_pending(work):
+    if not pending:
"""
IRQS_STAY_ON = """
 def queue_kthread_work(worker, work):
-    flags = spin_lock_irqsave(worker.lock)
+    spin_lock(worker.lock)
-    spin_unlock_irqrestore(worker.lock, flags)
+    spin_unlock(worker.lock)
"""
STATE_AFTER_THE_TEST = """
 def kthread_worker_fn(worker):
-        set_current_state(TASK_INTERRUPTIBLE)  # before the tests, or a wake-up is lost
         worker.current_work = work
         spin_unlock_irq(worker.lock)
+        set_current_state(TASK_INTERRUPTIBLE)
"""
CURRENT_WORK_AFTER_THE_UNLOCK = """
 def kthread_worker_fn(worker):
-        worker.current_work = work
         spin_unlock_irq(worker.lock)
+        worker.current_work = work
"""
PENDING_ONLY = """
 def kthread_work_pending(work):
-    return not list_empty(work.node) or work.canceling or (work.timer and timer_active(work.timer))
+    return not list_empty(work.node) or work.canceling or (work.timer and timer_pending(work.timer))
"""


def corrupted(machine: Machine, found: Explored) -> bool:
    broken = question(machine, "list_corrupted(worker.work_list)")
    return any(broken(state) for state in found.states)


def lost(machine: Machine, found: Explored) -> bool:
    """Tell whether a work says that it is pending and no walk along the list comes to it, with nobody at work."""
    parts = [
        f"(not list_empty({w}.node) and not on_list({w}.node, worker.work_list))" for w in ("work", "more")
    ]
    asked = question(machine, " or ".join(parts))
    return any(asked(state) for state in found.ends)


def locked_up(machine: Machine, found: Explored) -> bool:
    return any(deadlock(picture(machine, state)) for state in found.ends)


def overslept(machine: Machine, found: Explored) -> bool:
    """Tell whether the worker sleeps for good while there is a work for it."""
    asked = question(machine, "sleeps('kworker') and not list_empty(worker.work_list)")
    return any(asked(state) for state in found.ends)


@dataclass(frozen=True)
class Race:
    """A scenario, what goes wrong in it, and the rule that makes it go wrong."""

    name: str
    scenario: str
    wrong: str
    rule: str

    def __str__(self) -> str:
        return self.name


RACES = [
    Race("L1", TWO_WORKS, "lost", NO_LOCK),
    Race("L2", ONE_WORK, "corrupted", TEST_BEFORE_THE_LOCK),
    Race("L3", TASK_AND_IRQ, "locked_up", IRQS_STAY_ON),
    Race("L5", KWORKER + ONE_CLIENT, "overslept", STATE_AFTER_THE_TEST),
    Race("L6", KWORKER + TWICE, "overslept", CURRENT_WORK_AFTER_THE_UNLOCK),
    Race("L10", TIMER_AND_QUEUE, "corrupted", PENDING_ONLY),
]
JUDGES = {"corrupted": corrupted, "lost": lost, "locked_up": locked_up, "overslept": overslept}


@pytest.mark.parametrize("race", RACES, ids=str)
def test_the_race_happens_in_some_order_with_its_rule(race: Race) -> None:
    machine = build(OBJECTS + race.scenario, rule=race.rule)
    assert JUDGES[race.wrong](machine, explore(machine))


@pytest.mark.parametrize("race", RACES, ids=str)
def test_it_happens_in_no_order_without(race: Race) -> None:
    machine = build(OBJECTS + race.scenario)
    found = explore(machine)
    assert not any(judge(machine, found) for judge in JUDGES.values() if judge is not overslept)
    if "kworker" in race.scenario:
        assert not overslept(machine, found)
    assert found.texts("warn", "bug", "oops") == []


def test_an_interrupt_of_the_other_cpu_does_no_harm_even_with_irqs_on() -> None:
    machine = build(OBJECTS + TASK_AND_IRQ.replace("@irq(cpu=0)", "@irq(cpu=1)"), rule=IRQS_STAY_ON)
    assert not locked_up(machine, explore(machine))


def test_a_queue_beside_a_firing_timer_runs_the_work_once_for_each_time_it_was_accepted() -> None:
    machine = build(OBJECTS + KWORKER + TIMER_AND_QUEUE)
    found = explore(machine)
    assert not corrupted(machine, found) and not overslept(machine, found)
    assert found.texts("warn", "bug", "oops") == []
    runs = question(machine, "log.runs")
    assert {runs(state) for state in found.ends} == {1, 2}


def test_with_timer_pending_the_sanity_check_complains_before_the_list_breaks() -> None:
    machine = build(OBJECTS + TIMER_AND_QUEUE, rule=PENDING_ONLY)
    assert "WARNING in timer@0" in explore(machine).texts("warn")


def test_a_work_that_queues_itself_from_its_function_can_be_refused_in_v4() -> None:
    # L12, no rule: the timer softirq has not forgotten the timer yet
    machine = build(
        OBJECTS.replace("log.runs += 1", "log.runs = 1 + queue_delayed_kthread_work(worker, dwork, 1)")
        + KWORKER
        + ONE_CLIENT.replace(
            "queue_kthread_work(worker, work)", "queue_delayed_kthread_work(worker, dwork, 1)"
        )
    )
    refused = question(machine, "log.runs == 1 and list_empty(worker.work_list) and sleeps('kworker')")
    seen = {machine.initial}
    waiting = [machine.initial]
    for state in waiting:  # without an end, as the work is periodic: it is enough to find the refusal
        if refused(state):
            break
        for _, following in machine.successors(state):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
        assert len(seen) < 100_000, "the refusal was not found"
