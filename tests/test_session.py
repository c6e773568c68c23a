"""A walk goes back and forth without loss, keeps the futures it left, and says in words what holds a context up."""

import pytest

from ktwviz.errors import BlockedStep, ScheduleError
from ktwviz.schedule import expand
from ktwviz.session import Session
from tests.kernel.test_races import KWORKER, OBJECTS, PENDING_ONLY, TIMER_AND_QUEUE
from tests.machine.helpers import build

TWO = """
class Box(Struct):
    x: int
    y: int
    lock: Embedded[Spinlock]
    other: Embedded[Spinlock]
box = Box()

@task(cpu=0)
def one():
    spin_lock(box.lock)
    box.x = box.x + box.y
    box.y += 1
    spin_unlock(box.lock)

@task(cpu=1)
def two():
    spin_lock(box.lock)
    helper()
    spin_unlock(box.lock)

def helper():
    box.x = 5
    box.y = 6
"""


BOX = "class Box(Struct):\n    x: int\nbox = Box()\n"


def session(source: str = TWO, **more: object) -> Session:
    return Session(build(source, **more))


def accesses(walk: Session) -> list[str]:
    return [step.access for step in walk.steps[: walk.cursor]]


# Moves ------------------------------------------------------------------------------------------------------------


def test_a_move_is_a_line() -> None:
    walk = session()
    assert [step.access for step in walk.choose("1")] == ["spin_lock(box.lock)"]
    assert [step.access for step in walk.choose("1")] == [
        "load box.x -> 0",
        "load box.y -> 0",
        "store box.x = 0",
    ]
    assert walk.last_steps() == walk.steps[1:4]


def test_a_move_ends_where_a_function_begins() -> None:
    walk = session()
    walk.choose("2")
    assert walk.choose("2") == walk.steps[1:2]
    assert walk.steps[1].function == "helper"


def test_in_single_mode_a_move_is_one_access() -> None:
    walk = session()
    walk.single = True
    walk.choose("1")
    assert [step.access for step in walk.choose("1")] == ["load box.x -> 0"]


def test_a_line_ends_early_where_its_context_is_held_up() -> None:
    walk = session()
    walk.choose("1")
    (begun,) = walk.choose("2")
    assert begun.access == "spin_lock(box.lock)"
    assert [event.kind for event in begun.events] == ["spin"]
    with pytest.raises(BlockedStep, match=r"two on CPU1 spins: box\.lock is held by one on CPU0"):
        walk.choose("2")


def test_a_line_in_a_loop_is_a_move_for_each_round() -> None:
    walk = session(f"{BOX}@task(cpu=0)\ndef one():\n    while box.x < 3:\n        box.x += 1\n")
    moves = []
    while not walk.finished:
        moves.append(len(walk.choose("1")))
    assert moves == [1, 2, 1, 2, 1, 2, 1]


# Back and forth ---------------------------------------------------------------------------------------------------


def test_going_back_and_forward_loses_nothing() -> None:
    walk = session()
    for key in "1112":
        walk.choose(key)
    seen = [(walk.cursor, walk.state)]
    while walk.back():
        seen.append((walk.cursor, walk.state))
    assert [cursor for cursor, _ in seen] == [7, 6, 4, 1, 0]
    assert (walk.back(), walk.state) == (False, walk.machine.initial)
    for place in reversed(seen[:-1]):
        assert walk.forward()
        assert (walk.cursor, walk.state) == place
    assert (walk.forward(), walk.branches) == (False, ())


def test_in_single_mode_back_and_forward_go_by_accesses() -> None:
    walk = session()
    walk.choose("1")
    walk.choose("1")
    walk.single = True
    assert walk.back() and walk.cursor == 3
    assert walk.forward() and walk.cursor == 4


def test_the_states_along_the_way_are_those_that_were_seen() -> None:
    walk = session()
    walk.play(expand("1*3.2"))
    assert walk.states_to_cursor()[-1] == walk.state
    assert len(walk.states_to_cursor()) == 5
    walk.jump(2)
    assert walk.states_to_cursor()[-1] == walk.state
    assert (walk.schedule(), len(walk.steps)) == (("1", "1"), 4)


