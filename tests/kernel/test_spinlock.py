"""Spinlocks: who gets them, who spins, and what happens to the interrupts."""

import pytest

from ktwviz.kernel.paint import picture
from ktwviz.kernel.waits import deadlock, stuck
from tests.machine.helpers import Walk, build, explore, question

BOX = """
class Box(Struct):
    x: int
    lock: Embedded[Spinlock]
    other: Embedded[Spinlock]
box = Box()
"""


def walk(source: str) -> Walk:
    return Walk(build(BOX + source))


TWO = """
@task(cpu=0)
def one():
    spin_lock(box.lock)
    box.x += 1
    spin_unlock(box.lock)
@task(cpu=1)
def two():
    spin_lock(box.lock)
    box.x += 1
    spin_unlock(box.lock)
"""


def test_the_second_spins_until_the_first_unlocks() -> None:
    it = walk(TWO)
    it.step("one")
    it.step("two")
    assert (it.status("two"), it.reason("two")) == (
        "spins",
        "two on CPU1 spins: box.lock is held by one on CPU0",
    )
    assert it.outcome("two").word.path == "box.lock.owner"  # type: ignore[union-attr]  # a Refused with a word
    it.finish("one").finish("two")
    assert it.events("lock", "spin", "unlock") == [
        "one takes box.lock",
        "two begins to spin: box.lock is held by one on CPU0",
        "one lets box.lock go",
        "two takes box.lock",
        "two lets box.lock go",
    ]


def test_two_who_lock_never_lose_an_update() -> None:
    machine = build(BOX + TWO)
    count = question(machine, "box.x")
    assert {count(state) for state in explore(machine).ends} == {2}


def test_without_the_lock_they_do() -> None:
    machine = build(
        BOX + TWO.replace("    spin_lock(box.lock)\n", "").replace("    spin_unlock(box.lock)\n", "")
    )
    count = question(machine, "box.x")
    assert {count(state) for state in explore(machine).ends} == {1, 2}


def test_a_free_lock_is_taken_in_one_step_and_a_held_one_in_two() -> None:
    it = walk(TWO)
    it.finish("one")
    assert len(it.accesses("one")) == 4
    assert it.accesses("one")[0] == "spin_lock(box.lock)"


def test_preemption_is_off_while_a_task_spins() -> None:
    it = walk(TWO + "@task(cpu=1)\ndef mate():\n    box.x = 9\n")
    it.step("one")
    it.step("two")
    assert it.reason("mate") == "two runs on CPU1 with preemption or interrupts off"


def test_irqs_are_off_while_spin_lock_irq_spins() -> None:
    it = walk(TWO.replace("spin_lock(", "spin_lock_irq(") + "@irq(cpu=1)\ndef nic():\n    box.x = 9\n")
    it.step("one")
    it.step("two")
    assert it.reason("nic") == "CPU1 has interrupts off"


# Interrupt flags --------------------------------------------------------------------------------------------------

SAVED = """
@task(cpu=0)
def one():
    outer = spin_lock_irqsave(box.lock)
    inner = spin_lock_irqsave(box.other)
    spin_unlock_irqrestore(box.other, inner)
    box.x = 1
    spin_unlock_irqrestore(box.lock, outer)
@irq(cpu=0)
def nic():
    box.x = 2
"""


def test_irqrestore_restores_rather_than_enables() -> None:
    it = walk(SAVED)
    it.until("one", "store box.x")
    assert it.reason("nic") == "CPU0 has interrupts off"
    it.finish("one")
    assert it.reason("nic") == ""


def test_unlock_irq_enables_whatever_was_before() -> None:
    inner = SAVED.replace("inner = spin_lock_irqsave(box.other)", "spin_lock_irq(box.other)")
    it = walk(inner.replace("spin_unlock_irqrestore(box.other, inner)", "spin_unlock_irq(box.other)"))
    it.until("one", "store box.x")
    assert it.reason("nic") == ""


def test_irqsave_gives_the_flags_of_before_also_to_who_had_to_spin() -> None:
    it = walk(SAVED + "@task(cpu=1)\ndef far():\n    spin_lock(box.lock)\n    spin_unlock(box.lock)\n")
    it.step("far")
    it.step("one")
    assert it.reason("one") == "one on CPU0 spins: box.lock is held by far on CPU1"
    it.finish("far").finish("one")
    assert it.reason("nic") == ""


