"""A hand-made run: the client queues a delayed work, the timer fires, the client queues the work once more."""

from dataclasses import dataclass, replace

from ktwviz.errors import BlockedStep
from ktwviz.kernel.picture import ListView, LockView, Picture, TimerView, WorkerView, WorkView
from ktwviz.lesson.model import Answer, Beat, Code, Goal, Lesson, Quiz
from ktwviz.machine.history import Change, Event, Step
from ktwviz.machine.snapshot import ContextView, CpuView, FieldView, ObjectView, Place, Snapshot

FILE = "ktwviz/kernel/kthread.py"

QUEUE = tuple(
    '''@stepped
def queue_delayed_kthread_work(worker: KthreadWorker, dwork: DelayedKthreadWork, delay: int) -> bool:
    """Queue dwork on worker after delay jiffies; at once if delay is 0.

    Returns False if it was already pending. Any context; takes worker.lock.
    """
    work = dwork.work
    ret = False

    flags = spin_lock_irqsave(worker.lock)
    if not kthread_work_pending(work):
        __queue_delayed_kthread_work(worker, dwork, delay)
        ret = True
    spin_unlock_irqrestore(worker.lock, flags)
    return ret'''.splitlines()
)

WORKER = tuple(
    '''@stepped
def kthread_worker_fn(worker: KthreadWorker) -> None:
    """Run works one after another, sleep while there are none."""
    worker.task = current()
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if kthread_should_stop():
            return
        spin_lock_irq(worker.lock)
        work = None
        if not list_empty(worker.work_list):
            work = list_first_entry(worker.work_list)
            list_del_init(work.node)
        worker.current_work = work
        spin_unlock_irq(worker.lock)
        if work:
            set_current_state(TASK_RUNNING)
            work.func(work)
        else:
            schedule()'''.splitlines()
)

TIMER = tuple(
    '''@stepped
def delayed_kthread_work_timer_fn(dwork: DelayedKthreadWork) -> None:
    """Queue the work of dwork: the delay is over."""
    work = dwork.work

    if not try_lock_kthread_work(work):
        return
    __queue_kthread_work(work.worker, work)
    unlock_kthread_work(work)'''.splitlines()
)


@dataclass(frozen=True)
class Choice:
    key: str
    label: str
    enabled: bool
    reason: str


@dataclass(frozen=True)
class Branch:
    at: int
    keys: tuple[str, ...]


def place(function: str, source: tuple[str, ...], first: int, line: int, **values: str) -> Place:
    return Place(function, FILE, line, first, source, False, tuple(values.items()))


CLIENT_AT = {line: place("queue_delayed_kthread_work", QUEUE, 212, line, delay="1", ret="False") for line in range(212, 230)}
WORKER_AT = {line: place("kthread_worker_fn", WORKER, 130, line, work="NULL") for line in range(130, 152)}
TIMER_AT = {line: place("delayed_kthread_work_timer_fn", TIMER, 188, line) for line in range(188, 200)}


def start_picture() -> Picture:
    contexts = (
        ContextView(1, "client", "task", 0, "ready", "", "", "lock worker.lock", (CLIENT_AT[221],)),
        ContextView(2, "kworker", "task", 1, "sleeps", "kworker sleeps until somebody wakes it", "", "", (WORKER_AT[149],)),
        ContextView(3, "timer", "softirq", 0, "off", "no timer of CPU0 has expired", "", "", ()),
        ContextView(4, "timer", "softirq", 1, "off", "no timer of CPU1 has expired", "", "", ()),
    )
    cpus = (CpuView(0, False, 0, False, False, "...."), CpuView(1, False, 0, False, False, "...."))
    objects = (
        ObjectView("worker", "KthreadWorker", "live", (FieldView("worker.lock.owner", "NULL"),
                   FieldView("worker.work_list.next", "worker.work_list"), FieldView("worker.current_work", "NULL"))),
        ObjectView("dwork", "DelayedKthreadWork", "live", (FieldView("dwork.work.node.next", "dwork.work.node"),
                   FieldView("dwork.work.worker", "NULL"), FieldView("dwork.timer.expires", "0"))),
    )
    return Picture(
        Snapshot(0, cpus, contexts, objects),
        (LockView("worker.lock", None, ()), LockView("base0.lock", None, ())),
        (WorkerView("worker", "kworker", "NULL", ListView("worker.work_list", (), True, ""), "worker.lock"),),
        (WorkView("dwork.work", True, "self (empty)", "NULL", "dwork.timer"),),
        (TimerView("dwork.timer", "idle", None, None, None),),
    )


