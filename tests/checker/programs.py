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


def source(program: Program) -> str:
    """Return the program as text for `helpers.build`."""
    lines = [DECLARATIONS]
    for actor in program.actors:
        times = f", times={actor.times}" if actor.kind == "irq" else ""
        lines += [f"@{actor.kind}(cpu={actor.cpu}{times})", f"def {actor.name}():"]
        lines += _indented(actor.body, count())
    return "\n".join(lines) + "\n"


def _indented(body: Body, fresh: Iterator[int]) -> list[str]:
    lines = [line for statement in body for line in _lines(statement, fresh)]
    return [f"    {line}" for line in lines or ["pass"]]


_SIMPLE = {
    "complete": "complete(all_done)",
    "await": "wait_for_completion(all_done)",
    "schedule": "schedule()",
    "barrier": "smp_mb()",
}


def _lines(statement: Statement, fresh: Iterator[int]) -> list[str]:
    match statement:
        case ("copy", word, between, target, more):
            register = f"r{next(fresh)}"
            inner = (line[4:] for line in _indented(between, fresh))
            return [f"{register} = shared.{word}", *inner, f"shared.{target} = {register} + {more}"]
        case ("store", word, value):
            return [f"shared.{word} = {value}"]
        case ("add", word):
            return [f"shared.{word} += 1"]
        case ("if", word, yes, no):
            return [f"if shared.{word}:", *_indented(yes, fresh), "else:", *_indented(no, fresh)]
        case ("until", word):
            return [f"while not shared.{word}:", "    cond_resched()"]
        case ("twice", body):
            counter = f"i{next(fresh)}"
            return [f"{counter} = 0", f"while {counter} < 2:", f"    {counter} += 1", *_indented(body, fresh)]
        case ("locked", "_irqsave", lock, body):
            flags = f"flags{next(fresh)}"
            inner = (line[4:] for line in _indented(body, fresh))
            return [
                f"{flags} = spin_lock_irqsave({lock})",
                *inner,
                f"spin_unlock_irqrestore({lock}, {flags})",
            ]
        case ("locked", how, lock, body):
            inner = (line[4:] for line in _indented(body, fresh))
            return [f"spin_lock{how}({lock})", *inner, f"spin_unlock{how}({lock})"]
        case ("if locked", lock, body):
            return [f"if spin_trylock({lock}):", *_indented(body, fresh), f"    spin_unlock({lock})"]
        case ("lock", lock) | ("unlock", lock):
            return [f"spin_{statement[0]}({lock})"]
        case ("irqs off", body):
            flags = f"flags{next(fresh)}"
            inner = (line[4:] for line in _indented(body, fresh))
            return [f"{flags} = local_irq_save()", *inner, f"local_irq_restore({flags})"]
        case ("about to", state):
            return [f"set_current_state({state})"]
        case ("quietly", state):
            return [f"__set_current_state({state})"]
        case ("wake", task):
            return [f"wake_up_process({task})"]
        case ("bug if", word):
            return [f"BUG_ON(shared.{word})"]
    return [_SIMPLE[statement[0]]]


# At random --------------------------------------------------------------------------------------------------------

WORD = st.sampled_from(WORDS)
LOCK = st.sampled_from(LOCKS)
NUMBER = st.integers(0, 2)
STORE = st.tuples(st.just("store"), WORD, NUMBER)
HOW = st.sampled_from(["", "_irq", "_irqsave"])


def wrapped(inner: st.SearchStrategy[Body]) -> st.SearchStrategy[Body]:
    """Return statements with bodies in them, or the bodies alone."""
    found: list[st.SearchStrategy[Any]] = [
        st.tuples(st.just("locked"), HOW, LOCK, inner),
        st.tuples(st.just("locked"), HOW, LOCK, inner),
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
