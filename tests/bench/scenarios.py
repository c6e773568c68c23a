"""S1, S2 and S3: three scenarios that every checker of the table goes through, each with a bug and without.

The models in `models/` are the same, line by line. One shared access, lock operation or blocking wait is one step.

S1: a client queues a delayed work twice while its timer fires. The bug: it asks whether the timer is armed, which
    it is not any more once its function runs.
S2: a client cancels a delayed work and waits until the timer's function has ended. The bug: it holds the lock that the
    function needs; the fix says `canceling` and lets it go.
S3: producers insert works and wake the worker. The bug: the worker looks at the queue before it sets its state.
"""

import ast
from dataclasses import dataclass

from ktwviz.machine.build import Scene, TaskSpec, build_machine
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Word, members
from ktwviz.machine.program import Program, namespace_of
from ktwviz.machine.structs import Struct
from tests.bench import plain

S1 = """
def client():
    queue_delayed_work()
    queue_delayed_work()

def queue_delayed_work():
    acquire(worker.lock)
    if not timer.queued and not {pending}():
        acquire(timer.lock)
        timer.armed = True
        release(timer.lock)
    release(worker.lock)

def timer_pending():
    return timer.armed

def timer_active():
    acquire(timer.lock)
    active = timer.armed or timer.running
    release(timer.lock)
    return active

def softirq():
    while True:
        wait_for_armed(timer)
        acquire(timer.lock)
        timer.armed = False
        timer.running = True
        release(timer.lock)
        acquire(worker.lock)
        if timer.queued:
            bug()
        timer.queued = True
        release(worker.lock)
        acquire(timer.lock)
        timer.running = False
        release(timer.lock)

def kworker():
    while True:
        wait_for_queued(timer)
        acquire(worker.lock)
        timer.queued = False
        release(worker.lock)
"""

S2_CANCEL = {
    "bug": """
def cancel():
    acquire(worker.lock)
    acquire(timer.lock)
    timer.armed = False
    release(timer.lock)
    wait_while_running(timer)
    timer.queued = False
    release(worker.lock)
""",
    "ok": """
def cancel():
    acquire(worker.lock)
    timer.canceling = timer.canceling + 1
    release(worker.lock)
    acquire(timer.lock)
    timer.armed = False
    release(timer.lock)
    wait_while_running(timer)
    acquire(worker.lock)
    timer.queued = False
    timer.canceling = timer.canceling - 1
    release(worker.lock)
""",
}

S2 = """
def client():
    acquire(worker.lock)
    if timer.canceling == 0 and not timer.queued:
        acquire(timer.lock)
        timer.armed = True
        release(timer.lock)
    release(worker.lock)

def softirq():
    while True:
        wait_for_armed(timer)
        acquire(timer.lock)
        if timer.armed:
            timer.armed = False
            timer.running = True
            release(timer.lock)
            acquire(worker.lock)
            if timer.canceling == 0:
                timer.queued = True
            release(worker.lock)
            acquire(timer.lock)
            timer.running = False
        release(timer.lock)

def kworker():
    while True:
        wait_for_queued(timer)
        acquire(worker.lock)
        timer.queued = False
        release(worker.lock)
"""

S3_WORKER = {
    "bug": """
def kworker():
    while True:
        acquire(worker.lock)
        work = take(worker)
        worker.current = work
        release(worker.lock)
        if not work:
            worker.state = SLEEPING
            schedule(worker)
""",
    "ok": """
def kworker():
    while True:
        worker.state = SLEEPING
        acquire(worker.lock)
        work = take(worker)
        worker.current = work
        release(worker.lock)
        if work:
            worker.state = RUNNING
        else:
            schedule(worker)
""",
}

S3 = """
def producer(work):
    acquire(worker.lock)
    insert(worker, work)
    worker.state = RUNNING
    release(worker.lock)
"""


@dataclass(frozen=True)
class Scenario:
    """A machine, and what is right at the end of a run: `ends_well` judges a state from which no step leads on."""

    machine: Machine
    _finite: tuple[int, ...]
    _empty: int

    def ends_well(self, state: State) -> bool:
        """Tell whether all who are to finish have, and nothing is left in the queue."""
        return all(state[slot] == 1 for slot in self._finite) and (
            self._empty < 0 or state[self._empty] is None
        )


def build(name: str, variant: str, producers: int = 1) -> Scenario:
    """Return S1, S2 or S3 as "bug" or "ok"."""
    if name == "S1":
        pending = "timer_pending" if variant == "bug" else "timer_active"
        text, finite, eternal = S1.format(pending=pending), ["client"], ["softirq", "kworker"]
    elif name == "S2":
        text, finite, eternal = S2 + S2_CANCEL[variant], ["client", "cancel"], ["softirq", "kworker"]
    else:
        text, finite, eternal = S3 + S3_WORKER[variant], [], ["kworker"]
    objects: dict[str, type[Struct]] = {"worker": plain.Worker}
    if name != "S3":
        objects["timer"] = plain.Timer
    functions = _functions(text)
    tasks: list[tuple[str, Stepped, tuple[str, ...]]] = [
        (function, functions[function], ()) for function in finite
    ]
    if name == "S3":
        for number in range(1, producers + 1):
            objects[f"work{number}"] = plain.Work
            tasks.append((f"producer{number}", functions["producer"], (f"work{number}",)))
    tasks += [(function, functions[function], ()) for function in eternal]
    # nobody shares a CPU: any context may take the next step, as in the other checkers
    specs = [TaskSpec(task, cpu, entry, arguments) for cpu, (task, entry, arguments) in enumerate(tasks)]
    program = Program({**namespace_of(plain), **functions})
    machine = build_machine(Scene(program, cpus=len(specs), objects=objects, tasks=specs))
    first = members(program.namespace["worker"])["first"]
    assert isinstance(first, Word)
    slots = tuple(context.slot for context in machine.contexts if context.name not in eternal)
    return Scenario(machine, slots, first.index)


def _functions(text: str) -> dict[str, Stepped]:
    lines = text.splitlines()
    return {
        tree.name: Stepped(tree.name, "bench", tree, tuple(lines[tree.lineno - 1 : tree.end_lineno]))
        for tree in ast.parse(text).body
        if isinstance(tree, ast.FunctionDef)
    }
