"""Whether a text of the function under study is a fix: it must break nothing, in every interleaving there is.

A fix is judged more strictly than a lesson: by all built-in properties and all claims of the lesson, whether it is
said to break them or not, and the goal must be out of reach. A text that mends the bug by doing nothing at all (no work
is accepted, none runs) breaks what callers are promised: `refusal-kept`, `work-accounted`, `work-runs`.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator

from ktwviz.checker.facts import Facts
from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Claim, Kind, Report, Verdict, check
from ktwviz.errors import LessonError, SourceError, Trouble
from ktwviz.lesson.claims import claims_of
from ktwviz.lesson.editing import check_text, function_before, text_of
from ktwviz.lesson.model import Code, Edit, Lesson
from ktwviz.lesson.proof import fix_of
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.machine.syntax import parse
from ktwviz.schedule import compress
from ktwviz.values import dataclass, replace

MOST_STATES = 300_000
YOUR_CODE = "your code"
"""How errors name the text in an editor."""

GOAL = "the goal is out of reach"
"""The property that every fix must have."""


@dataclass(frozen=True)
class Judgement:
    """What became of one text, and the scenario in which that was seen.

    `kind` "holds" means: in the lesson's scenario and in every trial, with every property, seen completely. `states`
    and `interleavings` count all of them together; None where a run can go on for ever, or was not seen to the end.
    If it is "broken", `broken` names what breaks first, `how` is a sentence and `keys` the schedule, in `scenario`.
    If it is "undetermined", `how` says why.
    """

    kind: Kind
    scenario: Scenario
    states: int
    interleavings: int | None = None
    broken: str = ""
    how: str = ""
    keys: tuple[str, ...] = ()

    @property
    def schedule(self) -> str:
        """The schedule as text; it plays in `scenario` alone."""
        return compress(self.keys)


def text_to_fix(lesson: Lesson) -> str:
    """Return what the learner begins with: the function as the lesson's rule left it."""
    return text_of(function_before(lesson, fix_of(lesson).function))


def posted_text(lesson: Lesson) -> str:
    """Return the function as it was posted, without the lesson's rule."""
    return text_of(function_before(replace(lesson, rule=""), fix_of(lesson).function))


def edit_of(lesson: Lesson, code: Code, file: str) -> Edit:
    """Return a text of the lesson's function as an edit; `file` is how errors name where it stands."""
    return Edit(fix_of(lesson).function, code, file)


def refusal(lesson: Lesson, edit: Edit) -> Trouble | None:
    """Compile a text; return what is wrong with it, None where it can run. Nothing is explored: this is cheap."""
    try:
        build_scenario(lesson, edit=edit)
    except LessonError as error:
        return error.troubles[0]
    return None


def trouble_while_typing(lesson: Lesson, text: str) -> Trouble | None:
    """Compile a text that is being typed; return what is wrong with it, with its line from 1, None if nothing is."""
    try:
        check_text(lesson, edit_of(lesson, Code(text, 1), YOUR_CODE))
    except SourceError as error:
        return error.trouble
    return None


def because_of(lesson: Lesson, text: str) -> str:
    """Return what the lesson says of a text that is one of its wrong ones, comments and layout aside; "" of others."""
    given = _essence(text)
    return next((wrong.because for wrong in fix_of(lesson).wrong if _essence(wrong.code.text) == given), "")


def _essence(text: str) -> str:
    """Return what a function does, as text: without comments, docstrings, annotations and layout."""
    try:
        tree = parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)


def judge_fix(
    lesson: Lesson, text: str, *, interrupted: Callable[[int], str] = lambda states: ""
) -> Judgement:
    """Judge a text that was typed in. Raises LessonError with the line of the text, from 1, where it cannot run."""
    edit = edit_of(lesson, Code(text, 1), YOUR_CODE)
    return judge_edit(lesson, edit, interrupted=interrupted)


def judge_edit(
    lesson: Lesson, edit: Edit, *, interrupted: Callable[[int], str] = lambda states: ""
) -> Judgement:
    """Explore all interleavings of the lesson's scenario, then of its trials, until something breaks.

    `interrupted` is asked now and then with the number of states seen; what it returns, if not empty, ends the search.
    """
    seen: int = 0
    runs: int | None = 0
    open_question = ""
    first = last = build_scenario(lesson, edit=edit)
    for last in _scenarios(lesson, edit, first):
        before = seen
        report = check(
            last.machine,
            [*claims_of(last), *_goal(last)],
            builtins=[builtin.name for builtin in BUILTINS],
            most_states=MOST_STATES,
            interrupted=lambda states, before=before: interrupted(before + states),  # type: ignore[misc]  # bound here
        )
        seen += len(report.graph.states)
        if report.broken:
            return _broken(last, _plainest(report.broken), seen)
        open_question = open_question or _open_question(report)
        count = Facts(report.graph).interleavings
        runs = None if runs is None or count is None else runs + count
    kind: Kind = "undetermined" if open_question else "holds"
    return Judgement(kind, first, seen, runs, how=open_question)


def _scenarios(lesson: Lesson, edit: Edit, own: Scenario) -> Iterator[Scenario]:
    yield own
    for trial in fix_of(lesson).trials:
        bare = replace(lesson, scenario=trial, beats=(), properties=(), goal=None)
        yield build_scenario(bare, edit=edit)


def _goal(scenario: Scenario) -> list[Claim]:
    goal = scenario.lesson.goal
    if goal is None:
        return []
    question = scenario.question(goal.reach, goal.line)
    return [Claim(GOAL, "always", lambda state: not question.ask(state), question.function)]


def _plainest(broken: tuple[Verdict, ...]) -> Verdict:
    """Return of what is broken what needs the least faith: harm before claims before danger; then the shortest."""
    harm = {GOAL, *(builtin.name for builtin in BUILTINS if builtin.by_default and not builtin.yields)}
    danger = {builtin.name for builtin in BUILTINS} - harm

    def rank(verdict: Verdict) -> tuple[bool, bool, int]:
        return verdict.property in danger, verdict.property not in harm, len(verdict.keys or ())

    return min(broken, key=rank)


def _broken(scenario: Scenario, verdict: Verdict, states: int) -> Judgement:
    goal = scenario.lesson.goal
    how = verdict.how
    if verdict.property == GOAL and goal is not None:
        how = f"the goal of the lesson can still be reached: {goal.text.rstrip('.')}"
    elif verdict.property not in {builtin.name for builtin in BUILTINS}:
        how = f"the lesson claims {verdict.property!r}, and {verdict.how}"
    return Judgement("broken", scenario, states, broken=verdict.property, how=how, keys=verdict.keys or ())


def _open_question(report: Report) -> str:
    """Return why it is not known whether everything holds, "" where it is."""
    return next((verdict.how for verdict in report.verdicts if verdict.kind == "undetermined"), "")
