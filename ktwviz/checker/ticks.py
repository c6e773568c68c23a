"""Ticks: where only the order of moments matters, the clock jumps to the next of them.

Code learns the date only by reading `jiffies`, and by arming a timer for what may be over. Once nobody will do so any
more, all that the date decides is which timers have expired, and that changes only at the moments that are noted
somewhere: in a timer, a field, a local variable, a store buffer. Between two of them every state has the same steps but
for the tick, and they lead to states that differ in the date alone; so it is enough to see one of them. Before that
each tick is taken singly: what is armed later depends on when.

Schedules through jumps are shorter than runs of the machine itself; `Jumping.real_keys` puts the ticks back. Numbers
of interleavings, steps and chances would be those of the jumps, so they are not told.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ktwviz.kernel.timer import waits_for_a_tick
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, IDLE
from ktwviz.machine.context import Context
from ktwviz.machine.effects import CALL, Effect
from ktwviz.machine.language import Primitive, Special, Stepped
from ktwviz.machine.layout import codes_of, host_functions
from ktwviz.machine.liveness import read_later
from ktwviz.machine.machine import TICK, Enabled, Machine, State
from ktwviz.machine.memory import Word
from ktwviz.machine.rewrite import ENTER, rewrite
from ktwviz.machine.structs import Time
from ktwviz.machine.subset import OUR_PREFIX

_CLOCK = f"{OUR_PREFIX}_clock"
_BY_POINTER = f"{OUR_PREFIX}_by_pointer"


class Jumping(Machine):
    """A machine whose clock jumps to the next moment where nobody will read the date any more."""

    jumps = True

    def __init__(self, machine: Machine) -> None:
        self.__dict__.update(machine.__dict__)
        self._inner = machine
        self._dates = _Dates(machine)
        jiffies = memory.members(machine.clock)["jiffies"]
        assert isinstance(jiffies, Word)
        self._jiffies = jiffies.index
        self._moments = [word.index for word in machine.words if word.kind == "time" and word is not jiffies]
        self._places = [word.index for word in machine.words if word.field == "wheel"]
        self.canonical = self._eve

    @property
    def whole(self) -> Machine:
        """The machine that takes each tick singly."""
        return self._inner.whole

    def successors(self, state: State) -> list[tuple[Enabled, State]]:
        """Return every step that can be taken here and the state it leads to; a tick may stand for several."""
        found = self._inner.successors(state)
        if self._jiffies < 0 or self._dates.may_be_read(state):
            return found
        return [
            (step, self._later(following, self._ahead(state) - 1) if step.choice == TICK else following)
            for step, following in found
        ]

    def real_keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the schedule with every tick of every jump."""
        state, real = self.initial, list[str]()
        for key in keys:
            jumps = key == TICK and self._jiffies >= 0 and not self._dates.may_be_read(state)
            real += [key] * (self._ahead(state) if jumps else 1)
            state = next(after for step, after in self.successors(state) if step.choice == key)
        return self._inner.real_keys(real)

    def tells_ticks_apart(self, function: Stepped) -> bool:
        """Tell whether a stepped expression may have different values between two moments that are noted."""
        return self._dates.is_read_by(function)

    def _ahead(self, state: State) -> int:
        """Return how many ticks the next moment is away that is noted anywhere; 1 if none is.

        A timer that was armed for the past waits for the very next tick.
        """
        if any(
            place is not None and waits_for_a_tick(place) for place in map(state.__getitem__, self._places)
        ):
            return 1
        noted = [int(state[index]) for index in self._moments]
        for index in self.buffers.values():
            noted += [int(value) for _, value in state[index] if isinstance(value, Time)]
        for context in self.contexts:
            noted += self.automata[context.number].moments(state[context.slot])
        now = int(state[self._jiffies])
        return min((moment - now for moment in noted if moment > now), default=1)

    def _later(self, state: State, ticks: int) -> State:
        """Return the state some ticks later, none of which comes to a moment that is noted."""
        if not ticks:
            return state
        new = list(state)
        new[self._jiffies] = Time(state[self._jiffies] + ticks)
        return self._inner.canonical(tuple(new))

    def _eve(self, state: State) -> State:
        """Return the state that stands for all between two moments: the last one before the next of them.

        The clock may stand still there, as no timer is armed; that it has come so far makes no difference then.
        """
        state = self._inner.canonical(state)
        if self._jiffies < 0 or self._dates.may_be_read(state):
            return state
        return self._later(state, self._ahead(state) - 1)


