"""A machine of which a search finds one state for each orbit."""

from __future__ import annotations

from collections.abc import Iterable

from ktwviz.checker.symmetry.orbits import Symmetry
from ktwviz.checker.ticks import Jumping
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Enabled, Machine, State


class Reduced(Machine):
    """A machine in which one state stands for each orbit of its identical tasks."""

    merges = True

    def __init__(self, machine: Machine) -> None:
        self.__dict__.update(machine.__dict__)
        self._inner = machine
        self.jumps = machine.jumps
        self.symmetry = Symmetry(machine.whole)
        self.canonical = lambda state: self.symmetry.canonical(machine.canonical(state))

    @property
    def whole(self) -> Machine:
        """The machine in which every task is told from the others."""
        return self._inner.whole

    def successors(self, state: State) -> list[tuple[Enabled, State]]:
        """Return every step that can be taken here and the state that stands for the one it leads to."""
        canonical = self.symmetry.canonical
        return [(step, canonical(following)) for step, following in self._inner.successors(state)]

    def names_one(self, function: Stepped) -> bool:
        """Tell whether a stepped expression tells one of the identical tasks from the others."""
        return self.symmetry.names_one(function)

    def tells_ticks_apart(self, function: Stepped) -> bool:
        """Tell whether an expression tells the ticks apart that a clock which jumps leaves out; see `jumps`."""
        return isinstance(self._inner, Jumping) and self._inner.tells_ticks_apart(function)

    def real_keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the schedule of the machine itself that a schedule through representatives stands for.

        It leads into the orbit of the same state: after each step the names are those of the run so far.
        """
        symmetry = self.symmetry
        names = tuple(range(len(symmetry.members)))  # who each member of the representative is in the run
        state, real = self.initial, []
        for key in keys:
            real.append(symmetry.renamed_key(key, names))
            following = next(after for step, after in self._inner.successors(state) if step.choice == key)
            order = symmetry.order(following)
            state = symmetry.image(following, order)
            names = tuple(names[order.index(place)] for place in range(len(order)))
        return self._inner.real_keys(real)
