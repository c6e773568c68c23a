"""Classes that are their fields, as dataclasses are, made in a tenth of the time.

The standard decorator writes and compiles six functions for each class, and imports what it needs for that: a third
of the start of a short command. Here all classes share the same few functions. What is used of the original means the
same as there; type checkers take one for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_C = TypeVar("_C", bound=type)
_V = TypeVar("_V")
_MISSING: Any = object()
_FIELDS = "__value_fields__"


class _Standard:
    """What the standard library's functions for dataclasses look for; made when one of them does."""

    def __get__(self, instance: object, owner: type) -> dict[str, Any]:
        import dataclasses  # noqa: PLC0415  # it is slow to import, and seldom needed

        made = [(name, Any, each.standard()) for name, each in getattr(owner, _FIELDS).items()]
        found: dict[str, Any] = getattr(dataclasses.make_dataclass("Same", made), "__dataclass_fields__")  # noqa: B009
        return found


class Field:
    """How a field begins where nobody gives it a value, and whether `repr` shows it."""

    __slots__ = ("default", "default_factory", "repr")

    def __init__(self, default: Any, default_factory: Callable[[], Any] | None, repr: bool) -> None:
        self.default = default
        self.default_factory = default_factory
        self.repr = repr

    @property
    def required(self) -> bool:
        """Whether the field has to be given."""
        return self.default is _MISSING and self.default_factory is None

    def first(self) -> Any:
        """Return the value of a field that was not given."""
        return self.default_factory() if self.default_factory is not None else self.default

    def standard(self) -> Any:
        """Return the standard library's description of the same."""
        import dataclasses  # noqa: PLC0415  # as above

        if self.default_factory is not None:
            return dataclasses.field(default_factory=self.default_factory, repr=self.repr)
        default = dataclasses.MISSING if self.default is _MISSING else self.default
        return dataclasses.field(default=default, repr=self.repr)


def field(
    *, default: Any = _MISSING, default_factory: Callable[[], Any] | None = None, repr: bool = True
) -> Any:
    """Say more of a field than its default."""
    return Field(default, default_factory, repr)


@overload
def dataclass(cls: _C, /) -> _C: ...
@overload
def dataclass(*, frozen: bool = False, eq: bool = True, order: bool = False) -> Callable[[_C], _C]: ...
@dataclass_transform(field_specifiers=(field,))
def dataclass(cls: Any = None, /, *, frozen: bool = False, eq: bool = True, order: bool = False) -> Any:
    """Make a class of its annotated fields: `__init__`, `__repr__`, and as asked for comparison and hash.

    Raises TypeError for a field without a default after one that has one, ValueError for a default that can change.
    """

    def made(cls: type) -> type:
        return _made(cls, frozen, eq, order)

    return made if cls is None else made(cls)


def replace(value: _V, **changes: Any) -> _V:
    """Return the same value with other fields."""
    return value.__class__(**{name: getattr(value, name) for name in getattr(value, _FIELDS)} | changes)


def _made(cls: type, frozen: bool, eq: bool, order: bool) -> type:
    fields: dict[str, Field] = dict(getattr(cls, _FIELDS, {}))
    fields.update(_own_fields(cls))
    defaults = [name for name in fields if not fields[name].required]
    if defaults and list(fields)[-len(defaults) :] != defaults:
        raise TypeError(f"{cls.__name__}: a field without a default follows one that has one")
    setattr(cls, _FIELDS, fields)
    cls.__dataclass_fields__ = _Standard()  # type: ignore[attr-defined]  # asked for by dataclasses.replace() and fields()
    names = tuple(fields)
    methods: dict[str, Any] = {"__init__": _init(cls, fields), "__repr__": _repr, "__match_args__": names}
    if eq:
        methods["__eq__"] = _comparison(_together(names), "__eq__")
        methods["__hash__"] = _hash(_together(names)) if frozen else None
    if order:
        methods |= {
            name: _comparison(_together(names), name) for name in ("__lt__", "__le__", "__gt__", "__ge__")
        }
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    for name, method in methods.items():
        if name not in vars(cls) or name in ("__init__", "__setattr__", "__delattr__"):
            setattr(cls, name, method)
    return cls


def _own_fields(cls: type) -> Iterator[tuple[str, Field]]:
    for name in vars(cls).get("__annotations__", {}):
        given = vars(cls).get(name, _MISSING)
        if isinstance(given, Field):
            if given.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, given.default)
        else:
            given = Field(given, None, True)
        if given.default is not _MISSING and given.default.__class__.__hash__ is None:
            raise ValueError(f"{cls.__name__}.{name}: write field(default_factory=...) for what can change")
        yield name, given


def _init(cls: type, fields: dict[str, Field]) -> Callable[..., None]:
    names = tuple(fields)
    count = len(names)
    ready = getattr(cls, "__post_init__", None)

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        values = self.__dict__
        if len(given) == count and not named:
            values.update(zip(names, given, strict=True))
        else:
            _check(cls.__name__, fields, given, named)
            values.update(zip(names, given, strict=False))
            for name in names[len(given) :]:
                values[name] = named[name] if name in named else fields[name].first()
        if ready is not None:
            ready(self)

    return __init__


def _check(what: str, fields: dict[str, Field], given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Raise TypeError unless each field is given once or has a default."""
    names = tuple(fields)
    if len(given) > len(names):
        raise TypeError(f"{what}() takes {len(names)} values, {len(given)} given")
    unknown = [name for name in named if name not in fields]
    if unknown:
        raise TypeError(f"{what}() has no field {', '.join(unknown)}")
    twice = [name for name in named if name in names[: len(given)]]
    if twice:
        raise TypeError(f"{what}() was given {', '.join(twice)} twice")
    missing = [name for name in names[len(given) :] if name not in named and fields[name].required]
    if missing:
        raise TypeError(f"{what}() lacks {', '.join(missing)}")


def _together(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return what gives all fields of a value as one tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _comparison(together: Callable[[Any], Any], name: str) -> Callable[[Any, Any], Any]:
    compare = getattr(tuple, name)

    def comparison(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compare(together(self), together(other))

    return comparison


def _hash(together: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(together(self))


def _repr(self: Any) -> str:
    fields: dict[str, Field] = getattr(self, _FIELDS)
    shown = (f"{name}={getattr(self, name)!r}" for name in fields if fields[name].repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise AttributeError(f"{self.__class__.__name__}.{name} cannot be changed")
