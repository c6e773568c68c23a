"""The text of a counterexample: who reads it down can say what ran where, what it did, and why that is broken."""

import pytest

from ktwviz.checker.facts import Facts
from ktwviz.checker.findings import finding
from ktwviz.checker.verdicts import Verdict, check
from ktwviz.export.changelog import as_text
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario

LESSON = """# Embrace

```toml lesson
id = "embrace"
kind = "deadlock"
minutes = 1
source = "1453736711-6703-9-git-send-email-pmladek@suse.com"
aim = "Be read."
```

Two locks, two orders.

```python scenario
SCENARIO
```

## Start

It begins.

```toml beat
run = "left"
```

```toml goal
text = "Left is done."
reach = "finished('left')"
```
"""
EMBRACE = """
outer = Spinlock()
inner = Spinlock()
ran = Counter()

def count():
    ran.count += 1
    spin_lock(inner)
    spin_unlock(inner)

@task(cpu=0)
def left():
    spin_lock(outer)
    count()
    spin_unlock(outer)

@task(cpu=1)
def right():
    spin_lock(inner)
    spin_lock(outer)
    spin_unlock(outer)
    spin_unlock(inner)
"""
EMBRACED = """\
  CPU0                    CPU1
  left()
1   spin_lock(outer)  // takes outer
    count()
2     ran.count += 1  // ran.count = 1
                          right()
4                           spin_lock(inner)  // takes inner
5                           spin_lock(outer)
                              // begins to spin: outer is held by left
                                  on CPU0
  left()...
    count()
6     spin_lock(inner)
        // begins to spin: inner is held by right on CPU1

no-deadlock is broken after 6 steps: deadlock: left on CPU0 spins for
inner, held by right on CPU1; right on CPU1 spins for outer, held by
left on CPU0."""
WAITING = """\
Who waits for whom:
  left on CPU0: spins: inner is held by right on CPU1 (since step 4);
      left can never run again
  right on CPU1: spins: outer is held by left on CPU0 (since step 1);
      right can never run again"""


def scenario_of(code: str) -> Scenario:
    return build_scenario(parse_lesson(LESSON.replace("SCENARIO", code.strip()), "embrace.md"))


def broken(scenario: Scenario, name: str, keys: str = "") -> Verdict:
    """Return the verdict on a property that is broken, with another schedule where one is given."""
    report = check(scenario.machine)
    verdict = finding(report, Facts(report.graph), report.verdict(name)).verdict
    return Verdict(verdict.property, "broken", verdict.how, tuple(keys) or verdict.keys)


@pytest.fixture(scope="module")
def embrace() -> Scenario:
    return scenario_of(EMBRACE)


def test_the_columns_tell_a_deadlock_line_by_line(embrace: Scenario) -> None:
    text = as_text(embrace, broken(embrace, "no-deadlock", "111221"))
    assert text.startswith(EMBRACED)
    assert text.endswith(WAITING)


def test_what_else_is_known_stands_in_the_last_paragraph(embrace: Scenario) -> None:
    text = as_text(embrace, broken(embrace, "no-deadlock"), "After step 4 nothing helps.")
    assert "After step 4 nothing helps." in " ".join(text.split())


def test_no_row_is_wider_than_72_cells(embrace: Scenario) -> None:
    assert max(map(len, as_text(embrace, broken(embrace, "no-deadlock")).splitlines())) <= 72


def test_a_cpu_that_takes_no_step_has_no_column(embrace: Scenario) -> None:
    text = as_text(embrace, Verdict("no-deadlock", "broken", "it is not", tuple("111")))
    assert text.splitlines()[0].split() == ["CPU0"]


def test_a_function_is_named_again_where_its_cpu_goes_on_with_it(embrace: Scenario) -> None:
    text = as_text(embrace, broken(embrace, "no-deadlock", "111221"))
    assert text.count("count()") == 2
    assert text.count("right()") == 1


THREE = """
box = Counter()
cpus = 3

@task(cpu=0)
def first():
    box.count = 1

@task(cpu=1)
def second():
    box.count = 2

@task(cpu=2)
def third():
    box.count = 3
    WARN_ON_ONCE(box.count != 3)
"""


def test_three_cpus_have_three_columns_in_100_cells() -> None:
    scenario = scenario_of(THREE)
    text = as_text(scenario, broken(scenario, "no-warning", "13233"))
    assert text.splitlines()[0].split() == ["CPU0", "CPU1", "CPU2"]
    assert 72 < max(map(len, text.splitlines())) <= 100
    assert "// box.count is 2, WARNING" in " ".join(text.split())


IRQ = """
lock = Spinlock()

@task(cpu=0)
def client():
    spin_lock(lock)
    spin_unlock(lock)

@irq(cpu=0)
def device():
    spin_lock(lock)
    spin_unlock(lock)
"""


def test_an_interrupt_stands_in_the_column_of_its_cpu_under_its_own_name() -> None:
    scenario = scenario_of(IRQ)
    rows = as_text(scenario, broken(scenario, "no-deadlock")).splitlines()
    assert rows[:3] == ["  CPU0", "  client()", "1   spin_lock(lock)  // takes lock"]
    assert rows[3:5] == ["  device()", "2   // device_line raises an interrupt, enters CPU0"]
    assert "  client on CPU0: CPU0 is in device (since step 2); client can never run" in rows


TIMED = """
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=nothing)

def nothing(work):
    pass

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 1)
    spin_lock(worker.lock)
    ran.count = 1

ran = Counter()
"""


def test_a_tick_is_a_row_across_all_columns() -> None:
    scenario = scenario_of(TIMED)
    rows = as_text(scenario, broken(scenario, "no-deadlock")).splitlines()
    ticks = [row for row in rows if "tick: jiffies 0 -> 1" in row]
    assert len(ticks) == 1
    assert "---" in ticks[0]
    assert len(ticks[0]) == 72