def with_context(picture: Picture, number: int, **values: object) -> Picture:
    contexts = tuple(
        replace(context, **values) if context.number == number else context  # type: ignore[arg-type]  # named by tests
        for context in picture.machine.contexts
    )
    return replace(picture, machine=replace(picture.machine, contexts=contexts))


def with_cpu(picture: Picture, number: int, **values: object) -> Picture:
    cpus = tuple(
        replace(cpu, **values) if cpu.number == number else cpu  # type: ignore[arg-type]  # named by tests
        for cpu in picture.machine.cpus
    )
    return replace(picture, machine=replace(picture.machine, cpus=cpus))


def with_field(picture: Picture, path: str, text: str) -> Picture:
    objects = tuple(
        replace(thing, fields=tuple(replace(f, text=text) if f.path == path else f for f in thing.fields))
        for thing in picture.machine.objects
    )
    return replace(picture, machine=replace(picture.machine, objects=objects))


def with_lock(picture: Picture, owner: int | None, spinners: tuple[int, ...] = ()) -> Picture:
    first, *rest = picture.locks
    name = "NULL" if owner is None else picture.machine.context(owner).name
    return with_field(replace(picture, locks=(replace(first, owner=owner, spinners=spinners), *rest)), "worker.lock.owner", name)


def with_list(picture: Picture, nodes: tuple[str, ...], problem: str = "") -> Picture:
    worker = picture.workers[0]
    view = ListView("worker.work_list", nodes, not problem, problem)
    node = "on worker.work_list" if nodes else "self (empty)"
    works = (replace(picture.works[0], node=node, worker="worker"),)
    return replace(picture, workers=(replace(worker, work_list=view),), works=works)


def with_timer(picture: Picture, state: str, expires: int | None) -> Picture:
    left = None if expires is None else expires - picture.machine.time
    return replace(picture, timers=(TimerView("dwork.timer", state, expires, left, 0),))


def step(choice: str, line: int, access: str, *changes: Change, events: tuple[Event, ...] = ()) -> Step:
    name, cpu, function = {
        "1": ("client", 0, "queue_delayed_kthread_work"),
        "2": ("kworker", 1, "kthread_worker_fn"),
        "4": ("timer", 1, "delayed_kthread_work_timer_fn"),
        "t": ("clock", -1, ""),
    }[choice]
    return Step(choice, name, cpu, function, FILE if cpu >= 0 else "", line, access, changes, events)


