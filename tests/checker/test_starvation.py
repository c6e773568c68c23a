"""Locks with known answers to who may wait for ever: ticket lock, plain spinlock, readers and writers."""

from collections.abc import Callable
from typing import Any

import pytest

from ktwviz.checker.explore import explore
from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.language import primitive
from ktwviz.machine.machine import Machine
from ktwviz.machine.run import wait_until
from tests.checker.classics import BOTH_INSIDE, SC_AND_TSO, deadlock, holds, verdict_on
from tests.checker.fairness import starving
from tests.machine.helpers import build, question


@primitive
def take_ticket(lock: Any) -> int:
    """Return the next number and count on, in one step; numbers come round."""
    ticket: int = lock.next
    lock.next = (ticket + 1) % 4
    return ticket


TICKET_LOCK = """
class TicketLock(Struct):
    next: int
    owner: int
    visits: int
lock = TicketLock()

def critical():
    lock.visits = 1

def queue(ticket):
    while lock.owner != ticket:
        cond_resched()

def visit():
    ticket = take_ticket(lock)
    queue(ticket)
    critical()
    lock.owner = (ticket + 1) % 4

@task(cpu=0)
def one():
    while True:
        visit()

@task(cpu=1)
def two():
    while True:
        visit()
"""
UNFAIR_LOCK = """
class Shared(Struct):
    visits: int
    lock: Embedded[Spinlock]
shared = Shared()

def critical():
    shared.visits = 1

def visit():
    spin_lock(shared.lock)
    critical()
    spin_unlock(shared.lock)

@task(cpu=0)
def one():
    while True:
        visit()

@task(cpu=1)
def two():
    while True:
        visit()
"""


@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_a_ticket_lock_excludes_and_starves_nobody(memory: MemoryOrder) -> None:
    machine = build(TICKET_LOCK, take_ticket=take_ticket, memory=memory)
    assert holds(verdict_on(machine, f"not ({BOTH_INSIDE})"))
    assert holds(deadlock(machine))
    assert not starving(machine, "one")
    assert not starving(machine, "two")


def test_only_who_came_before_goes_first_in_the_queue_of_a_ticket_lock() -> None:
    machine = build(TICKET_LOCK, take_ticket=take_ticket)
    assert overtakes(machine, waiting="one", other="two") == 1


def test_a_plain_spinlock_excludes_but_may_starve() -> None:
    machine = build(UNFAIR_LOCK)
    assert holds(verdict_on(machine, f"not ({BOTH_INSIDE})"))
    assert starving(machine, "one")
    assert starving(machine, "two")


def overtakes(machine: Machine, *, waiting: str, other: str) -> int:
    """Return how often the other can be in critical() while one waits in queue(); fails where that is unbounded."""
    graph = explore(machine)
    waits = question(machine, f'runs("{waiting}", "queue")')
    inside = question(machine, f'runs("{other}", "critical")')
    among = {number for number, state in enumerate(graph.states) if waits(state)}
    entered = {number for number in among if inside(graph.states[number])}
    most = {number: int(number in entered) for number in among}
    for _ in range(len(graph.states)):
        before = dict(most)
        for number in sorted(among):
            for _, _, target in graph.edges.choices(number):
                if target in among:
                    comes_in = target in entered and number not in entered
                    most[target] = max(most[target], most[number] + comes_in)
        if most == before:
            return max(most.values())
    raise AssertionError(f"{other} overtakes {waiting} without bound")


@primitive
def read_lock(rw: Any) -> None:
    """Come in as a reader, unless a writer is there, or waits and has said so."""
    wait_until(not rw.writer and not rw.writer_waits, f"{rw} is for writers now")
    rw.readers = rw.readers + 1


@primitive
def read_unlock(rw: Any) -> None:
    rw.readers = rw.readers - 1


@primitive
def write_lock(rw: Any) -> None:
    """Come in as the writer, once nobody else is there."""
    wait_until(not rw.readers and not rw.writer, f"{rw} is in use")
    rw.writer = True
    rw.writer_waits = False


@primitive
def write_unlock(rw: Any) -> None:
    rw.writer = False


READERS_AND_WRITER = """
class ReadWriteLock(Struct):
    readers: int
    writer: bool
    writer_waits: bool
rw = ReadWriteLock()

def critical():
    smp_mb()

def read():
    read_lock(rw)
    critical()
    read_unlock(rw)

@task(cpu=0)
def first():
    while True:
        read()

@task(cpu=1)
def second():
    while True:
        read()

@task(cpu=2)
def writer():
    while True:
        rw.writer_waits = True
        write_lock(rw)
        critical()
        write_unlock(rw)
"""
PRIMITIVES: dict[str, Callable[..., Any]] = {
    "read_lock": read_lock,
    "read_unlock": read_unlock,
    "write_lock": write_lock,
    "write_unlock": write_unlock,
}
READ_AND_WRITTEN = 'runs("writer", "critical") and (runs("first", "critical") or runs("second", "critical"))'


def test_readers_who_always_come_first_starve_the_writer() -> None:
    text = READERS_AND_WRITER.replace("        rw.writer_waits = True\n", "")
    machine = build(text, cpus=3, **PRIMITIVES)
    assert holds(verdict_on(machine, f"not ({READ_AND_WRITTEN})"))
    assert holds(deadlock(machine))
    assert holds(verdict_on(machine, 'runs("first", "critical") and runs("second", "critical")', "sometimes"))
    assert starving(machine, "writer")


def test_a_writer_who_says_that_it_waits_does_not_starve() -> None:
    machine = build(READERS_AND_WRITER, cpus=3, **PRIMITIVES)
    assert holds(verdict_on(machine, f"not ({READ_AND_WRITTEN})"))
    assert holds(deadlock(machine))
    assert not starving(machine, "writer")
