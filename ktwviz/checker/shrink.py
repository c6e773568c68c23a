"""Makes a counterexample shorter and quieter: no step in it can be left out, and contexts take turns less often.

Every candidate is replayed on the machine and must break the same property; nothing is concluded from what the steps
look like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Literal

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad
from ktwviz.checker.orders import is_context, switches
from ktwviz.checker.properties import (
    BUILTINS,
    NO_DEADLOCK,
    Builtin,
    StepJudge,
    Watcher,
    complaint,
    end_of_run,
    graph_rules,
    judges,
    step_judges,
)
from ktwviz.checker.properties.sight import anyone_dead
from ktwviz.checker.verdicts import Claim
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.values import dataclass

Keys = tuple[str, ...]
Order = Literal["shortest", "switches"]


@dataclass(frozen=True)
class Breaks:
    """How a property can be broken: by a state, by a step taken in a state, by a state without steps, by a run.

    Each answers with a sentence, empty where nothing is broken; a run is watched by a monitor. What is None need not
    be asked.
    """

    state: Callable[[State], str] | None = None
    step: Callable[[State, Enabled], str] | None = None
    end: Callable[[State], str] | None = None
    run: Watcher | None = None


@dataclass(frozen=True)
class Broken:
    """A schedule that breaks a property with its last step, and how."""

    keys: Keys
    how: str


def breaks_of(machine: Machine, name: str, claims: Iterable[Claim] = ()) -> Breaks:
    """Return how a property can be broken, by the name of a built-in one or a claim.

    It has no question for a property that no single state, step or end breaks: "sometimes", what never ends.
    """
    for claim in claims:
        if claim.name == name:
            return _breaks_of_claim(claim)
    named = [builtin for builtin in BUILTINS if builtin.name == name]
    state = judges(machine, named).get(named[0]) if named else None
    end = partial(end_of_run, machine) if name == NO_DEADLOCK.name else None
    return Breaks(state, _step_question(machine, named), end)


def _step_question(machine: Machine, named: list[Builtin]) -> Callable[[State, Enabled], str] | None:
    for judged in step_judges(machine, named).values():
        return partial(_ask, machine, judged)
    if judges(machine, named) or graph_rules(named):
        return None

    def heard(state: State, step: Enabled) -> str:
        told = complaint(machine, state, step) if step.events else None
        return told[1] if told is not None and told[0] in named else ""

    return heard


def _ask(machine: Machine, judged: StepJudge, state: State, step: Enabled) -> str:
    context = step.context
    if context is None or not judged.cares(context, machine.local_state(state, context)):
        return ""
    return judged.judge(state, step)


def _breaks_of_claim(claim: Claim) -> Breaks:
    def ask(state: State) -> str:
        return "" if claim.ask(state) else "it does not hold " + _WHEN[claim.when]

    match claim.when:
        case "always":
            return Breaks(state=ask)
        case "at_end":
            return Breaks(end=ask)
        case _:
            return Breaks()


_WHEN = {"always": "after these steps", "at_end": "at the end of this run"}


def bad_part(graph: Graph, breaks: Breaks) -> Bad:
    """Return the states and transitions of a graph that break a property."""
    states: set[int] = set()
    if breaks.state is not None:
        states |= {number for number, state in enumerate(graph.states) if breaks.state(state)}
    if breaks.end is not None:
        states |= {number for number in graph.ends if breaks.end(graph.states[number])}
    edges = set(_bad_edges(graph, breaks.step)) if breaks.step is not None else set()
    return Bad(frozenset(states), frozenset(edges))


def _bad_edges(graph: Graph, breaks: Callable[[State, Enabled], str]) -> Iterator[int]:
    edge = 0
    for number, steps in graph.steps():
        for step, _ in steps:
            if breaks(graph.states[number], step):
                yield edge
            edge += 1


def shrink(
    machine: Machine,
    keys: Sequence[str],
    breaks: Breaks,
    *,
    may_pass: Callable[[State], bool] = lambda state: True,
) -> Broken | None:
    """Return a schedule that breaks the same property, in which no single step can be left out.

    It has no more steps and no more context switches than `keys`; where whole runs of a context can change places so
    that there are fewer switches, they have. A run goes on only through states that `may_pass`. None where `keys`
    themselves break nothing.
    """
    shrinker = _Shrinker(_Replay(machine, breaks, may_pass))
    return shrinker.shrunk(tuple(keys))


class _Replay:
    """Takes the steps of a schedule until the property breaks; the states of the best schedule so far are kept."""

    def __init__(self, machine: Machine, breaks: Breaks, may_pass: Callable[[State], bool]) -> None:
        self.machine = machine
        self.breaks = breaks
        self.may_pass = may_pass
        self.is_over = anyone_dead(machine)

    def states(self, keys: Keys) -> list[State]:
        states = [self.machine.initial]
        for key in keys[:-1]:
            taken = self.take(states[-1], key)
            assert taken is not None
            states.append(taken[1])
        return states

    def take(self, state: State, key: str) -> tuple[Enabled, State] | None:
        for step, following in self.machine.successors(state):
            if step.choice == key:
                return step, following
        return None

    def at_once(self) -> str:
        """Return how the property is broken before the first step; empty where it is not."""
        initial, breaks = self.machine.initial, self.breaks
        how = breaks.state(initial) if breaks.state else ""
        if not how and breaks.end and not self.machine.successors(initial):
            how = breaks.end(initial)
        return how

    def broken(self, start: State, keys: Keys) -> tuple[int, str] | None:
        """Return after how many of the steps the property breaks, and how; None if one cannot be taken, or never.

        Where a run is watched, `start` is the beginning.
        """
        state = start
        watcher = self.breaks.run
        ghost = watcher.first(state) if watcher is not None else None
        for count, key in enumerate(keys, 1):
            taken = self.take(state, key) if self.may_pass(state) else None
            if taken is None:
                return None
            step, following = taken
            how = self.how(state, step, following)
            if watcher is not None:
                if self.is_over(following):
                    return None
                ghost, how = watcher.after(ghost, state, step.context, following)
            if how:
                return count, how
            state = following
        return None

    def how(self, state: State, step: Enabled, following: State) -> str:
        breaks = self.breaks
        how = breaks.step(state, step) if breaks.step else ""
        how = how or (breaks.state(following) if breaks.state else "")
        # where somebody died the run is over, but that is no end at which anything was to hold
        if not how and breaks.end and not self.is_over(following) and not self.machine.successors(following):
            how = breaks.end(following)
        return how


class _Shrinker:
    def __init__(self, replay: _Replay) -> None:
        self.replay = replay
        self.best = Broken((), "")
        self.states: list[State] = []

    def shrunk(self, keys: Keys) -> Broken | None:
        self.states = [self.replay.machine.initial]
        at_once = self.replay.at_once()
        if at_once:
            return Broken((), at_once)
        if not self.accept(keys, 0):
            return None
        before = None
        while before != self.best.keys:
            before = self.best.keys
            self.leave_out()
            self.gather()
        return self.best

    def accept(self, keys: Keys, same: int) -> bool:
        """Take a schedule over if it breaks the property. Its first `same` steps are those of the best one."""
        if self.replay.breaks.run is not None:
            same = 0  # a ghost knows all of its past
        broken = self.replay.broken(self.states[same], keys[same:])
        if broken is None:
            return False
        self.best = Broken(keys[: same + broken[0]], broken[1])
        self.states = self.replay.states(self.best.keys)
        return True

    def leave_out(self) -> None:
        """Leave out blocks of steps, large ones first; at last single ones, until none can be spared."""
        size = max(len(self.best.keys) // 2, 1)
        while True:
            left_out = self.leave_out_blocks(size)
            if size == 1 and not left_out:
                return
            size = max(size // 2, 1)

    def leave_out_blocks(self, size: int) -> bool:
        left_out = False
        at = 0
        while at < len(self.best.keys):
            keys = self.best.keys
            # in a run of one context it makes no difference which step is missing
            same_as_before = size == 1 and at > 0 and keys[at] == keys[at - 1]
            if not same_as_before and self.accept(keys[:at] + keys[at + size :], at):
                left_out = True
            else:
                at += size
        return left_out

    def gather(self) -> None:
        """Let a context that takes turns with others go on at once, or begin later, where that spares a switch."""
        first = 0
        while first < len(self.runs()):
            if not any(self.accept_if_quieter(keys, same) for keys, same in self.gathered(first)):
                first += 1

    def runs(self) -> list[Keys]:
        return [tuple(run) for _, run in groupby(self.best.keys)]

    def gathered(self, first: int) -> list[tuple[Keys, int]]:
        """Return the schedules in which a run and the next one of the same context are put together."""
        runs = self.runs()
        later = [place for place in range(first + 1, len(runs)) if runs[place][0] == runs[first][0]]
        if not later or not is_context(runs[first][0]):
            return []
        second = later[0]
        between = runs[first + 1 : second]
        earlier = [*runs[: first + 1], runs[second], *between, *runs[second + 1 :]]
        after = [*runs[:first], *between, runs[first], *runs[second:]]
        same = sum(len(run) for run in runs[:first])
        return [(sum(earlier, ()), same), (sum(after, ()), same)]

    def accept_if_quieter(self, keys: Keys, same: int) -> bool:
        return _turns(keys) < _turns(self.best.keys) and self.accept(keys, same)


def _turns(keys: Keys) -> tuple[int, int]:
    """Return what is to become less: the context switches, then the runs, those of the hardware counted."""
    return switches(keys), sum(1 for _ in groupby(keys))
