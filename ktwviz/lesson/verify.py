"""What is proved of a lesson: that its script runs, its questions have one answer, and its bug is real.

`ktwviz check` prints what is found here. Every trouble names file and line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Report, Verdict, check
from ktwviz.errors import LessonError, Trouble, UnknownName, did_you_mean
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.editing import function_before
from ktwviz.lesson.fix import MOST_STATES, Judgement, edit_of, judge_edit, refusal
from ktwviz.lesson.model import Beat, Lesson
from ktwviz.lesson.play import Script
from ktwviz.lesson.scenario import Scenario, build_scenario, variant_of
from ktwviz.lesson.shelf import parts
from ktwviz.session import Session
from ktwviz.values import dataclass, field

NARRATION_LINES, NARRATION_WIDTH = 4, 76


@dataclass
class Checked:
    """The outcome for one lesson. `states` are those of all its explorations together; `notes` are for a reader."""

    lesson: Lesson
    troubles: list[Trouble] = field(default_factory=list)
    states: int = 0
    notes: list[str] = field(default_factory=list)
    undetermined: bool = False


def check_lesson(lesson: Lesson, *, interrupted: Callable[[int], str] = lambda states: "") -> Checked:
    """Prove all that a lesson claims, as far as it can be built at all."""
    result = Checked(lesson)
    result.troubles += _narration(lesson)
    result.troubles += _builtin_names(lesson)
    try:
        scenario = build_scenario(lesson)
        script = Script(scenario)
        for index, beat in enumerate(lesson.beats):
            result.troubles += _quiz(scenario, script, index, beat)
        _check_rules(lesson, result, interrupted)
        _check_fix(lesson, result, interrupted)
    except LessonError as error:
        result.troubles += error.troubles
    return result


def not_checked(lesson: Lesson, why: str) -> Checked:
    """Return the outcome for a lesson whose check came to no end."""
    return Checked(lesson, undetermined=True, notes=[f"undetermined: {why}"])


def check_together(lessons: Sequence[Lesson]) -> list[Trouble]:
    """Prove what concerns several lessons: ids are unique, needs exist and lead back to no lesson itself."""
    troubles = []
    by_id: dict[str, Lesson] = {}
    for lesson in lessons:
        if lesson.id in by_id:
            troubles.append(
                Trouble(lesson.file, 0, f"the id {lesson.id!r} is also that of {by_id[lesson.id].file}")
            )
        by_id.setdefault(lesson.id, lesson)
    known_parts = [part.id for part in parts()]
    for lesson in lessons:
        if lesson.part and lesson.part not in known_parts:
            hint = did_you_mean(lesson.part, known_parts)
            troubles.append(Trouble(lesson.file, 0, f"the course has no part {lesson.part!r}{hint}"))
        for need in lesson.needs:
            if need not in by_id:
                troubles.append(
                    Trouble(lesson.file, 0, f"needs {need!r}, no lesson{did_you_mean(need, by_id)}")
                )
        if lesson.id in _needed(lesson, by_id):
            troubles.append(
                Trouble(lesson.file, 0, f"{lesson.id!r} needs itself, by way of {', '.join(lesson.needs)}")
            )
    return troubles


def _needed(lesson: Lesson, by_id: dict[str, Lesson]) -> set[str]:
    found: set[str] = set()
    waiting = list(lesson.needs)
    while waiting:
        need = waiting.pop()
        if need in by_id and need not in found:
            found.add(need)
            waiting += by_id[need].needs
    return found


# Text -----------------------------------------------------------------------------------------------------------


def _narration(lesson: Lesson) -> Iterator[Trouble]:
    for beat in lesson.beats:
        paragraphs = beat.narration.split("\n\n")
        lines = sum(len(textwrap.wrap(paragraph, NARRATION_WIDTH)) for paragraph in paragraphs)
        if lines > NARRATION_LINES:
            yield Trouble(
                lesson.file,
                beat.line,
                f"the narration of {beat.title!r} has {lines} lines of {NARRATION_WIDTH} cells, "
                f"{NARRATION_LINES} fit on the smallest screen: shorten it, or make two beats of it",
            )


def _builtin_names(lesson: Lesson) -> Iterator[Trouble]:
    names = [builtin.name for builtin in BUILTINS]
    for claim in lesson.properties:
        if claim.when == "builtin" and claim.claim not in names:
            hint = did_you_mean(claim.claim, names)
            yield Trouble(lesson.file, claim.line, f"there is no built-in property {claim.claim!r}{hint}")


def _quiz(scenario: Scenario, script: Script, index: int, beat: Beat) -> Iterator[Trouble]:
    if beat.quiz is None:
        return
    session = Session(scenario.machine)
    session.play(script.keys[: script.ends[index - 1] if index else 0])
    right = [
        answer
        for answer in beat.quiz.answers
        if answer.proof and scenario.question(answer.proof, answer.line, of_date=True).ask(session.state)
    ]
    if len(right) != 1:
        which = " and ".join(repr(answer.text) for answer in right) or "none"
        yield Trouble(
            scenario.lesson.file, beat.quiz.line, f"exactly one answer must be proved right, here: {which}"
        )


# All interleavings ----------------------------------------------------------------------------------------------


def _check_rules(lesson: Lesson, result: Checked, interrupted: Callable[[int], str]) -> None:
    judged: list[Mapping[str, Verdict]] = []
    for rule in _variants(lesson):
        scenario = build_scenario(lesson, rule)
        report = check(
            scenario.machine,
            claims_of(scenario),
            builtins=asked_for(scenario),
            most_states=MOST_STATES,
            interrupted=interrupted,
        )
        result.states += len(report.graph.states)
        if not report.graph.complete:
            result.undetermined = True
            result.notes.append(
                f"under {scenario.variant}: undetermined, the search ended at {report.graph.bound}"
            )
        judged.append({verdict.property: verdict for verdict in report.verdicts})
        for verdict in report.verdicts:
            result.troubles += _unexpected(scenario, verdict)
        result.troubles += _goal(scenario, report)
    _note_what_is_open(lesson, judged, result)


def _note_what_is_open(lesson: Lesson, judged: Sequence[Mapping[str, Verdict]], result: Checked) -> None:
    """Note which claims of the lesson could be decided nowhere: they lie beyond a bug that cuts the search short."""
    for claim in lesson.properties:
        found = [verdicts[claim.claim] for verdicts in judged if claim.claim in verdicts]
        if found and all(verdict.kind == "undetermined" for verdict in found):
            result.undetermined = True
            result.notes.append(f"{claim.claim!r} is undetermined: {found[0].how}")


def _variants(lesson: Lesson) -> list[str]:
    """Return what is gone through: the lesson's version, its rules, and the versions that it says something of."""
    named = [name for claim in lesson.properties for name in claim.broken_by]
    rules = [rule.name for rule in lesson.rules]
    return list(dict.fromkeys([lesson.kernel, *rules, *named, *lesson.mended_in]))


