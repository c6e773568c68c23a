"""Whether a work is going to run: where it waits, and who carries it from one place to the next.

A work is due while it is on a list, while its timer is armed, while its timer's function is on the way to queue it,
and while a worker has taken it off and not yet called its function.
"""

import ast
from collections.abc import Iterator

from ktwviz.checker.properties.lists import ring
from ktwviz.checker.properties.sight import (
    AtLocalState,
    Memo,
    Sight,
    frames_of,
    inside,
    local_of,
    views,
    word_at,
)
from ktwviz.kernel.kthread import KthreadFlushWork, KthreadWork, KthreadWorker
from ktwviz.kernel.timer import TvecBase
from ktwviz.machine import memory
from ktwviz.machine.automaton import Frame, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

_CARRIES = (("insert_kthread_work", "work"), ("__queue_delayed_kthread_work", "dwork"))


class Due:
    """Tells of the works of a machine whether they are due; the items of a flush are nobody's works."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.works = tuple(work for work in machine.every(KthreadWork) if not _is_flush_item(work))
        self._waiting = Memo(self._waits)
        self._carried = [
            (
                context,
                AtLocalState(machine, context, self._carries),
                AtLocalState(machine, context, _hands_over),
            )
            for context in machine.contexts
        ]
        self._bases = machine.every(TvecBase)

    def at(self, state: State, work: Handle) -> bool:
        """Tell whether a work is due in a state, as memory has it or as some CPU sees it."""
        return any(True for view in views(self._machine, state) for _ in self.places(view, work))

    def places(self, state: State, work: Handle) -> Iterator[str]:
        """Yield each place at which a work may be just now, in words; on its way it may be at two."""
        yield from self._waiting.at(state)[work]
        for context, carries, hands_over in self._carried:
            if work in carries.at(state):
                yield f"in the hands of {context}"
            if hands_over.at(state) and self._timer_of(state, work) is self._running(state, context):
                yield f"fired on CPU{context.cpu}"

    def _waits(self, sight: Sight) -> dict[Handle, tuple[str, ...]]:
        """Return where works wait: on lists, with their timers, or to be let in again by who cancels them."""
        found: dict[Handle, tuple[str, ...]] = {work: () for work in self.works}
        for worker in self._machine.every(KthreadWorker):
            for node in ring(sight, worker) or ():
                for work in self.works:
                    if memory.members(work)["node"] is node:
                        found[work] += (f"on {worker}.work_list",)
        for work in self.works:
            timer = sight.read(work, "timer")
            if isinstance(timer, Handle) and sight.read(timer, "entry", "wheel") is not None:
                found[work] += ("armed",)
        return found

    def _carries(self, local: LocalState) -> tuple[Handle, ...]:
        """Return the works that a context holds: it is about to queue or to arm them, or to call their function."""
        found = [
            local_of(frame, "work") for frame in frames_of(local, "kthread_worker_fn") if _popped(local, frame)
        ]
        for function, name in _CARRIES:
            for frame in frames_of(local, function):
                value = local_of(frame, name)
                found.append(value if name == "work" or not isinstance(value, Handle) else memory.members(value)["work"])
        return tuple(work for work in found if isinstance(work, Handle))

    def _timer_of(self, state: State, work: Handle) -> object:
        return self._machine.value(state, word_at(work, "timer"))

    def _running(self, state: State, context: Context) -> object:
        """Return the timer that a softirq runs; no work's timer is False."""
        running = self._machine.value(state, word_at(self._bases[context.cpu], "running_timer"))
        return False if running is None else running


def _is_flush_item(work: Handle) -> bool:
    return memory.struct_of(memory.object_of(work)) is KthreadFlushWork


def _hands_over(local: LocalState) -> bool:
    """Tell whether a softirq is in a timer's function, or about to call it: then `data` is still to be read."""
    if inside(local, "call_timer_fn"):
        return True
    return any("data" in dict(frame.locals) for frame in frames_of(local, "__run_timers"))


def _popped(local: LocalState, frame: Frame) -> bool:
    """Tell whether the worker has not called the function of the work in its hands yet."""
    call = _line_of_call(frame.function)
    return frame.line < call or (frame.line == call and local.frames[-1] is frame)


def _line_of_call(function: Stepped) -> int:
    """Return the line in which the worker calls a work's function."""
    for node in ast.walk(function.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "func":
            return node.lineno
    return 0
