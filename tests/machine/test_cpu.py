"""Who may run on a CPU: tasks, softirqs and hardirqs, and what holds each of them back."""

import pytest

from ktwviz.errors import BlockedStep
from ktwviz.kernel.paint import picture
from ktwviz.kernel.waits import deadlock
from ktwviz.machine.describe import snapshot
from ktwviz.machine.observe import ObservationError
from tests.machine.helpers import Walk, build, explore

BOX = """
class Box(Struct):
    x: int
    y: int
    task: object
    lock: Embedded[Spinlock]
    other: Embedded[Spinlock]
box = Box()
"""


def walk(source: str, cpus: int = 2) -> Walk:
    return Walk(build(BOX + source, cpus=cpus))


def flags(of: Walk, cpu: int = 0) -> str:
    return snapshot(of.machine, of.state).cpus[cpu].flags


# Interrupts -------------------------------------------------------------------------------------------------------

IRQS = """
@task(cpu=0)
def client():
    local_irq_disable()
    box.x = 1
    local_irq_enable()
@irq(cpu=0, times=2)
def here():
    box.y = 1
    box.y = 2
@irq(cpu=1)
def there():
    box.y = 3
"""


def test_irqs_off_blocks_the_interrupts_of_this_cpu_only() -> None:
    it = walk(IRQS)
    assert (it.reason("here"), it.reason("there")) == ("", "")
    it.step("client")
    assert it.reason("here") == "CPU0 has interrupts off"
    assert it.reason("there") == ""
    it.finish("client")
    assert it.reason("here") == ""


def test_who_has_no_reason_to_come_is_not_said_to_wait_for_irqs() -> None:
    it = walk(IRQS.replace("times=2", "times=1"))
    it.step("here")
    it.finish("here")
    it.step("client")
    assert it.reason("here") == "the scenario grants no further interrupt"


def test_a_softirq_waits_for_irqs_on_too() -> None:
    it = walk(IRQS.replace("@irq(cpu=0, times=2)", "@softirq(cpu=0)"))
    it.step("client")
    assert it.reason("here") == "CPU0 has interrupts off"


def test_a_hardirq_has_irqs_off_and_gives_them_back() -> None:
    it = walk(IRQS)
    it.step("here")
    assert (it.ask("irqs_off(0)"), it.ask("irqs_off(1)")) == (1, 0)
    it.finish("here")
    assert it.ask("irqs_off(0)") == 0


def test_an_interrupt_comes_as_often_as_it_is_granted() -> None:
    it = walk(IRQS)
    it.finish("here").finish("here")
    assert it.reason("here") == "the scenario grants no further interrupt"
    assert it.events("fire") == ["here_line raises an interrupt"] * 2
    assert it.events("enter", "exit") == ["here enters CPU0", "here leaves CPU0"] * 2


def test_the_task_under_an_interrupt_is_held_back_and_others_are_not() -> None:
    it = walk(IRQS + "@task(cpu=1)\ndef far():\n    box.x = 4\n")
    it.step("here")
    assert (it.status("client"), it.reason("client")) == ("held back", "CPU0 is in here")
    assert it.reason("far") == ""
    it.finish("here")
    assert it.reason("client") == ""


NESTING = """
@task(cpu=0)
def client():
    box.x = 1
@softirq(cpu=0, times=2)
def soft():
    box.x = 2
    local_irq_disable()
    box.x = 3
    local_irq_enable()
@softirq(cpu=0)
def soft2():
    box.x = 2
@irq(cpu=0)
def hard():
    local_irq_enable()
    box.x = 4
@irq(cpu=0)
def hard2():
    box.x = 5
"""


def test_a_softirq_comes_neither_in_a_hardirq_nor_in_a_softirq() -> None:
    it = walk(NESTING)
    hard = it.fork()
    hard.step("hard", 2)
    assert hard.reason("soft") == "CPU0 is in hard"
    it.step("soft")
    assert it.reason("soft2") == "CPU0 is in soft"


def test_a_hardirq_interrupts_a_softirq_that_has_irqs_on() -> None:
    it = walk(NESTING)
    it.step("soft")
    assert it.reason("hard") == ""
    it.step("hard")
    assert (it.reason("soft"), it.reason("client")) == ("CPU0 is in hard", "CPU0 is in soft")
    it.finish("hard")
    assert (it.reason("soft"), it.reason("client")) == ("", "CPU0 is in soft")


