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

Todo = tuple[tuple[Any, ...], ...]
Moment = dict[str, Any]

DEAD = ("dead",)
LONGEST_BUFFER = 4


# As atomic steps --------------------------------------------------------------------------------------------------


def steps(body: Body, fresh: Iterator[int]) -> Todo:
    """Return what a body has to do, step by step. The second part of each is its place: no two are the same."""
    return tuple(step for statement in body for step in _steps(statement, fresh))


def _steps(statement: Statement, fresh: Iterator[int]) -> Todo:
    place = next(fresh)
    got = f"got{place}"
    match statement:
        case ("copy", word, between, target, more):
            done = ("store", place, target, ("sum", got, more))
            return ("load", place, got, word), *steps(between, fresh), done
        case ("add", word):
            return ("load", place, got, word), ("store", place, word, ("sum", got, 1))
        case ("if", word, yes, no):
            return ("load", place, got, word), ("branch", got, steps(yes, fresh), steps(no, fresh))
        case ("twice", body):
            return (*steps(body, fresh), *steps(body, fresh))
        case ("locked", how, lock, body):
            return (
                ("lock", place, how, lock, got),
                *steps(body, fresh),
                ("unlock", place, how, lock, got if how == "_irqsave" else 0),
            )
        case ("if locked", lock, body):
            taken = (*steps(body, fresh), ("unlock", place, "", lock, 0))
            return ("try", place, lock, got), ("branch", got, taken, ())
        case ("lock", lock) | ("unlock", lock):
            return ((statement[0], place, "", lock, 0),)
        case ("irqs off", body):
            return ("save", place, got), *steps(body, fresh), ("restore", place, got)
        case ("bug if", word):
            return ("load", place, got, word), ("branch", got, (("bug", place),), ())
    return ((statement[0], place, *statement[1:]),)


def bound(left: Any, register: str, value: Any) -> Any:
    """Return what is left to do once a register has its value."""
    if left == register:
        return value
    return tuple(bound(part, register, value) for part in left) if isinstance(left, tuple) else left


def decided(todo: Todo) -> Todo:
    """Take the branches that need no further step."""
    while todo and todo[0][0] == "branch":
        _, value, yes, no = todo[0]
        todo = (*(yes if value else no), *todo[1:])
    return todo


