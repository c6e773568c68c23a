"""The lesson that the tests of the screens play, and a shelf of others for the home screen."""

from dataclasses import replace
from pathlib import Path

from ktwviz.lesson.model import Lesson, LessonKind
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.play import Play

WINDOW = parse_lesson(Path(__file__).with_name("timer-window.md").read_text(), "lessons/04-timer-window.md")


def other(number: int, id: str, title: str, kind: LessonKind, minutes: int, *needs: str) -> Lesson:
    """Return the lesson under another name."""
    return replace(
        WINDOW,
        file=f"lessons/{number:02}-{id}.md",
        id=id,
        title=title,
        kind=kind,
        minutes=minutes,
        needs=needs,
    )


SHELF = (
    other(1, "meet-the-worker", "Meet the worker", "basics", 3),
    other(2, "zero-delay", "A delay of zero queues at once", "basics", 2, "meet-the-worker"),
    other(3, "one-tick", "One tick later", "basics", 4, "meet-the-worker"),
    WINDOW,
    other(5, "worker-moved", "The worker moved while we waited", "race", 6, "timer-window"),
    other(6, "no-worker", "A work without a worker", "race", 4, "timer-window"),
    other(7, "irqsave", "spin_lock or spin_lock_irqsave?", "deadlock", 6, "one-tick"),
    other(8, "twice", "Twice on the list", "corruption", 7, "timer-window"),
    other(9, "cancel", "Cancel against the timer", "deadlock", 8, "irqsave"),
    other(10, "flush", "Flush waits for whom?", "race", 5, "meet-the-worker"),
    other(11, "boss", "Break v4 yourself", "challenge", 0),
)


def play_window(*keys: str) -> Play:
    """Return the lesson after these moves."""
    play = Play(WINDOW)
    for key in keys:
        play.session.choose(key)
    return play
