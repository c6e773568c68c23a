"""Runs `ktwviz` as a program of its own, as a user does."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code, data, talk."""

    code: int
    out: str
    err: str


def ktwviz(*arguments: str) -> Outcome:
    """Run the program without a terminal; return what it said."""
    command = [sys.executable, "-m", "ktwviz", *arguments]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
