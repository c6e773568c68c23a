"""Who spins for ever while others go on is found; who works, looks on or is let out at some time is not blamed."""

import pytest

from ktwviz.checker.verdicts import Report, check
from ktwviz.machine.build import MemoryOrder
from tests.checker.classics import SC_AND_TSO
from tests.checker.test_classics import DEKKER, PETERSON
from tests.checker.test_starvation import (
    PRIMITIVES,
    READERS_AND_WRITER,
    TICKET_LOCK,
    UNFAIR_LOCK,
    take_ticket,
)
from tests.machine.helpers import build

BOX = """
class Box(Struct):
    full: int
    x: int
    y: int
    seen: int
    turn: int
box = Box()
one_lock = Spinlock()
two_lock = Spinlock()
"""
GOES_ON = """
@task(cpu=1)
def other():
    while True:
        box.x = 1 - box.x
"""
SPINNERS = {
    "for what nobody writes": "while not box.full:\n        cpu_relax()",
    "without a step of its own": "while not box.full:\n        pass",
    "for a value that never comes": "while box.x != 2:\n        cond_resched()",
    "for a sum that never comes": "while box.x + box.full < 2:\n        cond_resched()",
    "in a function": "while not ready():\n        cond_resched()",
    "inside an endless loop": "while True:\n        while not box.full:\n            pass\n        box.full = 0",
    "to break out": "while True:\n        if box.full:\n            break\n        cond_resched()",
    "with a lock": (
        "while not box.full:\n        spin_lock(one_lock)\n        box.turn = 0\n        spin_unlock(one_lock)"
    ),
    "and steps over other loops": (
        "while not box.full:\n        n = 0\n        while n < 2:\n            n += 1 + 0 * box.x"
    ),
}
READY = "\ndef ready():\n    return box.full and box.x\n"


def report(body: str, other: str = GOES_ON, memory: MemoryOrder = "sc", mark: str = "task(cpu=0)") -> Report:
    found = check(build(f"{BOX}{READY}\n@{mark}\ndef waiter():\n    {body}\n{other}", memory=memory))
    assert found.graph.complete
    return found


def kinds(found: Report) -> tuple[str, str]:
    return found.verdict("no-hang").kind, found.verdict("no-livelock").kind


@pytest.mark.parametrize("body", SPINNERS.values(), ids=SPINNERS)
@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_whoever_spins_for_ever_hangs_whatever_others_do(body: str, memory: MemoryOrder) -> None:
    found = report(body, memory=memory)
    assert kinds(found) == ("broken", "holds")
    assert found.verdict("no-hang").how.startswith(
        "others go on for ever, but waiter on CPU0 goes round for ever in the loop at "
    )


def test_who_spins_alone_tries_for_ever_and_nothing_changes() -> None:
    found = report(SPINNERS["for what nobody writes"], other="")
    assert kinds(found) == ("holds", "broken")


def test_an_interrupt_that_spins_hangs_too() -> None:
    found = report(SPINNERS["for what nobody writes"], mark="irq(cpu=0)")
    assert "waiter on CPU0 goes round for ever" in found.verdict("no-hang").how


def test_two_who_try_for_ever_are_both_named_where_a_third_goes_on() -> None:
    tries = (
        "spin_lock({0})\n    while not spin_trylock({1}):\n        cond_resched()\n"
        "    spin_unlock({1})\n    spin_unlock({0})"
    )
    second = f"\n@task(cpu=1)\ndef second():\n    {tries.format('two_lock', 'one_lock')}\n"
    machine_text = f"{BOX}\n@task(cpu=0)\ndef first():\n    {tries.format('one_lock', 'two_lock')}\n{second}"
    found = check(build(machine_text + GOES_ON.replace("cpu=1", "cpu=2"), cpus=3))
    how = found.verdict("no-hang").how
    assert "first on CPU0 goes round" in how
    assert "second on CPU1 goes round" in how


AT_WORK = {
    "writes": "while not box.full:\n        box.y = 1 - box.y",
    "follows": (
        "last = 0\n    while True:\n        while last == box.x:\n            cpu_relax()\n        last = box.x"
    ),
    "comes out of its loop and in again": "while True:\n        while box.x:\n            pass",
    "comes out of its function and in again": "while True:\n        poll()",
    "looks on": "while True:\n        WARN_ON(box.x > 1)",
    "is let out": "while not box.x:\n        cpu_relax()\n    box.y = 1",
    "has its turn": "while True:\n        while not box.x:\n            pass\n        box.y = 1 - box.y",
}
POLL = "\ndef poll():\n    while box.x:\n        pass\n"


@pytest.mark.parametrize("body", AT_WORK.values(), ids=AT_WORK)
@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_whoever_works_or_looks_on_or_is_let_out_does_not_hang(body: str, memory: MemoryOrder) -> None:
    assert kinds(report(body, other=POLL + GOES_ON, memory=memory)) == ("holds", "holds")


def endless(text: str) -> str:
    """Let both tasks of a program for mutual exclusion come back for ever."""
    lines: list[str] = []
    for line in text.splitlines():
        inside = line.startswith("    ") and lines and any(at.startswith("@task") for at in lines)
        lines.append(f"    {line}" if inside else line)
        if line in ("def one():", "def two():"):
            lines.append("    while True:")
    return "\n".join(lines)


@pytest.mark.parametrize("text", [PETERSON, DEKKER], ids=["Peterson", "Dekker"])
def test_who_waits_for_his_turn_under_mutual_exclusion_gets_on(text: str) -> None:
    machine = build(endless(text).replace("visits += 1", "visits = 1"))
    assert kinds(check(machine)) == ("holds", "holds")


def test_who_forgets_to_leave_lets_the_other_spin_for_ever() -> None:
    text = PETERSON.replace(
        "    critical()\n    shared.flag0 = 0", "    critical()\n    while True:\n        noise()"
    )
    machine = build(f"{text}\ndef noise():\n    shared.visits = 1 - shared.visits\n")
    assert "two on CPU1 goes round for ever" in check(machine).verdict("no-hang").how


def test_nobody_hangs_under_locks_that_are_known_to_let_everybody_in() -> None:
    machines = [
        build(TICKET_LOCK, take_ticket=take_ticket),
        build(UNFAIR_LOCK),
        build(READERS_AND_WRITER, cpus=3, **PRIMITIVES),
    ]
    assert [check(machine).verdict("no-hang").kind for machine in machines] == ["holds"] * 3
