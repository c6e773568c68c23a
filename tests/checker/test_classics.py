"""Programs whose answers have been known for decades: the checker gives the same, with a schedule that shows it."""

import pytest

from ktwviz.checker.explore import explore
from ktwviz.checker.verdicts import check
from ktwviz.machine.build import MemoryOrder
from ktwviz.schedule import expand
from tests.checker.classics import BOTH_INSIDE, SC_AND_TSO, deadlock, holds, reaches, replay, verdict_on
from tests.checker.fairness import starving
from tests.machine.helpers import build, question, value

# Mutual exclusion without locks -----------------------------------------------------------------------------------

SHARED = """
class Shared(Struct):
    flag0: int
    flag1: int
    turn: int
    visits: int
shared = Shared()

def critical():
    shared.visits += 1
"""

TEST_THEN_SET = f"""{SHARED}
@task(cpu=0)
def one():
    while shared.flag1:
        pass
    shared.flag0 = 1
    critical()
    shared.flag0 = 0

@task(cpu=1)
def two():
    while shared.flag0:
        pass
    shared.flag1 = 1
    critical()
    shared.flag1 = 0
"""
PETERSON = f"""{SHARED}
@task(cpu=0)
def one():
    shared.flag0 = 1
    shared.turn = 1
    smp_mb()
    while shared.flag1 and shared.turn == 1:
        pass
    critical()
    shared.flag0 = 0

@task(cpu=1)
def two():
    shared.flag1 = 1
    shared.turn = 0
    smp_mb()
    while shared.flag0 and shared.turn == 0:
        pass
    critical()
    shared.flag1 = 0
"""
DEKKER = f"""{SHARED}
@task(cpu=0)
def one():
    shared.flag0 = 1
    smp_mb()
    while shared.flag1:
        if shared.turn != 0:
            shared.flag0 = 0
            while shared.turn != 0:
                pass
            shared.flag0 = 1
            smp_mb()
    critical()
    shared.turn = 1
    shared.flag0 = 0

@task(cpu=1)
def two():
    shared.flag1 = 1
    smp_mb()
    while shared.flag0:
        if shared.turn != 1:
            shared.flag1 = 0
            while shared.turn != 1:
                pass
            shared.flag1 = 1
            smp_mb()
    critical()
    shared.turn = 0
    shared.flag1 = 0
"""
ALGORITHMS = pytest.mark.parametrize("text", [PETERSON, DEKKER], ids=["Peterson", "Dekker"])


def without_barriers(text: str) -> str:
    return text.replace("smp_mb()", "pass")


def test_testing_a_flag_and_then_setting_ones_own_lets_both_in() -> None:
    machine = build(TEST_THEN_SET)
    verdict = verdict_on(machine, f"not ({BOTH_INSIDE})")
    assert reaches(machine, verdict, BOTH_INSIDE) == "1.2.1.2"
    lost = verdict_on(machine, "shared.visits == 2", "at_end")
    reaches(machine, lost, "shared.visits == 1")


@ALGORITHMS
def test_peterson_and_dekker_exclude_each_other_where_memory_is_in_order(text: str) -> None:
    machine = build(without_barriers(text))
    assert holds(verdict_on(machine, f"not ({BOTH_INSIDE})"))
    assert holds(verdict_on(machine, "shared.visits == 2", "at_end"))
    assert holds(deadlock(machine))
    assert not starving(machine, "one")
    assert not starving(machine, "two")


@ALGORITHMS
def test_peterson_and_dekker_let_both_in_where_stores_wait_in_a_buffer(text: str) -> None:
    machine = build(without_barriers(text), memory="tso")
    verdict = verdict_on(machine, f"not ({BOTH_INSIDE})")
    schedule = reaches(machine, verdict, BOTH_INSIDE)
    # neither store has reached memory: no other step than those of the two tasks
    assert set(expand(schedule)) == {"1", "2"}
    assert value(machine, replay(machine, schedule), "shared.flag0") == 0
    assert value(machine, replay(machine, schedule), "shared.flag1") == 0


@ALGORITHMS
def test_a_full_barrier_mends_peterson_and_dekker_where_stores_wait_in_a_buffer(text: str) -> None:
    machine = build(text, memory="tso")
    assert holds(verdict_on(machine, f"not ({BOTH_INSIDE})"))
    assert holds(verdict_on(machine, "shared.visits == 2", "at_end"))


@pytest.mark.parametrize("kept", [0, 1])
def test_a_barrier_on_one_side_alone_does_not_mend_peterson(kept: int) -> None:
    parts = PETERSON.split("smp_mb()")
    text = (
        "pass".join(parts[:2]) + "smp_mb()" + parts[2]
        if kept
        else "smp_mb()".join(parts[:2]) + "pass" + parts[2]
    )
    machine = build(text, memory="tso")
    reaches(machine, verdict_on(machine, f"not ({BOTH_INSIDE})"), BOTH_INSIDE)


