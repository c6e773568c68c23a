"""States that differ in the date alone count as one: time is kept relative to now when states are compared.

Code can only compare moments and add to them (`structs.Time`), so shifting every moment in a state, in the memory and
in the contexts' local variables, changes nothing that anybody will ever do. So a periodic work has a finite graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ktwviz.kernel.dates import goes_back, looks_of
from ktwviz.kernel.timer import TimerList
from ktwviz.machine import memory
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.structs import Time


def relative_time(machine: Machine, asked: Iterable[Stepped] = ()) -> RelativeTime:
    """Return the function that gives the state which stands for all that differ from one in the date alone.

    `asked` are the expressions that will be asked of such states, as a lesson's properties: what they read is kept.
    """
    return RelativeTime(machine, asked)


class RelativeTime:
    """Gives the state that stands for all that differ from one in the date alone, and in what is past for good."""

    def __init__(self, machine: Machine, asked: Iterable[Stepped] = ()) -> None:
        self._machine = machine
        self._code = [(context.slot, machine.automata[context.number]) for context in machine.contexts]
        jiffies = memory.members(machine.clock)["jiffies"]
        assert isinstance(jiffies, Word)
        # an object that is made later begins with a date of 0, which is no moment beside others
        fresh = (
            word for pool in machine.pools.values() for handle in pool for word in memory.words_of(handle)
        )
        dated = any(word.kind == "time" for word in fresh) and _date_read(machine, asked)
        self._jiffies = -1 if dated else jiffies.index
        self._moments = [word.index for word in machine.words if word.kind == "time" and word is not jiffies]
        timers = machine.every(TimerList)
        forgets = bool(timers) and not _date_read(machine, asked) and not _goes_back(machine)
        self._timers = [_expiry(timer) for timer in timers] if forgets else []

    def keeps(self, function: Stepped) -> bool:
        """Tell whether an expression has the same value in a state and in the one that stands for it.

        It has not if it looks at moments, and nobody has said before that this would be asked: past expiries are
        forgotten then, or the clock stops before it could tell them apart.
        """
        machine = self._machine
        reached = [*_reached(machine, [function])]
        if self._timers and _read_an_expiry(reached):
            return False
        looks = looks_of(machine.program, reached)
        return looks is None or (machine.patience is not None and looks <= machine.patience)

    def __call__(self, state: State) -> State:
        """Return the state that stands for this one."""
        if self._jiffies < 0:
            return state
        now = int(state[self._jiffies])
        new = list(state)
        new[self._jiffies] = Time(0)
        for index in self._moments:
            new[index] = Time(state[index] - now)
        for slot, code in self._code:
            new[slot] = code.shifted(state[slot], -now)
        for index in self._machine.buffers.values():
            new[index] = tuple((at, Time(v - now) if isinstance(v, Time) else v) for at, v in state[index])
        self._forget_the_past(new)
        return tuple(new)

    def _forget_the_past(self, new: list[Any]) -> None:
        """How long ago a timer expired does not matter, only which one did first.

        An idle timer counts too: it may be on its way to add_timer(). Code may arm a timer for a moment that it has
        in hand, so that only what is older than all of those is forgotten. What was forgotten at an earlier tick is
        older than what code got into its hands since then: both states come out the same here.
        """
        past = [expires for expires in self._timers if expires >= 0 and new[expires] < 0]
        if not past:
            return
        oldest = min([0, *self._moments_in_hand(new)])
        past = [expires for expires in past if new[expires] < oldest]
        ranks = sorted({int(new[expires]) for expires in past}, reverse=True)
        for expires in past:
            new[expires] = Time(oldest - 1 - ranks.index(int(new[expires])))

    def _moments_in_hand(self, new: list[Any]) -> Iterator[int]:
        """Yield the moments that code may arm a timer for: in local variables, store buffers, fields of its own."""
        for index in self._machine.buffers.values():
            yield from (int(value) for _, value in new[index] if isinstance(value, Time))
        for slot, code in self._code:
            yield from code.moments(new[slot])
        yield from (int(new[index]) for index in self._moments if index not in self._timers)


def _expiry(timer: Handle) -> int:
    """Return the index of the word that tells when a timer expires."""
    expires = memory.members(timer)["expires"]
    assert isinstance(expires, Word)
    return expires.index


def _code_of(machine: Machine) -> Iterator[Stepped]:
    """Yield all stepped functions that can run, those included that are called through a pointer."""
    held = _held(machine)
    passed = (argument for context in machine.contexts for argument in context.arguments)
    entries = [context.entry for context in machine.contexts]
    roots = [*entries, *(value for value in (*held, *passed) if isinstance(value, Stepped))]
    return _reached(machine, roots)


def _reached(machine: Machine, roots: Iterable[Stepped]) -> Iterator[Stepped]:
    found = machine.program.reachable(list(roots))
    return (function for function in found if isinstance(function, Stepped))


def _goes_back(machine: Machine) -> bool:
    """Tell whether code may arm a timer for longer ago than any moment that it has in hand."""
    arguments = (value for context in machine.contexts for value in context.arguments)
    negative = any(type(value) is int and value < 0 for value in (*_held(machine), *arguments))
    return goes_back(machine.program, _code_of(machine), negative)


def _held(machine: Machine) -> tuple[Any, ...]:
    """Return the values that words have at the beginning, or always."""
    words = (word for handle in machine.objects for word in memory.words_of(handle) if word.index < 0)
    return (*machine.initial, *(word.constant for word in words))


def _date_read(machine: Machine, asked: Iterable[Stepped]) -> bool:
    """Tell whether code of the scenario, or what is asked of its states, reads when a timer expires."""
    code = (each for each in _code_of(machine) if each.file != "timer.py")
    return _read_an_expiry([*code, *_reached(machine, asked)])


def _read_an_expiry(functions: Iterable[Stepped]) -> bool:
    """Tell whether some code reads when a timer expires. That of timer.py only asks which one did first."""
    return any("expires" in function.outline.read for function in functions)
