"""Every shipped lesson is true: its script runs, its quizzes are proven, its goal can be reached and its fix holds.

Lessons are explored completely, under their own rule and under none. All numbers here are atomic steps and states.
"""

import re
import textwrap
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ktwviz.lesson.model import Lesson, Property
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Question, Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson
from ktwviz.machine.machine import Enabled, Machine, State

FILES = lesson_files()
LESSONS = [load_lesson(file) for file in FILES]
MOST_STATES = 200_000
SOURCE = re.compile(r"[^@\s<>]+@[^@\s<>]+|[0-9a-f]{12,40}")
"""A message-id or a commit."""

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[Path(lesson.file).stem for lesson in LESSONS])


@dataclass(frozen=True)
class Seen:
    """A state, the fewest steps that lead to it, and the steps that lead on from it."""

    state: State
    depth: int
    following: list[tuple[Enabled, State]]


def walk(machine: Machine) -> Iterator[Seen]:
    """Visit every state once, those that fewer steps lead to first. Fails where there are too many."""
    depths = {machine.initial: 0}
    waiting = deque([machine.initial])
    while waiting:
        state = waiting.popleft()
        following = machine.successors(state)
        yield Seen(state, depths[state], following)
        for _, after in following:
            if after not in depths:
                depths[after] = depths[state] + 1
                waiting.append(after)
        assert len(depths) <= MOST_STATES, "the lesson has too many states to be explored completely"


@cache
def scenario_of(lesson: Lesson, rule: str) -> Scenario:
    return build_scenario(lesson, rule)


def goal_of(lesson: Lesson, scenario: Scenario) -> Question:
    assert lesson.goal is not None, "a shipped lesson has a goal"
    return scenario.question(lesson.goal.reach, lesson.goal.line)


def steps_to_goal(lesson: Lesson, rule: str) -> int | None:
    """Return the length of the shortest way to the goal, None if there is none in the whole state space."""
    scenario = scenario_of(lesson, rule)
    goal = goal_of(lesson, scenario)
    return next((seen.depth for seen in walk(scenario.machine) if goal.ask(seen.state)), None)


def holds(claim: Property, scenario: Scenario) -> bool:
    """Tell whether a property of the lesson holds under the rule of the scenario."""
    question = scenario.question(claim.claim, claim.line)
    states = walk(scenario.machine)
    if claim.when == "always":
        return all(question.ask(seen.state) for seen in states)
    if claim.when == "sometimes":
        return any(question.ask(seen.state) for seen in states)
    return all(question.ask(seen.state) for seen in states if not seen.following)


# The text -------------------------------------------------------------------------------------------------------


def test_there_are_lessons() -> None:
    assert [file.name[:2] for file in FILES] == [f"{number:02}" for number in range(1, len(FILES) + 1)]
    assert len(FILES) >= 4


def test_ids_are_unique_and_lessons_need_only_earlier_ones() -> None:
    ids = [lesson.id for lesson in LESSONS]
    assert len(set(ids)) == len(ids)
    for number, lesson in enumerate(LESSONS):
        assert set(lesson.needs) <= set(ids[:number]), lesson.file


@every_lesson
def test_the_discussion_is_linked(lesson: Lesson) -> None:
    assert SOURCE.fullmatch(lesson.source)
    assert lesson.source in lesson.closing, "the closing words link the source"
    assert "https://" in lesson.closing


@every_lesson
def test_a_lesson_is_complete(lesson: Lesson) -> None:
    assert lesson.introduction
    assert 5 <= len(lesson.beats) <= 9
    assert all(beat.expect for beat in lesson.beats), "each beat says what must hold after it"
    assert any(beat.quiz for beat in lesson.beats)
    assert lesson.goal is not None
    assert len(lesson.goal.hints) >= 2


@every_lesson
def test_narration_fits_four_lines_of_a_small_terminal(lesson: Lesson) -> None:
    for beat in lesson.beats:
        assert len(wrapped(beat.narration, 76)) <= 4, beat.title


def wrapped(markdown: str, width: int) -> list[str]:
    """Return the text as it stands on the screen: marks taken away, paragraphs wrapped, one empty line between."""
    lines: list[str] = []
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "inline":
            text = "".join(" " if part.type == "softbreak" else part.content for part in token.children or ())
            lines += ([""] if lines else []) + textwrap.wrap(text, width)
        elif token.type in ("fence", "code_block"):
            lines += ["", *token.content.splitlines()]
    return lines


# The script -----------------------------------------------------------------------------------------------------


@every_lesson
def test_the_script_runs_and_all_expectations_hold(lesson: Lesson) -> None:
    play = Play(lesson)
    assert len(play.script.ends) == len(lesson.beats)


@every_lesson
def test_each_quiz_has_exactly_one_answer_that_is_proven_at_its_place(lesson: Lesson) -> None:
    play = Play(lesson)
    asked = 0
    for beat, end in zip(lesson.beats, play.script.ends, strict=True):
        quiz = play.open_quiz()
        assert quiz is beat.quiz
        if quiz is not None:
            right = [answer.text for answer in quiz.answers if play.is_right(answer.proof, answer.line)]
            assert len(right) == 1, f"{quiz.ask} {right}"
            play.skip_quiz()
            asked += 1
        play.session.play(play.script.keys[play.session.cursor : end])
    assert asked == play.quiz_count


