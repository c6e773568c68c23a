"""The automata do what the generators do, effect by effect, whatever the program and the schedule."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktwviz.machine.automaton import Automaton
from ktwviz.machine.build import MemoryOrder
from ktwviz.machine.machine import DRAINS, Machine
from tests.machine.helpers import build, explore
from tests.machine.live import Live, seen

OBJECTS = """
class Box(Struct):
    x: int
    y: int
    f: object
    next: object
    lock: Embedded[Spinlock]
a = Box()
b = Box()
def link(box, other, fn):
    box.x = 1
    box.next = other
    box.f = fn
link(a, b, twice)
link(b, a, twice)
def twice(v):
    return v * 2
"""
FIELDS = ("a.x", "a.y", "b.x", "b.y", "a.next.x", "b.next.y")
TARGETS = ("a.x", "a.y", "b.x", "b.y", "a.next.y", "b.next.x")
LOCALS = ("u", "v", "w")
OPERATORS = (*"+-&|+-&|*", "<<", "//")


@dataclass
class Author:
    """Writes a random program, within what stepped code may be."""

    random: random.Random
    lines: list[str] = field(default_factory=list)
    loops: int = 0

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def expression(self, depth: int) -> str:
        if depth == 0:
            return self.pick("0", "1", "2", *LOCALS, *FIELDS)
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        kind = self.random.randrange(8)
        if kind < 2:
            return f"({left} {self.pick(*OPERATORS)} {right})"
        if kind < 4:
            return f"({left} {self.pick('and', 'or')} {right})"
        shapes = (
            f"({left} {self.pick('==', '!=', '<', '>=')} {right})",
            f"(not {left})",
            f"({left} if {right} else {self.expression(0)})",
            f"{self.pick('helper', 'twice', 'a.f')}({left})",
        )
        return shapes[kind - 4]

    def write(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, indent: int, size: int, depth: int, *, in_loop: bool = False) -> None:
        for _ in range(size):
            self.statement(indent, depth, in_loop)

    def statement(self, indent: int, depth: int, in_loop: bool) -> None:
        kind = self.random.randrange(10 if depth else 5)
        if kind < 2:
            self.write(indent, f"{self.pick(*LOCALS)} = {self.expression(self.random.randrange(3))}")
        elif kind == 2:
            self.write(indent, f"{self.pick(*TARGETS)} = {self.expression(1)}")
        elif kind == 3:
            self.write(
                indent, f"{self.pick(*TARGETS, *LOCALS)} {self.pick('+=', '-=', '|=')} {self.expression(1)}"
            )
        elif kind == 4 and in_loop:
            self.write(indent, f"if {self.expression(0)}:")
            self.write(indent + 1, self.pick("break", "continue"))
        elif kind in (4, 5):
            self.write(indent, f"helper({self.expression(1)})")
        elif kind == 6:
            self.locked(indent)
        elif kind == 7:
            self.loop(indent, depth)
        else:
            self.write(indent, f"if {self.expression(1)}:")
            self.block(indent + 1, 1, depth - 1, in_loop=in_loop)
            self.write(indent, "else:")
            self.block(indent + 1, 1, depth - 1, in_loop=in_loop)

    def locked(self, indent: int) -> None:
        lock = self.pick("a.lock", "b.lock")
        self.write(indent, f"flags = spin_lock_irqsave({lock})")
        self.statement(indent, 0, False)
        self.write(indent, f"spin_unlock_irqrestore({lock}, flags)")

    def loop(self, indent: int, depth: int) -> None:
        self.loops += 1
        counter = f"i{self.loops}"
        self.write(indent, f"{counter} = 0")
        self.write(indent, f"while {counter} < 2 and {self.expression(0)} != 3:")
        self.write(indent + 1, f"{counter} += 1")
        self.block(indent + 1, 2, depth - 1, in_loop=True)

    def function(self, head: str, size: int, depth: int) -> None:
        self.write(0, head)
        for name in LOCALS:
            if f"({name})" not in head:
                # now and then a local that has no value yet
                self.write(
                    1, f"{name} = 0" if self.random.random() < 0.95 else f"if a.y > 1:\n        {name} = 0"
                )
        self.block(1, size, depth)

    def program(self, size: int, depth: int) -> str:
        self.function("def helper(v):", 1, 0)
        self.write(1, f"return {self.expression(1)}".replace("helper", "twice"))
        self.lines = [line.replace("helper(", "twice(") if n else line for n, line in enumerate(self.lines)]
        second = self.pick("0", "1")
        self.function("@task(cpu=0)\ndef one():", size, depth)
        self.function(f"@task(cpu={second})\ndef two():", size, depth)
        if depth and self.random.random() < 0.5:
            self.function("@irq(cpu=0, times=1)\ndef irq():", 1, 0)
        return OBJECTS + "\n".join(self.lines) + "\n"


def run_side_by_side(machine: Machine, schedule: random.Random) -> int:
    """Take one random walk on both sides, and compare them after every step; return its length."""
    live = Live(machine)
    state = machine.initial
    for length in range(200):
        assert seen(machine, state) == live.seen()
        enabled = [choice.key for choice in machine.choices(state) if choice.enabled]
        possible = [str(context.number) for context in machine.contexts if live.may_run(context)]
        possible += [DRAINS[cpu] for cpu, slot in machine.buffers.items() if live.memory[slot]]
        assert enabled == possible
        if not possible:
            return length
        key = schedule.choice(possible)
        state, _ = machine.step(state, key)
        if key in DRAINS:
            live.drain(DRAINS.index(key))
        else:
            live.step(machine.contexts[int(key) - 1])
    return 200


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(1, 4),
    depth=st.integers(0, 2),
    memory=st.sampled_from(["sc", "sc", "tso"]),
)
def test_random_programs_run_in_lockstep_with_their_generators(
    seed: int, size: int, depth: int, memory: MemoryOrder
) -> None:
    machine = build(Author(random.Random(seed)).program(size, depth), memory=memory)
    for number in range(10):
        run_side_by_side(machine, random.Random(number))


def everything_that_can_happen(machine: Machine) -> tuple[set[object], set[object]]:
    """Go through all interleavings by replaying generators from the start; return all moments and all ends."""
    moments: set[object] = set()
    ends: set[object] = set()
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        schedule = waiting.pop()
        live = Live(machine)
        for place in schedule:
            live.step(machine.contexts[place])
        moments.add(live.seen())
        possible = [place for place, context in enumerate(machine.contexts) if live.may_run(context)]
        if not possible:
            ends.add(live.seen())
        waiting += [(*schedule, place) for place in possible]
    return moments, ends


TINY = [
    "    a.x = b.y + 1\n    b.x = a.x",
    "    b.y += 1\n    a.y = b.y",
    "    u = a.x and b.y\n    b.x = u",
    "    flags = spin_lock_irqsave(a.lock)\n    b.y += 1\n    spin_unlock_irqrestore(a.lock, flags)",
    "    while not b.y:\n        b.y = a.x\n    a.y = 2",
    "    u = a.f(b.y)\n    b.y = u or 3",
    "    a.next = None\n    b.x = 1",
    "    a.next.y = a.x\n    b.x = a.next.y",
]


@pytest.mark.parametrize("first", TINY)
@pytest.mark.parametrize("second", TINY[::2])
def test_exploring_finds_exactly_what_all_replayed_interleavings_find(first: str, second: str) -> None:
    machine = build(f"{OBJECTS}\n@task(cpu=0)\ndef one():\n{first}\n@task(cpu=1)\ndef two():\n{second}\n")
    moments, ends = everything_that_can_happen(machine)
    found = explore(machine)
    assert {seen(machine, state) for state in found.states} == moments
    assert {seen(machine, state) for state in found.ends} == ends


def test_a_key_that_forgets_the_place_is_caught_in_lockstep(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Automaton._key

    def forgetful(self: Automaton, *arguments: object) -> object:
        key = whole(self, *arguments)  # type: ignore[arg-type]  # passed on as they came
        return (key[0], key[1], key[3][:1])

    monkeypatch.setattr(Automaton, "_key", forgetful)
    machine = build(
        OBJECTS + "@task(cpu=0)\ndef one():\n    a.x = 1\n    a.y = b.x\n    a.x = 1\n    a.y = 5\n"
    )
    with pytest.raises(AssertionError):
        run_side_by_side(machine, random.Random(0))
