"""Who does what the last hint of a lesson says reaches its goal: in the lessons on what v4 avoids, and on misuse."""

from dataclasses import replace

import pytest

from ktwviz.lesson.model import Beat
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.play import Script
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.session import Session

LESSONS = {lesson.id: lesson for lesson in map(load_lesson, lesson_files())}
ALL = 99
"""More beats than a lesson has: the hint goes on from the end of the script."""

WAYS: dict[str, tuple[int, list[str]]] = {
    "one-line-too-late": (ALL, ["client: done", "kworker: blocked"]),
    "the-store-that-waited": (ALL, ["client: blocked", "kworker: blocked"]),
    "calling-with-the-lock-held": (ALL, ["kworker: blocked", "client: blocked"]),
    "do-not-touch-it-afterwards": (ALL, ["client: done", "kworker: "]),
    "armed-and-queued": (ALL, ["second: done", "timer@0: spin_unlock(work.worker.lock)"]),
    "deleted-is-not-ended": (ALL, ["driver: done", "timer@0: blocked"]),
    "initialised-twice": (1, ["tick: ", "timer@0: if not work.canceling", "reset: done", "timer@0: blocked"]),
    "one-work-two-workers": (ALL, ["client: done", "second: blocked"]),
    "waiting-for-oneself": (ALL, ["sensor: done", "kworker: blocked"]),
    "stop-beats-queue": (0, ["client: blocked", "kthread1: done", "client: done"]),
    "two-locks-two-orders": (0, ["kworker: if not list_empty", "client: blocked"]),
}
"""How many beats of the script come first, then who runs until where."""


@pytest.mark.parametrize("id", WAYS)
def test_the_last_hint_leads_to_the_goal(id: str) -> None:
    beats, moves = WAYS[id]
    lesson = LESSONS[id]
    assert lesson.goal is not None
    parts = [move.split(": ") for move in moves]
    by_hand = tuple(Beat(context, "", context, until, (), None, 1) for context, until in parts)
    scenario = build_scenario(replace(lesson, beats=lesson.beats[:beats] + by_hand))
    keys = Script(scenario).keys
    session = Session(scenario.machine)
    session.play(keys)
    assert scenario.question(lesson.goal.reach, lesson.goal.line).ask(session.state)
    assert len(keys) <= lesson.goal.max_steps
