"""The same schedule in two scenarios, and the first step at which the two runs part.

Two versions of a function differ in some lines. Steps on those lines, and in what they call, may differ freely: one
version reads a word more, the other takes a lock. They are played side by side and not compared. Every other step is
the same code in both, so the other run has to do the same; where it does something else, or cannot go on, they part.

After that the other run goes on as well as it can: each key is one step of that context, or none while it must wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ktwviz.errors import ScheduleError, UnknownName, did_you_mean
from ktwviz.kernel.history import STAGES, VERSION_NAMES
from ktwviz.kernel.kthread_api import in_v4_names
from ktwviz.lesson.judging import broken_at, broken_in
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.moved import Moved, kept_lines, moved_lines
from ktwviz.lesson.scenario import Scenario, build_scenario, variant_of
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.describe import describe
from ktwviz.machine.history import Step
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Enabled, Machine, Refused, State, apply
from ktwviz.session import Session
from ktwviz.values import dataclass, replace

_LONGEST_DETOUR = 500


@dataclass(frozen=True)
class Row:
    """One step of each run, side by side. `same` where both had to do the same, and did.

    `number` is that of the first run's step, None for a step that only the other run takes. `why` tells why the
    other run takes none.
    """

    number: int | None
    one: Step | None
    other: Step | None
    same: bool = False
    why: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two runs of one schedule. `rows` are all steps in order, `parted` is the index of the row at which they part.

    `functions` are those of which the two versions have different texts, `moved` the lines in these that both have at
    different places. `one_end` and `other_end` say what is broken at the end of each run, empty where nothing is;
    `one_breaks` and `other_breaks` are the properties that each breaks. `other_keys` is the schedule of the other run,
    `together` how many of its steps come before they part.
    """

    one: Scenario
    other: Scenario
    rows: tuple[Row, ...]
    parted: int | None
    functions: tuple[str, ...]
    one_end: str
    other_end: str
    one_breaks: frozenset[str]
    other_breaks: frozenset[str]
    other_keys: tuple[str, ...]
    together: int
    moved: tuple[Moved, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the runs part, or end differently: on lines that differ a run may break without parting before."""
        return self.parted is not None or self.one_breaks != self.other_breaks

    @property
    def step(self) -> int | None:
        """The number of the first run's step that the other does not share; None where they never part."""
        return None if self.parted is None else self.rows[self.parted].number


def version_names(lesson: Lesson) -> tuple[str, ...]:
    """Return the names of the versions that a lesson is offered in: its own first, then its rules and the kernels."""
    own = variant_of(lesson)
    rules = (rule.name for rule in lesson.rules)
    return tuple(dict.fromkeys([own, *rules, lesson.kernel, STAGES[0], STAGES[-1]]))


def scenario_named(lesson: Lesson, name: str, memory: str = "") -> Scenario:
    """Return the scenario of a lesson by the name of a version: a rule, or a version of the kernel.

    Raises UnknownName with those there are, LessonError where the scenario does not run on that kernel.
    """
    names = (*version_names(lesson), *VERSION_NAMES)
    if name not in names:
        listed = ", ".join(dict.fromkeys((*version_names(lesson), *STAGES)))
        raise UnknownName(
            f"{lesson.id} has no version {name!r}{did_you_mean(name, names)} (possible: {listed})"
        )
    return build_scenario(lesson, name, memory)


def compare(one: Scenario, other: Scenario, keys: Sequence[str]) -> Comparison:
    """Play a schedule of `one` in both. Raises ScheduleError where it is none of `one`."""
    texts = (_texts(one.machine), _texts(other.machine))
    functions = tuple(name for name in sorted(texts[0] | texts[1]) if _differ(name, *texts))
    first = _Run(one.machine, _changed_lines(functions, *texts))
    second = _Run(other.machine, _changed_lines(functions, texts[1], texts[0]))
    rows = list(_rows(first, second, keys))
    parted = next(
        (at for at, row in enumerate(rows) if row.number and not row.same and row.why != _FREE), None
    )
    together = sum(1 for row in rows[:parted] if row.other) if parted is not None else len(second.keys)
    return Comparison(
        one,
        other,
        tuple(row if row.why != _FREE else replace(row, why="") for row in rows),
        parted,
        functions,
        *(_end(one, first.keys), _end(other, second.keys)),
        *(_breaks(one, first.keys), _breaks(other, second.keys)),
        tuple(second.keys),
        together,
        tuple(_moved(functions, *texts)),
    )


_FREE = "free"
"""Marks rows on lines that differ: what happens there is not compared."""


def _rows(first: _Run, second: _Run, keys: Sequence[str]) -> Iterator[Row]:
    parted = False
    for number, key in enumerate(keys, 1):
        free = first.is_free(key)
        step, _ = first.peek(key)
        if step is None:
            raise ScheduleError(f"step {number} wants {key}, but {first.reason(key)}")
        if not parted and not free:
            for detour in second.leave_changed_lines(key):
                yield Row(None, None, detour, why=_FREE)
        done, why = second.peek(key)
        same = not parted and not free and done is not None and _deed(done) == _deed(step)
        first.take(key)
        waits = free and not parted and not second.is_free(key)
        if done is not None and not waits:
            second.take(key)
        quiet = free and not parted
        yield Row(number, step, None if waits else done, same, _FREE if quiet else "" if same else why)
        parted = parted or not (same or free)


class _Run:
    """One run, step by step; `changed` are the lines of each function that the other version does not have."""

    def __init__(self, machine: Machine, changed: Mapping[str, frozenset[int]]) -> None:
        self.machine = machine
        self.changed = changed
        self.state: State = machine.initial
        self.keys: list[str] = []

    def peek(self, key: str) -> tuple[Step | None, str]:
        """Return the step that a key would take now, or why there is none."""
        for outcome in self.machine.outcomes(self.state):
            if outcome.choice == key and isinstance(outcome, Enabled):
                return describe(self.machine, self.state, outcome), ""
        return None, self.reason(key)

    def reason(self, key: str) -> str:
        """Return why a key takes no step."""
        outcomes = self.machine.outcomes(self.state)
        refused = (o.reason for o in outcomes if o.choice == key and isinstance(o, Refused))
        return next(refused, f"there is no choice {key!r}")

    def take(self, key: str) -> None:
        """Take the step."""
        for outcome in self.machine.outcomes(self.state):
            if outcome.choice == key and isinstance(outcome, Enabled):
                self.state = apply(self.state, outcome)
                self.keys.append(key)
                return

    def is_free(self, key: str) -> bool:
        """Tell whether a context stands on a line that the other version does not have, or in what that calls."""
        context = next((c for c in self.machine.contexts if str(c.number) == key), None)
        return context is not None and self._on_changed_line(self.machine.local_state(self.state, context))

    def _on_changed_line(self, local: LocalState) -> bool:
        nowhere: frozenset[int] = frozenset()
        names = ((in_v4_names(frame.function.name), frame.line) for frame in local.frames)
        return any(line in self.changed.get(name, nowhere) for name, line in names)

    def leave_changed_lines(self, key: str) -> Iterator[Step]:
        """Go on with a context until it stands on a line that both versions have, or cannot go on."""
        for _ in range(_LONGEST_DETOUR):
            step, _why = self.peek(key)
            if step is None or not self.is_free(key):
                return
            self.take(key)
            yield step


def _deed(step: Step) -> tuple[object, ...]:
    """Return what a step does, wherever its line stands in the file.

    That a context is done with its code is left out: which step is its last is a matter of the lines after it.
    """
    changes = tuple(in_v4_names(str(change)) for change in step.changes)
    facts = tuple((event.kind, event.about) for event in step.events if event.kind != "done")
    return in_v4_names(step.access), changes, facts


def _texts(machine: Machine) -> dict[str, Stepped]:
    """Return the stepped functions by the names that v4 has for them: what was only renamed is the same."""
    found = {name: value for name, value in machine.program.namespace.items() if isinstance(value, Stepped)}
    return {in_v4_names(name): function for name, function in found.items()}


def _differ(name: str, one: Mapping[str, Stepped], other: Mapping[str, Stepped]) -> bool:
    if name not in one or name not in other:
        return True
    return one[name] is not other[name] and _lines(one[name]) != _lines(other[name])


def _lines(function: Stepped) -> list[str]:
    return [in_v4_names(line.strip()) for line in function.source]


def _moved(
    functions: Sequence[str], one: Mapping[str, Stepped], other: Mapping[str, Stepped]
) -> Iterator[Moved]:
    for name in functions:
        if name in one and name in other:
            yield from moved_lines(name, _lines(one[name]), _lines(other[name]))


def _changed_lines(
    functions: Sequence[str], mine: Mapping[str, Stepped], theirs: Mapping[str, Stepped]
) -> dict[str, frozenset[int]]:
    """Return for each function the numbers of those of its lines that the other version does not have."""
    found = {}
    for name in functions:
        if name not in mine:
            continue
        here = _lines(mine[name])
        there = _lines(theirs[name]) if name in theirs else []
        kept = {one for one, _ in kept_lines(here, there)}
        first = mine[name].first_line
        found[name] = frozenset(first + at for at in range(len(here)) if at not in kept)
    return found


def _end(scenario: Scenario, keys: Sequence[str]) -> str:
    session = Session(scenario.machine)
    session.play(keys)
    return broken_at(scenario, session)


def _breaks(scenario: Scenario, keys: Sequence[str]) -> frozenset[str]:
    return frozenset(breach.property for breach in broken_in(scenario, tuple(keys)))
