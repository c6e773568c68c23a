"""Struct types: a class with annotated fields describes a piece of memory.

A field is one word (an int, a bool, a pointer, a function) or an embedded struct. Nothing here holds a value: the
values are in the state (`memory.py`).
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from ktwviz.values import dataclass

_T = TypeVar("_T")


class _EmbeddedMark:
    """Marks a field that lies inside its struct, as opposed to a pointer."""


class _InternalMark:
    """Marks a word that the machine keeps for itself and no reader needs to see."""


class Time(int):
    """A moment in jiffies. Code may compare moments and add a number of jiffies, so that only differences matter.

    That is what lets the checker take two states for one that differ in the date alone.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        raise ValueError("a moment in jiffies is neither true nor false: compare it with another moment")

    def _refuse(self) -> int:
        raise ValueError("a moment in jiffies has no negative: subtract it from another moment")

    __neg__ = __pos__ = __invert__ = __abs__ = _refuse


@dataclass(frozen=True)
class Names:
    """Names for the values of a word, as `Annotated[int, Names((0, "RUNNING"), ...)]`."""

    values: tuple[tuple[int, str], ...]

    def of(self, value: Any) -> str:
        """Return the name of a value, the value itself as text where it has none."""
        return dict(self.values).get(value, str(value))


Embedded = Annotated[_T, _EmbeddedMark]
Internal = Annotated[_T, _InternalMark]


class Struct:
    """Base of all struct types. Class attributes give the value a field has before anybody writes it (else 0/NULL)."""


@dataclass(frozen=True)
class Field:
    """One field: a word of the given kind ("int", "bool", "time", "pointer", "internal"), or an embedded struct.

    `target` is what a pointer points to: a struct type, Callable for a function, object for anything.
    """

    name: str
    kind: str
    embedded: type[Struct] | None
    initial: Any
    names: Names | None = None
    target: Any = object


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
    if get_origin(hint) is Annotated and isinstance(get_args(hint)[1], Names):
        return Field(name, "int", None, getattr(struct, name, 0), get_args(hint)[1])
    if get_origin(hint) is Annotated:
        return Field(name, "internal", None, getattr(struct, name, None))
    kind = {int: "int", bool: "bool", Time: "time"}.get(hint, "pointer")
    empty = {"pointer": None, "time": Time(0)}.get(kind, 0)
    initial = getattr(struct, name, empty)
    target = _pointed_to(hint) if kind == "pointer" else object
    return Field(name, kind, None, int(initial) if isinstance(initial, bool) else initial, target=target)


def _pointed_to(hint: Any) -> Any:
    """Return what a pointer of a type such as `Work`, `Work | None` or `Callable[[Work], None]` points to."""
    named = [part for part in get_args(hint) or (hint,) if part is not type(None)]
    if get_origin(hint) is Callable:
        return Callable
    return named[0] if len(named) == 1 and isinstance(named[0], type) else object
