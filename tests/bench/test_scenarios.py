import pytest

from ktwviz.checker.explore import explore
from tests.bench import peers
from tests.bench.one import run
from tests.bench.peers import Job
from tests.bench.scenario import bench_machine
from tests.bench.scenarios import build
from tests.bench.walk import bytes_per_state

STATES = {("S1", 1): 139, ("S2", 1): 296, ("S3", 1): 34, ("S3", 2): 186, ("S3", 3): 1034, ("S3", 4): 5876}
MONITOR = 3
"""Spin's model of S3 has a process more, which looks at the queue at the end: three states."""


@pytest.mark.parametrize(("name", "producers"), STATES)
def test_the_fixed_ones_hold_and_have_the_states_of_the_table(name: str, producers: int) -> None:
    verdict, states, _ = run(name, "ok", producers, first=False, symmetry=False)
    assert (verdict, states) == ("holds", STATES[name, producers])


@pytest.mark.parametrize(("name", "producers"), STATES)
@pytest.mark.parametrize("first", (True, False))
def test_the_bugs_are_found(name: str, producers: int, first: bool) -> None:
    assert run(name, "bug", producers, first=first, symmetry=False)[0] == "broken"


@pytest.mark.parametrize("variant", ("bug", "ok"))
def test_symmetry_gives_the_same_verdict(variant: str) -> None:
    verdicts = {run("S3", variant, 3, first=False, symmetry=symmetry)[0] for symmetry in (False, True)}
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    "job", [Job("S1", "ok"), Job("S2", "ok"), Job("S3", "ok", 3), Job("S3", "bug", 3)], ids=str
)
def test_spin_goes_through_the_same_states(job: Job) -> None:
    checker = peers.spin("-O0")
    if checker is None:
        pytest.skip("spin is not installed")
    outcome = peers.run(checker, job)
    assert outcome.broken is (job.variant == "bug")
    if not outcome.broken:
        states = len(explore(build(job.name, job.variant, job.producers).machine).states)
        assert outcome.states == states + (MONITOR if job.name == "S3" else 0)


def test_a_state_takes_at_most_350_bytes() -> None:
    machines = [bench_machine(), *(build(name, "ok", 7).machine for name in ("S1", "S2", "S3"))]
    assert max(map(bytes_per_state, machines)) <= 350
