"""How a lesson is opened: where the learner left it, at the moment of a token, or at a step."""

from __future__ import annotations

from contextlib import suppress

from ktwviz.errors import ScheduleError
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario
from ktwviz.progress.model import LessonProgress
from ktwviz.schedule import Token


def start_play(lesson: Lesson, progress: LessonProgress, token: str) -> Play:
    """Start a lesson, with what an earlier sitting answered, at the moment of a token if one is given.

    Raises ScheduleError for a token that does not fit, LessonError for a lesson that does not run.
    """
    parsed = Token.parse(token) if token else None
    play = Play(lesson, parsed)
    answers = {int(beat): right for beat, right in progress.quiz.items() if beat.isdigit()}
    later = (int(beat) for beat, right in progress.quiz_later.items() if beat.isdigit() and right)
    play.recall(answers, later, progress.hints)
    if parsed is not None:
        play.resume(parsed)
    return play


def opened_play(
    lesson: Lesson, progress: LessonProgress, *, token: str = "", step: int | None = None
) -> Play:
    """Return a lesson at a token, or at a step of the script, else where the learner left it.

    A token that goes beyond the script and the walk that was saved is somebody else's. Raises as `start_play` does.
    """
    play = start_play(lesson, progress, token or ("" if step is not None else progress.token))
    if step is not None:
        go_to_step(play, step)
    if token or step is not None:
        play.given = play.session.schedule()
    if token and not _is_own(play, progress):
        play.shown_by = "token"
    return play


def go_to_step(play: Play, step: int) -> None:
    """Go to a step of the walk; on a new one, of the script."""
    if not play.session.steps:
        play.session.play(play.script.keys)
    play.session.jump(step)


def _is_own(play: Play, progress: LessonProgress) -> bool:
    """Tell whether a walk that a token led to is a part of the script, or of the learner's own saved walk."""
    keys = play.session.schedule()
    saved: tuple[str, ...] = ()
    with suppress(ScheduleError):
        saved = Token.parse(progress.token).keys
    return keys in (play.script.keys[: len(keys)], saved[: len(keys)])


def same_code(play: Play, scenario: Scenario) -> bool:
    """Tell whether a play runs the very code of a scenario, so that its schedules fit."""
    mine = play.scenario
    return mine.edit is None and (mine.lesson.file, mine.variant, mine.memory) == (
        scenario.lesson.file,
        scenario.variant,
        scenario.memory,
    )
