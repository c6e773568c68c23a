"""The other checkers: Spin and Harmony, each with its own model of S1, S2 and S3, timed from nothing to the verdict."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

MODELS = Path(__file__).parent / "models"
_DEEPEST = "-m1000000"


@dataclass(frozen=True)
class Job:
    """One scenario to go through: S1, S2 or S3, "bug" or "ok", and for S3 how many producers."""

    name: str
    variant: str
    producers: int = 1

    def __str__(self) -> str:
        return f"{self.name} {self.variant}" + (f" N={self.producers}" if self.name == "S3" else "")


@dataclass(frozen=True)
class Outcome:
    """What a checker said: whether it found something broken, and how many states it kept (0: it does not tell)."""

    broken: bool
    states: int = 0


Checker = Callable[[Job, Path], Outcome]
"""Runs a job in an empty folder; raises CalledProcessError where the tool fails."""


def ours(*words: str) -> Checker:
    """Return ktwviz itself, in a process of its own; `words` are those of `tests.bench.one`."""

    def check(job: Job, folder: Path) -> Outcome:
        command = [sys.executable, "-m", "tests.bench.one", job.name, job.variant, str(job.producers), *words]
        verdict, states, *_ = _output(command, MODELS.parents[2]).split()
        return Outcome(verdict == "broken", int(states))

    return check


def spin(optimisation: str) -> Checker | None:
    """Return Spin, compiled with -O0 or -O2; None where spin or gcc is not installed.

    -o2 of spin keeps variables in the state that are only written, as ours are: the states are the same then.
    """
    if not shutil.which("spin") or not shutil.which("gcc"):
        return None

    def check(job: Job, folder: Path) -> Outcome:
        defines = [f"-DN={job.producers}", *(["-DBUG"] if job.variant == "bug" else [])]
        model = shutil.copy(MODELS / f"{job.name.lower()}.pml", folder)
        _output(["spin", "-o2", "-a", *defines, Path(model).name], folder)
        _output(["gcc", "-w", optimisation, "-DSAFETY", "-o", "pan", "pan.c"], folder)
        text = _output(["./pan", _DEEPEST], folder)
        states = re.search(r"(\d+) states, stored", text)
        errors = re.search(r"errors: (\d+)", text)
        assert states and errors, text
        return Outcome(errors[1] != "0", int(states[1]))

    return check


def harmony() -> Checker | None:
    """Return Harmony; None where it is not installed. HARMONY may name the command."""
    command = shutil.which(os.environ.get("HARMONY", "harmony"))
    if command is None:
        return None

    def check(job: Job, folder: Path) -> Outcome:
        model = shutil.copy(MODELS / f"{job.name.lower()}.hny", folder)
        constants = ["-c", f"BUG={job.variant == 'bug'}"]
        if job.name == "S3":
            constants += ["-c", f"N={job.producers}"]
        text = _output([command, "--noweb", *constants, Path(model).name], folder)
        states = re.search(r"(\d+) states \(", text)
        return Outcome("No issues found" not in text, int(states[1]) if states else 0)

    return check


def _output(command: list[str], folder: Path) -> str:
    """Run a command in a folder and return what it prints; Spin's checker tells of an error in its text alone."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode and command[0] == sys.executable:
        sys.stderr.write(done.stderr)
        done.check_returncode()
    return done.stdout


def run(checker: Checker, job: Job) -> Outcome:
    """Run a job in a folder of its own."""
    with TemporaryDirectory() as folder:
        return checker(job, Path(folder))
