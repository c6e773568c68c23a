"""States that differ in the date alone count as one: time is kept relative to now when states are compared.

Code can only compare moments and add to them (`structs.Time`), so shifting every moment in a state, in the memory and
in the contexts' local variables, changes nothing that anybody will ever do. So a periodic work has a finite graph.
"""

import ast
from collections.abc import Callable
from typing import Any

from ktwviz.kernel.timer import TimerList
from ktwviz.machine import memory
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.structs import Time


def relative_time(machine: Machine) -> Callable[[State], State]:
    """Return the function that gives the state which stands for all that differ from one in the date alone."""
    return _Relative(machine).canonical


class _Relative:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        jiffies = memory.members(machine.clock)["jiffies"]
        assert isinstance(jiffies, Word)
        self._jiffies = jiffies.index
        self._moments = [word.index for word in machine.words if word.kind == "time" and word is not jiffies]
        self._timers = (
            [_expiry(timer) for timer in machine.every(TimerList)] if _only_timers_look(machine) else []
        )

    def canonical(self, state: State) -> State:
        if self._jiffies < 0:
            return state
        now = state[self._jiffies]
        new = list(state)
        new[self._jiffies] = Time(0)
        for index in self._moments:
            new[index] = Time(state[index] - now)
        for context in self._machine.contexts:
            new[context.slot] = self._machine.automata[context.number].shifted(state[context.slot], -int(now))
        for index in self._machine.buffers.values():
            new[index] = tuple((at, Time(v - now) if isinstance(v, Time) else v) for at, v in state[index])
        self._forget_the_past(new)
        return tuple(new)

    def _forget_the_past(self, new: list[Any]) -> None:
        """How long ago a timer expired does not matter, only which one did first.

        An idle timer counts too: it may be on its way to add_timer(). While code has a moment in hand nothing is
        forgotten, since it may arm a timer for that moment.
        """
        if self._moment_in_hand(new):
            return
        past = [expires for expires in self._timers if expires >= 0 and new[expires] < 0]
        ranks = sorted({int(new[expires]) for expires in past}, reverse=True)
        for expires in past:
            new[expires] = Time(-1 - ranks.index(int(new[expires])))

    def _moment_in_hand(self, new: list[Any]) -> bool:
        waiting = [value for index in self._machine.buffers.values() for _, value in new[index]]
        return any(isinstance(value, Time) for value in waiting) or any(
            self._machine.automata[context.number].holds_moment(new[context.slot])
            for context in self._machine.contexts
        )


def _expiry(timer: Handle) -> int:
    """Return the index of the word that tells when a timer expires."""
    expires = memory.members(timer)["expires"]
    assert isinstance(expires, Word)
    return expires.index


def _only_timers_look(machine: Machine) -> bool:
    """Tell whether no code but that of timer.py reads when a timer expires."""
    roots = [context.entry for context in machine.contexts]
    for function in machine.program.reachable(roots):
        if not isinstance(function, Stepped) or function.file == "timer.py":
            continue
        for node in function.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "expires" and isinstance(node.ctx, ast.Load):
                return False
    return True
