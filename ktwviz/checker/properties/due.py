"""Whether a work is going to run: where it waits, and who carries it from one place to the next.

A work is due while it is on a list, while its timer is armed, while its timer's function is on the way to queue it,
and while a worker has taken it off and not yet called its function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ktwviz.checker.properties.lists import ring
from ktwviz.checker.properties.sight import (
    Anyone,
    AtLocalState,
    Memo,
    Sight,
    frames_of,
    held,
    inside,
    life_of,
    views,
    word_at,
)
from ktwviz.kernel.kthread_api import (
    AnyDelayedWork,
    AnyFlushWork,
    AnyWork,
    AnyWorker,
    heads_of,
    timer_beside,
    v4_name,
)
from ktwviz.kernel.predicates import editing
from ktwviz.kernel.timer import TimerList, TvecBase
from ktwviz.machine import memory
from ktwviz.machine.automaton import Frame, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import LIVE, Handle

INSERTING = ("insert_kthread_work", "__queue_delayed_kthread_work")
_ON_THE_WAY = (
    *INSERTING,
    "__queue_kthread_work",
    "queue_kthread_work",
    "queue_delayed_kthread_work",
    "mod_delayed_kthread_work",
    "delayed_kthread_work_timer_fn",
)


class Due:
    """Tells of the works of a machine whether they are due; the items of a flush are nobody's works."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.works = tuple(work for work in machine.every(AnyWork) if not _is_flush_item(work))
        self._waiting = Memo(self._waits)
        self._timers = {work: timer_beside(work) for work in self.works}
        self._lives = {work: life_of(work) for work in self.works}
        self._hands = [
            (context, AtLocalState(machine, context, self._in_hands)) for context in machine.contexts
        ]
        self.linking = Anyone(machine, editing).at
        """Tells whether somebody is in the middle of linking or unlinking."""
        self._bases = machine.every(TvecBase)

    def at(self, state: State, work: Handle) -> bool:
        """Tell whether a work is due in a state, as memory has it or as some CPU sees it."""
        return any(True for view in views(self._machine, state) for _ in self.places(view, work))

    def places(self, state: State, work: Handle) -> Iterator[str]:
        """Yield each place at which a work may be just now, in words; on its way it may be at two."""
        yield from self._waiting.at(state)[work]
        for context, in_hands in self._hands:
            carried, hands_over = in_hands.at(state)
            if work in carried:
                yield f"in the hands of {context}"
            if hands_over and self._timers[work] is self._running(state, context):
                yield f"fired on CPU{context.cpu}"

    def alive(self, state: State, work: Handle) -> bool:
        """Tell whether a work is allocated and not freed."""
        life = self._lives[work]
        return life is None or bool(self._machine.value(state, life) == LIVE)

    def _waits(self, sight: Sight) -> dict[Handle, tuple[str, ...]]:
        """Return where works wait: on lists, or with their timers."""
        found: dict[Handle, tuple[str, ...]] = {work: () for work in self.works}
        for worker in self._machine.every(AnyWorker):
            head = heads_of(worker)[
                0
            ]  # who is on the list of delayed works is only due if its timer is armed
            nodes = ring(sight, head)
            for work in self.works:
                node = memory.members(work)["node"]
                # while somebody links or unlinks no walk comes through; what is linked at all may be on the list
                if node in nodes if nodes is not None else _linked(sight, node):
                    found[work] += (f"on {head}",)
        for work in self.works:
            timer = self._timers[work]
            armed = timer is not None and sight.read(timer, "entry", "wheel") is not None
            if armed and sight.read(work, "worker") is not None:
                found[work] += ("armed",)
        return found

    def _in_hands(self, local: LocalState) -> tuple[tuple[Handle, ...], bool]:
        """Return the works that a context holds, and whether it hands over the one of the timer that it runs."""
        return self._carries(local), _hands_over(local)

    def _carries(self, local: LocalState) -> tuple[Handle, ...]:
        """Return the works that a context holds: it is about to queue or to arm them, or to call their function."""
        found = [*popped(local), *(self.work_of(value) for value in inserted(local))]
        return tuple(work for work in found if work in self.works)

    def work_of(self, value: object) -> Handle | None:
        """Return the work that an address belongs to: a work, a delayed one, or its timer."""
        if not isinstance(value, Handle):
            return None
        whole = value._parent if memory.struct_of(value) is TimerList else value
        if whole is not None and issubclass(memory.struct_of(whole), AnyDelayedWork):
            value = memory.members(whole)["work"]
        return value if isinstance(value, Handle) else None

    def _running(self, state: State, context: Context) -> object:
        """Return the timer that a softirq runs; no work's timer is False."""
        running = self._machine.value(state, word_at(self._bases[context.cpu], "running_timer"))
        return False if running is None else running


def inserted(local: LocalState) -> Iterator[object]:
    """Yield what code has in hand that is about to queue or to arm a work, from the function on that was asked to.

    Who has called that may have other works in hand, and so may a flush, which queues its own item.
    """
    names = [v4_name(frame.function.name) for frame in local.frames]
    start = next((at for at, name in enumerate(names) if name in INSERTING), len(names))
    while start and start < len(names) and names[start - 1] in _ON_THE_WAY:
        start -= 1
    if not local.dead:
        for frame in local.frames[start:]:
            yield from (value for _, value in frame.locals)


def _linked(sight: Sight, node: Any) -> bool:
    return sight.read(node, "next") not in (None, node)


def _is_flush_item(work: Handle) -> bool:
    return issubclass(memory.struct_of(memory.object_of(work)), AnyFlushWork)


def _hands_over(local: LocalState) -> bool:
    """Tell whether a softirq is in a timer's function, or about to call it: then `data` is still to be read."""
    if inside(local, "call_timer_fn"):
        return True
    return any("data" in dict(frame.locals) for frame in frames_of(local, "__run_timers"))


def popped(local: LocalState) -> tuple[Handle, ...]:
    """Return what a worker has taken off its list and not yet called."""
    found = [
        held(frame, "work", AnyWork)
        for frame in frames_of(local, "kthread_worker_fn")
        if _popped(local, frame)
    ]
    return found[-1] if found else ()


def _popped(local: LocalState, frame: Frame) -> bool:
    """Tell whether the worker has not called the function of the work in its hands yet."""
    call = _line_of_call(frame.function)
    return frame.line < call or (frame.line == call and local.frames[-1] is frame)


def _line_of_call(function: Stepped) -> int:
    """Return the line in which the worker calls a work's function."""
    for node in function.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "func":
            return node.lineno
    return 0
