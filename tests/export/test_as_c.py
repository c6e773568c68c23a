"""Stepped code in C syntax: every function of the kernel reads as the C, and every line keeps its number."""

import ast
import re

import pytest

from ktwviz.export.as_c import as_c, c_number, text_as_c
from ktwviz.kernel import kthread
from ktwviz.machine.language import Stepped, SteppedInModule
from tests.export.as_c_golden import NAMES, functions_of, golden, lines_of, printed

ALL = {name: value for name, value in NAMES.items() if isinstance(value, SteppedInModule)}
KTHREAD = functions_of(kthread.__file__)


def c_of(text: str, *objects: tuple[str, str]) -> list[str]:
    lines = text.strip("\n").splitlines()
    return [line.text.expandtabs(4) for line in text_as_c(lines, 1, NAMES, objects)]


def statements(function: Stepped) -> list[ast.stmt]:
    docstring = function.tree.body[0] if ast.get_docstring(function.tree) else None
    return [
        node
        for node in ast.walk(function.tree)
        if isinstance(node, ast.stmt) and node is not function.tree and node is not docstring
    ]


@pytest.mark.parametrize("name", KTHREAD)
def test_a_function_of_the_workers_reads_as_the_c_does(name: str) -> None:
    assert printed(name) == golden()[name]


def test_the_golden_file_has_these_functions_and_no_others() -> None:
    assert list(golden()) == list(KTHREAD)


@pytest.mark.parametrize("name", ALL)
def test_every_statement_has_one_line_of_c_with_its_number(name: str) -> None:
    lines = as_c(ALL[name], NAMES)
    numbers = [line.number for line in lines if line.number is not None]
    assert numbers == sorted(set(numbers))
    code = {line.number for line in lines if line.text.strip() and "/*" not in line.text.split("\t")[-1][:2]}
    assert [node.lineno for node in statements(ALL[name]) if node.lineno not in code] == []


@pytest.mark.parametrize("name", ALL)
def test_braces_close_and_no_python_is_left(name: str) -> None:
    code = re.sub(r"/\*.*?\*/", "", "\n".join(line.text for line in as_c(ALL[name], NAMES)), flags=re.DOTALL)
    assert code.count("{") == code.count("}")
    words = set(code.replace("(", " ").replace(";", " ").split())
    assert not words & {"None", "True", "False", "not", "and", "or", "is", "elif", "def", "pass"}
    assert "__auto_type" not in code


def test_lines_without_a_number_are_braces_and_declarations() -> None:
    free = [line.text.strip() for line in lines_of("queue_kthread_work") if line.number is None]
    assert free == ["{", "unsigned long flags;", "}", "}"]


def test_an_embedded_struct_is_handed_on_by_address_and_a_pointer_followed() -> None:
    assert c_of("def f(dwork: DelayedKthreadWork) -> None:\n    spin_lock(dwork.work.worker.lock)") == [
        "void f(struct delayed_kthread_work *dwork)",
        "{",
        "    spin_lock(&dwork->work.worker->lock);",
        "}",
    ]


def test_the_scenario_s_objects_are_variables_and_not_pointers() -> None:
    text = "def client():\n    queue_kthread_work(worker, dwork.work)\n    worker.task = None"
    assert c_of(text, ("worker", "KthreadWorker"), ("dwork", "DelayedKthreadWork"))[2:4] == [
        "    queue_kthread_work(&worker, &dwork.work);",
        "    worker.task = NULL;",
    ]


def test_else_shares_its_line_with_the_brace_before_it() -> None:
    text = """
def f(work: KthreadWork) -> int:
    if not work.worker:
        count = 1
        count += 1  # twice
    elif work.timer:
        pass
    else:
        return 2
    return 0
"""
    lines = text_as_c(text.strip("\n").splitlines(), 10, NAMES)
    assert [(line.number, line.text.expandtabs(2)) for line in lines[4:]] == [
        (11, "  if (!work->worker) {"),
        (12, "    count = 1;"),
        (13, "    count++;  /* twice */"),
        (14, "  } else if (work->timer) {"),
        (15, "    ;"),
        (16, "  } else {"),
        (17, "    return 2;"),
        (None, "  }"),
        (18, "  return 0;"),
        (None, "}"),
    ]


def test_operators_keep_their_meaning_where_c_binds_otherwise() -> None:
    value = "not (a & 1 == b) or a - (b - 1) > 2 and (a or b) and b is not None"
    assert (
        c_of(f"def f(a: int, b: int) -> bool:\n    return {value}")[2]
        == "    return !((a & 1) == b) || (a - (b - 1) > 2 && (a || b) && b != NULL);"
    )


def test_a_statement_over_several_lines_is_one_line_with_the_first_number() -> None:
    lines = text_as_c(["def f(a: int) -> None:", "    g(", "        a,", "    )", "    h()"], 1, NAMES)
    assert [(line.number, line.text.strip()) for line in lines if line.number] == [
        (1, "void f(int a)"),
        (2, "g(a);"),
        (5, "h();"),
    ]
    assert [c_number(lines, number) for number in (2, 3, 4, 5)] == [2, 2, 2, 5]