def the_run() -> list[tuple[Step, Picture]]:
    """Return the steps with the pictures after them."""
    run: list[tuple[Step, Picture]] = []
    now = start_picture()

    def do(made: Step, picture: Picture) -> None:
        nonlocal now
        now = picture
        run.append((made, picture))

    taken = (Event("lock", "client takes worker.lock", "worker.lock"),)
    do(step("1", 221, "local_irq_save()", Change("cpu0.irqs_off", "0", "1")),
       with_cpu(now, 0, irqs_off=True, flags="d..."))
    do(step("1", 221, "spin_lock worker.lock", Change("worker.lock.owner", "NULL", "client"), events=taken),
       with_context(with_cpu(with_lock(now, 1), 0, flags="d..1", preempt_count=1), 1, stack=(CLIENT_AT[222],), next_access="load dwork.work.node.next"))
    do(step("1", 222, "load dwork.work.node.next"), now)
    do(step("1", 222, "load dwork.timer.entry"), with_context(now, 1, stack=(CLIENT_AT[223],)))
    do(step("1", 223, "store dwork.work.worker", Change("dwork.work.worker", "NULL", "worker")),
       with_field(replace(now, works=(replace(now.works[0], worker="worker"),)), "dwork.work.worker", "worker"))
    do(step("1", 223, "store dwork.timer.expires", Change("dwork.timer.expires", "0", "1")),
       with_field(now, "dwork.timer.expires", "1"))
    armed = (Event("arm", "dwork.timer armed for jiffy 1", "dwork.timer"),)
    do(step("1", 223, "add_timer", Change("dwork.timer.pending", "0", "1"), events=armed),
       with_context(with_timer(now, "pending", 1), 1, stack=(CLIENT_AT[225],)))
    freed = (Event("unlock", "client gives worker.lock back", "worker.lock"),)
    do(step("1", 225, "spin_unlock worker.lock", Change("worker.lock.owner", "client", "NULL"), events=freed),
       with_context(with_cpu(with_lock(now, None), 0, flags="....", irqs_off=False, preempt_count=0), 1, stack=(CLIENT_AT[221],)))
    tick = replace(now, machine=replace(now.machine, time=1))
    do(step("t", 0, "tick", Change("jiffies", "0", "1"), events=(Event("tick", "jiffies is 1"),)),
       with_context(with_timer(tick, "expired", 1), 4, status="ready", reason="", stack=(TIMER_AT[191],)))
    fired = (Event("fire", "dwork.timer leaves the wheel", "dwork.timer"),)
    do(step("4", 190, "detach dwork.timer", Change("dwork.timer.pending", "1", "0"), events=fired),
       with_context(with_cpu(with_timer(now, "fired, callback waits", 1), 1, in_softirq=True, irqs_off=True, flags="d.s1"), 2, status="held back", reason="the timer softirq runs on CPU1"))
    do(step("1", 221, "spin_lock worker.lock", Change("worker.lock.owner", "NULL", "client"), events=taken),
       with_context(with_context(with_cpu(with_lock(now, 1, (4,)), 0, irqs_off=True, flags="d..1"), 1, stack=(CLIENT_AT[222],)),
                    4, status="spins", blocked_on="worker.lock.owner", reason="worker.lock is held by client since step 11", stack=(TIMER_AT[193],)))
    do(step("1", 222, "load dwork.work.node.next"), now)
    do(step("1", 223, "list_add_tail", Change("worker.work_list.next", "worker.work_list", "dwork.work")),
       with_context(with_field(with_list(now, ("dwork.work",)), "worker.work_list.next", "dwork.work"), 1, stack=(CLIENT_AT[225],)))
    do(step("1", 225, "spin_unlock worker.lock", Change("worker.lock.owner", "client", "NULL"), events=freed),
       with_context(with_context(with_cpu(with_lock(now, None), 0, irqs_off=False, flags="...."), 1, status="done", stack=()), 4, status="ready", reason=""))
    do(step("4", 193, "spin_lock worker.lock", Change("worker.lock.owner", "NULL", "timer"), events=(Event("lock", "timer takes worker.lock", "worker.lock"),)),
       with_context(with_timer(with_lock(now, 4), "callback runs", 1), 4, stack=(TIMER_AT[195],)))
    do(step("4", 195, "list_add_tail", Change("dwork.work.node.next", "worker.work_list", "dwork.work"), events=(Event("warn", "WARNING: work.node is not empty", "dwork.work"),)),
       with_context(with_list(now, ("dwork.work", "dwork.work"), "dwork.work is linked twice"), 4, stack=(TIMER_AT[196],)))
    return run


