"""Doubly linked circular lists, pointer by pointer (include/linux/list.h)."""

from __future__ import annotations

from typing import TypeVar, cast

from ktwviz.machine import memory
from ktwviz.machine.language import inline, pure
from ktwviz.machine.structs import Struct

_S = TypeVar("_S", bound=Struct)


class ListHead(Struct):
    """A list's head, or the link inside something that can be on a list."""

    next: ListHead
    prev: ListHead


@pure
def container_of(pointer: object, struct: type[_S], member: str) -> _S:
    """Return the struct that `pointer` is the `member` of; address arithmetic, no access."""
    return cast(_S, memory.container_of(pointer, struct, member))


@inline
def INIT_LIST_HEAD(head: ListHead) -> None:
    """Make head an empty list; a node that is on no list looks the same."""
    head.next = head
    head.prev = head


@inline
def list_empty(head: ListHead) -> bool:
    """Tell whether a list has no entries, or a node is on no list."""
    return head.next == head


@inline
def __list_add(new: ListHead, prev: ListHead, next: ListHead) -> None:
    next.prev = new
    new.next = next
    new.prev = prev
    prev.next = new


@inline
def list_add_tail(new: ListHead, head: ListHead) -> None:
    """Link new in front of head, which is the end of the list."""
    __list_add(new, head.prev, head)


@inline
def list_add(new: ListHead, head: ListHead) -> None:
    """Link new right after head."""
    __list_add(new, head, head.next)


@inline
def __list_del(prev: ListHead, next: ListHead) -> None:
    next.prev = prev
    prev.next = next


@inline
def list_del_init(entry: ListHead) -> None:
    """Take entry off its list and leave it linked to itself."""
    __list_del(entry.prev, entry.next)
    INIT_LIST_HEAD(entry)
