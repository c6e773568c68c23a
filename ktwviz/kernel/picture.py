"""The kernel's objects as people read them: locks, lists, workers, works, timers. Drawn by panes, never changed."""

from ktwviz.machine.snapshot import Snapshot
from ktwviz.values import dataclass

DANGLING = "DANGLING"
"""What is said of a node that is neither on a list nor points to itself."""


@dataclass(frozen=True)
class LockView:
    """A spinlock: number of the context that holds it (None: free), and of those that spin for it.

    `bound` are the spinners that nothing but this lock can let go on; another one may give up.
    """

    name: str
    owner: int | None
    spinners: tuple[int, ...]
    bound: tuple[int, ...]


@dataclass(frozen=True)
class ListView:
    """A list as a walk along `next` from its head finds it.

    `nodes` are names in that order, the head left out. `problem` is empty for a sound list, else one sentence: "dw1
    is linked twice", "w2.prev points to head, not to w1". `closed` is False where the walk never came back to the
    head: the last name in `nodes` is then the one at which it turned round.
    """

    name: str
    nodes: tuple[str, ...]
    closed: bool
    problem: str


@dataclass(frozen=True)
class WorkerView:
    """A kthread_worker. `task` and `current_work` are texts ("kworker", "NULL").

    `delayed_work_list` holds the works whose timers are armed; v4 has no such list.
    """

    name: str
    task: str
    current_work: str
    work_list: ListView
    delayed_work_list: ListView | None
    lock: str

    @property
    def lists(self) -> tuple[ListView, ...]:
        """The lists that this version of a worker has."""
        return (self.work_list, *((self.delayed_work_list,) if self.delayed_work_list else ()))


@dataclass(frozen=True)
class WorkView:
    """A kthread_work. `node` says in words where it is linked: "self (empty)", "on worker.work_list", "DANGLING".

    `timer` is the pointer to its timer that a work of v4 has ("NULL", "dwork.timer"); where later versions have none
    it is the timer that the work lies beside. `canceling` is how many cancel the work now.
    """

    name: str
    delayed: bool
    node: str
    worker: str
    timer: str
    canceling: int


@dataclass(frozen=True)
class TimerView:
    """A timer_list.

    `state` is one of "idle", "pending", "expired", "fired, callback waits", "callback runs", "callback done".
    `expires` is in jiffies since the start of the scenario, None where it was never set; `left` is expires - now.
    `cpu` is the CPU whose base has it.
    """

    name: str
    state: str
    expires: int | None
    left: int | None
    cpu: int | None


@dataclass(frozen=True)
class Picture:
    """Everything that the panes draw for one moment."""

    machine: Snapshot
    locks: tuple[LockView, ...]
    workers: tuple[WorkerView, ...]
    works: tuple[WorkView, ...]
    timers: tuple[TimerView, ...]

    @property
    def broken_lists(self) -> tuple[ListView, ...]:
        """The lists that are no longer sound."""
        return tuple(view for worker in self.workers for view in worker.lists if view.problem)
