from collections.abc import Callable
from itertools import pairwise

import pytest

from ktwviz.checker.explore import explore
from ktwviz.checker.symmetry.orbits import Symmetry
from ktwviz.checker.symmetry.reduced import Reduced
from ktwviz.machine.build import TaskSpec, build_machine
from ktwviz.machine.machine import Machine, State
from tests.bench.scenarios import build
from tests.machine.helpers import scene

QUEUE = """
worker = KthreadWorker()
work1 = KthreadWork()
work2 = KthreadWork()
KTHREAD_WORKER_INIT(worker)
KTHREAD_WORK_INIT(work1, nothing)
KTHREAD_WORK_INIT(work2, nothing)

def nothing(work):
    pass

def queuer(work):
    queue_kthread_work(worker, work)

@task(cpu=2)
def kworker():
    kthread_worker_fn(worker)
"""

FLAGS = """
class Box(Struct):
    full: int
    left: int

box1 = Box()
box2 = Box()
common = Box()

def filler(box):
    box.full = 1
    box.left = common.full
    common.full = common.full + 1
"""


def identical(
    source: str, entry: str, arguments: tuple[str, ...], cpus: tuple[int, ...], **more: str
) -> Machine:
    """Return the machine of a text with one task more for each argument, all of them running `entry`."""
    made = scene(source, cpus=3)
    made.memory = "tso" if more.get("memory") == "tso" else "sc"
    function = made.program.function(entry)
    made.tasks += [
        TaskSpec(f"{entry}{n}", cpu, function, (argument,))
        for n, (argument, cpu) in enumerate(zip(arguments, cpus, strict=True), 1)
    ]
    return build_machine(made)


def one_cpu() -> Machine:
    return identical(QUEUE, "queuer", ("work1", "work2"), (0, 0))


def two_cpus() -> Machine:
    return identical(QUEUE, "queuer", ("work1", "work2"), (0, 1))


def store_buffers() -> Machine:
    return identical(FLAGS, "filler", ("box1", "box2"), (0, 1), memory="tso")


def three_producers() -> Machine:
    return build("S3", "bug", 3).machine


MACHINES = (one_cpu, two_cpus, store_buffers, three_producers)


@pytest.mark.parametrize("made", MACHINES)
def test_orbits_of_the_reduced_states_are_the_unreduced_ones_and_add_up(made: Callable[[], Machine]) -> None:
    machine = made()
    reduced = Reduced(machine)
    orbits = [reduced.symmetry.orbit(state) for state in explore(reduced).states]
    everything = explore(machine).states
    assert set().union(*orbits) == set(everything)
    assert sum(map(len, set(map(frozenset, orbits)))) == len(everything)


@pytest.mark.parametrize("made", MACHINES)
def test_one_state_stands_for_each_orbit(made: Callable[[], Machine]) -> None:
    machine = made()
    reduced = Reduced(machine)
    canonical = reduced.symmetry.canonical
    standing = {canonical(state) for state in explore(machine).states}
    assert standing == set(map(canonical, explore(reduced).states))
    assert all(canonical(image) == state for state in standing for image in reduced.symmetry.orbit(state))


@pytest.mark.parametrize("made", MACHINES)
def test_exchanging_names_and_stepping_can_be_done_in_either_order(made: Callable[[], Machine]) -> None:
    machine = made()
    symmetry = Symmetry(machine)
    for state in explore(machine).states:
        for order in symmetry.orders():
            image = symmetry.image(state, order)
            renamed = {
                (symmetry.renamed_key(step.choice, order), symmetry.image(after, order))
                for step, after in machine.successors(state)
            }
            assert renamed == {(step.choice, after) for step, after in machine.successors(image)}


@pytest.mark.parametrize("producers", (2, 3, 4))
@pytest.mark.parametrize("variant", ("bug", "ok"))
def test_the_verdict_is_that_of_the_unreduced_search(variant: str, producers: int) -> None:
    scenario = build("S3", variant, producers)

    def broken(machine: Machine) -> bool:
        graph = explore(machine)
        return any(not scenario.ends_well(graph.states[end]) for end in graph.ends)

    assert broken(Reduced(scenario.machine)) is broken(scenario.machine) is (variant == "bug")


@pytest.mark.parametrize("made", MACHINES)
def test_every_schedule_through_representatives_runs_on_the_machine(made: Callable[[], Machine]) -> None:
    machine = made()
    reduced = Reduced(machine)
    graph = explore(reduced)
    for number, state in enumerate(graph.states):
        real = run(machine, reduced.real_keys(graph.schedule_to(number)))
        assert state in reduced.symmetry.orbit(real)


def test_the_shortest_counterexample_replays_and_is_as_short_as_without_symmetry() -> None:
    scenario = build("S3", "bug", 3)
    found = []
    for machine in (scenario.machine, Reduced(scenario.machine)):
        graph = explore(machine)
        end = next(end for end in graph.ends if not scenario.ends_well(graph.states[end]))
        keys = graph.schedule_to(end)
        found.append(machine.real_keys(keys) if isinstance(machine, Reduced) else keys)
    last = run(scenario.machine, found[1])
    assert not scenario.machine.successors(last) and not scenario.ends_well(last)
    assert len(found[0]) == len(found[1])


def test_tasks_that_code_calls_by_name_are_not_identical() -> None:
    source = QUEUE.replace("    pass", "    work1.func = nothing")
    assert Symmetry(identical(source, "queuer", ("work1", "work2"), (0, 1))).groups == ()


def test_tasks_with_different_beginnings_are_not_identical() -> None:
    source = FLAGS + "\ndef fill(box):\n    box.left = 3\n\nfill(box1)\n"
    assert Symmetry(identical(source, "filler", ("box1", "box2"), (0, 1))).groups == ()


def test_tasks_that_share_their_cpu_with_others_are_not_identical() -> None:
    machine = identical(QUEUE, "queuer", ("work1", "work2"), (0, 2))
    assert Symmetry(machine).groups == ()


def test_an_expression_that_names_one_of_them_must_not_be_asked() -> None:
    made = scene(
        FLAGS + "\ndef first():\n    return box1.full\n\ndef any():\n    return common.full\n", cpus=3
    )
    function = made.program.function("filler")
    made.tasks += [TaskSpec(f"filler{n}", n, function, (f"box{n}",)) for n in (1, 2)]
    symmetry = Symmetry(build_machine(made))
    assert [len(group) for group in symmetry.groups] == [2]
    assert symmetry.names_one(made.program.function("first"))
    assert not symmetry.names_one(made.program.function("any"))


def test_of_four_producers_few_states_are_left() -> None:
    machine = build("S3", "ok", 4).machine
    sizes = [len(explore(each).states) for each in (machine, Reduced(machine))]
    assert sizes == [5876, 354]


def run(machine: Machine, keys: tuple[str, ...]) -> State:
    """Return the state after a schedule; time counts from the last tick, as in a search."""
    state = machine.initial
    for key in keys:
        state = next(after for step, after in machine.successors(state) if step.choice == key)
    return state


def test_each_permutation_is_there_once_and_in_order() -> None:
    machine = build("S3", "ok", 3).machine
    orders = list(Symmetry(machine).orders())
    assert len(set(orders)) == 6 and all(a < b for a, b in pairwise(orders))
