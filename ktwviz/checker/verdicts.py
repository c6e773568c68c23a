"""Verdicts: what holds under all interleavings, what breaks and how, and what is not known.

A verdict is one of three. "undetermined" is never a pass: a bound was met before everything was seen, and it says
which. What is broken comes with the shortest schedule that breaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, runtime_checkable

from ktwviz.checker.explore import MOST_STATES, Enough, Graph, explore
from ktwviz.checker.properties import (
    BUILTINS,
    NO_DEADLOCK,
    NO_HANG,
    NO_OOPS,
    Builtin,
    Judge,
    StepJudge,
    Stopped,
    Whole,
    complaint,
    end_of_run,
    graph_rules,
    judged_with,
    judges,
    step_judges,
)
from ktwviz.checker.properties.sight import AtLocalState, anyone_dead
from ktwviz.kernel.relative import RelativeTime
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.values import dataclass

Kind = Literal["holds", "broken", "undetermined"]


@runtime_checkable
class Merging(Protocol):
    """A machine in which a state stands for others; it knows which expressions tell those apart."""

    def names_one(self, function: Stepped) -> bool:
        """Tell whether an expression tells one of the identical tasks from the others."""


@runtime_checkable
class Skipping(Protocol):
    """A machine whose clock may jump; it knows which expressions tell the ticks apart that it leaves out."""

    def tells_ticks_apart(self, function: Stepped) -> bool:
        """Tell whether an expression may have different values between two moments that are noted."""


@dataclass(frozen=True)
class Claim:
    """A property of a scenario's own. `ask` answers it in one state; `function` is the expression, where it is one."""

    name: str
    when: Literal["always", "at_end", "sometimes"]
    ask: Callable[[State], bool]
    function: Stepped | None = None


@dataclass(frozen=True)
class Verdict:
    """What is known of one property. `how` is a sentence; `keys` the schedule that breaks it, if it is broken."""

    property: str
    kind: Kind
    how: str = ""
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Report:
    """All verdicts on a machine, and the graph that they were read from."""

    graph: Graph
    verdicts: tuple[Verdict, ...]

    def verdict(self, name: str) -> Verdict:
        """Return the verdict on one property; raises KeyError."""
        for verdict in self.verdicts:
            if verdict.property == name:
                return verdict
        raise KeyError(name)

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """Return what is broken, the shortest schedule first."""
        found = [verdict for verdict in self.verdicts if verdict.kind == "broken"]
        return tuple(sorted(found, key=lambda verdict: len(verdict.keys or ())))


def check(
    machine: Machine,
    claims: Iterable[Claim] = (),
    *,
    builtins: Iterable[str] = (),
    most_states: int = MOST_STATES,
    most_steps: int | None = None,
    first_bad: bool = False,
    interrupted: Callable[[int], str] = lambda states: "",
) -> Report:
    """Explore all interleavings; return the verdicts on the built-in properties and the claims.

    With `first_bad` the search ends where the first property breaks; whatever needs all states, as livelocks do, is
    not looked for. It ends `most_steps` away from the start, too. Both are bounds, and the verdicts say so.

    `builtins` names built-in properties to judge beside those that always are; names that no property has are left
    out. Nothing is followed beyond a state with a broken list, a deadlock or an oops: what comes after is consequence.
    """
    claims, asked = tuple(claims), frozenset(builtins)
    judged = judged_with(asked)
    watch = Watch(machine, judged)
    first = _FirstBad(machine, watch, claims)
    graph = explore(
        machine,
        most_states=most_states,
        most_steps=most_steps,
        on_step=watch.step,
        on_end=first.end if first_bad else lambda state: None,
        goes_on=first.state if first_bad else watch.state,
        interrupted=interrupted,
        keep_edges=True,
    )
    found = watch.verdicts(graph)
    unjudged = _judge_graph(Whole(graph, interrupted), judged, found)
    for claim in claims:
        verdict = _not_to_ask(graph, claim) or _judge_claim(graph, claim)
        if verdict is not None:
            found[claim.name] = verdict
    if NO_DEADLOCK.name in found or NO_HANG.name in found:
        judged = tuple(builtin for builtin in judged if not builtin.yields or builtin.name in asked)
    names = [*(builtin.name for builtin in judged), *(claim.name for claim in claims)]
    beyond = _beyond(found) if graph.cut else ""
    if machine.whole is not machine:
        found = {name: _on_the_whole(machine, judged, verdict) for name, verdict in found.items()}
    found |= {name: verdict for name, verdict in unjudged.items() if name not in found}
    return Report(graph, tuple(found.get(name) or _unbroken(graph, name, beyond) for name in names))


