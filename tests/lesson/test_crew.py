"""Processes that work out cells: they say what one process says, end when asked to, and their death is no verdict."""

import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from ktwviz.lesson.crew import work_on, work_out
from ktwviz.lesson.matrix import Task, cell
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.verify import check_lesson, not_checked
from ktwviz.values import replace
from tests.cli.program import ROOT

SMALL = find_lesson("the-store-that-waited")
LARGE = find_lesson("one-flag-two-cancellers")
TASKS: list[Task] = [(SMALL, "v4"), (SMALL, "merged"), (SMALL, SMALL.rules[0].name)]


def test_two_processes_say_what_one_says() -> None:
    found = {task[1]: cell for task, cell in work_out(TASKS, jobs=2)}
    assert found == {variant: cell(lesson, variant) for lesson, variant in TASKS}


def test_it_ends_at_once_when_it_is_not_wanted_any_more() -> None:
    start = time.monotonic()
    assert list(work_out([(LARGE, "v4")] * 4, 2, wanted=lambda: time.monotonic() < start + 0.3)) == []
    assert time.monotonic() - start < 4


def test_a_process_that_dies_leaves_its_cell_undetermined_and_the_others_are_worked_out() -> None:
    before = set(active_children())
    killed: list[object] = []

    def kill_the_first() -> bool:
        for process in set(active_children()) - before:
            if not killed:
                process.kill()
                killed.append(process)
        return True

    tasks: list[Task] = [(LARGE, "v4"), *TASKS[:2]]
    found = [cell for _, cell in work_out(tasks, jobs=1, wanted=kill_the_first)]
    assert found[0].kind == "undetermined" and "has died (-9)" in found[0].how
    assert [cell.kind for cell in found[1:]] == ["holds", "holds"]


def test_what_fails_in_a_process_is_undetermined_and_says_why() -> None:
    (_, found), *_ = work_out([(SMALL, "no-such-rule")], jobs=1)
    assert found.kind == "undetermined"
    assert "no rule 'no-such-rule'" in found.how


def test_lessons_are_checked_as_one_process_checks_them_and_a_failure_is_told() -> None:
    broken = replace(SMALL, kernel="no-such-kernel")
    found = {
        lesson.kernel: checked for lesson, checked in work_on(check_lesson, not_checked, [SMALL, broken], 2)
    }
    assert found["v4"] == check_lesson(SMALL)
    told = found["no-such-kernel"]
    assert told.undetermined and told.notes[0].startswith(
        "undetermined: it could not be worked out: KeyError"
    )


HIRE_THE_FIRST = """
import signal
from pathlib import Path
from ktwviz.lesson import crew

if __name__ == "__main__":
    ours, process = crew._hire(print, print)
    blocked = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "SigBlk" in line)
    print(bool(int(blocked.split()[1], 16) >> (signal.SIGINT - 1) & 1))
    ours.close()
    process.join()
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc tells which signals are blocked")
def test_the_first_process_too_never_gets_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "hire.py"
    script.write_text(HIRE_THE_FIRST)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True\n"
