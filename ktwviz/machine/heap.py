"""Objects that come and go: kzalloc and kfree, and objects on a task's kernel stack.

The set of objects is fixed: a scenario has so many slots for each type, and an allocation takes a fresh one before it
uses a freed one again, so that a stale pointer is caught as long as possible. Where all are in use the context stops,
as at an oops; but that is a limit of the scenario, and says nothing of the code.

Neither allocating nor freeing is a barrier, but a CPU sees its own stores in order: those that it has made into an
object have reached memory when the object's life begins or ends, and none of them comes after the zeroes.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ktwviz.machine.language import primitive_of
from ktwviz.machine.memory import (
    FREED,
    LIVE,
    NEVER,
    Handle,
    Word,
    at_start_of_object,
    name_of,
    object_of,
    text_of,
    words_of,
)
from ktwviz.machine.run import Fault, current, report, this_context
from ktwviz.machine.structs import Struct

_S = TypeVar("_S", bound=Struct)


@primitive_of("local")
def kzalloc(struct: type[_S]) -> _S:
    """Return a zeroed object of this type; without a free slot the scenario is at its limit."""
    return cast(_S, _take(current().machine.pool(struct), f"kzalloc({struct.__name__})"))


@primitive_of("local")
def on_stack(struct: type[_S]) -> _S:
    """Return an object on the running context's stack; it lives until the function that asked returns."""
    slots = current().machine.stack_pool(struct, this_context())
    return cast(_S, _take(slots, f"on_stack({struct.__name__})"))


@primitive_of("local")
def leave_stack(item: Handle) -> None:
    """End the life of a stack object, as its function returns. The rewriter adds the call."""
    if not _on_a_stack(item):
        raise Fault("oops", f"{item} is on no stack")
    item_life(item, FREED)
    report("free", f"{item} goes out of scope: {this_context().name} leaves the function", item)


@primitive_of("local")
def kfree(pointer: Any) -> None:
    """Free an object; NULL is let pass. Freeing twice, or an address inside an object, is a BUG."""
    if pointer is None:
        return
    if not isinstance(pointer, Handle):
        raise Fault("bug", f"kfree() of something that is no object: {text_of(pointer)}")
    if not at_start_of_object(pointer):
        raise Fault("bug", f"kfree() of an address inside an object: {pointer}", name_of(pointer))
    whole = object_of(pointer)
    life = _life_of(whole)
    if life is None or _on_a_stack(whole):
        raise Fault("bug", f"kfree() of memory that kzalloc() did not give: {pointer}", name_of(pointer))
    if current().read(life) == FREED:
        raise Fault("bug", f"double free of {whole}", name_of(whole))
    item_life(whole, FREED)
    report("free", f"{this_context().name} frees {whole}", whole)


def item_life(item: Handle, life: int) -> None:
    """Write the life word of an object, after all stores that this CPU has made into it."""
    word = _life_of(item)
    assert word is not None, "an object whose life is not kept cannot end"
    run = current()
    run.drain_into({part.index for part in words_of(item)})
    run.writes[word.index] = life


def _on_a_stack(item: object) -> bool:
    pools = current().machine.pools.items()
    return any(item in slots for (owner, _), slots in pools if owner != "kzalloc")


def _life_of(item: Handle) -> Word | None:
    return next(words_of(item)).life


def _take(slots: tuple[Handle, ...], call: str) -> Handle:
    run = current()
    for wanted in (NEVER, FREED):
        for slot in slots:
            word = next(words_of(slot)).life
            if word is not None and run.read(word) == wanted:
                item_life(slot, LIVE)
                for part in words_of(slot):
                    run.write(part, part.constant)
                report("alloc", f"{call} gives {slot}", slot)
                return slot
    raise Fault("limit", f"no room for {call}: the scenario has {len(slots)} of them, and all are in use")
