"""The main job in a real terminal: walk the fourth lesson to the broken list and back."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ktwviz.lesson.shelf import lesson_files
from ktwviz.tui.player.walking import SAVE_SECONDS
from tests.e2e.terminal import Terminal


@pytest.fixture
def terminal(tmux: str, tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal of 80x24 with progress of its own."""
    opened = Terminal(tmux, tmp_path)
    yield opened
    opened.stop()


def press_until(terminal: Terminal, key: str, text: str, most: int = 60) -> None:
    """Press a key again and again until the screen shows `text`, waiting each time until the screen changes."""
    screen = terminal.screen()
    for _ in range(most):
        if text in screen:
            return
        terminal.press(key)
        screen = terminal.changed_from(screen)
    terminal.wait_for(text)


def step_shown(screen: str) -> int:
    """Return the step that the first line tells."""
    found = re.match(r" ktwviz > [^\n]* step (\d+)", screen)
    assert found, screen
    return int(found[1])


def test_a_person_walks_the_fourth_lesson_to_the_broken_list_and_back(terminal: Terminal) -> None:
    terminal.start()
    terminal.wait_for("Neither pending nor queued")
    terminal.press("Down", "Down", "Down", "Enter")
    terminal.wait_for("04 Neither pending nor queued")

    press_until(terminal, "Space", "a-c Choose")
    terminal.press("c", "Enter")
    terminal.wait_for("Right")
    press_until(terminal, "Space", "try_lock_kthread_work()")

    press_until(terminal, "2", "2 second ✓")
    press_until(terminal, "4", "list broken")
    broken = terminal.wait_for("✗ list broken")
    assert "worker.work_list" in broken

    press_until(terminal, "Left", "worker.work_list  head <-> [dwork.work] <-> head", most=30)
    left_at = step_shown(terminal.screen())
    terminal.press("q")
    terminal.wait_for(f"1/{len(lesson_files())} solved")
    terminal.press("q")
    terminal.wait_for("exit code 0")
    terminal.stop()

    terminal.start()
    terminal.wait_for("enter: go on where you left")
    terminal.press("Enter")
    resumed = terminal.wait_for("04 Neither pending nor queued   step")
    assert step_shown(resumed) == left_at > 0


def test_who_starts_for_the_first_time_solves_the_first_lesson_by_hand(terminal: Terminal) -> None:
    terminal.start()
    terminal.wait_for("opens the marked lesson")
    terminal.press("Enter")
    terminal.wait_for("How often will the function run: once, or twice?")
    terminal.press("Space")
    assert step_shown(terminal.wait_for("Next: Nothing to do")) == 0

    press_until(terminal, "Space", "a-c Choose")
    terminal.press("a", "Enter")
    terminal.wait_for("Not so")
    terminal.wait_for("Right is b")
    press_until(terminal, "Space", "a-b Choose")
    terminal.press("a", "Enter")
    terminal.wait_for("Right")
    press_until(terminal, "Space", "The script is done. Now you: R begins again, then 1 and 2 decide.")

    terminal.press("R")
    terminal.wait_for("step 0/")
    press_until(terminal, "2", "2 kworker  CPU1 task  z sleeps")
    press_until(terminal, "1", "a-c Choose")
    terminal.press("b", "Enter")
    terminal.wait_for("Right")
    press_until(terminal, "1", "client:40 > queue_kthread_work()")
    press_until(terminal, "2", "ran 1")
    press_until(terminal, "1", "1 client ✓")
    press_until(terminal, "2", "Goal reached")
    terminal.press("q")
    terminal.wait_for(f"1/{len(lesson_files())} solved")
    terminal.wait_for("quiz 2/2 right, 1 at the first try")


def write(terminal: Terminal, before: str, after: str) -> None:
    """Replace what is in front of the cursor's end of line: take `before` away, type `after`."""
    terminal.press("End", *["BSpace"] * len(before))
    terminal.type(after)


def test_a_person_mends_the_function_of_the_fourth_lesson(terminal: Terminal) -> None:
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("F")
    terminal.wait_for("This is the function as the lesson has it")

    ask_the_wheel = "(work.timer and timer_pending(work.timer))"
    write(terminal, ask_the_wheel, "work.tiemr")
    terminal.press("C-s")
    terminal.wait_for("KthreadWork has no field 'tiemr'")

    terminal.press("Tab")
    terminal.wait_for("f2 Watch it")
    write(terminal, "work.tiemr", "work.timer")
    terminal.press("C-s")
    terminal.wait_for("✗ Refuted")
    terminal.wait_for("refuses dwork.work to client on CPU0")

    terminal.press("Enter")
    terminal.wait_for("This runs your kthread_work_pending()")
    press_until(terminal, "Space", "your code", most=5)
    terminal.press("q")
    terminal.wait_for("✗ Refuted")

    terminal.press("Tab")
    terminal.wait_for("f2 Watch it")
    write(terminal, "work.timer", "(work.timer and timer_active(work.timer))")
    terminal.press("C-s")
    terminal.wait_for("✓ Proved")
    terminal.wait_for("It holds under all")
    terminal.press("C-q")
    terminal.wait_for("exit code 0")
    terminal.stop()

    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("F")
    terminal.wait_for("This text was proved earlier")


