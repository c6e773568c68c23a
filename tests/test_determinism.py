"""The same scenario gives the same states in the same order in every process, whatever Python's hash seed is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = """
import hashlib
from ktwviz.kernel.paint import picture
from ktwviz.machine.describe import describe
from tests.kernel.test_races import KWORKER, OBJECTS, TIMER_AND_QUEUE
from tests.machine.helpers import build, explore

machine = build(OBJECTS + KWORKER + TIMER_AND_QUEUE)
found = explore(machine)
dump = hashlib.sha256()
for number, state in enumerate(found.states):
    dump.update(repr([str(value) for value in state]).encode())
    for outcome, following in machine.successors(state):
        written = [(index, str(value)) for index, value in outcome.writes]
        dump.update(f"{outcome.choice} {written} {outcome.events}".encode())
    if number % 50 == 0:
        dump.update(repr(picture(machine, state)).encode())
        dump.update(repr(machine.choices(state)).encode())
        dump.update(repr([describe(machine, state, step) for step, _ in machine.successors(state)]).encode())
print(len(found.states), len(found.events), dump.hexdigest())
"""


def dump(seed: str, script: str = SCRIPT) -> str:
    """Return what a process of its own prints under a hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_separate_processes_with_other_hash_seeds_explore_the_same_states_in_the_same_order() -> None:
    first = dump("0")
    assert int(first.split()[0]) > 1000
    assert dump("1") == first
    assert dump("2") == first


def test_a_dump_that_depends_on_the_hash_seed_would_be_noticed() -> None:
    script = (
        "print([name for name in {'spin_lock', 'spin_unlock', 'schedule', 'list_add', 'kfree', 'complete'}])"
    )
    assert len({dump(seed, script) for seed in "012"}) > 1


@pytest.mark.parametrize("package", ["machine", "kernel"])
def test_nothing_looks_at_addresses_or_hashes(package: str) -> None:
    for file in sorted((ROOT / "ktwviz" / package).glob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert " id(" not in text and "(id(" not in text, file
        assert " hash(" not in text and "(hash(" not in text, file
