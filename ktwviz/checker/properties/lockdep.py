"""Lock orders, as lockdep keeps them: what can deadlock, whether or not a run does (I5, and I4 for interrupts).

A lock leads to another if somebody takes that one with the first held. What else can be waited for counts as a lock
too: the function of a timer, for del_timer_sync(), and the works of a worker, for a flush or a stop. An interrupt that
takes a lock can come in wherever a lock is held with interrupts on: so one leads to the other as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ktwviz.checker.explore import Graph
from ktwviz.checker.properties.builtin import Builtin, Found, Whole
from ktwviz.checker.properties.locks import circle, end_of_run
from ktwviz.checker.properties.progress import everywhere, hang
from ktwviz.checker.properties.sight import (
    AtLocalState,
    Sight,
    anyone_dead,
    called,
    frames_of,
    held,
    inside,
    local_of,
    settled,
    word_at,
)
from ktwviz.kernel.kthread_api import AnyFlushWork, AnyWorker
from ktwviz.kernel.spinlock import Spinlock, tried_lock
from ktwviz.kernel.timer import TvecBase
from ktwviz.machine import memory
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.machine import State
from ktwviz.machine.memory import Handle
from ktwviz.values import dataclass

LOCK_ORDER = Builtin(
    "lock-order",
    "locks are taken in one order: no circle, those included in which somebody waits for a function to end (I5)",
    "Documentation/locking/lockdep-design.rst",
    yields=True,
)
IRQ_SAFE_LOCKS = Builtin(
    "irq-safe-locks",
    "a lock that an interrupt takes is never held where that interrupt may come in (I4)",
    "Documentation/locking/lockdep-design.rst",
    yields=True,
)
_TAKING = (
    "begin_spin_lock",
    "begin_spin_lock_irq",
    "begin_spin_lock_irqsave",
    "take_when_free",
)
_RANK = {"task": 0, "softirq": 1, "hardirq": 2}


@dataclass(frozen=True)
class _Node:
    """Something that is waited for: a lock, the function of a timer, the works of a worker."""

    what: Handle
    kind: str = "lock"

    def __str__(self) -> str:
        return {"lock": "", "timer": "the function of ", "works": "the works of "}[self.kind] + str(self.what)


@dataclass(frozen=True)
class _Edge:
    """Where one thing is waited for with the other held: who does it, in which state, by number."""

    wanted: _Node
    how: str
    state: int


class _Orders:
    """All that was ever waited for with something else held; of each pair the first time."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.machine = graph.machine
        self.edges: dict[_Node, dict[_Node, _Edge]] = {}
        self.open: dict[_Node, tuple[Context, int]] = {}
        self.taken_in: dict[_Node, tuple[Context, int]] = {}
        machine = self.machine
        self._locks = [(_Node(lock), word_at(lock, "owner")) for lock in machine.every(Spinlock)]
        self._waits = [(c, AtLocalState(machine, c, _wanted)) for c in machine.contexts]
        self._tries = [
            (c, AtLocalState(machine, c, tried_lock)) for c in machine.contexts if c.kind != "task"
        ]
        self._seen: set[tuple[Context, int, tuple[Any, ...], tuple[_Node, ...]]] = set()
        self._inside = {c.number: AtLocalState(machine, c, _executes) for c in machine.contexts}
        self._irqs_off = {number: word_at(cpu, "irqs_off") for number, cpu in machine.cpus.items()}
        is_over = anyone_dead(machine)
        for number, state in enumerate(graph.states):
            if settled(machine, state) and not is_over(state):
                self._look(number, state)
        self._add_interrupts()

    def _look(self, number: int, state: State) -> None:
        owners = tuple([self.machine.value(state, word) for _, word in self._locks])
        for (lock, _), owner in zip(self._locks, owners, strict=True):
            if owner is not None:
                self._note_open(number, state, lock, owner)
        for context, wants in self._waits:
            wanted, end = wants.at(state)
            if wanted is None and end is None:
                continue
            within = tuple(self._within(state, context))
            # two timers may have one function: where the code stands does not tell which of them it runs for
            key = context, state[context.slot], owners, within
            if wanted is not None and key not in self._seen:
                self._seen.add(key)
                self._note(number, context, _Node(wanted), owners, within)
            node = self._end_of(state, end) if end is not None else None
            if node is not None:
                self._note(number, context, node, owners, within)
        for context, tries in self._tries:
            tried = tries.at(state)
            if tried is not None:  # it may give up, so that it makes no order; in an interrupt it is a danger
                self._note_taken(number, context, _Node(tried))

    def _note_open(self, number: int, state: State, lock: _Node, owner: Context) -> None:
        """Note that a lock is held with interrupts on; one that has come in has switched them off for itself."""
        if self.machine.value(state, self._irqs_off[owner.cpu]):
            return
        known = self.open.get(lock)
        if known is None or _RANK[owner.kind] < _RANK[known[0].kind]:
            self.open[lock] = owner, number

    def _note(
        self,
        number: int,
        context: Context,
        wanted: _Node,
        owners: tuple[Any, ...],
        within: tuple[_Node, ...],
    ) -> None:
        if context.kind != "task" and wanted.kind == "lock":
            self._note_taken(number, context, wanted)
        held = [lock for (lock, _), owner in zip(self._locks, owners, strict=True) if owner is context]
        for holder in (*held, *within):
            how = f"{context} {'holds' if holder.kind == 'lock' else 'is in'} {holder} and wants {wanted}"
            if wanted.kind != "lock":
                how = f"{context} {'holds' if holder.kind == 'lock' else 'is in'} {holder} and waits for {wanted}"
            self.edges.setdefault(holder, {}).setdefault(wanted, _Edge(wanted, how, number))

    def _note_taken(self, number: int, context: Context, wanted: _Node) -> None:
        """Note that an interrupt takes a lock."""
        known = self.taken_in.get(wanted)
        if known is None or _RANK[known[0].kind] < _RANK[context.kind]:
            self.taken_in[wanted] = context, number

    def _within(self, state: State, context: Context) -> Iterator[_Node]:
        """Yield what others may wait for and what this context is in the middle of."""
        kind, worker = self._inside[context.number].at(state)
        if kind == "timer":
            base = self.machine.every(TvecBase)[context.cpu]
            timer = self.machine.value(state, word_at(base, "running_timer"))
            if timer is not None:
                yield _Node(timer, "timer")
        elif kind == "works" and worker is not None:
            yield _Node(worker, "works")

    def _end_of(self, state: State, waits: tuple[str, Handle]) -> _Node | None:
        """Return the function or the works whose end somebody waits for."""
        kind, what = waits
        if kind == "timer":
            return _Node(what, "timer")
        sight, whole = Sight(state), memory.object_of(what)
        if issubclass(memory.struct_of(whole), AnyFlushWork):
            worker = sight.read(whole, "work", "worker")
        else:
            word = memory.members(whole).get("data")
            worker = sight.value(word) if isinstance(word, memory.Word) else None
        workers = self.machine.every(AnyWorker)
        return _Node(worker, "works") if worker in workers else None

    def _add_interrupts(self) -> None:
        """Let what is held with interrupts on lead to what interrupts take."""
        for lock, (owner, number) in self.open.items():
            for wanted, (handler, _) in self.taken_in.items():
                if wanted != lock and _RANK[handler.kind] > _RANK[owner.kind]:
                    how = f"{owner} holds {lock} with interrupts on, and {handler} takes {wanted}"
                    self.edges.setdefault(lock, {}).setdefault(wanted, _Edge(wanted, how, number))

    def circle(self) -> list[_Edge]:
        """Return a shortest circle; empty if there is none. A lock that leads to itself is left to others."""
        best: list[_Edge] = []
        for start in self.edges:
            found = self._back_to(start)
            if found and (not best or len(found) < len(best)):
                best = found
        return best

    def _back_to(self, start: _Node) -> list[_Edge]:
        ways: dict[_Node, list[_Edge]] = {start: []}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for wanted, edge in self.edges.get(here, {}).items():
                if wanted == start and (here != start or start.kind != "lock"):
                    return [*ways[here], edge]
                if wanted not in ways:
                    ways[wanted] = [*ways[here], edge]
                    waiting.append(wanted)
        return []


