"""Every race on every version of the code: the table that compares them.

A row is a lesson, or one rule of a lesson; a column is a version of the kernel, or the lesson's own with the rule. A
cell is computed, never written: all interleavings of the lesson's scenario, with everything that is judged always and
everything that the lesson names.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ktwviz.checker.verdicts import Claim, Report, Verdict, check
from ktwviz.errors import LessonError
from ktwviz.kernel.history import STAGES
from ktwviz.lesson.claims import asked_for, claim_of
from ktwviz.lesson.model import Lesson, Property
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.values import dataclass

RULE = "rule"
COLUMNS = ("v4", RULE, *STAGES[1:])
"""What a race is looked at under; `RULE` stands for the lesson's own version with the row's rule."""

MOST_STATES = 300_000
PACKAGE = Path(__file__).parent.parent


Kind = Literal["holds", "broken", "other", "undetermined", "absent"]


@dataclass(frozen=True)
class Cell:
    """What becomes of a race under one version.

    `kind` is "absent" where the version does not have what the scenario calls: `how` says what. Else it is a verdict
    on everything at once; `states` were seen. If it is broken, `property` is what breaks and `token` replays it in
    `steps` atomic steps. The race itself is the first property that the lesson calls broken, under each rule if there
    are some: "other" means that it holds and something else breaks. `unasked` counts the lesson's claims that make no
    sense in the version. `held` are the properties that hold in all interleavings, also where something else breaks.
    """

    kind: Kind
    states: int = 0
    how: str = ""
    property: str = ""
    steps: int = 0
    token: str = ""
    unasked: int = 0
    held: tuple[str, ...] = ()


Key = tuple[str, str]
"""What tells cells apart: the id of the lesson, and the rule or version."""

Task = tuple[Lesson, str]
"""What has to be worked out: a lesson under a rule or version."""


@dataclass(frozen=True)
class Row:
    """A race: a lesson, and one of its rules ("" for none). `several` says that the lesson has other rules too."""

    lesson: Lesson
    rule: str
    several: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in which this row has a cell."""
        return tuple(column for column in COLUMNS if column != RULE or self.rule)

    def variant(self, column: str) -> str:
        """Return the rule or version that a column stands for."""
        return self.rule if column == RULE else column

    def key(self, column: str) -> Key:
        """Return by what the cell in a column is known; rows of one lesson share those of the versions."""
        return self.lesson.id, self.variant(column)

    @property
    def title(self) -> str:
        """The number and title of the lesson; with the name of the rule where there are others."""
        name = f"{self.lesson.number} {self.lesson.title}".strip()
        return f"{name}: {self.rule}" if self.several else name


def rows_of(lessons: Sequence[Lesson]) -> list[Row]:
    """Return the rows of some lessons: those that say of anything that it breaks."""
    rows: list[Row] = []
    for lesson in lessons:
        if any(claim.broken_by for claim in lesson.properties):
            several = len(lesson.rules) > 1
            rows += [Row(lesson, rule.name, several) for rule in lesson.rules] or [Row(lesson, "")]
    return rows


# One cell -------------------------------------------------------------------------------------------------------


def cell(lesson: Lesson, variant: str, *, interrupted: Callable[[int], str] = lambda states: "") -> Cell:
    """Go through every interleaving of a lesson's scenario under a rule or version."""
    try:
        scenario = build_scenario(lesson, variant)
    except LessonError as error:
        return Cell("absent", how=error.troubles[0].message)
    own = [claim for claim in lesson.properties if claim.when != "builtin"]
    claims = [found for found in (_asked(scenario, claim) for claim in own) if found is not None]
    try:
        report = _report(scenario, claims, interrupted)
    except LessonError:
        # a claim that makes sense in the first state and not in a later one
        claims = []
        report = _report(scenario, claims, interrupted)
    return _cell(scenario, report, len(own) - len(claims))


