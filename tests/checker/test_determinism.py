"""The same machine gives the same graph, state by state, in every process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from ktwviz.checker.verdicts import check
from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.machine import Machine
from tests.machine.helpers import build

ROOT = Path(__file__).parents[2]

DELAYED = """
class Log(Struct):
    runs: int
log = Log()
worker = KthreadWorker()
KTHREAD_WORKER_INIT(worker)
dwork = DelayedKthreadWork()
DELAYED_KTHREAD_WORK_INIT(dwork, count)

def count(w):
    log.runs += 1

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 1)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""
HEAP_AND_IRQ = """
class Item(Struct):
    value: int
class Box(Struct):
    item: object
    lock: Embedded[Spinlock]
box = Box()

@task(cpu=0)
def one():
    spin_lock(box.lock)
    box.item = kzalloc(Item)
    spin_unlock(box.lock)

@task(cpu=1)
def two():
    item = box.item
    if item:
        item.value = 1
        kfree(item)

@irq(cpu=0, times=2)
def irq():
    spin_lock(box.lock)
    box.item = None
    spin_unlock(box.lock)
"""
CASES: list[tuple[str, MemoryOrder]] = [(DELAYED, "sc"), (HEAP_AND_IRQ, "sc"), (HEAP_AND_IRQ, "tso")]


def text(value: Any) -> str:
    """Return a value of a state as text, without any address of the host's."""
    return (
        f"({' '.join(map(text, value))})" if isinstance(value, tuple) else f"{type(value).__name__} {value}"
    )


def lines(machine: Machine) -> Iterator[str]:
    """Yield everything that a search finds, in the order in which it finds it."""
    report = check(machine)
    graph = report.graph
    for state, parent, step in zip(graph.states, graph.parents, graph.through, strict=True):
        yield f"{text(state)} {parent} {step.choice if step else '-'} {step.events if step else '-'}"
    yield f"{graph.ends} {graph.transitions} {graph.bound}"
    for verdict in report.verdicts:
        yield f"{verdict.property} {verdict.kind} {verdict.how} {verdict.keys}"


def digest() -> str:
    """Return a digest of what the searches of all cases find, after the numbers of states."""
    found = [list(lines(build(source, memory=memory))) for source, memory in CASES]
    counts = " ".join(str(len(each)) for each in found)
    return f"{counts} {sha256(repr(found).encode()).hexdigest()}"


def test_the_hash_seed_changes_neither_the_graph_nor_the_verdicts() -> None:
    code = "from tests.checker.test_determinism import digest; print(digest())"
    found = []
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(done.stdout)
    assert found[0] == found[1] == found[2]
    assert min(int(count) for count in found[0].split()[:-1]) > 100


def test_a_second_search_of_the_same_machine_finds_the_same() -> None:
    machine = build(HEAP_AND_IRQ)
    assert list(lines(machine)) == list(lines(machine))
