"""Who waits for whom, read off a picture: the sentences for deadlocks and other dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ktwviz.kernel.picture import Picture
    from ktwviz.machine.snapshot import ContextView


def deadlock(picture: Picture, *, at_end: bool = False) -> str:
    """Return why some contexts can never run again, as one sentence; empty where no such circle exists.

    With `at_end` nobody can take a step any more, so that nothing but the lock can let those go on either who try for
    it until something else happens.
    """
    for start in picture.machine.contexts:
        path: list[ContextView] = []
        here: ContextView | None = start
        while here is not None and here not in path:
            path.append(here)
            here = _waits_for(picture, here, at_end)
        if here is start and path:
            return "deadlock: " + "; ".join(_sentence(picture, context) for context in path)
    return ""


def _waits_for(picture: Picture, context: ContextView, at_end: bool) -> ContextView | None:
    """Return the one context that has to go on first, where that is certain."""
    for lock in picture.locks:
        if context.number in (lock.spinners if at_end else lock.bound) and lock.owner is not None:
            return picture.machine.context(lock.owner)
    if context.status == "held back" and context.stack:
        return _above(picture, context)
    return None


def _above(picture: Picture, context: ContextView) -> ContextView | None:
    """Return the interrupt that a context lies under on its CPU."""
    under = picture.machine.cpus[context.cpu].interrupted

    def height(other: ContextView) -> tuple[int, int]:
        depth = under.index(other.number) if other.number in under else len(under)
        return ("task", "softirq", "hardirq").index(other.kind), depth

    above = [
        other
        for other in picture.machine.contexts
        if other.cpu == context.cpu and other.stack and height(other) > height(context)
    ]
    return max(above, key=height, default=None)


def _sentence(picture: Picture, context: ContextView) -> str:
    for lock in picture.locks:
        if context.number in lock.spinners and lock.owner is not None:
            owner = picture.machine.context(lock.owner)
            whom = "itself" if owner is context else owner.title
            how = "spins" if context.number in lock.bound else "tries"
            return f"{context.title} {how} for {lock.name}, held by {whom}"
    above = _above(picture, context)
    return f"{context.title} cannot run before {above.name if above else 'another'} ends"


def stuck(picture: Picture) -> str:
    """Return who is stuck in a state from which no step leads on; empty where all rest as they should.

    A task that sleeps, as an idle worker does, rests; one that spins, waits or lies under an interrupt does not.
    """
    hanging = [
        context for context in picture.machine.contexts if context.status in ("spins", "waits", "held back")
    ]
    hanging = [context for context in hanging if context.stack]
    if not hanging:
        return ""
    circle = deadlock(picture, at_end=True)
    if circle:
        return circle
    return "nothing can go on: " + "; ".join(context.reason for context in hanging)