@pytest.mark.parametrize(("step", "cursor"), [(-5, 0), (0, 0), (2, 2), (4, 4), (99, 4)])
def test_a_jump_goes_to_a_step_or_to_the_nearest_end(step: int, cursor: int) -> None:
    walk = session()
    walk.play(expand("1*3.2"))
    walk.jump(step)
    assert walk.cursor == cursor


def test_the_picture_before_is_that_of_the_move_before() -> None:
    walk = session()
    assert walk.previous_picture() is None
    walk.choose("1")
    walk.choose("1")
    assert walk.previous_picture() == walk.picture(1)
    assert {lock.name: lock.owner for lock in walk.picture(1).locks}["box.lock"] == 1


def test_events_can_be_visited_one_by_one() -> None:
    walk = session()
    walk.play(expand("1*7"))
    assert (walk.next_event(), walk.previous_event()) == (None, 1)
    walk.jump(1)
    assert (walk.next_event(), walk.previous_event()) == (7, None)


def test_restart_forgets_everything() -> None:
    walk = session()
    walk.play(expand("1*3"))
    walk.jump(1)
    walk.take("2")
    walk.restart()
    assert (walk.cursor, walk.steps, walk.branches) == (0, (), ())
    assert walk.state == walk.machine.initial


# Branches ---------------------------------------------------------------------------------------------------------


def test_choosing_the_same_again_leaves_no_branch() -> None:
    walk = session()
    walk.play(expand("1*3"))
    walk.jump(1)
    walk.take("1")
    assert (walk.branches, len(walk.steps)) == ((), 3)


def test_choosing_otherwise_keeps_the_old_future_and_swapping_brings_it_back() -> None:
    walk = session()
    walk.play(expand("1*3"))
    first = accesses(walk)
    walk.jump(1)
    walk.take("2")
    assert [(branch.at, branch.keys) for branch in walk.branches] == [(1, ("1", "1"))]
    walk.jump(1)
    assert walk.swap_branch()
    assert (walk.cursor, [(branch.at, branch.keys) for branch in walk.branches]) == (1, [(1, ("2",))])
    walk.jump(99)
    assert accesses(walk) == first
    walk.jump(1)
    assert walk.swap_branch()
    walk.jump(99)
    assert walk.schedule() == ("1", "2")


def test_where_nothing_was_left_nothing_is_swapped() -> None:
    walk = session()
    walk.play(expand("1*3"))
    walk.jump(2)
    assert not walk.swap_branch()
    assert len(walk.steps) == 3


def test_a_future_that_was_brought_back_goes_forward_by_lines() -> None:
    walk = session()
    for key in "111":
        walk.choose(key)
    walk.jump(1)
    walk.choose("2")
    walk.jump(1)
    walk.swap_branch()
    assert walk.forward()
    assert walk.cursor == 4


def test_a_branch_off_a_future_that_was_left_is_not_offered_in_another() -> None:
    walk = session()
    walk.play(expand("1*5"))
    walk.jump(4)
    walk.take("2")  # leaves (4, 1)
    walk.jump(0)
    walk.play(expand("2*4"))  # leaves (0, 1*4.2)
    assert walk.cursor == 4
    assert not walk.swap_branch()


def test_a_third_choice_at_one_step_keeps_both_others() -> None:
    walk = session(TWO + "@task(cpu=1)\ndef three():\n    box.y = 9\n")
    for key in "123":
        walk.jump(0)
        walk.take(key)
    assert {branch.keys for branch in walk.branches} == {("1",), ("2",)}


# Schedules --------------------------------------------------------------------------------------------------------


def test_a_schedule_that_was_walked_can_be_played_again() -> None:
    walk = session()
    for key in "1122112":
        if walk.can(key):
            walk.choose(key)
    again = session()
    again.play(walk.schedule())
    assert again.steps == walk.steps
    again.jump(0)
    assert again.forward()
    assert again.cursor == 1


def test_play_names_the_step_that_does_not_fit() -> None:
    walk = session()
    with pytest.raises(ScheduleError) as trouble:
        walk.play(expand("1*2.2*2"))
    assert str(trouble.value).startswith(
        "step 4 wants 2, but two on CPU1 spins: box.lock is held by one on CPU0 (since step 1)"
    )
    assert walk.cursor == 3


