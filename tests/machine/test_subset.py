"""What stepped code may not contain is refused with its place, what was found, and what to write instead."""

import types
from collections.abc import Iterator
from typing import Any

import pytest

from ktwviz.errors import SourceError
from ktwviz.machine.subset import parse_code
from tests.machine.helpers import build, trace

BOX = """
class Box(Struct):
    x: int
    next: object
box = Box()
def helper(v):
    return v
"""


def refusal(body: str) -> str:
    """Return the error for a task whose body begins in line 3."""
    lines = "\n".join("    " + line for line in body.splitlines())
    with pytest.raises(SourceError) as refused:
        build(f"@task(cpu=0)\ndef main():\n{lines}\n{BOX}")
    return str(refused.value)


@pytest.mark.parametrize(
    ("body", "line", "found", "instead"),
    [
        ("for n in 5:\n    pass", 3, "for loop", "write a while loop"),
        ("with box:\n    pass", 3, "with block", "call the lock and unlock functions themselves"),
        ("try:\n    box.x = 1\nexcept:\n    pass", 3, "try", "test for the error value and return early"),
        ("try:\n    box.x = 1\nexcept* A:\n    pass", 3, "try", "test for the error value and return early"),
        ("raise box", 3, "raise", "use BUG_ON(condition), or return an error value"),
        ("f = lambda: 1", 3, "lambda", "write a function of its own and name it"),
        ("n = [i for i in box]", 3, "comprehension", "write a while loop"),
        ("n = {i for i in box}", 3, "comprehension", "write a while loop"),
        ("n = {i: 1 for i in box}", 3, "comprehension", "write a while loop"),
        ("n = (i for i in box)", 3, "generator expression", "write a while loop"),
        ("n = [1]", 3, "list", "use struct list_head, or several variables"),
        ("n = (1, 2)", 3, "tuple", "use one variable for each value"),
        ("n, m = 1", 3, "tuple", "use one variable for each value"),
        ("[n] = 1", 3, "list", "use struct list_head, or several variables"),
        ("n = {1: 2}", 3, "dictionary", "use a struct with fields"),
        ("n = {1}", 3, "set", "use a struct with fields"),
        ("n = box[0]", 3, "index", "use a field of a struct"),
        ("box[0] = 1", 3, "index", "use a field of a struct"),
        ("box[0] += 1", 3, "index", "use a field of a struct"),
        ("n = 1\nimport os", 4, "import", "use only what the kernel modules and the scenario define"),
        ("from os import path", 3, "import", "use only what the kernel modules and the scenario define"),
        ("class A:\n    pass", 3, "class inside a function", "use the structs that the kernel defines"),
        ("def f():\n    pass", 3, "function inside a function", "move it to the top level"),
        ("async def f():\n    pass", 3, "async function", "write a plain function"),
        ("global n", 3, "global", "keep shared values in a struct"),
        ("nonlocal n", 3, "nonlocal", "keep shared values in a struct"),
        ("del box", 3, "del", "leave it out"),
        ("assert box.x", 3, "assert", "use WARN_ON_ONCE(condition) or BUG_ON(condition)"),
        ("yield 1", 3, "yield", "leave it out: every access is a step already"),
        ("n = yield from box", 3, "yield from", "leave it out: every access is a step already"),
        ("n = await box", 3, "await", "leave it out: every access is a step already"),
        ("if (n := box.x):\n    pass", 3, "assignment inside an expression (:=)", "write the assignment as a line"),
        ("n = f'{box.x}'", 3, "f-string", "use a plain string"),
        ("helper(*box)", 3, "argument list (*)", "write the arguments one by one"),
        ("match box.x:\n    case 1:\n        pass", 3, "match", "write if and else"),
        ("helper(v=1)", 3, "keyword argument", "pass the arguments by position"),
        ("helper(**box)", 3, "keyword argument", "pass the arguments by position"),
        ("n = 1.5", 3, "float constant", "use whole numbers, True, False or None"),
        ("n = 1j", 3, "complex constant", "use whole numbers, True, False or None"),
        ("n = b'x'", 3, "bytes constant", "use whole numbers, True, False or None"),
        ("n = ...", 3, "ellipsis constant", "use whole numbers, True, False or None"),
        ("n = 18446744073709551616", 3, "number above 64 bits", "one word holds 64 bits"),
        ("n = 1 < box.x < 3", 3, "chained comparison", "write a < b and b < c"),
        ("n = box in box", 3, "'in'", "compare with == one by one"),
        ("n = box not in box", 3, "'in'", "compare with == one by one"),
        ("n = box.x / 2", 3, "operator Div", "use + - * // % & | ^ << >>"),
        ("n = box.x ** 2", 3, "operator Pow", "use + - * // % & | ^ << >>"),
        ("box.x **= 2", 3, "operator Pow", "use + - * // % & | ^ << >>"),
        ("n = box @ box", 3, "operator MatMult", "use + - * // % & | ^ << >>"),
        ("n = +box.x", 3, "unary +", "leave it out"),
        ("n = m = 1", 3, "chained assignment", "assign one by one"),
        ("while box.x:\n    pass\nelse:\n    pass", 3, "while ... else", "put the code after the loop"),
        ("n = __import__", 3, "dunder name (__import__)", "use the fields that the struct declares"),
        ("n = __builtins__", 3, "dunder name (__builtins__)", "use the fields that the struct declares"),
        ("n = box.__class__", 3, "dunder name (__class__)", "use the fields that the struct declares"),
        ("box.__class__ = 1", 3, "dunder name (__class__)", "use the fields that the struct declares"),
        ("box.__dict__ += 1", 3, "dunder name (__dict__)", "use the fields that the struct declares"),
        ("__file__ = 1", 2, "dunder name (__file__)", "use the fields that the struct declares"),
        ("n = __ktw_pc", 3, "name that starts with '__ktw'", "choose another name"),
        ("__ktw_1 = 5", 2, "name that starts with '__ktw'", "choose another name"),
        ("n = container_of", 3, "pointer to container_of()", "call it"),
    ],
)  # fmt: skip
def test_other_python_is_refused(body: str, line: int, found: str, instead: str) -> None:
    assert refusal(body).startswith(f"case.py:{line}: stepped code has no {found}: {instead}")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("def f(*v):", "* in a signature"),
        ("def f(**v):", "* in a signature"),
        ("def f(*, v):", "* in a signature"),
        ("def f(v, /):", "* in a signature"),
        ("def f(v=1):", "default value for a parameter"),
        ("def f(__class__):", "dunder name (__class__)"),
        ("def f(__ktw_pc):", "name that starts with '__ktw'"),
    ],
)
def test_other_signatures_are_refused(head: str, found: str) -> None:
    with pytest.raises(SourceError, match=r"case\.py:\d+: ") as refused:
        build(f"@task(cpu=0)\ndef main():\n    box.next = f\n{head}\n    box.x = 1\n{BOX}")
    assert f"stepped code has no {found}" in str(refused.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("n = boxx", "'boxx' is defined neither here nor in the kernel, did you mean 'box'?"),
        ("spin_lok(box)", "'spin_lok' is defined neither here nor in the kernel, did you mean 'spin_lock'?"),
        ("n = zzzzzz", "'zzzzzz' is defined neither here nor in the kernel"),
        ("helper()", "helper() takes 1 (v), 0 given"),
        ("helper(1, 2)", "helper() takes 1 (v), 2 given"),
        ("spin_lock()", "spin_lock() takes 1 (lock), 0 given"),
        ("schedule(1)", "schedule() takes 0 (nothing), 1 given"),
        ("container_of(1)", "container_of() takes 3 (pointer, struct, member), 1 given"),
        ("box()", "'box' is not a function"),
        ("Box()", "'Box' is not a function"),
        ("current()", "'current' is not a function"),
    ],
)
def test_names_that_do_not_fit_are_refused(body: str, message: str) -> None:
    assert refusal(body) == f"case.py:3: {message}"


