"""The fewest steps in which a lesson's goal can be reached: a search, breadth first, that can be done in slices."""

from collections.abc import Callable, Generator

from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.machine import State

MOST_STATES = 300_000
_SLICE = 100


def fewest_steps(scenario: Scenario, most_states: int = MOST_STATES) -> Generator[int, None, int | None]:
    """Search for the goal of the scenario's lesson; yield the number of states found, now and then.

    What the generator returns is the number of steps; None where the goal cannot be reached, or was not within
    `most_states`. The same limit as that of the lesson's check holds without it.
    """
    goal = scenario.lesson.goal
    if goal is None:
        return None
    reached: Callable[[State], object] = scenario.question(goal.reach, goal.line).ask
    level = [scenario.machine.initial]
    seen = set(level)
    steps = 0
    while level and len(seen) <= most_states:
        steps += 1
        following = []
        for number, state in enumerate(level):
            for _, after in scenario.machine.successors(state):
                if after not in seen:
                    seen.add(after)
                    following.append(after)
            if number % _SLICE == 0:
                yield len(seen)
        for number, state in enumerate(following):
            if reached(state):
                return steps
            if number % _SLICE == 0:
                yield len(seen)
        level = following
    return None