def _unexpected(scenario: Scenario, verdict: Verdict) -> Iterator[Trouble]:
    """Compare a verdict with what the lesson says of it."""
    lesson, rule = scenario.lesson, scenario.variant
    said = [claim for claim in lesson.properties if claim.claim == verdict.property]
    expected = any(rule in claim.broken_by for claim in said)
    line = said[0].line if said else lesson.scenario.line
    if verdict.kind == "broken" and not expected:
        token = scenario.token(verdict.keys or ())
        yield Trouble(
            lesson.file,
            line,
            f"under {rule} the property {verdict.property!r} breaks: {verdict.how}; see {token}",
        )
    if verdict.kind != "broken" and expected:
        known = "holds" if verdict.kind == "holds" else f"is undetermined ({verdict.how})"
        yield Trouble(
            lesson.file, line, f"under {rule} the property {verdict.property!r} {known}, but should break"
        )


def _goal(scenario: Scenario, report: Report) -> Iterator[Trouble]:
    lesson, goal = scenario.lesson, scenario.lesson.goal
    if goal is None or scenario.variant not in (variant_of(lesson), lesson.kernel, *lesson.mended_in):
        return
    question = scenario.question(goal.reach, goal.line)
    graph = report.graph
    first = next((number for number, state in enumerate(graph.states) if question.ask(state)), None)
    if scenario.variant == variant_of(lesson):
        if first is None and graph.complete:
            before = " before something else breaks" if graph.cut else ""
            yield Trouble(lesson.file, goal.line, f"the goal cannot be reached under any schedule{before}")
        elif first == 0:
            yield Trouble(lesson.file, goal.line, "the goal holds at the start already")
        elif first is not None and goal.max_steps and len(graph.schedule_to(first)) > goal.max_steps:
            shortest = len(graph.schedule_to(first))
            yield Trouble(
                lesson.file,
                goal.line,
                f"max_steps is {goal.max_steps}, but the shortest way has {shortest} steps",
            )
    elif first is not None and scenario.variant in lesson.mended_in:
        version = scenario.variant
        yield Trouble(
            lesson.file, goal.line, f"{version} does not mend it: the goal can be reached there too"
        )
    elif first is not None:
        yield Trouble(
            lesson.file, goal.line, "the goal can be reached without the rule too, so the rule is no bug"
        )


# The fix --------------------------------------------------------------------------------------------------------


def _check_fix(lesson: Lesson, result: Checked, interrupted: Callable[[int], str]) -> None:
    """Prove that the right text holds and that each wrong one breaks something."""
    fix = lesson.fix
    if fix is None:
        return
    try:
        function_before(lesson, fix.function)
    except UnknownName as error:
        result.troubles.append(Trouble(lesson.file, fix.line, str(error)))
        return
    texts = [("right", fix.right), *(("wrong", wrong.code) for wrong in fix.wrong)]
    for which, code in texts:
        edit = edit_of(lesson, code, lesson.file)
        refused = refusal(lesson, edit)
        if refused is not None:
            result.troubles.append(refused)
            continue
        judged = judge_edit(lesson, edit, interrupted=interrupted)
        result.states += judged.states
        if judged.kind == "undetermined":
            result.undetermined = True
            result.notes.append(f"the {which} text at line {code.line}: undetermined, {judged.how}")
        message = _unlike(which, judged)
        if message:
            result.troubles.append(Trouble(lesson.file, code.line, message))


def _unlike(which: str, judged: Judgement) -> str:
    """Say how a text is other than the lesson says; "" where it is not."""
    if which == "right" and judged.kind == "broken":
        return f"the right text breaks {judged.broken!r}: {judged.how} ({judged.schedule})"
    if which == "wrong" and judged.kind == "holds":
        return (
            f"this wrong text holds under all interleavings ({judged.states:,} states): it is no wrong text, "
            "or a ```python trial is missing in which it breaks"
        )
    return ""
