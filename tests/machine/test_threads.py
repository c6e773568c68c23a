"""Two machines step in two threads at once, and neither meets the other's step."""

import gc
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ktwviz.checker.explore import Graph, explore
from ktwviz.machine.run import Run, current, running
from ktwviz.machine.syntax import parse, parse_expression
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


class Circle:
    """Garbage that a collector finds, and that runs code when it goes: another thread may come in then."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def much_garbage() -> Iterator[None]:
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(20)
    sys.setswitchinterval(1e-6)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


def test_two_threads_make_syntax_trees_at_once(much_garbage: None) -> None:
    text = "def f():\n" + "    x = (1 + (2 * (3 - a[b](c, d))))\n" * 40

    def work(_: int) -> None:
        for _ in range(60):
            Circle()
            assert len(parse(text).body) == 1
            assert parse_expression("a + b").body is not None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
