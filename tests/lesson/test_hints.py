"""The last hint of a lesson, followed by hand from where its script ends, reaches the goal within its steps."""

from pathlib import Path

import pytest

from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.shelf import lesson_files

BY_ID = {lesson.id: lesson for lesson in (load_lesson(file) for file in lesson_files())}
BLOCKED = "blocked"
"""Until a context cannot go on: it waits, or has ended."""

HINTS = {
    "held-while-waiting": [("closer", BLOCKED), ("timer@0", BLOCKED)],
    "comes-back": [
        ("kworker", "runs('kworker', 'kthread_flush_work_fn')"),
        ("kworker", "not runs('kworker', 'kthread_flush_work_fn')"),
        ("client", BLOCKED),
        ("kworker", BLOCKED),
    ],
    "two-cancellers": [("kworker", BLOCKED), ("client", BLOCKED)],
    "interrupts-on": [("device", BLOCKED)],
    "own-shadow": [("kworker", BLOCKED), ("timer@0", BLOCKED)],
    "both-wait": [
        ("timer@0", "runs('timer@0', 'try_lock_kthread_work')"),
        ("keyboard", BLOCKED),
        ("timer@0", BLOCKED),
    ],
    "pending-after-all": [("timer@0", BLOCKED), ("closer", BLOCKED)],
    "not-dry": [("client", BLOCKED), ("kthread1", BLOCKED), ("client", BLOCKED)],
    "timer-outlives": [("kthread1", BLOCKED), ("client", BLOCKED), ("tick", ""), ("timer@0", BLOCKED)],
    "list-of-its-own": [("timer@0", ""), ("kworker", BLOCKED)],
    "queued-while-cancelled": [("timer@0", BLOCKED)],
    "flush-armed": [("tick", ""), ("timer@0", BLOCKED), ("kworker", BLOCKED)],
    "mod-against-cancel": [("canceller", BLOCKED), ("tick", ""), ("timer@0", BLOCKED), ("kworker", BLOCKED)],
    "two-ways-to-sleep": [("suspend", ""), ("kworker", BLOCKED)],
    "no-latch": [("knob", BLOCKED), ("kworker", BLOCKED)],
}


def follow(play: Play, name: str, until: str) -> None:
    """Run a context until it is blocked, or until an expression holds."""
    keys = {context.name: str(context.number) for context in play.scenario.machine.contexts}
    key = keys.get(name, "t")
    play.session.choose(key)
    while until and play.session.can(key) and not play.goal_reached:
        if until != BLOCKED and play.scenario.question(until, 1).ask(play.session.state):
            break
        play.session.choose(key)


@pytest.mark.parametrize("id", HINTS)
def test_the_last_hint_leads_to_the_goal(id: str) -> None:
    lesson = BY_ID[id]
    play = Play(lesson)
    play.session.play(play.script.keys)
    for name, until in HINTS[id]:
        assert not play.goal_reached, f"{Path(lesson.file).name}: the goal comes before {name} has run"
        follow(play, name, until)
    assert play.goal_reached
    assert lesson.goal is not None
    assert play.session.cursor <= lesson.goal.max_steps