def test_a_hardirq_waits_for_a_softirq_that_has_irqs_off() -> None:
    it = walk(NESTING)
    it.step("soft", 3)
    assert it.reason("hard") == "CPU0 has interrupts off"


def test_flags_are_the_letters_of_ftrace() -> None:
    it = walk(
        NESTING
        + """
@task(cpu=1)
def locker():
    f = spin_lock_irqsave(box.lock)
    spin_unlock_irqrestore(box.lock, f)
"""
    )
    assert (flags(it), flags(it, 1)) == ("....", "....")
    it.step("locker")
    assert flags(it, 1) == "d..1"
    it.step("soft", 3)
    assert flags(it) == "d.s."
    it.finish("soft")
    it.step("soft")
    it.step("hard")
    assert flags(it) == "d.H."
    it.finish("hard").finish("soft")
    it.step("hard2")
    assert flags(it) == "d.h."


def test_a_spinlock_of_a_task_does_not_keep_interrupts_away() -> None:
    it = walk("""
@task(cpu=0)
def client():
    spin_lock(box.lock)
    spin_unlock(box.lock)
@irq(cpu=0)
def nic():
    spin_lock(box.lock)
    spin_unlock(box.lock)
""")
    it.step("client")
    it.run("nic")
    assert it.reason("nic") == "nic on CPU0 spins: box.lock is held by client on CPU0"
    assert it.reason("client") == "CPU0 is in nic"


# Tasks on one CPU -------------------------------------------------------------------------------------------------

PAIR = """
@task(cpu=0)
def one():
    preempt_disable()
    box.x = 1
    preempt_enable()
    box.x = 2
@task(cpu=0)
def two():
    box.y = 1
@task(cpu=1)
def far():
    box.y = 2
"""


def test_any_runnable_task_of_a_cpu_may_run_where_preemption_is_on() -> None:
    it = walk(PAIR)
    assert (it.reason("one"), it.reason("two")) == ("", "")


def test_preemption_off_keeps_the_other_tasks_of_the_cpu_away() -> None:
    it = walk(PAIR)
    it.step("one")
    assert (it.status("two"), it.reason("two")) == (
        "held back",
        "one runs on CPU0 with preemption or interrupts off",
    )
    assert it.reason("far") == ""
    it.step("one", 2)
    assert it.reason("two") == ""


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ("local_irq_enable()", "local_irq_disable()"),
        ("spin_unlock(box.lock)", "spin_lock(box.lock)"),
        ("spin_unlock_irq(box.lock)", "spin_lock_irq(box.lock)"),
        ("local_irq_restore(False)", "local_irq_save()"),
        ("spin_unlock(box.lock)", "spin_trylock(box.lock)"),
    ],
)
def test_locks_and_irqs_off_keep_the_other_tasks_of_the_cpu_away_too(on: str, off: str) -> None:
    it = walk(PAIR.replace("preempt_disable()", off).replace("preempt_enable()", on))
    it.step("one")
    assert it.reason("two") == "one runs on CPU0 with preemption or interrupts off"
    it.step("one", 2)
    assert it.reason("two") == ""


def test_nested_preempt_disable_counts() -> None:
    it = walk(PAIR.replace("    box.x = 1\n", "    preempt_disable()\n    preempt_enable()\n"))
    it.step("one", 3)
    assert it.reason("two") == "one runs on CPU0 with preemption or interrupts off"
    it.step("one")
    assert it.reason("two") == ""


def test_an_interrupt_that_locks_does_not_pin_the_task_under_it() -> None:
    it = walk(PAIR + "@irq(cpu=0)\ndef nic():\n    spin_lock(box.lock)\n    spin_unlock(box.lock)\n")
    it.step("nic", 2)
    it.finish("nic")
    assert (it.reason("one"), it.reason("two")) == ("", "")


def test_a_task_that_ends_with_preemption_off_is_told_of() -> None:
    it = walk("@task(cpu=0)\ndef one():\n    preempt_disable()\n")
    it.finish("one")
    assert [text.split(" at ")[0] for text in it.events("warn")] == ["one ended with preemption off"]