@pytest.mark.parametrize(
    "name",
    ["open", "eval", "exec", "getattr", "setattr", "type", "object", "print", "len", "vars", "globals", "super",
     "Exception", "memory", "cpu", "Any", "annotations", "report", "running_step", "every", "peek"],
)  # fmt: skip
def test_neither_builtins_nor_the_modules_own_helpers_are_there(name: str) -> None:
    assert refusal(f"n = {name}").startswith(f"case.py:3: {name!r} is defined neither here nor in the kernel")


@pytest.mark.parametrize(
    "owner", ["box", "helper", "schedule", "Box", "'text'", "(5)", "True", "current", "box.next"]
)
@pytest.mark.parametrize(
    "name", ["_members", "_parent", "body", "tree", "mro", "join", "format", "real", "func_globals"]
)
def test_attributes_of_python_objects_are_not_fields(owner: str, name: str) -> None:
    walk = trace(f"@task(cpu=0)\ndef main():\n    n = {owner}.{name}\n    box.x = 9\n{BOX}")
    assert (walk.status("main"), walk.value("box.x")) == ("dead", 0)
    assert len(walk.events("oops")) == 1


def held_by_generators(machine: Any) -> Iterator[Any]:
    """Yield the globals of everything that runs, and all that they name."""
    for context in machine.contexts:
        code = machine.program.starter(context.entry, context.arguments, context)()
        yield from code.gi_frame.f_globals.values()
        yield from code.gi_frame.f_builtins.values()


def test_running_code_sees_no_module_and_no_builtin() -> None:
    machine = build(f"@task(cpu=0)\ndef main():\n    box.x = 1\n{BOX}")
    found = list(held_by_generators(machine))
    assert len(found) > 100
    assert not [value for value in found if isinstance(value, types.ModuleType | types.BuiltinFunctionType)]


def test_what_the_subset_allows_is_accepted() -> None:
    walk = trace(f"""@task(cpu=0)
def main():
    "A docstring."
    n = 0
    while n < 3 and not (n == 2 or n is None):
        n += 1
        if n & 1:
            continue
        elif n > 10:
            break
        else:
            pass
    m: int = -n ^ (~n | 4) if n else 1 << 3 >> 1
    box.x = helper(m) % 5 * 2 // 1 - 1
    n = 18446744073709551615
    return
{BOX}""")
    assert walk.status("main") == "done"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def f():\n    a()\n\tb()\n    c()\n", 3),
        ("def f():\n    a()\n  b()\n\ndef g():\n\tc()\n", 0),
        ("def f():\n\ta()\n\tb()\n", 0),
        ("def f():\n\t\n    a()\n      b()\n", 0),
    ],
)
def test_a_tab_is_blamed_where_it_is_at_fault_alone(text: str, line: int) -> None:
    try:
        parse_code(text, "case.md", 1, "the scenario")
    except SourceError as error:
        tabbed = "with a tab" in error.trouble.message
        assert (error.trouble.line if tabbed else 0) == line
    else:
        assert line == 0
