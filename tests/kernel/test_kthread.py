"""The worker code does, step by step, what the v4 series says."""

import pytest

from ktwviz.kernel.paint import picture
from tests.machine.helpers import Walk, build, explore, question

OBJECTS = """
class Log(Struct):
    runs: int
    last: int
    ret: int
    order: int
log = Log()
worker = KthreadWorker()
KTHREAD_WORKER_INIT(worker)
other = KthreadWorker()
KTHREAD_WORKER_INIT(other)
work = KthreadWork()
KTHREAD_WORK_INIT(work, first)
more = KthreadWork()
KTHREAD_WORK_INIT(more, second)
dwork = DelayedKthreadWork()
DELAYED_KTHREAD_WORK_INIT(dwork, first)

def first(w):
    log.runs += 1
    log.order = log.order * 10 + 1

def second(w):
    log.runs += 1
    log.order = log.order * 10 + 2
"""
BOTH = "queue_kthread_work(worker, work)\nqueue_kthread_work(worker, more)"
KWORKER = """
@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


def walk(source: str, *, kworker: bool = False, rule: str = "") -> Walk:
    return Walk(build(OBJECTS + (KWORKER if kworker else "") + source, rule=rule))


def client(body: str, *, kworker: bool = False, cpu: int = 0) -> Walk:
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return walk(f"@task(cpu={cpu})\ndef client():\n{lines}\n", kworker=kworker)


def idle(it: Walk) -> Walk:
    """Let the worker go to sleep."""
    it.run("kworker")
    assert it.status("kworker") == "sleeps"
    return it


def nodes(it: Walk, name: str = "worker") -> tuple[str, ...]:
    """Return what is on a worker's list; it must be sound."""
    (view,) = (view for view in picture(it.machine, it.state).workers if view.name == name)
    assert view.work_list.problem == ""
    return view.work_list.nodes


# Initialisation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "calls",
    [
        "KTHREAD_WORKER_INIT(other)\nKTHREAD_WORK_INIT(work, second)\nDELAYED_KTHREAD_WORK_INIT(dwork, second)",
        "DEFINE_KTHREAD_WORKER(other)\nDEFINE_KTHREAD_WORK(work, second)\nDEFINE_DELAYED_KTHREAD_WORK(dwork, second)",
        "init_kthread_worker(other)\ninit_kthread_work(work, second)\ninit_delayed_kthread_work(dwork, second)",
    ],
)
def test_every_way_to_initialise_gives_the_same_objects(calls: str) -> None:
    it = client(calls)
    it.finish("client")
    found = {path: str(it.value(path)) for path in (
        "other.lock.owner", "other.work_list.next", "work.node.prev", "work.func", "work.worker", "work.timer",
        "dwork.work.func", "dwork.work.timer", "dwork.timer.function", "dwork.timer.data", "dwork.timer.flags",
    )}  # fmt: skip
    assert found == {
        "other.lock.owner": "None", "other.work_list.next": "other.work_list", "work.node.prev": "work.node",
        "work.func": "second", "work.worker": "None", "work.timer": "None", "dwork.work.func": "second",
        "dwork.work.timer": "dwork.timer", "dwork.timer.function": "delayed_kthread_work_timer_fn",
        "dwork.timer.data": "dwork", "dwork.timer.flags": "1",
    }  # fmt: skip


def test_init_of_an_armed_work_forgets_it_without_a_word() -> None:
    it = client("queue_delayed_kthread_work(worker, dwork, 1)\ninit_delayed_kthread_work(dwork, first)")
    it.finish("client")
    it.step("tick")
    it.finish("timer@0")
    assert (nodes(it), it.events("warn", "bug", "oops")) == ((), [])


# Queueing ---------------------------------------------------------------------------------------------------------


def test_a_work_is_queued_once() -> None:
    it = client("log.ret = queue_kthread_work(worker, work) * 10 + queue_kthread_work(worker, work)")
    it.finish("client")
    assert (it.value("log.ret"), nodes(it), str(it.value("work.worker"))) == (10, ("work",), "worker")


