"""Makes the `Picture` of a state: finds the locks, lists, workers, works and timers, and says how they are."""

from collections.abc import Iterator
from typing import Any

from ktwviz.kernel.kthread_api import AnyWork, AnyWorker, heads_of, timer_beside
from ktwviz.kernel.list import ListHead
from ktwviz.kernel.picture import DANGLING, ListView, LockView, Picture, TimerView, WorkerView, WorkView
from ktwviz.kernel.predicates import editing
from ktwviz.kernel.spinlock import Spinlock, awaited_lock, tried_lock
from ktwviz.kernel.timer import TimerList, waits_for_a_tick
from ktwviz.machine import memory
from ktwviz.machine.describe import snapshot
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import LIVE, Handle, Word, text_of

_LONGEST_WALK = 16


def picture(machine: Machine, state: State) -> Picture:
    """Return everything that the panes draw for a state."""
    return _Painter(machine, state).picture()


class _Painter:
    def __init__(self, machine: Machine, state: State) -> None:
        self.machine = machine
        self.state = state
        self.judging = not any(editing(machine.local_state(state, context)) for context in machine.contexts)

    def picture(self) -> Picture:
        workers = tuple(self.worker(handle) for handle in self.live(AnyWorker))
        return Picture(
            snapshot(self.machine, self.state),
            tuple(self.lock(handle) for handle in self.live(Spinlock)),
            workers,
            tuple(self.work(handle) for handle in self.live(AnyWork)),
            tuple(self.timer(handle) for handle in self.live(TimerList)),
        )

    def live(self, struct: type[Any]) -> Iterator[Handle]:
        for handle in self.machine.every(struct):
            life = next(memory.words_of(handle)).life
            if life is None or self.machine.value(self.state, life) == LIVE:
                yield handle

    def read(self, handle: Handle, *names: str) -> Any:
        member: Any = handle
        for name in names:
            member = memory.members(member)[name]
        return self.machine.value(self.state, member) if isinstance(member, Word) else member

    def lock(self, handle: Handle) -> LockView:
        owner = self.read(handle, "owner")
        locals_ = [(c.number, self.machine.local_state(self.state, c)) for c in self.machine.contexts]
        bound = tuple(number for number, local in locals_ if awaited_lock(local) is handle)
        spinners = tuple(
            number for number, local in locals_ if number in bound or tried_lock(local) is handle
        )
        return LockView(str(handle), owner.number if owner else None, spinners, bound)

    # Lists --------------------------------------------------------------------------------------------------------

    def list_view(self, head: Handle) -> ListView:
        """Walk along `next` until the head comes again, or a node for the second time, or something that is none."""
        nodes: list[Handle] = []
        problems: list[str] = []
        here: Any = head
        closed = False
        while (
            isinstance(here, Handle) and not closed and here not in nodes[:-1] and len(nodes) < _LONGEST_WALK
        ):
            following = self.read(here, "next")
            problems += self.link_problems(here, following, head, nodes)
            closed = following is head
            if isinstance(following, Handle) and not closed:
                nodes.append(following)
            here = following
        # the last problem is the one that keeps the walk from ending; only where it ends is the first one worse
        problem = (problems[0] if closed else problems[-1]) if problems and self.judging else ""
        return ListView(str(head), self.names(nodes), closed, problem)

    def link_problems(self, here: Handle, following: Any, head: Handle, seen: list[Handle]) -> list[str]:
        if not isinstance(following, Handle):
            return [f"{self.link_name(here, head)}.next is {text_of(following)}"]
        if following in seen:
            return [f"{self.node_name(following, head)} is linked twice"]
        back = self.read(following, "prev")
        if back is not here:
            names = (self.link_name(node, head) for node in (following, back, here))
            return ["{}.prev points to {}, not to {}".format(*names)]
        return []

    def node_name(self, node: Any, head: Handle) -> str:
        return "head" if node is head else _owner_name(node)

    def link_name(self, node: Any, head: Handle) -> str:
        """Return what has the pointers to the next and the previous one: the node itself, not what it is part of."""
        return "head" if node is head else text_of(node)

    def names(self, nodes: list[Handle]) -> tuple[str, ...]:
        return tuple(_owner_name(node) for node in nodes)

    # Workers, works, timers ---------------------------------------------------------------------------------------

    def worker(self, handle: Handle) -> WorkerView:
        lists = [self.list_view(head) for head in heads_of(handle)]
        return WorkerView(
            str(handle),
            text_of(self.read(handle, "task")),
            text_of(self.read(handle, "current_work")),
            lists[0],
            lists[1] if len(lists) > 1 else None,
            f"{handle}.lock",
        )

    def work(self, handle: Handle) -> WorkView:
        beside = timer_beside(handle)
        timer = self.read(handle, "timer") if "timer" in memory.members(handle) else beside
        worker = self.read(handle, "worker")
        return WorkView(
            str(handle),
            beside is not None,
            self.linkage(handle),
            text_of(worker),
            text_of(timer),
            self.read(handle, "canceling"),
        )

    def linkage(self, work: Handle) -> str:
        node = self.read(work, "node")
        if self.read(node, "next") is node and self.read(node, "prev") is node and not self.reached(node):
            return "self (empty)"
        for head in self.heads():
            if node in self.walk(head):
                return f"on {head}"
        return DANGLING if self.judging else "being linked"

    def heads(self) -> Iterator[Handle]:
        return (head for worker in self.live(AnyWorker) for head in heads_of(worker))

    def reached(self, node: Handle) -> bool:
        return any(node in self.walk(head) for head in self.heads())

    def walk(self, head: Handle) -> list[Handle]:
        found: list[Handle] = []
        here = self.read(head, "next")
        while isinstance(here, Handle) and here is not head and here not in found:
            found.append(here)
            here = self.read(here, "next")
        return found

    def timer(self, handle: Handle) -> TimerView:
        wheel = self.read(handle, "entry", "wheel")
        now = self.read(self.machine.clock, "jiffies")
        expires = self.read(handle, "expires") if wheel is not None else None
        state = self.timer_state(handle, wheel, expires, now)
        base = self.read(handle, "base")
        cpu = int(str(base).removeprefix("base")) if base is not None else None
        return TimerView(str(handle), state, expires, None if expires is None else expires - now, cpu)

    def timer_state(self, handle: Handle, wheel: Any, expires: int | None, now: int) -> str:
        if wheel is not None and expires is not None:
            return "expired" if expires <= now and not waits_for_a_tick(wheel) else "pending"
        base = self.read(handle, "base")
        if base is None or self.read(base, "running_timer") is not handle:
            return "idle"
        return self.firing_state(base)

    def firing_state(self, base: Handle) -> str:
        """Tell how far the softirq of this base is with the timer that it has taken out of the wheel."""
        cpu = int(str(base).removeprefix("base"))
        for context in self.machine.contexts:
            if context.kind == "softirq" and context.cpu == cpu:
                frames = self.machine.local_state(self.state, context).frames
                if any(frame.function.name == "call_timer_fn" for frame in frames):
                    return "callback runs"
                # what is to be called is a local of __run_timers that nobody reads any more after the call
                waits = frames and any(name == "fn" for name, _ in frames[0].locals)
                return "fired, callback waits" if waits else "callback done"
        return "callback done"


def _owner_name(node: Any) -> str:
    """Return what a list node is part of: "dwork.work" for dwork.work.node, the head of a list by its own name."""
    if isinstance(node, Handle) and memory.struct_of(node) is ListHead and node._parent is not None:
        if issubclass(memory.struct_of(node._parent), AnyWorker):
            return f"head of {node}"
        return str(node._parent)
    return text_of(node)