class MayNot(Exception):
    """The context may not take its step now."""


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
    """Runs a program on dictionaries."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.buffered = program.memory == "tso"
        self.actors = {actor.name: actor for actor in program.actors}
        self.bodies = {actor.name: steps(actor.body, count()) for actor in program.actors}
        drains = ["drain 0", "drain 1"] if self.buffered else []
        self.choices = [*self.actors, *drains]

    def start(self) -> Moment:
        """Return the first moment."""
        moment: Moment = dict.fromkeys([*WORDS, "all_done"], 0) | dict.fromkeys(LOCKS)
        for cpu in (0, 1):
            moment |= {f"irqs_off{cpu}": 0, f"preempt{cpu}": 0, f"pinned{cpu}": None, f"buffer{cpu}": ()}
        for actor in self.program.actors:
            if actor.kind == "task":
                moment |= {f"{actor.name}.state": 0, f"{actor.name}.on_rq": 1}
                moment[actor.name] = decided(self.bodies[actor.name])
            else:
                moment |= {f"{actor.name}.left": actor.times, actor.name: None}
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
        new = dict(moment)
        heard: list[str] = []
        try:
            if name.startswith("drain"):
                self.drain_one(new, int(name[-1]))
            else:
                self.advance(new, self.actors[name], heard)
        except MayNot:
            return None
        return new, heard

    # Who may run --------------------------------------------------------------------------------------------------

    def interrupt_on(self, moment: Moment, cpu: int) -> str | None:
        """Return the interrupt that is active on a CPU."""
        return next(
            (a.name for a in self.actors.values() if a.kind == "irq" and a.cpu == cpu and moment[a.name]),
            None,
        )

    def advance(self, moment: Moment, actor: Actor, heard: list[str]) -> None:
        todo = moment[actor.name]
        above = self.interrupt_on(moment, actor.cpu)
        if todo == () or (todo and todo[0] == DEAD) or above not in (None, actor.name):
            raise MayNot
        if todo is None:
            self.enter(moment, actor)
            return
        if actor.kind == "task" and not (
            moment[f"{actor.name}.on_rq"] and moment[f"pinned{actor.cpu}"] in (None, actor.name)
        ):
            raise MayNot
        moment[actor.name] = decided(self.act(moment, actor, todo, heard))
        if not moment[actor.name]:
            self.finish(moment, actor, heard)

    def enter(self, moment: Moment, actor: Actor) -> None:
        if moment[f"irqs_off{actor.cpu}"] or not moment[f"{actor.name}.left"]:
            raise MayNot
        moment[f"{actor.name}.left"] -= 1
        moment[f"irqs_off{actor.cpu}"] = 1
        moment[actor.name] = decided(self.bodies[actor.name])

    def finish(self, moment: Moment, actor: Actor, heard: list[str]) -> None:
        if actor.kind == "irq":
            moment[actor.name] = None
            moment[f"irqs_off{actor.cpu}"] = 0
            return
        if moment[f"preempt{actor.cpu}"]:
            heard.append("warning")
        moment[f"pinned{actor.cpu}"] = None

    def die(self, moment: Moment, actor: Actor, todo: Todo, heard: list[str]) -> Todo:
        heard.append("oops")
        if actor.kind == "task":
            moment |= {f"irqs_off{actor.cpu}": 0, f"preempt{actor.cpu}": 0, f"pinned{actor.cpu}": None}
        return (DEAD, *todo)

    # Steps --------------------------------------------------------------------------------------------------------

    def act(self, moment: Moment, actor: Actor, todo: Todo, heard: list[str]) -> Todo:
        """Take the first step of `todo`; return what is left."""
        (kind, _, *operands), rest = todo[0], todo[1:]
        cpu = actor.cpu
        match kind, *operands:
            case "load", register, word:
                return bound(rest, register, self.seen(moment, cpu, word))  # type: ignore[no-any-return]
            case "store", word, value:
                number = value[1] + value[2] if isinstance(value, tuple) else value
                self.put(moment, cpu, word, number)
            case "until", word:
                return rest if self.seen(moment, cpu, word) else (("resched", 0, todo[0]), *rest)
            case "resched", again:
                return (again, *rest)
            case "quietly", state:
                self.put(moment, cpu, f"{actor.name}.state", state)
            case "bug", *_:
                return self.die(moment, actor, todo, heard)
            case "save", register:
                rest = bound(rest, register, moment[f"irqs_off{cpu}"])
                moment[f"irqs_off{cpu}"] = 1
                self.pin(moment, actor)
            case "restore", value:
                moment[f"irqs_off{cpu}"] = value
                self.pin(moment, actor)
            case "unlock", how, lock, flags:
                self.unlock(moment, actor, how, lock, flags, heard)
            case _:
                self.drain(moment, cpu)
                return self.act_in_order(moment, actor, todo, heard)
        return rest

    def act_in_order(self, moment: Moment, actor: Actor, todo: Todo, heard: list[str]) -> Todo:
        """Take a step before which all earlier stores of the CPU have reached memory."""
        (kind, place, *operands), rest = todo[0], todo[1:]
        cpu, me = actor.cpu, actor.name
        match kind, *operands:
            case "lock", how, lock, register:
                rest = bound(rest, register, moment[f"irqs_off{cpu}"]) if register else rest
                self.preempt(moment, actor, +1, 1 if how else None)
                if moment[lock] is not None:
                    return (("spin", place, lock), *rest)
                moment[lock] = me
            case "spin", lock:
                self.must(moment[lock] is None)
                moment[lock] = me
            case "try", lock, register:
                free = moment[lock] is None
                if free:
                    moment[lock] = me
                    self.preempt(moment, actor, +1, None)
                return bound(rest, register, free)  # type: ignore[no-any-return]
            case ("complete",):
                moment["all_done"] += 1
            case ("await",):
                self.must(moment["all_done"] > 0)
                moment["all_done"] -= 1
            case "about to", state:
                moment[f"{me}.state"] = state
            case ("schedule",):
                if actor.kind == "irq":
                    return self.die(moment, actor, todo, heard)
                self.schedule(moment, actor, heard)
            case "wake", task:
                if moment[f"{task}.state"]:
                    moment |= {f"{task}.state": 0, f"{task}.on_rq": 1}
            case ("barrier",):
                pass
            case _:
                raise AssertionError(kind)
        return rest

    def must(self, condition: bool) -> None:
        if not condition:
            raise MayNot

    def schedule(self, moment: Moment, actor: Actor, heard: list[str]) -> None:
        if moment[f"{actor.name}.state"]:
            if moment[f"preempt{actor.cpu}"]:
                heard.append("warning")
            moment |= {f"{actor.name}.on_rq": 0, f"pinned{actor.cpu}": None}

    def unlock(self, moment: Moment, actor: Actor, how: str, lock: str, flags: int, heard: list[str]) -> None:
        if self.seen(moment, actor.cpu, lock) != actor.name:
            heard.append("warning")
        self.put(moment, actor.cpu, lock, None)
        self.preempt(moment, actor, -1, flags if how else None)

    def preempt(self, moment: Moment, actor: Actor, change: int, irqs_off: int | None) -> None:
        moment[f"preempt{actor.cpu}"] += change
        if irqs_off is not None:
            moment[f"irqs_off{actor.cpu}"] = int(irqs_off)
        self.pin(moment, actor)

    def pin(self, moment: Moment, actor: Actor) -> None:
        if actor.kind == "task":
            held = moment[f"preempt{actor.cpu}"] or moment[f"irqs_off{actor.cpu}"]
            moment[f"pinned{actor.cpu}"] = actor.name if held else None

    # Memory -------------------------------------------------------------------------------------------------------

    def seen(self, moment: Moment, cpu: int, word: str) -> Any:
        for waiting, value in reversed(moment[f"buffer{cpu}"]):
            if waiting == word:
                return value
        return moment[word]

    def put(self, moment: Moment, cpu: int, word: str, value: Any) -> None:
        if not self.buffered:
            moment[word] = value
            return
        self.must(len(moment[f"buffer{cpu}"]) < LONGEST_BUFFER)
        moment[f"buffer{cpu}"] += ((word, value),)

    def drain_one(self, moment: Moment, cpu: int) -> None:
        self.must(moment[f"buffer{cpu}"] != ())
        (word, value), *left = moment[f"buffer{cpu}"]
        moment |= {word: value, f"buffer{cpu}": tuple(left)}

    def drain(self, moment: Moment, cpu: int) -> None:
        while moment[f"buffer{cpu}"]:
            self.drain_one(moment, cpu)

    # Dead ends ----------------------------------------------------------------------------------------------------

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

    def hangs(self, moment: Moment) -> bool:
        """Tell of an end whether somebody is stuck there: not at its end, not dead, not asleep."""
        return any(
            moment[name] and moment[name][0] != DEAD and moment.get(f"{name}.on_rq", 1)
            for name in self.actors
        )
