"""One atomic step of the plain computer of `brute.py`: what each kind of step does to memory."""

from typing import Any

from tests.checker.programs import Actor

Todo = tuple[tuple[Any, ...], ...]
"""What is left to do: steps, each with its kind, its place in the program, its operands."""
Moment = dict[str, Any]
"""All words of memory by name, and under the name of each context what it has left to do; None while it is idle."""

DEAD = ("dead",)
LONGEST_BUFFER = 4


class MayNot(Exception):
    """The step may not be taken now."""


def must(condition: bool) -> None:
    """Let a step be taken only where the condition holds."""
    if not condition:
        raise MayNot


class Memory:
    """A moment at work. Under TSO a plain store waits in the buffer of its CPU."""

    def __init__(self, moment: Moment, *, buffered: bool) -> None:
        self.moment = dict(moment)
        self.buffered = buffered

    def seen(self, cpu: int, word: str) -> Any:
        """Return what a CPU sees: its own newest store, if it still waits."""
        waiting = [value for name, value in self.moment[f"buffer{cpu}"] if name == word]
        return waiting[-1] if waiting else self.moment[word]

    def put(self, cpu: int, word: str, value: Any) -> None:
        """Make a plain store."""
        if not self.buffered:
            self.moment[word] = value
            return
        must(len(self.moment[f"buffer{cpu}"]) < LONGEST_BUFFER)
        self.moment[f"buffer{cpu}"] += ((word, value),)

    def drain_one(self, cpu: int) -> None:
        """Let the oldest store of a CPU reach memory."""
        must(self.moment[f"buffer{cpu}"] != ())
        (word, value), *left = self.moment[f"buffer{cpu}"]
        self.moment |= {word: value, f"buffer{cpu}": tuple(left)}

    def drain(self, cpu: int) -> None:
        """Let all stores of a CPU reach memory."""
        while self.moment[f"buffer{cpu}"]:
            self.drain_one(cpu)


def bound(left: Any, register: str, value: Any) -> Any:
    """Return what is left to do once a register has its value."""
    if left == register:
        return value
    return tuple(bound(part, register, value) for part in left) if isinstance(left, tuple) else left


