"""Sequential consistency by default, and x86-TSO: a store buffer for each CPU."""

import pytest

from ktwviz.errors import BlockedStep
from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.describe import snapshot
from tests.machine.helpers import Walk, build, explore, value

BOX = """
class Box(Struct):
    x: int
    y: int
    one: int
    two: int
    lock: Embedded[Spinlock]
box = Box()
"""
BUFFERING = f"""{BOX}
@task(cpu=0)
def first():
    box.x = 1
    box.one = box.y + 5

@task(cpu=1)
def second():
    box.y = 1
    box.two = box.x + 5
"""
PASSING = f"""{BOX}
@task(cpu=0)
def first():
    box.x = 1
    box.y = 1

@task(cpu=1)
def second():
    if box.y:
        box.one = box.x + 5
"""


def ends(source: str, memory: MemoryOrder) -> set[tuple[int, int]]:
    """Return the pairs (one, two) in which the machine can end."""
    machine = build(source, memory=memory)
    found = explore(machine).ends
    return {(value(machine, state, "box.one"), value(machine, state, "box.two")) for state in found}


def test_both_can_miss_the_others_store_under_tso_alone() -> None:
    assert ends(BUFFERING, "sc") == {(5, 6), (6, 5), (6, 6)}
    assert ends(BUFFERING, "tso") == {(5, 5), (5, 6), (6, 5), (6, 6)}


def test_a_full_barrier_takes_that_away() -> None:
    barrier = BUFFERING.replace(" = 1\n", " = 1\n    smp_mb()\n")
    assert ends(barrier, "tso") == {(5, 6), (6, 5), (6, 6)}


@pytest.mark.parametrize("memory", ["sc", "tso"])
def test_stores_reach_memory_in_their_order(memory: MemoryOrder) -> None:
    assert ends(PASSING, memory) == {(0, 0), (6, 0)}


def test_a_cpu_sees_its_own_stores_at_once_and_others_only_when_they_drain() -> None:
    machine = build(f"{PASSING}\n@task(cpu=0)\ndef own():\n    box.two = box.x\n", memory="tso")
    walk = Walk(machine)
    walk.step("first")
    assert (walk.value("box.x"), machine.choices(walk.state)[-2].label) == (0, "drain CPU0")
    assert walk.fork().finish("own").accesses("own")[0] == "load box.x -> 1"
    walk.step("drain 0")
    assert walk.value("box.x") == 1


def test_an_empty_buffer_cannot_drain() -> None:
    walk = Walk(build(PASSING, memory="tso"))
    with pytest.raises(BlockedStep, match="the store buffer of CPU1 is empty"):
        walk.step("drain 1")


def test_locking_drains_the_buffer_and_unlocking_does_not() -> None:
    walk = Walk(build(f"""{BOX}
@task(cpu=0)
def first():
    box.x = 1
    spin_lock(box.lock)
    box.y = 1
    spin_unlock(box.lock)
""", memory="tso"))  # fmt: skip
    walk.step("first", 2)
    assert (walk.value("box.x"), walk.value("box.lock.owner")) == (1, walk.context("first"))
    walk.finish("first")
    assert (walk.value("box.y"), walk.value("box.lock.owner")) == (0, walk.context("first"))
    walk.step("drain 0", 2)
    assert (walk.value("box.y"), walk.value("box.lock.owner")) == (1, None)


def test_a_full_buffer_holds_its_cpu_back() -> None:
    walk = Walk(build(f"{BOX}\n@task(cpu=0)\ndef first():\n" + "    box.x += 1\n" * 5, memory="tso"))
    walk.run("first")
    assert walk.reason("first") == "the store buffer is full: something in it has to drain first"
    walk.step("drain 0")
    walk.finish("first")


def test_two_who_lock_never_lose_an_update_under_tso() -> None:
    tasks = "".join(
        f"@task(cpu={n})\ndef t{n}():\n    spin_lock(box.lock)\n    box.one += 1\n    spin_unlock(box.lock)\n"
        for n in (0, 1)
    )
    assert ends(BOX + tasks, "tso") == {(2, 0)}


# In words ---------------------------------------------------------------------------------------------------------


def test_a_store_that_waits_is_told_and_shown_with_its_cpu() -> None:
    it = Walk(build(BUFFERING, memory="tso"))
    step = it.after("first", "store box.x").steps[-1]
    assert [str(change) for change in step.changes] == ["CPU0 store buffer: empty -> box.x = 1"]
    assert snapshot(it.machine, it.state).cpus[0].waiting == ("box.x = 1",)
    assert it.value("box.x") == 0
    drained = it.step("drain 0")
    assert [str(change) for change in drained.changes] == [
        "CPU0 store buffer: box.x = 1 -> empty",
        "box.x: 0 -> 1",
    ]
    assert snapshot(it.machine, it.state).cpus[0].waiting == ()


def test_without_store_buffers_nothing_is_told_of_them() -> None:
    it = Walk(build(BUFFERING))
    step = it.after("first", "store box.x").steps[-1]
    assert [str(change) for change in step.changes] == ["box.x: 0 -> 1"]
    assert snapshot(it.machine, it.state).cpus[0].waiting == ()


# Objects that come and go -----------------------------------------------------------------------------------------

REUSED = f"""{BOX}
@task(cpu=0)
def first():
    item = kzalloc(Box)
    item.x = 1
    kfree(item)
    item = kzalloc(Box)
    kfree(item)
    item = kzalloc(Box)
    box.one = item.x + 5
"""


def test_a_store_into_a_freed_object_never_comes_after_the_zeroes_of_the_next_one() -> None:
    assert ends(REUSED, "tso") == ends(REUSED, "sc") == {(5, 0)}


def test_nor_does_one_into_an_object_on_a_stack_that_is_used_again() -> None:
    source = f"""{BOX}
def look():
    item = on_stack(Box)
    box.one = item.x + 5
    item.x = 1
@task(cpu=0)
def first():
    look()
    look()
"""
    assert ends(source, "tso") == {(5, 0)}


def test_allocating_is_no_barrier_for_other_words() -> None:
    between = BUFFERING.replace(" = 1\n", " = 1\n    item = kzalloc(Box)\n")
    assert (5, 5) in ends(between, "tso")


def test_an_end_lets_older_stores_through_and_keeps_the_younger_ones_waiting() -> None:
    it = Walk(build(f"""{BOX}
@task(cpu=0)
def first():
    item = kzalloc(Box)
    box.x = 1
    item.x = 1
    box.y = 1
    kfree(item)
""", memory="tso"))  # fmt: skip
    it.finish("first")
    assert (it.value("box.x"), it.value("box.y")) == (1, 0)
    assert snapshot(it.machine, it.state).cpus[0].waiting == ("box.y = 1",)
