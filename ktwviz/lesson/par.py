"""The fewest steps in which a lesson's goal can be reached: a search, breadth first, that can be done in slices."""

from __future__ import annotations

from collections.abc import Generator

from ktwviz.lesson.scenario import Scenario
from ktwviz.values import dataclass

MOST_STATES = 300_000
_SLICE = 100


@dataclass(frozen=True)
class Par:
    """The fewest steps to the goal, None where no way was found; `complete` says that every state was seen then."""

    steps: int | None
    complete: bool = True


def fewest_steps(scenario: Scenario, most_states: int = MOST_STATES) -> Generator[int, None, Par]:
    """Search for the goal of the scenario's lesson; yield the number of states found, now and then.

    The search ends at `most_states`; the same limit as that of the lesson's check holds without it.
    """
    goal = scenario.lesson.goal
    if goal is None:
        return Par(None, complete=False)
    reached = scenario.question(goal.reach, goal.line).holds
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
                return Par(steps)
            if number % _SLICE == 0:
                yield len(seen)
        level = following
    return Par(None, complete=not level)