def test_play_names_a_key_that_means_nothing_here() -> None:
    with pytest.raises(ScheduleError, match="step 1 wants t, but there is no timer here"):
        session().play(["t"])


# Reasons ----------------------------------------------------------------------------------------------------------


def reason(walk: Session, key: str) -> str:
    return next(choice.reason for choice in walk.choices() if choice.key == key)


def test_a_reason_says_since_which_step_it_holds() -> None:
    walk = session()
    walk.play(expand("1.2"))
    assert reason(walk, "2") == "two on CPU1 spins: box.lock is held by one on CPU0 (since step 1)"
    walk.jump(0)
    assert [choice.enabled for choice in walk.choices()] == [True, True]
    assert walk.held_since("box.lock.owner") is None


def test_since_counts_up_to_the_cursor() -> None:
    walk = session()
    walk.play(expand("1*7.2"))
    assert walk.held_since("box.lock.owner") == 8
    walk.jump(7)
    assert walk.held_since("box.lock.owner") == 7
    walk.jump(6)
    assert walk.held_since("box.lock.owner") == 1


def test_a_sleeper_that_nobody_is_left_to_wake_says_so() -> None:
    source = """
class Box(Struct):
    x: int
box = Box()
@task(cpu=0)
def one():
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    box.x = 1
@task(cpu=1)
def two():
    wake_up_process(one)
"""
    walk = session(source)
    walk.take("2")
    while walk.can("1"):
        walk.take("1")
    assert reason(walk, "1").endswith("; nothing left can wake one")
    other = session(source)
    while other.can("1"):
        other.take("1")
    assert "sleeps until wake_up_process()" in reason(other, "1")
    assert "nothing left" not in reason(other, "1")
    assert "nothing left" not in reason(walk, "2")


def test_a_spinner_that_nobody_is_left_to_free_says_so() -> None:
    walk = session(TWO.replace("    box.y += 1\n    spin_unlock(box.lock)\n", "    BUG_ON(box.x == 0)\n", 1))
    while walk.can("1"):
        walk.choose("1")
    walk.choose("2")
    assert reason(walk, "2").endswith("; two can never run again")


# Time -------------------------------------------------------------------------------------------------------------

ARMED = OBJECTS + "@task(cpu=0)\ndef one():\n    queue_delayed_kthread_work(worker, dwork, 4)\n"


def test_time_can_pass_up_to_the_next_expiry_in_one_move() -> None:
    walk = session(ARMED)
    while walk.can("1"):
        walk.take("1")
    before = walk.cursor
    assert [step.access for step in walk.tick_to_expiry()] == ["tick"] * 4
    (timer,) = (view for view in walk.picture().timers if view.name == "dwork.timer")
    assert (timer.state, timer.left) == ("expired", 0)
    assert walk.back() and walk.cursor == before


def test_without_an_armed_timer_time_does_not_pass() -> None:
    walk = session(ARMED)
    with pytest.raises(BlockedStep, match="no timer is armed for later, so time would change nothing"):
        walk.tick_to_expiry()


def test_a_tick_is_a_move_of_its_own() -> None:
    walk = session(ARMED)
    while walk.can("1"):
        walk.take("1")
    assert len(walk.choose("t")) == 1


# Bad ends ---------------------------------------------------------------------------------------------------------


def test_all_is_well_at_the_start_and_at_a_good_end() -> None:
    walk = session()
    assert walk.bad_end == ""
    walk.play(expand("1*7.2*4"))
    assert (walk.finished, walk.bad_end) == (True, "")


def test_a_broken_list_is_a_bad_end() -> None:
    walk = session(OBJECTS + TIMER_AND_QUEUE, rule=PENDING_ONLY)
    while walk.can("1"):
        walk.take("1")
    walk.tick_to_expiry()
    softirq = "3"
    while not any("detach_timer" in step.access for step in walk.steps):
        walk.take(softirq)
    while walk.can("2"):
        walk.take("2")
    assert walk.bad_end == ""
    while walk.can(softirq):
        walk.take(softirq)
    assert walk.bad_end == "worker.work_list is broken: dwork.work is linked twice"


