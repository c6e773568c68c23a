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

_LONG_AGO = Time(-1)


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
            [_words(timer) for timer in machine.every(TimerList)] if _only_timers_look(machine) else []
        )

    def canonical(self, state: State) -> State:
        now = state[self._jiffies] if self._jiffies >= 0 else 0
        if int(now) == 0:
            return state
        new = list(state)
        new[self._jiffies] = Time(0)
        for index in self._moments:
            new[index] = Time(state[index] - now)
        for context in self._machine.contexts:
            new[context.slot] = self._machine.automata[context.number].shifted(state[context.slot], -now)
        for index in self._machine.buffers.values():
            new[index] = tuple((at, Time(v - now) if isinstance(v, Time) else v) for at, v in state[index])
        self._forget_the_past(new)
        return tuple(new)

    def _forget_the_past(self, new: list[Any]) -> None:
        """How long ago a timer expired does not matter, only which one did first; of an idle timer not even that."""
        expired = []
        for wheel, expires in self._timers:
            if expires < 0 or new[expires] >= 0:
                continue
            if wheel >= 0 and new[wheel] is not None:
                expired.append(expires)
            else:
                new[expires] = _LONG_AGO
        ranks = sorted({int(new[expires]) for expires in expired}, reverse=True)
        for expires in expired:
            new[expires] = Time(-1 - ranks.index(int(new[expires])))


def _words(timer: Handle) -> tuple[int, int]:
    """Return the indices of the words that tell whether a timer is armed, and for when."""
    entry, expires = memory.members(timer)["entry"], memory.members(timer)["expires"]
    assert isinstance(entry, Handle) and isinstance(expires, Word)
    wheel = memory.members(entry)["wheel"]
    assert isinstance(wheel, Word)
    return wheel.index, expires.index


def _only_timers_look(machine: Machine) -> bool:
    """Tell whether no code but that of timer.py reads when a timer expires."""
    roots = [context.entry for context in machine.contexts]
    for function in machine.program.reachable(roots):
        if not isinstance(function, Stepped) or function.file == "timer.py":
            continue
        for node in ast.walk(function.tree):
            if isinstance(node, ast.Attribute) and node.attr == "expires" and isinstance(node.ctx, ast.Load):
                return False
    return True
