"""Which kernel a lesson runs on: the names that its code may use, and the hardware that comes with it."""

from typing import Any

from ktwviz.kernel import bug, kthread, kthread_task, list, predicates, sched, spinlock, timer
from ktwviz.machine import heap
from ktwviz.machine.build import InterruptSpec, Scene
from ktwviz.machine.language import Stepped
from ktwviz.machine.program import Program, namespace_of

MOST_CPUS = 4
_BELOW = (list, bug, spinlock, sched, timer, kthread_task, heap, predicates)
MODULES = {"v4": (*_BELOW, kthread)}


def kernel_namespace(version: str = "v4") -> dict[str, Any]:
    """Return all names of a kernel version; those of hardware stand for nothing yet. Raises KeyError."""
    return {**dict.fromkeys(hardware_names()), **namespace_of(*MODULES[version])}


def hardware_names() -> tuple[str, ...]:
    """Return the names by which a machine's own objects are known: clock, CPUs, timer bases."""
    each = (f"{kind}{number}" for kind in ("cpu", "base") for number in range(MOST_CPUS))
    return ("clock", "timer_stats", *each)


def add_hardware(scene: Scene) -> None:
    """Give a scene a timer base for each CPU, and their softirqs where it has a timer at all."""
    program = scene.program
    bases = {f"base{number}": timer.TvecBase for number in range(scene.cpus)}
    scene.objects = {"timer_stats": timer.TimerStats, **bases, **scene.objects}
    if not _uses_timers(scene, program):
        return
    scene.tick = program.namespace["tick"]
    for number in range(scene.cpus):
        entry: Stepped = program.function("__run_timers")
        name = "timer softirq" if scene.cpus == 1 else f"timer@{number}"
        guard = program.namespace["timer_softirq_raised"]
        base = f"base{number}"
        scene.interrupts.append(InterruptSpec(name, "softirq", number, entry, (base,), guard, (base,)))


def _uses_timers(scene: Scene, program: Program) -> bool:
    names = {function.name for function in program.reachable(scene.roots())}
    return bool(names & {"add_timer", "mod_timer", "internal_add_timer"})
