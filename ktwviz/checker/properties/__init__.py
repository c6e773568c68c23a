"""What must hold in every scenario: the properties that the checker knows by itself.

Each is broken by a state or by a step, and says so in one sentence. The numbers I1-I16 are those of the catalogue of
invariants that the project works from.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ktwviz.kernel.kthread import KthreadWorker
from ktwviz.kernel.paint import picture
from ktwviz.kernel.waits import deadlock, stuck
from ktwviz.machine import memory
from ktwviz.machine.context import Context
from ktwviz.machine.describe import describe
from ktwviz.machine.effects import CALL
from ktwviz.machine.machine import Enabled, Machine, State
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.observe import Look

Judge = Callable[[State], str]


@dataclass(frozen=True)
class Builtin:
    """A built-in property: its name in lessons, one sentence, and where the rule comes from."""

    name: str
    sentence: str
    source: str


LISTS_SOUND = Builtin(
    "lists-sound",
    "every work list is a ring that leads back to its head, and a work is on it once (I1)",
    "include/linux/list.h",
)
NO_DEADLOCK = Builtin(
    "no-deadlock",
    "nobody spins in a circle, and no run ends with a context that spins or waits (I4, I5)",
    "Documentation/locking/spinlocks.rst",
)
NO_WARNING = Builtin(
    "no-warning", "the kernel's own checks do not complain: WARN (I16)", "include/asm-generic/bug.h"
)
NO_OOPS = Builtin(
    "no-oops", "no context stops for good: BUG, NULL pointer, freed memory (I6)", "include/asm-generic/bug.h"
)
BUILTINS = (LISTS_SOUND, NO_DEADLOCK, NO_WARNING, NO_OOPS)


def judges(machine: Machine) -> dict[Builtin, Judge]:
    """Return for each property of states what tells whether a state breaks it: a sentence, or nothing."""
    return {LISTS_SOUND: _broken_list(machine), NO_DEADLOCK: _circle(machine)}


def complaint(machine: Machine, state: State, step: Enabled) -> tuple[Builtin, str] | None:
    """Return the property that a step breaks, and how, with the line of code."""
    if not any(event.bad for event in step.events):
        return None
    for event in describe(machine, state, step).events:
        if event.kind == "warn":
            return NO_WARNING, event.text
        if event.kind in ("bug", "oops"):
            return NO_OOPS, event.text
    return None


def end_of_run(machine: Machine, state: State) -> str:
    """Return who is stuck in a state without steps, empty where all rest as they should."""
    return stuck(picture(machine, state))


def _broken_list(machine: Machine) -> Judge:
    """Walk the lists first, and only where one is broken tell how, and whether somebody is just linking."""
    corrupted = machine.program.function("list_corrupted")
    looks = [
        Look(machine, corrupted, (memory.members(worker)["work_list"],))
        for worker in machine.every(KthreadWorker)
    ]

    def judge(state: State) -> str:
        if not any(look.at(state) for look in looks):
            return ""
        broken = picture(machine, state).broken_lists
        return f"{broken[0].name} is broken: {broken[0].problem}" if broken else ""

    return judge


def _circle(machine: Machine) -> Judge:
    """Look for spinners first: no circle is without one."""
    spins = [(context, _SpinningAt(machine, context)) for context in machine.contexts]

    def judge(state: State) -> str:
        for context, spinning in spins:
            lock = spinning.lock(state[context.slot])
            if lock is not None and machine.value(state, lock) is not None:
                return deadlock(picture(machine, state))
        return ""

    return judge


class _SpinningAt:
    """Which local states of a context spin, and on which lock's owner word."""

    def __init__(self, machine: Machine, context: Context) -> None:
        self._states = machine.automata[context.number].states
        self._known: list[Word | None] = []

    def lock(self, number: int) -> Word | None:
        while len(self._known) <= number:
            effect = self._states[len(self._known)].effect
            self._known.append(_awaited(effect) if effect is not None and effect[0] == CALL else None)
        return self._known[number]


def _awaited(call: tuple[object, ...]) -> Word | None:
    name, arguments = str(call[1]), call[2]
    if name != "take_when_free" or not isinstance(arguments, tuple) or not isinstance(arguments[0], Handle):
        return None
    owner = memory.members(arguments[0])["owner"]
    return owner if isinstance(owner, Word) else None
