"""The properties that a lesson adds to the built-in ones, as the checker asks them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ktwviz.checker.verdicts import Claim
from ktwviz.lesson.model import Property
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.machine import State


def claims_of(scenario: Scenario) -> list[Claim]:
    """Return the properties of the lesson's own. Raises LessonError for one that does not compile."""
    return [claim_of(scenario, claim) for claim in scenario.lesson.properties if claim.when != "builtin"]


def claim_of(scenario: Scenario, claim: Property) -> Claim:
    """Return one property of the lesson's own. Raises LessonError if it does not compile."""
    assert claim.when != "builtin"
    question = scenario.question(claim.claim, claim.line)
    return Claim(claim.claim, claim.when, _yes_or_no(question.ask), question.function)


def asked_for(scenario: Scenario) -> list[str]:
    """Return the built-in properties that the lesson names."""
    return [claim.claim for claim in scenario.lesson.properties if claim.when == "builtin"]


def _yes_or_no(ask: Callable[[State], Any]) -> Callable[[State], bool]:
    return lambda state: bool(ask(state))
