"""The timer core: the small steps around a callback, and where a timer lives."""

from itertools import permutations

import pytest

from ktwviz.kernel.paint import picture
from ktwviz.machine.describe import snapshot
from tests.machine.helpers import Walk, build, explore, value

SETUP = """
class Log(Struct):
    runs: int
    irqs: bool
    ret: int
log = Log()
timer = TimerList()
late = TimerList()
__setup_timer(timer, fire, log, {flags})
__setup_timer(late, fire_late, log, {flags})
def fire(data):
    data.irqs = irqs_disabled()
    data.runs += 1
def fire_late(data):
    data.runs += 10
"""


def walk(source: str, flags: int = 1) -> Walk:
    return Walk(build(SETUP.format(flags=flags) + source))


ARMED = """
@task(cpu=0)
def client():
    timer.expires = jiffies + 1
    add_timer(timer)
@task(cpu=1)
def far():
    log.ret = timer_active(timer)
@task(cpu=0)
def near():
    log.ret = timer_active(timer)
"""


def seen(it: Walk) -> tuple[bool, bool, str]:
    """Return whether the timer is pending, whether it is the running one of CPU0, and what the screen calls it."""
    (view,) = (view for view in picture(it.machine, it.state).timers if view.name == "timer")
    pending = bool(it.ask("timer_pending(timer)"))
    return pending, it.ask("base0.running_timer == timer"), view.state


def test_a_timer_waits_for_its_jiffy() -> None:
    it = walk(ARMED)
    assert it.reason("tick") == "no timer is armed for later, so time would change nothing"
    it.finish("client")
    assert seen(it) == (True, False, "pending")
    assert it.reason("timer@0") == "no timer of this CPU has expired"
    it.step("tick")
    assert seen(it) == (True, False, "expired")
    assert (it.reason("timer@0"), it.value("jiffies")) == ("", 1)
    it.finish("timer@0")
    assert (it.value("log.runs"), seen(it)) == (1, (False, False, "idle"))


def test_time_passes_only_where_a_timer_is_armed_for_later() -> None:
    it = walk(ARMED)
    it.finish("client")
    it.step("tick")
    assert it.reason("tick") == "no timer is armed for later, so time would change nothing"


@pytest.mark.parametrize("flags", [0, 1])
def test_pending_ends_before_the_callback_starts_and_running_only_after_the_lock_is_retaken(
    flags: int,
) -> None:
    it = walk(ARMED, flags)
    it.finish("client")
    it.step("tick")
    it.step("timer@0")
    history = []
    while it.next("timer@0"):
        pending, running, view = seen(it)
        frames = [
            frame.function.name for frame in it.machine.local_state(it.state, it.context("timer@0")).frames
        ]
        held = it.value("base0.lock.owner") is it.context("timer@0")
        history.append((pending, running, held, "fire" in frames, view))
        it.step("timer@0")
    stretches = [here for n, here in enumerate(history) if n == 0 or history[n - 1] != here]
    assert stretches == [
        (True, False, False, False, "expired"),  # the softirq has begun
        (True, False, True, False, "expired"),
        (True, True, True, False, "expired"),
        (False, True, True, False, "fired, callback waits"),
        (False, True, False, True, "callback runs"),
        (False, True, False, False, "callback done"),  # B1 of the catalogue lives here
        (False, True, True, False, "callback done"),
        (False, False, True, False, "idle"),
    ]


def test_timer_active_is_true_from_arming_until_the_core_forgets_the_timer() -> None:
    it = walk(ARMED)
    assert it.fork().finish("far").value("log.ret") == 0
    it.finish("client")
    assert it.fork().finish("far").value("log.ret") == 1
    it.step("tick")
    it.step("timer@0")
    for _ in range(100):
        if not it.next("timer@0"):
            break
        other = it.fork()
        free = it.value("base0.lock.owner") is None
        if free:
            other.finish("far")
            assert other.value("log.ret") == 1
        it.step("timer@0")
    assert it.finish("far").value("log.ret") == 0


@pytest.mark.parametrize(("flags", "irqs"), [(0, 0), (1, 1)])
def test_an_irqsafe_callback_runs_with_irqs_off_and_another_with_irqs_on(flags: int, irqs: int) -> None:
    it = walk(ARMED, flags)
    it.finish("client")
    it.step("tick")
    it.finish("timer@0")
    assert it.value("log.irqs") == irqs


def test_a_timer_fires_on_the_cpu_that_armed_it() -> None:
    for cpu in (0, 1):
        it = walk(ARMED.replace("@task(cpu=0)\ndef client", f"@task(cpu={cpu})\ndef client"))
        it.finish("client")
        it.step("tick")
        assert it.reason(f"timer@{cpu}") == ""
        assert it.reason(f"timer@{1 - cpu}") == "no timer of this CPU has expired"


