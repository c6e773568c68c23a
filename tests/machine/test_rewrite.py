"""Stepped code makes the accesses that its text says, in the order in which C (and Python) would make them."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ktwviz.errors import SourceError
from ktwviz.machine.effects import LOAD, STORE
from tests.machine.helpers import Walk, build, trace
from tests.machine.test_lockstep import OBJECTS, Author

BOXES = """
class Inner(Struct):
    n: int
class Box(Struct):
    x: int
    y: int
    ok: bool
    next: object
    f: object
    inner: Embedded[Inner]
a = Box()
b = Box()
def set_x(box, value):
    box.x = value
def link(box, other):
    box.next = other
def give(box, fn):
    box.f = fn
"""


def main(body: str, helpers: str = "", **names: Any) -> Walk:
    """Run a task to its end; its body begins in line 3, and its helpers follow."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return trace(f"@task(cpu=0)\ndef main():\n{lines}\n{helpers}\n{BOXES}", **names)


def accesses(body: str, helpers: str = "") -> list[str]:
    return main(body, helpers).accesses("main")


# Short circuits, branches, loops ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "loads"),
    [
        ("a.x and b.y", ["a.x"]),
        ("a.ok and b.y", ["a.ok", "b.y"]),
        ("a.ok or b.y", ["a.ok"]),
        ("a.x or b.y", ["a.x", "b.y"]),
        ("not a.x and not b.y", ["a.x", "b.y"]),
        ("a.x and b.y or a.y", ["a.x", "a.y"]),
        ("a.ok and (b.y or a.y)", ["a.ok", "b.y", "a.y"]),
        ("a.x or b.y or a.y", ["a.x", "b.y", "a.y"]),
        ("(a.x if a.ok else b.y)", ["a.ok", "a.x"]),
        ("(a.x if b.y else a.y)", ["b.y", "a.y"]),
        ("a.x == b.y", ["a.x", "b.y"]),
        ("a.inner.n", ["a.inner.n"]),
        ("b.next.next.x", ["b.next", "a.next", "b.x"]),
    ],
)
def test_a_condition_loads_only_what_c_would_load(condition: str, loads: list[str]) -> None:
    walk = main(
        f"if {condition}:\n    pass", "a_ok(a)\nlink(a, b)\nlink(b, a)\ndef a_ok(box):\n    box.ok = True"
    )
    assert [access.removeprefix("load ").split(" -> ")[0] for access in walk.accesses("main")] == loads


def test_while_loads_its_condition_once_more_than_its_body_runs() -> None:
    assert accesses("while a.x < 2:\n    a.x = a.x + 1").count("load a.x -> 2") == 1
    assert accesses("while a.x < 2:\n    a.x = a.x + 1")[-1] == "load a.x -> 2"


def test_break_leaves_the_inner_loop_only() -> None:
    walk = main("""
while a.x < 2:
    a.x += 1
    while True:
        a.y += 1
        break
    b.x += 1
""")
    assert [walk.value(path) for path in ("a.x", "a.y", "b.x")] == [2, 2, 2]


def test_continue_tests_the_condition_again() -> None:
    walk = main("""
while a.x < 3:
    a.x += 1
    if a.x == 2:
        continue
    b.x += 1
""")
    assert (walk.value("a.x"), walk.value("b.x")) == (3, 2)


def test_while_true_ends_by_return() -> None:
    walk = main(
        "b.x = count(5)",
        "def count(to):\n    n = 0\n    while True:\n        n += 1\n        if n == to:\n            return n",
    )
    assert walk.value("b.x") == 5


def test_elif_stops_at_the_first_that_holds() -> None:
    found = accesses(
        "if a.x:\n    b.x = 1\nelif a.y == 0:\n    b.x = 2\nelif a.ok:\n    b.x = 3\nelse:\n    b.x = 4"
    )
    assert found == ["load a.x -> 0", "load a.y -> 0", "store b.x: 0 -> 2"]


# Assignments ------------------------------------------------------------------------------------------------------


def test_an_augmented_assignment_is_a_load_and_a_store() -> None:
    assert accesses("a.x += 2") == ["load a.x -> 0", "store a.x: 0 -> 2"]


def test_two_augmented_assignments_can_lose_an_update() -> None:
    walk = Walk(
        build(f"{BOXES}\n@task(cpu=0)\ndef one():\n    a.x += 1\n@task(cpu=1)\ndef two():\n    a.x += 1\n")
    )
    walk.step("one")
    walk.finish("two")
    walk.finish("one")
    assert walk.value("a.x") == 1


