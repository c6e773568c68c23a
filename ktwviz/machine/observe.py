"""Running stepped code to its end in one go: expectations that look at a state, and what a scenario sets up.

An onlooker waits for nobody: locks and irq masking are skipped for it, and what it writes is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ktwviz.errors import KtwvizError
from ktwviz.machine.effects import CALL, perform
from ktwviz.machine.language import Stepped
from ktwviz.machine.program import Program
from ktwviz.machine.run import Blocked, Fault, Run
from ktwviz.machine.tree import Tree

_MOST_STEPS = 20_000


class ObservationError(KtwvizError):
    """An expression that cannot be answered: it would have to wait, or it runs into an oops."""


def run_through(
    program: Program, function: Stepped, arguments: tuple[Any, ...], run: Run, *, strict_time: bool = True
) -> Any:
    """Run a stepped function to its end on `run`; return its value. Raises ObservationError."""
    generator = program.starter(function, arguments, None, strict_time=strict_time)()
    value: Any = None
    for _ in range(_MOST_STEPS):
        try:
            effect = program.resume(generator, value)
        except StopIteration as stop:
            return stop.value
        except Fault as fault:
            raise ObservationError(f"{function.name}() runs into an oops: {fault.text}") from None
        if effect[0] == CALL and effect[1].observed is not None:
            value = effect[1].observed
            continue
        try:
            value = perform(run, effect)
        except Blocked as blocked:
            raise ObservationError(f"{function.name}() would have to wait: {blocked.reason}") from None
        except Fault as fault:
            raise ObservationError(f"{function.name}() runs into an oops: {fault.text}") from None
    raise ObservationError(f"{function.name}() does not end")


class Look:
    """A question about a state: a stepped function with its arguments, memoised by the words that it reads.

    With `strict_time` it must not depend on the date, so that the checker may ask it of canonical states.
    """

    def __init__(
        self, machine: Any, function: Stepped, arguments: tuple[Any, ...] = (), *, strict_time: bool = True
    ) -> None:
        def work_out(state: Sequence[Any]) -> tuple[list[tuple[int, Any]], tuple[Any]]:
            run = Run(state, machine, None)
            return run.reads, (
                run_through(machine.program, function, arguments, run, strict_time=strict_time),
            )

        self._tree: Tree[tuple[Any]] = Tree(work_out)

    def at(self, state: Sequence[Any]) -> Any:
        """Return the answer in a state, which stays as it is. Raises ObservationError."""
        return self._tree.at(state)[0]
