"""What a line read, in words."""

import pytest

from ktwviz.lesson.reads import reads
from ktwviz.machine.history import Step


def step(access: str) -> Step:
    return Step("1", "client", 0, "f", "kthread.py", 1, access, (), ())


@pytest.mark.parametrize(
    ("access", "source", "said"),
    [
        ("load worker.flags -> 0", "if worker.flags:", ["worker.flags is 0"]),
        ("load w.work_list.next -> w.work_list", "if list_empty(w.work_list):", ["w.work_list is empty"]),
        ("load w.work_list.next -> x.node", "if list_empty(w.work_list):", ["w.work_list is not empty"]),
        ("load x.node.next -> x.node", "if list_empty(x.node):", ["x.node points to itself"]),
        ("load x.node.next -> w.work_list", "if list_empty(x.node):", ["x.node does not point to itself"]),
        ("load x.node.next -> x.node", "list_del_init(x.node)", ["x.node.next is x.node"]),
        ("store x.y: 0 -> 1", "x.y = 1", []),
    ],
)
def test_a_load_is_told_by_what_it_says_of_a_list_or_by_its_value(
    access: str, source: str, said: list[str]
) -> None:
    assert reads([step(access)], source) == said


def test_a_word_that_is_read_twice_is_told_once_with_its_last_value() -> None:
    assert reads([step("load a.b -> 0"), step("load a.b -> 1")], "") == ["a.b is 1"]
