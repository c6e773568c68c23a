"""Which words the code of a scene can write: only those take room in a state, the others are constants.

It goes by the names of fields: a word can change if some function that can run stores into a field of its name. Two
kinds of objects are looked at more closely, since there are many of them: a CPU, which only code on that CPU writes,
and a task whose address nobody can get at, which only its own code writes. Code behind a test of a constant, such as
a switch that nobody turns, does not count. (`Run.write` checks it: a wrong guess would be an error, never a verdict.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from opcode import EXTENDED_ARG, opmap
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from ktwviz.machine import cpu, memory
from ktwviz.machine.language import Primitive, Special, Stepped
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.outline import Block, Test, Use
from ktwviz.machine.structs import fields_of

if TYPE_CHECKING:
    from ktwviz.machine.build import InterruptSpec, Scene, TaskSpec

Function = Stepped | Primitive
_STORE_ATTR = opmap["STORE_ATTR"]
Reach = Callable[["TaskSpec | InterruptSpec"], Sequence[Function]]


class Stores:
    """The fields that the code of a scene can store into, object by object. `value` gives a word's first value."""

    def __init__(self, scene: Scene, reach: Reach, value: Callable[[Word], Any]) -> None:
        self._scene = scene
        self._namespace = scene.program.namespace
        self._reach = reach
        self._value = value
        self._bodies = [spec.guard for spec in scene.interrupts]
        self._bodies += [scene.ticking.armed] if scene.ticking else []
        self.anywhere: set[str] | None = None
        self._living: dict[Stepped, list[Use]] = {}
        self._storing: dict[Stepped, set[str]] = {}
        # from more to less: what no code stores into is a constant, and code behind a constant test stores nothing
        while True:
            self._all = self._reached()
            found = self._fields([*self._all, *self._bodies])
            if found == self.anywhere:
                break
            self.anywhere = found
            self._living.clear()
            self._storing.clear()

    def _reached(self) -> dict[Function, None]:
        """Return the functions that the living code of the scene names, directly or not, in a fixed order."""
        found: dict[Function, None] = dict.fromkeys(self._scene.roots())
        waiting = list(found)
        for function in waiting:  # grows while it is walked
            if isinstance(function, Stepped):
                named = [self._namespace.get(name) for name, _, _ in self._live(function)]
                new = [other for other in named if isinstance(other, Function) and other not in found]
                found |= dict.fromkeys(new)
                waiting += dict.fromkeys(new)
        return found

    def _within(self, spec: TaskSpec | InterruptSpec) -> list[Function]:
        """Return the functions that a context can come to, through living code alone."""
        return [function for function in self._reach(spec) if function in self._all]

    def into(self, handle: Handle) -> set[str]:
        """Return the names of the fields of an object that may be stored into."""
        assert self.anywhere is not None
        struct = memory.struct_of(handle)
        if struct is cpu.Cpu:
            return self._on_cpu(int(memory.name_of(handle).removeprefix("cpu")))
        for task in self._scene.tasks:
            if self._namespace[task.name] is handle and not self._exposed(task):
                return self._by_itself(task)
        return self.anywhere

    def _on_cpu(self, number: int) -> set[str]:
        found: set[str] = set()
        for spec in self._scene.contexts():
            if spec.cpu == number:
                found |= self._fields(self._within(spec))
        for interrupt in self._scene.interrupts:
            if interrupt.cpu == number:
                found |= self._fields([interrupt.guard])
                found |= {"irqs_off"} if interrupt.kind == "hardirq" else set()
        hardirqs = [spec for spec in self._scene.interrupts if spec.cpu == number and spec.kind == "hardirq"]
        return found | ({"interrupted"} if len(hardirqs) > 1 else set())

    # Tasks ------------------------------------------------------------------------------------------------------

    def _exposed(self, task: TaskSpec) -> bool:
        """Tell whether other code may get at the address of a task."""
        if task.spare or any(task.name in call.arguments for call in self._scene.setup):
            return True
        if any(task.name in spec.arguments for spec in self._scene.contexts()):
            return True
        for function in (*self._all, *self._bodies):
            if isinstance(function, Primitive):
                names = _host(function.body)[1]
                if "contexts" in names or {"every", self._scene.task_struct.__name__} <= names:
                    return True
            elif task.name in function.names:
                return True
        return any(self._gives_itself_away(function) for function in self._within(task))

    def _gives_itself_away(self, function: Function) -> bool:
        if isinstance(function, Primitive):
            return "task" in _host(function.body)[1]
        # the address of a struct inside the task is one more way to it
        inside = {field.name for field in fields_of(self._scene.task_struct) if field.embedded is not None}
        return any(
            self._is_current(name) and (not attribute or attribute in inside)
            for name, attribute, _ in self._live(function)
        )

    def _by_itself(self, task: TaskSpec) -> set[str]:
        """Return the fields that a task's own code stores into through `current`."""
        return {
            attribute
            for function in self._within(task)
            if isinstance(function, Stepped)
            for name, attribute, stored in self._live(function)
            if stored and self._is_current(name)
        }

    def _is_current(self, name: str) -> bool:
        value = self._namespace.get(name)
        return isinstance(value, Special) and value.name == "current"

    # Code -------------------------------------------------------------------------------------------------------

    def _fields(self, functions: Sequence[Function]) -> set[str]:
        found: set[str] = set()
        for function in functions:
            if isinstance(function, Primitive):
                found |= _host(function.body)[0]
                continue
            found |= self._stored(function)
        return found

    def _stored(self, function: Stepped) -> set[str]:
        found = self._storing.get(function)
        if found is None:
            found = self._storing[function] = {
                attribute for _, attribute, stored in self._live(function) if stored
            }
        return found

    def _live(self, function: Stepped) -> list[Use]:
        found = self._living.get(function)
        if found is None:
            found = self._living[function] = list(self._live_in(function.outline.body))
        return found

    def _live_in(self, block: Block) -> Iterator[Use]:
        for uses, test, body, orelse in block[0]:
            yield from uses
            truth = None if test is None else self._truth(test)
            if truth is None:
                yield from self._live_in(body)
                yield from self._live_in(orelse)
                continue
            taken = body if truth else orelse
            yield from self._live_in(taken)
            _, leaves = taken
            if leaves:
                return

    def _truth(self, test: Test) -> bool | None:
        """Return what a test always gives, where it looks at a constant or a word that never changes; else None."""
        name, attribute, negated = test
        value = self._namespace.get(name)
        if not attribute:
            return bool(value) is not negated if isinstance(value, int) else None
        word = memory.members(value).get(attribute) if isinstance(value, Handle) else None
        if self.anywhere is None or attribute in self.anywhere or not isinstance(word, Word) or word.life:
            return None
        return bool(self._value(word)) is not negated