def _asked(scenario: Scenario, claim: Property) -> Claim | None:
    """Return a claim of the lesson as it is asked in this version, None where the version has no words for it."""
    try:
        found = claim_of(scenario, claim)
        found.ask(scenario.machine.initial)
    except LessonError:
        return None
    return found


def _report(scenario: Scenario, claims: list[Claim], interrupted: Callable[[int], str]) -> Report:
    return check(
        scenario.machine,
        claims,
        builtins=asked_for(scenario),
        most_states=MOST_STATES,
        interrupted=interrupted,
    )


def _cell(scenario: Scenario, report: Report, unasked: int) -> Cell:
    states = len(report.graph.states)
    held = tuple(verdict.property for verdict in report.verdicts if verdict.kind == "holds")
    named, races = _named(scenario)
    if report.broken:
        worst = min(report.broken, key=lambda verdict: _rank(verdict, [*races, *named]))
        keys = worst.keys or ()
        kind = _kind(worst, report, named, races)
        # what no single run breaks has no schedule to replay
        token = "" if worst.keys is None else str(scenario.token(keys))
        return Cell(kind, states, worst.how, worst.property, len(keys), token, unasked, held)
    for verdict in report.verdicts:
        if verdict.kind != "holds":
            return Cell("undetermined", states, verdict.how, verdict.property, unasked=unasked, held=held)
    return Cell("holds", states, unasked=unasked, held=held)


def _rank(verdict: Verdict, named: Sequence[str]) -> tuple[int, int]:
    """Put first what the lesson names first; what it does not name comes last, the shortest schedule first."""
    known = verdict.property in named
    return named.index(verdict.property) if known else len(named), len(verdict.keys or ())


def _named(scenario: Scenario) -> tuple[list[str], list[str]]:
    """Return what the lesson calls broken, under the rule if there is one, and the races: what is so first."""
    lesson = scenario.lesson
    claims = [claim for claim in lesson.properties if claim.broken_by]

    def under(rule: str) -> list[str]:
        return [claim.claim for claim in claims if rule in claim.broken_by]

    every = [claim.claim for claim in claims]
    if scenario.rule:
        named = under(scenario.rule) or every
        return named, named[:1]
    first = [name for rule in lesson.rules for name in under(rule.name)[:1]]
    return every, list(dict.fromkeys([*every[:1], *first]))


def _kind(worst: Verdict, report: Report, named: Sequence[str], races: Sequence[str]) -> Kind:
    """Tell whether a race itself is there where something breaks, as far as that is known."""
    if worst.property in races:
        return "broken"
    kinds = {verdict.property: verdict.kind for verdict in report.verdicts}
    if all(kinds.get(race) == "holds" for race in races):
        return "other"
    return "broken" if worst.property in named else "undetermined"


# What a cell depends on -----------------------------------------------------------------------------------------


def content(lesson: Lesson, variant: str) -> str:
    """Return a digest of all that a cell is made from: the lesson, the variant, the program, its Python."""
    names = (lesson.id, lesson.kernel, lesson.rule, variant)
    parts = [
        _program(),
        *names,
        repr(lesson.scenario),
        repr(lesson.rules),
        repr(lesson.properties),
        repr(lesson.goal),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _program() -> str:
    """Return a digest of the text of everything that can change a verdict."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("values.py", "schedule.py"):
        digest.update((PACKAGE / name).read_bytes())
    for folder in ("machine", "kernel", "checker", "lesson"):
        for file in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def to_json(found: Cell) -> dict[str, Any]:
    """Return a cell as JSON keeps it."""
    return dict(vars(found))


def from_json(values: Mapping[str, Any]) -> Cell:
    """Return a cell from JSON. Raises TypeError for values that are none."""
    return Cell(**{**values, "held": tuple(values["held"])})


def tasks(rows: Sequence[Row]) -> Iterator[Task]:
    """Yield what has to be worked out for some rows, each once."""
    seen: set[Key] = set()
    for row in rows:
        for column in row.columns:
            if row.key(column) not in seen:
                seen.add(row.key(column))
                yield row.lesson, row.variant(column)
