"""A second, slow interpreter for comparison: it drives the generators themselves, without automata and trees."""

from collections.abc import Generator
from typing import Any

from ktwviz.machine.automaton import DONE, IDLE, CodeFault, Frame
from ktwviz.machine.context import Context
from ktwviz.machine.effects import FAULT, Effect, effect_text, perform
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.run import Blocked, Fault, Run, running

RANK = {"task": 0, "softirq": 1, "hardirq": 2}


class Live:
    """One run of a machine's code. It can only go forward."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.memory = list(machine.initial)
        self.code: dict[int, Generator[Effect, Any, Any]] = {}
        self.pending: dict[int, Effect | None] = {}
        self.dead: dict[int, bool] = {}
        for context in machine.contexts:
            self.dead[context.number] = False
            if context.kind == "task":
                self.enter(context)

    def enter(self, context: Context) -> None:
        program = self.machine.program
        self.code[context.number] = program.starter(context.entry, context.arguments, context)()
        self.advance(context, None)

    def advance(self, context: Context, received: Any) -> None:
        """Run the code up to its next effect; the end of an interrupt makes it idle again."""
        try:
            effect = self.machine.program.resume(self.code[context.number], received)
            deep = len(list(self.frames(context)))
            if deep > 40:
                effect = (FAULT, "oops", f"kernel stack overflow: {deep} nested calls")
            self.pending[context.number] = effect
        except CodeFault as fault:
            self.pending[context.number] = (FAULT, fault.kind, fault.text)
        except StopIteration:
            if context.kind == "task":
                self.pending[context.number] = None
                self.cpu(context, irqs_off=0, preempt_count=0, pinned=None)
            else:
                self.pending.pop(context.number, None)
                slot = self.machine.buffers.get(context.cpu)
                while slot is not None and self.memory[slot]:
                    self.drain(context.cpu)
                self.cpu(context, irqs_off=0)

    def frames(self, context: Context) -> Generator[Frame, None, None]:
        generator: Any = self.code[context.number]
        while generator is not None and generator.gi_frame is not None:
            frame = self.machine.program.frame(generator)
            if frame is not None:
                yield frame
            generator = generator.gi_yieldfrom

    def cpu(self, context: Context, **fields: Any) -> None:
        run = Run(self.memory, self.machine, context)
        with running(run):
            for name, value in fields.items():
                setattr(self.machine.cpus[context.cpu], name, value)
        self.keep(run)

    def keep(self, run: Run) -> None:
        for index, value in run.writes.items():
            self.memory[index] = value

    # Who may run ------------------------------------------------------------------------------------------------

    def active(self, context: Context) -> bool:
        return context.kind != "task" and context.number in self.pending

    def may_run(self, context: Context) -> bool:
        """Tell whether the context may take a step, by the rules in words rather than by the machine's code."""
        effect = self.pending.get(context.number)
        if self.dead[context.number] or (context.kind == "task" and effect is None):
            return False
        for other in self.machine.contexts:
            above = RANK[other.kind] > RANK[context.kind]
            if other.cpu == context.cpu and above and self.active(other):
                return False
        run = Run(self.memory, self.machine, context)
        try:
            with running(run):
                cpu = self.machine.cpus[context.cpu]
                if context.kind == "task":
                    return (
                        bool(context.task.on_rq) and cpu.pinned in (None, context) and self.possible(context)
                    )
                if not self.active(context):
                    context.guard.body()
                    return not cpu.irqs_off
            return self.possible(context)
        except Blocked:
            return False

    def possible(self, context: Context) -> bool:
        effect = self.pending[context.number]
        assert effect is not None
        try:
            perform(Run(self.memory, self.machine, context), effect)
        except Blocked:
            return False
        except Fault:
            return True
        return True

    def drain(self, cpu: int) -> None:
        """Let the oldest store of a CPU reach memory."""
        slot = self.machine.buffers[cpu]
        (index, value), *left = self.memory[slot]
        self.memory[index], self.memory[slot] = value, tuple(left)

    # Steps ------------------------------------------------------------------------------------------------------

    def step(self, context: Context) -> None:
        run = Run(self.memory, self.machine, context)
        if context.kind != "task" and not self.active(context):
            with running(run):
                context.guard.body()
                run.drain()
                self.machine.cpus[context.cpu].irqs_off = True
            self.keep(run)
            self.enter(context)
            return
        effect = self.pending[context.number]
        assert effect is not None
        try:
            received = perform(run, effect)
        except Fault:
            self.keep(run)
            self.dead[context.number] = True
            if context.kind == "task":
                self.cpu(context, irqs_off=0, preempt_count=0, pinned=None)
            return
        self.keep(run)
        self.advance(context, received)

    # Comparing --------------------------------------------------------------------------------------------------

    def seen(self) -> tuple[Any, ...]:
        """Return what can be compared with a state: the memory, and what every context does next."""
        words = tuple(self.memory[: len(self.machine.words)])
        return (words, *(self.doing(context) for context in self.machine.contexts))

    def doing(self, context: Context) -> Any:
        if self.dead[context.number]:
            return "dead"
        if context.number not in self.pending:
            return "idle"
        effect = self.pending[context.number]
        return "done" if effect is None else comparable(effect)


def seen(machine: Machine, state: State) -> tuple[Any, ...]:
    """Return the same of a machine's state."""
    return (state[: len(machine.words)], *(_doing(machine, state, context) for context in machine.contexts))


def _doing(machine: Machine, state: State, context: Context) -> Any:
    number = state[context.slot]
    if number in (IDLE, DONE):
        return "done" if number == DONE else "idle"
    local = machine.automata[context.number].states[number]
    return comparable(local.effect) if local.effect else "dead"


def comparable(effect: Effect) -> Any:
    """Return an effect so that True and 1 differ."""
    parts = effect[2] if effect[0] == 2 else effect[1:]
    return (effect[0], effect[1], effect_text(effect), tuple((type(part), part) for part in parts))
