"""Goes through every interleaving of a machine, breadth first, over the machine's own steps.

What comes out is the whole graph of states. A verdict is taken from it in `verdicts.py`; where a bound was met, the
graph is only a part, and says which bound. So is one in which a run needs more objects than the scenario has room for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

from ktwviz.checker.wording import describe
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.values import dataclass, field

MOST_STATES = 1_000_000
_LOOK_UP = 256
"""Every so many states the bounds are looked at: a single step of hostile code takes some milliseconds."""


class Edges:
    """Every transition, compactly: 4 bytes for where it leads, 1 for its choice, and 4 more for each state.

    The transitions out of state n are numbered `starts[n]` up to `starts[n + 1]`, in the order of the machine's
    successors. Only states that were followed have some; the others have an empty range, or lie beyond `starts`.
    `through[n]` is the place in `keys` of the choice that transition n takes.
    """

    def __init__(self) -> None:
        self.starts = array("I", [0])
        self.targets = array("I")
        self.through = bytearray()
        self._keys: dict[str, int] = {}

    def add(self, steps: list[tuple[Enabled, State]], targets: list[int]) -> None:
        """Add all transitions out of the next state."""
        self.put([step.choice for step, _ in steps], targets)

    def put(self, keys: list[str], targets: list[int]) -> None:
        """Add all transitions out of the next state, by the keys of their choices."""
        known = self._keys
        for key in keys:
            self.through.append(known.setdefault(key, len(known)))
        self.targets.extend(targets)
        self.starts.append(len(self.targets))

    def out(self, number: int) -> range:
        """Return the numbers of the transitions that lead out of a state."""
        starts = self.starts
        return range(starts[number], starts[number + 1]) if number + 1 < len(starts) else range(0)

    def choices(self, number: int) -> Iterator[tuple[str, int, int]]:
        """Yield (key, number of the transition, number of the state it leads to) for each step out of a state."""
        keys = self.keys
        for edge in self.out(number):
            yield keys[self.through[edge]], edge, self.targets[edge]

    @property
    def keys(self) -> tuple[str, ...]:
        """All choices that were ever taken, in the order in which they came up."""
        return tuple(self._keys)


@dataclass
class Graph:
    """The states found, in breadth-first order, and the step by which each was found first.

    `parents[n]` and `through[n]` belong to `states[n]`; the initial state is its own parent. `ends` are the numbers
    of the states from which no step leads on, `cut` those of the states that were kept and not followed further.
    `followed` counts the states whose steps are known: they are the first ones. `bound` is empty if the graph is
    complete, else what stopped it.
    """

    machine: Machine
    states: list[State]
    parents: array[int]
    through: list[Enabled | None]
    numbers: dict[State, int]
    ends: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    transitions: int = 0
    followed: int = 0
    bound: str = ""
    kept: Edges | None = None
    _forms: dict[State, int] = field(default_factory=dict, repr=False)
    _formed: int = 0

    @property
    def complete(self) -> bool:
        """Whether every state that can be reached was found, and all that follows each of them."""
        return not self.bound

    def find(self, state: State) -> int | None:
        """Return the number of a state, or of the one that stands for it; None where it was not found.

        A state that was come to with another date is looked for by its canonical form. Those of the graph need not
        have theirs: time is made relative, and what is past forgotten, at a tick and not at the steps after it.
        """
        number = self.numbers.get(state)
        if number is not None:
            return number
        canonical = self.machine.canonical(state)
        number = self.numbers.get(canonical)
        return self._standing.get(canonical) if number is None else number

    @property
    def _standing(self) -> dict[State, int]:
        """The nearest state of the graph for each canonical form, of all the states found by now."""
        for number in range(self._formed, len(self.states)):
            self._forms.setdefault(self.machine.canonical(self.states[number]), number)
        self._formed = len(self.states)
        return self._forms

    def number(self, state: State) -> int:
        """Return the number of a state that was found, or of the one that stands for it; raises KeyError."""
        number = self.find(state)
        if number is None:
            raise KeyError(state)
        return number

    def schedule_to(self, number: int) -> tuple[str, ...]:
        """Return the keys that lead to a state, as few as possible."""
        keys = []
        while number:
            step = self.through[number]
            assert step is not None
            keys.append(step.choice)
            number = self.parents[number]
        return tuple(reversed(keys))

    def steps(self) -> Iterator[tuple[int, list[tuple[Enabled, State]]]]:
        """Yield each state that was followed, by number, with the steps out of it; in the order of `edges`."""
        cut = set(self.cut)
        for number in range(self.followed):
            yield number, [] if number in cut else self.machine.successors(self.states[number])

    @property
    def edges(self) -> Edges:
        """All transitions; where the search did not keep them, they are worked out now, once."""
        if self.kept is None:
            self.kept = Edges()
            for _, steps in self.steps():
                self.kept.add(steps, [self.numbers[following] for _, following in steps])
        return self.kept


OnStep = Callable[[int, State, Enabled], None]
"""Told of every transition: the number of the state it starts in, that state, and the step."""


class Enough(Exception):
    """Ends a search; its text is the bound. Raised by `goes_on` it does so before that state is followed."""


def explore(
    machine: Machine,
    *,
    most_states: int = MOST_STATES,
    most_steps: int | None = None,
    on_step: OnStep | None = None,
    on_end: Callable[[State], None] = lambda state: None,
    goes_on: Callable[[State], bool] = lambda state: True,
    interrupted: Callable[[int], str] = lambda states: "",
    keep_edges: bool = False,
) -> Graph:
    """Return the graph of all interleavings.

    `interrupted` is asked now and then, with the number of states found; what it returns, if not empty, is the bound
    that ends the search ("60 seconds", "Ctrl-C"). Everything else depends on the machine alone: the same machine
    gives the same graph, in the same order. A state for which `goes_on` says no is kept, and not followed further.
    States that are `most_steps` away are found, shown to `goes_on`, and not followed. `on_end` is told of every state
    that is followed and leads nowhere.
    With `keep_edges` the transitions are kept as they are found, which is cheaper than to ask for `edges` later.
    """
    graph = Graph(machine, [machine.initial], array("I", [0]), [None], {machine.initial: 0})
    graph.kept = Edges() if keep_edges else None
    try:
        _walk(
            graph,
            depth=_Depth(most_steps),
            most_states=most_states,
            on_step=on_step,
            on_end=on_end,
            goes_on=_while_the_clock_goes(machine, goes_on),
            interrupted=interrupted,
        )
    except Enough as enough:
        graph.bound = str(enough)
    graph.bound = graph.bound or _end_of_time(graph)
    return graph


def _walk(
    graph: Graph,
    *,
    depth: _Depth,
    most_states: int,
    on_step: OnStep | None,
    on_end: Callable[[State], None],
    goes_on: Callable[[State], bool],
    interrupted: Callable[[int], str],
) -> None:
    """Add all states to the graph, breadth first; raises Enough where a bound ends that.

    A limit of the scenario ends nothing: it becomes the graph's bound.
    """
    machine, states, parents, through = graph.machine, graph.states, graph.parents, graph.through
    keep = graph.kept.add if graph.kept is not None else lambda steps, targets: None
    successors, number_of = machine.successors, graph.numbers.setdefault
    found, transitions = len(states), 0
    try:
        # the list grows while it is walked: that is the queue of a breadth-first search
        for number, state in enumerate(states):
            if number == depth.next:
                depth.go_deeper(states, goes_on)
            steps = successors(state) if goes_on(state) else None
            if not steps:
                (graph.cut if steps is None else graph.ends).append(number)
                steps = _none_from(state, steps, on_end)
            transitions += len(steps)
            targets = []
            for step, following in steps:
                if on_step is not None:
                    on_step(number, state, step)
                if step.events and not graph.bound:
                    graph.bound = _limit(machine, state, step)
                target = number_of(following, found)
                if target == found:
                    found += 1
                    states.append(following)
                    parents.append(number)
                    through.append(step)
                targets.append(target)
            keep(steps, targets)
            graph.followed = number + 1
            if found > most_states or number % _LOOK_UP == 0:
                _look_up(found, most_states, interrupted)
    finally:
        graph.transitions = transitions


def _while_the_clock_goes(machine: Machine, goes_on: Callable[[State], bool]) -> Callable[[State], bool]:
    """Return what follows no state in which the clock would stop though somebody may be able to tell."""
    if not machine.unsure_of_time:
        return goes_on
    return lambda state: goes_on(state) and not machine.clock_gives_up(state)


def _none_from(
    state: State, steps: list[tuple[Enabled, State]] | None, on_end: Callable[[State], None]
) -> list[tuple[Enabled, State]]:
    """Tell of an end, which a state is that was followed; return that there are no steps."""
    if steps is not None:
        on_end(state)
    return []


def _end_of_time(graph: Graph) -> str:
    """Return the bound that is met where the clock would stop too early."""
    machine = graph.machine
    ended = bool(machine.unsure_of_time) and any(machine.clock_gives_up(graph.states[n]) for n in graph.cut)
    return machine.unsure_of_time if ended else ""


def _limit(machine: Machine, state: State, step: Enabled) -> str:
    """Return the bound that a step meets if it asks for more than the scenario has: what would follow is not known."""
    if not any(event.kind == "limit" for event in step.events):
        return ""
    text = next(event.text for event in describe(machine, state, step).events if event.kind == "limit")
    return f"a limit of the scenario ({text})"


class _Depth:
    """How many steps away the states are that are followed; `next` is the number of the first one further away."""

    def __init__(self, most: int | None) -> None:
        self.steps = -1
        self.next = 0 if most is not None else -1
        self._most = most

    def go_deeper(self, states: list[State], goes_on: Callable[[State], bool]) -> None:
        """Take up the states one step further, all of which were found by now.

        Raises Enough where those are too far to be followed, after `goes_on` has seen them.
        """
        self.steps += 1
        if self.steps == self._most:
            for state in states[self.next :]:
                goes_on(state)
            raise Enough(f"{self._most:,} {'step' if self._most == 1 else 'steps'}")
        self.next = len(states)


def _look_up(found: int, most_states: int, interrupted: Callable[[int], str]) -> None:
    """Raise Enough where a bound is met."""
    bound = f"{most_states:,} states" if found > most_states else interrupted(found)
    if bound:
        raise Enough(bound)