def test_the_softirq_waits_until_irqs_are_on() -> None:
    it = walk(ARMED + "@task(cpu=0)\ndef masked():\n    local_irq_disable()\n    local_irq_enable()\n")
    it.finish("client")
    it.step("tick")
    it.step("masked")
    assert it.reason("timer@0") == "CPU0 has interrupts off"
    it.step("masked")
    assert it.reason("timer@0") == ""


def test_one_softirq_runs_all_expired_timers_the_earliest_first() -> None:
    it = walk("""
@task(cpu=0)
def client():
    late.expires = jiffies + 2
    add_timer(late)
    timer.expires = jiffies + 1
    add_timer(timer)
""")
    it.finish("client").step("tick", 2)
    it.finish("timer@0")
    assert it.value("log.runs") == 11
    assert it.events("disarm") == ["timer leaves the wheel", "late leaves the wheel"]


@pytest.mark.parametrize(("first", "second"), [("timer", "late"), ("late", "timer")])
@pytest.mark.parametrize(
    "more", ["", "    mod_timer({first}, jiffies + 2)\n    mod_timer({first}, jiffies + 1)\n"]
)
def test_of_two_timers_of_one_jiffy_the_one_armed_last_fires_first(
    first: str, second: str, more: str
) -> None:
    it = walk(
        f"@task(cpu=0)\ndef client():\n    mod_timer({first}, jiffies + 1)\n    mod_timer({second}, jiffies + 1)\n"
        + more.format(first=first)
    )
    it.finish("client").step("tick")
    it.finish("timer@0")
    order = [first, second] if more else [second, first]
    assert it.events("disarm")[-2:] == [f"{name} leaves the wheel" for name in order]


def test_the_order_of_declaration_does_not_decide_which_timer_fires_first() -> None:
    body = (
        "@task(cpu=0)\ndef client():\n    mod_timer(timer, jiffies + 1)\n    mod_timer(late, jiffies + 1)\n"
    )
    other_way = SETUP.replace(
        "timer = TimerList()\nlate = TimerList()", "late = TimerList()\ntimer = TimerList()"
    )
    assert other_way != SETUP
    orders = []
    for setup in (SETUP, other_way):
        it = Walk(build(setup.format(flags=1) + body))
        it.finish("client").step("tick")
        orders.append(it.finish("timer@0").events("disarm"))
    assert orders[0] == orders[1] == ["late leaves the wheel", "timer leaves the wheel"]


def test_the_order_of_arming_is_forgotten_with_the_timers() -> None:
    """Which timer stood before another one is not kept once one of the two has gone."""
    body = """
@task(cpu=0)
def client():
    mod_timer({0}, jiffies + 1)
    mod_timer({1}, jiffies + 1)
    del_timer(timer)
"""
    ends = []
    for names in (("timer", "late"), ("late", "timer")):
        it = walk(body.format(*names)).finish("client")
        ends.append([str(value) for value in it.state[: len(it.machine.words)]])
    assert ends[0] == ends[1]


PAST = "@task(cpu=0)\ndef client():\n    timer.expires = jiffies - {ago}\n    add_timer(timer)\n"


@pytest.mark.parametrize("ago", [0, 5])
def test_a_timer_that_is_armed_for_the_past_fires_at_the_next_tick(ago: int) -> None:
    it = walk(PAST.format(ago=ago)).finish("client")
    assert (it.reason("timer@0"), seen(it)[2]) == ("no timer of this CPU has expired", "pending")
    it.step("tick")
    assert (it.reason("timer@0"), seen(it)[2]) == ("", "expired")
    assert it.events("arm") == ["timer is armed: it expires at the next tick, as that is over"]


def test_one_armed_for_the_past_takes_its_turn_among_those_of_the_next_jiffy() -> None:
    it = walk("""
@task(cpu=0)
def client():
    mod_timer(late, jiffies + 1)
    mod_timer(timer, jiffies - 1)
""")
    it.finish("client").step("tick")
    assert it.finish("timer@0").events("disarm") == ["timer leaves the wheel", "late leaves the wheel"]


# The API ----------------------------------------------------------------------------------------------------------


def test_add_timer_on_a_pending_timer_is_a_bug() -> None:
    it = walk(
        "@task(cpu=0)\ndef client():\n    timer.expires = jiffies + 1\n    add_timer(timer)\n    add_timer(timer)\n"
    )
    it.run("client")
    assert it.events("bug") == ["BUG in client at case.py:19 client(): add_timer(timer)"]


def test_arming_a_timer_without_a_function_is_a_bug() -> None:
    it = walk("@task(cpu=0)\ndef client():\n    timer.function = None\n    mod_timer(timer, jiffies + 1)\n")
    it.run("client")
    assert len(it.events("bug")) == 1


