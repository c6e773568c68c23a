"""Calls are noted as a straight run through the same code makes them, whatever was merged or memoised on the way."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ktwviz.checker.properties.calls import Calls
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.automaton import Code
from ktwviz.machine.machine import Machine
from ktwviz.machine.program import Program
from tests.machine.live import Live

SCENARIOS = Path(__file__).parent / "scenarios"
NAMES = ["self-requeue", "free-too-early", "destroy-armed", "self-flush", "two-timers", "plain-lock"]


class Noted(Program):
    """A program that writes down each call and return, in the order in which they happen."""

    notes: list[tuple[Any, ...]]

    def _call(self, compiled: Any, arguments: tuple[Any, ...], globals_: dict[str, Any]) -> Code:
        return self.noted(compiled.stepped.name, arguments, super()._call(compiled, arguments, globals_))

    def noted(self, name: str, arguments: tuple[Any, ...], code: Code) -> Code:
        self.notes.append(("enters", name, arguments))
        value = yield from code
        self.notes.append(("leaves", name, value))
        return value


def walk(machine: Machine, seed: int) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield for each step of a random walk what the checker and the straight run say of its calls."""
    random, calls = Random(seed), Calls(machine)
    machine.canonical = lambda state: state
    machine.program = program = Noted(machine.program.namespace)
    program.notes = []
    live, state = Live(machine), machine.initial
    contexts = {str(context.number): context for context in machine.contexts}
    for _ in range(400):
        steps = machine.successors(state)
        if not steps:
            return
        step, following = random.choice(steps)
        program.notes.clear()
        if step.choice in contexts:
            live.step(contexts[step.choice])
            found = [
                ("enters", call.function, call.arguments)
                if call.entered
                else ("leaves", call.function, call.value)
                for call in calls.between(contexts[step.choice], state, following)
            ]
            yield found, program.notes
        for index, value in step.writes if step.choice not in contexts else ():
            live.memory[index] = value
        state = following


@pytest.mark.parametrize("name", NAMES)
def test_the_calls_of_a_step_are_those_of_a_straight_run(name: str) -> None:
    lesson = load_lesson(SCENARIOS / f"{name}.md")
    calls = 0
    for rule in ("", *(rule.name for rule in lesson.rules)):
        for seed in range(3):
            for found, straight in walk(build_scenario(lesson, rule).machine, seed):
                assert found == straight
                calls += len(found)
    assert calls > 100


def test_one_list_of_calls_serves_many_walks() -> None:
    machine = build_scenario(load_lesson(SCENARIOS / "self-requeue.md")).machine
    calls = Calls(machine)
    seen: dict[Any, Any] = {}
    for seed in range(20):
        random, state = Random(seed), machine.initial
        for _ in range(200):
            step, following = random.choice(machine.successors(state))
            if step.context is not None:
                found = calls.between(step.context, state, following)
                key = (step.choice, state, following)
                assert seen.setdefault(key, found) == found
            state = following
            if not machine.successors(state):
                break
    assert len(seen) > 100


def test_what_is_entered_before_the_first_step_is_known() -> None:
    machine = build_scenario(load_lesson(SCENARIOS / "self-requeue.md")).machine
    entered = [call.function for call in Calls(machine).first(machine.contexts[0])]
    assert entered[:2] == ["client", "queue_delayed_kthread_work"]
