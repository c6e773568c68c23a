"""One scenario in a process of its own: `python -m tests.bench.one S3 ok 6 [first] [symmetry]`.

With "first" the search ends at the first state that breaks something, else it goes through all of them. Prints the
verdict, the states, the transitions, and the most memory that the process had, in MiB.
"""

import gc
import resource
import sys

from ktwviz.checker.explore import explore
from ktwviz.machine.machine import State
from tests.bench.scenarios import build

ENOUGH = 5_000_000


class Found(Exception):
    """The first state that breaks something."""


def run(name: str, variant: str, producers: int, *, first: bool, symmetry: bool) -> tuple[str, int, int]:
    """Return "holds" or "broken", the states and the transitions; 0 and 0 where the first bad state ended it."""
    scenario = build(name, variant, producers)
    machine = scenario.machine
    if symmetry:
        from ktwviz.checker.symmetry.reduced import Reduced  # noqa: PLC0415  # nobody else waits for it

        machine = Reduced(machine)
    codes = [(context.slot, machine.automata[context.number].states) for context in machine.contexts]

    def dead(state: State) -> bool:
        return any(states[state[slot]].dead for slot, states in codes)

    def goes_on(state: State) -> bool:
        if dead(state) or (not scenario.ends_well(state) and not machine.successors(state)):
            raise Found
        return True

    try:
        graph = (
            explore(machine, most_states=ENOUGH, goes_on=goes_on)
            if first
            else explore(machine, most_states=ENOUGH)
        )
    except Found:
        return "broken", 0, 0
    bad = any(
        dead(graph.states[number]) or not scenario.ends_well(graph.states[number]) for number in graph.ends
    )
    bad = bad or any(dead(state) for state in graph.states) if name != "S3" else bad
    return "broken" if bad else "holds", len(graph.states), graph.transitions


def main(arguments: list[str]) -> None:
    """Run one scenario."""
    # A search makes no garbage in circles, and a collector that looks for some costs a fifth of its time.
    gc.disable()
    words = {"first", "symmetry"} & set(arguments)
    name, variant, *number = [word for word in arguments if word not in words]
    verdict, states, transitions = run(
        name, variant, int(number[0]) if number else 1, first="first" in words, symmetry="symmetry" in words
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(verdict, states, transitions, peak)


if __name__ == "__main__":
    main(sys.argv[1:])
