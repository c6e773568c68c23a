"""What the learner has done in the lessons and in the sandbox.

What does not belong here: what a token or a beat means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ktwviz.values import dataclass, field, replace


@dataclass(frozen=True)
class LessonProgress:
    """What the learner did in one lesson.

    `best` is the fewest steps to the goal, `token` and `beat` are where the learner stopped, `quiz` says by index of
    the beat whether the first answer was right, `quiz_later` which of the others were answered right later; `hints`
    counts those asked for, `proved` is the token of the solution.
    `draft` is the text in the editor of the lesson's fix, `fixed` the last one that was proved, and `fixed_for` tells
    for which lesson and program it was (`fix.key_of_proof`).
    `other` holds what a later version of the same format wrote; it is kept.
    """

    solved: bool = False
    best: int | None = None
    token: str = ""
    beat: int = 0
    quiz: Mapping[str, bool] = field(default_factory=dict)
    quiz_later: Mapping[str, bool] = field(default_factory=dict)
    hints: int = 0
    proved: str = ""
    draft: str = ""
    fixed: str = ""
    fixed_for: str = ""
    other: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def quiz_right(self) -> int:
        """How many questions were answered right, at the first try or later."""
        return sum(right or self.quiz_later.get(beat, False) for beat, right in self.quiz.items())


@dataclass(frozen=True)
class Draft:
    """A scenario of the sandbox: its text, and the `version` of the code that it is played on.

    One that was forked from a lesson under a rule brings the rule's name and diff with it, and the version that the
    rule changes, `kernel`; `version` is then that name, or another version.
    """

    text: str
    version: str = "v4"
    rule: str = ""
    diff: str = ""
    kernel: str = "v4"
    other: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Progress:
    """What the learner did in all lessons, by id; `last` is the id of the lesson touched last, or "".

    `sandbox` holds the drafts of the sandbox by where they began: "" for one from nothing, else a lesson or a file.
    """

    lessons: Mapping[str, LessonProgress] = field(default_factory=dict)
    last: str = ""
    sandbox: Mapping[str, Draft] = field(default_factory=dict)
    other: Mapping[str, object] = field(default_factory=dict, repr=False)

    def of(self, lesson_id: str) -> LessonProgress:
        """Return the progress in a lesson; that of a beginner where there is none."""
        return self.lessons.get(lesson_id, LessonProgress())

    def changed(self, lesson_id: str, change: Callable[[LessonProgress], LessonProgress]) -> Progress:
        """Return the progress after a change in one lesson."""
        return replace(self, lessons={**self.lessons, lesson_id: change(self.of(lesson_id))}, last=lesson_id)

    def with_draft(self, begun: str, draft: Draft | None) -> Progress:
        """Return the progress with another draft of the sandbox, or without one."""
        others = {name: other for name, other in self.sandbox.items() if name != begun}
        return replace(self, sandbox=others if draft is None else {**others, begun: draft})


def merged(one: Progress, other: Progress) -> Progress:
    """Return the best of both: nothing that was solved, answered right or proved in either is lost.

    Of what can be had only once, such as the moment where the learner stopped, that of `one` stays; it gives way where
    the other got further in the lesson's script.
    """
    ids = [*one.lessons, *(lesson_id for lesson_id in other.lessons if lesson_id not in one.lessons)]
    return Progress(
        {lesson_id: _merged_lesson(one.of(lesson_id), other.of(lesson_id)) for lesson_id in ids},
        one.last or other.last,
        {**other.sandbox, **one.sandbox},
        {**other.other, **one.other},
    )


def _merged_lesson(one: LessonProgress, other: LessonProgress) -> LessonProgress:
    stopped = other if other.token and (not one.token or other.beat > one.beat) else one
    known = [done for done in (one, other) if done.best is not None]
    best = min(known, key=lambda done: done.best or 0, default=one)
    fixed = one if one.fixed else other
    answers = {**other.quiz, **one.quiz}
    return LessonProgress(
        solved=one.solved or other.solved,
        best=best.best,
        token=stopped.token,
        beat=max(one.beat, other.beat),
        quiz={beat: one.quiz.get(beat, False) or other.quiz.get(beat, False) for beat in answers},
        quiz_later={
            beat: True
            for beat in answers
            if one.quiz_later.get(beat, False) or other.quiz_later.get(beat, False)
        },
        hints=max(one.hints, other.hints),
        # the schedule that shows the best; a solution without a count is still one
        proved=best.proved or one.proved or other.proved,
        draft=one.draft or other.draft,
        fixed=fixed.fixed,
        fixed_for=fixed.fixed_for,
        other={**other.other, **one.other},
    )
