"""Of all states that differ in who is who, the one that stands for them."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby, pairwise, permutations, product
from math import factorial, prod
from typing import Any

from ktwviz.checker.symmetry.alike import Member, alike, is_one_of, named, tells_apart
from ktwviz.checker.symmetry.permutation import (
    Order,
    Permutation,
    after,
    exchange,
    inverse,
    shuffles,
)
from ktwviz.machine import memory
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.effects import CALL
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle


class Symmetry:
    """The identical tasks of a machine, and the states that stand for others."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.members: list[Member] = []
        self._owner: dict[Any, tuple[int, int]] = {}
        for candidates in alike(machine):
            self._add(candidates)
        self._permutations: dict[Order, Permutation] = {}
        self._colours: dict[Hashable, int] = {}
        self._places: dict[tuple[int, int], tuple[int, tuple[tuple[int, Any], ...]]] = {}
        self._chosen: set[State] = set()
        self._buffers = set(machine.buffers.values())
        own = {slot for member in self.members for slot in (*member.slots, member.context.slot)}
        mine = [member.context for member in self.members]
        self._others = [context for context in machine.contexts if context not in mine]
        self._common = [slot for slot in range(len(machine.initial)) if slot not in own]

    @property
    def groups(self) -> tuple[tuple[Context, ...], ...]:
        """The identical tasks, group by group; empty where no two are."""
        grouped = groupby(self.members, key=lambda member: member.group)
        return tuple(tuple(member.context for member in members) for _, members in grouped)

    def names_one(self, function: Stepped) -> bool:
        """Tell whether a stepped expression calls one of the identical tasks, or what is its own, by its name.

        A name may stand in quotes, as in finished("client"); and a task with a CPU of its own has that number too.
        """
        reached = self._machine.program.reachable([function])
        names = {member.context.name for member in self.members}
        own_cpus = len({member.context.cpu for member in self.members}) > 1
        for node in (node for each in reached if isinstance(each, Stepped) for node in each.nodes):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
                return True
            if own_cpus and isinstance(node, ast.Name) and node.id == "irqs_off":
                return True
        return any(is_one_of(value, self._owner) for each in reached for value in named(each, self._machine))

    def stands_for(self, state: State) -> int:
        """Return how many states one stands for, itself included: the size of its orbit."""
        sizes = [len(group) for group in self.groups]
        return prod(map(factorial, sizes)) // self._unmoved(state)

    def _unmoved(self, state: State) -> int:
        """Return how many permutations leave a state as it is; they exchange only members that look the same."""
        colours = self._refined(state)
        by_colour: dict[tuple[int, int], list[int]] = {}
        for index, member in enumerate(self.members):
            by_colour.setdefault((member.group, colours[index]), []).append(index)
        ties = [tied for tied in by_colour.values() if len(tied) > 1]
        alike = [tied for tied in ties if self._same(state, tied)]
        others = [tied for tied in ties if tied not in alike]
        size = len(self.members)
        moved = product(*(permutations(tied) for tied in others))
        unmoved = sum(1 for chosen in moved if self.image(state, exchange(others, chosen, size)) == state)
        return unmoved * prod(factorial(len(tied)) for tied in alike)

    # Permutations ---------------------------------------------------------------------------------------------------

    def image(self, state: State, order: Order) -> State:
        """Return the state in which every member is in the place of another."""
        return self._permutation(order).image(state)

    def renamed_key(self, key: str, order: Order) -> str:
        """Return the choice that a choice becomes."""
        return self._permutation(order).keys.get(key, key)

    def orders(self) -> Iterator[Order]:
        """Yield all permutations; they are many."""
        starts = [index for index, member in enumerate(self.members)]
        each = [tuple(group) for _, group in groupby(starts, key=lambda index: self.members[index].group)]
        for chosen in product(*(permutations(group) for group in each)):
            yield tuple(place for group in chosen for place in group)

    def orbit(self, state: State) -> set[State]:
        """Return all states that one stands for; there may be as many as permutations."""
        return {self.image(state, order) for order in self.orders()}

    def _permutation(self, order: Order) -> Permutation:
        found = self._permutations.get(order)
        if found is None:
            found = self._permutations[order] = Permutation(self._machine, self.members, order)
        return found

    # The representative ---------------------------------------------------------------------------------------------

    def canonical(self, state: State) -> State:
        """Return the state that stands for this one. It lies in the same orbit, and is nearly always the only one."""
        return self.image(state, self.order(state)) if self.members else state

    def order(self, state: State) -> Order:
        """Return the permutation that makes the representative of a state."""
        colours = self._refined(state)
        ranked = sorted(
            range(len(self.members)), key=lambda index: (self.members[index].group, colours[index])
        )
        first = inverse(ranked)
        ties = [
            list(tied) for _, tied in groupby(range(len(ranked)), key=lambda place: colours[ranked[place]])
        ]
        ties = [tied for tied in ties if len(tied) > 1 and not self._same(self.image(state, first), tied)]
        if not ties:
            return first
        return self._chosen_among(state, [after(first, swap) for swap in shuffles(ties, len(ranked))])

    def _same(self, state: State, tied: Sequence[int]) -> bool:
        """Tell whether it makes no difference who of the tied is who."""
        places = range(len(self.members))
        swaps = (
            tuple({here: there, there: here}.get(n, n) for n in places) for here, there in pairwise(tied)
        )
        return all(self.image(state, swap) == state for swap in swaps)

    def _chosen_among(self, state: State, candidates: Sequence[Order]) -> Order:
        """Take the candidate that was taken before, so that all of an orbit have one representative."""
        for order in candidates:
            if self.image(state, order) in self._chosen:
                return order
        self._chosen.add(self.image(state, candidates[0]))
        return candidates[0]

    # Colours: what can be said of a member without its name -----------------------------------------------------------

    def _refined(self, state: State) -> list[int]:
        """Return a number for each member; members that differ in what they are or whom they point to differ in it."""
        outward: list[list[tuple[int, int, int]]] = []
        colours = []
        pointed: list[list[tuple[int, int]]] = [[] for _ in self.members]
        for slot in self._common:
            owner = self._owner.get(state[slot])
            if owner is not None:
                pointed[owner[0]].append((slot, owner[1]))
        for context in self._others:
            for at, thing in self._place(context, state[context.slot])[1]:
                index, role = self._owner[thing]
                pointed[index].append((-1 - at * len(state) - context.slot, role))
        for index, member in enumerate(self.members):
            place, held = self._place(member.context, state[member.context.slot])
            links = [(-1 - at, *self._owner[value]) for at, value in held]
            plain: list[Hashable] = []
            for at, slot in enumerate(member.slots):
                value = state[slot]
                owner = self._owner.get(value)
                if slot in self._buffers:
                    plain.append(len(value))  # what waits in it has names; candidates tell who is who
                elif owner is None:
                    plain.append((value.__class__, value))
                else:
                    plain.append(None)
                    links.append((at, *owner))
            inward = tuple(sorted(pointed[index]))
            roles = tuple((at, role, other == index) for at, other, role in links)
            colours.append(self._colour((member.group, place, tuple(plain), roles, inward)))
            outward.append([link for link in links if link[1] != index])
        return self._spread(colours, outward)

    def _spread(self, colours: list[int], outward: Sequence[Sequence[tuple[int, int, int]]]) -> list[int]:
        """Tell members apart by the colours of those that they point to, and of those that point to them."""
        if not any(outward):
            return colours
        kinds = len(set(colours))
        while True:
            inward: list[list[tuple[int, int, int]]] = [[] for _ in colours]
            for index, links in enumerate(outward):
                for at, other, role in links:
                    inward[other].append((at, role, colours[index]))
            colours = [
                self._colour(
                    (colours[n], tuple((at, colours[to]) for at, to, _ in links), tuple(sorted(inward[n])))
                )
                for n, links in enumerate(outward)
            ]
            if len(set(colours)) == kinds:
                return colours
            kinds = len(set(colours))

    def _colour(self, key: Hashable) -> int:
        return self._colours.setdefault(key, len(self._colours))

    def _place(self, context: Context, number: int) -> tuple[int, tuple[tuple[int, Any], ...]]:
        """Return a number for where a context's code stands, and the members' things that it holds, by position."""
        found = self._places.get((context.number, number))
        if found is None:
            state = self._machine.automata[context.number].states[number]
            found = self._places[context.number, number] = self._described(state)
        return found

    def _described(self, state: LocalState) -> tuple[int, tuple[tuple[int, Any], ...]]:
        if state.dead:
            assert state.parent is not None
            place, held = self._described(state.parent)
            return self._colour(("dead", place)), held
        effect = state.effect
        if effect is None:
            return self._colour(("at rest", state.number)), ()
        operands = effect[2] if effect[0] == CALL else effect[2:]
        places = tuple((frame.function, frame.pc) for frame in state.frames)
        values = [effect[1], *operands, *(value for frame in state.frames for _, value in frame.locals)]
        held = tuple((at, value) for at, value in enumerate(values) if is_one_of(value, self._owner))
        plain = tuple(None if is_one_of(value, self._owner) else _known(value) for value in values)
        return self._colour((effect[0], places, plain)), held

    # Finding them -----------------------------------------------------------------------------------------------------

    def _add(self, candidates: Sequence[tuple[Context, tuple[Handle, ...]]]) -> None:
        """Take up a group, if nothing tells its members apart."""
        start = len(self.members)
        group = self.members[-1].group + 1 if self.members else 0
        added = [Member(group, context, objects) for context, objects in candidates]
        owner = {
            thing: (start + n, group * 100_000 + role)
            for n, member in enumerate(added)
            for role, thing in enumerate([*member.things, *member.words])
        }
        if len(owner) < sum(len(member.things) + len(member.words) for member in added):
            return
        self.members += added
        self._owner |= owner
        if self._told_apart(start):
            del self.members[start:]
            for thing in owner:
                del self._owner[thing]

    def _told_apart(self, start: int) -> bool:
        machine, added = self._machine, self.members[start:]
        constants = [word for handle in machine.objects for word in memory.words_of(handle) if word.index < 0]
        held = (*machine.initial, *(word.constant for word in constants))
        pointed_to = [value for value in held if isinstance(value, Stepped)]
        reached = machine.program.reachable([*(context.entry for context in machine.contexts), *pointed_to])
        guards = [context.guard for context in machine.contexts if context.guard is not None]
        if any(tells_apart(each, machine, added) for each in (*reached, *guards)):
            return True
        others = [c for c in machine.contexts if c not in [member.context for member in added]]
        if any(argument in self._owner for context in others for argument in context.arguments):
            return True
        own = {word for member in self.members for word in member.words}
        if any(is_one_of(word.constant, self._owner) for word in constants if word not in own):
            return True
        for here, there in pairwise(range(start, len(self.members))):
            swap = tuple({here: there, there: here}.get(n, n) for n in range(len(self.members)))
            change = Permutation(machine, self.members, swap)
            if not change.fits() or change.image(machine.initial) != machine.initial:
                return True
        return False


def _known(value: Any) -> Hashable:
    return (value.__class__, value) if isinstance(value, Hashable) else None
