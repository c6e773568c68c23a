"""What a move did, in words: who made it, what was read and where that leads, and the words that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ktwviz.lesson.reads import DECIDING, reads
from ktwviz.machine.history import Change, Step
from ktwviz.machine.machine import DRAINS
from ktwviz.machine.snapshot import Snapshot

MACHINERY = ("Clock", "Cpu", "TaskStruct", "TimerStats", "TvecBase", "IrqLine")
"""Structs of the machine itself; their words stand behind those of the scenario."""


def who_moved(
    steps: Sequence[Step],
    changes: Sequence[Change],
    before: Snapshot | None,
    after: Snapshot,
    *,
    single: bool,
) -> str:
    """Return who made a move and where; where it decided something or changed nothing, what it read or wrote again.

    `before` and `after` are the machine around the move; `single` where a move is one access.
    """
    first = steps[0]
    if first.choice in DRAINS:
        return f"The oldest store of CPU{DRAINS.index(first.choice)} has reached memory."
    if first.cpu < 0:
        return "The clock ticked."
    ran = f"{first.context} ran line {first.line}"
    source = _source(first, before)
    did = bool(changes) or any(step.events for step in steps)
    found = _found(steps, source) if source.startswith(DECIDING) or not did else []
    if found:
        return f"{ran}: {', '.join(found)}{_therefore(first, source, after, single=single)}."
    if len(steps) > 1 and changes:
        return f"{ran} in {len(steps)} accesses."
    return f"{ran}." if did else f"{ran}, nothing changed."


def _found(steps: Sequence[Step], source: str) -> list[str]:
    """Return what a move read, and what it wrote that was so before."""
    kept = [
        step.access.removeprefix("store ").replace(" = ", " stays ", 1)
        for step in steps
        if step.access.startswith("store ") and not step.changes
    ]
    return [*reads(steps, source), *kept]


def _therefore(first: Step, source: str, after: Snapshot, *, single: bool) -> str:
    """Return where a test leads: the line that its context runs next."""
    context = next((one for one in after.contexts if str(one.number) == first.choice), None)
    place = context.place(single=single) if context else None
    if place is None or place.function != first.function or not source.startswith(("if ", "elif ", "while ")):
        return ""
    return f", so line {place.line} is next" if place.line != first.line else ""


def _source(first: Step, before: Snapshot | None) -> str:
    """Return the text of the line that ran."""
    contexts = before.contexts if before else ()
    for place in (place for one in contexts if str(one.number) == first.choice for place in one.stack):
        at = first.line - place.first_line
        if place.function == first.function and 0 <= at < len(place.source):
            return place.source[at].strip()
    return ""


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
