"""Symmetry: where tasks are the same but for their names, one state stands for all that differ in who is who.

Tasks are taken for identical that run the same stepped function with the same kind of arguments: each argument is
either common to all of them, or an object of the same type for each, its own. A permutation of such tasks moves their
local states, task structs, own objects and CPUs with them, and every pointer to one of these. What is reached then
differs in the names alone, as long as no code calls one of them by name; where some does, there is no such group.

`Reduced` is a machine whose successors are such representatives, so that `explore` finds one state for each orbit.
A schedule through it names other tasks than a run of the machine itself would; `real_keys` translates it.

A verdict on it is one on the machine where what is asked does not tell the tasks apart either (see `names_one`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise, permutations, product
from math import factorial, prod
from typing import Any

from ktwviz.checker.ticks import Jumping
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, IDLE, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.effects import CALL
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.layout import codes_of, host_functions
from ktwviz.machine.machine import DRAINS, Enabled, Machine, State
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.run import this_cpu

_MOST_CANDIDATES = 720

Order = tuple[int, ...]
"""A permutation: member n takes the place of member `order[n]`; members of all groups are numbered through."""


class Member:
    """One of several identical tasks, and all that is its own, in the same order as its fellows'."""

    def __init__(self, group: int, context: Context, objects: Sequence[Handle]) -> None:
        self.group = group
        self.context = context
        self.things: list[Any] = [context]
        self.words: list[Word] = []
        for handle in objects:
            self.things += _parts(handle)
            self.words += _words(handle)
        self.slots = [word.index for word in self.words if word.index >= 0]


class Reduced(Machine):
    """A machine in which one state stands for each orbit of its identical tasks."""

    merges = True

    def __init__(self, machine: Machine) -> None:
        self.__dict__.update(machine.__dict__)
        self._inner = machine
        self.jumps = machine.jumps
        self.symmetry = Symmetry(machine.whole)
        self.canonical = lambda state: self.symmetry.canonical(machine.canonical(state))

    @property
    def whole(self) -> Machine:
        """The machine in which every task is told from the others."""
        return self._inner.whole

    def successors(self, state: State) -> list[tuple[Enabled, State]]:
        """Return every step that can be taken here and the state that stands for the one it leads to."""
        canonical = self.symmetry.canonical
        return [(step, canonical(following)) for step, following in self._inner.successors(state)]

    def names_one(self, function: Stepped) -> bool:
        """Tell whether a stepped expression tells one of the identical tasks from the others."""
        return self.symmetry.names_one(function)

    def tells_ticks_apart(self, function: Stepped) -> bool:
        """Tell whether an expression tells the ticks apart that a clock which jumps leaves out; see `jumps`."""
        return isinstance(self._inner, Jumping) and self._inner.tells_ticks_apart(function)

    def real_keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the schedule of the machine itself that a schedule through representatives stands for.

        It leads into the orbit of the same state: after each step the names are those of the run so far.
        """
        symmetry = self.symmetry
        names = tuple(range(len(symmetry.members)))  # who each member of the representative is in the run
        state, real = self.initial, []
        for key in keys:
            real.append(symmetry.renamed_key(key, names))
            following = next(after for step, after in self._inner.successors(state) if step.choice == key)
            order = symmetry.order(following)
            state = symmetry.image(following, order)
            names = tuple(names[order.index(place)] for place in range(len(order)))
        return self._inner.real_keys(real)


class Symmetry:
    """The identical tasks of a machine, and the states that stand for others."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.members: list[Member] = []
        self._owner: dict[Any, tuple[int, int]] = {}
        for candidates in _alike(machine):
            self._add(candidates)
        self._permutations: dict[Order, _Permutation] = {}
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
        for node in function.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
                return True
            if own_cpus and isinstance(node, ast.Name) and node.id == "irqs_off":
                return True
        return any(_is(value, self._owner) for each in reached for value in _named(each, self._machine))

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
        unmoved = sum(1 for chosen in moved if self.image(state, _exchange(others, chosen, size)) == state)
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

    def _permutation(self, order: Order) -> _Permutation:
        found = self._permutations.get(order)
        if found is None:
            found = self._permutations[order] = _Permutation(self._machine, self.members, order)
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
        first = _inverse(ranked)
        ties = [
            list(tied) for _, tied in groupby(range(len(ranked)), key=lambda place: colours[ranked[place]])
        ]
        ties = [tied for tied in ties if len(tied) > 1 and not self._same(self.image(state, first), tied)]
        if not ties:
            return first
        return self._chosen_among(state, [_after(first, swap) for swap in _shuffles(ties, len(ranked))])

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
        held = tuple((at, value) for at, value in enumerate(values) if _is(value, self._owner))
        plain = tuple(None if _is(value, self._owner) else _known(value) for value in values)
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
        if any(_tells_apart(each, machine, added) for each in (*reached, *guards)):
            return True
        others = [c for c in machine.contexts if c not in [member.context for member in added]]
        if any(argument in self._owner for context in others for argument in context.arguments):
            return True
        own = {word for member in self.members for word in member.words}
        if any(_is(word.constant, self._owner) for word in constants if word not in own):
            return True
        for here, there in pairwise(range(start, len(self.members))):
            swap = tuple({here: there, there: here}.get(n, n) for n in range(len(self.members)))
            change = _Permutation(machine, self.members, swap)
            if not change.fits() or change.image(machine.initial) != machine.initial:
                return True
        return False