def test_an_augmented_assignment_through_a_pointer_loads_the_pointer_once() -> None:
    assert accesses("a.next.x += 2", "link(a, b)") == [
        "load a.next -> b",
        "load b.x -> 0",
        "store b.x: 0 -> 2",
    ]


def test_the_value_is_worked_out_before_the_place() -> None:
    assert accesses("a.next.x = b.y", "link(a, b)") == ["load b.y -> 0", "load a.next -> b", "store b.x = 0"]


def test_arguments_are_worked_out_from_left_to_right_and_after_the_callee() -> None:
    helpers = "give(a, add)\ndef add(one, two):\n    return one + two"
    assert accesses("b.x = a.f(a.x, a.y)", helpers)[:3] == [
        "load a.f -> add",
        "load a.x -> 0",
        "load a.y -> 0",
    ]


def test_locals_cost_no_step() -> None:
    assert accesses("n = 1\nm = n * 4 - 1\nn += m\nb.x = n") == ["store b.x: 0 -> 4"]


def test_an_annotated_local_is_a_local() -> None:
    assert accesses("n: int = 3\nm: int\nb.x = n") == ["store b.x: 0 -> 3"]


def test_embedded_structs_are_addresses_and_cost_no_step() -> None:
    assert accesses("place = a.inner\nplace.n = 2") == ["store a.inner.n: 0 -> 2"]


def test_a_truth_value_is_stored_as_a_number() -> None:
    walk = main("a.x = b.y == 0\na.ok = True")
    assert (walk.value("a.x").__class__, walk.value("a.ok").__class__) == (int, int)


def test_is_compares_as_equals_does() -> None:
    walk = main("a.x = 100000\nif a.x is 100000 and a.next is None and a.f is not 3:\n    b.x = 1")
    assert walk.value("b.x") == 1


# Calls ------------------------------------------------------------------------------------------------------------


def test_nested_calls_return_their_values() -> None:
    helpers = "def inc(n):\n    return n + 1\ndef twice(n):\n    return inc(inc(n))"
    assert main("a.x = twice(twice(3))", helpers).value("a.x") == 7


def test_a_function_without_return_gives_null() -> None:
    assert main("if nothing() is None:\n    a.x = 1", "def nothing():\n    a.y = 1").value("a.x") == 1


def test_a_task_without_any_access_is_done_at_once() -> None:
    walk = Walk(build(f"{BOXES}\n@task(cpu=0)\ndef main():\n    n = 1\n"))
    assert walk.status("main") == "done"


def test_a_line_is_told_for_every_step() -> None:
    walk = main("a.x = 1\nif a.x:\n    f()\n", "def f():\n    b.x = 1\n    b.y = 2")
    assert [(step.function, step.line) for step in walk.steps] == [
        ("main", 3),
        ("main", 4),
        ("f", 7),
        ("f", 8),
    ]


@pytest.mark.parametrize(
    ("functions", "names", "line"),
    [
        ("def f():\n    a.x = 1\n    f()", "f -> f", 6),
        ("def f():\n    g()\ndef g():\n    f()", "f -> g -> f", 7),
        ("def f():\n    g()\ndef g():\n    h()\ndef h():\n    g()", "g -> h -> g", 9),
        ("def f():\n    a.f = g\n    g()\ndef g():\n    f()", "f -> g -> f", 8),
    ],
)
def test_recursion_is_refused_with_its_place(functions: str, names: str, line: int) -> None:
    with pytest.raises(SourceError) as refused:
        main("f()", functions)
    assert str(refused.value) == f"case.py:{line}: recursion ({names}): stepped code needs a loop instead"


def test_recursion_of_a_function_that_is_only_pointed_to_is_refused_too() -> None:
    with pytest.raises(SourceError, match=r"case\.py:6: recursion \(f -> f\)"):
        main("a.f = f", "def f():\n    a.x = 1\n    f()")


def test_recursion_through_a_pointer_overflows_the_stack() -> None:
    walk = main("a.f = f\nf()", "def f():\n    a.f()")
    assert walk.events("oops") == ["kernel stack overflow: 41 nested calls at case.py:6 f(): a.f()"]


