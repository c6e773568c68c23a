"""What the classic programs are asked, and how their counterexamples are played."""

from typing import Any

from ktwviz.checker.verdicts import Claim, Verdict, check
from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.machine import Machine, State
from ktwviz.schedule import compress, expand
from tests.machine.helpers import question

SC_AND_TSO: list[MemoryOrder] = ["sc", "tso"]
BOTH_INSIDE = 'runs("one", "critical") and runs("two", "critical")'


def verdict_on(machine: Machine, text: str, when: Any = "always") -> Verdict:
    """Return the verdict on a claim of the scenario's own."""
    asked = question(machine, text)
    claim = Claim("claim", when, lambda state: bool(asked(state)))
    return check(machine, [claim]).verdict("claim")


def deadlock(machine: Machine) -> Verdict:
    return check(machine).verdict("no-deadlock")


def holds(verdict: Verdict) -> bool:
    assert verdict.kind != "undetermined", verdict
    return verdict.kind == "holds"


def replay(machine: Machine, schedule: str) -> State:
    """Return the state that a schedule leads to, step by step."""
    state = machine.initial
    for key in expand(schedule):
        state, _ = machine.step(state, key)
    return state


def reaches(machine: Machine, verdict: Verdict, text: str) -> str:
    """Return the schedule of a counterexample as text, after playing it: at its end `text` is true."""
    assert verdict.kind == "broken"
    assert verdict.keys is not None
    schedule = compress(verdict.keys)
    assert question(machine, text)(replay(machine, schedule))
    return schedule


def not_all_finish(machine: Machine) -> str:
    """Return the shortest schedule to an end at which some task is not finished; empty where there is none."""
    names = [context.name for context in machine.contexts if context.kind == "task"]
    verdict = verdict_on(machine, " and ".join(f'finished("{name}")' for name in names), "at_end")
    return compress(verdict.keys) if verdict.keys is not None else ""
