"""Identical tasks change places: permutations of them, and what becomes of a state under one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

from ktwviz.checker.symmetry.alike import Member, is_one_of
from ktwviz.machine.automaton import DONE, IDLE
from ktwviz.machine.context import Context
from ktwviz.machine.machine import DRAINS, Machine, State

MOST_CANDIDATES = 720

Order = tuple[int, ...]
"""A permutation: member n takes the place of member `order[n]`; members of all groups are numbered through."""


def inverse(ranked: Sequence[int]) -> Order:
    """Return the permutation that undoes one."""
    places = [0] * len(ranked)
    for place, index in enumerate(ranked):
        places[index] = place
    return tuple(places)


def after(first: Order, second: Order) -> Order:
    """Return the permutation that does one, then the other."""
    return tuple(second[place] for place in first)


def exchange(ties: Sequence[Sequence[int]], chosen: Sequence[Sequence[int]], size: int) -> Order:
    """Return the permutation that puts the tied members into other places, and leaves the rest."""
    shuffle = list(range(size))
    for tied, others in zip(ties, chosen, strict=True):
        for here, there in zip(tied, others, strict=True):
            shuffle[here] = there
    return tuple(shuffle)


def shuffles(ties: Sequence[Sequence[int]], size: int) -> list[Order]:
    """Return the permutations of the tied places among themselves; of very many only the first."""
    found = []
    for chosen in product(*(permutations(tied) for tied in ties)):
        found.append(exchange(ties, chosen, size))
        if len(found) == MOST_CANDIDATES:
            break
    return found


class Permutation:
    """What becomes of words, local states, values and choices when the members change places."""

    def __init__(self, machine: Machine, members: Sequence[Member], order: Order) -> None:
        self._machine = machine
        self._pairs = [(members[n], members[place]) for n, place in enumerate(order) if place != n]
        moving = {
            member.context: members[place].context for member, place in zip(members, order, strict=True)
        }
        # the others stay where they are, but may hold pointers to what moves
        self._contexts = [(context, moving.get(context, context)) for context in machine.contexts]
        self._things: dict[Any, Any] = {}
        self._slots: list[tuple[int, int]] = []
        self._moved: dict[tuple[int, int], int] = {}
        self.keys: dict[str, str] = {}
        names: dict[str, str] = {}
        for old, new in self._pairs:
            self._things.update(zip((*old.things, *old.words), (*new.things, *new.words), strict=True))
            self._slots += zip(old.slots, new.slots, strict=False)
            self.keys[str(old.context.number)] = str(new.context.number)
            names |= {str(a): str(b) for a, b in zip(old.things[1:], new.things[1:], strict=True)}
            names[old.context.name] = new.context.name
            if machine.cpus[old.context.cpu] in self._things:
                names[f"CPU{old.context.cpu}"] = f"CPU{new.context.cpu}"
        drains = {number: DRAINS[number] for number in machine.buffers}
        for old, new in self._pairs:
            if machine.cpus[old.context.cpu] in self._things and old.context.cpu in drains:
                self.keys[drains[old.context.cpu]] = drains[new.context.cpu]
        self._names = names
        # the longest first: a name may begin with another
        called = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._called = re.compile(rf"(?<![\w@#.])(?:{called})(?![\w@#])") if names else None
        self._indices = dict(self._slots)

    def fits(self) -> bool:
        """Tell whether the members have the same words in the state, and the same constants but for the names."""
        for old, new in self._pairs:
            for a, b in zip(old.words, new.words, strict=True):
                if (a.index < 0) != (b.index < 0) or (a.index < 0 and self._value(a.constant) != b.constant):
                    return False
        return True

    def image(self, state: State) -> State:
        """Return the state in which the members have changed places."""
        if not self._pairs:
            return state
        things = self._things
        new = [things.get(value, value) for value in state]
        renamed = new.copy()
        for old_slot, new_slot in self._slots:
            new[new_slot] = renamed[old_slot]
        for old, to in self._contexts:
            new[to.slot] = self._local(old, to, state[old.slot])
        for slot in self._machine.buffers.values():
            waiting = tuple((self._indices.get(at, at), self._value(value)) for at, value in state[slot])
            new[self._indices.get(slot, slot)] = waiting
        return tuple(new)

    def _value(self, value: Any) -> Any:
        return self._things[value] if is_one_of(value, self._things) else value

    def _local(self, old: Context, new: Context, number: int) -> int:
        """Return the local state in which the other one would be, had it been sent the same, names apart."""
        if number in (IDLE, DONE):
            return number
        found = self._moved.get((old.number, number))
        if found is None:
            found = self._moved[old.number, number] = self._followed(old, new, number)
        return found

    def _followed(self, old: Context, new: Context, number: int) -> int:
        state = self._machine.automata[old.number].states[number]
        other = self._machine.automata[new.number]
        received = []
        walk = state if not state.dead else state.parent
        while walk is not None and walk.parent is not None:
            received.append(self._value(walk.received))
            walk = walk.parent
        here = other.first()
        for value in reversed(received):
            here = other.after(here, value)
        return other.dies(here, self._text(state.dead)) if state.dead else here

    def _text(self, text: str) -> str:
        """Return what a context died of, with the names that others have now."""
        return self._called.sub(lambda found: self._names[found[0]], text) if self._called else text
