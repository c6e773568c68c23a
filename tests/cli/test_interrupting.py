"""Ctrl-C, as a terminal sends it: to every process of the command. All of them end, and what was found is printed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.cli.program import ROOT

ENDS_WITHIN = 3
"""Seconds; a second is wanted, and the machine of a test may be busy."""


def hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Job:
    """A command in a process group of its own, as a shell starts it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ktwviz", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
            # a suite that runs in the background of a shell is deaf to Ctrl-C, and its children would be
            preexec_fn=hear_ctrl_c,  # noqa: PLW1509  # no thread of the test holds a lock then
        )

    def children(self) -> int:
        """Return how many processes the group has beside the first."""
        return len(members(self.process.pid)) - 1

    def press_ctrl_c(self) -> tuple[int, str, str, float]:
        """Return the exit code, what was said, and in how many seconds it ended."""
        start = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        code = self.process.returncode
        # Where the interrupt came within code that Python executes from a string, such as the making of a named
        # tuple, `python -m` ends by the signal itself, though it was heeded. A shell calls both 130.
        return 130 if code == -signal.SIGINT else code, out, err, time.monotonic() - start


def members(group: int) -> list[int]:
    """Return the processes of a group, as `ps` knows them."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


@contextmanager
def job(*arguments: str) -> Iterator[Job]:
    started = Job(*arguments)
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGKILL)
        started.process.communicate()


def until(holds: object, seconds: float = 30) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def test_a_check_ends_at_once_prints_what_it_has_and_leaves_no_process() -> None:
    with job("check", "--jobs", "2") as running:
        assert running.process.stdout is not None
        first = running.process.stdout.readline()
        code, out, err, seconds = running.press_ctrl_c()
        assert first.startswith("ok           meet-the-worker "), (
            "the first line comes before the others are done"
        )
        assert (code, "Traceback" in err) == (130, False), err
        assert seconds < ENDS_WITHIN
        done = 1 + len(out.splitlines())
        assert err.splitlines()[-1] == f"interrupted after {done} of 37 lessons"
        until(lambda: not members(running.process.pid), seconds=2)


def test_a_check_in_one_process_ends_at_once_too() -> None:
    with job("check", "--jobs", "1", "1", "12", "20", "28") as running:
        assert running.process.stdout is not None
        running.process.stdout.readline()
        code, _, err, seconds = running.press_ctrl_c()
        assert (code, "Traceback" in err) == (130, False), err
        assert "of 4 lessons" in err and seconds < ENDS_WITHIN


def test_ctrl_c_while_the_processes_are_started_leaves_none_and_no_traceback() -> None:
    with job("check", "--jobs", "2") as running:
        until(lambda: running.children() > 1)
        code, _, err, seconds = running.press_ctrl_c()
        assert (code, "Traceback" in err) == (130, False), err
        assert seconds < ENDS_WITHIN
        until(lambda: not members(running.process.pid), seconds=2)


def test_the_matrix_ends_at_once_and_keeps_its_cells(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    with job("matrix", "--jobs", "2") as running:
        until(lambda: running.children() > 1)
        time.sleep(1)
        code, out, err, seconds = running.press_ctrl_c()
        assert (code, out, "Traceback" in err) == (130, "", False), err
        assert "interrupted after " in err and "kept" in err
        assert seconds < ENDS_WITHIN
        until(lambda: not members(running.process.pid), seconds=2)


def test_the_processes_end_with_the_one_that_asked_however_it_ends() -> None:
    with job("check", "--jobs", "2", "20", "28") as running:
        until(lambda: running.children() > 1)
        running.process.kill()
        running.process.wait()
        until(lambda: not members(running.process.pid), seconds=ENDS_WITHIN)
