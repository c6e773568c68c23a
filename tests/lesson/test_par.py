"""How few steps a goal takes: the same as the checker's shortest way."""

import pytest

from ktwviz.checker.explore import explore
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.par import fewest_steps
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files

LESSONS = [load_lesson(path) for path in lesson_files()]


def searched(scenario: Scenario, most_states: int = 300_000) -> int | None:
    search = fewest_steps(scenario, most_states)
    while True:
        try:
            next(search)
        except StopIteration as done:
            assert done.value is None or isinstance(done.value, int)
            return done.value


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_the_fewest_steps_are_those_of_the_shortest_way_in_the_graph(lesson: Lesson) -> None:
    scenario = build_scenario(lesson)
    goal = lesson.goal
    assert goal is not None
    question = scenario.question(goal.reach, goal.line)
    graph = explore(scenario.machine)
    first = next(number for number, state in enumerate(graph.states) if question.ask(state))
    assert searched(scenario) == len(graph.schedule_to(first))


def test_a_search_that_meets_its_bound_does_not_guess() -> None:
    window = next(lesson for lesson in LESSONS if lesson.id == "timer-window")
    assert searched(build_scenario(window), most_states=50) is None
