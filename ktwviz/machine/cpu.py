"""What the machine itself keeps in memory: one `Cpu` for each processor, one `Task` for each task, the `Clock`.

A task that has switched preemption or interrupts off is *pinned*: no other task of its CPU can run until both are on
again. Where nothing is pinned, any runnable task of the CPU may take the next step.
"""

from typing import Annotated, Any

from ktwviz.machine.memory import Handle
from ktwviz.machine.run import Fault, current, this_context, this_cpu
from ktwviz.machine.structs import Internal, Names, Struct, Time
from ktwviz.values import dataclass

TASK_RUNNING = 0


_LEVEL = 256
"""Up to so many times may preemption be off at each level of a preempt_count, as in the kernel."""


@dataclass(frozen=True)
class _Levels(Names):
    """A preempt_count as people read it: how often preemption is off, at all levels together."""

    def of(self, value: Any) -> str:
        """Return the sum of the levels."""
        return str(times_off(value))


class Cpu(Struct):
    """One processor. `buffer` holds its stores that have not reached memory yet, oldest first (TSO alone).

    `preempt_count` keeps apart what each level has switched off, so that it can be told who leaves it higher than he
    found it: the task counts in ones, a softirq in 256s, a hardirq in 256 * 256s, one over it in 256s of these.
    `interrupted` are the hardirqs that lie under another one, outermost first.
    """

    irqs_off: bool
    preempt_count: Annotated[int, _Levels(())]
    interrupted: Internal[tuple[object, ...]] = ()
    pinned: Internal[object]
    buffer: Internal[tuple[tuple[int, object], ...]] = ()


class Task(Struct):
    """The part of a task_struct that the scheduler needs. `state` is TASK_RUNNING or a sleeping state."""

    state: Annotated[int, Names(((0, "RUNNING"), (1, "INTERRUPTIBLE"), (2, "UNINTERRUPTIBLE")))]
    on_rq: bool = True


class Clock(Struct):
    """The clock of the machine. `jiffies` counts from the start of the scenario."""

    jiffies: Time


def disable(*, irqs: bool) -> bool:
    """Switch preemption off on this CPU, and with `irqs` interrupts too; return whether they were off before."""
    cpu = this_cpu()
    were_off = bool(cpu.irqs_off)
    if own_count(cpu) == _LEVEL - 1:
        raise Fault("bug", f"preempt_count overflow: preemption is off {_LEVEL - 1} times")
    cpu.preempt_count = cpu.preempt_count + _level(cpu)
    if irqs:
        cpu.irqs_off = True
    pin(cpu)
    return were_off


def enable(*, irqs_off: bool | None) -> None:
    """Undo `disable`: preemption on again; interrupts as told, or left alone where `irqs_off` is None."""
    cpu = this_cpu()
    # one unlock too many is complained of, and must neither pin the task for good nor undo what another did
    if own_count(cpu):
        cpu.preempt_count = cpu.preempt_count - _level(cpu)
    if irqs_off is not None:
        cpu.irqs_off = irqs_off
    pin(cpu)


def times_off(preempt_count: int) -> int:
    """Return how often preemption is off, at all levels together."""
    total = 0
    while preempt_count:
        preempt_count, level = divmod(preempt_count, _LEVEL)
        total += level
    return total


def own_count(cpu: Handle) -> int:
    """Return how often the running context itself has switched preemption off."""
    return int(cpu.preempt_count) // _level(cpu) % _LEVEL


def give_back(cpu: Handle) -> int:
    """Forget what the running context has switched off and not on again; return how often that was."""
    left = own_count(cpu)
    if left:
        cpu.preempt_count = cpu.preempt_count - left * _level(cpu)
    return left


def _level(cpu: Handle) -> int:
    """Return the one of the level at which the running context counts."""
    kind = this_context().kind
    if kind == "hardirq":
        return int(_LEVEL ** (2 + len(cpu.interrupted)))
    return _LEVEL if kind == "softirq" else 1


def set_irqs(*, off: bool) -> bool:
    """Switch interrupts of this CPU off or on; return whether they were off before."""
    cpu = this_cpu()
    were_off = bool(cpu.irqs_off)
    cpu.irqs_off = off
    pin(cpu)
    return were_off


def pin(cpu: Handle) -> None:
    """Keep the running task on its CPU while preemption or interrupts are off; an interrupt changes nothing here."""
    context = this_context()
    if context.kind == "task":
        cpu.pinned = context if cpu.preempt_count or cpu.irqs_off else None


def leave_runqueue(task: Handle) -> None:
    """Take the running task off its CPU until somebody wakes it."""
    task.on_rq = False
    give_up(this_cpu())


def give_up(cpu: Handle) -> None:
    """Leave a CPU to other tasks: each has a preempt_count of its own, and a switch ends with interrupts on."""
    cpu.irqs_off, cpu.preempt_count, cpu.pinned = False, 0, None


def spawn(cpu: int | None) -> Handle:
    """Bring a spare task of the scenario to life, on the given CPU or any; return its task_struct."""
    run = current()
    for context in run.machine.contexts:
        if context.spare and cpu in (None, context.cpu) and run.at(context.slot) == 0:
            run.writes[context.slot] = run.machine.automata[context.number].first()
            task: Handle = context.task
            return task
    where = "" if cpu is None else f" on CPU{cpu}"
    raise Fault("limit", f"the scenario has no spare kthread left{where}")