def test_recursion_through_a_local_overflows_the_stack() -> None:
    walk = main("f(f)", "def f(g):\n    g(g)")
    assert walk.events("oops") == ["kernel stack overflow: calls nested without end at case.py:5 f(): g(g)"]


UNFOLLOWED = "more than 50,000 statements without an access to memory are not followed"


def beyond(body: str, helpers: str = "") -> str:
    walk = main(body, helpers)
    assert walk.status("main") == "dead"
    (text,) = walk.events("limit")
    return text


# What C leaves undefined ------------------------------------------------------------------------------------------


def oops(body: str, helpers: str = "") -> str:
    walk = main(body, helpers)
    assert walk.status("main") == "dead"
    (text,) = walk.events("oops")
    return text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("if a.x:\n    n = 1\nb.x = n", "a local variable is used before it was given a value at case.py:5"),
        ("n += 1", "a local variable is used before it was given a value at case.py:3"),
        ("n = 1 // a.x", "divide error: division by zero at case.py:3"),
        ("n = 1 % a.x", "divide error: division by zero at case.py:3"),
        ("n = 1\nwhile True:\n    n = n * 7", "arithmetic overflow: a word has 64 bits at case.py:5"),
        ("n = 1 << 63 << 63", "arithmetic overflow: a word has 64 bits at case.py:3"),
        ("n = a.next + 1", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = a + 1", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = a.next < 1", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = -a.next", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = 'x' + 'y'", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = 'x' * 3", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("n = 'x %d' % 3", "arithmetic on something that is no number, such as NULL at case.py:3"),
        ("a.next.x = 1", "NULL pointer dereference: store of .x at case.py:3"),
        ("n = a.next.y", "NULL pointer dereference: load of .y at case.py:3"),
        ("n = a.next.next.y", "NULL pointer dereference: load of .next at case.py:3"),
        ("n = 0\nm = n.x", "NULL pointer dereference: load of .x at case.py:4"),
        ("n = 5\nm = n.x", "5 is no pointer: load of .x at case.py:4"),
        ("n = 'x'\nm = n.upper", "x is no pointer: load of .upper at case.py:4"),
        ("n = a.z", "Box has no field 'z' at case.py:3"),
        ("a.inner = b", "a.inner is a struct: assign its fields one by one at case.py:3"),
        ("n = container_of(a, Box, 'inner')\nn.x = 1", "wild pointer: store of .x through container_of(a, Box, inner)"),
        ("a.f()", "call of a NULL pointer at case.py:3"),
        ("a.x()", "call of 0, which is no function at case.py:3"),
        ("b.f = a\nb.f()", "call of a, which is no function at case.py:4"),
        ("b.f = f\nb.f(1)", "f() called with 1 arguments at case.py:4"),
        ("b.f = schedule\nb.f(1)", "schedule() called with 1 arguments at case.py:4"),
        ("spin_lock(a)", "wrong argument: spin_lock(a): a has no .owner at case.py:3"),
        ("spin_lock('x')", "wrong argument: spin_lock(x): x has no .owner at case.py:3"),
        ("wake_up_process(5)", "wrong argument: wake_up_process(5): 5 has no .state at case.py:3"),
        ("wake_up_process(a.next)", "NULL or wild pointer dereference: wake_up_process(NULL) at case.py:3"),
        ("finished('nobody')", "there is no context 'nobody': they are main at case.py:3"),
        ("irqs_off(9)", "there is no CPU 9: they are 0 to 1 at case.py:3"),
        ("leave_stack(a)", "a is on no stack at case.py:3"),
    ],
)  # fmt: skip
def test_what_c_leaves_undefined_is_an_oops_at_its_line(body: str, text: str) -> None:
    assert oops(body, "def f():\n    a.y = 1").startswith(text)


def test_calls_without_any_access_end_in_an_oops_before_they_take_for_ever() -> None:
    doubling = "def f0():\n    return 1\n" + "".join(
        f"def f{n}():\n    f{n - 1}()\n    f{n - 1}()\n" for n in range(1, 40)
    )
    assert beyond("f39()", doubling).startswith(f"{UNFOLLOWED} at case.py:")


def test_code_that_goes_on_without_an_access_is_at_a_limit_and_may_end_some_day() -> None:
    assert beyond("n = 1\nwhile True:\n    n = 2") == f"{UNFOLLOWED} at case.py:4 main(): while True:"
    walk = main("n = 0\nwhile n < 20000:\n    n += 1\na.x = n")
    assert walk.events("oops") == []
    assert walk.events("limit") == [f"{UNFOLLOWED} at case.py:4 main(): while n < 20000:"]


