"""One run, judged step by step: which properties it breaks, and with which step.

What no single run can tell is not judged: that something goes on for ever, in which order locks are taken elsewhere,
that something holds at some time. All interleavings tell that (`verdicts.py`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from ktwviz.checker.explore import Graph
from ktwviz.checker.liveness import Bottom
from ktwviz.checker.properties import (
    LOCKS_RELEASED,
    NO_DEADLOCK,
    Builtin,
    Watcher,
    Whole,
    bottom_judge,
    end_of_run,
    judged_with,
    unclean_return,
    watcher_of,
)
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.checker.verdicts import Claim, Watch
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Enabled, Machine, State, apply
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Breach:
    """A property that a run breaks: after how many steps it is broken first, and how, as a sentence."""

    property: str
    step: int
    how: str


def breaches(
    machine: Machine, keys: Sequence[str], claims: Iterable[Claim] = (), *, builtins: Iterable[str] = ()
) -> tuple[Breach, ...]:
    """Return what a run breaks, each property once, in the order in which they break.

    `builtins` names built-in properties to judge beside those that always are. Nothing is judged beyond a broken list,
    a deadlock or an oops, as in `verdicts.check`. Raises ValueError where the machine cannot take the steps.
    """
    found: dict[str, Breach] = {}
    for step, name, how in _judged(machine.whole, keys, judged_with(builtins), tuple(claims)):
        found.setdefault(name, Breach(name, step, how))
    return tuple(sorted(found.values(), key=lambda breach: breach.step))


def _judged(
    machine: Machine, keys: Sequence[str], judged: Sequence[Builtin], claims: Sequence[Claim]
) -> Iterator[tuple[int, str, str]]:
    """Yield what is broken after each step: the step, the property, and how."""
    watch, past = Watch(machine, judged), _Past(machine, judged)
    always = [claim for claim in claims if claim.when == "always"]

    def broken(count: int, state: State) -> Iterator[tuple[int, str, str]]:
        yield from ((count, claim.name, "it does not hold") for claim in always if not claim.ask(state))
        yield from ((count, name, watch.told(name)) for name in sorted(watch.bad))

    state = machine.initial
    goes_on = watch.state(state)
    yield from broken(0, state)
    for count, key in enumerate(keys, 1):
        if not goes_on:
            return
        step = _step(machine, state, key)
        following = apply(state, step)
        watch.step(count, state, step)
        goes_on = watch.state(following)
        yield from ((count, name, how) for name, how in past.after(state, step, following))
        yield from broken(count, following)
        state = following
    if goes_on and not machine.successors(state):
        yield from ((len(keys), name, how) for name, how in _at_end(machine, state, judged, claims))


def _step(machine: Machine, state: State, key: str) -> Enabled:
    for outcome in machine.outcomes(state):
        if outcome.choice == key and isinstance(outcome, Enabled):
            return outcome
    raise ValueError(f"the machine cannot take the step {key!r} here")


def _at_end(
    machine: Machine, state: State, judged: Iterable[Builtin], claims: Iterable[Claim]
) -> Iterator[tuple[str, str]]:
    if how := end_of_run(machine, state):
        yield NO_DEADLOCK.name, how
    # a state in which a run ends is a part of the graph that is never left
    end = _graph_of(machine, state)
    for builtin in judged:
        judge = bottom_judge(builtin)
        if judge is not None and (how := judge(end, Bottom((0,), frozenset()))):
            yield builtin.name, how
    for claim in claims:
        if claim.when == "at_end" and not claim.ask(state):
            yield claim.name, "it does not hold at the end of this run"


def _graph_of(machine: Machine, state: State) -> Graph:
    """Return the graph of one state."""
    return Graph(machine, [state], array("I", [0]), [None], {state: 0})


class _Past:
    """Follows the properties that are about what happened before, until somebody has stopped for good."""

    def __init__(self, machine: Machine, judged: Iterable[Builtin]) -> None:
        # of the graph the monitors read the machine alone
        whole = Whole(_graph_of(machine, machine.initial))
        self._monitors: dict[str, Watcher] = {}
        for builtin in judged:
            monitor = watcher_of(builtin, whole)
            if monitor is not None:
                self._monitors[builtin.name] = monitor
        self._ghosts = {name: monitor.first(machine.initial) for name, monitor in self._monitors.items()}
        self._returning = unclean_return(whole) if LOCKS_RELEASED in set(judged) else None
        self._is_over: Callable[[State], bool] = anyone_dead(machine)

    def after(self, before: State, step: Enabled, state: State) -> Iterator[tuple[str, str]]:
        """Yield the properties that a step breaks, and how."""
        if self._is_over(state):
            return
        context: Context | None = step.context
        for name, monitor in list(self._monitors.items()):
            self._ghosts[name], how = monitor.after(self._ghosts[name], before, context, state)
            if how:
                del self._monitors[name]
                yield name, how
        if self._returning is not None and context is not None:
            how = self._returning(context, before, state)
            if how:
                yield LOCKS_RELEASED.name, how
