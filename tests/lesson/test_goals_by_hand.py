"""The goals of lessons 5 to 11 are reached by hand from the end of the script, as the last hint of each says."""

import pytest

from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play


def scripted(id: str) -> Play:
    """Return a lesson at the end of its script."""
    play = Play(find_lesson(id))
    play.session.play(play.script.keys)
    return play


def key(play: Play, context: str) -> str:
    return next(str(found.number) for found in play.scenario.machine.contexts if found.name == context)


def run(play: Play, context: str, until: str = "") -> None:
    """Press the digit of a context until an expression holds; without one, until it cannot go on or the goal is met."""
    digit = key(play, context)
    while play.session.can(digit) and not play.goal_reached:
        if until and play.scenario.question(until, 1).ask(play.session.state):
            return
        play.session.choose(digit)


def test_a_work_that_comes_between_the_look_and_the_sleep_is_slept_through() -> None:
    play = scripted("asleep-with-work")
    run(play, "client")
    run(play, "kworker")
    assert play.goal_reached


def test_a_node_that_is_linked_between_load_and_store_of_another_vanishes() -> None:
    play = scripted("two-at-the-list")
    play.session.take(key(play, "client"))
    run(play, "second", "on_list(two.node, worker.work_list)")
    run(play, "client")
    assert play.goal_reached


def test_who_has_asked_before_the_lock_links_the_node_once_more() -> None:
    play = scripted("pending-without-a-flag")
    run(play, "client", "finished('client')")
    run(play, "second")
    assert play.goal_reached
    assert play.session.bad_end.startswith("worker.work_list is broken: ")


def test_to_ask_a_delayed_work_is_to_wait_for_the_lock_of_a_wheel() -> None:
    play = scripted("pointer-not-timer")
    play.session.choose("t")
    run(play, "timer@0", "holds('timer@0', base0.lock)")
    run(play, "asker")
    assert play.goal_reached


def test_a_flush_right_after_a_delay_of_zero_waits_for_nothing() -> None:
    play = scripted("zero-is-not-soon")
    run(play, "client")
    assert play.goal_reached


def test_the_callback_that_locked_the_wrong_worker_keeps_its_lock() -> None:
    play = scripted("the-lock-of-whom")
    run(play, "timer@0")
    run(play, "kworker")
    assert play.goal_reached
    assert "busy.lock is held by timer@0" in play.session.bad_end


def test_an_interrupt_that_was_let_in_spins_for_the_lock_beneath_it() -> None:
    play = scripted("from-any-context")
    run(play, "device")
    assert play.goal_reached
    assert play.session.bad_end.startswith("deadlock: ")


@pytest.mark.parametrize(
    ("id", "instead"),
    [
        ("asleep-with-work", ["kworker", "client", "kworker"]),
        ("pending-without-a-flag", ["client"]),
        ("from-any-context", ["driver", "device"]),
    ],
)
def test_in_another_order_all_goes_well(id: str, instead: list[str]) -> None:
    play = scripted(id)
    for context in instead:
        run(play, context)
    assert not play.goal_reached
