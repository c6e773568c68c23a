"""A verdict whose counterexample can be followed, with what the graph tells about it: odds, and when it was too late.

Where the bad part of a graph lies depends on what a property asks. States, steps and ends are found in the graph as it
is; a run's past in the graph of the pairs of state and ghost; "at some time" in the parts that are never left.
"""

from __future__ import annotations

from collections.abc import Iterable

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Bad, Facts, Foresight, Odds
from ktwviz.checker.orders import fewest_switches
from ktwviz.checker.properties import (
    BROKEN,
    BUILTINS,
    LOCKS_RELEASED,
    Builtin,
    Whole,
    bottom_judge,
    unclean_return,
    unfolded,
    watcher_of,
)
from ktwviz.checker.shrink import Breaks, Keys, Order, bad_part, breaks_of, shrink
from ktwviz.checker.verdicts import Claim, Report, Verdict
from ktwviz.machine.machine import Enabled, State, apply
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Finding:
    """A verdict whose counterexample, if it has one, can be followed, and what the graph tells about it.

    `open` counts the states from which the property can still be broken. `sealed` is the number of steps of the
    counterexample after which no schedule keeps it any more. All None where no single run breaks the property, as a
    circle of locks that several runs close.
    """

    verdict: Verdict
    odds: Odds | None = None
    open: int | None = None
    sealed: int | None = None


@dataclass(frozen=True)
class Part:
    """Where a property breaks: what asks, and the bad part of `graph`, whose states may be pairs with a ghost."""

    breaks: Breaks
    graph: Graph
    bad: Bad


def finding(
    report: Report, facts: Facts, verdict: Verdict, order: Order = "shortest", claims: Iterable[Claim] = ()
) -> Finding:
    """Return the finding for a verdict of a report, with the shortest counterexample or that of fewest switches.

    The fewest switches are those of the graph as far as it was searched: exact where it is complete.
    """
    graph = report.graph
    part = part_of(graph, verdict, claims) if verdict.keys is not None else None
    if part is None or not part.bad or verdict.keys is None:
        return Finding(verdict)
    keys = verdict.keys
    if order == "switches" and not graph.machine.merges:
        quietest = fewest_switches(part.graph, part.bad.states, part.bad.edges)
        keys = graph.machine.real_keys(quietest or ()) or keys
    cut = set(graph.cut)
    broken = shrink(
        graph.machine.whole, keys, part.breaks, may_pass=lambda state: graph.find(state) not in cut
    )
    if broken is None:
        return Finding(verdict)
    how = broken.how if broken.keys else verdict.how
    shown = Verdict(verdict.property, verdict.kind, how, broken.keys)
    foresight = Foresight(part.graph, part.bad)
    odds = None
    if not graph.machine.jumps:
        odds = (facts if part.graph is graph else Facts(part.graph)).odds(part.bad)
        if _gets_past(part.graph, part.bad):
            odds = Odds(odds.value, "at least")
    return Finding(shown, odds, _open(part, foresight), _sealed_after(part, foresight, broken.keys))


def kept_so_far(report: Report, verdict: Verdict, claims: Iterable[Claim] = ()) -> tuple[State, ...] | None:
    """Return the states to which some run comes that has not broken a property, and need not break it after all.

    None where no single run breaks it.
    """
    part = part_of(report.graph, verdict, claims)
    if not part.bad:
        return None
    foresight = Foresight(part.graph, part.bad)
    seen, waiting = {0}, [0]
    for number in waiting:  # grows while it is walked
        for edge in part.graph.edges.out(number):
            target = part.graph.edges.targets[edge]
            if target not in seen and target not in part.bad.states and edge not in part.bad.edges:
                seen.add(target)
                waiting.append(target)
    kept = (part.graph.states[number] for number in sorted(seen - part.bad.states))
    states = (state for state in kept if not foresight.sealed(state))
    return tuple(states if part.breaks.run is None else (report.graph.states[node[0]] for node in states))


