"""What a fix was proved for: with another lesson text, or another program, it has to be checked again."""

from __future__ import annotations

from ktwviz import __version__
from ktwviz.lesson.model import Fix, Lesson


def fix_of(lesson: Lesson) -> Fix:
    """Return the fix block of a lesson that has one."""
    assert lesson.fix is not None, "only a lesson with a fix block can be mended"
    return lesson.fix


def key_of_proof(lesson: Lesson) -> str:
    """Return eight digits of what a fix was judged by: another lesson text or another program is another key."""
    import hashlib  # noqa: PLC0415  # it is slow to import, and the list of lessons needs it for mended ones alone

    fix, goal = fix_of(lesson), lesson.goal
    parts = [__version__, lesson.kernel, lesson.rule, lesson.scenario.text, fix.function]
    parts += [rule.diff.text for rule in lesson.rules] + [trial.text for trial in fix.trials]
    parts += [f"{claim.when} {claim.claim}" for claim in lesson.properties]
    parts += [goal.reach] if goal else []
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
