"""Spinlocks and interrupt masking (include/linux/spinlock_api_smp.h).

Taking a lock is two things in a row: preemption (and with _irq also interrupts) goes off on this CPU, then the lock
is taken as soon as it is free. Where the lock is free both are one step: nobody else can tell them apart, since the
first concerns this CPU alone. Where it is held, the first step is to begin to spin; the second waits for the owner.
Letting a lock go and switching interrupts back on are one step for the same reason.
"""

from __future__ import annotations

from typing import Any

from ktwviz.machine import cpu
from ktwviz.machine.automaton import LocalState, argument_of
from ktwviz.machine.context import Context
from ktwviz.machine.language import inline, primitive_observed
from ktwviz.machine.run import locked, report, this_context, this_cpu, wait_until
from ktwviz.machine.structs import Struct

WERE_OFF = 1
SPINNING = 2


class Spinlock(Struct):
    """A lock that is waited for by spinning. `owner` is the context that holds it."""

    owner: Context | None


def _try(lock: Spinlock) -> bool:
    if lock.owner is not None:
        return False
    lock.owner = this_context()
    report("lock", f"{this_context().name} takes {lock}", lock)
    return True


def _try_or_spin(lock: Spinlock) -> bool:
    taken = _try(lock)
    if not taken:
        report("spin", f"{this_context().name} begins to spin: {lock} is held by {lock.owner}", lock)
    return taken


def _release(lock: Spinlock) -> None:
    owner = lock.owner
    if owner is None:
        report("warn", f"BUG: spinlock already unlocked: {lock}", lock)
    elif owner is not this_context():
        report("warn", f"BUG: spinlock wrong owner: {lock} is held by {owner}", lock)
    lock.owner = None
    if owner is not None:
        report("unlock", f"{this_context().name} lets {lock} go", lock)


@primitive_observed(True, shown="spin_lock")
def begin_spin_lock(lock: Spinlock) -> bool:
    """Preemption off; take the lock if it is free, else begin to spin. Returns whether it was taken."""
    cpu.disable(irqs=False)
    return _try_or_spin(lock)


@primitive_observed(True, shown="spin_lock_irq")
def begin_spin_lock_irq(lock: Spinlock) -> bool:
    """Interrupts and preemption off; take the lock if it is free, else begin to spin."""
    cpu.disable(irqs=True)
    return _try_or_spin(lock)


@primitive_observed(0, shown="spin_lock_irqsave")
def begin_spin_lock_irqsave(lock: Spinlock) -> int:
    """As begin_spin_lock_irq; return WERE_OFF if interrupts were off before, and SPINNING if the lock is held."""
    were_off = cpu.disable(irqs=True)
    taken = _try_or_spin(lock)
    return (WERE_OFF if were_off else 0) | (0 if taken else SPINNING)


@primitive_observed(True, shown="spin_lock")
def take_when_free(lock: Spinlock) -> None:
    """Spin until the lock is free, then take it."""
    wait_until(lock.owner is None, f"{this_context()} spins: {lock} is held by {lock.owner}", "spins")
    _try(lock)


@primitive_observed(False, order="local")
def irqs_disabled() -> bool:
    """Tell whether interrupts are off on this CPU. Only this CPU changes that, but it takes a step to look."""
    return bool(this_cpu().irqs_off)


@primitive_observed(False, order="local")
def local_irq_save() -> bool:
    """Switch interrupts off on this CPU; return the flags to restore."""
    return cpu.set_irqs(off=True)


@primitive_observed(False, order="local")
def local_irq_restore(flags: bool) -> None:
    """Switch interrupts of this CPU back to what they were."""
    cpu.set_irqs(off=flags)


@primitive_observed(False, order="local")
def local_irq_disable() -> None:
    """Switch interrupts off on this CPU, whatever they were."""
    cpu.set_irqs(off=True)


@primitive_observed(False, order="local")
def local_irq_enable() -> None:
    """Switch interrupts on on this CPU, whatever they were."""
    cpu.set_irqs(off=False)


@primitive_observed(False, order="local")
def preempt_disable() -> None:
    """Keep the running task on this CPU."""
    cpu.disable(irqs=False)


@primitive_observed(False, order="local")
def preempt_enable() -> None:
    """Allow another task to run on this CPU again."""
    if not cpu.own_count(this_cpu()):
        report("warn", f"BUG: preempt_enable() without preempt_disable() in {this_context().name}")
    cpu.enable(irqs_off=None)


@inline
def spin_lock(lock: Spinlock) -> None:
    """Take the lock; interrupts stay as they are."""
    if not begin_spin_lock(lock):
        take_when_free(lock)


@inline
def spin_lock_irq(lock: Spinlock) -> None:
    """Take the lock with interrupts off on this CPU."""
    if not begin_spin_lock_irq(lock):
        take_when_free(lock)


@inline
def spin_lock_irqsave(lock: Spinlock) -> bool:
    """Take the lock with interrupts off on this CPU; return what they were before."""
    got = begin_spin_lock_irqsave(lock)
    if got & SPINNING:
        take_when_free(lock)
    return (got & WERE_OFF) != 0


@primitive_observed(True, order="plain")
def spin_trylock(lock: Spinlock) -> bool:
    """Take the lock if it is free, else leave it; return whether it was taken. Only taking it is a locked operation."""
    if lock.owner is not None:
        return False
    locked()
    cpu.disable(irqs=False)
    return _try(lock)


@primitive_observed(False, order="plain")
def spin_unlock(lock: Spinlock) -> None:
    """Let the lock go, preemption on."""
    _release(lock)
    cpu.enable(irqs_off=None)


@primitive_observed(False, order="plain")
def spin_unlock_irq(lock: Spinlock) -> None:
    """Let the lock go; interrupts on, whatever they were before."""
    _release(lock)
    cpu.enable(irqs_off=False)


@primitive_observed(False, order="plain")
def spin_unlock_irqrestore(lock: Spinlock, flags: bool) -> None:
    """Let the lock go; interrupts as they were before."""
    _release(lock)
    cpu.enable(irqs_off=flags)


@primitive_observed(False, order="plain")
def lockdep_complains(lock: Spinlock) -> bool:
    """Tell whether lockdep_assert_held() would complain: somebody else holds the lock, or nobody."""
    return lock.owner is not this_context()


@primitive_observed(False, order="plain")
def spin_is_locked(lock: Spinlock) -> bool:
    """Tell whether anybody holds the lock; stale as soon as it is known."""
    return lock.owner is not None


def awaited_lock(local: LocalState) -> Any:
    """Return the lock that code in this local state spins for, None where it does not spin. For onlookers."""
    return argument_of(local, "take_when_free")


def tried_lock(local: LocalState) -> Any:
    """Return the lock that code in this local state tries for until it is free or something else happens."""
    return argument_of(local, "cpu_relax_while_locked")
