"""What `ktwviz explore` prints: verdicts, how each breaks, how much was seen."""

from __future__ import annotations

import argparse
import shlex
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Facts
from ktwviz.checker.findings import Finding
from ktwviz.checker.orders import switches
from ktwviz.export.changelog import as_text as changelog
from ktwviz.export.log import as_json as log_json
from ktwviz.lesson.scenario import Scenario
from ktwviz.numerals import for_programs, in_words, rounded
from ktwviz.session import Session

if TYPE_CHECKING:
    from ktwviz.checker.symmetry.reduced import Reduced

WIDTH = 100


def print_report(
    scenario: Scenario,
    facts: Facts,
    findings: list[Finding],
    options: argparse.Namespace,
    whole: bool,
) -> None:
    """Print what was found, for people; `whole` is False where Ctrl-C came before all was worked out."""
    graph = facts.graph
    seen = "complete" if graph.complete else f"not complete: the search ended at {graph.bound}"
    played = f"rule {scenario.rule}" if scenario.rule else scenario.version.sentence
    print(f"{scenario.lesson.title}: {scenario.version.name}, {played}")
    print(f"{len(graph.states):,} states, {graph.transitions:,} transitions, {seen}")
    saved = _saved(graph) if whole else ""
    if saved:
        print(saved)
    if whole:
        print(_shape(facts))
    for found in (found for found in findings if found.verdict.kind == "broken"):
        verdict = found.verdict
        print(f"{verdict.kind:<13}{verdict.property}: {verdict.how}")
        for line in _about(scenario, facts, found, options):
            print(f"{'':13}{line}")
    for kind, how, names in _unbroken(findings):
        print(
            textwrap.fill(
                f"{kind:<13}{', '.join(names)}", WIDTH, subsequent_indent=" " * 13, break_on_hyphens=False
            )
        )
        if how:
            print(f"{'':13}{how}")
    first = next((found for found in findings if found.verdict.keys), None)
    if options.trace and first is not None and whole:
        print(f"\n{changelog(scenario, first.verdict, _last_chance(first))}")