class _Dates:
    """Tells whether any code will still read `jiffies`: of a state, by where each context stands."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._program = machine.program
        entries = [context.entry for context in machine.contexts]
        constants = [
            word.constant for handle in machine.objects for word in memory.words_of(handle) if word.index < 0
        ]
        held = [value for value in (*machine.initial, *constants) if isinstance(value, Stepped)]
        arguments = [value for c in machine.contexts for value in c.arguments if isinstance(value, Stepped)]
        roots = [*entries, *held, *arguments]
        self._pointers = [*held, *arguments, *self._program.pointed_to(roots)]
        self._by_pointer = self._reads_somewhere(self._pointers)
        self._functions: dict[Stepped, bool] = {}
        self._later: dict[Stepped, dict[int, bool]] = {}
        self._places: dict[tuple[int, int], bool] = {}

    def may_be_read(self, state: State) -> bool:
        """Tell whether some context may still come to code that reads the date."""
        return any(self._at(context, state[context.slot]) for context in self._machine.contexts)

    def is_read_by(self, function: Stepped) -> bool:
        """Tell whether an expression reads the date, itself or in what it calls."""
        return self._reads_somewhere([function])

    def _at(self, context: Context, number: int) -> bool:
        found = self._places.get((context.number, number))
        if found is None:
            found = self._places[context.number, number] = self._from(context, number)
        return found

    def _from(self, context: Context, number: int) -> bool:
        if number == DONE:
            return False
        # an interrupt can come, or come again
        if (number == IDLE or context.kind != "task") and self._function(context.entry):
            return True
        local = self._machine.automata[context.number].states[number]
        if local.dead or local.effect is None:
            return False
        return self._next_reads(local.effect) or any(
            self._after(frame.function, frame.pc) for frame in local.frames
        )

    def _next_reads(self, effect: Effect) -> bool:
        if effect[0] == CALL:
            return _reads(effect[1], self._program.namespace)
        return any(effect[1] is word for word in memory.members(self._machine.clock).values())

    def _function(self, function: Stepped) -> bool:
        if function not in self._functions:
            self._functions[function] = self._reads_somewhere([function]) or (
                self._by_pointer and any(map(self._calls_by_pointer, self._program.reachable([function])))
            )
        return self._functions[function]

    def _reads_somewhere(self, roots: list[Stepped]) -> bool:
        return any(_reads(each, self._program.namespace) for each in self._program.reachable(roots))

    def _calls_by_pointer(self, function: Stepped | Primitive) -> bool:
        if not isinstance(function, Stepped):
            return False
        return any(
            isinstance(node, ast.Call)
            and not (isinstance(node.func, ast.Name) and self._names_a_function(node.func.id, function))
            for statement in function.tree.body
            for node in ast.walk(statement)
        )

    def _names_a_function(self, name: str, function: Stepped) -> bool:
        return name not in function.own_names and self._program.namespace.get(name) is not None

    def _after(self, function: Stepped, pc: int) -> bool:
        """Tell whether the date may be read between a step of a function and its end."""
        found = self._later.get(function)
        if found is None:
            found = self._later[function] = self._flow(function)
        return found.get(pc, True)

    def _flow(self, function: Stepped) -> dict[int, bool]:
        namespace = self._program.namespace
        tree = rewrite(function, namespace).tree
        called = {name: value for name, value in namespace.items() if isinstance(value, Stepped | Primitive)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == ENTER:
                callee = node.args[0]
                if not (isinstance(callee, ast.Name) and self._names_a_function(callee.id, function)):
                    node.func.id = _BY_POINTER
        later = read_later(tree, frozenset({*called, _CLOCK, _BY_POINTER}))
        return {pc: any(self._named(name, called) for name in names) for pc, names in later.items()}

    def _named(self, name: str, called: dict[str, Stepped | Primitive]) -> bool:
        if name == _CLOCK:
            return True
        if name == _BY_POINTER:
            return self._by_pointer
        function = called[name]
        if isinstance(function, Primitive):
            return _reads(function, self._program.namespace)
        return self._function(function)


def _reads(function: Stepped | Primitive, namespace: dict[str, object]) -> bool:
    """Tell whether a function itself reads the date.

    The timer core only asks which timers have expired, but for arming: whether that moment is over decides when it
    fires.
    """
    if isinstance(function, Stepped):
        for node in function.nodes:
            value = namespace.get(node.id) if isinstance(node, ast.Name) else None
            if value is not None and node.id not in function.own_names:  # type: ignore[attr-defined]  # a Name
                if isinstance(value, Special) and value.name == "jiffies":
                    return True
                if isinstance(value, memory.Handle) and memory.struct_of(value).__name__ == "Clock":
                    return True
        return False
    if function.body.__module__ == "ktwviz.kernel.timer":
        return function.name == "internal_add_timer"
    return any(
        "jiffies" in code.co_names for body in host_functions(function.body) for code in codes_of(body)
    )
