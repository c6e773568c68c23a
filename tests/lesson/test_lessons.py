"""Every shipped lesson is true: its script runs, its quizzes are proven, its goal can be reached and its fix holds.

`check_lesson` proves most of that. What it does not look at stands here: the texts, a lesson as a learner plays it, and
what lies beyond the places where the check goes no further. All numbers here are atomic steps and states.
"""

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ktwviz.checker.explore import explore
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.par import Par, fewest_steps
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Question, Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson
from ktwviz.machine.machine import State

FILES = lesson_files()
LESSONS = [load_lesson(file) for file in FILES]
MOST_STATES = 200_000
SOURCE = re.compile(r"[^@\s<>]+@[^@\s<>]+|[0-9a-f]{12,40}")
"""A message-id or a commit."""

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[Path(lesson.file).stem for lesson in LESSONS])


def goal_of(scenario: Scenario) -> Question:
    goal = scenario.lesson.goal
    assert goal is not None, "a shipped lesson has a goal"
    return scenario.question(goal.reach, goal.line)


def way_to_goal(scenario: Scenario) -> tuple[str, ...] | None:
    """Return a schedule of the fewest steps that reach the goal, None if it cannot be reached at all.

    Nothing is cut: what comes after a broken list or an oops is gone through too.
    """
    reached = goal_of(scenario).ask
    found: list[State] = []

    def goes_on(state: State) -> bool:
        if not found and reached(state):
            found.append(state)
        return not found

    graph = explore(scenario.machine, most_states=MOST_STATES, goes_on=goes_on)
    assert found or graph.complete, "the lesson has too many states to be explored completely"
    return graph.schedule_to(graph.number(found[0])) if found else None


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


# Played ---------------------------------------------------------------------------------------------------------


def followed(play: Play) -> None:
    """Follow the script to its end, and answer each question right."""
    while play.beat is not None:
        quiz = play.open_quiz()
        if quiz is not None:
            right = [answer for answer in quiz.answers if play.is_right(answer.proof, answer.line)]
            assert len(right) == 1, f"{quiz.ask} {[answer.text for answer in right]}"
            assert play.answer(quiz.answers.index(right[0])) == (True, right[0].because)
        play.advance()


@every_lesson
def test_a_lesson_is_walked_through_and_then_solved_by_the_shortest_way_to_its_goal(lesson: Lesson) -> None:
    play = Play(lesson)
    followed(play)
    assert play.session.schedule() == play.script.keys
    assert play.beat_index == len(lesson.beats)
    assert play.quiz_count == sum(beat.quiz is not None for beat in lesson.beats)
    assert list(play.answers.values()) == [True] * play.quiz_count
    by_script = play.goal_steps
    assert by_script is None, "the script does not reach the goal by itself"

    shortest = way_to_goal(play.scenario)
    assert shortest, "reachable, and not true at the start"
    play.session.jump(0)
    play.session.play(shortest)
    assert play.goal_steps == len(shortest)
    assert play.goal_reached
    assert searched(play.scenario) == len(shortest)


def searched(scenario: Scenario, most_states: int = MOST_STATES) -> int | None:
    """Return the fewest steps that the program tells the learner."""
    search = fewest_steps(scenario, most_states)
    while True:
        try:
            next(search)
        except StopIteration as done:
            found: Par = done.value
            return found.steps


def test_a_search_for_the_fewest_steps_that_meets_its_bound_does_not_guess() -> None:
    scenario = build_scenario(lesson_called("timer-window").lesson)
    assert searched(scenario, most_states=50) is None


@pytest.mark.parametrize(
    "lesson", [lesson for lesson in LESSONS if lesson.rule], ids=lambda lesson: lesson.id
)
def test_without_its_rule_the_goal_of_a_lesson_is_out_of_reach(lesson: Lesson) -> None:
    assert way_to_goal(build_scenario(lesson, "")) is None


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
