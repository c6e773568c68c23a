"""Every lesson plays in every version of the code, whatever its goal and its questions name."""

from pathlib import Path

import pytest

from ktwviz.errors import LessonError
from ktwviz.kernel.history import STAGES
from ktwviz.lesson.judging import which_breaks
from ktwviz.lesson.par import fewest_steps
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.telling import told

MOVES = 40


def scenario(file: Path, variant: str) -> Scenario | None:
    try:
        return build_scenario(load_lesson(file), variant)
    except LessonError:
        return None  # the version does not have what the scenario calls


def look_at(play: Play) -> None:
    """Ask all that a screen asks of a moment."""
    assert told(play)
    assert play.goal_reached in (True, False)
    if play.open_quiz() is not None:
        play.right_answer()
        play.skip_quiz()


@pytest.mark.parametrize("file", lesson_files(), ids=lambda file: file.stem)
def test_a_lesson_plays_in_every_version(file: Path) -> None:
    for variant in STAGES:
        made = scenario(file, variant)
        if made is None:
            continue
        for _ in fewest_steps(made, 200):
            pass
        play = Play(made.lesson, scenario=made)
        for move in range(MOVES):
            look_at(play)
            able = [choice.key for choice in play.session.choices() if choice.enabled]
            if not able:
                break
            scripted = play.script.keys[play.session.cursor] if play.beat is not None else ""
            play.session.choose(scripted or able[move % len(able)])
        which_breaks(play)


def test_a_goal_that_names_what_a_version_does_not_have_is_said_not_to_be_asked() -> None:
    lesson = find_lesson("30")
    play = Play(lesson, scenario=build_scenario(lesson, "v4"))
    assert "no field 'delayed_work_list'" in play.goal_trouble
    assert not play.goal_reached
    play.session.choose("1")
    while play.beat is not None:
        play.session.choose(next(choice.key for choice in play.session.choices() if choice.enabled))
    assert "It cannot be asked of `v4`" in told(play)
    own = Play(lesson)
    assert own.goal_trouble == "" and "cannot be asked" not in told(own)
