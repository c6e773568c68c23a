"""Searches with symmetry against those without, on random programs whose tasks have objects of their own."""

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.symmetry.reduced import Reduced
from ktwviz.checker.verdicts import check
from ktwviz.lesson.sandbox import built
from ktwviz.machine.machine import Machine
from ktwviz.progress.model import Draft
from tests.conftest import IN_CI

MANY = 150 if IN_CI else 50
MOST_STATES = 6_000
DECLARATIONS = """
x = Counter()
y = Counter()
lock = Spinlock()
all_done = Completion()
somewhere = TimerList()
worker = KthreadWorker()
work = KthreadWork(func=ran)

def ran(work):
    x.count += 1
"""
STATEMENTS = (
    "x.count += 1",
    "x.count = y.count + 1",
    "spin_lock(lock)\n    x.count += 1\n    spin_unlock(lock)",
    "if spin_trylock(lock):\n        y.count += 1\n        spin_unlock(lock)",
    "complete(all_done)",
    "wait_for_completion(all_done)",
    "somewhere.data = current",
    "if somewhere.data == current:\n        y.count += 1",
    "queue_kthread_work(worker, work)",
    "mine{n} = on_stack(Counter)\n    mine{n}.count += 1\n    x.count = mine{n}.count",
    "flush_kthread_worker(worker)",
    "given{n} = kzalloc(Counter)\n    given{n}.count += 1\n    kfree(given{n})",
    "BUG_ON(x.count > 1)",
    "kept{n} = y.count\n    spin_unlock(lock)\n    y.count = kept{n}",
)
WRONG = "mine = on_stack(Counter)\n    mine.count = 1\n    kfree(mine)"
GIVEN_BACK = """
def given_back():
    box = on_stack(Counter)
    return box
"""
USED_LATER = "left = given_back()\n    left.count += 1"


def texts(*more: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from((*STATEMENTS, *more)), min_size=1, max_size=2)


def task(name: str, cpu: int, statements: list[str], copies: int = 0) -> str:
    body = "\n    ".join(text.replace("{n}", str(n)) for n, text in enumerate(statements))
    return f"\n@task(cpu={cpu}{f', copies={copies}' if copies else ''})\ndef {name}():\n    {body}\n"


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Return two or three identical tasks, perhaps another one and a worker."""
    same = draw(texts(WRONG, USED_LATER))
    text = DECLARATIONS + (GIVEN_BACK if USED_LATER in same else "")
    text += task("twin", draw(st.integers(0, 1)), same, draw(st.sampled_from([2, 2, 3])))
    if draw(st.booleans()):
        text += task("other", 1, draw(texts())[:1])
    if "worker" in "".join(same) and draw(st.booleans()):
        text += task("kworker", 1, ["kthread_worker_fn(worker)"])
    memory = draw(st.sampled_from(["", "", 'memory = "tso"\n']))
    return built(Draft(memory + text)).machine


@settings(max_examples=MANY, suppress_health_check=list(HealthCheck))
@given(machines())
def test_the_states_that_are_left_stand_for_all_and_the_verdicts_are_the_same(machine: Machine) -> None:
    names = [builtin.name for builtin in BUILTINS]
    plain = check(machine, builtins=names, most_states=MOST_STATES)
    if not plain.graph.complete:
        reject()
    reduced = Reduced(machine)
    merged = check(reduced, builtins=names, most_states=MOST_STATES)
    stand_for = sum(map(reduced.symmetry.stands_for, merged.graph.states))
    assert stand_for == len(plain.graph.states)
    for verdict in merged.verdicts:
        known = plain.verdict(verdict.property)
        if "undetermined" not in (verdict.kind, known.kind):
            assert verdict.kind == known.kind, verdict
            assert len(verdict.keys or ()) == len(known.keys or ())
