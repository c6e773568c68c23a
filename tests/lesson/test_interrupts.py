"""Which locks interrupts take is known before they did."""

import pytest

from ktwviz.lesson.interrupts import taken_in_interrupts
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import build_scenario


@pytest.mark.parametrize(
    ("lesson", "taken"),
    [
        ("meet-the-worker", {}),
        ("timer-window", {"base0.lock": "softirq", "worker.lock": "softirq"}),
        ("from-any-context", {"driver_lock": "hardirq", "worker.lock": "hardirq"}),
        ("both-wait", {"worker.lock": "hardirq", "base0.lock": "hardirq", "base1.lock": "hardirq"}),
    ],
)
def test_the_locks_of_interrupts_are_learnt_from_runs_that_interrupt(
    lesson: str, taken: dict[str, str]
) -> None:
    found = taken_in_interrupts(build_scenario(find_lesson(lesson)).machine)
    assert {name: context.kind for name, context in found.items()} == taken
