"""Timers as of v4.4 (kernel/time/timer.c), at the granularity at which their races happen.

Each CPU has a base with a wheel of pending timers. When one expires, the softirq of that CPU first unlinks it (now it
is not pending any more), then lets the base lock go, then calls the function, then takes the lock again, and only
then forgets that the timer was running.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ktwviz.kernel.bug import BUG_ON, WARN_ON
from ktwviz.kernel.sched import current, in_irq
from ktwviz.kernel.spinlock import (
    Spinlock,
    local_irq_save,
    spin_lock,
    spin_lock_irq,
    spin_unlock,
    spin_unlock_irq,
    spin_unlock_irqrestore,
)
from ktwviz.machine.cpu import Clock
from ktwviz.machine.language import inline, primitive, primitive_of, stepped
from ktwviz.machine.run import every, let_through, peek, poke, report, this_context, wait_until
from ktwviz.machine.structs import Embedded, Internal, Struct, Time

TIMER_IRQSAFE = 1


class HlistNode(Struct):
    """The link of a timer. `pprev` is set while the timer is pending; `wheel` is the place where it really is.

    NULL is outside; else it is a number that tells the base, the turn and whether the timer waits for the next tick
    (see `_place`).
    """

    pprev: TvecBase
    wheel: Internal[int]


class TimerList(Struct):
    """A timer (include/linux/timer.h). `expires` is in jiffies; `base` is the base that it was last armed on."""

    entry: Embedded[HlistNode]
    expires: Time
    function: Callable[[Any], None]
    data: object
    flags: int
    base: TvecBase
    # CONFIG_TIMER_STATS
    start_pid: object
    start_site: object


class TvecBase(Struct):
    """The timers of one CPU. lock guards the wheel and running_timer."""

    lock: Embedded[Spinlock]
    running_timer: TimerList


class TimerStats(Struct):
    """/proc/timer_stats: off unless somebody switched it on."""

    active: bool


# Defined by the machine: the base of each CPU, and the switch for statistics.
base0 = cast("TvecBase", None)
timer_stats = cast("TimerStats", None)


# The wheel ------------------------------------------------------------------------------------------------------
#
# A slot of the wheel is a list with one end (hlist): who is armed last for a jiffy is the first to fire in it. One that
# is armed for the past goes into the slot of the next jiffy, among those that belong there. So each pending timer of a
# base has a turn; what is armed and disarmed meanwhile counts the turns anew, so that nothing of the past is kept.

_BASES = 1024
"""More than the objects of a scenario."""


def _place(base: TvecBase, turn: int, late: bool) -> int:
    """Return what `wheel` says of a timer. It is `late` until the next tick if it was armed for the past."""
    return (turn * 2 + late) * _BASES + every(TvecBase).index(base)


def waits_for_a_tick(place: int) -> bool:
    """Tell from a timer's `wheel` whether it was armed for the past, and fires at the next tick for that reason."""
    return place // _BASES % 2 == 1


def _in_wheel(base: TvecBase) -> list[TimerList]:
    """Return the pending timers of a base in the order in which they fire."""
    number = every(TvecBase).index(base)
    placed = [(peek(timer.entry, "wheel"), timer) for timer in every(TimerList)]
    own = [(place, timer) for place, timer in placed if place is not None and place % _BASES == number]
    return [timer for _, timer in sorted(own, key=lambda pair: pair[0])]


def _put_in_order(base: TvecBase, timers: list[TimerList]) -> None:
    """Give the pending timers of a base their turns, without a gap."""
    for turn, timer in enumerate(timers):
        old = peek(timer.entry, "wheel")
        new = _place(base, turn, waits_for_a_tick(old))
        if new != old:
            poke(timer.entry, "wheel", new)


def _has_expired(timer: TimerList, now: int) -> bool:
    return not waits_for_a_tick(peek(timer.entry, "wheel")) and peek(timer, "expires") <= now


def _expired(base: TvecBase) -> list[TimerList]:
    """Return the timers of a base that are to fire now, in their order."""
    timers = _in_wheel(base)
    now = every(Clock)[0].jiffies if timers else 0
    return [timer for timer in timers if _has_expired(timer, now)]


@primitive_of("plain")
def this_cpu_base() -> TvecBase:
    """Return the base of this CPU."""
    return every(TvecBase)[this_context().cpu]


