"""Deadlocks and lost wake-ups that are in every textbook, and what mends them."""

from typing import Any

import pytest

from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.language import primitive
from ktwviz.machine.machine import Machine
from ktwviz.machine.run import this_context, wait_until
from ktwviz.schedule import expand
from tests.checker.classics import SC_AND_TSO, deadlock, holds, not_all_finish, reaches, replay, verdict_on
from tests.machine.helpers import build, question, value

# Locks -----------------------------------------------------------------------------------------------------------

ABBA = """
a = Spinlock()
b = Spinlock()

@task(cpu=0)
def one():
    spin_lock(a)
    spin_lock(b)
    spin_unlock(b)
    spin_unlock(a)

@task(cpu=1)
def two():
    spin_lock(b)
    spin_lock(a)
    spin_unlock(a)
    spin_unlock(b)
"""


@pytest.mark.parametrize("memory", SC_AND_TSO)
def test_two_locks_in_two_orders_deadlock_after_four_steps(memory: MemoryOrder) -> None:
    machine = build(ABBA, memory=memory)
    verdict = deadlock(machine)
    schedule = reaches(machine, verdict, 'spins("one") and spins("two")')
    assert schedule == "1.2.1.2"
    assert "one on CPU0 spins for b, held by two on CPU1" in verdict.how
    assert "two on CPU1 spins for a, held by one on CPU0" in verdict.how
    assert not any(choice.enabled for choice in machine.choices(replay(machine, schedule)))


def test_two_locks_in_one_order_never_deadlock() -> None:
    one_order = ABBA.replace("    spin_lock(b)\n    spin_lock(a)", "    spin_lock(a)\n    spin_lock(b)")
    assert holds(deadlock(build(one_order)))


def test_the_nearest_dead_end_is_shown_whether_it_is_a_circle_or_not() -> None:
    waits = ABBA.replace(
        "    spin_lock(a)\n",
        """
    if signal.done:
        signal.done = 2
        signal.done = 3
        spin_lock(a)
    else:
        wait_for_completion(never)
""",
        1,
    ).replace("    spin_lock(b)\n    spin_lock(a)", "    signal.done = 1\n    spin_lock(b)\n    spin_lock(a)")
    machine = build(f"signal = Completion()\nnever = Completion()\n{waits}")
    verdict = deadlock(machine)
    assert reaches(machine, verdict, 'finished("two")') == "1.2*5"
    assert verdict.how == "nothing can go on: one on CPU0 waits until never is completed"


def philosophers(count: int, *, right_first: bool = False) -> Machine:
    """Return so many philosophers, each on a CPU of his own; with `right_first` the last one is left-handed."""
    text = "class Table(Struct):\n    meals: int\ntable = Table()\n"
    text += "".join(f"fork{number} = Spinlock()\n" for number in range(count))
    for number in range(count):
        forks = [f"fork{number}", f"fork{(number + 1) % count}"]
        if right_first and number == count - 1:
            forks.reverse()
        text += f"""
@task(cpu={number})
def philosopher{number}():
    spin_lock({forks[0]})
    spin_lock({forks[1]})
    table.meals |= {1 << number}
    spin_unlock({forks[1]})
    spin_unlock({forks[0]})
"""
    return build(text, cpus=count)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_philosophers_who_all_take_the_left_fork_first_starve(count: int) -> None:
    machine = philosophers(count)
    verdict = deadlock(machine)
    all_spin = " and ".join(f'spins("philosopher{number}")' for number in range(count))
    schedule = reaches(machine, verdict, all_spin)
    # everybody takes one fork, and then begins to spin
    assert sorted(expand(schedule)) == sorted("1234"[:count] * 2)
    assert value(machine, replay(machine, schedule), "table.meals") == 0


@pytest.mark.parametrize("count", [2, 3, 4])
def test_philosophers_all_eat_where_one_takes_the_right_fork_first(count: int) -> None:
    machine = philosophers(count, right_first=True)
    assert holds(deadlock(machine))
    assert not_all_finish(machine) == ""


# Waiting and waking ----------------------------------------------------------------------------------------------


