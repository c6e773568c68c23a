"""A property of the past, seen from where the tree begins: where it can be broken from there on, and by which runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ktwviz.checker.orders import Order, Ways
from ktwviz.checker.reach import Reach
from ktwviz.lesson.lookout import Past
from ktwviz.lesson.search import Broken
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State
from ktwviz.values import dataclass


@dataclass(frozen=True, eq=False)
class PastHere:
    """What breaks by its past, and the place of that from which on it is looked at; None where nothing follows."""

    broken: Broken
    past: Past
    start: int | None

    @cached_property
    def _reach(self) -> Reach | None:
        return None if self.start is None else Reach(self.past.graph, self.start)

    @cached_property
    def bad(self) -> tuple[int, ...]:
        """The places at which it breaks, the nearest first."""
        reach = self._reach
        if reach is None:
            return ()
        return tuple(sorted(self.past.bad.states & set(reach.order), key=lambda at: (reach.depths[at], at)))

    @property
    def bad_states(self) -> frozenset[int]:
        """The states in which it breaks, on some way."""
        return self.past.states_of(self.bad)

    @property
    def states_ahead(self) -> frozenset[int]:
        """The states from which it can still be broken, on some way that led to them."""
        order = self._reach.order if self._reach is not None else ()
        return self.past.states_of(at for at in order if self.past.outlook.of(at).steps is not None)

    def schedules(self, order: Order, last: str, most: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the state in which it breaks, and the best schedule to it, for so many of the nearest places."""
        if self.start is None:
            return
        ways = Ways(self.past.graph, order=order, start=self.start, last=last)
        for at in self.bad[:most]:
            keys = ways.to_state(at)
            if keys is not None:
                yield self.past.graph.states[at][0], keys

    def how(self, at: int, before: State, context: Context | None, after: State) -> str:
        """Return how a step from one of the places breaks it, "" where it does not."""
        return self.past.watcher.after(self.past.graph.states[at][1], before, context, after)[1]
