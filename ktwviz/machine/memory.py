"""Memory: named words in one flat tuple, and handles, which are addresses with a name.

A `Word` is one slot. A word that no code of a scenario ever writes is a constant and takes no room in the state; the
layout decides that once, when the machine is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ktwviz.machine import run
from ktwviz.machine.structs import Names, Struct, fields_of
from ktwviz.values import dataclass

NEVER, LIVE, FREED = 0, 1, 2
LIFE_WORDS = {NEVER: "not allocated", LIVE: "live", FREED: "freed"}


class Word:
    """One word of memory. `index` is its place in the state, -1 for a constant, whose value is then `constant`.

    A `local` one belongs to a CPU or the scheduler and never waits in a store buffer. `target` is what a pointer
    points to (see `structs.Field`).
    """

    __slots__ = ("constant", "field", "index", "kind", "life", "local", "names", "path", "target")

    def __init__(self, path: str, field: str, kind: str, initial: Any, names: Names | None = None) -> None:
        self.path = path
        self.field = field
        self.target: Any = object
        self.kind = kind
        self.index = -1
        self.constant = initial
        self.life: Word | None = None
        self.local = False
        self.names = names

    def text(self, value: Any) -> str:
        """Return a value of this word as people read it."""
        return self.names.of(value) if self.names else text_of(value, self.kind)

    def __repr__(self) -> str:
        return f"<Word {self.path}>"


class Handle:
    """The address of a struct: immutable, named, compared by identity.

    Inside a primitive `handle.field` reads and `handle.field = value` writes the running state; stepped code never
    gets here, its accesses are steps of their own.
    """

    __slots__ = ("_field", "_members", "_name", "_parent", "_struct")
    _field: str
    _members: dict[str, Handle | Word]
    _name: str
    _parent: Handle | None
    _struct: type[Struct]

    def __init__(
        self, name: str, struct: type[Struct], parent: Handle | None = None, field: str = ""
    ) -> None:
        put = object.__setattr__
        put(self, "_name", name)
        put(self, "_struct", struct)
        put(self, "_parent", parent)
        put(self, "_field", field)
        put(self, "_members", {member: value for member, value in _members(self)})

    def __str__(self) -> str:
        return self._name

    __repr__ = __str__

    def __getattr__(self, name: str) -> Any:
        member = self._members.get(name)
        if member is None:
            raise AttributeError(f"{self._struct.__name__} has no field {name!r}", name=name, obj=self)
        return run.current().read(member) if member.__class__ is Word else member

    def __setattr__(self, name: str, value: Any) -> None:
        word = self._members.get(name)
        if not isinstance(word, Word):
            raise AttributeError(f"{self._struct.__name__} has no word {name!r}", name=name, obj=self)
        run.current().write(word, value)

    def __format__(self, spec: str) -> str:
        return format(self._name, spec)


@dataclass(frozen=True)
class WildPointer:
    """An address that points to no object of its type, as `container_of` on a list head gives; any access faults."""

    name: str

    def __str__(self) -> str:
        return self.name


def _members(handle: Handle) -> Iterator[tuple[str, Handle | Word]]:
    for field in fields_of(handle._struct):
        path = f"{handle._name}.{field.name}"
        if field.embedded is not None:
            yield field.name, Handle(path, field.embedded, handle, field.name)
        else:
            word = Word(path, field.name, field.kind, field.initial, field.names)
            word.target = field.target
            yield field.name, word


def members(handle: Handle) -> dict[str, Handle | Word]:
    """Return the fields of a handle's struct: words and embedded handles by name."""
    return handle._members


def struct_of(handle: Handle) -> type[Struct]:
    """Return the struct type that a handle points to."""
    return handle._struct


def name_of(handle: Handle) -> str:
    """Return the path of a handle, for example "dwork.work.node"."""
    return handle._name


def words_of(handle: Handle) -> Iterator[Word]:
    """Yield all words of an object, embedded structs included, in order."""
    for member in handle._members.values():
        if isinstance(member, Word):
            yield member
        else:
            yield from words_of(member)


def parts_of(handle: Handle, struct: type[Struct]) -> Iterator[Handle]:
    """Yield the handle itself and all embedded handles that are of the given struct type."""
    if issubclass(handle._struct, struct):
        yield handle
    for member in handle._members.values():
        if isinstance(member, Handle):
            yield from parts_of(member, struct)


def object_of(handle: Handle) -> Handle:
    """Return the object that an address lies in."""
    while handle._parent is not None:
        handle = handle._parent
    return handle


def at_start_of_object(handle: Handle) -> bool:
    """Tell whether an address is that of its whole object: it is the object or its first member, and so on."""
    while handle._parent is not None:
        if next(iter(handle._parent._members)) != handle._field:
            return False
        handle = handle._parent
    return True


def container_of(pointer: object, struct: type[Struct], member: str) -> Handle | WildPointer:
    """Return the struct that `pointer` is the `member` of; free of steps, as it is address arithmetic in C.

    Where the pointer lies in no such struct, C gives an address that points to something else: a `WildPointer`. What is
    worked out from such a one is as wild, and counts as the same: else a loop would make ever new addresses.
    """
    if isinstance(pointer, WildPointer):
        return pointer
    handle: Any = pointer
    for field in reversed(member.split(".")):
        if not isinstance(handle, Handle) or handle._parent is None or handle._field != field:
            return WildPointer(f"container_of({pointer}, {struct.__name__}, {member})")
        handle = handle._parent
    if issubclass(handle._struct, struct):
        return handle  # type: ignore[no-any-return]  # narrowed by the loop above
    return WildPointer(f"container_of({pointer}, {struct.__name__}, {member})")


def text_of(value: Any, kind: str = "pointer") -> str:
    """Return a word's value as people read it: NULL, true, 3, worker.work_list."""
    if kind == "bool":
        return "true" if value else "false"
    if value is None:
        return "NULL" if kind == "pointer" else "0"
    if isinstance(value, Handle | int | str):
        return str(value)
    return str(getattr(value, "name", value))