@primitive
def wait_for_signal(condition: Any, turn: int) -> None:
    """Sleep until those who waited before have been woken, and then this one."""
    wait_until(condition.signalled > turn, f"{this_context()} waits for {condition}")


BOUNDED_BUFFER = """
class Condition(Struct):
    waited: int
    signalled: int
class Buffer(Struct):
    count: int
    taken: int
    lock: Embedded[Spinlock]
    not_full: Embedded[Condition]
    not_empty: Embedded[Condition]
buffer = Buffer()

def wait(condition):
    turn = condition.waited
    condition.waited = turn + 1
    spin_unlock(buffer.lock)
    wait_for_signal(condition, turn)
    spin_lock(buffer.lock)

def signal(condition):
    if condition.signalled < condition.waited:
        condition.signalled += 1

def put():
    spin_lock(buffer.lock)
    while buffer.count == 1:
        wait(buffer.not_full)
    buffer.count += 1
    signal(buffer.not_empty)
    spin_unlock(buffer.lock)

def get():
    spin_lock(buffer.lock)
    while buffer.count == 0:
        wait(buffer.not_empty)
    buffer.count -= 1
    buffer.taken += 1
    signal(buffer.not_full)
    spin_unlock(buffer.lock)

@task(cpu=0)
def producer():
    put()
    put()

@task(cpu=1)
def first():
    get()

@task(cpu=2)
def second():
    get()
"""


def test_a_bounded_buffer_with_two_conditions_never_hangs() -> None:
    machine = build(BOUNDED_BUFFER, cpus=3, wait_for_signal=wait_for_signal)
    assert holds(deadlock(machine))
    assert holds(verdict_on(machine, "buffer.taken == 2 and not buffer.count", "at_end"))
    assert holds(verdict_on(machine, "0 <= buffer.count and buffer.count <= 1"))


def test_a_bounded_buffer_with_one_condition_too_few_hangs() -> None:
    text = BOUNDED_BUFFER.replace("buffer.not_full)", "buffer.not_empty)")
    machine = build(text, cpus=3, wait_for_signal=wait_for_signal)
    verdict = deadlock(machine)
    # the signal that the buffer is no longer full went to the other consumer
    schedule = reaches(machine, verdict, "buffer.count == 0 and buffer.taken == 1")
    end = replay(machine, schedule)
    assert not any(choice.enabled for choice in machine.choices(end))
    assert question(machine, 'finished("first") != finished("second") and not finished("producer")')(end)
    assert "producer on CPU0 waits for buffer.not_empty" in verdict.how


SLEEPER = """
class Shared(Struct):
    ready: int
shared = Shared()

@task(cpu=0)
def sleeper():
    set_current_state(TASK_INTERRUPTIBLE)
    while not shared.ready:
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)

@task(cpu=1)
def waker():
    shared.ready = 1
    wake_up_process(sleeper)
"""
LOOKS_FIRST = SLEEPER.replace(
    "    set_current_state(TASK_INTERRUPTIBLE)\n    while not shared.ready:\n        schedule()\n",
    "    while not shared.ready:\n        set_current_state(TASK_INTERRUPTIBLE)\n        schedule()\n",
).replace("        schedule()\n        set_current_state(TASK_INTERRUPTIBLE)\n", "        schedule()\n")


def test_a_sleeper_that_says_so_before_it_looks_is_always_woken() -> None:
    assert not_all_finish(build(SLEEPER)) == ""


def test_a_sleeper_that_looks_before_it_says_so_can_miss_its_wake_up() -> None:
    machine = build(LOOKS_FIRST)
    schedule = not_all_finish(machine)
    assert question(machine, 'sleeps("sleeper") and shared.ready')(replay(machine, schedule))
    assert sorted(expand(schedule)) == sorted("11122")


def test_the_barrier_in_set_current_state_is_needed_where_stores_wait_in_a_buffer() -> None:
    assert not_all_finish(build(SLEEPER, memory="tso")) == ""
    plain = SLEEPER.replace(" set_current_state", " __set_current_state")
    assert not_all_finish(build(plain, memory="sc")) == ""
    machine = build(plain, memory="tso")
    schedule = not_all_finish(machine)
    assert question(machine, 'sleeps("sleeper") and shared.ready')(replay(machine, schedule))
