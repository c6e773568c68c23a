"""What a built-in property is, and the three ways in which one can be judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from ktwviz.checker.explore import Graph
from ktwviz.checker.liveness import Bottom, bottoms
from ktwviz.checker.properties.calls import Calls
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class Builtin:
    """A built-in property: its name in lessons, one sentence, and where the rule comes from.

    One that is not `by_default` is judged where it is asked for. With `cuts`, nothing is followed beyond a state that
    breaks it: what comes after is consequence. With `yields`, it is left out, unless asked for, where a run deadlocks.
    """

    name: str
    sentence: str
    source: str
    by_default: bool = True
    cuts: bool = False
    yields: bool = False


@dataclass(frozen=True)
class Found:
    """How a property is broken, and the schedule that leads there."""

    how: str
    keys: tuple[str, ...]


Judge = Callable[[State], str]
"""Tells of a state how it breaks a property, as a sentence; empty where it does not."""


@dataclass(frozen=True)
class StepJudge:
    """Tells of a step how it breaks a property. `cares` says from which local states such a step can come."""

    cares: Callable[[Context, LocalState], bool]
    judge: Callable[[State, Enabled], str]


class Stopped(Exception):
    """Somebody wants no more of this; the text is the bound that was met."""


class Whole:
    """A graph, and what several properties read off it, worked out once.

    Who takes long calls `go_on` now and then; it raises Stopped where `interrupted` names a bound, as in `explore`.
    """

    def __init__(self, graph: Graph, interrupted: Callable[[int], str] = lambda states: "") -> None:
        self.graph = graph
        self._interrupted = interrupted
        self._known: dict[Callable[[Graph], Any], Any] = {}

    def once(self, make: Callable[[Graph], T]) -> T:
        """Return what `make` gives for the graph; it is called once."""
        if make not in self._known:
            self._known[make] = make(self.graph)
        found: T = self._known[make]
        return found

    def go_on(self) -> None:
        """Raise Stopped where a bound is met."""
        bound = self._interrupted(len(self.graph.states))
        if bound:
            raise Stopped(bound)

    @cached_property
    def bottoms(self) -> list[Bottom]:
        """The parts of the graph that are never left, the nearest first."""
        return bottoms(self.graph)

    @cached_property
    def calls(self) -> Calls:
        """Which functions each step enters and leaves."""
        return Calls(self.graph.machine)


StateRule = Callable[[Machine], Judge]
StepRule = Callable[[Machine], StepJudge]
GraphRule = Callable[[Whole], Found | None]
"""Tells of a graph how some run in it breaks a property; None where none does, as far as the graph was explored."""
