"""A run as the kernel's function tracer would have logged it, with the events that one would switch on for a race.

A step is a microsecond: the time of a row is the number of its step. The PID is the number of the context. An
interrupt stands under its own name, where the kernel has that of the task it came upon.
"""

from collections.abc import Iterator

from ktwviz.export.lines import Line, lines_of
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Event, Step
from ktwviz.schedule import Token
from ktwviz.session import Session

_HEAD = """\
# tracer: function
#
# entries-in-buffer/entries-written: {count}/{count}   #P:{cpus}
#
#                              _-----=> irqs-off
#                             / _----=> need-resched
#                            | / _---=> hardirq/softirq
#                            || / _--=> preempt-depth
#                            ||| /
#           TASK-PID   CPU#  ||||    TIMESTAMP  FUNCTION
#              | |       |   ||||       |         |"""

_CALLERS = {"task": "kthread", "softirq": "__do_softirq", "hardirq": "handle_irq_event_percpu"}
"""What calls the outermost function of a context in the kernel."""
_EVENTS = {
    "lock": "lock_acquired",
    "unlock": "lock_release",
    "spin": "lock_contended",
    "wake": "sched_wakeup",
    "sleep": "sched_switch",
    "arm": "timer_start",
    "disarm": "timer_cancel",
    "alloc": "kmalloc",
    "free": "kfree",
    "done": "sched_process_exit",
    "warn": "console",
    "bug": "console",
    "oops": "console",
}
"""The kernel's names for what happens."""
_AFTERWARDS = ("lock", "enter")
"""Events that the kernel reports when what they tell is done, so that the flags have it."""


def as_ftrace(scenario: Scenario, session: Session, token: Token) -> str:
    """Return the trace up to the cursor, and what is broken at its end as a comment."""
    rows = list(_Tracer(session).rows())
    head = _HEAD.format(count=len(rows), cpus=len(session.picture(0).machine.cpus))
    end = [f"# broken: {session.bad_end}"] if session.bad_end else []
    return "\n".join([head, *rows, *end])


class _Tracer:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.kinds = {str(context.number): context.kind for context in session.picture(0).machine.contexts}
        self.stacks: dict[str, list[tuple[str, int]]] = {}

    def rows(self) -> Iterator[str]:
        """Yield a row for each function that is entered and each event."""
        for line in lines_of(self.session):
            if line.cpu >= 0:
                yield from self.entries(line)
            for number, step in enumerate(line.steps, line.number):
                for event in step.events:
                    yield self.row(number, step, self.event(step, event), event.kind in _AFTERWARDS)

    def entries(self, line: Line) -> Iterator[str]:
        """Yield the functions that were entered since the last line of this context."""
        first = line.steps[0]
        before = self.stacks.get(first.choice, [])
        stack = [(frame.function.name, frame.line) for frame in line.frames]
        self.stacks[first.choice] = stack
        caller = _CALLERS[self.kinds[first.choice]]
        same = True
        for depth, (name, at) in enumerate(stack):
            known = before[depth] if same and depth < len(before) else None
            if known is None or known[0] != name:
                yield self.row(line.number, first, f"{name} <-{caller}")
                same = False
            # called from another line it is another call
            same = same and known == (name, at)
            caller = name

    def event(self, step: Step, event: Event) -> str:
        """Return an event with the name that the kernel has for it."""
        kind = self.kinds.get(step.choice, "")
        if event.kind in ("enter", "exit"):
            handler = "softirq" if kind == "softirq" else "irq_handler"
            return f"{handler}_{'entry' if event.kind == 'enter' else 'exit'}: {step.context}"
        name = _EVENTS.get(event.kind, event.kind)
        if event.kind in ("lock", "unlock"):
            return f"{name}: {event.about}"
        return f"{name}: {event.text}"

    def row(self, number: int, step: Step, said: str, afterwards: bool = False) -> str:
        """Return one row; `afterwards` has the flags that the step left."""
        cpus = self.session.picture(number if afterwards else number - 1).machine.cpus
        cpu, flags = max(step.cpu, 0), "d.h."
        if step.cpu >= 0:
            flags = next(view.flags for view in cpus if view.number == step.cpu)
        pid = step.choice if step.choice.isdigit() else "0"
        return (
            f"{step.context:>16}-{pid:<5} [{cpu:03}] {flags} {number // 10**6:5}.{number % 10**6:06}: {said}"
        )