@primitive_of("plain")
def internal_add_timer(base: TvecBase, timer: TimerList) -> None:
    """Put timer into the wheel: from here on it is pending."""
    _take_out(timer)
    let_through(timer, "expires")
    others = _in_wheel(base)
    now = every(Clock)[0].jiffies
    late = timer.expires <= now
    slot = now + 1 if late else timer.expires
    before = [other for other in others if _slot(other, now) < slot]
    timer.entry.pprev = base
    timer.entry.wheel = _place(base, len(before), late)
    _put_in_order(base, [*before, timer, *(other for other in others if other not in before)])
    when = "at the next tick, as that is over" if late else f"at jiffy {timer.expires}"
    report("arm", f"{timer} is armed: it expires {when}", timer)


def _slot(timer: TimerList, now: int) -> int:
    return now + 1 if waits_for_a_tick(peek(timer.entry, "wheel")) else peek(timer, "expires")


@primitive_of("plain")
def detach_timer(timer: TimerList) -> None:
    """Take timer out of the wheel: from here on it is not pending."""
    timer.entry.pprev = None
    _take_out(timer)
    report("disarm", f"{timer} leaves the wheel", timer)


def _take_out(timer: TimerList) -> None:
    place = timer.entry.wheel
    if place is not None:
        timer.entry.wheel = None
        base = every(TvecBase)[place % _BASES]
        _put_in_order(base, _in_wheel(base))


@primitive_of("plain")
def first_expired_timer(base: TvecBase) -> TimerList | None:
    """Return the timer of this base whose turn it is, NULL if none has expired."""
    return next(iter(_expired(base)), None)


@primitive
def timer_softirq_raised(base: TvecBase) -> None:
    """The guard of the timer softirq: a timer of this base has expired."""
    wait_until(_expired(base), "no timer of this CPU has expired")


@primitive
def tick() -> None:
    """One jiffy passes. Only where a timer is armed for later: else nobody can tell, unless he looks at the date."""
    now = every(Clock)[0].jiffies
    ahead = any(not _has_expired(timer, now) for timer in _armed())
    wait_until(ahead, "no timer is armed for later, so time would change nothing")
    _let_a_jiffy_pass()


@primitive
def next_jiffy() -> None:
    """One jiffy passes, whatever is armed: for those who look at the date (`dates.py`)."""
    _let_a_jiffy_pass()


def _armed() -> list[TimerList]:
    return [timer for base in every(TvecBase) for timer in _in_wheel(base)]


def _let_a_jiffy_pass() -> None:
    clock = every(Clock)[0]
    now = clock.jiffies
    clock.jiffies = now + 1
    for timer in _armed():
        place = peek(timer.entry, "wheel")
        if waits_for_a_tick(place):
            poke(timer.entry, "wheel", place - _BASES)
    report("tick", f"jiffies {now} -> {now + 1}")


@primitive_of("plain")
def cpu_relax_while_running(timer: TimerList) -> None:
    """cpu_relax() of a loop that waits for timer's function to end: nothing changes for it before that."""
    base = timer.base
    running = base is not None and base.running_timer is timer
    wait_until(not running, f"{this_context()} waits until the timer core has let go of {timer}", "spins")


@primitive_of("plain")
def cpu_relax_while_migrating(timer: TimerList) -> None:
    """cpu_relax() of a loop that waits until timer has arrived on its new base."""
    wait_until(timer.base is not None, f"{this_context()} waits: {timer} is changing its base", "spins")


# Locking --------------------------------------------------------------------------------------------------------


@inline
def lock_timer_base(timer: TimerList) -> TvecBase:
    """Lock the base that timer is on, also if it moves meanwhile; interrupts are off already.

    A base of NULL is what TIMER_MIGRATING says in the C.
    """
    while True:
        base = timer.base
        if base:
            spin_lock(base.lock)
            if base == timer.base:
                return base
            spin_unlock(base.lock)
        cpu_relax_while_migrating(timer)


@inline
def detach_if_pending(timer: TimerList) -> int:
    """Take timer out of the wheel if it is in; return 1 if it was."""
    if not timer_pending(timer):
        return 0
    detach_timer(timer)
    return 1


# The API --------------------------------------------------------------------------------------------------------


