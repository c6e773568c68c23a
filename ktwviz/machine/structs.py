"""Struct types: a class with annotated fields describes a piece of memory.

A field is one word (an int, a bool, a pointer, a function) or an embedded struct. Nothing here holds a value: the
values are in the state (`memory.py`).
"""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

_T = TypeVar("_T")


class _EmbeddedMark:
    """Marks a field that lies inside its struct, as opposed to a pointer."""


class _InternalMark:
    """Marks a word that the machine keeps for itself and no reader needs to see."""


Embedded = Annotated[_T, _EmbeddedMark]
Internal = Annotated[_T, _InternalMark]


class Struct:
    """Base of all struct types. Class attributes give the value a field has before anybody writes it (else 0/NULL)."""


@dataclass(frozen=True)
class Field:
    """One field: a word of the given kind ("int", "bool", "pointer", "internal"), or an embedded struct."""

    name: str
    kind: str
    embedded: type[Struct] | None
    initial: Any


_known: dict[type[Struct], tuple[Field, ...]] = {}


def fields_of(struct: type[Struct]) -> tuple[Field, ...]:
    """Return the fields of a struct in declaration order, those of its base first."""
    if struct not in _known:
        hints = get_type_hints(struct, include_extras=True)
        _known[struct] = tuple(_field(struct, name, hint) for name, hint in hints.items())
    return _known[struct]


def _field(struct: type[Struct], name: str, hint: Any) -> Field:
    if get_origin(hint) is Annotated and _EmbeddedMark in get_args(hint)[1:]:
        return Field(name, "embedded", get_args(hint)[0], None)
    if get_origin(hint) is Annotated:
        return Field(name, "internal", None, getattr(struct, name, None))
    kind = {int: "int", bool: "bool"}.get(hint, "pointer")
    empty = None if kind == "pointer" else 0
    initial = getattr(struct, name, empty)
    return Field(name, kind, None, int(initial) if isinstance(initial, bool) else initial)