def _unbroken(findings: list[Finding]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the properties that are not broken, those together of which the same is known."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in (found.verdict for found in findings):
        if verdict.kind != "broken":
            groups.setdefault((verdict.kind, verdict.how), []).append(verdict.property)
    for (kind, how), names in groups.items():
        yield kind, how, names


def _saved(graph: Graph) -> str:
    """Say how many states those found stand for, where they do."""
    if not graph.machine.merges:
        return ""
    machine = _reduced(graph)
    groups = "; ".join(", ".join(context.name for context in group) for group in machine.symmetry.groups)
    count = _stood_for(graph)
    share = f"{len(graph.states) / count:.0%}"
    return f"they stand for {count:,} states ({share} of them were needed): {groups} are identical"


def _stood_for(graph: Graph) -> int:
    if not graph.machine.merges:
        return len(graph.states)
    machine = _reduced(graph)
    return sum(machine.symmetry.stands_for(state) for state in graph.states)


def _reduced(graph: Graph) -> Reduced:
    from ktwviz.checker.symmetry.reduced import Reduced

    assert isinstance(graph.machine, Reduced)
    return graph.machine


def _shape(facts: Facts) -> str:
    if facts.graph.machine.jumps:
        return (
            "the clock jumps, so that interleavings and odds are not told: they would be those of the jumps"
        )
    return f"{_interleavings(facts)}; every state within {_counted(facts.depth, 'step')}"


def _interleavings(facts: Facts) -> str:
    count = facts.interleavings
    if count is not None:
        return f"{_counted(count, 'interleaving')} of at most {_counted(facts.longest or 0, 'step')}"
    if not facts.graph.complete:
        return "interleavings not counted, as not all are known"
    return "infinitely many interleavings: a run can come back to a state"


def _counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number of things for people: all digits up to 10^15, then three of them and the power of ten."""
    return f"{in_words(count, 15, 2)} {noun if count == 1 else plural or noun + 's'}"


def _about(scenario: Scenario, facts: Facts, found: Finding, options: argparse.Namespace) -> Iterator[str]:
    """Yield what is known of a counterexample, a line each."""
    keys = found.verdict.keys
    if keys:
        yield from _schedule(scenario, facts, keys, options)
    if found.odds is not None and found.odds.value:
        kind = "" if found.odds.kind == "exact" else f"{found.odds.kind} "
        chance = f"{kind}1 run in {rounded(found.odds.one_in)}"
        if found.odds.value == 1:
            chance = "every run"
        elif chance.endswith(" in 1"):
            chance = "nearly every run"
        states = f"{found.open:,} of {len(facts.graph.states):,} states"
        yield f"a random scheduler breaks it in {chance}; within reach from {states}"
    if _last_chance(found):
        yield _last_chance(found)


def _schedule(
    scenario: Scenario, facts: Facts, keys: tuple[str, ...], options: argparse.Namespace
) -> Iterator[str]:
    turns = _counted(switches(keys), "context switch", "context switches")
    if options.order == "switches" and not facts.graph.complete:
        turns += " (the fewest among what was seen)"
    yield f"{_counted(len(keys), 'step')}, {turns}: {scenario.token(keys)}"
    yield f"see it: {_play_command(scenario, keys, options)}"


def _play_command(scenario: Scenario, keys: tuple[str, ...], options: argparse.Namespace) -> str:
    """Return the command that opens a schedule in the player."""
    return f"ktwviz play {shlex.quote(options.lesson)} --token {shlex.quote(str(scenario.token(keys)))}"


def _last_chance(found: Finding) -> str:
    keys = found.verdict.keys
    if found.sealed is None or keys is None or found.sealed == len(keys):
        return ""
    return (
        f"After step {found.sealed} no schedule avoids it any more."
        if found.sealed
        else "No schedule avoids it."
    )


def report_json(
    scenario: Scenario, facts: Facts, findings: list[Finding], options: argparse.Namespace, whole: bool
) -> dict[str, object]:
    """Return the same for programs."""
    graph = facts.graph
    told = whole and not graph.machine.jumps
    return {
        "lesson": scenario.lesson.id,
        "digest": scenario.digest,
        "rule": scenario.rule,
        "states": len(graph.states),
        "transitions": graph.transitions,
        "complete": graph.complete,
        "bound": graph.bound,
        "symmetry": graph.machine.merges,
        "stands_for": _stood_for(graph) if whole else None,
        "jump": graph.machine.jumps,
        "cut_short": not whole,
        "depth": facts.depth if told else None,
        "states_at_depth": facts.levels if told else None,
        "interleavings": for_programs(facts.interleavings)
        if told and facts.interleavings is not None
        else None,
        "endless": facts.cyclic if told else None,
        "longest": facts.longest if told else None,
        "verdicts": [_finding_json(scenario, found, options) for found in findings],
    }


def _finding_json(scenario: Scenario, found: Finding, options: argparse.Namespace) -> dict[str, object]:
    verdict, keys, odds = found.verdict, found.verdict.keys, found.odds
    return {
        "property": verdict.property,
        "verdict": verdict.kind,
        "how": verdict.how,
        "steps": len(keys) if keys is not None else None,
        "switches": switches(keys) if keys is not None else None,
        "token": str(scenario.token(keys)) if keys else None,
        "play": _play_command(scenario, keys, options) if keys else None,
        "chance": float(odds.value) if odds else None,
        "chance_is": odds.kind if odds else None,
        "within_reach_from": found.open,
        "sealed_after": found.sealed,
        "trace": _steps_json(scenario, keys) if keys else None,
    }


def _steps_json(scenario: Scenario, keys: tuple[str, ...]) -> object:
    session = Session(scenario.machine)
    session.play(keys)
    return log_json(scenario, session, scenario.token(keys))["steps"]
