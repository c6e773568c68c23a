"""What one run of a lesson breaks, of the properties that a single run can break."""

from __future__ import annotations

from collections.abc import Sequence

from ktwviz.checker.run import Breach, breaches
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.scenario import Scenario
from ktwviz.session import Session

NOTHING = "nothing is broken in this run alone"
"""What is said of a run that breaks nothing: a hang, or an order of locks, is seen in all runs together alone."""


def broken_in(scenario: Scenario, keys: Sequence[str]) -> tuple[Breach, ...]:
    """Return what a schedule breaks: built-in properties and those of the lesson, in the order in which they break."""
    return breaches(scenario.machine, keys, claims_of(scenario), builtins=asked_for(scenario))


def broken_at(scenario: Scenario, session: Session) -> str:
    """Return how a walk ends badly at its cursor, else the first property that it breaks; "" where it does neither."""
    if session.bad_end:
        return session.bad_end
    return next((told(breach) for breach in broken_in(scenario, session.schedule())), "")


def told(breach: Breach) -> str:
    """Return a broken property as a clause."""
    when = f"at step {breach.step}" if breach.step else "from the start"
    return f"{breach.property} is broken {when}: {breach.how.rstrip('.')}"