def test_works_are_queued_at_the_end() -> None:
    it = client(BOTH)
    assert nodes(it.finish("client")) == ("work", "more")


def test_a_delay_of_zero_queues_at_once_and_leaves_the_timer_alone() -> None:
    it = client("log.ret = queue_delayed_kthread_work(worker, dwork, 0)")
    it.finish("client")
    assert (it.value("log.ret"), nodes(it), it.events("arm")) == (1, ("dwork.work",), [])
    assert it.value("dwork.timer.entry.pprev") is None


def test_a_delayed_work_is_on_no_list_while_its_timer_is_armed() -> None:
    it = client("log.ret = queue_delayed_kthread_work(worker, dwork, 3)")
    it.finish("client")
    assert (nodes(it), str(it.value("dwork.work.worker")), it.value("log.ret")) == ((), "worker", 1)


def test_a_delayed_work_is_queued_after_its_delay_and_not_before() -> None:
    it = client("queue_delayed_kthread_work(worker, dwork, 3)")
    it.finish("client")
    for _ in range(3):
        assert (it.status("timer@0"), nodes(it)) == ("off", ())
        it.step("tick")
    assert nodes(it.finish("timer@0")) == ("dwork.work",)


def test_an_armed_work_cannot_be_queued_again() -> None:
    it = client("""
queue_delayed_kthread_work(worker, dwork, 3)
log.ret = queue_delayed_kthread_work(worker, dwork, 1) * 10 + queue_kthread_work(worker, dwork.work)
""")
    it.finish("client")
    assert (it.value("log.ret"), nodes(it)) == (0, ())


def test_queueing_restores_the_interrupt_flags_of_the_caller() -> None:
    it = client("local_irq_disable()\nqueue_kthread_work(worker, work)\nlog.ret = irqs_disabled()")
    assert it.finish("client").value("log.ret") == 1


# The worker -------------------------------------------------------------------------------------------------------


def test_the_worker_runs_works_in_the_order_of_the_list() -> None:
    it = client(BOTH, kworker=True)
    it.finish("client")
    idle(it)
    assert (it.value("log.order"), it.value("worker.current_work"), nodes(it)) == (12, None, ())


def test_the_worker_holds_no_lock_and_is_running_while_it_runs_a_work() -> None:
    it = client("queue_kthread_work(worker, work)", kworker=True)
    it.finish("client")
    it.until("kworker", "load log.runs")
    assert (it.value("worker.lock.owner"), it.value("kworker.state")) == (None, 0)
    assert str(it.value("worker.current_work")) == "work"


def test_the_worker_sets_its_state_before_it_looks() -> None:
    it = walk("", kworker=True)
    idle(it)
    shown = [access.split(" -> ")[0] for access in it.accesses("kworker")]
    order = ["set_current_state", "load kworker.should_stop", "spin_lock_irq", "load worker.work_list.next",
             "store worker.current_work", "spin_unlock_irq", "schedule()"]  # fmt: skip
    places = [next(n for n, access in enumerate(shown) if access.startswith(name)) for name in order]
    assert places == sorted(places)


def test_queueing_wakes_an_idle_worker() -> None:
    it = client("queue_kthread_work(worker, work)", kworker=True)
    idle(it).finish("client")
    assert it.events("wake") == ["client wakes kworker"]
    assert idle(it).value("log.runs") == 1


def test_queueing_leaves_a_busy_worker_alone() -> None:
    it = client(BOTH, kworker=True)
    it.after("client", "spin_unlock_irqrestore")
    it.until("kworker", "load log.runs").finish("client")
    assert "wake_up_process(kworker)" not in it.accesses("client")
    assert idle(it).value("log.order") == 12


def test_a_worker_that_is_not_there_yet_is_not_woken() -> None:
    it = client("queue_kthread_work(worker, work)")
    it.finish("client")
    assert it.events("wake") == []


def test_a_second_kthread_on_one_worker_is_a_warning() -> None:
    it = walk("@task(cpu=0)\ndef second_kworker():\n    kthread_worker_fn(worker)\n", kworker=True)
    idle(it).run("second_kworker")
    (warning,) = it.events("warn")
    assert warning.endswith("kthread_worker_fn(): WARN_ON(worker.task and worker.task != current)")


