"""The C types of stepped code: what the annotations, the structs and the functions it calls tell of them."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ktwviz.machine.language import Primitive, Pure, Stepped
from ktwviz.machine.structs import Struct, fields_of
from ktwviz.machine.syntax import parse_expression
from ktwviz.values import dataclass

_OWN_NAMES = {"Spinlock": "spinlock_t", "TimerList": "struct timer_list", "ListHead": "struct list_head"}

UNSIGNED_LONG = frozenset({"flags", "delay", "expires", "__data"})
"""Names that are an unsigned long in the kernel, where stepped code has a bool, an int or a pointer."""

_USUAL = {
    "worker": "KthreadWorker",
    "work": "KthreadWork",
    "dwork": "DelayedKthreadWork",
    "timer": "TimerList",
}
"""What parameters without an annotation stand for, as in a scenario's functions."""


@dataclass(frozen=True)
class CType:
    """A type: a struct itself ("value"), a pointer to one, a pointer to a function, or anything else ("scalar").

    `scalar` is the C name of the last; empty where it is not known.
    """

    kind: Literal["value", "pointer", "function", "scalar"]
    struct: type[Struct] | None = None
    scalar: str = ""

    def declare(self, name: str) -> str:
        """Return the declaration of a variable of this type, without the semicolon."""
        if self.kind == "function":
            return f"void (*{name})(void *)"
        if self.kind == "pointer":
            return f"{struct_name(self.struct) if self.struct else 'void'} *{name}"
        if self.struct is not None:
            return f"{struct_name(self.struct)} {name}"
        return f"{self.scalar or '__auto_type'} {name}"

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return self.kind != "scalar" or bool(self.scalar)


UNKNOWN = CType("scalar")
INT, BOOL, VOID, LONG = (CType("scalar", scalar=name) for name in ("int", "bool", "void", "unsigned long"))
ANY = CType("pointer")
FUNCTION = CType("function")


def struct_name(struct: type[Struct]) -> str:
    """Return "struct kthread_work" for KthreadWork."""
    own = _OWN_NAMES.get(struct.__name__)
    return own or "struct " + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", struct.__name__).lower()


def field_type(struct: type[Struct], name: str) -> CType:
    """Return the type of a field."""
    for field in fields_of(struct):
        if field.name != name:
            continue
        if field.embedded is not None:
            return CType("value", field.embedded)
        if field.kind == "pointer":
            return _pointer(field.target) if (struct.__name__, name) != ("TimerList", "data") else LONG
        return {"bool": BOOL, "time": LONG}.get(field.kind, INT)
    return UNKNOWN


def _pointer(target: Any) -> CType:
    if target is Callable:
        return FUNCTION
    return CType("pointer", target) if isinstance(target, type) and issubclass(target, Struct) else ANY


def annotated(annotation: ast.expr | None, names: Mapping[str, Any]) -> CType:
    """Return what an annotation stands for; a struct is always handed over as a pointer."""
    if isinstance(annotation, ast.Constant):
        return VOID if annotation.value is None else _in_text(str(annotation.value), names)
    if isinstance(annotation, ast.BinOp):
        sides = [annotated(side, names) for side in (annotation.left, annotation.right)]
        return next((side for side in sides if side is not VOID), UNKNOWN)
    if isinstance(annotation, ast.Subscript):
        return (
            FUNCTION if isinstance(annotation.value, ast.Name) and annotation.value.id == "Callable" else ANY
        )
    if not isinstance(annotation, ast.Name):
        return UNKNOWN
    simple = {"int": INT, "bool": BOOL, "object": ANY, "Any": ANY}.get(annotation.id)
    return simple or to_struct(annotation.id, names)


def to_struct(name: str, names: Mapping[str, Any]) -> CType:
    """Return a pointer to the struct of this name, if there is one."""
    found = names.get(name)
    return CType("pointer", found) if isinstance(found, type) and issubclass(found, Struct) else UNKNOWN


def _in_text(text: str, names: Mapping[str, Any]) -> CType:
    try:
        return annotated(parse_expression(text).body, names)
    except SyntaxError:
        return UNKNOWN


def parameter_type(argument: ast.arg, names: Mapping[str, Any]) -> CType:
    """Return the type of a parameter; that of a well-known name where it is not annotated."""
    if argument.annotation is None:
        return to_struct(_USUAL.get(argument.arg, ""), names)
    return annotated(argument.annotation, names)


def returned_type(function: Any, names: Mapping[str, Any]) -> CType:
    """Return what a function of the kernel returns, as far as it says so."""
    if isinstance(function, Stepped):
        return annotated(function.tree.returns, names)
    if isinstance(function, Primitive | Pure):
        returns = function.body.__annotations__.get("return", "")
        return _in_text(returns, names) if isinstance(returns, str) else UNKNOWN
    return UNKNOWN