MOVED = (
    ARMED
    + """
@task(cpu=1)
def mover():
    log.ret = mod_timer(timer, jiffies + 3)
"""
)


def test_mod_timer_moves_a_pending_timer_to_the_base_of_this_cpu() -> None:
    it = walk(MOVED)
    it.finish("client").finish("mover")
    assert (it.value("log.ret"), str(it.value("timer.base")), it.value("timer.expires")) == (1, "base1", 3)
    it.step("tick", 3)
    assert (it.reason("timer@0"), it.reason("timer@1")) == ("no timer of this CPU has expired", "")


def test_mod_timer_leaves_a_running_timer_on_its_base() -> None:
    it = walk(MOVED)
    it.finish("client")
    it.step("tick")
    it.until("timer@0", "irqs_disabled").finish("mover")
    assert (it.value("log.ret"), str(it.value("timer.base"))) == (0, "base0")
    it.finish("timer@0")
    assert seen(it)[2] == "pending"


def test_mod_timer_to_the_same_jiffy_changes_nothing() -> None:
    it = walk(MOVED.replace("jiffies + 3", "jiffies + 1"))
    it.finish("client").finish("mover")
    assert (it.value("log.ret"), str(it.value("timer.base"))) == (1, "base0")


def test_who_looks_while_a_timer_moves_waits_for_it_to_arrive() -> None:
    it = walk(MOVED + "@task(cpu=0)\ndef looker():\n    log.ret = timer_active(timer)\n")
    it.finish("client")
    it.until("mover", "spin_unlock(base0.lock)").run("looker")
    assert it.status("looker") == "spins"
    assert "timer is changing its base" in it.after("mover", "spin_unlock(base0.lock)").run("looker").reason(
        "looker"
    )
    it.finish("mover").finish("looker")
    assert it.value("log.ret") == 1


def test_del_timer_tells_whether_it_was_pending() -> None:
    it = walk(
        ARMED + "@task(cpu=1)\ndef deleter():\n    log.ret = del_timer(timer) * 10 + del_timer(timer)\n"
    )
    it.finish("client").finish("deleter")
    assert (it.value("log.ret"), seen(it)[2]) == (10, "idle")


def test_del_timer_does_not_wait_for_the_callback() -> None:
    it = walk(ARMED + "@task(cpu=1)\ndef deleter():\n    log.ret = del_timer(timer) + 5\n")
    it.finish("client")
    it.step("tick")
    it.until("timer@0", "irqs_disabled").finish("deleter")
    assert it.value("log.ret") == 5


SYNC = (
    ARMED
    + """
@task(cpu=1)
def deleter():
    log.ret = del_timer_sync(timer) + 5
"""
)


def test_del_timer_sync_waits_for_the_callback_and_returns_0() -> None:
    it = walk(SYNC)
    it.finish("client")
    it.step("tick")
    it.until("timer@0", "irqs_disabled").run("deleter")
    assert it.reason("deleter") == "deleter on CPU1 waits until the timer core has let go of timer"
    it.finish("timer@0").finish("deleter")
    assert (it.value("log.ret"), it.value("log.runs")) == (5, 1)


def test_del_timer_sync_of_a_pending_timer_returns_1_and_the_callback_never_runs() -> None:
    it = walk(SYNC)
    it.finish("client").finish("deleter")
    assert (it.value("log.ret"), it.reason("tick")) == (
        6,
        "no timer is armed for later, so time would change nothing",
    )


def test_after_del_timer_sync_no_callback_runs_in_any_order() -> None:
    machine = build(
        SETUP.format(flags=1)
        + SYNC.replace("+ 5\n", "+ 5\n    log.irqs = True\n").replace("data.irqs = ", "x = ")
    )
    found = explore(machine)
    for state in found.states:
        walked = Walk(machine, state)
        if walked.value("log.irqs") and walked.value("log.ret") == 6:
            assert walked.value("log.runs") == 0
    assert {Walk(machine, state).value("log.ret") for state in found.ends} <= {0, 1, 5, 6}


def test_del_timer_sync_in_a_hardirq_warns_unless_the_timer_is_irqsafe() -> None:
    for flags, warnings in ((0, 1), (1, 0)):
        it = walk(
            "@task(cpu=0)\ndef one():\n    log.ret = 1\n@irq(cpu=0)\ndef nic():\n    del_timer_sync(timer)\n",
            flags,
        )
        it.finish("nic")
        assert len(it.events("warn")) == warnings


def test_del_timer_sync_from_the_timers_own_callback_waits_for_itself() -> None:
    it = walk(
        ARMED.replace("@task(cpu=1)", "def fire2(data):\n    del_timer_sync(timer)\n@task(cpu=1)").replace(
            "    timer.expires", "    timer.function = fire2\n    timer.expires"
        )
    )
    it.finish("client")
    it.step("tick")
    it.run("timer@0")
    assert it.reason("timer@0") == "timer@0 on CPU0 waits until the timer core has let go of timer"