def test_a_work_may_be_freed_by_its_own_function() -> None:
    it = walk(
        """
def free_me(w):
    kfree(w)
@task(cpu=0)
def client():
    w = kzalloc(KthreadWork)
    init_kthread_work(w, free_me)
    queue_kthread_work(worker, w)
""",
        kworker=True,
    )
    it.finish("client")
    idle(it)
    assert (it.events("free"), it.events("oops")) == (["kworker frees w#1"], [])


# The sanity check -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        (
            "spin_lock(worker.lock)\ninsert_kthread_work(worker, work, worker.work_list)\n"
            "spin_unlock(worker.lock)",
            ["not irqs_disabled()"],
        ),
        (
            "spin_lock_irq(worker.lock)\ninsert_kthread_work(worker, work, worker.work_list)\n"
            "spin_unlock_irq(worker.lock)",
            [],
        ),
        (
            "queue_kthread_work(worker, work)\nspin_lock_irq(worker.lock)\n"
            "insert_kthread_work(worker, work, worker.work_list)\nspin_unlock_irq(worker.lock)",
            ["not list_empty(work.node)"],
        ),
        (
            "work.worker = other\nqueue_kthread_work(worker, work)",
            ["work.worker and work.worker != worker"],
        ),
        (
            "dwork.timer.function = first\nqueue_delayed_kthread_work(worker, dwork, 0)",
            ["timer.function != delayed_kthread_work_timer_fn or timer.data != dwork"],
        ),
        (
            "dwork.timer.data = work\nqueue_delayed_kthread_work(worker, dwork, 0)",
            ["timer.function != delayed_kthread_work_timer_fn or timer.data != dwork"],
        ),
    ],
)
def test_the_sanity_check_warns_and_refuses_nothing(body: str, warnings: list[str]) -> None:
    it = client(body)
    it.finish("client")
    found = [text.split("(): ")[1] for text in it.events("warn")]
    assert found == [f"WARN_ON_ONCE({text})" for text in warnings]
    assert it.ask("worker.work_list.next != worker.work_list")


def test_inserting_without_the_lock_is_a_warning_of_lockdep() -> None:
    it = client("insert_kthread_work(worker, work, worker.work_list)")
    it.finish("client")
    assert it.events("warn")[0].split("(): ")[1] == "lockdep_assert_held(worker.lock)"


def test_a_timer_that_is_armed_behind_the_works_back_is_a_warning_and_a_bug() -> None:
    it = client(
        "dwork.timer.expires = jiffies + 1\nadd_timer(dwork.timer)\n__queue_delayed_kthread_work(worker, dwork, 1)"
    )
    it.run("client")
    assert any(text.endswith("WARN_ON_ONCE(timer_pending(timer))") for text in it.events("warn"))
    assert [text.split("(): ")[1] for text in it.events("bug")] == ["add_timer(timer)"]


# try_lock ---------------------------------------------------------------------------------------------------------

TRY = """
@task(cpu=0)
def client():
    work.worker = worker
    log.ret = try_lock_kthread_work(work, False)
    unlock_kthread_work(work)
@task(cpu=1)
def mover():
    work.worker = other
"""


def test_try_lock_starts_again_when_the_worker_has_changed() -> None:
    it = walk(TRY)
    it.until("client", "spin_lock(worker.lock)").finish("mover")
    it.until("client", "store log.ret")
    assert (it.value("worker.lock.owner"), it.value("other.lock.owner")) == (None, it.context("client"))
    it.finish("client")
    assert (it.value("other.lock.owner"), it.events("warn")) == (None, [])


def test_without_the_second_look_it_keeps_the_wrong_lock() -> None:
    rule = """
     def try_lock_kthread_work(work, check_canceling):
             spin_lock(worker.lock)
    -        if worker == work.worker:
    -            return True
    -        spin_unlock(worker.lock)
    +        return True
    """
    it = walk(TRY, rule=rule)
    it.until("client", "spin_lock(worker.lock)").finish("mover").finish("client")
    assert it.value("worker.lock.owner") is it.context("client")
    assert len(it.events("warn")) == 1  # it lets go of a lock that nobody holds


