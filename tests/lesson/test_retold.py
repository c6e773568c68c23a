"""A schedule as beats: the beats run exactly that schedule, whatever it is."""

import random

import pytest

from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play, Script
from ktwviz.lesson.retold import beats_of
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.values import replace


def wander(scenario: Scenario, seed: int) -> tuple[str, ...]:
    """Return a schedule that somebody took without a plan."""
    chance, state, keys = random.Random(seed), scenario.machine.initial, list[str]()
    for _ in range(60):
        steps = scenario.machine.successors(state)
        if not steps:
            break
        step, state = chance.choice(steps)
        keys.append(step.choice)
    return tuple(keys)


@pytest.mark.parametrize("lesson", ["timer-window", "the-store-that-waited", "timer-outlives"])
@pytest.mark.parametrize("seed", range(5))
def test_the_beats_of_a_schedule_run_that_schedule(lesson: str, seed: int) -> None:
    scenario = build_scenario(find_lesson(lesson))
    keys = wander(scenario, seed)
    retold = replace(scenario.lesson, beats=beats_of(scenario, keys), goal=None)
    assert Script(build_scenario(retold)).keys == keys


def test_a_script_that_ends_within_a_line_is_played_to_that_step_and_no_further() -> None:
    scenario = build_scenario(find_lesson("timer-window"))
    keys = wander(scenario, 1)
    play = Play(replace(scenario.lesson, beats=beats_of(scenario, keys), goal=None))
    while play.beat is not None:
        play.skip_quiz()
        play.advance()
    assert play.session.schedule() == keys


def test_the_end_of_a_stretch_is_named_where_it_has_a_name() -> None:
    scenario = build_scenario(find_lesson("timer-window"))
    keys = Script(scenario).keys
    assert {beat.until for beat in beats_of(scenario, keys)} >= {"done", "blocked"}
