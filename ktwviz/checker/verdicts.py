"""Verdicts: what holds under all interleavings, what breaks and how, and what is not known.

A verdict is one of three. "undetermined" is never a pass: a bound was met before everything was seen, and it says
which. What is broken comes with the shortest schedule that breaks it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ktwviz.checker.explore import MOST_STATES, Graph, explore
from ktwviz.checker.properties import BUILTINS, NO_DEADLOCK, complaint, end_of_run, judges
from ktwviz.machine.machine import Enabled, Machine, State

Kind = Literal["holds", "broken", "undetermined"]


@dataclass(frozen=True)
class Claim:
    """A property of a scenario's own. `ask` answers it in one state."""

    name: str
    when: Literal["always", "at_end", "sometimes"]
    ask: Callable[[State], bool]


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
    most_states: int = MOST_STATES,
    interrupted: Callable[[int], str] = lambda states: "",
) -> Report:
    """Explore all interleavings; return the verdicts on the built-in properties and the claims.

    Nothing is followed beyond a state with a broken list, a deadlock or an oops: what comes after is consequence.
    """
    claims = tuple(claims)
    watch = _Watch(machine)
    graph = explore(
        machine, most_states=most_states, on_step=watch.step, goes_on=watch.state, interrupted=interrupted
    )
    found = watch.verdicts(graph)
    for claim in claims:
        verdict = _judge_claim(graph, claim)
        if verdict is not None:
            found[claim.name] = verdict
    names = [*(builtin.name for builtin in BUILTINS), *(claim.name for claim in claims)]
    return Report(graph, tuple(found.get(name) or _unbroken(graph, name) for name in names))


def _unbroken(graph: Graph, name: str) -> Verdict:
    if graph.complete:
        return Verdict(name, "holds")
    return Verdict(name, "undetermined", f"the search ended at {graph.bound}, before everything was seen")


class _Watch:
    """Judges steps and states while they are explored; keeps the first that breaks each property."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._judges = judges(machine)
        self._complaints: dict[str, tuple[int, Enabled, str]] = {}
        self._bad_states: dict[str, tuple[State, str]] = {}
        self._dead = {context.slot: machine.automata[context.number].states for context in machine.contexts}

    def step(self, number: int, state: State, step: Enabled) -> None:
        """Note the complaint of a step, if it is the first of its kind."""
        if step.events:
            heard = complaint(self._machine, state, step)
            if heard is not None:
                self._complaints.setdefault(heard[0].name, (number, step, heard[1]))

    def state(self, state: State) -> bool:
        """Judge a state; tell whether it is worth following."""
        sound = True
        for builtin, judge in self._judges.items():
            how = judge(state)
            if how:
                sound = False
                self._bad_states.setdefault(builtin.name, (state, how))
        return sound and not any(states[state[slot]].dead for slot, states in self._dead.items())

    def verdicts(self, graph: Graph) -> dict[str, Verdict]:
        """Return what was found broken."""
        found: dict[str, Verdict] = {}
        for name, (number, step, how) in self._complaints.items():
            found[name] = Verdict(name, "broken", how, (*graph.schedule_to(number), step.choice))
        for name, (state, how) in self._bad_states.items():
            found[name] = Verdict(name, "broken", how, graph.schedule_to(graph.number(state)))
        if NO_DEADLOCK.name not in found:
            stuck_at = next(((number, how) for number, how in _stuck(graph) if how), None)
            if stuck_at is not None:
                keys = graph.schedule_to(stuck_at[0])
                found[NO_DEADLOCK.name] = Verdict(NO_DEADLOCK.name, "broken", stuck_at[1], keys)
        return found


def _stuck(graph: Graph) -> Iterator[tuple[int, str]]:
    for number in graph.ends:
        yield number, end_of_run(graph.machine, graph.states[number])


def _judge_claim(graph: Graph, claim: Claim) -> Verdict | None:
    """Return the verdict on a claim, None where nothing breaks it as far as was seen."""
    if claim.when == "sometimes":
        if any(claim.ask(state) for state in graph.states):
            return Verdict(claim.name, "holds")
        return Verdict(claim.name, "broken", "it holds in no state", ()) if graph.complete else None
    numbers = graph.ends if claim.when == "at_end" else range(len(graph.states))
    for number in numbers:
        if not claim.ask(graph.states[number]):
            moment = "at the end of this run" if claim.when == "at_end" else "after these steps"
            return Verdict(claim.name, "broken", f"it does not hold {moment}", graph.schedule_to(number))
    return None
