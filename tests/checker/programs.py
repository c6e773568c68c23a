"""Random small programs, as data: a statement is a tuple, its first part says what it does.

`source` writes a program as stepped code for the real machine; `brute.py` runs the tuples themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from hypothesis import strategies as st

Statement = tuple[Any, ...]
Body = tuple[Statement, ...]


@dataclass(frozen=True)
class Actor:
    """A task, or a hardirq that may come `times` times."""

    name: str
    kind: Literal["task", "irq"]
    cpu: int
    body: Body
    times: int = 1


@dataclass(frozen=True)
class Program:
    """What runs, and on which memory. `a`, `b` are shared words, `first`, `second` locks, `all_done` a completion."""

    actors: tuple[Actor, ...]
    memory: Literal["sc", "tso"] = "sc"

    def __str__(self) -> str:
        return source(self)

    __repr__ = __str__


WORDS = ("a", "b")
LOCKS = ("first", "second")
DECLARATIONS = """
class Shared(Struct):
    a: int
    b: int
shared = Shared()
first = Spinlock()
second = Spinlock()
all_done = Completion()
"""


# As stepped code --------------------------------------------------------------------------------------------------


_TEXT = {
    "store": "shared.{0} = {1}",
    "add": "shared.{0} += 1",
    "copy": "r{n} = shared.{0}\n[1]\nshared.{2} = r{n} + {3}",
    "if": "if shared.{0}:\n    [1]\nelse:\n    [2]",
    "until": "while not shared.{0}:\n    cond_resched()",
    "twice": "i{n} = 0\nwhile i{n} < 2:\n    i{n} += 1\n    [0]",
    "locked": "spin_lock({0})\n[1]\nspin_unlock({0})",
    "locked irq": "spin_lock_irq({0})\n[1]\nspin_unlock_irq({0})",
    "locked irqsave": "flags{n} = spin_lock_irqsave({0})\n[1]\nspin_unlock_irqrestore({0}, flags{n})",
    "if locked": "if spin_trylock({0}):\n    [1]\n    spin_unlock({0})",
    "irqs off": "flags{n} = local_irq_save()\n[0]\nlocal_irq_restore(flags{n})",
    "lock": "spin_lock({0})",
    "unlock": "spin_unlock({0})",
    "complete": "complete(all_done)",
    "await": "wait_for_completion(all_done)",
    "about to": "set_current_state({0})",
    "quietly": "__set_current_state({0})",
    "schedule": "schedule()",
    "wake": "wake_up_process({0})",
    "barrier": "smp_mb()",
    "bug if": "BUG_ON(shared.{0})",
}


def source(program: Program) -> str:
    """Return the program as text for `helpers.build`."""
    lines = [DECLARATIONS]
    for actor in program.actors:
        times = f", times={actor.times}" if actor.kind == "irq" else ""
        lines += [f"@{actor.kind}(cpu={actor.cpu}{times})", f"def {actor.name}():"]
        lines += [f"    {line}" for line in _lines(actor.body, count())]
    return "\n".join(lines) + "\n"


def _lines(body: Body, fresh: Iterator[int]) -> Iterator[str]:
    """Yield a body's lines: the text of each statement, its operands put in for {0}, {1}, its bodies for [0], [1]."""
    if not body:
        yield "pass"
    for kind, *operands in body:
        for line in _TEXT[kind].format(*operands, n=next(fresh)).splitlines():
            before, mark, which = line.partition("[")
            if mark:
                yield from (before + below for below in _lines(operands[int(which[0])], fresh))
            else:
                yield line


# At random --------------------------------------------------------------------------------------------------------

WORD = st.sampled_from(WORDS)
LOCK = st.sampled_from(LOCKS)
NUMBER = st.integers(0, 2)
STORE = st.tuples(st.just("store"), WORD, NUMBER)
LOCKED = st.sampled_from(["locked", "locked irq", "locked irqsave"])


def wrapped(inner: st.SearchStrategy[Body]) -> st.SearchStrategy[Body]:
    """Return statements with bodies in them, or the bodies alone."""
    found: list[st.SearchStrategy[Any]] = [
        st.tuples(LOCKED, LOCK, inner),
        st.tuples(LOCKED, LOCK, inner),
        st.tuples(st.just("if locked"), LOCK, inner),
        st.tuples(st.just("irqs off"), inner),
        st.tuples(st.just("if"), WORD, inner, st.one_of(st.just(()), inner)),
        st.tuples(st.just("twice"), inner),
    ]
    return st.one_of(inner, *(st.tuples(statement) for statement in found))


def bodies(
    *own: st.SearchStrategy[Any], rare: st.SearchStrategy[Any], longest: int
) -> st.SearchStrategy[Body]:
    """Return the code of a context; `own` are its statements beside those that every context may have."""
    often = st.one_of(
        STORE,
        st.tuples(st.just("add"), WORD),
        st.tuples(st.just("copy"), WORD, st.lists(STORE, max_size=1).map(tuple), WORD, st.integers(0, 1)),
        st.sampled_from([("complete",), ("barrier",), ("wake", "one"), ("wake", "two")]),
        *own,
    )
    statement = st.integers(0, 15).flatmap(lambda number: often if number else rare)
    whole = wrapped(wrapped(st.tuples(statement)))
    return st.lists(whole, min_size=1, max_size=longest).map(lambda parts: sum(parts, ()))


WRONG = st.one_of(st.tuples(st.sampled_from(["lock", "unlock"]), LOCK), st.tuples(st.just("bug if"), WORD))
TASK = bodies(
    st.sampled_from([("await",), ("schedule",), ("about to", 1), ("quietly", 1), ("quietly", 0)]),
    st.tuples(st.just("until"), WORD),
    rare=WRONG,
    longest=3,
)
IRQ = bodies(rare=st.one_of(WRONG, st.sampled_from([("schedule",), ("await",)])), longest=2)
CPU = st.integers(0, 1)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Return two or three tasks, perhaps an interrupt, on one or two CPUs."""
    names = ["one", "two", "three"][: draw(st.sampled_from([2, 2, 3]))]
    actors = [Actor(name, "task", draw(CPU), draw(TASK)) for name in names]
    if draw(st.booleans()):
        actors.append(Actor("irq", "irq", draw(CPU), draw(IRQ), draw(st.sampled_from([1, 1, 2]))))
    return Program(tuple(actors), draw(st.sampled_from(["sc", "sc", "tso"])))