def test_a_callback_may_arm_its_own_timer_again() -> None:
    it = walk("""
def again(data):
    data.runs += 1
    if data.runs < 3:
        mod_timer(timer, jiffies + 1)
@task(cpu=0)
def client():
    timer.function = again
    timer.expires = jiffies + 1
    add_timer(timer)
""")
    it.finish("client")
    for _ in range(3):
        it.step("tick")
        it.finish("timer@0")
    assert (it.value("log.runs"), seen(it)[2]) == (3, "idle")


def test_a_callback_that_arms_its_own_timer_for_now_runs_again_after_the_next_tick() -> None:
    it = walk("""
def again(data):
    data.runs += 1
    if data.runs < 3:
        mod_timer(timer, jiffies)
@task(cpu=0)
def client():
    timer.function = again
    timer.expires = jiffies + 1
    add_timer(timer)
""")
    it.finish("client")
    for runs in (1, 2, 3):
        it.step("tick")
        it.finish("timer@0")
        assert it.value("log.runs") == runs


def test_a_timer_in_freed_memory_is_a_use_after_free_in_the_softirq() -> None:
    it = walk("""
@task(cpu=0)
def client():
    t = kzalloc(TimerList)
    __setup_timer(t, fire, log, 1)
    t.expires = jiffies
    add_timer(t)
    kfree(t)
""")
    it.finish("client").step("tick")
    it.run("timer@0")
    assert it.events("oops")[0].startswith("access to freed memory: t#1.function at timer.py:")
    assert it.status("timer@0") == "dead"


def test_a_machine_without_timers_has_no_clock_and_no_softirq() -> None:
    machine = build("class Box(Struct):\n    x: int\nbox = Box()\n@task(cpu=0)\ndef one():\n    box.x = 1\n")
    assert machine.keys == ("1",)


def test_a_machine_with_one_cpu_has_one_softirq() -> None:
    it = Walk(build(SETUP.format(flags=1) + ARMED.replace("cpu=1", "cpu=0"), cpus=1))
    it.finish("client")
    it.step("tick")
    it.finish("timer softirq")
    assert it.value("log.runs") == 1


@pytest.mark.parametrize("flags", [0, 1])
def test_a_timer_function_that_leaves_preemption_off_is_blamed_and_what_it_left_is_taken_back(
    flags: int,
) -> None:
    it = walk("""
def leak(data):
    preempt_disable()
    data.runs = 1
    preempt_disable()
@task(cpu=0)
def client():
    timer.function = leak
    mod_timer(timer, jiffies + 1)
    mod_timer(late, jiffies + 2)
@task(cpu=0)
def mate():
    preempt_disable()
    preempt_enable()
""", flags)  # fmt: skip
    it.finish("client").step("tick", 2)
    it.step("mate")
    it.finish("timer@0")
    (warning,) = it.events("warn")
    assert warning.startswith("WARNING: leak() preempt leak: 0 -> 2 at case.py:")
    assert warning.endswith("leak(): preempt_disable()")
    assert it.finish("mate").events("warn") == [warning]


def test_under_tso_a_timer_is_in_the_wheel_with_its_own_expiry_as_soon_as_it_is_armed() -> None:
    it = Walk(build(SETUP.format(flags=1) + """
@task(cpu=0)
def client():
    mod_timer(timer, jiffies + 1)
    mod_timer(late, jiffies + 1)
""", memory="tso"))  # fmt: skip
    it.finish("client")
    assert snapshot(it.machine, it.state).cpus[0].waiting
    assert it.reason("timer@0") == "no timer of this CPU has expired"
    it.step("tick")
    assert it.reason("timer@0") == ""


@pytest.mark.parametrize("declared", list(permutations(["one", "two", "three"])))
def test_what_can_be_in_the_end_does_not_depend_on_the_order_in_which_timers_are_declared(
    declared: tuple[str, ...],
) -> None:
    objects = "".join(f"{name} = TimerList()\n" for name in declared)
    machine = build(f"""
class Log(Struct):
    order: int
log = Log()
{objects}
def first(data):
    log.order = log.order * 10 + 1
def second(data):
    log.order = log.order * 10 + 2
def third(data):
    log.order = log.order * 10 + 3
@task(cpu=0)
def client():
    __setup_timer(one, first, None, 1)
    __setup_timer(two, second, None, 1)
    __setup_timer(three, third, None, 1)
    mod_timer(one, jiffies + 1)
    mod_timer(two, jiffies + 2)
    mod_timer(three, jiffies + 2)
""", cpus=1)  # fmt: skip
    assert {value(machine, state, "log.order") for state in explore(machine).ends} == {123, 132}