def _wanted(local: LocalState) -> tuple[Handle | None, tuple[str, Handle] | None]:
    """Return the lock that a context wants, and what it waits for otherwise."""
    return _wanted_lock(local), _waits_for_end(local)


def _wanted_lock(local: LocalState) -> Handle | None:
    name, arguments = called(local)
    if name in _TAKING and isinstance(arguments[0], Handle):
        return arguments[0]
    return None


def _waits_for_end(local: LocalState) -> tuple[str, Handle] | None:
    """Return the timer or the completion that a context waits for, or is about to.

    What del_timer_sync() takes for itself is let go before it waits.
    """
    for frame in frames_of(local, "del_timer_sync"):
        timer = local_of(frame, "timer")
        if isinstance(timer, Handle) and local.frames[-1] is frame:
            return "timer", timer
    name, arguments = called(local)
    if name == "wait_for_completion" and isinstance(arguments[0], Handle):
        return "completion", arguments[0]
    return None


def _executes(local: LocalState) -> tuple[str, Handle | None]:
    """Return what a context is in the middle of, that others wait for: a timer's function, a worker's loop."""
    if inside(local, "call_timer_fn"):
        return "timer", None
    for frame in frames_of(local, "kthread_worker_fn"):
        return "works", next(iter(held(frame, "worker", AnyWorker)), None)
    return "", None


