"""Two machines step in two threads at once, and neither meets the other's step."""

import threading
from concurrent.futures import ThreadPoolExecutor

from ktwviz.checker.explore import Graph, explore
from ktwviz.machine.run import Run, current, running
from tests.bench.scenario import bench_machine


def test_each_thread_has_a_step_in_hand_of_its_own() -> None:
    mine, theirs = Run((), None, None), Run((), None, None)
    both = threading.Barrier(2, timeout=10)

    def hold(run: Run) -> Run:
        with running(run):
            both.wait()  # the other thread has its step in hand as well
            found = current()
            both.wait()
        return found

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hold, [mine, theirs])) == [mine, theirs]


def test_a_search_beside_another_finds_what_it_finds_alone() -> None:
    def count(_: int) -> tuple[int, int, list[int]]:
        graph: Graph = explore(bench_machine(), most_states=4000)
        return len(graph.states), graph.transitions, graph.ends

    with ThreadPoolExecutor(3) as pool:
        assert set(map(str, pool.map(count, range(3)))) == {str(count(0))}
