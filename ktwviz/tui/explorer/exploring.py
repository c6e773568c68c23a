"""What the learner does in the explorer: where in the tree the cursor is, what is listed, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache, partial

from ktwviz.checker.orders import Order, is_context, switches
from ktwviz.checker.reach import Ahead, Reach
from ktwviz.checker.run import Breach
from ktwviz.kernel.paint import picture
from ktwviz.kernel.picture import Picture
from ktwviz.lesson.judging import broken_in
from ktwviz.lesson.lookout import Standing
from ktwviz.lesson.search import Broken, Found, Place
from ktwviz.machine.machine import State
from ktwviz.tui.explorer.pasts import PastHere
from ktwviz.tui.explorer.tree import Node, Tree
from ktwviz.values import dataclass, replace

MOST_PLACES = 2_000
"""How many bad places of a property are gone through, the nearest of them; a schedule is worked out for each."""

SAFE, AHEAD, UNKNOWN, BAD = range(4)
"""What a state is on the depth map: nothing bad can follow, something can, it is not known, it is bad itself."""


@dataclass(frozen=True)
class Example:
    """A bad place, what breaks there, and the schedule to it, counted from where the tree begins."""

    place: Place
    broken: tuple[Broken, ...]
    keys: tuple[str, ...]
    switches: int


@dataclass(frozen=True)
class Hits:
    """The states that an expression holds in, the nearest first."""

    text: str
    states: tuple[int, ...]


class Exploring:
    """One search being looked at. `prefix` leads from the scenario's start to where the tree begins."""

    def __init__(self, found: Found, prefix: Sequence[str] = ()) -> None:
        self.found = found
        self.graph = found.graph
        self.prefix = tuple(prefix)
        self.lookout = found.lookout
        before = self.lookout.after(self.lookout.start, self.prefix[:-1])
        self._before, self._start = before, self.lookout.after(before, self.prefix[-1:])
        self.pasts = tuple(
            PastHere(broken, broken.past, start)
            for broken, start in zip(found.of_past, self._start[1:], strict=True)
            if broken.past is not None
        )
        self.reach = Reach(self.graph, self._start[0] or 0)
        self.tree = Tree(self.graph, self.reach, self._state_at_start(), last_context(self.prefix))
        self.cursor = self.tree.root
        self.order: Order = "steps"
        self.hits: Hits | None = None
        self.at = -1
        self.kept: Broken | None = None
        self.row = -1
        self._examples: dict[Order, tuple[Example, ...]] = {}
        self._of: dict[tuple[str, str], tuple[Example, ...]] = {}
        self.picture: Callable[[State], Picture] = lru_cache(256)(partial(picture, self.graph.machine))

    def _state_at_start(self) -> State:
        machine = self.graph.machine
        state = machine.initial
        for key in self.prefix:
            state, _ = machine.step(state, key)
        return state

    # Bad places -----------------------------------------------------------------------------------------------------

    def look_for(self, order: Order) -> None:
        """Work out the best schedule to each bad place that can be reached, in the thread that calls."""
        if order in self._examples:
            return
        ways = self.found.ways(order, self.reach.start, last_context(self.prefix))
        before = switches(self.prefix)
        found = []
        for place in self.near:
            keys = ways.through(place.edge) if place.edge >= 0 else ways.to_state(place.state)
            if keys is not None:
                broken = self.found.places[place]
                found.append(Example(place, broken, keys, switches((*self.prefix, *keys)) - before))
        for past in self.pasts:
            for state, keys in past.schedules(order, last_context(self.prefix), MOST_PLACES):
                turns = switches((*self.prefix, *keys)) - before
                found.append(Example(Place(state), (past.broken,), keys, turns))
        found = _merged(found)

        def rank(example: Example) -> tuple[int, ...]:
            counts = (len(example.keys), example.switches)
            ranked = counts if order == "steps" else counts[::-1]
            return (*ranked, example.place.state, example.place.edge)

        self._examples[order] = tuple(sorted(found, key=rank))

    @cached_property
    def near(self) -> tuple[Place, ...]:
        """The bad places that are gone through: of each property the nearest, MOST_PLACES of them at most."""
        chosen: dict[Place, None] = {}
        for mine in self._reached.values():
            chosen |= dict.fromkeys(sorted(mine, key=self._rank)[:MOST_PLACES])
        return tuple(place for place in self.found.places if place in chosen)

    def _rank(self, place: Place) -> tuple[int, int, int]:
        return self.reach.depths[place.state] + (place.edge >= 0), place.state, place.edge

    @cached_property
    def _reached(self) -> dict[str, list[Place]]:
        """The bad places of each property that a schedule leads to from where the tree begins."""
        reached: dict[str, list[Place]] = {}
        for place, broken in self.found.places.items():
            if place.state in self.reach:
                for one in broken:
                    reached.setdefault(one.verdict.property, []).append(place)
        return reached

    def places_of(self, broken: Broken) -> int:
        """Return how many bad places of a property there are from here on, whether they are gone through or not."""
        past = next((past for past in self.pasts if past.broken is broken), None)
        return len(past.bad if past is not None else self._reached.get(broken.verdict.property, ()))

    @cached_property
    def bad_places(self) -> int:
        """How many bad places there are from here on."""
        places = {place for places in self._reached.values() for place in places}
        for past in self.pasts:
            places |= set(map(Place, past.bad_states))
        return len(places)

    @property
    def nearest_only(self) -> bool:
        """Whether there are too many bad places to go through all of them."""
        return self.bad_places > len(self.examples)

    def knows(self, order: Order) -> bool:
        """Whether the schedules of an order are there."""
        return order in self._examples

    @property
    def examples(self) -> tuple[Example, ...]:
        """The bad places in the order asked for."""
        return self._examples.get(self.order, ())

    @property
    def listed(self) -> tuple[Example, ...]:
        """The bad places that n and N go through: those of one property, or all."""
        return self.of(self.kept) if self.kept is not None else self.examples

    @property
    def ranked(self) -> list[Broken]:
        """What breaks, in the order asked for; what cannot be reached from here comes last."""

        def rank(broken: Broken) -> tuple[bool, int, int]:
            first = next(iter(self.of(broken)), None)
            if first is None:
                return True, 0, 0
            counts = (len(first.keys), first.switches)
            return (False, *(counts if self.order == "steps" else counts[::-1]))

        return sorted(self.found.broken, key=rank)

    def mark(self, by: int) -> None:
        """Mark the next row of what breaks."""
        if self.found.broken:
            self.row = (self.row + by) % len(self.found.broken) if self.row >= 0 else 0

    def keep(self) -> Broken | None:
        """Keep to the property whose row is marked, or go through all again; return what is kept to."""
        broken = self.ranked[self.row]
        self.kept = None if self.kept is broken else broken
        self.hits, self.at = None, -1
        return self.kept

    def of(self, broken: Broken) -> tuple[Example, ...]:
        """Return the examples of one property, in the order asked for."""
        key = (self.order, broken.verdict.property)
        if key not in self._of:
            self._of[key] = tuple(one for one in self.examples if broken in one.broken)
        return self._of[key]

    @cached_property
    def ends(self) -> frozenset[int]:
        """The states from which no step leads on."""
        return frozenset(self.graph.ends)

    # Moving ---------------------------------------------------------------------------------------------------------

    def next(self, direction: int) -> bool:
        """Go to the next or previous bad place, or state that was asked for, round the end; False if there is none."""
        count = len(self.hits.states) if self.hits else len(self.listed)
        if not count:
            return False
        self.at = (self.at + direction) % count if self.at >= 0 else (0 if direction > 0 else count - 1)
        keys = self.reach.schedule_to(self.hits.states[self.at]) if self.hits else self.listed[self.at].keys
        self.cursor = self.tree.reveal(keys)
        return True

    def set_order(self, order: Order) -> None:
        """List the bad places in another order, and begin with the first."""
        self.order = order
        self.hits = None
        self.at = -1

    def set_hits(self, hits: Hits | None) -> None:
        """Go through other states from now on, or through the bad places again."""
        self.hits = hits
        self.at = -1

    def go(self, node: Node) -> None:
        """Put the cursor on a node."""
        self.cursor = node

    def move(self, by: int) -> None:
        """Move the cursor by lines."""
        rows = self.tree.rows
        place = min(len(rows) - 1, max(0, self.tree.place(self.cursor) + by))
        self.cursor = rows[place].node

    def filter(self, key: str) -> None:
        """Leave out the branches of all other contexts, or show them again."""
        self.tree.only = "" if self.tree.only == key else key
        self.tree.changed()
        shown = {id(row.node) for row in self.tree.rows}
        while id(self.cursor) not in shown and self.cursor.parent is not None:
            self.cursor = self.cursor.parent

    # Telling --------------------------------------------------------------------------------------------------------

    def schedule(self, node: Node | None = None) -> tuple[str, ...]:
        """Return the keys from the start of the scenario to a node, or to the cursor."""
        return (*self.prefix, *(node or self.cursor).path())

    def stands(self, node: Node) -> Standing:
        """Return where the way to a node stands, its past included."""
        unknown = []
        here: Node | None = node
        while here is not None and here.stands is None:
            unknown.append(here)
            here = here.parent
        for one in reversed(unknown):
            before = one.parent.stands if one.parent is not None else None
            one.stands = self._start if before is None else self.lookout.after(before, [one.key])
        assert node.stands is not None
        return node.stands

    def ahead(self, node: Node) -> Ahead:
        """Return how far the nearest break is from a node, on the way that led to it."""
        return self.lookout.of(self.stands(node))

    def broken_at(self, node: Node) -> tuple[Broken, ...]:
        """Return what breaks in the state of a node, with the step that leads to it, or by the way to it."""
        places = self.found.places
        here = places.get(Place(node.number), ())
        before = self.stands(node.parent) if node.parent is not None else self._before
        for past, at, earlier in zip(self.pasts, self.stands(node)[1:], before[1:], strict=True):
            new = at != earlier or (not self.prefix and node.parent is None)
            here += (past.broken,) if new and at in past.past.bad.states else ()
        return (*places.get(self._step_to(node), ()), *here)

    def _step_to(self, node: Node) -> Place:
        """Return the step that leads to a node, as a place; that of the walk for the root."""
        if node.parent is not None:
            return Place(node.parent.number, node.edge)
        number = self._before[0]
        if number is None or not self.prefix:
            return Place(-1)
        steps = {key: edge for key, edge, _ in self.graph.edges.choices(number)}
        return Place(number, steps.get(self.prefix[-1], -1))

    def how(self, broken: Broken, node: Node) -> str:
        """Return how a property breaks at a node, as a sentence."""
        breaks = broken.breaks
        if node.parent is None and self.prefix:
            told = (each.how for each in broken_in(self.found.scenario, self.prefix) if _is_of(each, broken))
            return next(told, broken.verdict.how)
        if node.parent is not None and node.step is not None:
            states = self.graph.states
            for past, at in zip(self.pasts, self.stands(node.parent)[1:], strict=True):
                if past.broken is broken and at is not None:
                    how = past.how(at, states[node.parent.number], node.step.context, states[node.number])
                    return how or broken.verdict.how
        if broken.by_run:
            return broken.verdict.how
        if breaks.step and node.parent is not None and node.step is not None:
            how = breaks.step(node.parent.state, node.step)
            if how:
                return how
        ask = breaks.state or breaks.end
        return (ask(self.graph.states[node.number]) if ask else "") or broken.verdict.how

    @cached_property
    def classes(self) -> tuple[bytes, ...]:
        """What the states are, level by level of their distance from where the tree begins."""
        outlook = self.lookout.outlook
        later = frozenset[int]().union(*(past.states_ahead for past in self.pasts))
        met = self.found.bad.states.union(*(past.bad_states for past in self.pasts))
        met |= {
            target
            for n in self.found.sources.values()
            if n in self.reach
            for _, edge, target in self.graph.edges.choices(n)
            if edge in self.found.bad.edges
        }

        def kind(number: int) -> int:
            if number in met:
                return BAD
            ahead = outlook.of(number)
            if ahead.steps is not None or number in later:
                return AHEAD
            return SAFE if ahead.known == "never" else UNKNOWN

        return tuple(bytes(map(kind, level)) for level in self._levels)

    @cached_property
    def _levels(self) -> list[list[int]]:
        return [list(level) for level in self.reach.levels()]

    def cell_of(self, number: int) -> tuple[int, int]:
        """Return level and place of a state on the depth map."""
        depth = self.reach.depths[number]
        return depth, self._levels[depth].index(number)

    def warm(self) -> None:
        """Work out what takes long, in the thread that calls."""
        self.look_for("steps")
        _ = self.classes


def _merged(examples: Iterable[Example]) -> list[Example]:
    """Return the examples, those of one place by one schedule as one."""
    found: dict[tuple[Place, tuple[str, ...]], Example] = {}
    for one in examples:
        same = found.get((one.place, one.keys))
        found[one.place, one.keys] = (
            one if same is None else replace(same, broken=(*same.broken, *one.broken))
        )
    return list(found.values())


def _is_of(breach: Breach, broken: Broken) -> bool:
    return breach.property == broken.verdict.property


def matching(found: Found, text: str) -> Callable[[State], bool]:
    """Return the question whether an expression holds in a state. Raises LessonError with the reason."""
    question = found.question(text)
    return lambda state: bool(question.ask(state))


def last_context(keys: Sequence[str]) -> str:
    """Return the key of the context that ran last, "" if none did."""
    return next((key for key in reversed(keys) if is_context(key)), "")
