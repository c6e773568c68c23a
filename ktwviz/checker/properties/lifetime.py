"""What stops a context for good, what the kernel complains of, what is at rest when it is freed (I6, I15, I16)."""

from __future__ import annotations

from collections.abc import Iterator

from ktwviz.checker.properties.builtin import Builtin, StepJudge
from ktwviz.checker.properties.sight import Sight, called, inside
from ktwviz.checker.wording import describe
from ktwviz.kernel.kthread_api import AnyWork, AnyWorker, heads_of, timer_beside
from ktwviz.kernel.list import ListHead
from ktwviz.kernel.spinlock import Spinlock, awaited_lock, tried_lock
from ktwviz.kernel.timer import TimerList, TvecBase
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.machine.memory import Handle

NO_WARNING = Builtin(
    "no-warning", "the kernel's own checks do not complain: WARN (I16)", "include/asm-generic/bug.h"
)
NO_OOPS = Builtin(
    "no-oops",
    "no context stops for good: BUG, NULL pointer, freed memory, freed twice (I6)",
    "include/asm-generic/bug.h",
)
FREED_IDLE = Builtin(
    "freed-idle",
    "what is freed is in use nowhere: not linked, not armed, not locked, its timer's function not running (I6)",
    "lib/debugobjects.c; kernel/locking/lockdep.c, debug_check_no_locks_freed()",
    by_default=False,
)
WORKER_RETIRED = Builtin(
    "worker-retired",
    "a worker that is freed has no kthread any more, and no work that is queued or promised to it (I15)",
    "commit eb79fa7ea744",
    by_default=False,
)


def complaint(machine: Machine, state: State, step: Enabled) -> tuple[Builtin, str] | None:
    """Return the property that a step breaks by what it reports, and how, with the line of code."""
    if not any(event.bad for event in step.events):
        return None
    for event in describe(machine, state, step).events:
        if event.kind == "warn":
            return NO_WARNING, event.text
        if event.kind in ("bug", "oops"):
            return NO_OOPS, event.text
    return None


def _frees(context: Context, local: LocalState) -> bool:
    return called(local)[0] in ("kfree", "leave_stack")


def _freed(machine: Machine, step: Enabled) -> Handle | None:
    """Return the object that a step frees."""
    names = [event.about for event in step.events if event.kind == "free"]
    return next((handle for handle in machine.objects if str(handle) in map(str, names)), None)


def freed_in_use(machine: Machine) -> StepJudge:
    """Look for what still leads to an object at the moment in which it is freed."""

    def judge(state: State, step: Enabled) -> str:
        whole = _freed(machine, step)
        if whole is None:
            return ""
        uses = [use for view in _views(machine, state) for use in _uses(machine, view, whole, step)]
        return f"{step.context} frees {whole}, but {uses[0]}" if uses else ""

    return StepJudge(_frees, judge)


def _views(machine: Machine, state: State) -> Iterator[State]:
    """Yield the state; only where no store waits in a buffer can it be told what is in use."""
    if not any(state[index] for index in machine.buffers.values()):
        yield state


def _uses(machine: Machine, state: State, whole: Handle, step: Enabled) -> Iterator[str]:
    sight = Sight(state)
    for node in memory.parts_of(whole, ListHead):
        if sight.read(node, "next") not in (None, node):
            yield f"{node} is linked"
    for timer in memory.parts_of(whole, TimerList):
        if sight.read(timer, "entry", "wheel") is not None:
            yield f"{timer} is armed"
        if any(runs is timer for runs in _running(machine, state, sight, step.context)):
            yield f"the function of {timer} is running"
    for lock in memory.parts_of(whole, Spinlock):
        owner = sight.read(lock, "owner")
        if owner is not None:
            yield f"{owner} holds {lock}"
        for context in machine.contexts:
            local = machine.local_state(state, context)
            if lock in (awaited_lock(local), tried_lock(local)):
                yield f"{context} spins for {lock}"


def _running(machine: Machine, state: State, sight: Sight, freeing: Context | None) -> Iterator[Handle]:
    """Yield the timers whose functions others are in; a function may free its own timer."""
    for context in machine.contexts:
        local = machine.local_state(state, context)
        if context is freeing or not inside(local, "call_timer_fn"):
            continue
        bases = machine.every(TvecBase)
        running = sight.read(bases[context.cpu], "running_timer")
        if running is not None:
            yield running


def worker_in_use(machine: Machine) -> StepJudge:
    """Look for what a worker leaves behind when it is freed."""

    def judge(state: State, step: Enabled) -> str:
        whole = _freed(machine, step)
        if whole is None:
            return ""
        for view in _views(machine, state):
            for worker in memory.parts_of(whole, AnyWorker):
                left = next(_left_behind(machine, view, worker), "")
                if left:
                    return f"{step.context} frees {whole}, but {left}"
        return ""

    return StepJudge(_frees, judge)


def _left_behind(machine: Machine, state: State, worker: Handle) -> Iterator[str]:
    sight = Sight(state)
    task = sight.read(worker, "task")
    for context in machine.contexts:
        if task is not None and context.task is task and state[context.slot] != DONE:
            yield f"its kthread {context.name} has not ended"
    for head in heads_of(worker):
        if sight.read(head, "next") not in (None, head):
            yield f"{head} is not empty"
    for work in machine.every(AnyWork):
        timer = timer_beside(work)
        if not sight.alive(work) or sight.read(work, "worker") is not worker:
            continue
        if timer is not None and sight.read(timer, "entry", "wheel") is not None:
            yield f"the timer of {work} is armed, and its function will look for this worker"