@inline
def __setup_timer(timer: TimerList, fn: Callable[[Any], None], data: object, flags: int) -> None:
    """Make timer ready for use. Does not look whether it is in use already."""
    timer.entry.pprev = None
    timer.flags = flags
    timer.base = base0
    timer.start_site = None
    timer.function = fn
    timer.data = data


@inline
def timer_pending(timer: TimerList) -> bool:
    """Tell whether timer is in the wheel. Without the lock the answer may be old."""
    return timer.entry.pprev is not None


@inline
def timer_active(timer: TimerList) -> bool:
    """Tell whether timer is in the wheel or its function may still run (patch 01/22 of the series)."""
    flags = local_irq_save()
    base = lock_timer_base(timer)
    ret = timer_pending(timer) or base.running_timer == timer
    spin_unlock_irqrestore(base.lock, flags)
    return ret


@inline
def timer_stats_timer_set_start_info(timer: TimerList) -> None:
    """Note who armed timer, where statistics are switched on."""
    if not timer_stats.active:
        return
    timer.start_site = timer.function
    timer.start_pid = current


@inline
def __mod_timer(timer: TimerList, expires: int) -> int:
    timer_stats_timer_set_start_info(timer)
    BUG_ON(not timer.function)

    flags = local_irq_save()
    base = lock_timer_base(timer)
    ret = detach_if_pending(timer)

    new_base = this_cpu_base()
    # A running timer stays on its base: del_timer_sync() looks for it there.
    if base != new_base and base.running_timer != timer:
        timer.base = None
        spin_unlock(base.lock)
        base = new_base
        spin_lock(base.lock)
        timer.base = base

    timer.expires = expires
    internal_add_timer(base, timer)
    spin_unlock_irqrestore(base.lock, flags)
    return ret


@inline
def mod_timer(timer: TimerList, expires: int) -> int:
    """Arm timer for `expires` jiffies, or move it there; return 1 if it was pending."""
    if timer_pending(timer) and timer.expires == expires:
        return 1
    return __mod_timer(timer, expires)


@inline
def add_timer(timer: TimerList) -> None:
    """Arm timer, which must not be pending."""
    BUG_ON(timer_pending(timer))
    mod_timer(timer, timer.expires)


@inline
def del_timer(timer: TimerList) -> int:
    """Disarm timer; return 1 if it was pending. Its function may still run."""
    ret = 0
    if timer_pending(timer):
        flags = local_irq_save()
        base = lock_timer_base(timer)
        ret = detach_if_pending(timer)
        spin_unlock_irqrestore(base.lock, flags)
    return ret


@inline
def try_to_del_timer_sync(timer: TimerList) -> int:
    """Disarm timer if its function does not run; return -1 if it does, else whether it was pending."""
    ret = -1
    flags = local_irq_save()
    base = lock_timer_base(timer)
    if base.running_timer != timer:
        ret = detach_if_pending(timer)
    spin_unlock_irqrestore(base.lock, flags)
    return ret


@inline
def del_timer_sync(timer: TimerList) -> int:
    """Disarm timer and wait until its function has ended; return 1 if it was pending.

    The caller must not hold a lock that the function needs.
    """
    WARN_ON(in_irq() and (timer.flags & TIMER_IRQSAFE) == 0)
    while True:
        ret = try_to_del_timer_sync(timer)
        if ret >= 0:
            return ret
        cpu_relax_while_running(timer)


# The softirq ----------------------------------------------------------------------------------------------------


@stepped
def call_timer_fn(timer: TimerList, fn: Callable[[Any], None], data: object) -> None:
    """Call a timer's function. It may free the timer: nothing touches it afterwards."""
    fn(data)


@stepped
def __run_timers(base: TvecBase) -> None:
    """Run all timers of this CPU that have expired (TIMER_SOFTIRQ)."""
    spin_lock_irq(base.lock)
    timer = first_expired_timer(base)
    while timer:
        fn = timer.function
        data = timer.data
        irqsafe = timer.flags & TIMER_IRQSAFE

        base.running_timer = timer
        detach_timer(timer)

        if irqsafe:
            spin_unlock(base.lock)
            call_timer_fn(timer, fn, data)
            spin_lock(base.lock)
        else:
            spin_unlock_irq(base.lock)
            call_timer_fn(timer, fn, data)
            spin_lock_irq(base.lock)
        timer = first_expired_timer(base)
    base.running_timer = None
    spin_unlock_irq(base.lock)