class _Permutation:
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
        return self._things[value] if _is(value, self._things) else value

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


# What tells tasks apart -------------------------------------------------------------------------------------------


def _alike(machine: Machine) -> Iterator[list[tuple[Context, tuple[Handle, ...]]]]:
    """Yield groups of tasks that run the same function with the same kind of arguments, each with what is its own."""
    tasks = [context for context in machine.contexts if context.kind == "task" and not context.spare]
    for entry in dict.fromkeys(context.entry for context in tasks):
        same = [context for context in tasks if context.entry is entry]
        if len(same) < 2:
            continue
        objects = _own_objects(machine, same)
        if objects is not None:
            yield list(zip(same, objects, strict=True))


def _own_objects(machine: Machine, tasks: Sequence[Context]) -> list[tuple[Handle, ...]] | None:
    """Return each task's own objects, in the same order; None where there is no such order."""
    own: list[list[Handle]] = [[task.task] for task in tasks]
    if len({task.cpu for task in tasks}) > 1:
        if any(sum(other.cpu == task.cpu for other in machine.contexts) > 1 for task in tasks):
            return None
        for task, mine in zip(tasks, own, strict=True):
            mine.append(machine.cpus[task.cpu])
    for arguments in zip(*(task.arguments for task in tasks), strict=True):
        if all(argument is arguments[0] for argument in arguments):
            continue
        if len({_kind(argument) for argument in arguments}) > 1 or _kind(arguments[0]) is None:
            return None
        for argument, mine in zip(arguments, own, strict=True):
            if memory.object_of(argument) not in mine:
                mine.append(memory.object_of(argument))
    for task, mine in zip(tasks, own, strict=True):
        mine += [slot for (owner, _), slots in machine.pools.items() if owner == task.name for slot in slots]
    kinds = {tuple(memory.struct_of(handle) for handle in mine) for mine in own}
    return [tuple(mine) for mine in own] if len(kinds) == 1 else None


def _kind(argument: Any) -> tuple[type, str] | None:
    """Return the type of the object that an argument points into, and where; None if it is no address."""
    if not isinstance(argument, Handle):
        return None
    whole = memory.object_of(argument)
    return memory.struct_of(whole), memory.name_of(argument).removeprefix(memory.name_of(whole))


def _tells_apart(function: Stepped | Primitive, machine: Machine, members: Sequence[Member]) -> bool:
    """Tell whether code calls a member by name, goes by the order of objects, or counts CPUs or contexts."""
    things = {thing for member in members for thing in member.things}
    if isinstance(function, Stepped):
        return any(_is(value, things) for value in _named(function, machine))
    structs = {memory.struct_of(thing).__name__ for thing in things if isinstance(thing, Handle)}
    own_cpus = len({member.context.cpu for member in members}) > 1
    for body in host_functions(function.body):
        for code in codes_of(body):
            names = set(code.co_names)
            if names & {"contexts", "number", "slot"} or ("every" in names and names & structs):
                return True
            if own_cpus and body is not this_cpu and "cpu" in names and "cpu" not in body.__globals__:
                return True
    return False


def _named(function: Stepped | Primitive, machine: Machine) -> Iterator[Any]:
    """Yield what the names in a stepped function stand for, its own variables apart."""
    if isinstance(function, Stepped):
        own = function.own_names
        for node in function.nodes:
            if isinstance(node, ast.Name) and node.id not in own:
                yield machine.program.namespace.get(node.id)


def _parts(handle: Handle) -> Iterator[Handle]:
    yield handle
    for member in memory.members(handle).values():
        if isinstance(member, Handle):
            yield from _parts(member)


def _words(handle: Handle) -> Iterator[Word]:
    """Yield all words of an object; the one that tells whether it is allocated is its own too, and comes first."""
    life = next(memory.words_of(handle)).life
    if life is not None:
        yield life
    yield from memory.words_of(handle)


def _is(value: Any, things: Any) -> bool:
    """Tell whether a value is one of the things; a local variable may hold something that has no hash."""
    return isinstance(value, Handle | Context | Word) and value in things


def _known(value: Any) -> Hashable:
    return (value.__class__, value) if isinstance(value, Hashable) else None


def _inverse(ranked: Sequence[int]) -> Order:
    places = [0] * len(ranked)
    for place, index in enumerate(ranked):
        places[index] = place
    return tuple(places)


def _after(first: Order, second: Order) -> Order:
    """Return the permutation that does one, then the other."""
    return tuple(second[place] for place in first)


def _exchange(ties: Sequence[Sequence[int]], chosen: Sequence[Sequence[int]], size: int) -> Order:
    """Return the permutation that puts the tied members into other places, and leaves the rest."""
    shuffle = list(range(size))
    for tied, others in zip(ties, chosen, strict=True):
        for here, there in zip(tied, others, strict=True):
            shuffle[here] = there
    return tuple(shuffle)


def _shuffles(ties: Sequence[Sequence[int]], size: int) -> list[Order]:
    """Return the permutations of the tied places among themselves; of very many only the first."""
    found = []
    for chosen in product(*(permutations(tied) for tied in ties)):
        found.append(_exchange(ties, chosen, size))
        if len(found) == _MOST_CANDIDATES:
            break
    return found