class Turn:
    """One step of one context. `rest` is what it has to do afterwards, `heard` what the kernel complains of."""

    _DRAIN_FIRST = ("lock", "spin", "complete", "await", "about to", "schedule", "wake", "barrier")

    def __init__(self, memory: Memory, actor: Actor) -> None:
        self.memory = memory
        self.moment = memory.moment
        self.actor = actor
        self.me, self.cpu = actor.name, actor.cpu
        self.rest: Todo = ()
        self.heard: list[str] = []

    def take(self, todo: Todo) -> None:
        """Take the first step of `todo`."""
        (kind, place, *operands), self.rest = todo[0], todo[1:]
        if kind in self._DRAIN_FIRST:
            self.memory.drain(self.cpu)
        if kind in ("lock", "until", "schedule"):
            operands.append(place)
        getattr(self, f"do_{kind.replace(' ', '_')}")(*operands)
        if self.heard[-1:] == ["oops"]:
            self.rest = (DEAD, *todo)

    def finish(self) -> None:
        """End a task, when nothing is left to do; an interrupt is idle again."""
        if self.actor.kind == "irq":
            self.memory.drain(self.cpu)
            if self.moment[f"irq_preempt{self.cpu}"]:
                self.heard.append("warning")
            self.moment |= {self.me: None, f"irqs_off{self.cpu}": 0, f"irq_preempt{self.cpu}": 0}
            return
        if self.moment[f"preempt{self.cpu}"] or self.moment[f"irqs_off{self.cpu}"]:
            self.heard.append("warning")
        self.give_up()

    def read(self, register: str, value: Any) -> None:
        self.rest = bound(self.rest, register, value)

    def do_load(self, register: str, word: str) -> None:
        self.read(register, self.memory.seen(self.cpu, word))

    def do_store(self, word: str, value: Any) -> None:
        self.memory.put(self.cpu, word, value[1] + value[2] if isinstance(value, tuple) else value)

    def do_until(self, word: str, place: int) -> None:
        """Look at a word; if it is 0, come back after one more step."""
        if not self.memory.seen(self.cpu, word):
            self.rest = (("resched", place), ("until", place, word), *self.rest)

    def do_resched(self) -> None:
        if self.moment[f"preempt{self.cpu}"] or self.moment[f"irqs_off{self.cpu}"]:
            self.heard.append("warning")

    def do_barrier(self) -> None:
        pass

    def do_bug(self) -> None:
        self.heard.append("oops")
        if self.actor.kind == "task":
            self.give_up()

    def give_up(self) -> None:
        """Leave the CPU to others, with preemption and interrupts on."""
        self.moment |= {f"irqs_off{self.cpu}": 0, f"preempt{self.cpu}": 0, f"pinned{self.cpu}": None}

    # Interrupts, preemption, locks

    def hold(self, change: int, irqs_off: int | None) -> None:
        """Count preemption up or down, and switch interrupts, if told to; keep a task that holds either."""
        own = "preempt" if self.actor.kind == "task" else "irq_preempt"
        preempt, irqs, pinned = (f"{name}{self.cpu}" for name in (own, "irqs_off", "pinned"))
        self.moment[preempt] = max(self.moment[preempt] + change, 0)
        if irqs_off is not None:
            self.moment[irqs] = int(irqs_off)
        if self.actor.kind == "task":
            self.moment[pinned] = self.me if self.moment[preempt] or self.moment[irqs] else None

    def do_save(self, register: str) -> None:
        self.read(register, self.moment[f"irqs_off{self.cpu}"])
        self.hold(0, 1)

    def do_restore(self, flags: int) -> None:
        self.hold(0, flags)

    def do_lock(self, lock: str, register: str | None, irqs_off: bool, place: int) -> None:
        if register is not None:
            self.read(register, self.moment[f"irqs_off{self.cpu}"])
        self.hold(+1, 1 if irqs_off else None)
        if self.moment[lock] is None:
            self.moment[lock] = self.me
        else:
            self.rest = (("spin", place, lock), *self.rest)

    def do_spin(self, lock: str) -> None:
        must(self.moment[lock] is None)
        self.moment[lock] = self.me

    def do_try(self, lock: str, register: str) -> None:
        free = self.memory.seen(self.cpu, lock) is None
        self.read(register, free)
        if free:
            self.memory.drain(self.cpu)
            self.moment[lock] = self.me
            self.hold(+1, None)

    def do_unlock(self, lock: str, flags: int | None) -> None:
        if self.memory.seen(self.cpu, lock) != self.me:
            self.heard.append("warning")
        self.memory.put(self.cpu, lock, None)
        self.hold(-1, flags)

    # Sleeping and waking

    def do_complete(self) -> None:
        self.moment["all_done"] += 1

    def do_await(self) -> None:
        must(self.moment["all_done"] > 0)
        self.moment["all_done"] -= 1

    def do_about_to(self, state: int) -> None:
        self.moment[f"{self.me}.state"] = state

    def do_quietly(self, state: int) -> None:
        self.memory.put(self.cpu, f"{self.me}.state", state)

    def do_schedule(self, place: int) -> None:
        if self.actor.kind == "irq":
            self.do_bug()
            return
        if self.moment[f"preempt{self.cpu}"]:
            self.heard.append("warning")
        if self.moment[f"{self.me}.state"]:
            self.moment[f"{self.me}.on_rq"] = 0
            self.give_up()
            self.rest = (("go on", place), *self.rest)

    def do_go_on(self) -> None:
        pass

    def do_wake(self, task: str) -> None:
        if self.moment[f"{task}.state"]:
            self.moment |= {f"{task}.state": 0, f"{task}.on_rq": 1}
