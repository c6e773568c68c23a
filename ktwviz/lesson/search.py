"""All interleavings of a scenario, with what breaks in them and where: what the explorer and foresight read.

A search depends on its scenario and its bound alone, so it gives the same each time; unless it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from ktwviz.checker.facts import Bad, Facts, Odds
from ktwviz.checker.findings import part_of
from ktwviz.checker.orders import Order, Ways
from ktwviz.checker.reach import follow
from ktwviz.checker.shrink import Breaks
from ktwviz.checker.verdicts import Claim, Report, Verdict, check
from ktwviz.errors import LessonError, Trouble
from ktwviz.kernel.relative import RelativeTime
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.lookout import Lookout, Past
from ktwviz.lesson.scenario import Question, Scenario
from ktwviz.values import dataclass

MOST_STATES = 300_000
"""Where a search on a screen ends if it is not told otherwise; some ten seconds."""

_NOT_KEPT = (
    "reads when a timer expires or looks at the date, and this search has not kept that apart. "
    "A property or the goal of a lesson may ask it"
)

Interrupted = Callable[[int], str]


@dataclass(frozen=True)
class Place:
    """Where a property breaks: in a state, or with the step that `edge` is, if that is not -1; both by number."""

    state: int
    edge: int = -1


@dataclass(frozen=True)
class Broken:
    """A property that breaks. `bad` is the part of the graph that breaks it.

    With `by_run` no single state or step does: only a run as a whole. If it is by its `past`, that has the runs; else,
    as for an order of locks, `bad` is the state to which the shortest one leads. Nothing is bad for a property that
    should hold at some time and never does.
    """

    verdict: Verdict
    breaks: Breaks
    bad: Bad
    by_run: bool = False
    past: Past | None = None

    @property
    def in_one_run(self) -> bool:
        """Whether it breaks in a place that one run comes to: not only by several, or by never coming to be."""
        return self.past is not None or (bool(self.bad) and not self.by_run)


GOAL = "the goal"
"""How the goal of a lesson is called in a sentence."""


@dataclass(frozen=True)
class Bug:
    """What foresight looks out for, and how it is called in a sentence."""

    name: str
    bad: Bad


class Found:
    """What came of a search."""

    def __init__(self, scenario: Scenario, report: Report, claims: tuple[Claim, ...]) -> None:
        self.scenario = scenario
        self.report = report
        self.graph = report.graph
        self.facts = Facts(report.graph)
        self.broken = tuple(_broken(report, verdict, claims) for verdict in report.broken)

    @cached_property
    def bad(self) -> Bad:
        """Everything that breaks something by itself: what several runs together break is in no state."""
        return _joined(broken.bad for broken in self.broken if not broken.by_run)

    @cached_property
    def of_past(self) -> tuple[Broken, ...]:
        """What breaks by the past of a run, and not in any state or step of its own."""
        return tuple(broken for broken in self.broken if broken.past is not None)

    @cached_property
    def lookout(self) -> Lookout:
        """How far the nearest break is, from wherever a walk stands."""
        return Lookout(self.graph, self.bad, (broken.past for broken in self.of_past if broken.past))

    @cached_property
    def sources(self) -> dict[int, int]:
        """For each bad transition the state in which it starts."""
        edges = self.graph.edges
        return {
            edge: number
            for number in range(self.graph.followed if self.bad.edges else 0)
            for edge in edges.out(number)
            if edge in self.bad.edges
        }

    @cached_property
    def places(self) -> dict[Place, tuple[Broken, ...]]:
        """All bad places and what breaks there; the places of a property in the order of their states."""
        found: dict[Place, tuple[Broken, ...]] = {}
        for broken in self.broken:
            places = [Place(number) for number in broken.bad.states]
            places += [Place(self.sources[edge], edge) for edge in broken.bad.edges]
            for place in sorted(places, key=lambda place: (place.state, place.edge)):
                found[place] = (*found.get(place, ()), broken)
        return found

    def steps_known(self, keys: Sequence[str]) -> int:
        """Return how many steps of a schedule the graph knows; the others lie beyond where it ends."""
        number = 0
        for count, key in enumerate(keys):
            following = follow(self.graph, [key], number)
            if following is None:
                return count
            number = following
        return len(keys)

    def ways(self, order: Order, start: int = 0, last: str = "") -> Ways:
        """Return the best schedules from a state; a search of its own, which takes its time."""
        return Ways(self.graph, self.bad.edges, order=order, start=start, last=last)

    def question(self, text: str) -> Question:
        """Compile an expression to be asked of the states found. Raises LessonError where that cannot be."""
        question = self.scenario.question(text, 0)
        kept = self.scenario.machine.canonical
        if isinstance(kept, RelativeTime) and not kept.keeps(question.function):
            # what can be asked nowhere has a better reason: to ask once brings it out
            question.ask(self.graph.machine.initial)
            raise LessonError([Trouble(self.scenario.lesson.file, 0, f"{text!r} {_NOT_KEPT}")])
        return question

    # Foresight ----------------------------------------------------------------------------------------------------

    @cached_property
    def bug(self) -> Bug | None:
        """What the lesson is after: its goal, or, where it has none, whatever breaks. None where there is nothing.

        A goal that no schedule reaches is still the goal: foresight then says so.
        """
        goal = self.scenario.lesson.goal
        if goal is not None:
            try:
                question = self.scenario.question(goal.reach, goal.line)
                question.ask(self.graph.machine.initial)
                reached = (number for number, state in enumerate(self.graph.states) if question.holds(state))
                return Bug(GOAL, Bad(frozenset(reached)))
            except LessonError:
                pass  # it depends on the date, or names what this version has not: what breaks is looked out for
        named = [broken.verdict.property for broken in self.broken if broken.in_one_run]
        return Bug(" or ".join(named), self.bad) if named else None

    @cached_property
    def bug_lookout(self) -> Lookout | None:
        """How far the bug is, from wherever a walk stands; None where there is none."""
        if self.bug is None:
            return None
        return Lookout(self.graph, self.bug.bad) if self.bug.name == GOAL else self.lookout

    @cached_property
    def bug_odds(self) -> Odds | None:
        """How likely a scheduler that draws each step by lot meets the bug, from the start on.

        Where runs were not followed beyond something else that breaks, or break something by their past, more of them
        may meet it.
        """
        if self.bug is None:
            return None
        odds = self.facts.odds(self.bug.bad)
        more = self.bug.name != GOAL and bool(self.of_past)
        return Odds(odds.value, "at least") if more or set(self.graph.cut) - self.bug.bad.states else odds


def search(
    scenario: Scenario,
    *,
    most_states: int = MOST_STATES,
    interrupted: Interrupted = lambda states: "",
    ahead: bool = False,
) -> Found:
    """Go through every interleaving of a scenario. `interrupted` is asked now and then, as in `explore`.

    What takes long is worked out here, not when it is asked for; what foresight needs too, with `ahead`.
    """
    claims = tuple(claims_of(scenario))
    report = check(
        scenario.machine,
        claims,
        builtins=asked_for(scenario),
        most_states=most_states,
        interrupted=interrupted,
    )
    found = Found(scenario, report, claims)
    _ = found.lookout, found.places, found.facts.levels, found.facts.interleavings
    if ahead:
        _ = found.bug_lookout, found.bug_odds
    return found


def _broken(report: Report, verdict: Verdict, claims: tuple[Claim, ...]) -> Broken:
    graph = report.graph
    part = part_of(graph, verdict, claims)
    if part.breaks.run is not None:
        return Broken(
            verdict, part.breaks, Bad(frozenset()), True, Past(part.graph, part.bad, part.breaks.run)
        )
    if part.bad or any(claim.name == verdict.property and claim.when == "sometimes" for claim in claims):
        return Broken(verdict, part.breaks, part.bad)
    last = follow(graph, verdict.keys or ())
    return Broken(verdict, part.breaks, Bad(frozenset() if last is None else frozenset([last])), by_run=True)


def _joined(parts: Iterable[Bad]) -> Bad:
    states: frozenset[int] = frozenset()
    edges: frozenset[int] = frozenset()
    for part in parts:
        states |= part.states
        edges |= part.edges
    return Bad(states, edges)