# Sleeping and waking ----------------------------------------------------------------------------------------------

SLEEP = """
@task(cpu=0)
def sleeper():
    set_current_state(TASK_INTERRUPTIBLE)
    if not box.x:
        schedule()
    box.y = 1
@task(cpu=0)
def mate():
    box.y = 5
@task(cpu=1)
def waker():
    box.x = 1
    wake_up_process(sleeper)
"""


def test_a_sleeping_task_frees_its_cpu() -> None:
    it = walk(SLEEP)
    it.after("sleeper", "schedule()")
    assert (it.status("sleeper"), it.reason("sleeper")) == (
        "sleeps",
        "sleeper on CPU0 sleeps until wake_up_process()",
    )
    assert it.reason("mate") == ""
    with pytest.raises(BlockedStep, match="sleeper on CPU0 sleeps until"):
        it.step("sleeper")


def test_wake_up_process_lets_a_sleeper_go_on() -> None:
    it = walk(SLEEP)
    it.after("sleeper", "schedule()").finish("waker").finish("sleeper")
    assert it.value("box.y") == 1
    assert it.events("wake", "sleep") == ["sleeper sleeps", "waker wakes sleeper"]


def test_schedule_in_task_running_goes_on() -> None:
    it = walk(SLEEP.replace("    set_current_state(TASK_INTERRUPTIBLE)\n", ""))
    it.finish("sleeper")
    assert it.events("sleep") == []


def test_a_wake_up_between_set_current_state_and_schedule_is_not_lost() -> None:
    it = walk(SLEEP)
    it.until("sleeper", "schedule()").finish("waker").finish("sleeper")
    assert it.events("wake", "sleep") == ["waker wakes sleeper"]


def test_no_order_of_these_steps_loses_the_wake_up() -> None:
    it = walk(SLEEP)
    for state in explore(it.machine).ends:
        assert [it.machine.local_state(state, context).number for context in it.machine.contexts] == [1, 1, 1]


def test_waking_a_running_task_is_not_remembered() -> None:
    it = walk(SLEEP.replace("    if not box.x:\n        schedule()\n", "    schedule()\n"))
    it.finish("waker").run("sleeper")
    assert it.events("wake") == []
    assert it.status("sleeper") == "sleeps"


def test_wake_up_process_says_whether_it_woke_anybody() -> None:
    it = walk("""
@task(cpu=0)
def one():
    box.x = 1
@task(cpu=1)
def two():
    box.y = wake_up_process(one) == False
""")
    it.finish("two")
    assert it.value("box.y") == 1


def test_sleeping_with_a_lock_held_is_a_warning_and_the_lock_stays() -> None:
    it = walk("""
@task(cpu=0)
def one():
    spin_lock(box.lock)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
@task(cpu=0)
def mate():
    box.y = 5
""")
    it.run("one")
    assert it.events("warn")[0].startswith("BUG: scheduling while atomic at case.py:")
    assert it.value("box.lock.owner") is it.context("one")
    assert it.reason("mate") == ""  # the CPU is free all the same


def test_asking_for_another_task_with_a_lock_held_is_a_warning_whether_one_would_sleep_or_not() -> None:
    it = walk("""
@task(cpu=0)
def one():
    spin_lock(box.lock)
    schedule()
    spin_unlock(box.lock)
""")
    it.finish("one")
    (warning,) = it.events("warn")
    assert warning.startswith("BUG: scheduling while atomic at case.py:")


@pytest.mark.parametrize("call", ["might_sleep()", "cond_resched()"])
@pytest.mark.parametrize(
    ("off", "on", "why"),
    [
        ("spin_lock(box.lock)", "spin_unlock(box.lock)", "preemption off"),
        ("local_irq_disable()", "local_irq_enable()", "interrupts off"),
    ],
)
def test_where_nobody_may_sleep_even_the_chance_of_it_is_a_warning(
    call: str, off: str, on: str, why: str
) -> None:
    it = walk(f"""
@task(cpu=0)
def one():
    {call}
    {off}
    {call}
    {on}
    {call}
""")
    it.finish("one")
    (warning,) = it.events("warn")
    assert warning.startswith(f"BUG: sleeping function called from invalid context in one: {why} at case.py:")