@cache
def _host(function: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Return the fields that a host function stores into, and all names that it uses, with the functions it calls."""
    codes = [code for called in host_functions(function) for code in codes_of(called)]
    stored = {name for code in codes for name in stored_attributes(code)}
    return frozenset(stored), frozenset(name for code in codes for name in code.co_names)


def stored_attributes(code: CodeType) -> Iterator[str]:
    """Yield the names of the attributes that a code stores; `dis` would tell the same, in ten times the time."""
    operations = code.co_code[::2]
    if _STORE_ATTR not in operations:
        return
    number = 0
    for operation, argument in zip(operations, code.co_code[1::2], strict=True):
        number = number << 8 | argument
        if operation == _STORE_ATTR:
            yield code.co_names[number]
        if operation != EXTENDED_ARG:
            number = 0


@cache
def host_functions(function: Any) -> tuple[FunctionType, ...]:
    """Return a host function and all host functions that it names, directly or not."""
    seen: dict[FunctionType, None] = {}
    waiting = [function]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen[here] = None
            for code in codes_of(here):
                waiting += _named(code, here.__globals__)
    return tuple(seen)


def codes_of(function: FunctionType) -> Iterator[CodeType]:
    """Yield the code of a function and of the functions that are written inside it."""
    return _codes(function.__code__)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _named(code: CodeType, names: dict[str, Any]) -> Iterator[FunctionType]:
    """Yield the functions that a code names, of its own module and of modules that it names."""
    for name in code.co_names:
        value = names.get(name)
        if isinstance(value, ModuleType):
            yield from (
                inner for inner in map(vars(value).get, code.co_names) if isinstance(inner, FunctionType)
            )
        value = value.body if isinstance(value, Primitive) else value
        if isinstance(value, FunctionType):
            yield value
