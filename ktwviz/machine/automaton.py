"""A context's code as an automaton: local states, numbered, and what leads from one to the next.

A generator cannot be copied, so it is run only for a pair (local state, received value) that was never seen before;
where it has moved on already, a fresh one is brought to the place by sending it the same values again.

Two generators are in the same local state if they yield the same effect, stand at the same pc in the same functions,
and agree in all locals that are still read. A local whose value cannot be compared makes a local state of its own for
every history: a state too many, never a wrong merge.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from ktwviz.machine.context import Context
from ktwviz.machine.effects import CALL, FAULT, Effect
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.memory import Handle, WildPointer, Word
from ktwviz.machine.run import Fault
from ktwviz.machine.structs import Time
from ktwviz.values import dataclass, field

if TYPE_CHECKING:
    from ktwviz.machine.program import Program

IDLE, DONE = 0, 1
_DEEPEST_CALL = 40
_COMPARABLE = (int, type(None), str, type, Handle, WildPointer, Word, Stepped, Primitive, Context)

Code = Generator[Effect, Any, Any]


class CodeFault(Fault):
    """Code came to something that C leaves undefined, or went on beyond a `limit`; `frames` say where."""

    def __init__(self, kind: str, text: str, frames: tuple[Frame, ...]) -> None:
        super().__init__(kind, text)
        self.frames = frames


@dataclass(frozen=True)
class Frame:
    """One function on a local state's call stack, outermost first."""

    function: Stepped
    pc: int
    line: int
    locals: tuple[tuple[str, Any], ...]


@dataclass(eq=False)
class LocalState:
    """What a context's code is at one moment. `effect` is what it does next; None once it is done or dead."""

    number: int
    effect: Effect | None
    frames: tuple[Frame, ...]
    parent: LocalState | None
    received: Any
    dead: str = ""
    following: dict[Any, int] = field(default_factory=dict)
    generator: Code | None = None


def argument_of(local: LocalState, called: str) -> Any:
    """Return the first argument if a call of the primitive of this name is next, else None. For onlookers."""
    effect = local.effect
    if effect is None or effect[0] != CALL or effect[1].name != called:
        return None
    return effect[2][0]


class Automaton:
    """The local states of one piece of code, found as they are needed; number 0 is idle, 1 is done."""

    def __init__(self, start: Callable[[], Code], program: Program) -> None:
        self._start = start
        self._program = program
        self.states: list[LocalState] = [
            LocalState(IDLE, None, (), None, None),
            LocalState(DONE, None, (), None, None),
        ]
        self._numbers: dict[Any, int] = {}
        self._first: int | None = None
        # a local state never changes, so neither does what is told of it here
        self._shifted: dict[tuple[int, int], int] = {}
        self._moments: dict[tuple[int, str], tuple[int, ...]] = {}

    def first(self) -> int:
        """Return the number of the local state in which the code starts."""
        if self._first is None:
            self._first = self._advance(self._start(), None, None)
        return self._first

    def after(self, number: int, received: Any) -> int:
        """Return the local state that follows when the effect of state `number` gave `received`."""
        state = self.states[number]
        if not _comparable(received):
            return self._advance(self._at(state), state, received)
        key = _tagged(received)
        following = state.following.get(key)
        if following is None:
            following = state.following[key] = self._advance(self._at(state), state, received)
        return following

    def dies(self, number: int, why: str) -> int:
        """Return the local state of code that stopped for ever in state `number`."""
        key = ("dead", number, why)
        if key not in self._numbers:
            state = self.states[number]
            self._numbers[key] = len(self.states)
            self.states.append(LocalState(len(self.states), None, state.frames, state, None, dead=why))
        return self._numbers[key]

    def shifted(self, number: int, by: int) -> int:
        """Return the local state that is the same but for all its moments in jiffies, which are `by` later.

        Code sees differences of moments alone, so it would have come here had it been sent the later ones.
        """
        found = self._shifted.get((number, by))
        if found is None:
            found = self._shifted[number, by] = self._shift(number, by)
        return found

    def _shift(self, number: int, by: int) -> int:
        state = self.states[number]
        if state.dead:
            assert state.parent is not None
            return self.dies(self.shifted(state.parent.number, by), state.dead)
        if number in (IDLE, DONE) or not self.moments(number):
            return number
        here = self.first()
        for value in self._history(state)[1:]:
            here = self.after(here, Time(value + by) if isinstance(value, Time) else value)
        return here

    def moments(self, number: int, but_in: str = "") -> tuple[int, ...]:
        """Return the moments in jiffies that code in this local state still has in hand, but for that of one file."""
        found = self._moments.get((number, but_in))
        if found is None:
            found = self._moments[number, but_in] = self._moments_of(self.states[number], but_in)
        return found

    def _moments_of(self, state: LocalState, but_in: str) -> tuple[int, ...]:
        effect = state.effect
        operands = () if effect is None else effect[2] if effect[0] == CALL else effect[2:]
        if state.frames and state.frames[-1].function.file == but_in:
            operands = ()
        frames = (frame for frame in state.frames if frame.function.file != but_in)
        values = [*operands, *(value for frame in frames for _, value in frame.locals)]
        return tuple(int(value) for value in values if isinstance(value, Time))

    def _history(self, state: LocalState) -> list[Any]:
        """Return what a generator was sent on its way to this local state, the first None included."""
        received = []
        walk: LocalState | None = state
        while walk is not None:
            received.append(walk.received)
            walk = walk.parent
        return received[::-1]

    def _at(self, state: LocalState) -> Code:
        """Return a generator that stands in this local state."""
        if state.generator is not None:
            generator, state.generator = state.generator, None
            return generator
        generator = self._start()
        for value in self._history(state):
            self._program.refuel()
            generator.send(value)
        return generator

    def _advance(self, generator: Code, parent: LocalState | None, received: Any) -> int:
        try:
            effect = self._program.resume(generator, received)
            frames = self._frames(generator)
        except StopIteration:
            return DONE
        except CodeFault as fault:
            effect, frames = (FAULT, fault.kind, fault.text), fault.frames
        frames = frames or (parent.frames if parent else ())
        if len(frames) > _DEEPEST_CALL:
            effect = (FAULT, "oops", f"kernel stack overflow: {len(frames)} nested calls")
        key = self._key(effect, frames, parent, received)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.states)
            self.states.append(LocalState(number, effect, frames, parent, received))
        if self.states[number].generator is None and effect[0] != FAULT:
            # Its own history need not be this state's; its future is the same, and that is what counts.
            self.states[number].generator = generator
        return number

    def _key(
        self, effect: Effect, frames: tuple[Frame, ...], parent: LocalState | None, received: Any
    ) -> Any:
        operands = effect[2] if effect[0] == CALL else effect[2:]
        values = [*operands, *(value for frame in frames for _, value in frame.locals)]
        if all(_comparable(value) for value in values):
            places = tuple((frame.function, frame.pc) for frame in frames)
            return (effect[0], effect[1], places, tuple(_tagged(value) for value in values))
        if _comparable(received):
            return ("history", parent.number if parent else IDLE, _tagged(received))
        return ("alone", len(self.states))

    def _frames(self, generator: Any) -> tuple[Frame, ...]:
        frames = []
        while generator is not None and generator.gi_frame is not None:
            frame = self._program.frame(generator)
            if frame is not None:
                frames.append(frame)
            generator = generator.gi_yieldfrom
        return tuple(frames)


def _tagged(value: Any) -> Any:
    """Return a key for a value that does not take True for 1 nor one type for another."""
    return (value.__class__, value)


def _comparable(value: Any) -> bool:
    return isinstance(value, _COMPARABLE)