def test_an_interrupt_that_might_sleep_is_warned_of_and_goes_on() -> None:
    it = walk("""
@task(cpu=0)
def one():
    box.x = 1
@irq(cpu=0)
def nic():
    might_sleep()
    box.y = 1
""")
    it.finish("nic")
    assert len(it.events("warn")) == 1
    assert (it.value("box.y"), it.events("bug")) == (1, [])


def test_a_bool_holds_one_for_every_number_but_zero() -> None:
    it = walk("""
class Flag(Struct):
    up: bool
flag = Flag()
@task(cpu=0)
def one():
    flag.up = 2
    box.x = flag.up + 5
""")
    it.finish("one")
    assert (it.value("flag.up"), it.value("box.x")) == (1, 6)


def test_an_interrupt_cannot_sleep() -> None:
    it = walk("""
@task(cpu=0)
def one():
    box.x = 1
@irq(cpu=0)
def nic():
    schedule()
    box.y = 1
""")
    it.run("nic")
    assert it.events("bug")[0].startswith(
        "BUG: scheduling while atomic: nic on CPU0 is an interrupt at case.py:"
    )
    assert it.status("nic") == "dead"


def test_a_completion_lets_as_many_pass_as_it_was_completed() -> None:
    it = walk("""
done = Completion()
@task(cpu=0)
def one():
    wait_for_completion(done)
    wait_for_completion(done)
    box.x = 1
@task(cpu=1)
def two():
    complete(done)
    complete(done)
""")
    assert (it.status("one"), it.reason("one")) == ("waits", "one on CPU0 waits until done is completed")
    it.step("two")
    it.step("one")
    assert it.status("one") == "waits"
    it.finish("two").finish("one")
    assert it.value("done.done") == 0


# BUG, WARN, oops --------------------------------------------------------------------------------------------------

BUGS = """
@task(cpu=0)
def broken():
    spin_lock_irq(box.lock)
    BUG_ON(box.x == 0)
    spin_unlock_irq(box.lock)
@task(cpu=0)
def mate():
    box.y = 1
    spin_lock(box.lock)
@task(cpu=1)
def far():
    box.y = 2
@irq(cpu=0)
def nic():
    box.y = 3
"""


def test_bug_on_stops_its_context_with_the_locks_held_and_the_others_go_on() -> None:
    it = walk(BUGS)
    it.run("broken")
    assert it.events("bug")[0].split(": ", 1)[1] == "BUG_ON(box.x == 0)"
    assert (it.status("broken"), it.value("box.lock.owner")) == ("dead", it.context("broken"))
    assert it.reason("broken").startswith("broken on CPU0 has stopped for good: BUG in broken")
    it.finish("far").finish("nic").run("mate")
    assert it.value("box.y") == 1
    assert it.reason("mate") == "mate on CPU0 spins: box.lock is held by broken on CPU0"


def test_bug_on_lets_a_false_condition_pass() -> None:
    it = walk(BUGS.replace("box.x == 0", "box.x == 1"))
    it.finish("broken")
    assert it.events("bug") == []


def test_an_interrupt_that_stops_for_good_takes_its_cpu_with_it() -> None:
    it = walk(BUGS.replace("    box.y = 3\n", "    box.task.x = 3\n"))
    it.run("nic")
    assert [it.reason(name) for name in ("broken", "mate", "far")] == ["CPU0 is in nic", "CPU0 is in nic", ""]


def test_a_warning_is_recorded_with_its_line_and_execution_goes_on() -> None:
    it = walk("""
@task(cpu=0)
def one():
    box.y = WARN_ON(box.x == 0) and True
    WARN_ON_ONCE(box.x)
    WARN_ON_ONCE(box.y)
""")
    it.finish("one")
    texts = [text.split("one(): ")[1] for text in it.events("warn")]
    assert texts == ["box.y = WARN_ON(box.x == 0) and True", "WARN_ON_ONCE(box.y)"]
    assert (it.value("box.y"), it.status("one")) == (1, "done")


# Choices ----------------------------------------------------------------------------------------------------------


