"""Which tasks are the same but for their names, and what is each one's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from ktwviz.machine import memory
from ktwviz.machine.context import Context
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.layout import codes_of, host_functions
from ktwviz.machine.machine import Machine
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.run import this_cpu


class Member:
    """One of several identical tasks, and all that is its own, in the same order as its fellows'."""

    def __init__(self, group: int, context: Context, objects: Sequence[Handle]) -> None:
        self.group = group
        self.context = context
        self.things: list[Any] = [context]
        self.words: list[Word] = []
        for handle in objects:
            self.things += _parts(handle)
            self.words += _words(handle)
        self.slots = [word.index for word in self.words if word.index >= 0]


def alike(machine: Machine) -> Iterator[list[tuple[Context, tuple[Handle, ...]]]]:
    """Yield groups of tasks that run the same function with the same kind of arguments, each with what is its own."""
    tasks = [context for context in machine.contexts if context.kind == "task" and not context.spare]
    for entry in dict.fromkeys(context.entry for context in tasks):
        same = [context for context in tasks if context.entry is entry]
        if len(same) < 2:
            continue
        objects = _own_objects(machine, same)
        if objects is not None:
            yield list(zip(same, objects, strict=True))


def _own_objects(machine: Machine, tasks: Sequence[Context]) -> list[tuple[Handle, ...]] | None:
    """Return each task's own objects, in the same order; None where there is no such order."""
    own: list[list[Handle]] = [[task.task] for task in tasks]
    if len({task.cpu for task in tasks}) > 1:
        if any(sum(other.cpu == task.cpu for other in machine.contexts) > 1 for task in tasks):
            return None
        for task, mine in zip(tasks, own, strict=True):
            mine.append(machine.cpus[task.cpu])
    for arguments in zip(*(task.arguments for task in tasks), strict=True):
        if all(argument is arguments[0] for argument in arguments):
            continue
        if len({_kind(argument) for argument in arguments}) > 1 or _kind(arguments[0]) is None:
            return None
        for argument, mine in zip(arguments, own, strict=True):
            if memory.object_of(argument) not in mine:
                mine.append(memory.object_of(argument))
    for task, mine in zip(tasks, own, strict=True):
        mine += [slot for (owner, _), slots in machine.pools.items() if owner == task.name for slot in slots]
    kinds = {tuple(memory.struct_of(handle) for handle in mine) for mine in own}
    return [tuple(mine) for mine in own] if len(kinds) == 1 else None


def _kind(argument: Any) -> tuple[type, str] | None:
    """Return the type of the object that an argument points into, and where; None if it is no address."""
    if not isinstance(argument, Handle):
        return None
    whole = memory.object_of(argument)
    return memory.struct_of(whole), memory.name_of(argument).removeprefix(memory.name_of(whole))


def tells_apart(function: Stepped | Primitive, machine: Machine, members: Sequence[Member]) -> bool:
    """Tell whether code calls a member by name, goes by the order of objects, or counts CPUs or contexts."""
    things = {thing for member in members for thing in member.things}
    if isinstance(function, Stepped):
        return any(is_one_of(value, things) for value in named(function, machine))
    structs = {memory.struct_of(thing).__name__ for thing in things if isinstance(thing, Handle)}
    own_cpus = len({member.context.cpu for member in members}) > 1
    for body in host_functions(function.body):
        for code in codes_of(body):
            names = set(code.co_names)
            if names & {"contexts", "number", "slot"} or ("every" in names and names & structs):
                return True
            if own_cpus and body is not this_cpu and "cpu" in names and "cpu" not in body.__globals__:
                return True
    return False


def named(function: Stepped | Primitive, machine: Machine) -> Iterator[Any]:
    """Yield what the names in a stepped function stand for, its own variables apart."""
    if isinstance(function, Stepped):
        own = function.own_names
        for node in function.nodes:
            if isinstance(node, ast.Name) and node.id not in own:
                yield machine.program.namespace.get(node.id)


def _parts(handle: Handle) -> Iterator[Handle]:
    yield handle
    for member in memory.members(handle).values():
        if isinstance(member, Handle):
            yield from _parts(member)


def _words(handle: Handle) -> Iterator[Word]:
    """Yield all words of an object; the one that tells whether it is allocated is its own too, and comes first."""
    life = next(memory.words_of(handle)).life
    if life is not None:
        yield life
    yield from memory.words_of(handle)


def is_one_of(value: Any, things: Any) -> bool:
    """Tell whether a value is one of the things; a local variable may hold something that has no hash."""
    return isinstance(value, Handle | Context | Word) and value in things
