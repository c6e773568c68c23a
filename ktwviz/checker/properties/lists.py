"""Work lists: rings that hold every work once (I1), and works that know the worker they are on (I2).

A worker of v4 has one list; a merged one has a second for works whose timers are armed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ktwviz.checker.properties.builtin import Builtin, Judge
from ktwviz.checker.properties.sight import AtLocalState, Memo, Sight, inside, settled
from ktwviz.checker.wording import picture
from ktwviz.kernel.kthread_api import AnyWork, AnyWorker, heads_of, timer_beside
from ktwviz.kernel.list import ListHead
from ktwviz.kernel.predicates import LONGEST_LIST, editing
from ktwviz.machine import memory
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

LISTS_SOUND = Builtin(
    "lists-sound",
    "every work list is a ring that leads back to its head, and a work is on it once (I1)",
    "include/linux/list.h",
    cuts=True,
)
WORK_BOUND = Builtin(
    "work-bound",
    "a work on a list belongs to that worker, an armed one to some worker, and none is to run and armed at once (I2)",
    "patch 07/22, insert_kthread_work_sanity_check(); patch 08/22",
    by_default=False,
)
_BINDING = ("insert_kthread_work", "__queue_delayed_kthread_work")


def broken_list(machine: Machine) -> Judge:
    """Judge the rings wherever nobody is in the middle of linking."""
    problem = Memo(lambda sight: _Lists(machine, sight).problem())
    busy = [AtLocalState(machine, context, editing) for context in machine.contexts]

    def judge(state: State) -> str:
        found = problem.at(state)
        if not found or any(at.at(state) for at in busy) or not settled(machine, state):
            return ""
        broken = {view.name: view.problem for view in picture(machine, state).broken_lists}
        return f"{found} is broken: {broken[found]}" if found in broken else found

    return judge


def unbound_work(machine: Machine) -> Judge:
    """Judge to whom works belong, wherever nobody is about to write it down."""
    problem = Memo(lambda sight: _Lists(machine, sight).wrong_owner())
    busy = [
        AtLocalState(machine, context, lambda local: editing(local) or inside(local, *_BINDING))
        for context in machine.contexts
    ]

    def judge(state: State) -> str:
        found = problem.at(state)
        return "" if not found or any(at.at(state) for at in busy) or not settled(machine, state) else found

    return judge


class _Lists:
    """The rings of all workers in one state by their heads, dead ones included: their memory is still what it was."""

    def __init__(self, machine: Machine, sight: Sight) -> None:
        self._machine = machine
        self._sight = sight
        self._heads = {head: worker for worker in machine.every(AnyWorker) for head in heads_of(worker)}
        self.rings = {head: ring(sight, head) for head in self._heads if sight.read(head, "next") is not None}

    def problem(self) -> str:
        """Return the name of a ring that is broken, or a sentence on a node that got lost."""
        for head, nodes in self.rings.items():
            if nodes is None and self._sight.alive(self._heads[head]):
                return str(head)
        linked = [node for nodes in self.rings.values() for node in nodes or ()]
        for work in self._works():
            node = self._sight.read(work, "node")
            if node not in linked and not self._alone(node):
                return f"{work} is on no list, and yet its node does not point to itself"
        return ""

    def wrong_owner(self) -> str:
        """Return whose work is on a list that is not its worker's, or is promised twice, or on a list that it left."""
        for work in self._works():
            worker, armed = self._sight.read(work, "worker"), self._armed(work)
            lists = self._lists_of(work)
            for head in lists:
                if self._heads[head] is not worker:
                    return f"{work} is on {head}, but its worker is {worker or 'NULL'}"
                if armed and head is heads_of(worker)[0]:
                    return f"{work} is on {head}, and its timer is armed too"
            if armed and worker is None:
                return f"the timer of {work} is armed, but the work has no worker"
            if armed and not lists and len(heads_of(worker)) > 1:
                return f"the timer of {work} is armed, but the work is not on {heads_of(worker)[1]}"
        return ""

    def _lists_of(self, work: Handle) -> list[Handle]:
        node = self._sight.read(work, "node")
        return [head for head, nodes in self.rings.items() if node in (nodes or ())]

    def _works(self) -> Iterator[Handle]:
        return (work for work in self._machine.every(AnyWork) if self._sight.alive(work))

    def _alone(self, node: Handle) -> bool:
        """Tell whether a node points to itself, or is not initialised, or not yet to its end."""
        links = self._sight.read(node, "next"), self._sight.read(node, "prev")
        return all(link is None or link is node for link in links)

    def _armed(self, work: Handle) -> bool:
        timer = timer_beside(work)
        return timer is not None and self._sight.read(timer, "entry", "wheel") is not None


def ring(sight: Sight, head: Handle) -> tuple[Handle, ...] | None:
    """Return the nodes on a list, in order; None where the links do not fit or never come back."""
    here = head
    nodes: list[Handle] = []
    while len(nodes) < LONGEST_LIST:
        following = sight.read(here, "next")
        if not _is_node(following) or sight.read(following, "prev") is not here:
            return None
        if following is head:
            return tuple(nodes)
        nodes.append(following)
        here = following
    return None


def _is_node(value: object) -> bool:
    return isinstance(value, Handle) and memory.struct_of(value) is ListHead
