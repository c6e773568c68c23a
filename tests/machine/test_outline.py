"""What the text of a stepped function says, whatever its names mean."""

import ast

import pytest

from ktwviz.machine.outline import Outline, outline_of


def outline(text: str) -> Outline:
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return outline_of(tree)


def test_locals_are_what_is_assigned_and_what_is_passed() -> None:
    found = outline("@task(cpu=n)\ndef f(x: T) -> R:\n    y = g(x)\n    y.z = y\n    return h(y)")
    assert found.own == {"x", "y"}
    assert found.names == {"task", "n", "T", "R", "x", "y", "g", "h"}


def test_a_name_is_called_or_only_mentioned() -> None:
    found = outline("def f(x):\n    g(h)\n    x.func = g")
    assert found.mentions == (("g", 2, True), ("g", 3, False), ("h", 2, False))


def test_a_call_of_a_local_or_of_a_field_goes_through_a_pointer() -> None:
    assert outline("def f(x):\n    g()\n    x()\n    x.func(h())").called == ("g", "", "", "h")


def test_a_decorator_calls_nothing() -> None:
    found = outline("@task(cpu=0)\ndef f():\n    pass")
    assert not found.called
    assert found.names == {"task"}


def test_an_allocation_has_a_name_where_it_is_given_one() -> None:
    text = "def f():\n    a = kzalloc(T)\n    b: U = on_stack(U)\n    g(kzalloc(V))\n    kzalloc(a.b)"
    assert outline(text).allocations == (("a", "kzalloc", "T"), ("b", "on_stack", "U"), ("", "kzalloc", "V"))


def test_fields_that_are_only_stored_into_are_not_read() -> None:
    assert outline("def f(x):\n    x.a = x.b.c").read == {"b", "c"}


def test_a_field_that_grows_is_read_as_well() -> None:
    assert outline("def f(x):\n    x.a.b += x.c").read == {"a", "b", "c"}
    assert uses("x.a += 1") == (("", "a", True),)


def uses(line: str) -> object:
    (piece,), _ = outline(f"def f(x):\n    {line}").body
    return piece[0]


def test_a_use_is_a_name_with_the_field_that_is_taken_of_it() -> None:
    assert uses("current.state = 1") == (("current", "state", True),)
    assert uses("g(worker.lock)") == (("g", "", False), ("worker", "lock", False))
    assert uses("x.state = worker") == (("", "state", True), ("worker", "", False))
    assert uses("worker.list.next = 0") == (("", "next", True), ("worker", "list", False))


def test_a_choice_has_its_test_and_both_ways() -> None:
    found = outline(
        "def f(x):\n    if not BASE.moved:\n        return\n    elif LATE:\n        g()\n    else:\n        h()"
    )
    (choice,), leaves = found.body
    used, test, body, orelse = choice
    assert (used, test, leaves) == ((("BASE", "moved", False),), ("BASE", "moved", True), False)
    assert body == ((((), None, ((), False), ((), False)),), True)
    (inner,), _ = orelse
    assert inner[1] == ("LATE", "", False)
    assert [block[0][0][0] for block in inner[2:]] == [(("g", "", False),), (("h", "", False),)]


def test_a_test_of_a_local_may_go_either_way() -> None:
    for tested in ("x", "x.a", "g()", "a.b.c", "a and b", "a == 1"):
        ((_, test, _, _),), _ = outline(f"def f(x):\n    if {tested}:\n        g()").body
        assert test is None, tested


@pytest.mark.parametrize(
    ("last", "leaves"),
    [("return", True), ("break", True), ("continue", True), ("pass", False), ("x.a = 1", False)],
)
def test_a_block_says_whether_its_last_statement_leaves_it(last: str, leaves: bool) -> None:
    ((_, _, body, _),), _ = outline(f"def f(x):\n    while True:\n        g()\n        {last}").body
    assert body[1] is leaves


def test_a_loop_has_one_block_and_no_test_that_chooses() -> None:
    ((used, test, body, orelse),), _ = outline("def f(x):\n    while on:\n        break").body
    assert (used, test, body[1], orelse) == ((("on", "", False),), None, True, ((), False))