# Store buffering --------------------------------------------------------------------------------------------------

STORE_BUFFERING = """
class Shared(Struct):
    x: int
    y: int
    r1: int
    r2: int
shared = Shared()

@task(cpu=0)
def one():
    shared.x = 1
    pass
    shared.r1 = shared.y

@task(cpu=1)
def two():
    shared.y = 1
    pass
    shared.r2 = shared.x
"""


def results(text: str, memory: MemoryOrder) -> set[tuple[int, int]]:
    """Return all (r1, r2) that a run can end with."""
    machine = build(text, memory=memory)
    graph = explore(machine)
    ends = [graph.states[number] for number in graph.ends]
    return {(value(machine, end, "shared.r1"), value(machine, end, "shared.r2")) for end in ends}


def test_somebody_sees_the_others_store_where_memory_is_in_order() -> None:
    assert results(STORE_BUFFERING, "sc") == {(0, 1), (1, 0), (1, 1)}


def test_nobody_may_see_the_others_store_where_stores_wait_in_a_buffer() -> None:
    assert results(STORE_BUFFERING, "tso") == {(0, 0), (0, 1), (1, 0), (1, 1)}
    machine = build(STORE_BUFFERING, memory="tso")
    verdict = verdict_on(machine, "shared.r1 + shared.r2 > 0", "at_end")
    schedule = reaches(machine, verdict, "not shared.r1 and not shared.r2")
    # three steps of each task, and its two stores drain
    assert sorted(expand(schedule)) == sorted("111222aabb")


def test_a_full_barrier_on_both_sides_lets_somebody_see_the_others_store() -> None:
    assert results(STORE_BUFFERING.replace("pass", "smp_mb()"), "tso") == {(0, 1), (1, 0), (1, 1)}
    assert (0, 0) in results(STORE_BUFFERING.replace("pass", "smp_mb()", 1), "tso")


# Lost updates, flags checked twice --------------------------------------------------------------------------------

UPDATES = """
class Shared(Struct):
    x: int
    lock: Embedded[Spinlock]
shared = Shared()

def update():
    shared.x += 1

def update_locked():
    spin_lock(shared.lock)
    shared.x += 1
    spin_unlock(shared.lock)

@task(cpu=0)
def one():
    update()

@task(cpu=1)
def two():
    update()
"""


def test_two_increments_can_give_one() -> None:
    machine = build(UPDATES)
    verdict = verdict_on(machine, "shared.x == 2", "at_end")
    assert reaches(machine, verdict, "shared.x == 1") == "1.2.1.2"
    assert len(explore(machine).states) == 12


@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_two_locked_increments_give_two(memory: MemoryOrder) -> None:
    machine = build(UPDATES.replace("    update()", "    update_locked()"), memory=memory)
    assert holds(verdict_on(machine, "shared.x == 2", "at_end"))
    assert holds(deadlock(machine))


DOUBLE_CHECKED = """
class Shared(Struct):
    ready: int
    data: int
    made: int
    lock: Embedded[Spinlock]
shared = Shared()

def make():
    shared.made += 1
    shared.data = 7
    shared.ready = 1

def use():
    if not shared.ready:
        spin_lock(shared.lock)
        if not shared.ready:
            make()
        spin_unlock(shared.lock)
    BUG_ON(shared.data != 7)

@task(cpu=0)
def one():
    use()

@task(cpu=1)
def two():
    use()
"""


@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_a_flag_that_is_checked_twice_and_set_last_works_also_on_x86(memory: MemoryOrder) -> None:
    machine = build(DOUBLE_CHECKED, memory=memory)
    assert holds(verdict_on(machine, "shared.made == 1", "at_end"))
    assert holds(check(machine).verdict("no-oops"))


def test_a_flag_that_is_set_first_shows_what_is_not_there_yet() -> None:
    early = DOUBLE_CHECKED.replace(
        "    shared.data = 7\n    shared.ready = 1", "    shared.ready = 1\n    shared.data = 7"
    )
    assert early != DOUBLE_CHECKED
    machine = build(early)
    verdict = check(machine).verdict("no-oops")
    schedule = reaches(machine, verdict, "shared.ready and not shared.data")
    assert question(machine, 'stopped("two")')(replay(machine, schedule))


def test_a_flag_that_is_checked_only_once_lets_both_make_it() -> None:
    once = DOUBLE_CHECKED.replace("        if not shared.ready:\n            make()", "        make()")
    assert once != DOUBLE_CHECKED
    machine = build(once)
    reaches(machine, verdict_on(machine, "shared.made == 1", "at_end"), "shared.made == 2")