class FakeSession:
    def __init__(self) -> None:
        self.run = the_run()
        self.cursor = 0
        self.single = False
        self.known = 0
        self.moves: list[int] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(made for made, _ in self.run[: self.known])

    @property
    def branches(self) -> tuple[Branch, ...]:
        return (Branch(8, ("1",)),) if self.known > 8 else ()

    def picture(self, at: int | None = None) -> Picture:
        at = self.cursor if at is None else at
        return self.run[at - 1][1] if at else start_picture()

    def _before(self) -> int:
        return max((at for at in [0, *self.moves] if at < self.cursor), default=0)

    def previous_picture(self) -> Picture | None:
        return self.picture(self._before()) if self.cursor else None

    def last_steps(self) -> tuple[Step, ...]:
        return self.steps[self._before() : self.cursor]

    def choices(self) -> tuple[Choice, ...]:
        contexts = self.picture().machine.contexts
        listed = [
            Choice(str(one.number), one.title, one.status == "ready" and not self.finished, one.reason)
            for one in contexts
        ]
        return (*listed, Choice("t", "tick", not self.finished, ""))

    def choose(self, key: str) -> tuple[Step, ...]:
        choice = next(choice for choice in self.choices() if choice.key == key)
        if not choice.enabled:
            raise BlockedStep(choice.reason)
        if self.run[self.cursor][0].choice != key:
            raise BlockedStep("this run knows one way only")
        first = self.cursor
        line = self.run[first][0].line
        self.cursor += 1
        while not self.single and not self.finished and (self.run[self.cursor][0].choice, self.run[self.cursor][0].line) == (key, line):
            self.cursor += 1
        self.known = max(self.known, self.cursor)
        self.moves = sorted({*self.moves, self.cursor})
        return self.steps[first : self.cursor]

    def tick_to_expiry(self) -> tuple[Step, ...]:
        return self.choose("t")

    def back(self) -> bool:
        if not self.cursor:
            return False
        self.cursor = self._before()
        return True

    def forward(self) -> bool:
        return False

    def jump(self, step: int) -> None:
        self.cursor = max(0, min(step, self.known))

    def next_event(self) -> int | None:
        return next((n for n, made in enumerate(self.steps, 1) if n > self.cursor and made.events), None)

    def previous_event(self) -> int | None:
        return next((n for n in range(self.cursor - 1, 0, -1) if self.steps[n - 1].events), None)

    def swap_branch(self) -> bool:
        return False

    def held_since(self, path: str) -> int | None:
        found = [n for n, made in enumerate(self.steps[: self.cursor], 1) if any(c.path == path for c in made.changes)]
        return found[-1] if found else None

    def schedule(self) -> tuple[str, ...]:
        return tuple(made.choice for made in self.steps[: self.cursor])

    def restart(self) -> None:
        self.cursor = self.known = 0
        self.moves = []

    @property
    def bad_end(self) -> str:
        broken = self.picture().broken_lists
        return f"worker.work_list is broken: {broken[0].problem}" if broken else ""

    @property
    def finished(self) -> bool:
        return self.cursor == len(self.run)


QUIZ = Quiz(
    "The client now tests `kthread_work_pending()`. What does it see?",
    (
        Answer("pending: the callback is about to queue it", "The callback has not run yet, and `timer_pending()` knows nothing of callbacks.", "", 1),
        Answer("not pending", "Off the wheel, not yet on the list: nothing marks it.", "True", 1),
        Answer("it sleeps until the callback is done", "Nothing here sleeps: the client holds a spinlock.", "", 1),
    ),
    1,
)

NO_CODE = Code("", 1)


def lesson(number: int, slug: str, title: str, **values: object) -> Lesson:
    base = Lesson(
        file=f"lessons/{number:02}-{slug}.md", id=slug, title=title, kind="race", minutes=6, needs=("one-tick",),
        kernel="v4", source="1453736711-6703-9-git-send-email-pmladek@suse.com",
        aim="Name the moment in which nobody owns the work.", rule="",
        introduction="A delayed work waits on no list. It is pending because its *timer* is: `kthread_work_pending()` "
        "asks the node and the timer. Between the timer leaving its wheel and the callback taking `worker->lock` "
        "there is a moment that neither covers.\n\nYou drive the client into that moment.",
        scenario=NO_CODE, rules=(), properties=(), beats=BEATS,
        goal=Goal("put `dwork.work` on the list twice", "", 27, ("Who else may queue the work now?", "Let the client take the lock first."), 1),
        fix=None, closing="The node was linked a second time: the list now runs in a circle that never meets its head.",
    )
    return replace(base, **values)  # type: ignore[arg-type]  # named by tests


