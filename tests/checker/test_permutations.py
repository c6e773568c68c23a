"""The order in which contexts and CPUs are declared changes no verdict, no count and no length."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from ktwviz.checker.verdicts import Claim, check
from ktwviz.machine.build import Scene, build_machine
from ktwviz.machine.machine import Machine
from tests.checker.programs import NUMBER, WORD, Program, programs, source
from tests.conftest import IN_CI
from tests.machine.helpers import build, question, scene

MANY = 200 if IN_CI else 40
MOST_STATES = 20_000

Figures = tuple[int, int, int, dict[str, tuple[str, int | None]]]


def figures(machine: Machine, *wanted: str) -> Figures:
    """Return what must stay: states, transitions, ends, and for every property the verdict and its number of steps."""
    claims = [claim for text in wanted for claim in claims_on(machine, text)]
    report = check(machine, claims, most_states=MOST_STATES)
    verdicts: dict[str, tuple[str, int | None]] = {
        verdict.property: (verdict.kind, None if verdict.keys is None else len(verdict.keys))
        for verdict in report.verdicts
    }
    graph = report.graph
    return len(graph.states), graph.transitions, len(graph.ends), verdicts


def claims_on(machine: Machine, text: str) -> list[Claim]:
    asked = question(machine, text)
    return [
        Claim(f"never {text}", "always", lambda state: not asked(state)),
        Claim(f"some time {text}", "sometimes", lambda state: bool(asked(state))),
        Claim(f"in the end {text}", "at_end", lambda state: bool(asked(state))),
    ]


def same(variants: Sequence[Machine], *wanted: str) -> Figures:
    """Return the figures of the first machine, which all the others must have too."""
    first, *others = [figures(machine, *wanted) for machine in variants]
    if first[0] > MOST_STATES:
        reject()  # a search that was broken off stops at different places
    for other in others:
        assert other == first
    return first


def machine_of(program: Program) -> Machine:
    return build(source(program), memory=program.memory)


@settings(max_examples=MANY, suppress_health_check=list(HealthCheck))
@given(program=programs(), wanted=st.dictionaries(WORD, NUMBER, min_size=1), data=st.data())
def test_random_programs_keep_their_figures_whatever_the_order(
    program: Program, wanted: dict[str, int], data: st.DataObject
) -> None:
    order = tuple(data.draw(st.permutations(program.actors)))
    swapped = tuple(replace(actor, cpu=1 - actor.cpu) for actor in order)
    variants = [program, replace(program, actors=order), replace(program, actors=swapped)]
    text = " and ".join(f"shared.{name} == {value}" for name, value in wanted.items())
    same([machine_of(variant) for variant in variants], text)


# The worker code ----------------------------------------------------------------------------------------------------

WORKER = """
class Log(Struct):
    runs: int
log = Log()
worker = KthreadWorker()
KTHREAD_WORKER_INIT(worker)
work = KthreadWork()
KTHREAD_WORK_INIT(work, count)
dwork = DelayedKthreadWork()
DELAYED_KTHREAD_WORK_INIT(dwork, count)

def count(w):
    log.runs += 1
"""
QUEUERS = f"""{WORKER}
@task(cpu=0)
def client():
    queue_kthread_work(worker, work)

@task(cpu=1)
def second():
    queue_kthread_work(worker, work)

@task(cpu=2)
def kworker():
    kthread_worker_fn(worker)
"""
DELAYED = f"""{WORKER}
@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 1)

@task(cpu=1)
def second():
    queue_kthread_work(worker, dwork.work)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


@cache
def figures_as_declared(text: str, *wanted: str) -> Figures:
    """Return the figures of the scenario as it stands, with which all its variants are compared."""
    found = figures(build_machine(scene(text, cpus=3)), *wanted)
    assert found[0] <= MOST_STATES
    return found


def on_cpus(made: Scene, places: Sequence[int]) -> Scene:
    """Move every context to another CPU: those of CPU n to CPU places[n]."""
    made.tasks = [replace(task, cpu=places[task.cpu]) for task in made.tasks]
    return made


@pytest.mark.parametrize("places", list(permutations(range(3))))
def test_queuers_and_worker_keep_their_figures_on_other_cpus(places: tuple[int, ...]) -> None:
    wanted = ("log.runs == 0", "log.runs == 2")
    moved = build_machine(on_cpus(scene(QUEUERS, cpus=3), places))
    states, _, _, verdicts = found = figures(moved, *wanted)
    assert found == figures_as_declared(QUEUERS, *wanted)
    assert states > 500
    assert verdicts["some time log.runs == 2"] == ("holds", None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("text", [QUEUERS, DELAYED], ids=["queued", "delayed"])
def test_the_worker_code_keeps_its_figures_in_any_order_of_tasks(text: str, order: tuple[int, ...]) -> None:
    wanted = ("log.runs == 0", "log.runs == 2", "list_empty(worker.work_list)")
    made = scene(text, cpus=3)
    made.tasks = [made.tasks[place] for place in order]
    assert figures(build_machine(made), *wanted) == figures_as_declared(text, *wanted)


def test_the_order_of_the_softirqs_changes_nothing() -> None:
    variants = []
    for back in (False, True):
        made = scene(DELAYED)
        made.interrupts = made.interrupts[::-1] if back else made.interrupts
        variants.append(build_machine(made))
    same(variants, "log.runs == 0", "log.runs == 2")