def _beyond(found: dict[str, Verdict]) -> str:
    """Say beyond what nothing was followed: what is not broken before may still break there."""
    cutting = [builtin.name for builtin in BUILTINS if builtin.cuts or builtin is NO_OOPS]
    names = [name for name in cutting if name in found]
    return f"nothing is followed beyond where {' or '.join(names)} breaks, and it is not broken before"


def _unbroken(graph: Graph, name: str, beyond: str) -> Verdict:
    if not graph.complete:
        return Verdict(name, "undetermined", f"the search ended at {graph.bound}, before everything was seen")
    if _is_reduced(graph) and name in {builtin.name for builtin in graph_rules()}:
        return Verdict(
            name,
            "undetermined",
            "not judged with symmetry: it follows who does what, and here identical tasks change places",
        )
    return Verdict(name, "undetermined", beyond) if beyond else Verdict(name, "holds")


def _judge_graph(whole: Whole, judged: Iterable[Builtin], found: dict[str, Verdict]) -> dict[str, Verdict]:
    """Add the verdicts that only the whole graph gives; of two that break one property the shorter one counts.

    Return the verdicts on the properties that were not judged, as a bound was met before.
    """
    unjudged: dict[str, Verdict] = {}
    if _is_reduced(whole.graph):
        return unjudged
    for builtin, rule in graph_rules(judged).items():
        try:
            whole.go_on()
            how = rule(whole)
        except Stopped as stopped:
            why = f"all states were seen, but the judging ended at {stopped}"
            if whole.graph.complete:
                unjudged[builtin.name] = Verdict(builtin.name, "undetermined", why)
            continue
        known = found.get(builtin.name)
        if how is not None and (known is None or len(how.keys) < len(known.keys or ())):
            found[builtin.name] = Verdict(builtin.name, "broken", how.how, how.keys)
    return unjudged


def _is_reduced(graph: Graph) -> bool:
    """Tell whether a state of the graph stands for others in which tasks have changed places (`symmetry/`)."""
    return graph.machine.merges


class Watch:
    """Judges steps and states while they are explored; keeps the first that breaks each property."""

    def __init__(self, machine: Machine, judged: Iterable[Builtin]) -> None:
        judged = tuple(judged)
        self._machine = machine
        self._cutting, self._others = _split(judges(machine, judged))
        self._steps = {
            context.number: AtLocalState(
                machine, context, self._caring(context, step_judges(machine, judged))
            )
            for context in machine.contexts
        }
        self._bad_steps: dict[str, tuple[int, Enabled, str]] = {}
        self._bad_states: dict[str, tuple[State, str]] = {}
        self._is_over = anyone_dead(machine)

    @staticmethod
    def _caring(
        context: Context, steps: dict[Builtin, StepJudge]
    ) -> Callable[[LocalState], tuple[tuple[Builtin, StepJudge], ...]]:
        return lambda local: tuple(pair for pair in steps.items() if pair[1].cares(context, local))

    def step(self, number: int, state: State, step: Enabled) -> None:
        """Note what a step breaks, if it is the first of its kind."""
        context = step.context
        if context is not None:
            for builtin, judge in self._steps[context.number].of(step.before):
                how = judge.judge(state, step)
                if how:
                    self._bad_steps.setdefault(builtin.name, (number, step, how))
        if step.events:
            heard = complaint(self._machine, state, step)
            if heard is not None:
                self._bad_steps.setdefault(heard[0].name, (number, step, heard[1]))

    def state(self, state: State) -> bool:
        """Judge a state; tell whether it is worth following. Nothing is, once somebody stopped for good."""
        if self._is_over(state):
            return False
        goes_on = True
        for builtin, judge in self._cutting:
            how = judge(state)
            if how:
                goes_on = False
                self._bad_states.setdefault(builtin.name, (state, how))
        for builtin, judge in self._others:
            how = judge(state)
            if how:
                self._bad_states.setdefault(builtin.name, (state, how))
        return goes_on

    @property
    def bad(self) -> frozenset[str]:
        """The names of the properties that were found broken by now."""
        return frozenset(self._bad_steps) | frozenset(self._bad_states)

    def told(self, name: str) -> str:
        """Return how a property was broken first; empty where it was not."""
        if name in self._bad_steps:
            return self._bad_steps[name][2]
        return self._bad_states[name][1] if name in self._bad_states else ""

    def verdicts(self, graph: Graph) -> dict[str, Verdict]:
        """Return what was found broken."""
        found: dict[str, Verdict] = {}
        for name, (number, step, how) in self._bad_steps.items():
            found[name] = Verdict(name, "broken", how, (*graph.schedule_to(number), step.choice))
        for name, (state, how) in self._bad_states.items():
            found[name] = Verdict(name, "broken", how, graph.schedule_to(graph.number(state)))
        circle = found.get(NO_DEADLOCK.name)
        stuck_at = next(((number, how) for number, how in _stuck(graph) if how), None)
        if stuck_at is not None:
            keys = graph.schedule_to(stuck_at[0])
            if circle is None or len(keys) < len(circle.keys or ()):
                found[NO_DEADLOCK.name] = Verdict(NO_DEADLOCK.name, "broken", stuck_at[1], keys)
        return found