BEATS = (
    Beat("The client arms the timer", "The client takes `worker.lock` with interrupts off, finds the work idle, and arms its timer for the next jiffy. The work is on **no** list meanwhile.", "client", "", (), None, 1),
    Beat("One jiffy later", "The clock ticks. The timer has expired, and the softirq of its CPU may run.", "tick", "", (), None, 1),
    Beat("The timer leaves its wheel", "The core unlinks an expired timer *before* it calls the callback. For these few instructions a plain `timer_pending()` says no, and the callback has not taken `worker.lock` yet: nobody owns the work.", "timer", "", (), None, 1),
    Beat("The client asks again", "The client takes the lock first. The callback spins for it, with interrupts off on CPU1.", "client", "", (), QUIZ, 1),
)  # fmt: skip

ENDS = (8, 9, 10, 14)


class FakePlay:
    def __init__(self, played: Lesson) -> None:
        self.lesson = played
        self.session = FakeSession()
        self.hints: list[str] = []
        self.quiz_done = 0
        self.quiz_count = 1

    @property
    def beat_index(self) -> int:
        return sum(1 for end in ENDS if self.session.cursor >= end)

    @property
    def beat(self) -> Beat | None:
        return self.lesson.beats[self.beat_index] if self.beat_index < len(ENDS) else None

    on_script = True

    def open_quiz(self) -> Quiz | None:
        return QUIZ if self.session.cursor == 10 and not self.quiz_done else None

    def answer(self, index: int) -> tuple[bool, str]:
        self.quiz_done = 1
        return bool(QUIZ.answers[index].proof), QUIZ.answers[index].because

    def skip_quiz(self) -> None:
        self.quiz_done = 1

    def advance(self) -> tuple[Step, ...]:
        return self.session.choose(self.session.run[self.session.cursor][0].choice)

    def narration(self) -> str:
        return self.beat.narration if self.beat else ""

    def hints_shown(self) -> tuple[str, ...]:
        return tuple(self.hints)

    def next_hint(self) -> str | None:
        goal = self.lesson.goal
        if goal is None or len(self.hints) == len(goal.hints):
            return None
        self.hints.append(goal.hints[len(self.hints)])
        return self.hints[-1]

    @property
    def goal_reached(self) -> bool:
        return self.session.known == len(self.session.run)

    @property
    def goal_steps(self) -> int | None:
        return len(self.session.run) if self.goal_reached else None

    def token(self) -> str:
        return "kt1/timer-window@3f2a/1*8.t.4.1*4"


LESSONS = (
    lesson(1, "meet-the-worker", "Meet the worker", kind="basics", minutes=3, needs=()),
    lesson(2, "zero-delay", "A delay of zero queues at once", kind="basics", minutes=2, needs=("meet-the-worker",)),
    lesson(3, "one-tick", "One tick later", kind="basics", minutes=4, needs=("meet-the-worker",)),
    lesson(4, "timer-window", "Neither pending nor queued"),
    lesson(5, "worker-moved", "The worker moved while we waited"),
    lesson(6, "no-worker", "A work without a worker", minutes=4),
    lesson(7, "irqsave", "spin_lock or spin_lock_irqsave?", kind="deadlock"),
    lesson(8, "twice", "Twice on the list", kind="corruption", minutes=7),
    lesson(9, "cancel", "Cancel against the timer", kind="deadlock", minutes=8),
    lesson(10, "flush", "Flush waits for whom?", minutes=5),
    lesson(11, "boss", "Break v4 yourself", kind="challenge", minutes=0, beats=()),
)
