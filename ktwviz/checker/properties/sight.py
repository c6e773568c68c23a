"""How properties look at a state: words whether their object is alive or not, and where the code of a context stands.

Everything here is memoised, by the words that were read or by the number of a local state, so that a property costs a
few look-ups in each state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ktwviz.kernel.kthread_api import v4_name
from ktwviz.machine import memory
from ktwviz.machine.automaton import Frame, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.effects import CALL
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import LIVE, Handle, Word
from ktwviz.machine.structs import Struct
from ktwviz.machine.tree import Tree

T = TypeVar("T")


class Sight:
    """A state while somebody looks at it; what was read is noted."""

    def __init__(self, state: Sequence[Any]) -> None:
        self._state = state
        self._seen: dict[int, Any] = {}

    @property
    def reads(self) -> list[tuple[int, Any]]:
        """What was read, in order."""
        return list(self._seen.items())

    def value(self, word: Word) -> Any:
        """Return a word's value, also where its object is dead."""
        if word.index < 0:
            return word.constant
        return self._seen.setdefault(word.index, self._state[word.index])

    def read(self, handle: Handle, *names: str) -> Any:
        """Return a field by its path: the value of a word, or the address of an embedded struct."""
        member = part(handle, *names)
        return self.value(member) if isinstance(member, Word) else member

    def alive(self, handle: Handle) -> bool:
        """Tell whether an object is allocated and not freed."""
        life = life_of(handle)
        return life is None or self.value(life) == LIVE


class Memo(Generic[T]):
    """A function of a state, memoised by the words that it reads."""

    def __init__(self, work_out: Callable[[Sight], T]) -> None:
        def noted(state: Sequence[Any]) -> tuple[list[tuple[int, Any]], tuple[T]]:
            sight = Sight(state)
            found = work_out(sight)
            return sight.reads, (found,)

        self._tree: Tree[tuple[T]] = Tree(noted)

    def at(self, state: State) -> T:
        """Return the function's value in a state."""
        return self._tree.at(state)[0]


class AtLocalState(Generic[T]):
    """A function of where a context's code stands, worked out once for each local state."""

    def __init__(self, machine: Machine, context: Context, work_out: Callable[[LocalState], T]) -> None:
        self._states = machine.automata[context.number].states
        self._slot = context.slot
        self._work_out = work_out
        self._known: list[T] = []

    def at(self, state: State) -> T:
        """Return the function's value in a state."""
        number, known = state[self._slot], self._known
        return known[number] if number < len(known) else self.of(number)

    def of(self, number: int) -> T:
        """Return the function's value for a local state."""
        known = self._known
        while len(known) <= number:
            known.append(self._work_out(self._states[len(known)]))
        return known[number]


class Anyone:
    """Whether some context stands where `is_so` says yes; asked of so many states that a call for each would tell."""

    def __init__(self, machine: Machine, is_so: Callable[[LocalState], bool]) -> None:
        self._places = [(context.slot, AtLocalState(machine, context, is_so)) for context in machine.contexts]

    def at(self, state: State) -> bool:
        """Tell whether it is so in a state."""
        for slot, at in self._places:
            number, known = state[slot], at._known
            if known[number] if number < len(known) else at.of(number):
                return True
        return False


def part(handle: Handle, *names: str) -> Handle | Word:
    """Return the word or embedded struct at a path of fields."""
    member: Handle | Word = handle
    for name in names:
        assert isinstance(member, Handle)
        member = memory.members(member)[name]
    return member


def word_at(handle: Handle, *names: str) -> Word:
    """Return the word at a path of fields."""
    word = part(handle, *names)
    assert isinstance(word, Word)
    return word


def life_of(handle: Handle) -> Word | None:
    """Return the word that tells whether an object is allocated; None where it always is."""
    return next(memory.words_of(handle)).life


def called(local: LocalState) -> tuple[str, tuple[Any, ...]]:
    """Return the primitive that a context calls next, with its arguments; an empty name if it calls none."""
    effect = local.effect
    if effect is None or effect[0] != CALL:
        return "", ()
    return effect[1].name, effect[2]


def frames_of(local: LocalState, function: str) -> Iterator[Frame]:
    """Yield the frames of a function, named as in v4, on a context's stack; those of a dead context do not count."""
    if not local.dead:
        yield from (frame for frame in local.frames if v4_name(frame.function.name) == function)


def inside(local: LocalState, *functions: str) -> bool:
    """Tell whether a context is inside one of these functions, named as in v4."""
    return any(True for function in functions for _ in frames_of(local, function))


def local_of(frame: Frame, name: str) -> Any:
    """Return a local variable that is still to be read, None for another one."""
    return dict(frame.locals).get(name)


def held(frame: Frame, name: str, struct: type[Struct]) -> tuple[Handle, ...]:
    """Return what of a type a frame's local variables point to: the one of this name, or all where it points to none.

    Code that somebody has changed may keep it under another name.
    """
    named = local_of(frame, name)
    values = [named] if _points_to(named, struct) else [value for _, value in frame.locals]
    return tuple(dict.fromkeys(value for value in values if _points_to(value, struct)))


def _points_to(value: object, struct: type[Struct]) -> bool:
    return isinstance(value, Handle) and issubclass(memory.struct_of(value), struct)


def anyone_dead(machine: Machine) -> Callable[[State], bool]:
    """Return what tells whether some context has stopped for good: what such a state shows is consequence."""
    return Anyone(machine, lambda local: bool(local.dead)).at


def settled(machine: Machine, state: State) -> bool:
    """Tell whether no store waits in a buffer: memory is then what every CPU sees."""
    return not machine.buffers or not any(state[index] for index in machine.buffers.values())


def own_view(machine: Machine, state: State, context: Context) -> State:
    """Return the state as the CPU of a context sees it: its own stores that wait in a buffer count as done."""
    buffer = machine.buffers.get(context.cpu)
    if buffer is None or not state[buffer]:
        return state
    seen = list(state)
    for at, value in state[buffer]:
        seen[at] = value
    return tuple(seen)


def views(machine: Machine, state: State) -> Iterator[State]:
    """Yield the state as memory has it, and as each CPU sees it whose stores wait in a buffer."""
    yield state
    for index in machine.buffers.values():
        if state[index]:
            seen = list(state)
            for at, value in state[index]:
                seen[at] = value
            yield tuple(seen)
