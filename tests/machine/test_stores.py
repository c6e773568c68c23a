"""A word holds values of its type alone: what code stores elsewhere is an oops, never an error of the tool."""

import pytest

from ktwviz.errors import KtwvizError
from tests.machine.helpers import Walk, build, explore, trace

OBJECTS = """
box = Counter()
worker = KthreadWorker()
dwork = DelayedKthreadWork()
@task(cpu=0)
def main():
"""


def walk(body: str) -> Walk:
    lines = "\n".join("    " + line for line in body.splitlines())
    return trace(f"{OBJECTS}{lines}\n")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("box.count = 'a'", "box.count is a number: a is none"),
        ("box.count = None", "box.count is a number: NULL is none"),
        ("box.count = worker", "box.count is a number: worker is none"),
        ("current.state = 'abc'", "main.state is a number: abc is none"),
        ("worker.work_list.next = box", "worker.work_list.next is a pointer to a ListHead: box is none"),
        ("worker.work_list.next = 5", "worker.work_list.next is a pointer to a ListHead: 5 is none"),
        ("worker.lock.owner = 5", "worker.lock.owner is a pointer to a Context: 5 is none"),
        ("worker.lock.owner = current", "worker.lock.owner is a pointer to a Context: main is none"),
        (
            "spin_lock(worker.lock)\nworker.lock.owner = worker.lock.owner",
            "worker.lock.owner is a pointer to a Context: ",
        ),
        ("dwork.timer.base = box", "dwork.timer.base is a pointer to a TvecBase: box is none"),
        ("dwork.timer.function = 5", "dwork.timer.function is a pointer to a function: 5 is none"),
        ("dwork.timer.entry.wheel = base0", "dwork.timer.entry.wheel belongs to the machine: "),
        ("cpu0.preempt_count = None", "cpu0.preempt_count belongs to the machine: no code stores into it"),
        ("cpu0.buffer = 7", "cpu0.buffer belongs to the machine: no code stores into it"),
        ("clock.jiffies = jiffies", "jiffies belongs to the machine: no code stores into it"),
        ("current.on_rq = 0", "main.on_rq belongs to the machine: no code stores into it"),
        ("set_current_state('x')", "wrong argument: set_current_state(x): main.state is a number"),
        ("internal_add_timer(box, dwork.timer)", "wrong argument: internal_add_timer(box, dwork.timer): "),
    ],
)
def test_a_value_of_another_type_is_an_oops(body: str, text: str) -> None:
    (oops,) = walk(body).events("oops")
    assert oops.startswith(text)


@pytest.mark.parametrize(
    "body",
    [
        "worker.lock.owner = None",
        "worker.work_list.next = None",
        "worker.work_list.next = container_of(worker.work_list, KthreadWork, 'node')",
        "dwork.timer.data = 5",
        "dwork.timer.function = main_fn",
        "worker.task = current",
        "box.count = box.count == 0",
    ],
)
def test_null_addresses_and_numbers_of_the_right_type_can_be_stored(body: str) -> None:
    lines = f"{OBJECTS}    {body}\ndef main_fn(data):\n    pass\n"
    assert trace(lines).events("oops") == []


def test_the_set_up_stores_by_the_same_rules() -> None:
    with pytest.raises(KtwvizError, match=r"worker\.lock\.owner is a pointer to a Context"):
        build(f"{OBJECTS}    box.count = 1\ndef spoil(w):\n    w.lock.owner = 5\nspoil(worker)\n")


@pytest.mark.parametrize(
    "body",
    [
        "complete(current.exited)",
        "init_completion(current.exited)",
        "current.exited.done = 3",
        "x = current.exited\nx.done = 3",
    ],
)
def test_a_task_may_write_to_a_struct_inside_its_own_task_struct(body: str) -> None:
    lines = "\n".join("    " + line for line in body.splitlines())
    machine = build(f"{OBJECTS}{lines}\n")
    assert explore(machine).texts("oops") == []
