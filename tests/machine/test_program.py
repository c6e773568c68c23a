"""A program knows who can call whom, and forgets it when a function's name gets a new meaning."""

import ast

import pytest

from ktwviz.errors import SourceError
from ktwviz.machine.language import Stepped
from ktwviz.machine.program import Program


def stepped(text: str) -> Stepped:
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return Stepped(tree.name, "case.py", tree, tuple(text.splitlines()))


@pytest.fixture
def program() -> Program:
    functions = [
        stepped("def f():\n    g()"),
        stepped("def g():\n    return 1"),
        stepped("def h():\n    return 2"),
    ]
    return Program({function.name: function for function in functions})


def names(program: Program) -> list[str]:
    return [function.name for function in program.reachable([program.function("f")])]


def test_a_new_meaning_of_a_name_is_followed(program: Program) -> None:
    assert names(program) == ["f", "g"]
    program.define("g", stepped("def g():\n    h()"))
    assert names(program) == ["f", "g", "h"]


def test_a_name_that_becomes_a_function_is_followed(program: Program) -> None:
    program.define("later", None)
    program.define("g", stepped("def g():\n    return later"))
    assert names(program) == ["f", "g"]
    program.define("later", program.function("h"))
    assert names(program) == ["f", "g", "h"]


def test_recursion_that_comes_with_a_new_meaning_is_refused(program: Program) -> None:
    assert names(program) == ["f", "g"]
    program.define("g", stepped("def g():\n    f()"))
    with pytest.raises(SourceError, match="recursion"):
        names(program)


def test_the_parts_of_a_function_are_named_once_each() -> None:
    function = stepped("@task(cpu=n)\ndef f(x: T) -> R:\n    y = g(x)\n    return h(y)")
    assert function.own_names == {"x", "y"}
    assert function.names == {"task", "n", "T", "R", "x", "y", "g", "h"}
    assert function.other_names == ("R", "T", "g", "h", "n", "task")
    assert len(function.nodes) == len(set(function.nodes))
