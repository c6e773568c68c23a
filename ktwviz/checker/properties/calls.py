"""Which functions a step enters and leaves, with what it passes to them and what they return.

Between two accesses to memory code is free to call and to return, and a local state does not tell that it did. So the
stretch of code between two local states is run once more, with every call noted.
"""

from __future__ import annotations

from typing import Any

from ktwviz.kernel.kthread_api import v4_name
from ktwviz.machine.automaton import DONE, IDLE, Code, CodeFault, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.effects import Effect, perform
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.program import Program
from ktwviz.machine.run import Run
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Call:
    """A function was entered, or left.

    `function` and `caller`, which called it, are named as in v4; `name` is what the function is really called.
    `arguments` are known where it is entered, `value` where it is left.
    """

    entered: bool
    function: str
    caller: str
    name: str
    arguments: tuple[Any, ...] = ()
    value: Any = None


class _Tape:
    """What one generator has called so far, and where it stands."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.stack: list[str] = []


class _Recording(Program):
    """The same program; every call of a stepped function leaves a note on the tape in hand."""

    tape: _Tape

    def _call(self, compiled: Any, arguments: tuple[Any, ...], globals_: dict[str, Any]) -> Code:
        return self._noted(compiled.stepped.name, arguments, super()._call(compiled, arguments, globals_))

    def _noted(self, name: str, arguments: tuple[Any, ...], code: Code) -> Code:
        stack = self.tape.stack
        function, caller = v4_name(name), stack[-1] if stack else ""
        stack.append(function)
        self.tape.calls.append(Call(True, function, caller, name, arguments))
        value = yield from code
        # whoever resumed this generator has put its tape in hand again
        self.tape.stack.pop()
        self.tape.calls.append(Call(False, function, caller, name, value=value))
        return value


class Calls:
    """The calls of each step of a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._program = _Recording(machine.program.namespace)
        self._of = {context.number: _CallsOf(machine, context, self._program) for context in machine.contexts}

    def between(self, context: Context, before: State, after: State) -> tuple[Call, ...]:
        """Return what a context's step from one state to the next entered and left, in order."""
        of = self._of[context.number]
        key = before[context.slot], after[context.slot]
        known = of.known.get(key)
        if known is None:
            known = of.find(before, *key)
        return known

    def first(self, context: Context) -> tuple[Call, ...]:
        """Return what the code of a context enters before its first step."""
        return self._of[context.number].begin()


class _CallsOf:
    """The calls of one context's steps."""

    def __init__(self, machine: Machine, context: Context, program: _Recording) -> None:
        self._machine = machine
        self._context = context
        self._program = program
        self._states = machine.automata[context.number].states
        self._start = program.starter(context.entry, context.arguments, context)
        self._stretches: dict[Any, tuple[Call, ...]] = {}
        self._standing: dict[int, tuple[Code, _Tape]] = {}
        self.known: dict[tuple[int, int], tuple[Call, ...]] = {}

    def begin(self) -> tuple[Call, ...]:
        """Return what is entered before the first step."""
        tape = _Tape()
        self._send(self._start(), tape, None)
        return tuple(tape.calls)

    def find(self, before: State, here: int, there: int) -> tuple[Call, ...]:
        """Return the calls of a step; kept where they do not depend on what the step received."""
        if here == there or self._states[there].dead:
            return ()
        if here == IDLE:
            self.known[here, there] = self.begin()
            return self.known[here, there]
        local = self._states[here]
        # an interrupt that is through is idle again
        end = DONE if there == IDLE else there
        ways = [value for (_, value), number in local.following.items() if number == end]
        stretches = [self._stretch(local, value, end) for value in ways]
        if stretches and all(stretch == stretches[0] for stretch in stretches):
            self.known[here, there] = stretches[0]
            return stretches[0]
        run = Run(before, self._machine, self._context)
        return self._stretch(local, perform(run, local.effect or ()), end)

    def _stretch(self, local: LocalState, received: Any, there: int) -> tuple[Call, ...]:
        """Run the code on from a local state; it must come to the one that the machine has come to."""
        key = (local.number, received.__class__, received)
        found = self._stretches.get(key)
        if found is None:
            standing = self._standing.pop(local.number) if local.number in self._standing else self._at(local)
            code, tape = standing
            tape.calls.clear()
            effect = self._send(code, tape, received)
            found = self._stretches[key] = tuple(tape.calls)
            if effect is not None:
                assert effect == self._states[there].effect, "the same code has come to another place"
                self._standing.setdefault(there, (code, tape))
        return found

    def _at(self, local: LocalState) -> tuple[Code, _Tape]:
        """Return a generator that stands in this local state."""
        history = []
        walk: LocalState | None = local
        while walk is not None:
            history.append(walk.received)
            walk = walk.parent
        code, tape = self._start(), _Tape()
        for value in reversed(history):
            self._send(code, tape, value)
        return code, tape

    def _send(self, code: Code, tape: _Tape, value: Any) -> Effect | None:
        """Resume a generator with its tape in hand; None if its code ends or cannot go on."""
        self._program.tape = tape
        try:
            return self._program.resume(code, value)
        except (StopIteration, CodeFault):
            return None
