"""What must happen at some time: sleepers are woken, works run, whoever waits gets on (I12 and liveness)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ktwviz.checker.explore import Graph
from ktwviz.checker.liveness import Bottom, changed_words
from ktwviz.checker.properties.builtin import Builtin, Found, GraphRule, Whole
from ktwviz.checker.properties.lists import ring
from ktwviz.checker.properties.sight import Sight, called, frames_of, held, inside, word_at
from ktwviz.checker.properties.spinning import noise_of, spinners
from ktwviz.checker.wording import picture
from ktwviz.kernel.freezer import Freezer
from ktwviz.kernel.kthread_api import AnyWorker, heads_of
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

if TYPE_CHECKING:
    from ktwviz.kernel.picture import Picture

NO_LOST_WAKEUP = Builtin(
    "no-lost-wakeup",
    "no worker sleeps for good while it has work or is asked to stop (I12)",
    "kernel/sched/core.c, try_to_wake_up(); Documentation/memory-barriers.txt, sleep and wake-up",
)
WORK_RUNS = Builtin(
    "work-runs",
    "no work stays for good on the list of a worker whose kthread has ended",
    "patch 05/22 and 06/22: what drain and destroy promise",
)
NO_HANG = Builtin(
    "no-hang",
    "whoever spins or waits gets on at some time, also where others go on for ever",
    "Documentation/locking/spinlocks.rst",
)
NO_LIVELOCK = Builtin(
    "no-livelock",
    "nobody tries for ever without anything changing",
    "patch 09/22: a timer's function that tries for the lock and gives up",
)


BottomJudge = Callable[[Graph, Bottom], str]
"""Tells of a part of a graph that is never left how it breaks a property; empty where it does not."""


def everywhere(judge: BottomJudge) -> GraphRule:
    """Return the rule that judges each part of the graph that is never left, the nearest first."""

    def rule(whole: Whole) -> Found | None:
        for bottom in whole.bottoms:
            how = judge(whole.graph, bottom)
            if how:
                return Found(how, whole.graph.schedule_to(bottom.nearest))
        return None

    return rule


def _still(graph: Graph, bottom: Bottom) -> Iterator[tuple[Context, State]]:
    """Yield the contexts that take no step in a part, with a state of it."""
    state = graph.states[bottom.nearest]
    for context in graph.machine.contexts:
        if str(context.number) not in bottom.movers:
            yield context, state


# Sleep ----------------------------------------------------------------------------------------------------------


def lost_wakeup(graph: Graph, bottom: Bottom) -> str:
    """Tell who sleeps for good though somebody has work for him."""
    if any(_about_to_wake(graph.machine, context, state) for context, state in _still(graph, bottom)):
        return ""  # it is the waker that is stuck, and that is another property
    for context, state in _still(graph, bottom):
        if context.kind != "task" or not _sleeps(graph.machine, context, state):
            continue
        if _is_frozen(graph.machine, context, state):
            continue
        worker = _worker_of(graph.machine, context, state)
        if worker is not None and _always_listed(graph, bottom, worker):
            return f"lost wake-up: {context} sleeps for good, and {worker}.work_list has work for it"
        if _asked_to_stop(graph.machine, context, state):
            return f"lost wake-up: {context} sleeps for good, and was asked to stop"
    return ""


def _is_frozen(machine: Machine, context: Context, state: State) -> bool:
    """Tell whether a task sleeps since somebody freezes, and has not stopped freezing yet."""
    asleep = inside(machine.local_state(state, context), "__refrigerator")
    return asleep and any(machine.value(state, word_at(f, "freezing")) for f in machine.every(Freezer))


def _about_to_wake(machine: Machine, context: Context, state: State) -> bool:
    return inside(machine.local_state(state, context), "insert_kthread_work", "kthread_stop") and not called(
        machine.local_state(state, context)
    )[0].startswith("wait_for")


def _sleeps(machine: Machine, context: Context, state: State) -> bool:
    return state[context.slot] > DONE and not machine.value(state, word_at(context.task, "on_rq"))


def _worker_of(machine: Machine, context: Context, state: State) -> Handle | None:
    """Return the worker whose loop a task is in: the one in its hands, or the one that calls the task its own."""
    sight = Sight(state)
    for frame in frames_of(machine.local_state(state, context), "kthread_worker_fn"):
        own = [w for w in machine.every(AnyWorker) if sight.read(w, "task") is context.task]
        for worker in (*held(frame, "worker", AnyWorker), *own):
            if sight.alive(worker):
                return worker
    return None


def _always_listed(graph: Graph, bottom: Bottom, worker: Handle) -> bool:
    head = heads_of(worker)[0]
    return all(ring(Sight(graph.states[number]), head) for number in bottom.states)


def _asked_to_stop(machine: Machine, context: Context, state: State) -> bool:
    word = memory.members(context.task).get("should_stop")
    return isinstance(word, memory.Word) and bool(machine.value(state, word))


# Works of a worker that is no more -----------------------------------------------------------------------------


def stranded_work(graph: Graph, bottom: Bottom) -> str:
    """Tell which work stays on the list of a worker that is no more."""
    state = graph.states[bottom.nearest]
    sight = Sight(state)
    for context in graph.machine.contexts:
        if context.kind != "task" or not context.spare or state[context.slot] != DONE:
            continue
        worker = sight.read(context.task, "data")
        if worker not in graph.machine.every(AnyWorker):
            continue
        left = ring(sight, heads_of(worker)[0])
        if left and _always_listed(graph, bottom, worker) and not _served(graph.machine, state, worker):
            works = " and ".join(str(node).removesuffix(".node") for node in left)
            return f"{works} will never run: queued on {worker}, whose kthread {context.name} has ended"
    return ""


def _served(machine: Machine, state: State, worker: Handle) -> bool:
    """Tell whether some other kthread is in the worker's loop."""
    tasks = [context for context in machine.contexts if context.kind == "task"]
    return any(_worker_of(machine, context, state) is worker for context in tasks)


# Going on for ever ----------------------------------------------------------------------------------------------


def hang(graph: Graph, bottom: Bottom) -> str:
    """Where a run ends, `no-deadlock` judges who is stuck; here others go on."""
    if bottom.is_end:
        return ""
    view = picture(graph.machine, graph.states[bottom.nearest])
    stuck = [_stuck(view, context) for context, _ in _still(graph, bottom)]
    stuck = [reason for reason in stuck if reason]
    if not livelock(graph, bottom):
        stuck += spinners(graph, bottom)
    return f"others go on for ever, but {'; '.join(stuck)}" if stuck else ""


def _stuck(view: Picture, context: Context) -> str:
    seen = view.machine.context(context.number)
    return seen.reason if seen.stack and seen.status in ("spins", "waits", "held back") else ""


def livelock(graph: Graph, bottom: Bottom) -> str:
    """In a part that goes on for ever something must change: not the locks and CPUs alone, which change in trying."""
    if bottom.is_end:
        return ""
    machine = graph.machine
    noise = noise_of(machine)
    if any(index not in noise for index in changed_words(graph, bottom)):
        return ""
    names = [str(context) for context in machine.contexts if str(context.number) in bottom.movers]
    return f"{' and '.join(names)} {'tries' if len(names) == 1 else 'try'} for ever, and nothing changes"