def test_a_person_builds_a_scenario_sees_it_break_and_finds_it_again(terminal: Terminal) -> None:
    terminal.start("sandbox")
    terminal.wait_for("Nothing breaks, whatever the order")
    terminal.press("Tab", "g")
    terminal.wait_for("✗ Broken: no-warning")
    terminal.press("Tab")
    terminal.wait_for("enter plays the steps that lead there")
    terminal.press("Enter")
    terminal.wait_for("How no-warning breaks")
    terminal.press("q")
    terminal.wait_for("✗ Broken: no-warning")
    terminal.press("Escape")
    terminal.wait_for("01 Meet the worker")
    terminal.press("q")
    terminal.wait_for("exit code 0")
    terminal.stop()

    terminal.start("sandbox")
    terminal.wait_for("This is your draft")
    terminal.wait_for("init_delayed_kthread_work(dwork, run)")


def test_a_program_that_is_killed_comes_back_with_what_was_done(terminal: Terminal) -> None:
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    press_until(terminal, "Space", "a-c Choose")
    terminal.press("c", "Enter")
    terminal.wait_for("Right")
    press_until(terminal, "Space", "try_lock_kthread_work()")
    reached = step_shown(terminal.screen())
    terminal.kill()
    terminal.wait_for("exit code 137")
    terminal.stop()

    terminal.start()
    terminal.wait_for("enter: go on where you left")
    terminal.press("Enter")
    resumed = terminal.wait_for("04 Neither pending nor queued   step")
    assert 0 < step_shown(resumed) <= reached
    assert "a-c Choose" not in resumed


def test_the_matrix_is_worked_out_beside_the_screen_and_quitting_does_not_wait_for_it(
    terminal: Terminal,
) -> None:
    terminal.start()
    terminal.wait_for("Neither pending nor queued")
    terminal.press("M")
    terminal.wait_for("working")
    terminal.press("Down", "Right")
    terminal.wait_for("04 Neither pending nor queued, with the rule")
    terminal.wait_for("✗ lists-sound is broken after")
    terminal.press("C-q")
    terminal.wait_for("exit code 0")


def test_a_person_finds_a_bug_of_the_posted_code_with_the_explorer_and_walks_it(terminal: Terminal) -> None:
    terminal.start("play", "22")
    terminal.wait_for("22 Refused by its own shadow")
    terminal.press("x")
    terminal.wait_for("complete")
    terminal.press("n")
    terminal.wait_for("✗ refusal-kept: queue_delayed_kthread_work() refuses")
    terminal.press("Enter")
    walked = terminal.wait_for("This is the explorer's schedule")
    end = step_shown(walked)
    terminal.press("g")
    terminal.wait_for("step 0")
    terminal.press("G")
    terminal.wait_for(f"step {end}")
    # one level up after the other: the explorer, the lesson, the list
    terminal.press("q")
    terminal.wait_for("Bad place 1 of")
    terminal.press("q")
    terminal.wait_for("22 Refused by its own shadow")
    terminal.press("q")
    terminal.wait_for(f"0/{len(lesson_files())} solved")


def test_steps_of_ones_own_survive_a_kill(terminal: Terminal) -> None:
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("2", "2")
    terminal.wait_for("You left the script")
    left_at = step_shown(terminal.changed_from(""))
    time.sleep(2 * SAVE_SECONDS)
    terminal.kill()
    terminal.wait_for("exit code 137")
    terminal.stop()

    terminal.start("play", "4")
    resumed = terminal.wait_for("You left the script")
    assert step_shown(resumed) == left_at > 0


def test_a_draft_of_a_fix_survives_a_kill(terminal: Terminal) -> None:
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("F")
    terminal.wait_for("This is the function as the lesson has it")
    terminal.type("  # mine")
    terminal.wait_for("# mine")
    time.sleep(2)
    terminal.kill()
    terminal.wait_for("exit code 137")
    terminal.stop()

    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("F")
    terminal.wait_for("# mine")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_saves_and_gives_the_terminal_back(terminal: Terminal, name: str) -> None:
    number = getattr(signal, name)
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("2")
    terminal.wait_for("You left the script")
    left_at = step_shown(terminal.changed_from(""))
    terminal.send(number)
    shown = terminal.wait_for(f"exit code {128 + number}")
    assert "04 Neither pending nor queued" not in shown, "that is the other screen of the terminal"
    assert not terminal.takes_mouse()
    terminal.stop()

    terminal.start("play", "4")
    assert step_shown(terminal.wait_for("You left the script")) == left_at > 0


def ends(program: int) -> bool:
    """Wait until a process is gone, for some seconds at most."""
    for _ in range(200):
        try:
            os.kill(program, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_closing_the_window_loses_no_step(terminal: Terminal) -> None:
    terminal.start("play", "4")
    terminal.wait_for("04 Neither pending nor queued")
    terminal.press("2")
    terminal.wait_for("You left the script")
    left_at = step_shown(terminal.changed_from(""))
    terminal.press("2", "2")
    further = step_shown(terminal.changed_from(terminal.screen()))
    program = terminal.program()
    terminal.stop()
    assert ends(program), "nobody is there to end it later"

    terminal.start("play", "4")
    assert step_shown(terminal.wait_for("You left the script")) == further > left_at
