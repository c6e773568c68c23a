"""What is told of a moment of a lesson, whether on a screen or line by line: words, and what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ktwviz.lesson.play import Play
from ktwviz.machine.history import Change, Step
from ktwviz.machine.machine import DRAINS
from ktwviz.machine.snapshot import Snapshot

MACHINERY = ("Clock", "Cpu", "TaskStruct", "TimerStats", "TvecBase", "IrqLine")
"""Structs of the machine itself; their words stand behind those of the scenario."""


def heading(play: Play) -> str:
    """Return the title of the beat in hand, or what takes its place."""
    if play.goal_reached:
        return f"Reached by the {play.shown_by}" if play.shown_by else "Reached"
    if play.along_walk and play.open_quiz() is None:
        return f"Along the {play.shown_by}'s schedule" if play.shown_by else "Along your walk"
    if play.beat is not None and play.on_script:
        return play.beat.title
    return "Your turn"


def told(play: Play, *, never: bool = False) -> str:
    """Return the beat's text; off the script the goal, at the goal the lesson's last words. It is Markdown.

    `never` says that no interleaving of what is played reaches the goal.
    """
    if play.goal_reached and play.lesson.closing:
        return play.lesson.closing
    if play.along_walk and play.open_quiz() is None:
        return _along(play)
    if play.on_script and play.beat is not None:
        return play.narration()
    goal = play.lesson.goal
    if goal is None:
        return play.lesson.closing
    way = _way(play)
    if never:
        way = f"Under `{play.scenario.variant}` no interleaving reaches it; `v` leads to the other versions."
    return f"**Goal:** {goal.text}\n\n{way}"


def _along(play: Play) -> str:
    """Return what is told where space goes along a walk that is not the script."""
    left = len(play.session.steps) - play.session.cursor
    whose = f"the {play.shown_by}'s schedule" if play.shown_by else "the walk that you took before"
    way = (
        f"`space` goes along {whose}, {left} steps from here"
        if left > 1
        else f"`space` takes the last step of {whose}"
    )
    key = play.script_key if play.on_script and play.beat is not None else ""
    script = f" `{key}` follows the script." if key not in ("", play.session.next_recorded) else ""
    goal = f"\n\n**Goal:** {play.lesson.goal.text}" if play.lesson.goal else ""
    return f"{way}; a digit goes another way.{script}{goal}"


def _way(play: Play) -> str:
    if play.goal_reached and play.shown_by:
        return f"The {play.shown_by}'s schedule reaches it. Now you: `R` begins again, then {digits(play)}."
    if play.goal_reached:
        return "Reached. Go on and look around, or go to the next lesson with `enter`."
    if play.on_script and play.session.finished:
        return f"The script is done. Now you: `R` begins again, then {digits(play)}; `H` gives a hint."
    if not play.script_key:
        return "The script is done. The digits decide who runs; `R` restarts, `H` gives a hint."
    at, key = play.left_script_at, play.script_key
    where = f"at step {at}" if at else "at the start"
    left = "This schedule leaves" if play.shown_by else "You left"
    return (
        f"{left} the script {where}: the digits decide who runs, `H` gives a hint. Back there, `{key}` takes the "
        "script up again."
    )


def digits(play: Play) -> str:
    """Return the keys that decide who runs, as in "`1`, `2` and `t` decide"."""
    *others, last = (f"`{key}`" for key in play.session.machine.keys)
    return f"{', '.join(others)} and {last} decide" if others else f"{last} decides"


def who_moved(steps: Sequence[Step], changes: Sequence[Change]) -> str:
    """Return who made a move, where, and whether it changed anything."""
    first = steps[0]
    if first.choice in DRAINS:
        return f"The oldest store of CPU{DRAINS.index(first.choice)} has reached memory."
    if first.cpu < 0:
        return "The clock ticked."
    count = len(steps)
    accesses = f" in {count} accesses" if count > 1 else ""
    changed = "" if changes else ", nothing changed"
    return f"{first.context} ran line {first.line}{accesses}{changed}."


def changes_of(steps: Iterable[Step], machine: Snapshot) -> tuple[Change, ...]:
    """Return what a move changed, each word once; words of workers, works and timers come first."""
    changes = merged(step.changes for step in steps)
    return tuple(sorted(changes, key=lambda change: not matters(change.path, machine)))


def merged(parts: Iterable[tuple[Change, ...]]) -> tuple[Change, ...]:
    """Return the changes with those of one path joined; a word that came back to its old value is left out."""
    words: dict[str, Change] = {}
    for change in (change for part in parts for change in part):
        first = words.get(change.path, change)
        words[change.path] = Change(change.path, first.old, change.new)
    return tuple(change for change in words.values() if change.old != change.new)


def matters(path: str, machine: Snapshot) -> bool:
    """Whether the word at `path` is the scenario's own, and not of the machine below it."""
    name = path.partition(".")[0]
    return name != "jiffies" and not any(
        thing.name == name and thing.struct in MACHINERY for thing in machine.objects
    )