def test_a_list_is_not_judged_while_somebody_links() -> None:
    walk = session(OBJECTS + "@task(cpu=0)\ndef one():\n    queue_kthread_work(worker, work)\n")
    while walk.can("1"):
        walk.take("1")
        assert walk.bad_end == ""


def test_a_bug_is_a_bad_end_and_an_earlier_cursor_does_not_know_of_it() -> None:
    walk = session(BOX + "@task(cpu=0)\ndef one():\n    BUG_ON(box.x == 0)\n")
    while walk.can("1"):
        walk.take("1")
    assert walk.bad_end == "BUG in one at case.py:6 one(): BUG_ON(box.x == 0)"
    walk.jump(1)
    assert walk.bad_end == ""


def test_an_oops_is_a_bad_end() -> None:
    walk = session(
        "class Box(Struct):\n    next: object\nbox = Box()\n@task(cpu=0)\ndef one():\n    box.next.next = None\n"
    )
    while walk.can("1"):
        walk.take("1")
    assert walk.bad_end.startswith("NULL pointer dereference: store of .next at case.py:6")


def test_a_warning_is_no_bad_end() -> None:
    walk = session(BOX + "@task(cpu=0)\ndef one():\n    WARN_ON(box.x == 0)\n")
    while walk.can("1"):
        walk.take("1")
    assert walk.bad_end == ""


CROSSED = """
class Box(Struct):
    one: Embedded[Spinlock]
    two: Embedded[Spinlock]
box = Box()
@task(cpu=0)
def first():
    spin_lock(box.one)
    spin_lock(box.two)
@task(cpu=1)
def second():
    spin_lock(box.two)
    spin_lock(box.one)
@task(cpu=0)
def third():
    preempt_disable()
    preempt_enable()
"""


def test_a_circle_of_waits_is_a_deadlock_even_if_others_can_go_on() -> None:
    walk = session(CROSSED + "@irq(cpu=0)\ndef nic():\n    preempt_disable()\n    preempt_enable()\n")
    walk.play(expand("1.2.1.2"))
    assert not walk.finished
    assert walk.bad_end == (
        "deadlock: first on CPU0 spins for box.two, held by second on CPU1; "
        "second on CPU1 spins for box.one, held by first on CPU0"
    )


def test_who_waits_for_ever_is_a_bad_end_only_once_nothing_can_go_on() -> None:
    walk = session("""
c = Completion()
@task(cpu=0)
def one():
    wait_for_completion(c)
@task(cpu=1)
def two():
    c.done = 0
""")
    assert walk.bad_end == ""
    while walk.can("2"):
        walk.take("2")
    assert walk.bad_end == "nothing can go on: one on CPU0 waits until c is completed"


def test_an_idle_worker_rests_and_is_no_bad_end() -> None:
    walk = session(OBJECTS + KWORKER)
    while walk.can("1"):
        walk.take("1")
    assert (walk.finished, walk.bad_end) == (True, "")


# A store buffer ---------------------------------------------------------------------------------------------------


def test_a_store_buffer_drains_in_a_move_of_its_own() -> None:
    walk = session(BOX + "@task(cpu=0)\ndef one():\n    box.x = 1\n", memory="tso")
    walk.choose("1")
    assert len(walk.choose("a")) == 1


def test_a_store_buffer_has_a_name_of_its_own() -> None:
    walk = session(BOX + "@task(cpu=0)\ndef one():\n    box.x = 1\n", memory="tso")
    assert [choice.label for choice in walk.choices()] == ["one on CPU0", "drain CPU0", "drain CPU1"]


def test_the_end_of_who_touched_freed_memory_says_who_freed_it_and_when() -> None:
    walk = session(
        """
    class Box(Struct):
        x: int
    box = Box()

    @task(cpu=0)
    def owner():
        kfree(box)

    @task(cpu=1)
    def user():
        box.x = 1
    """
    )
    walk.choose("1")
    walk.choose("2")
    assert "access to freed memory: box.x" in walk.bad_end
    assert walk.bad_end.endswith("; owner freed it at step 1")
