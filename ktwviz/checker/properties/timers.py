"""Timers: what their functions may rely on, and what they must not do (I14)."""

from __future__ import annotations

from ktwviz.checker.properties.builtin import Builtin, Judge
from ktwviz.checker.properties.sight import AtLocalState, frames_of, inside, local_of, word_at
from ktwviz.kernel.timer import TIMER_IRQSAFE, TimerList, TvecBase
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle

TIMER_RULES = Builtin(
    "timer-rules",
    "the function of an IRQSAFE timer runs with interrupts off, and does not wait for its own end (I14)",
    "kernel/time/timer.c, del_timer_sync(); commit 98c985d7d",
)


def broken_timer_rule(machine: Machine) -> Judge:
    """Look at softirqs that are in a timer's function."""
    bases = machine.every(TvecBase)
    callbacks = [
        (
            context,
            AtLocalState(machine, context, lambda local: inside(local, "call_timer_fn")),
            AtLocalState(machine, context, _waits_for),
            word_at(bases[context.cpu], "running_timer"),
            word_at(machine.cpus[context.cpu], "irqs_off"),
        )
        for context in machine.contexts
        if context.kind == "softirq" and context.cpu < len(bases)
    ]
    irqsafe = {timer: word_at(timer, "flags") for timer in machine.every(TimerList)}

    def judge(state: State) -> str:
        for context, calls, waits, running, irqs_off in callbacks:
            if not calls.at(state):
                continue
            timer = machine.value(state, running)
            if timer not in irqsafe:
                continue
            if machine.value(state, irqsafe[timer]) & TIMER_IRQSAFE and not machine.value(state, irqs_off):
                return f"{context} is in the function of {timer}, which is IRQSAFE, with interrupts on"
            if waits.at(state) is timer:
                return f"{context} is in the function of {timer}, and waits for it to end"
        return ""

    return judge


def _waits_for(local: LocalState) -> Handle | None:
    """Return the timer whose function a context waits for in del_timer_sync()."""
    found = [local_of(frame, "timer") for frame in frames_of(local, "del_timer_sync")]
    return found[-1] if found and isinstance(found[-1], Handle) else None