@every_lesson
def test_the_script_does_not_reach_the_goal(lesson: Lesson) -> None:
    play = Play(lesson)
    play.session.play(play.script.keys)
    goal = goal_of(lesson, play.scenario)
    assert not any(goal.ask(state) for state in play.session.states_to_cursor())


# The goal -------------------------------------------------------------------------------------------------------


@every_lesson
def test_the_goal_is_reachable_within_its_steps(lesson: Lesson) -> None:
    shortest = steps_to_goal(lesson, lesson.rule)
    assert shortest, "reachable, and not true at the start"
    assert lesson.goal is not None
    assert not lesson.goal.max_steps or shortest <= lesson.goal.max_steps


@pytest.mark.parametrize(
    "lesson", [lesson for lesson in LESSONS if lesson.rule], ids=lambda lesson: lesson.id
)
def test_without_its_rule_the_goal_of_a_lesson_is_out_of_reach(lesson: Lesson) -> None:
    assert steps_to_goal(lesson, "") is None


COMPLAINTS = ("no-warning", "no-oops")
"""The properties of a kernel that finds nothing wrong with itself."""


def complains_by_itself(lesson: Lesson) -> bool:
    """Tell whether a lesson says that its kernel warns or dies in it with no rule."""
    return any(lesson.kernel in claim.broken_by for claim in lesson.properties if claim.claim in COMPLAINTS)


@pytest.mark.parametrize(
    "lesson", [lesson for lesson in LESSONS if not complains_by_itself(lesson)], ids=lambda lesson: lesson.id
)
def test_with_no_rule_the_kernel_complains_in_no_lesson_that_does_not_say_so(lesson: Lesson) -> None:
    steps = (step for seen in walk(scenario_of(lesson, "").machine) for step, _ in seen.following)
    assert not [event.text for step in steps for event in step.events if event.bad]


@every_lesson
def test_properties_break_under_the_rules_that_they_name_and_under_no_other(lesson: Lesson) -> None:
    for rule in ("", *(rule.name for rule in lesson.rules)):
        for claim in (claim for claim in lesson.properties if claim.when != "builtin"):
            version = rule or lesson.kernel
            broken = version in claim.broken_by
            assert holds(claim, scenario_of(lesson, rule)) is not broken, f"{version}: {claim.claim}"


@every_lesson
def test_the_checker_has_nothing_to_say(lesson: Lesson) -> None:
    checked = check_lesson(lesson)
    assert [str(trouble) for trouble in checked.troubles] == []
    assert not checked.undetermined


def test_a_version_in_which_the_goal_can_be_reached_too_does_not_mend_the_bug() -> None:
    lesson = replace(LESSONS[0], mended_in=("merged",))
    messages = [trouble.message for trouble in check_lesson(lesson).troubles]
    assert messages == ["merged does not mend it: the goal can be reached there too"]


# By hand, line by line, as the last hint of each lesson says ----------------------------------------------------


def run(play: Play, context: str, until: Callable[[Play], object]) -> None:
    """Press the digit of a context until something holds."""
    key = next(str(found.number) for found in play.scenario.machine.contexts if found.name == context)
    while not until(play):
        play.session.choose(key)


def asks(expression: str) -> Callable[[Play], object]:
    return lambda play: play.scenario.question(expression, 1).ask(play.session.state)


def scripted(play: Play) -> Play:
    play.session.play(play.script.keys)
    return play


def reached(play: Play) -> bool:
    return play.goal_reached


def lesson_called(id: str) -> Play:
    return Play(next(lesson for lesson in LESSONS if lesson.id == id))


def test_a_work_that_was_taken_off_the_list_is_accepted_again() -> None:
    play = lesson_called("meet-the-worker")
    run(play, "client", asks("on_list(work.node, worker.work_list) and not worker.lock.owner"))
    run(play, "kworker", asks("worker.current_work == work"))
    run(play, "kworker", asks("not worker.lock.owner"))
    run(play, "client", asks("finished('client')"))
    run(play, "kworker", reached)


def test_two_works_stand_on_the_list_while_the_worker_does_not_run() -> None:
    play = lesson_called("one-tick")
    run(play, "client", asks("timer_pending(later.timer)"))
    play.session.choose("t")
    # the softirq has to wait until interrupts are on again
    run(play, "client", asks("not irqs_off(0)"))
    run(play, "timer@0", reached)


def test_the_softirq_that_comes_while_the_lock_is_held_hangs_its_cpu() -> None:
    play = scripted(lesson_called("who-holds-the-lock"))
    run(play, "client", asks("holds('client', worker.lock)"))
    run(play, "timer@0", reached)
    assert play.session.bad_end.startswith("deadlock: ")


def test_a_second_queuer_in_the_window_breaks_the_list() -> None:
    play = scripted(lesson_called("timer-window"))
    run(play, "second", asks("finished('second')"))
    run(play, "timer@0", reached)
    assert play.session.bad_end.startswith("worker.work_list is broken: ")
