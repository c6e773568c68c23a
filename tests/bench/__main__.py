"""`make bench`: how fast the machine steps and the screen draws, and the checker beside Spin and Harmony.

With words, only a part: `python -m tests.bench walk`, `start`, `screen`, `paint`, `lessons`, `table 5` (rounds).
"""

import statistics
import sys
import time

from tests.bench import lessons, paint, peers, screen, start, walk
from tests.bench.peers import Checker, Job, Outcome

ROUNDS = 5
COLUMNS = ("ours", "Harmony", "Spin -O0", "Spin -O2")
JOBS = (
    *(Job(name, variant) for name in ("S1", "S2") for variant in ("bug", "ok")),
    *(Job("S3", "bug", producers) for producers in (1, 2, 3, 4, 5)),
    *(Job("S3", "ok", producers) for producers in (1, 2, 3, 4, 5, 6)),
)
LARGEST = Job("S3", "ok", 7)


def checkers(job: Job) -> dict[str, Checker | None]:
    """Return who goes through a job: the first counterexample of what is broken, everything of what is not."""
    first = ("first",) if job.variant == "bug" else ()
    words = (*first, "symmetry") if job == LARGEST else first
    return dict(
        zip(COLUMNS, (peers.ours(*words), peers.harmony(), peers.spin("-O0"), peers.spin("-O2")), strict=True)
    )


def measure(job: Job, rounds: int) -> dict[str, tuple[float, Outcome]]:
    """Return the median time of each checker and what it said; they take turns, so that noise meets all."""
    times: dict[str, list[float]] = {}
    said: dict[str, Outcome] = {}
    for _ in range(rounds):
        for name, checker in checkers(job).items():
            if checker is None:
                continue
            start = time.perf_counter()
            said[name] = peers.run(checker, job)
            times.setdefault(name, []).append(time.perf_counter() - start)
    for name, outcome in said.items():
        if outcome.broken is not (job.variant == "bug"):
            raise SystemExit(f"{name} gives the wrong verdict on {job}")
    return {name: (statistics.median(each), said[name]) for name, each in times.items()}


def row(job: Job, measured: dict[str, tuple[float, Outcome]]) -> str:
    """Return one line of the table."""
    cells = [f"{job}{' symmetry' if job == LARGEST else ''}"]
    own = measured["ours"][0]
    for name in COLUMNS:
        if name not in measured:
            cells.append("not installed")
            continue
        seconds, outcome = measured[name]
        states = f" {outcome.states:,}" if outcome.states and job.variant == "ok" else ""
        cells.append(
            f"{seconds:.2f}{states}" if name == "ours" else f"{seconds:.2f} ({seconds / own:.1f}){states}"
        )
    return f"| {' | '.join(cells)} |"


def print_table(rounds: int) -> None:
    """Print a Markdown table, line by line as it is measured."""
    print(f"whole process, seconds, median of {rounds}; in brackets the ratio to ours; then the states")
    for name, checker in checkers(LARGEST).items():
        if checker is None:
            print(f"{name} is not installed: only the others are measured")
    print(f"| scenario | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for job in (*JOBS, LARGEST):
        print(row(job, measure(job, rounds)), flush=True)


def print_walk() -> None:
    """Print how fast the machine steps."""
    print(f"machine: depth-first walk, Python {sys.version.split()[0]}, median of {walk.RUNS}")
    for name, value in walk.rows():
        print(f"  {name:<28}{value}")


PARTS = ("walk", "start", "screen", "paint", "lessons", "table")


def main(words: list[str]) -> None:
    """Print what was asked for, everything without words."""
    asked = set(words) & set(PARTS) or set(PARTS)
    if "walk" in asked:
        print_walk()
    if "start" in asked:
        start.main()
    if "screen" in asked:
        screen.main()
    if "paint" in asked:
        paint.main()
    if "lessons" in asked:
        lessons.main()
    if "table" in asked:
        print_table(next((int(word) for word in words if word.isdigit()), ROUNDS))


if __name__ == "__main__":
    main(sys.argv[1:])
