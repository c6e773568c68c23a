"""Who runs a work (I7)."""

from ktwviz.checker.properties.builtin import Builtin, Judge
from ktwviz.checker.properties.due import in_function
from ktwviz.checker.properties.sight import AtLocalState, word_at
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

ONE_EXECUTOR = Builtin(
    "one-executor",
    "a work's function is run by one worker at a time (I7)",
    "patch 07/22, one work and several workers",
)


def two_executors(machine: Machine) -> Judge:
    """Compare what the workers are running that have called a function."""
    running = [(context, AtLocalState(machine, context, in_function)) for context in machine.contexts]

    def judge(state: State) -> str:
        seen: dict[Handle, Context] = {}
        for context, at in running:
            worker = at.at(state)
            work = None if worker is None else machine.value(state, word_at(worker, "current_work"))
            if work is None:
                continue
            if work in seen:
                return f"{work} is run by {seen[work]} and by {context} at once"
            seen[work] = context
        return ""

    return judge
