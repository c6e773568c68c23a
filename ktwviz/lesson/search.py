"""All interleavings of a scenario, with what breaks in them and where: what the explorer and foresight read.

A search depends on its scenario and its bound alone, so it gives the same each time; unless it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from ktwviz.checker.facts import Bad, Facts, Odds
from ktwviz.checker.orders import Order, Ways
from ktwviz.checker.reach import Outlook, follow
from ktwviz.checker.shrink import Breaks, bad_part, breaks_of
from ktwviz.checker.verdicts import Claim, Report, Verdict, check
from ktwviz.errors import LessonError, Trouble
from ktwviz.kernel.relative import RelativeTime
from ktwviz.lesson.claims import asked_for, claims_of
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

    With `by_run` no single state or step does: only a run as a whole, and `bad` is the state to which its shortest
    one leads. Nothing is bad for a property that should hold at some time and never does.
    """

    verdict: Verdict
    breaks: Breaks
    bad: Bad
    by_run: bool


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
        """Everything that breaks something."""
        return _joined(broken.bad for broken in self.broken)

    @cached_property
    def outlook(self) -> Outlook:
        """How far the nearest bad place is, from every state."""
        return Outlook(self.graph, self.bad)

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
                ask = self.scenario.question(goal.reach, goal.line).ask
                states = frozenset(number for number, state in enumerate(self.graph.states) if ask(state))
                return Bug(GOAL, Bad(states))
            except LessonError:
                pass  # it depends on the date, which the graph does not keep: what breaks is looked out for
        return (
            Bug(" or ".join(broken.verdict.property for broken in self.broken), self.bad)
            if self.bad
            else None
        )

    @cached_property
    def bug_outlook(self) -> Outlook | None:
        """How far the bug is, from every state; None where there is none."""
        return Outlook(self.graph, self.bug.bad) if self.bug else None

    @cached_property
    def bug_odds(self) -> Odds | None:
        """How likely a scheduler that draws each step by lot meets the bug, from the start on.

        Where runs were not followed beyond something else that breaks, more of them may meet it.
        """
        if self.bug is None:
            return None
        odds = self.facts.odds(self.bug.bad)
        return Odds(odds.value, "at least") if set(self.graph.cut) - self.bug.bad.states else odds


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
    _ = found.outlook, found.places, found.facts.levels, found.facts.interleavings
    if ahead:
        _ = found.bug_outlook, found.bug_odds
    return found


def _broken(report: Report, verdict: Verdict, claims: tuple[Claim, ...]) -> Broken:
    graph = report.graph
    breaks = breaks_of(graph.machine, verdict.property, claims)
    bad = bad_part(graph, breaks)
    if bad or any(claim.name == verdict.property and claim.when == "sometimes" for claim in claims):
        return Broken(verdict, breaks, bad, by_run=False)
    last = follow(graph, verdict.keys or ())
    return Broken(verdict, breaks, Bad(frozenset() if last is None else frozenset([last])), by_run=True)


def _joined(parts: Iterable[Bad]) -> Bad:
    states: frozenset[int] = frozenset()
    edges: frozenset[int] = frozenset()
    for part in parts:
        states |= part.states
        edges |= part.edges
    return Bad(states, edges)