def test_choices_come_by_number_and_the_blocked_ones_have_reasons() -> None:
    it = walk(IRQS)
    it.step("client")
    choices = it.machine.choices(it.state)
    assert [(choice.key, choice.label, choice.enabled, choice.reason) for choice in choices] == [
        ("1", "client on CPU0", True, ""),
        ("2", "here on CPU0", False, "CPU0 has interrupts off"),
        ("3", "there on CPU1", True, ""),
    ]
    assert choices[1].blocked_on == "cpu0.irqs_off"


def test_a_context_that_does_not_exist_is_told_of() -> None:
    it = walk(IRQS)
    with pytest.raises(BlockedStep, match="there is no context 9: the choices are 1, 2, 3"):
        it.machine.step(it.state, "9")


def test_a_step_never_changes_the_state_it_starts_from() -> None:
    it = walk(IRQS)
    before = it.machine.initial
    copied = tuple(before)
    it.finish("client").finish("here").finish("there")
    assert before == copied
    assert it.machine.step(before, "1")[0] == it.machine.step(copied, "1")[0]


def test_a_scenario_may_have_one_cpu_or_four() -> None:
    assert len(walk("@task(cpu=0)\ndef one():\n    box.x = 1\n", cpus=1).machine.cpus) == 1
    assert len(walk("@task(cpu=3)\ndef one():\n    box.x = 1\n", cpus=4).machine.cpus) == 4


# Hardirqs over one another ----------------------------------------------------------------------------------------

NESTED = """
@task(cpu=0)
def one():
    box.x = 1
@irq(cpu=0, times=2)
def first():
    box.y = 1
    {first}
    box.y = 2
@irq(cpu=0, times=2)
def second():
    box.y = 3
    {second}
    box.y = 4
@irq(cpu=0)
def third():
    box.y = 5
"""


def nested(first: str = "local_irq_enable()", second: str = "pass") -> Walk:
    return walk(NESTED.format(first=first, second=second))


def test_a_hardirq_enters_over_one_that_has_switched_interrupts_on() -> None:
    it = nested()
    it.step("first", 2)
    assert it.reason("second") == "CPU0 is in first"
    it.step("first")
    assert it.value("cpu0.irqs_off") == 0
    it.step("second")
    assert (it.value("cpu0.irqs_off"), it.reason("first"), it.reason("one")) == (
        1,
        "CPU0 is in second",
        "CPU0 is in second",
    )
    it.run("second")
    assert (it.reason("first"), it.value("cpu0.irqs_off"), it.value("box.y")) == ("", 0, 4)


def test_interrupts_are_back_as_they_were_when_the_upper_one_leaves_whatever_it_did_to_them() -> None:
    it = nested(second="local_irq_enable()\n    local_irq_disable()")
    it.step("first", 3)
    it.step("second", 4)
    assert it.value("cpu0.irqs_off") == 1
    it.step("second")
    assert it.next("second") == ""
    assert (it.value("cpu0.irqs_off"), it.reason("first")) == (0, "")


def test_a_line_never_comes_over_itself() -> None:
    it = nested()
    it.step("first", 3)
    assert it.next("first") == "store box.y = 2"
    it.step("first")
    assert it.next("first") == ""  # it has left, and did not begin again


def test_hardirqs_leave_in_the_opposite_order_in_which_they_came() -> None:
    it = nested(second="local_irq_enable()")
    it.step("second", 3)
    it.step("first", 3)
    it.step("third")
    assert [it.reason(name) for name in ("first", "second")] == ["CPU0 is in third"] * 2
    assert snapshot(it.machine, it.state).cpus[0].interrupted == (3, 2)
    it.run("third")
    assert [it.reason(name) for name in ("first", "second")] == ["", "CPU0 is in first"]
    it.run("first")
    assert it.reason("second") == ""


def test_where_no_hardirq_switches_interrupts_on_none_comes_over_another_one() -> None:
    machine = nested(first="pass").machine
    for state in explore(machine).states:
        assert all(not cpu.interrupted for cpu in snapshot(machine, state).cpus)