def test_a_long_loop_with_accesses_is_no_endless_loop() -> None:
    walk = main("while a.x < 900:\n    n = 0\n    while n < 900:\n        n += 1\n    a.x += 1")
    assert walk.value("a.x") == 900


def test_a_shift_takes_its_distance_modulo_64_as_the_cpu_does() -> None:
    assert main("a.x = 1 << 1000000064").value("a.x") == 1
    assert main("a.x = 256 >> 1000000066").value("a.x") == 64


def test_strings_can_be_compared_and_passed_on() -> None:
    assert main("n = 'x'\nif n == 'x' and n != 'y':\n    a.x = 1").value("a.x") == 1


def test_the_oops_of_a_callee_names_the_callee() -> None:
    assert oops("f(a)", "def f(box):\n    n = 1\n    n = n // box.x").endswith(
        "case.py:6 f(): n = n // box.x"
    )


# Beside Python ----------------------------------------------------------------------------------------------------


class Logged:
    """A struct in plain Python that writes down every access."""

    def __init__(self, name: str, log: list[str]) -> None:
        object.__setattr__(self, "held", {"x": 1, "y": 0, "lock": "lock"})
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "log", log)

    def __getattr__(self, field: str) -> Any:
        if field != "lock":
            self.log.append(f"load {self.name}.{field}")
        return self.held[field]

    def __setattr__(self, field: str, value: Any) -> None:
        self.log.append(f"store {self.name}.{field}")
        self.held[field] = value


def in_python(functions: str) -> tuple[list[str], dict[str, Any]]:
    """Run the same text as plain Python; return its accesses and what the boxes hold then."""
    log: list[str] = []
    a, b = Logged("a", log), Logged("b", log)
    scope: dict[str, Any] = {"a": a, "b": b, "twice": lambda v: v * 2}
    scope |= {"spin_lock_irqsave": lambda _: False, "spin_unlock_irqrestore": lambda *_: None}
    for box, other in ((a, b), (b, a)):
        box.held["next"], box.held["f"] = other, scope["twice"]
    exec(functions, scope)
    try:
        scope["one"]()
    except (TypeError, ZeroDivisionError):
        log.append("oops")
    except UnboundLocalError:
        log.append("unassigned")
    return log, {f"{box.name}.{field}": box.held[field] for box in (a, b) for field in ("x", "y")}


def in_machine(text: str) -> tuple[list[str], Walk]:
    walk = Walk(build(text))
    log = []
    while walk.status("one") == "ready":
        effect = walk.machine.local_state(walk.state, walk.context("one")).effect
        assert effect is not None
        if effect[0] in (LOAD, STORE):
            log.append(f"{('load', 'store')[effect[0]]} {effect[1].path}")
        walk.step("one")
    if walk.status("one") == "dead":
        log.append("oops")
    return log, walk


@settings(max_examples=200)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 5), depth=st.integers(0, 2))
def test_a_task_alone_makes_the_accesses_that_plain_python_makes(seed: int, size: int, depth: int) -> None:
    author = Author(random.Random(seed))
    author.function("def helper(v):", 0, 0)
    author.write(1, f"return {author.expression(1)}".replace("helper", "twice").replace("<<", "|"))
    author.function("def one():", size, depth)
    functions = "\n".join(author.lines).replace("<<", "|") + "\n"
    log, walk = in_machine(OBJECTS + functions.replace("def one", "@task(cpu=0)\ndef one"))
    expected, held = in_python(functions)
    if any("overflow" in text for text in walk.events("oops")):
        assert log[:-1] == expected[: len(log) - 1]
        return
    if expected[-1:] == ["unassigned"]:
        # Python looks at the local a little earlier
        assert (log[: len(expected) - 1], log[-1]) == (expected[:-1], "oops")
        return
    assert log == expected
    assert {path: walk.value(path) for path in held} == held


@pytest.mark.parametrize("name", ["irqs_disabled", "container_of", "other"])
def test_a_local_that_is_called_is_no_function_of_its_name(name: str) -> None:
    walk = main("call(other, a)", f"def other(box):\n    box.x = 7\ndef call({name}, box):\n    {name}(box)")
    assert walk.accesses("main")[-1] == "store a.x: 0 -> 7"
