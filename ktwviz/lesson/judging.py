"""What one run of a lesson breaks, of the properties that a single run can break."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.run import Breach, breaches
from ktwviz.checker.verdicts import Claim
from ktwviz.errors import LessonError
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.machine import State
from ktwviz.session import Session
from ktwviz.values import replace

NOTHING = "nothing is broken in this run alone"
"""What is said of a run that breaks nothing: a hang, or an order of locks, is seen in all runs together alone."""


@lru_cache(maxsize=4)
def broken_in(scenario: Scenario, keys: tuple[str, ...]) -> tuple[Breach, ...]:
    """Return what a schedule breaks: built-in properties and those of the lesson, in the order in which they break.

    Kept for the last few runs: a command asks for what it prints and for how it ends.
    """
    claims = [replace(claim, ask=_unless_unasked(claim)) for claim in claims_of(scenario)]
    return breaches(scenario.machine, keys, claims, builtins=asked_for(scenario))


def _unless_unasked(claim: Claim) -> Callable[[State], bool]:
    """Return what asks a claim; one that names what this version of the code does not have breaks nothing."""

    def ask(state: State) -> bool:
        try:
            return bool(claim.ask(state))
        except LessonError:
            return True

    return ask


def broken_at(scenario: Scenario, session: Session) -> str:
    """Return how a walk ends badly at its cursor, else the first property that it breaks; "" where it does neither."""
    if session.bad_end:
        return session.bad_end
    return next((told(breach) for breach in broken_in(scenario, session.schedule())), "")


def all_broken(scenario: Scenario, session: Session) -> tuple[str, ...]:
    """Return how a walk ends badly at its cursor, and each property that it breaks, as clauses."""
    found = broken_in(scenario, session.schedule())
    said = session.bad_end and all(session.bad_end != breach.how for breach in found)
    return (*((f"broken: {session.bad_end}",) if said else ()), *map(told, found))


def told(breach: Breach) -> str:
    """Return a broken property as a clause."""
    when = f"at step {breach.step}" if breach.step else "from the start"
    return f"{breach.property} is broken {when}: {breach.how.rstrip('.')}"


def sentence(words: str) -> str:
    """Return a clause as a sentence; a name of the code at their beginning keeps its letters."""
    first = words.partition(" ")[0]
    is_name = not first.isalpha()
    return f"{words if is_name else words[:1].upper() + words[1:]}."


def which_breaks(play: Play) -> str:
    """Return ", which breaks lists-sound and no-warning"; claims, which are long expressions, are only counted."""
    names = [breach.property for breach in broken_in(play.scenario, play.session.schedule())]
    known = {builtin.name for builtin in BUILTINS}
    claims = sum(1 for name in names if name not in known)
    said = [name for name in names if name in known]
    said += [f"{claims} claims of the lesson" if claims > 1 else "a claim of the lesson"] if claims else []
    return f", which breaks {' and '.join(said)}" if said else ""