def test_a_hardirq_that_spins_for_the_lock_of_the_one_under_it_is_a_deadlock() -> None:
    it = nested("spin_lock(box.lock)\n    local_irq_enable()", "spin_lock(box.lock)")
    it.step("first", 4)
    it.run("second")
    assert deadlock(picture(it.machine, it.state)) == (
        "deadlock: first on CPU0 cannot run before second ends; "
        "second on CPU0 spins for box.lock, held by first on CPU0"
    )


# Who leaves preemption off ----------------------------------------------------------------------------------------


def test_a_hardirq_that_leaves_preemption_off_is_blamed_and_the_task_is_not() -> None:
    it = walk("""
@task(cpu=0)
def one():
    preempt_disable()
    box.x = 1
    preempt_enable()
@irq(cpu=0)
def nic():
    box.y = 1
    preempt_disable()
""")
    it.step("one")
    it.step("nic", 3)
    (warning,) = it.events("warn")
    assert warning.startswith("WARNING: nic preempt leak: 0 -> 1 at case.py:")
    assert it.value("cpu0.preempt_count") == 1
    assert it.finish("one").events("warn") == [warning]


def test_an_interrupt_cannot_switch_preemption_on_that_a_task_has_switched_off() -> None:
    it = walk("""
@task(cpu=0)
def one():
    preempt_disable()
    box.x = 1
    preempt_enable()
@task(cpu=0)
def two():
    box.x = 2
@irq(cpu=0)
def nic():
    preempt_enable()
""")
    it.step("one")
    it.step("nic", 2)
    assert it.events("warn")[0].startswith(
        "BUG: preempt_enable() without preempt_disable() in nic at case.py:"
    )
    assert it.reason("two") == "one runs on CPU0 with preemption or interrupts off"


def test_preemption_is_off_so_often_as_all_levels_together_say() -> None:
    it = walk("""
@task(cpu=0)
def one():
    preempt_disable()
    box.x = 1
@irq(cpu=0)
def nic():
    preempt_disable()
    preempt_disable()
    box.y = 1
""")
    it.step("one")
    it.step("nic", 3)
    view = snapshot(it.machine, it.state)
    assert (view.cpus[0].preempt_count, view.cpus[0].flags) == (3, "d.h3")
    (cpu,) = (item for item in view.objects if item.name == "cpu0")
    assert "3" in [field.text for field in cpu.fields if field.path == "cpu0.preempt_count"]


# Wrong arguments --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("kthread_stop(5)", "wrong argument: set_should_stop(5): 5 is no TaskStruct"),
        ("kthread_stop(main)", "wrong argument: set_should_stop(main): main is no TaskStruct"),
        ("complete(box.lock)", "wrong argument: complete(box.lock): box.lock has no .done"),
        ("timer_softirq_raised(7)", "wrong argument: timer_softirq_raised(7): 7 is no TvecBase"),
        ("internal_add_timer(base0, 7)", "wrong argument: internal_add_timer(base0, 7): 7 has no .entry"),
        ("irqs_off(box.lock)", "there is no CPU box.lock"),
    ],
)
def test_what_is_no_object_of_the_type_is_an_oops_of_the_code_that_passed_it(call: str, text: str) -> None:
    it = walk(f"def main():\n    pass\n@task(cpu=0)\ndef one():\n    {call}\n")
    it.run("one")
    assert it.events("oops")[0].startswith(text)


def test_where_nobody_freezes_nobody_has_to() -> None:
    it = walk("@task(cpu=0)\ndef one():\n    box.x = freeze_task(current) or become_frozen()\n")
    it.finish("one")
    assert (it.value("box.x"), it.events("oops")) == (0, [])


def test_an_interrupt_cannot_freeze() -> None:
    it = walk(
        "@task(cpu=0)\ndef one():\n    pass\n@irq(cpu=0)\ndef nic():\n    become_frozen()\n    box.x = 1\n"
    )
    it.run("nic")
    assert it.events("bug")[0].startswith("BUG: scheduling while atomic: nic on CPU0 is an interrupt")


def test_a_question_cannot_change_what_no_code_of_the_scenario_changes() -> None:
    it = walk("@task(cpu=0)\ndef one():\n    pass\n")
    with pytest.raises(
        ObservationError, match=r"runs into an oops: a question cannot change one\.should_stop"
    ):
        it.ask("kthread_stop(one)")