def _mark(whole: Whole) -> str:
    """Say whether the danger is real in this scenario; known only where all runs were followed."""
    graph, machine = whole.graph, whole.graph.machine
    judge = circle(machine)
    stuck = any(judge(graph.states[number]) for number in graph.cut) or any(
        end_of_run(machine, graph.states[number]) for number in graph.ends
    )
    if stuck or everywhere(hang)(whole) is not None:
        return ""
    everything = graph.complete and not graph.cut
    return "no run deadlocks here, but " if everything else "no run was seen to deadlock, but "


@dataclass(frozen=True)
class Order:
    """One thing that was wanted with another held: by whom, as a sentence, and the state in which, by number."""

    held: str
    wanted: str
    how: str
    step: int


@dataclass(frozen=True)
class Unsafe:
    """A lock that a context holds with interrupts on in state `step`, and that an interrupt takes in state `taken`.

    `kind` is that of the interrupt, softirq or hardirq.
    """

    lock: str
    owner: str
    step: int
    handler: str
    kind: str
    taken: int


def orders_of(whole: Whole) -> list[Order]:
    """Return every order that was seen, in the order in which they came up first."""
    edges = whole.once(_Orders).edges
    found = [_order(held, edge) for held, wanted in edges.items() for edge in wanted.values()]
    return sorted(found, key=lambda order: order.step)


def circle_of(whole: Whole) -> list[Order]:
    """Return a shortest circle of orders, each beginning with what the one before wants; empty where there is none."""
    orders = whole.once(_Orders)
    circle = orders.circle()
    held = [circle[at - 1].wanted for at in range(len(circle))]
    return [_order(node, edge) for node, edge in zip(held, circle, strict=True)]


def _order(held: _Node, edge: _Edge) -> Order:
    return Order(str(held), str(edge.wanted), edge.how, edge.state)


def unsafe_locks_of(whole: Whole) -> list[Unsafe]:
    """Return the locks that an interrupt takes, and that are also held where that interrupt may come in."""
    orders = whole.once(_Orders)
    found = []
    for lock, (owner, number) in orders.open.items():
        handler, taken = orders.taken_in.get(lock, (owner, number))
        if _RANK[handler.kind] > _RANK[owner.kind]:
            found.append(Unsafe(str(lock), str(owner), number, str(handler), handler.kind, taken))
    return found


def lock_circle(whole: Whole) -> Found | None:
    """Find a circle in the order of locks."""
    found = whole.once(_Orders).circle()
    if not found:
        return None
    last = max(edge.state for edge in found)
    how = "; ".join(edge.how for edge in found)
    return Found(f"{_mark(whole)}locks are taken in a circle: {how}", whole.graph.schedule_to(last))


def irq_unsafe_lock(whole: Whole) -> Found | None:
    """Find a lock that an interrupt takes, and that is also held where interrupts may come in."""
    for found in unsafe_locks_of(whole):
        how = f"{found.owner} holds {found.lock} with interrupts on, and {found.handler} takes it too"
        return Found(f"{_mark(whole)}{how}", whole.graph.schedule_to(found.step))
    return None