def test_try_lock_gives_up_where_there_is_no_worker() -> None:
    it = client("if not try_lock_kthread_work(work, False):\n    log.ret = 7")
    it.finish("client")
    assert (it.value("log.ret"), it.events("lock")) == (7, [])


# Flushing ---------------------------------------------------------------------------------------------------------


def test_flush_waits_for_a_queued_work() -> None:
    it = client(
        "queue_kthread_work(worker, work)\nflush_kthread_work(work)\nlog.ret = log.runs", kworker=True
    )
    it.run("client")
    assert it.reason("client") == "client on CPU0 waits until fwork@client.done is completed"
    assert nodes(it) == ("work", "fwork@client.work")
    idle(it).finish("client")
    assert it.value("log.ret") == 1


def test_flush_of_a_queued_work_does_not_wait_for_what_comes_after_it() -> None:
    it = client(f"{BOTH}\nflush_kthread_work(work)\nlog.ret = log.order", kworker=True)
    it.run("client")
    assert nodes(it) == ("work", "fwork@client.work", "more")


def test_flush_waits_for_a_running_work_alone() -> None:
    it = client(
        f"{BOTH}\nflush_kthread_work(work)\nlog.ret = log.order",
        kworker=True,
    )
    it.until("client", "on_stack").until("kworker", "load log.runs").run("client")
    assert nodes(it) == ("fwork@client.work", "more")  # in front of what came later
    idle(it).finish("client")
    assert (it.value("log.ret"), it.value("log.order")) == (12, 12)


def test_flush_of_a_work_that_never_was_queued_returns_at_once() -> None:
    it = client("flush_kthread_work(work)\nlog.ret = 1", kworker=True)
    assert it.finish("client").value("log.ret") == 1


def test_flush_of_a_work_that_has_run_returns_at_once() -> None:
    it = client("queue_kthread_work(worker, work)\nflush_kthread_work(work)\nlog.ret = 1", kworker=True)
    it.until("client", "on_stack")
    idle(it)
    assert it.finish("client").value("log.ret") == 1


def test_flush_does_not_wait_for_an_armed_timer() -> None:
    it = client("queue_delayed_kthread_work(worker, dwork, 1)\nflush_kthread_work(dwork.work)\nlog.ret = 1")
    assert it.finish("client").value("log.ret") == 1


def test_flush_worker_waits_for_all_that_is_queued() -> None:
    it = client(
        f"{BOTH}\nflush_kthread_worker(worker)\nlog.ret = log.order",
        kworker=True,
    )
    it.run("client")
    assert nodes(it) == ("work", "more", "fwork@client.work")
    idle(it).finish("client")
    assert it.value("log.ret") == 12


def test_the_flush_item_dies_with_the_flusher_and_is_never_touched_again() -> None:
    it = client("queue_kthread_work(worker, work)\nflush_kthread_work(work)\nlog.ret = 1", kworker=True)
    found = explore(it.machine)
    assert found.texts("oops", "warn", "bug") == []
    done = question(it.machine, "log.ret")
    assert all(done(state) for state in found.ends)


# Creating and destroying ------------------------------------------------------------------------------------------


def created(call: str, more: str = "", slots: str = "kthread_slot(cpu=1)") -> Walk:
    return walk(f"{slots}\n@task(cpu=0)\ndef client():\n    w = {call}\n{more}")


def test_create_makes_a_worker_whose_kthread_works() -> None:
    it = created(
        "create_kthread_worker(0)", "    queue_kthread_work(w, work)\n    flush_kthread_work(work)\n"
    )
    assert it.reason("kthread1") == "kthread1 on CPU1 does not exist yet: kthread_create() makes it"
    it.run("client")
    it.run("kthread1")
    it.finish("client")
    assert (it.value("log.runs"), str(it.value("worker#1.task"))) == (1, "kthread1")


def test_a_new_kthread_sleeps_until_it_is_woken() -> None:
    it = created("create_kthread_worker(0)")
    it.until("client", "wake_up_process")
    assert it.status("kthread1") == "sleeps"


