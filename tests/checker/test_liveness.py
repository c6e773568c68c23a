"""Where runs end up: the parts of a graph that are never left, and what is asked of them."""

from ktwviz.checker.explore import explore
from ktwviz.checker.liveness import Bottom, bottoms, changed_words
from ktwviz.checker.verdicts import Report, Verdict, check
from ktwviz.machine.machine import Machine
from tests.machine.helpers import build

TWO_NUMBERS = """
    class Box(Struct):
        x: int
        y: int
    box = Box()
"""


def parts(machine: Machine, most_states: int = 1000) -> list[Bottom]:
    return bottoms(explore(machine, most_states=most_states))


def report(source: str) -> Report:
    return check(build(source))


def verdict(source: str, name: str) -> Verdict:
    return report(source).verdict(name)


def test_a_run_that_ends_ends_in_one_state_without_steps() -> None:
    machine = build(TWO_NUMBERS + "    @task(cpu=0)\n    def one():\n        box.x = 1\n")
    assert parts(machine) == [Bottom((1,), frozenset())]
    assert parts(machine)[0].is_end


def test_two_tasks_that_race_end_in_each_of_the_possible_ends() -> None:
    source = """
    @task(cpu=0)
    def one():
        box.x = 1

    @task(cpu=1)
    def two():
        box.x = 2
    """
    assert len(parts(build(TWO_NUMBERS + source))) == 2


def test_an_endless_loop_is_one_part_with_all_its_states() -> None:
    source = """
    @task(cpu=0)
    def one():
        box.y = 1
        while True:
            box.x = 1
            box.x = 0
    """
    machine = build(TWO_NUMBERS + source)
    (bottom,) = parts(machine)
    assert (bottom.movers, bottom.is_end, len(bottom.states)) == (frozenset("1"), False, 2)
    changed = [machine.words[index].path for index in changed_words(explore(machine), bottom)]
    assert changed == ["box.x"]


def test_a_loop_that_somebody_can_end_is_no_part_that_is_never_left() -> None:
    source = """
    @task(cpu=0)
    def waiter():
        while not box.x:
            cond_resched()

    @task(cpu=1)
    def other():
        box.x = 1
    """
    found = parts(build(TWO_NUMBERS + source))
    assert [bottom.is_end for bottom in found] == [True]


def test_what_was_not_followed_is_no_end() -> None:
    source = """
    @task(cpu=0)
    def one():
        box.x = 1
        box.x = 2
        box.x = 3
    """
    assert parts(build(TWO_NUMBERS + source), most_states=2) == []


def test_who_polls_for_what_never_comes_is_a_livelock() -> None:
    source = """
    @task(cpu=0)
    def waiter():
        while not box.x:
            cond_resched()
    """
    found = verdict(TWO_NUMBERS + source, "no-livelock")
    assert (found.kind, found.how) == ("broken", "waiter on CPU0 tries for ever, and nothing changes")


def test_who_polls_for_what_comes_at_some_time_is_none() -> None:
    source = """
    @task(cpu=0)
    def waiter():
        while not box.x:
            cond_resched()

    @task(cpu=1)
    def other():
        box.x = 1
    """
    found = report(TWO_NUMBERS + source)
    assert found.broken == ()
    assert found.graph.complete


def test_who_works_for_ever_is_no_livelock() -> None:
    source = """
    @task(cpu=0)
    def blinker():
        while True:
            box.x = 1
            box.x = 0
    """
    found = report(TWO_NUMBERS + source)
    assert found.broken == ()
    assert found.graph.complete


def test_taking_and_dropping_a_lock_for_ever_changes_nothing() -> None:
    source = """
    class Guarded(Struct):
        lock: Embedded[Spinlock]
        x: int
    box = Guarded()

    @task(cpu=0)
    def waiter():
        while True:
            spin_lock_irq(box.lock)
            ready = box.x
            spin_unlock_irq(box.lock)
            if ready:
                return
    """
    assert verdict(source, "no-livelock").kind == "broken"


def test_a_spinner_gets_the_lock_at_some_time_where_the_others_let_go() -> None:
    source = """
    class Guarded(Struct):
        lock: Embedded[Spinlock]
        x: int
    box = Guarded()

    @task(cpu=0)
    def busy():
        while True:
            spin_lock_irq(box.lock)
            box.x = 1
            box.x = 0
            spin_unlock_irq(box.lock)

    @task(cpu=1)
    def once():
        spin_lock_irq(box.lock)
        spin_unlock_irq(box.lock)
    """
    assert report(source).broken == ()


def test_who_waits_while_others_go_on_for_ever_hangs() -> None:
    source = """
    class Box(Struct):
        x: int
    box = Box()
    never = Completion()

    @task(cpu=0)
    def blinker():
        while True:
            box.x = 1
            box.x = 0

    @task(cpu=1)
    def waiter():
        wait_for_completion(never)
    """
    found = report(source)
    assert [verdict.property for verdict in found.broken] == ["no-hang"]
    assert found.verdict("no-hang").how.startswith("others go on for ever, but waiter on CPU1 waits")


def test_who_waits_where_nobody_goes_on_is_no_hang_but_a_deadlock() -> None:
    source = """
    never = Completion()

    @task(cpu=1)
    def waiter():
        wait_for_completion(never)
    """
    assert [verdict.property for verdict in report(source).broken] == ["no-deadlock"]


def test_a_sleeper_that_is_no_worker_rests() -> None:
    source = """
    @task(cpu=0)
    def sleeper():
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    """
    assert report(source).broken == ()
