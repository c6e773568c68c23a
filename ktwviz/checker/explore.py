"""Goes through every interleaving of a machine, breadth first, over the machine's own steps.

What comes out is the whole graph of states. A verdict is taken from it in `verdicts.py`; where a bound was met, the
graph is only a part, and says which bound.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ktwviz.machine.machine import Enabled, Machine, State

MOST_STATES = 1_000_000
_LOOK_UP = 2048


@dataclass
class Graph:
    """The states found, in breadth-first order, and the step by which each was found first.

    `parents[n]` and `through[n]` belong to `states[n]`; the initial state is its own parent. `ends` are the numbers
    of the states from which no step leads on. `bound` is empty if the graph is complete, else what stopped it.
    """

    machine: Machine
    states: list[State]
    parents: list[int]
    through: list[Enabled | None]
    ends: list[int] = field(default_factory=list)
    transitions: int = 0
    bound: str = ""

    @property
    def complete(self) -> bool:
        """Whether every state that can be reached was found, and all that follows each of them."""
        return not self.bound

    def number(self, state: State) -> int:
        """Return the number of a state that was found."""
        return self.states.index(state)

    def schedule_to(self, number: int) -> tuple[str, ...]:
        """Return the keys that lead to a state, as few as possible."""
        keys = []
        while number:
            step = self.through[number]
            assert step is not None
            keys.append(step.choice)
            number = self.parents[number]
        return tuple(reversed(keys))


OnStep = Callable[[int, State, Enabled], None]
"""Told of every transition: the number of the state it starts in, that state, and the step."""


def explore(
    machine: Machine,
    *,
    most_states: int = MOST_STATES,
    on_step: OnStep | None = None,
    goes_on: Callable[[State], bool] = lambda state: True,
    interrupted: Callable[[int], str] = lambda states: "",
) -> Graph:
    """Return the graph of all interleavings.

    `interrupted` is asked now and then, with the number of states found; what it returns, if not empty, is the bound
    that ends the search ("60 seconds", "Ctrl-C"). Everything else depends on the machine alone: the same machine
    gives the same graph, in the same order. A state for which `goes_on` says no is kept, and not followed further.
    """
    graph = Graph(machine, [machine.initial], [0], [None])
    states, parents, through = graph.states, graph.parents, graph.through
    numbers = {machine.initial: 0}
    successors = machine.successors
    # the list grows while it is walked: that is the queue of a breadth-first search
    for number, state in enumerate(states):
        if not goes_on(state):
            continue
        steps = successors(state)
        if not steps:
            graph.ends.append(number)
        graph.transitions += len(steps)
        for step, following in steps:
            if on_step is not None:
                on_step(number, state, step)
            if following not in numbers:
                numbers[following] = len(states)
                states.append(following)
                parents.append(number)
                through.append(step)
        if len(states) > most_states:
            graph.bound = f"{most_states:,} states"
            break
        if number % _LOOK_UP == 0:
            graph.bound = interrupted(len(states))
            if graph.bound:
                break
    return graph