def test_create_on_cpu_takes_a_kthread_of_that_cpu() -> None:
    slots = "kthread_slot(cpu=0)\nkthread_slot(cpu=1)"
    it = created("create_kthread_worker_on_cpu(1, 0)", slots=slots)
    it.finish("client")
    assert str(it.value("worker#1.task")) == "kthread2"


@pytest.mark.parametrize(("cpu", "accepted"), [("-1", False), ("0", True), ("2", True), ("3", False)])
def test_create_on_cpu_compares_an_id_with_a_count(cpu: str, accepted: bool) -> None:
    it = created(
        f"create_kthread_worker_on_cpu({cpu}, 0)",
        "    if w is None:\n        log.ret = 1\n",
        "kthread_slot(cpu=0)",
    )
    it.run("client")
    assert (it.value("log.ret") == 0) == accepted


def test_destroy_drains_the_list_stops_the_kthread_and_frees_the_worker() -> None:
    more = """
    queue_kthread_work(w, work)
    queue_kthread_work(w, more)
    destroy_kthread_worker(w)
    log.ret = 1
"""
    it = created("create_kthread_worker(0)", more)
    for _ in range(10):
        it.run("client")
        it.run("kthread1")
    assert (it.status("client"), it.status("kthread1")) == ("done", "done")
    assert (it.value("log.order"), it.value("worker#1.life"), it.value("log.ret")) == (12, 2, 1)
    assert it.events("free")[-1] == "client frees worker#1"


def test_destroy_of_a_worker_without_a_kthread_is_a_warning() -> None:
    it = walk("kthread_slot(cpu=1)\n@task(cpu=0)\ndef client():\n    destroy_kthread_worker(worker)\n")
    it.finish("client")
    assert it.events("warn")[0].endswith("if WARN_ON(not task):")
    assert it.events("free") == []


def test_drain_waits_for_works_that_queue_themselves_again() -> None:
    it = walk(
        """
def again(w):
    log.runs += 1
    if log.runs < 3:
        queue_kthread_work(worker, w)
@task(cpu=0)
def client():
    init_kthread_work(work, again)
    queue_kthread_work(worker, work)
    drain_kthread_worker(worker)
    log.ret = log.runs
""",
        kworker=True,
    )
    for _ in range(8):
        it.run("client")
        it.run("kworker")
    assert it.value("log.ret") == 3


def test_kthread_stop_before_the_first_run_never_calls_the_function() -> None:
    it = walk("""
kthread_slot(cpu=1)
@task(cpu=0)
def client():
    task = kthread_create(first, work)
    log.ret = kthread_stop(task)
""")
    it.run("client")
    it.finish("kthread1")
    it.finish("client")
    assert (it.value("log.runs"), it.value("log.ret")) == (0, -4)


def test_kthread_stop_returns_what_the_function_returned() -> None:
    it = walk("""
kthread_slot(cpu=1)
def until_stopped(data):
    data.ret = 1
    return 42
@task(cpu=0)
def client():
    task = kthread_create(until_stopped, log)
    wake_up_process(task)
    log.order = kthread_stop(task)
""")
    it.until("client", "set_should_stop")
    it.finish("kthread1")
    it.finish("client")
    assert it.value("log.order") == 42


def test_stop_beats_a_queued_work() -> None:
    more = """
    queue_kthread_work(w, work)
    kthread_stop(w.task)
"""
    it = created("create_kthread_worker(0)", more)
    it.until("client", "spin_lock_irqsave").run("kthread1")
    it.run("client")
    it.finish("kthread1")
    it.finish("client")
    assert (it.value("worker#1.task"), it.value("log.runs"), nodes(it, "worker#1")) == (None, 0, ("work",))


def test_a_scene_has_only_the_kthreads_that_it_has_slots_for() -> None:
    it = created("create_kthread_worker(0)", "    w = create_kthread_worker(0)\n")
    it.run("client")
    assert "the scenario has no spare kthread left" in it.events("limit")[0]
    assert it.events("oops") == []
