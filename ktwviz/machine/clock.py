"""When a jiffy passes: where a timer is armed for later, and where code could tell that time has gone on.

Code learns how old a moment is by comparing it with the date. So where any code or claim looks at the date, the clock
goes on as long as some moment that is noted anywhere is not older than `patience`, the sum of all numbers that are put
beside moments: what is older than that is older than any number that an age is compared with, and is so from then on.
Where code reckons with an age in another way, `unsure` says so, and a search is not complete where the clock stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ktwviz.machine import memory
from ktwviz.machine.memory import Word
from ktwviz.machine.structs import Time
from ktwviz.values import dataclass

if TYPE_CHECKING:
    from ktwviz.machine.language import Primitive
    from ktwviz.machine.machine import Machine


@dataclass(frozen=True)
class Ticking:
    """How the clock of a scene ticks.

    `armed` is the step of one jiffy with the guard that a timer is armed for later; `anyhow` is the same without it,
    for as many jiffies as somebody may tell apart: `patience`, None where nobody looks at the date. `unseen` is the
    field of moments that only one file of the kernel looks at, and that file; ("", "") where there is none. `unsure`
    says where a search ends, "" where the clock stops only when nobody can tell.
    """

    armed: Primitive
    anyhow: Primitive
    patience: int | None = None
    unseen: tuple[str, str] = ("", "")
    unsure: str = ""


class Dates:
    """Tells whether anybody could tell that a jiffy more has passed."""

    def __init__(self, machine: Machine, ticking: Ticking) -> None:
        self._machine = machine
        self.patience = ticking.patience
        self._unseen_in = ticking.unseen[1]
        jiffies = memory.members(machine.clock)["jiffies"]
        assert isinstance(jiffies, Word)
        self._jiffies = jiffies.index
        self._moments = [
            word.index
            for word in machine.words
            if word.kind == "time" and word is not jiffies and word.field != ticking.unseen[0]
        ]

    def can_be_told(self, state: Sequence[Any]) -> bool:
        """Tell whether some moment that is noted in a state is young enough to be told from an older one."""
        if self.patience is None:
            return False
        oldest = state[self._jiffies] - self.patience
        return any(moment >= oldest for moment in self._noted(state))

    def all_are_old(self, state: Sequence[Any]) -> bool:
        """Tell whether moments are noted in a state, and none is young enough."""
        noted = self.patience is not None and any(True for _ in self._noted(state))
        return noted and not self.can_be_told(state)

    def _noted(self, state: Sequence[Any]) -> Iterator[int]:
        """Yield the moments in fields, in store buffers, and in what code has in hand."""
        yield from (int(state[index]) for index in self._moments)
        for index in self._machine.buffers.values():
            yield from (int(value) for _, value in state[index] if isinstance(value, Time))
        for context in self._machine.contexts:
            yield from self._machine.automata[context.number].moments(state[context.slot], self._unseen_in)
