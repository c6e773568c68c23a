"""Builds a machine: lays the objects out in memory, runs what sets them up, makes the contexts.

A word takes room in the state only if some code of the scenario can write it (`layout.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from ktwviz.machine import cpu, memory
from ktwviz.machine.clock import Ticking
from ktwviz.machine.context import Context
from ktwviz.machine.language import Primitive, Stepped, primitive
from ktwviz.machine.layout import Stores
from ktwviz.machine.machine import Machine
from ktwviz.machine.memory import LIVE, NEVER, Handle, Word
from ktwviz.machine.observe import run_through
from ktwviz.machine.outline import KZALLOC, ON_STACK
from ktwviz.machine.program import Program
from ktwviz.machine.run import Fault, Run, report, wait_until
from ktwviz.machine.snapshot import Kind
from ktwviz.machine.structs import Struct
from ktwviz.values import dataclass, field

MemoryOrder = Literal["sc", "tso"]


class IrqLine(Struct):
    """A device that may raise its interrupt; `left` counts how often still."""

    left: int


@dataclass(frozen=True)
class Setup:
    """A call that runs before the first step. Arguments are names of objects, or values."""

    function: Stepped
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class TaskSpec:
    """A task of a scenario. A spare one exists only once kthread_create() has made it."""

    name: str
    cpu: int
    entry: Stepped
    arguments: tuple[Any, ...] = ()
    spare: bool = False


@dataclass(frozen=True)
class InterruptSpec:
    """A softirq or hardirq. `guard` says when it may come; it is called with `guard_arguments` (names or values).

    `balanced` is the function that must leave preempt_count as it was (see `context.Context`), "" for none.
    """

    name: str
    kind: Kind
    cpu: int
    entry: Stepped
    arguments: tuple[Any, ...]
    guard: Primitive
    guard_arguments: tuple[Any, ...]
    balanced: str = ""


@dataclass
class Scene:
    """What a machine is made of. `objects` maps names to struct types; `slots` says how many kzalloc gives.

    `memory` is "sc" (sequential consistency) or "tso" (x86: each CPU's stores wait in a buffer of its own).
    """

    program: Program
    task_struct: type[cpu.Task] = cpu.Task
    cpus: int = 2
    objects: dict[str, type[Struct]] = field(default_factory=dict)
    setup: list[Setup] = field(default_factory=list)
    tasks: list[TaskSpec] = field(default_factory=list)
    interrupts: list[InterruptSpec] = field(default_factory=list)
    ticking: Ticking | None = None
    memory: MemoryOrder = "sc"
    slots: int = 2

    def contexts(self) -> list[TaskSpec | InterruptSpec]:
        """Return everything that runs code, in the order of its numbers."""
        return [*self.tasks, *self.interrupts]

    def roots(self) -> list[Stepped]:
        """Return where code of this scene can begin: entries, and functions that the set-up stores in objects."""
        passed = [value for spec in self.contexts() for value in spec.arguments if isinstance(value, Stepped)]
        return [*(spec.entry for spec in self.contexts()), *passed, *self.stored()]

    def stored(self) -> list[Stepped]:
        """Return the functions that the set-up stores in objects: any call through a pointer may reach them."""
        given = [
            argument for call in self.setup for argument in call.arguments if isinstance(argument, Stepped)
        ]
        return [*given, *self.program.pointed_to([call.function for call in self.setup])]

    def pointed_to(self) -> list[Stepped]:
        """Return the functions that a call through a pointer may reach: what any code of the scene can store."""
        return [*self.stored(), *self.program.pointed_to(self.roots())]


@primitive
def interrupt_granted(line: Any) -> None:
    """Let a device raise its interrupt as often as the scenario grants."""
    left = line.left
    wait_until(left > 0, "the scenario grants no further interrupt")
    line.left = left - 1
    report("fire", f"{line} raises an interrupt", line)


def build_machine(scene: Scene) -> Machine:
    """Return the machine, in its initial state. Raises SourceError, and ObservationError for a set-up that fails."""
    return _Builder(scene).machine()


class _Builder:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.program = scene.program
        self.handles: list[Handle] = []
        self.pools: dict[Any, tuple[Handle, ...]] = {}
        self.values: list[Any] = []
        self.words: list[Word] = []

    def machine(self) -> Machine:
        scene = self.scene
        clock = self.declare("clock", cpu.Clock)
        next(memory.words_of(clock)).path = "jiffies"
        for number in range(scene.cpus):
            self.declare(f"cpu{number}", cpu.Cpu)
        for task in scene.tasks:
            self.declare(task.name, scene.task_struct)
        for name, struct in scene.objects.items():
            self.declare(name, struct)
        reachable = self.program.reachable(scene.roots())
        self.make_pools()
        self.give_lives(any(function.name == "kfree" for function in reachable))
        self.lay_out_all()
        self.mark_local()
        self.run_setup()
        self.keep_mutable()
        contexts = self.contexts()
        initial = (*self.values, *(0 for _ in contexts))
        made = Machine(
            program=self.program,
            objects=self.handles,
            contexts=contexts,
            initial=initial,
            words=self.words,
            ticking=scene.ticking,
        )
        made.pools = self.pools
        return made

    # Objects ----------------------------------------------------------------------------------------------------

    def declare(self, name: str, struct: type[Struct]) -> Handle:
        handle = Handle(name, struct)
        self.handles.append(handle)
        self.program.define(name, handle)
        return handle

    def make_pools(self) -> None:
        found = self.program.reachable(self.scene.roots())
        for variable, kind, struct in _allocations(found, self.program):
            if kind == KZALLOC and (KZALLOC, struct) not in self.pools:
                names = [f"{variable}#{number}" for number in range(1, self.scene.slots + 1)]
                self.pools[KZALLOC, struct] = tuple(self.pool_object(name, struct) for name in names)
        for spec in self.scene.contexts():
            for variable, kind, struct in _allocations(self.reach_of(spec), self.program):
                name, pool = f"{variable}@{spec.name}", self.pools.get((spec.name, struct), ())
                if kind == ON_STACK and name not in map(memory.name_of, pool):
                    self.pools[spec.name, struct] = (*pool, self.pool_object(name, struct))

    def reach_of(self, spec: TaskSpec | InterruptSpec) -> list[Stepped | Primitive]:
        own = self.program.reachable([spec.entry])
        dynamic = any(
            isinstance(function, Stepped) and _calls_dynamically(function, self.program) for function in own
        )
        return self.program.reachable([spec.entry, *self.scene.pointed_to()]) if dynamic else own

    def pool_object(self, name: str, struct: type[Struct]) -> Handle:
        handle = Handle(name, struct)
        self.handles.append(handle)
        return handle

    def give_lives(self, can_free: bool) -> None:
        pooled = {handle for pool in self.pools.values() for handle in pool}
        for handle in self.handles:
            if handle in pooled or (can_free and memory.name_of(handle) in self.scene.objects):
                life = Word(f"{handle}.life", "life", "int", NEVER if handle in pooled else LIVE)
                for word in memory.words_of(handle):
                    word.life = life

    # Layout -----------------------------------------------------------------------------------------------------

    def all_words(self) -> Iterator[Word]:
        for handle in self.handles:
            own = list(memory.words_of(handle))
            if own and own[0].life is not None:
                yield own[0].life
            yield from own

    def lay_out_all(self) -> None:
        for word in self.all_words():
            word.index = len(self.words)
            self.words.append(word)
            self.values.append(word.constant)

    def mark_local(self) -> None:
        """Mark the words that never wait in a store buffer: those of a CPU, of the scheduler, and the machine's own."""
        for handle in self.handles:
            if memory.struct_of(handle) in (cpu.Cpu, cpu.Clock):
                for word in memory.words_of(handle):
                    word.local = True
        for word in self.words:
            word.local = word.local or word.kind == "internal" or word.field in ("on_rq", "life")

    def run_setup(self) -> None:
        for call in self.scene.setup:
            run = Run(self.values, _NotBuilt(), None)
            arguments = tuple(self.resolve(argument) for argument in call.arguments)
            run_through(self.program, call.function, arguments, run)
            for index, value in run.writes.items():
                self.values[index] = value

    def resolve(self, argument: Any) -> Any:
        return self.program.namespace.get(argument, argument) if isinstance(argument, str) else argument

    def reach_with_pointers(self, spec: TaskSpec | InterruptSpec) -> Sequence[Stepped | Primitive]:
        """Return the functions that a context can come to; where it calls through a pointer, all there are."""
        own = self.program.reachable([spec.entry])
        if any(
            isinstance(function, Stepped) and _calls_dynamically(function, self.program) for function in own
        ):
            return self.program.reachable(self.scene.roots())
        return own

    def keep_mutable(self) -> None:
        """Give the words that can change their places in the state; the others become constants."""
        pooled = {word for pool in self.pools.values() for handle in pool for word in memory.words_of(handle)}
        zeroing = "memset" in {function.name for function in self.program.reachable(self.scene.roots())}
        stores = Stores(self.scene, self.reach_with_pointers, lambda word: self.values[word.index])
        stored = {word for handle in self.handles for word in _stored_into(handle, stores.into(handle))}
        kept: list[tuple[Word, Any]] = []
        for word, value in zip(self.words, list(self.values), strict=True):
            life_can_end = word.field == "life"
            dated = word.kind == "time" and self.tells_apart(word)
            buffered = word.field == "buffer" and self.scene.memory == "tso"
            if life_can_end or buffered or word in pooled or word in stored or zeroing or dated:
                word.index = len(kept)
                kept.append((word, value))
            else:
                word.index = -1
                word.constant = value
        self.words = [word for word, _ in kept]
        self.values = [value for _, value in kept]

    def tells_apart(self, word: Word) -> bool:
        """Tell whether code looks at a moment; it grows older then though nobody stores it."""
        ticking = self.scene.ticking
        return ticking is not None and ticking.patience is not None and word.field != ticking.unseen[0]

    # Contexts ---------------------------------------------------------------------------------------------------

    def contexts(self) -> list[Context]:
        made: list[Context] = []
        for task in self.scene.tasks:
            handle = self.program.namespace[task.name]
            made.append(self.context(len(made), task, "task", task=handle, spare=task.spare))
        for interrupt in self.scene.interrupts:
            guard_arguments = tuple(self.resolve(argument) for argument in interrupt.guard_arguments)
            guard = _bound(interrupt.guard, guard_arguments)
            balanced = interrupt.balanced
            made.append(self.context(len(made), interrupt, interrupt.kind, guard=guard, balanced=balanced))
        return made

    def context(self, order: int, spec: TaskSpec | InterruptSpec, kind: Kind, **more: Any) -> Context:
        arguments = tuple(self.resolve(argument) for argument in spec.arguments)
        return Context(
            order + 1, spec.name, kind, spec.cpu, len(self.words) + order, spec.entry, arguments, **more
        )


class _NotBuilt:
    """Stands for the machine while it is set up."""

    def __getattr__(self, name: str) -> Any:
        raise Fault(
            "oops", "before the first step fields can be set, but nothing can run, be allocated or freed"
        )


def _stored_into(handle: Handle, fields: set[str]) -> Iterator[Word]:
    return (word for word in memory.words_of(handle) if word.field in fields)


def _bound(guard: Primitive, arguments: tuple[Any, ...]) -> Primitive:
    return Primitive(guard.name, lambda: guard.body(*arguments))


def _allocations(
    functions: Sequence[Stepped | Primitive], program: Program
) -> Iterator[tuple[str, str, type[Struct]]]:
    """Yield (name, "on_stack" or "kzalloc", struct) for every allocation; one without a name has that of the struct."""
    for function in functions:
        for variable, kind, named in function.outline.allocations if isinstance(function, Stepped) else ():
            struct = program.namespace.get(named)
            if isinstance(struct, type):
                yield variable or struct.__name__.lower(), kind, struct


def _calls_dynamically(function: Stepped, program: Program) -> bool:
    """Tell whether a function calls through a pointer, as `work.func(work)` does."""
    return any(program.namespace.get(name) is None for name in function.outline.called)