def test_irqs_disabled_tells_of_this_cpu_only() -> None:
    it = walk("""
@task(cpu=0)
def one():
    local_irq_disable()
    box.x = irqs_disabled()
@task(cpu=1)
def two():
    box.x = irqs_disabled()
""")
    it.finish("one")
    assert it.value("box.x") == 1
    it.finish("two")
    assert it.value("box.x") == 0


# Misuse -----------------------------------------------------------------------------------------------------------


def test_unlocking_what_another_holds_is_a_warning() -> None:
    it = walk(TWO.replace("def two():\n    spin_lock(box.lock)\n    box.x += 1\n", "def two():\n"))
    it.step("one")
    it.finish("two")
    assert it.events("warn")[0].startswith(
        "BUG: spinlock wrong owner: box.lock is held by one on CPU0 at case.py:"
    )
    assert it.value("box.lock.owner") is None


def test_unlocking_a_free_lock_is_a_warning() -> None:
    it = walk("@task(cpu=0)\ndef one():\n    spin_unlock(box.lock)\n")
    it.finish("one")
    assert it.events("warn")[0].startswith("BUG: spinlock already unlocked: box.lock at case.py:")


def test_taking_a_lock_twice_is_a_deadlock_with_oneself() -> None:
    it = walk("@task(cpu=0)\ndef one():\n    spin_lock(box.lock)\n    spin_lock(box.lock)\n")
    it.run("one")
    assert it.reason("one") == "one on CPU0 spins: box.lock is held by one on CPU0"
    assert (
        deadlock(picture(it.machine, it.state)) == "deadlock: one on CPU0 spins for box.lock, held by itself"
    )


@pytest.mark.parametrize("kind", ["irq", "softirq"])
def test_an_interrupt_that_spins_for_the_task_under_it_is_a_deadlock(kind: str) -> None:
    it = walk(f"{TWO}\n@{kind}(cpu=0)\ndef nic():\n    spin_lock(box.lock)\n    spin_unlock(box.lock)\n")
    it.step("one")
    it.run("nic")
    assert deadlock(picture(it.machine, it.state)) == (
        "deadlock: one on CPU0 cannot run before nic ends; nic on CPU0 spins for box.lock, held by one on CPU0"
    )


def test_an_interrupt_of_another_cpu_just_waits() -> None:
    it = walk(f"{TWO}\n@irq(cpu=1)\ndef nic():\n    spin_lock(box.lock)\n    spin_unlock(box.lock)\n")
    it.step("one")
    it.run("nic")
    assert deadlock(picture(it.machine, it.state)) == ""
    it.finish("one").finish("nic")


def test_two_locks_in_opposite_order_are_a_deadlock_and_in_the_same_order_none() -> None:
    source = """
@task(cpu=0)
def one():
    spin_lock(box.lock)
    spin_lock(box.other)
    spin_unlock(box.other)
    spin_unlock(box.lock)
@task(cpu=1)
def two():
    spin_lock(box.FIRST)
    spin_lock(box.SECOND)
    spin_unlock(box.SECOND)
    spin_unlock(box.FIRST)
"""
    for first, second, expected in (
        ("lock", "other", set()),
        (
            "other",
            "lock",
            {
                "deadlock: one on CPU0 spins for box.other, held by two on CPU1; "
                "two on CPU1 spins for box.lock, held by one on CPU0"
            },
        ),
    ):
        machine = build(BOX + source.replace("FIRST", first).replace("SECOND", second))
        pictures = [picture(machine, state) for state in explore(machine).ends]
        assert {deadlock(now) for now in pictures} - {""} == expected
        assert any(stuck(now) for now in pictures) == bool(expected)


def test_trylock_takes_a_free_lock_and_leaves_a_held_one() -> None:
    it = walk("""
@task(cpu=0)
def one():
    box.x = spin_trylock(box.lock)
    spin_unlock(box.lock)
@task(cpu=1)
def two():
    if not spin_trylock(box.lock):
        box.x = 5
@task(cpu=1)
def mate():
    box.x = spin_is_locked(box.lock)
""")
    it.until("one", "spin_unlock")
    assert (it.value("box.x"), it.value("box.lock.owner")) == (1, it.context("one"))
    it.finish("mate")
    assert it.value("box.x") == 1
    it.finish("two")
    assert it.value("box.x") == 5
    assert it.value("box.lock.owner") is it.context("one")
    assert it.value("cpu1.preempt_count") == 0
    it.finish("one")
    assert it.events("warn") == []