def part_of(graph: Graph, verdict: Verdict, claims: Iterable[Claim]) -> Part:
    """Return where a property breaks; its bad part is empty for one that needs several runs."""
    builtin = next((each for each in BUILTINS if each.name == verdict.property), None)
    whole = Whole(graph)
    if builtin is not None:
        watcher = watcher_of(builtin, whole)
        if watcher is not None:
            product = unfolded(graph, watcher)
            states: list[tuple[int, object]] = product.states
            broken = frozenset(place for place, (_, ghost) in enumerate(states) if ghost == BROKEN)
            return Part(Breaks(run=watcher), product, Bad(broken))
        if bottom_judge(builtin) is not None:
            return _never_left(whole, builtin)
    breaks = breaks_of(graph.machine, verdict.property, claims)
    bad = bad_part(graph, breaks)
    if builtin is LOCKS_RELEASED:
        breaks, bad = _with_returns(whole, breaks, bad)
    return Part(breaks, graph, bad)


def _never_left(whole: Whole, builtin: Builtin) -> Part:
    judge = bottom_judge(builtin)
    assert judge is not None
    graph = whole.graph
    wrong: dict[int, str] = {}
    for bottom in whole.bottoms:
        how = judge(graph, bottom)
        if how:
            wrong.update(dict.fromkeys(bottom.states, how))

    def ask(state: State) -> str:
        number = graph.find(state)
        return "" if number is None else wrong.get(number, "")

    return Part(Breaks(state=ask), graph, Bad(frozenset(wrong)))


def _with_returns(whole: Whole, breaks: Breaks, bad: Bad) -> tuple[Breaks, Bad]:
    """Add the steps in which the function of a work ends with a lock held."""
    graph, look = whole.graph, unclean_return(whole)
    if look is None:
        return breaks, bad

    def ask(state: State, step: Enabled) -> str:
        return look(step.context, state, apply(state, step)) if step.context is not None else ""

    both = Breaks(breaks.state, ask, breaks.end)
    edges = bad_part(graph, Breaks(step=ask)).edges
    return both, Bad(bad.states, bad.edges | edges)


def _gets_past(graph: Graph, bad: Bad) -> bool:
    """Tell whether a run comes to a state that was not followed, and has not met the bad part before."""
    unknown = frozenset(graph.cut) - bad.states
    if not unknown:
        return False
    seen, waiting = {0}, [0]
    for number in waiting:  # grows while it is walked
        if number in unknown:
            return True
        if number in bad.states:
            continue
        for edge in graph.edges.out(number):
            target = graph.edges.targets[edge]
            if edge not in bad.edges and target not in seen:
                seen.add(target)
                waiting.append(target)
    return False


def _open(part: Part, foresight: Foresight) -> int:
    """Return how many states of the machine something bad can be reached from."""
    if part.breaks.run is None:
        return foresight.open
    near = [number for number in range(len(part.graph.states)) if foresight.steps_from(number) is not None]
    return len({part.graph.states[number][0] for number in near})


def _sealed_after(part: Part, foresight: Foresight, keys: Keys) -> int | None:
    """Return the first step of a counterexample after which nothing else can come of it; None if that is not known."""
    graph = part.graph
    if graph.machine.whole is not graph.machine:
        return _sealed_on_the_whole(part, foresight, keys)
    number = 0
    for count, key in enumerate(keys):
        if foresight.sealed(graph.states[number]):
            return count
        number = next(target for choice, _, target in graph.edges.choices(number) if choice == key)
    return len(keys)


def _sealed_on_the_whole(part: Part, foresight: Foresight, keys: Keys) -> int | None:
    """Return the same where states of the graph stand for others, which have to be looked up."""
    if part.breaks.run is not None:
        return None
    state = part.graph.machine.whole.initial
    for count, key in enumerate(keys):
        if foresight.sealed(state):
            return count
        state, _ = part.graph.machine.whole.step(state, key)
    return len(keys)
