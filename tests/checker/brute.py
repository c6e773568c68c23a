"""A second simulated computer, as plain as can be, to compare the real one with: programs run on dictionaries.

What a context still has to do is the rest of its program itself, with the values that it has read put in. So two
moments are the same if the same is left to do, and no automaton, no liveness analysis, no decision tree and no
generator has a part in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.checker.programs import LOCKS, WORDS, Actor, Body, Program, Statement
from tests.checker.turn import DEAD, MayNot, Memory, Moment, Todo, Turn, must

# Programs as atomic steps -----------------------------------------------------------------------------------------


def steps(body: Body, fresh: Iterator[int]) -> Todo:
    """Return what a body has to do, step by step. The second part of each is its place: no two are the same."""
    return tuple(step for statement in body for step in _steps(statement, fresh))


_ALONE = {"lock": (None, False), "unlock": (None,)}
"""What a lock taken or let go by itself leaves alone: flags, and interrupts."""


def _steps(statement: Statement, fresh: Iterator[int]) -> Todo:
    place = next(fresh)
    got = f"got{place}"
    made: Todo = ((statement[0], place, *statement[1:], *_ALONE.get(statement[0], ())),)
    match statement:
        case ("copy", word, between, target, more):
            store = ("store", place, target, ("sum", got, more))
            made = ("load", place, got, word), *steps(between, fresh), store
        case ("add", word):
            made = ("load", place, got, word), ("store", place, word, ("sum", got, 1))
        case ("if", word, yes, no):
            made = ("load", place, got, word), ("branch", got, steps(yes, fresh), steps(no, fresh))
        case ("twice", body):
            made = (*steps(body, fresh), *steps(body, fresh))
        case ("locked" | "locked irq" | "locked irqsave" as how, lock, body):
            flags = {"locked": None, "locked irq": 0, "locked irqsave": got}[how]
            taken = ("lock", place, lock, got, how != "locked")
            made = taken, *steps(body, fresh), ("unlock", place, lock, flags)
        case ("if locked", lock, body):
            inner = (*steps(body, fresh), ("unlock", place, lock, None))
            made = ("try", place, lock, got), ("branch", got, inner, ())
        case ("irqs off", body):
            made = ("save", place, got), *steps(body, fresh), ("restore", place, got)
        case ("bug if", word):
            made = ("load", place, got, word), ("branch", got, (("bug", place),), ())
    return made


def decided(todo: Todo) -> Todo:
    """Take the branches that need no further step."""
    while todo and todo[0][0] == "branch":
        _, value, yes, no = todo[0]
        todo = (*(yes if value else no), *todo[1:])
    return todo


# All steps --------------------------------------------------------------------------------------------------------


@dataclass
class Everything:
    """All moments of a program, numbered in the order in which they were found; number 0 is the first.

    `depths` says how many steps a moment needs at least, `following` where each choice leads, `complaints` how many
    steps the first complaint of each kind needs.
    """

    moments: list[Moment] = field(default_factory=list)
    numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)
    depths: list[int] = field(default_factory=list)
    following: list[dict[str, int]] = field(default_factory=list)
    complaints: dict[str, int] = field(default_factory=dict)

    def number(self, moment: Moment, depth: int) -> int:
        """Return the number of a moment, a new one if it was never met before."""
        # all moments have the same names in the same order
        key = tuple(moment.values())
        if key not in self.numbers:
            self.numbers[key] = len(self.moments)
            self.moments.append(moment)
            self.depths.append(depth)
        return self.numbers[key]

    @property
    def ends(self) -> list[int]:
        """The moments that nothing follows."""
        return [number for number, choices in enumerate(self.following) if not choices]

    def nearest(self, chosen: Iterable[int]) -> int | None:
        """Return how many steps the nearest of the chosen moments needs; None if there is none."""
        return min((self.depths[number] for number in chosen), default=None)


class Naive:
    """Runs a program. A choice is the name of a context, "drain 0" or "drain 1"."""

    def __init__(self, program: Program) -> None:
        self.actors = {actor.name: actor for actor in program.actors}
        self.bodies = {actor.name: steps(actor.body, count()) for actor in program.actors}
        self.buffered = program.memory == "tso"
        self.choices = [*self.actors, *(["drain 0", "drain 1"] if self.buffered else [])]

    def start(self) -> Moment:
        """Return the first moment."""
        moment: Moment = dict.fromkeys([*WORDS, "all_done"], 0) | dict.fromkeys(LOCKS)
        for cpu in (0, 1):
            moment |= {f"irqs_off{cpu}": 0, f"preempt{cpu}": 0, f"pinned{cpu}": None, f"buffer{cpu}": ()}
            moment |= {f"irq_preempt{cpu}": 0}
        for name, actor in self.actors.items():
            if actor.kind == "task":
                moment |= {f"{name}.state": 0, f"{name}.on_rq": 1, name: decided(self.bodies[name])}
            else:
                moment |= {f"{name}.left": actor.times, name: None}
        return moment

    def everything(self, most: int) -> Everything | None:
        """Return all that can happen; None if that is more than `most` moments."""
        found = Everything()
        found.number(self.start(), 0)
        for moment, depth in zip(found.moments, found.depths, strict=True):  # they grow while they are walked
            choices: dict[str, int] = {}
            for name in self.choices:
                outcome = self.outcome(moment, name)
                if outcome is not None:
                    choices[name] = found.number(outcome[0], depth + 1)
                    for complaint in outcome[1]:
                        found.complaints.setdefault(complaint, depth + 1)
            found.following.append(choices)
            if len(found.moments) > most:
                return None
        return found

    def outcome(self, moment: Moment, name: str) -> tuple[Moment, list[str]] | None:
        """Return the moment after a choice, and the kinds of complaints; None where it may not be taken."""
        memory = Memory(moment, buffered=self.buffered)
        try:
            if name.startswith("drain"):
                memory.drain_one(int(name[-1]))
                return memory.moment, []
            return memory.moment, self.advance(memory, self.actors[name])
        except MayNot:
            return None

    def advance(self, memory: Memory, actor: Actor) -> list[str]:
        """Let a context take a step, if its CPU is free for it; return what was heard."""
        moment, name, cpu = memory.moment, actor.name, actor.cpu
        todo = moment[name]
        must(todo is None or (bool(todo) and todo[0] != DEAD))
        must(self.interrupt_on(moment, cpu) in (None, name))
        if todo is None:
            must(not moment[f"irqs_off{cpu}"] and moment[f"{name}.left"] > 0)
            memory.drain(cpu)
            moment |= {f"{name}.left": moment[f"{name}.left"] - 1, f"irqs_off{cpu}": 1}
            moment[name] = decided(self.bodies[name])
            return []
        if actor.kind == "task":
            must(moment[f"{name}.on_rq"] and moment[f"pinned{cpu}"] in (None, name))
        turn = Turn(memory, actor)
        turn.take(todo)
        moment[name] = decided(turn.rest)
        if not moment[name]:
            turn.finish()
        return turn.heard

    # Dead ends

    def interrupt_on(self, moment: Moment, cpu: int) -> str | None:
        """Return the interrupt that is active on a CPU."""
        active = [a.name for a in self.actors.values() if a.kind == "irq" and a.cpu == cpu and moment[a.name]]
        return active[0] if active else None

    def waits_for(self, moment: Moment, name: str) -> str | None:
        """Return who has to go on before a context can: the holder of its lock, the interrupt that it lies under."""
        todo = moment[name]
        if not todo or todo[0] == DEAD:
            return None
        if todo[0][0] == "spin":
            holder: str | None = moment[todo[0][2]]
            return holder
        above = self.interrupt_on(moment, self.actors[name].cpu)
        return above if above != name and moment.get(f"{name}.on_rq", 1) else None

    def deadlocked(self, moment: Moment) -> bool:
        """Tell whether some wait for each other in a circle."""
        for start in self.actors:
            here = self.waits_for(moment, start)
            for _ in self.actors:
                if here == start:
                    return True
                here = self.waits_for(moment, here) if here else None
        return False

    def stuck(self, moment: Moment, name: str) -> bool:
        """Tell whether a context, if it cannot step, should: it is not at its end, not dead, not asleep."""
        return moment[name] and moment[name][0] != DEAD and moment.get(f"{name}.on_rq", 1)  # type: ignore[no-any-return]

    def hangs(self, moment: Moment) -> bool:
        """Tell of an end whether somebody is stuck there."""
        return any(self.stuck(moment, name) for name in self.actors)

    def hangs_for_good(self, found: Everything) -> bool:
        """Tell whether somebody can come to where no step of his is possible any more, whatever the others do."""
        before: list[list[int]] = [[] for _ in found.moments]
        for number, choices in enumerate(found.following):
            for target in choices.values():
                before[target].append(number)
        for name in self.actors:
            free = {number for number, choices in enumerate(found.following) if name in choices}
            waiting = list(free)
            while waiting:
                new = set(before[waiting.pop()]) - free
                free |= new
                waiting += new
            if any(number not in free and self.stuck(at, name) for number, at in enumerate(found.moments)):
                return True
        return False
