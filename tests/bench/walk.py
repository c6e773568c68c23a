"""How fast the machine steps, as a ratio to a bare loop in the same run."""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from ktwviz.machine.machine import Machine, State
from tests.bench.scenario import bench_machine
from tests.bench.scenarios import build

RUNS = 7


def walk(machine: Machine) -> tuple[int, int]:
    """Visit every state depth first; return how many states and transitions there are."""
    seen = {machine.initial}
    waiting = [machine.initial]
    transitions = 0
    successors = machine.successors
    while waiting:
        for _, following in successors(waiting.pop()):
            transitions += 1
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return len(seen), transitions


def bare_loop(state: State, rounds: int) -> int:
    """Copy a list of the state's length, set one word, make a tuple, add it to a set: what no walk can do without."""
    seen: set[tuple[Any, ...]] = set()
    template = list(state)
    for number in range(rounds):
        new = template.copy()
        new[0] = number
        seen.add(tuple(new))
    return len(seen)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bytes_per_state(machine: Machine) -> float:
    """Return the bytes of a state in a visited set: the tuple and its share of the set's table."""
    size = sys.getsizeof(machine.initial)
    count = 100_000
    table = sys.getsizeof(set(range(count))) / count
    return size + table


def rows() -> list[tuple[str, str]]:
    """Return what was measured, name by name."""
    machine = bench_machine()
    cold = timed(lambda: walk(machine))
    states, transitions = walk(machine)
    walks, loops = [], []
    for _ in range(RUNS):
        walks.append(timed(lambda: walk(machine)))
        loops.append(timed(lambda: bare_loop(machine.initial, transitions)))
    ratio = statistics.median(loop / walked for loop, walked in zip(loops, walks, strict=True))
    rate = transitions / statistics.median(walks)
    sizes = {name: bytes_per_state(build(name, "ok", 7).machine) for name in ("S1", "S2", "S3")}
    return [
        ("states", f"{states:,}"),
        ("transitions", f"{transitions:,}"),
        ("first walk, cold", f"{cold * 1000:.0f} ms"),
        ("walk, median", f"{statistics.median(walks) * 1000:.0f} ms"),
        ("transitions/s", f"{rate / 1e6:.2f} million"),
        ("bare loop, median", f"{statistics.median(loops) * 1000:.0f} ms"),
        ("ratio to the bare loop", f"{ratio:.2f}   (at least 0.40)"),
        ("words in a state", f"{len(machine.initial)}"),
        ("bytes a state", f"{bytes_per_state(machine):.0f}   (at most 350)"),
        (
            "bytes a state, S1 S2 S3",
            " ".join(f"{size:.0f}" for size in sizes.values()) + "   (S3 with N = 7)",
        ),
    ]
