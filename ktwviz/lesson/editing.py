"""A kernel function with another text: what stands there before, and what a new text must keep.

A text is judged by the checker, and the checker knows the kernel's functions by name, by their parameters and, where
it follows a work through the worker's loop, by the call of its function. So a text that changed those would not be
judged, it would be overlooked: it is refused here. Locals may have any name.

What does not belong here: whether a text is any good; that is fix.py.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ktwviz.errors import SourceError, UnknownName, did_you_mean
from ktwviz.kernel import predicates, rules
from ktwviz.kernel.versions import hardware_names, kernel_namespace
from ktwviz.lesson.model import Edit, Lesson, Rule
from ktwviz.lesson.tables import character_name, unsafe_in
from ktwviz.machine.language import Primitive, Stepped, SteppedInModule
from ktwviz.machine.program import Program, namespace_of

LONGEST_TEXT = 10_000
"""Characters of a function's text at most: the longest of the kernel's has a tenth of that."""

WORKER_LOOP = "kthread_worker_fn"
MACHINE_PARTS = (
    "tick",
    "timer_softirq_raised",
    "first_expired_timer",
    "cpu_relax_while_running",
    "cpu_relax_while_migrating",
    "begin_spin_lock",
    "begin_spin_lock_irq",
    "begin_spin_lock_irqsave",
    "take_when_free",
    "lockdep_complains",
    "leave_stack",
    "__schedule",
)
"""Steps of the machine that stand for no function which the kernel's code could call."""

NOT_TO_EDIT = (
    "__run_timers",
    "call_timer_fn",
    "del_timer_sync",
    "__list_add",
    "__list_del",
    "INIT_LIST_HEAD",
)
"""Functions whose inside the checker reads to know where a timer or a list stands."""

_CALL_OF_A_WORK = "work.func(work)"


def patched_by(rule: Rule | None, namespace: Mapping[str, Any], file: str) -> dict[str, Stepped]:
    """Return the functions that a rule of the lesson in `file` changes. Raises SourceError."""
    return rules.apply_rule(namespace, rule.diff.text, file, rule.diff.line) if rule else {}


def edited(
    patched: Mapping[str, Stepped], edit: Edit | None, namespace: Mapping[str, Any]
) -> dict[str, Stepped]:
    """Return the functions that a rule patched, with an edit on top of it. Raises SourceError."""
    if edit is None:
        return dict(patched)
    before = patched.get(edit.function, namespace.get(edit.function))
    if not isinstance(before, Stepped):
        known = [name for name, value in namespace.items() if isinstance(value, Stepped)]
        hint = did_you_mean(edit.function, known)
        raise SourceError(edit.file, edit.code.line, f"the kernel has no function {edit.function!r}{hint}")
    if edit.function in NOT_TO_EDIT:
        raise SourceError(
            edit.file,
            edit.code.line,
            f"{edit.function}() cannot be edited: the checker reads from its inside where timers and lists stand",
        )
    function = _replaced(before, edit)
    _check_names(before, function)
    _check_kept(before, function)
    # the scenario's names are not there yet: what compiles here stands on the kernel alone
    Program({**namespace, **patched}).compiled(function)
    return {**patched, edit.function: function}


@lru_cache(maxsize=4)
def _ground(lesson: Lesson) -> tuple[dict[str, Any], dict[str, Stepped]]:
    """Return the kernel that a lesson runs on, and what its rule changes in it."""
    namespace = Program(kernel_namespace(lesson.kernel)).namespace
    rule = next((rule for rule in lesson.rules if rule.name == lesson.rule), None)
    return namespace, patched_by(rule, namespace, lesson.file)


def check_text(lesson: Lesson, edit: Edit) -> None:
    """Compile an edit by itself, in a millisecond. Raises SourceError; whether it runs with the rest is not asked."""
    namespace, patched = _ground(lesson)
    edited(patched, edit, namespace)


def function_before(lesson: Lesson, name: str) -> Stepped:
    """Return a function as the lesson's rule left it. Raises UnknownName, and SourceError for a wrong rule."""
    namespace, patched = _ground(lesson)
    found = patched.get(name, namespace.get(name))
    if not isinstance(found, Stepped):
        known = [name for name, value in namespace.items() if isinstance(value, Stepped)]
        raise UnknownName(f"the kernel has no function {name!r}{did_you_mean(name, known)}")
    return found


def text_of(function: Stepped) -> str:
    """Return the text that an editor shows of a function."""
    return "\n".join(function.source) + "\n"


def _replaced(before: Stepped, edit: Edit) -> Stepped:
    text, line = edit.code.text, edit.code.line
    if len(text) > LONGEST_TEXT:
        raise SourceError(
            edit.file, line, f"the text has {len(text):,} characters, {LONGEST_TEXT:,} are possible"
        )
    unsafe = unsafe_in(text)
    if unsafe:
        at = line + text.count("\n", 0, unsafe.start())
        raise SourceError(edit.file, at, f"the line holds {character_name(unsafe[0])}: remove it")
    function = rules.replace_function(before, text, edit.file, line)
    tree = function.tree
    if tree.decorator_list:
        raise SourceError(
            edit.file,
            tree.decorator_list[0].lineno,
            "a decorator has no meaning here: begin with the def line",
        )
    # blank lines and comments above the def line are no part of the function
    return Stepped(before.name, edit.file, tree, function.source[tree.lineno - line :], before.folded)


def _check_names(before: Stepped, function: Stepped) -> None:
    """Refuse names that kernel code does not have: the lessons' questions, and parts of the machine."""
    known = {node.id for node in ast.walk(before.tree) if isinstance(node, ast.Name)}
    # a local of that name is a local
    known |= function.own_names
    refused = {name: "is a question that lessons ask about a run" for name in questions()}
    refused |= dict.fromkeys([*MACHINE_PARTS, *hardware_names()], "is a part of the machine")
    for node in ast.walk(function.tree):
        if isinstance(node, ast.Name) and node.id not in known and node.id in refused:
            raise SourceError(
                function.file,
                node.lineno,
                f"{node.id!r} {refused[node.id]}: the kernel's code cannot use it",
            )


def questions() -> frozenset[str]:
    """Return the names of what lessons ask about a state."""
    return frozenset(
        name
        for name, value in namespace_of(predicates).items()
        if (isinstance(value, SteppedInModule) and value.path == predicates.__file__)
        or (isinstance(value, Primitive) and value.body.__module__ == predicates.__name__)
    )


def _check_kept(before: Stepped, function: Stepped) -> None:
    """Refuse a text in which the checker would no longer find what it follows."""
    wanted, given = before.own_parameters, function.own_parameters
    if wanted != given:
        raise SourceError(
            function.file,
            function.first_line,
            f"{before.name}() takes ({', '.join(wanted)}), its callers count on it; "
            f"this takes ({', '.join(given)}): keep the parameters and their names",
        )
    if before.name == WORKER_LOOP:
        calls = [call for call in ast.walk(function.tree) if isinstance(call, ast.Call) and _by_pointer(call)]
        if [ast.unparse(call) for call in calls] != [_CALL_OF_A_WORK]:
            line = calls[-1].lineno if calls else function.first_line
            raise SourceError(
                function.file,
                line,
                f"{before.name}() calls a work in one place, by {_CALL_OF_A_WORK}: keep that call, "
                "the checker follows works by it",
            )


def _by_pointer(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute)
