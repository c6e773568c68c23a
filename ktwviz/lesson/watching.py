"""What is asked of every state while a lesson is played: the kernel's predicates, and the lesson's own claims."""

from __future__ import annotations

from collections.abc import Iterator

from ktwviz.errors import LessonError
from ktwviz.kernel.picture import Picture
from ktwviz.lesson.scenario import Question, Scenario
from ktwviz.machine.machine import State
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Watched:
    """An expression and its value; `None` where it cannot be answered, as for an object that is not there.

    `claim` says that the lesson claims it to hold always. `changed` compares with the state before.
    """

    text: str
    value: bool | None
    changed: bool
    claim: bool = False


class Watch:
    """The expressions about one scenario, compiled once. `picture` is that of any moment: it names the objects."""

    def __init__(self, scenario: Scenario, picture: Picture) -> None:
        self._questions = [
            *((question, False) for question in _predicates(scenario, picture)),
            *((question, True) for question in _claims(scenario)),
        ]

    def at(self, state: State, before: State | None) -> tuple[Watched, ...]:
        """Return all of them with their values in a state."""
        found = []
        for question, claim in self._questions:
            value = _answer(question, state)
            old = value if before is None else _answer(question, before)
            found.append(Watched(question.text, value, value != old, claim))
        return tuple(found)


def _predicates(scenario: Scenario, picture: Picture) -> Iterator[Question]:
    worker = picture.workers[0].name if picture.workers else ""
    for work in picture.works:
        # the posted patch asks the work alone, what was merged asks the worker's side as well
        asked = (f"kthread_work_pending({work.name})", f"queuing_blocked({worker}, {work.name})")
        yield from _first_known(scenario, asked)
    for timer in picture.timers:
        yield from _first_known(scenario, (f"timer_pending({timer.name})",))


def _claims(scenario: Scenario) -> Iterator[Question]:
    for claim in scenario.lesson.properties:
        if claim.when == "always":
            yield from _first_known(scenario, (claim.claim,))


def _first_known(scenario: Scenario, texts: tuple[str, ...]) -> Iterator[Question]:
    """Yield the first of some expressions that this scenario understands, if any."""
    for text in texts:
        try:
            yield scenario.question(text, scenario.lesson.scenario.line, of_date=True)
        except LessonError:
            continue
        return


def _answer(question: Question, state: State) -> bool | None:
    try:
        return bool(question.ask(state))
    except LessonError:
        return None
