"""The main job in a real terminal: walk the fourth lesson to the broken list and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal


@pytest.fixture
def terminal(tmux: str, tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal of 80x24 with progress of its own."""
    opened = Terminal(tmux, tmp_path)
    yield opened
    opened.stop()


def press_until(terminal: Terminal, key: str, text: str, most: int = 60) -> None:
    """Press a key again and again until the screen shows `text`, waiting each time for the step to change."""
    for _ in range(most):
        before = terminal.screen()
        if text in before:
            return
        terminal.press(key)
        for _ in range(100):
            if terminal.screen() != before:
                break
    terminal.wait_for(text)


def test_a_person_walks_the_fourth_lesson_to_the_broken_list_and_back(terminal: Terminal) -> None:
    terminal.start()
    terminal.wait_for("Neither pending nor queued")
    terminal.press("Down", "Down", "Down", "Enter")
    terminal.wait_for("04 Neither pending nor queued")

    press_until(terminal, "Space", "a-c Choose")
    terminal.press("c", "Enter")
    terminal.wait_for("Right")
    press_until(terminal, "Space", "try_lock_kthread_work()")

    press_until(terminal, "2", "second has finished")
    press_until(terminal, "4", "list broken")
    broken = terminal.wait_for("✗ list broken")
    assert "worker.work_list" in broken

    terminal.press("Left")
    press_until(terminal, "Left", "work_list  head", most=30)
    terminal.press("q")
    terminal.wait_for("lessons")
    terminal.press("q")
    terminal.wait_for("exit code 0")
    terminal.stop()

    terminal.start()
    terminal.wait_for("Neither pending nor queued")
    terminal.press("Enter")
    resumed = terminal.wait_for("04 Neither pending nor queued   step")
    assert "step 0" not in resumed
