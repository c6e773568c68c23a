"""Whether a scenario's own code fits what it names: fields that a struct has, arguments of the struct asked for.

What a C compiler would refuse is refused before anything runs, at its line: else it ends in an oops somewhere in the
kernel. Only what hangs on an object of the scenario by its name is known here; a local variable may be anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ktwviz.errors import Trouble, did_you_mean
from ktwviz.machine import memory
from ktwviz.machine.language import Stepped
from ktwviz.machine.memory import Handle
from ktwviz.machine.structs import Struct

_NUMBERS = ("int",)
"""What is no address; a bool may be one, as in C."""


def misfits(function: Stepped, namespace: Mapping[str, Any]) -> Iterator[Trouble]:
    """Return what does not fit in one function of a scenario, once its objects are there."""
    return misfits_in(function.nodes, namespace, function.file, function.own_names)


def misfits_in(
    nodes: Iterable[ast.AST], namespace: Mapping[str, Any], file: str, own: frozenset[str] = frozenset()
) -> Iterator[Trouble]:
    """Yield what does not fit in some code, of which `own` are the local variables."""
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield from _no_such_field(node, own, namespace, file)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in own:
            callee = namespace.get(node.func.id)
            if isinstance(callee, Stepped):
                yield from _wrong_arguments(node, callee, own, namespace, file)


def _no_such_field(
    node: ast.Attribute, own: frozenset[str], namespace: Mapping[str, Any], file: str
) -> Iterator[Trouble]:
    owner = _object(node.value, own, namespace)
    if owner is None or node.attr in memory.members(owner):
        return
    struct = memory.struct_of(owner).__name__
    hint = did_you_mean(node.attr, list(memory.members(owner)))
    yield Trouble(file, node.lineno, f"{struct} has no field {node.attr!r}{hint}")


def _wrong_arguments(
    call: ast.Call, callee: Stepped, own: frozenset[str], namespace: Mapping[str, Any], file: str
) -> Iterator[Trouble]:
    for wanted, argument in zip(callee.outline.takes, call.args, strict=False):
        found = namespace.get(wanted)
        struct = found if isinstance(found, type) and issubclass(found, Struct) else None
        if struct is None and wanted not in _NUMBERS:
            continue
        asked = f"a {wanted}" if struct is not None else "a number"
        given = _object(argument, own, namespace)
        if given is not None and (struct is None or not issubclass(memory.struct_of(given), struct)):
            what = f"and {given} is a {memory.struct_of(given).__name__}{_part_of(given, struct)}"
            yield Trouble(file, call.lineno, f"{callee}() takes {asked} here, {what}")
        elif isinstance(argument, ast.Constant) and not _may_be(argument.value, struct):
            yield Trouble(file, call.lineno, f"{callee}() takes {asked} here, and not {argument.value!r}")


def _may_be(value: object, struct: type[Struct] | None) -> bool:
    """Tell whether a constant may be passed: a number, or NULL for an address."""
    return isinstance(value, int) if struct is None else value is None or value == 0


def _part_of(given: Handle, struct: type[Struct] | None) -> str:
    """Return which part of an object is of the struct that was asked for, as a hint."""
    parts = (
        part
        for part in memory.members(given).values()
        if isinstance(part, Handle)
        and isinstance(struct, type)
        and issubclass(memory.struct_of(part), struct)
    )
    found = next(parts, None)
    return "" if found is None else f": write {found}"


def _object(node: ast.expr, own: frozenset[str], namespace: Mapping[str, Any]) -> Handle | None:
    """Return the object that an expression names, as `dwork.work` does; None where it may be anything."""
    if isinstance(node, ast.Name):
        named = None if node.id in own else namespace.get(node.id)
        return named if isinstance(named, Handle) else None
    if isinstance(node, ast.Attribute):
        owner = _object(node.value, own, namespace)
        part = None if owner is None else memory.members(owner).get(node.attr)
        return part if isinstance(part, Handle) else None
    return None