class _FirstBad:
    """Ends a search after the state, or the step out of it, that breaks the first property."""

    def __init__(self, machine: Machine, watch: Watch, claims: Iterable[Claim]) -> None:
        self._machine = machine
        self._watch = watch
        self._always = [claim for claim in claims if claim.when == "always"]
        self._at_end = [claim for claim in claims if claim.when == "at_end"]
        self._found = False

    def state(self, state: State) -> bool:
        """Judge a state as the watch does. Raises Enough once there is a counterexample."""
        if self._found or self._watch.bad:
            raise Enough("the first counterexample")
        self._found = not all(claim.ask(state) for claim in self._always)
        return self._watch.state(state)

    def end(self, state: State) -> None:
        """Judge the end of a run."""
        bad = bool(end_of_run(self._machine, state)) or not all(claim.ask(state) for claim in self._at_end)
        self._found = self._found or bad


_Judges = list[tuple[Builtin, Judge]]


def _split(judged: dict[Builtin, Judge]) -> tuple[_Judges, _Judges]:
    """Return the properties beyond which nothing is followed, and the others."""
    cutting = [pair for pair in judged.items() if pair[0].cuts]
    return cutting, [pair for pair in judged.items() if not pair[0].cuts]


def _not_to_ask(graph: Graph, claim: Claim) -> Verdict | None:
    """Return the verdict on a claim that tells states apart which the graph takes for one; None for any other."""
    machine, function = graph.machine, claim.function
    if function is None:
        return None
    why, kept = "", machine.whole.canonical
    if isinstance(machine, Merging) and machine.names_one(function):
        why = "not judged with symmetry: it tells identical tasks apart"
    elif machine.jumps and isinstance(machine, Skipping) and machine.tells_ticks_apart(function):
        why = "not judged with jumps of the clock: it tells the ticks apart that are left out"
    elif isinstance(kept, RelativeTime) and not kept.keeps(function):
        why = "not judged: it reads when a timer expires or looks at the date, which this search has not kept apart"
    return Verdict(claim.name, "undetermined", why) if why else None


def _on_the_whole(machine: Machine, judged: Iterable[Builtin], verdict: Verdict) -> Verdict:
    """Return a verdict with the schedule of the machine that runs are played on, and the names that it has there."""
    if not verdict.keys:
        return verdict
    whole, keys = machine.whole, machine.real_keys(verdict.keys)
    watch, state = Watch(whole, judged), whole.initial
    for number, key in enumerate(keys):
        step, following = next(pair for pair in whole.successors(state) if pair[0].choice == key)
        watch.step(number, state, step)
        watch.state(following)
        state = following
    how = watch.told(verdict.property)
    if not how and verdict.property == NO_DEADLOCK.name:
        how = end_of_run(whole, state)
    return Verdict(verdict.property, verdict.kind, how or verdict.how, keys)


def _stuck(graph: Graph) -> Iterator[tuple[int, str]]:
    for number in graph.ends:
        yield number, end_of_run(graph.machine, graph.states[number])


def _judge_claim(graph: Graph, claim: Claim) -> Verdict | None:
    """Return the verdict on a claim, None where nothing breaks it as far as was seen."""
    if claim.when == "sometimes":
        if any(claim.ask(state) for state in graph.states):
            return Verdict(claim.name, "holds")
        known = graph.complete and not graph.cut
        return Verdict(claim.name, "broken", "it holds in no state", ()) if known else None
    numbers = graph.ends if claim.when == "at_end" else range(len(graph.states))
    for number in numbers:
        if not claim.ask(graph.states[number]):
            moment = "after these steps" if number else "at the start"
            moment = "at the end of this run" if claim.when == "at_end" else moment
            return Verdict(claim.name, "broken", f"it does not hold {moment}", graph.schedule_to(number))
    return None
