"""What a play adds to the learner's progress."""

from __future__ import annotations

from ktwviz.lesson.play import Play
from ktwviz.progress.model import LessonProgress
from ktwviz.values import replace


def recorded(play: Play, old: LessonProgress) -> LessonProgress:
    """Return the progress after this play. First answers stay first, the best stays the best.

    In another version than the lesson's own nothing is proved, and a schedule that somebody else made is not the
    learner's: neither place nor goal are remembered.
    """
    answers = {str(beat): right for beat, right in play.answers.items()}
    learnt = replace(
        old,
        quiz={**answers, **old.quiz},
        quiz_later={**old.quiz_later, **{str(beat): True for beat in sorted(play.right_later)}},
        hints=max(old.hints, len(play.hints_shown())),
    )
    if not play.own or play.shown_by or play.session.schedule() == play.given:
        return learnt
    new = replace(learnt, token=play.token(), beat=max(old.beat, play.beat_index))
    if not play.goal_reached or play.goal_steps is None:
        return new
    better = old.best is None or play.goal_steps < old.best
    return replace(
        new,
        solved=True,
        best=play.goal_steps if better else old.best,
        proved=play.token() if better else old.proved,
    )
