"""One moment of a played lesson, as data: everything that the panes draw, and nothing they could change."""

from collections.abc import Mapping

from ktwviz.kernel.picture import LockView, Picture
from ktwviz.lesson.model import Quiz
from ktwviz.lesson.moves import MACHINERY, changes_of, matters
from ktwviz.lesson.watching import Watched
from ktwviz.machine.history import Change, Event, Step
from ktwviz.machine.snapshot import ContextView, FieldView, Status
from ktwviz.session import Choice
from ktwviz.tui.player.code import AS_RUN, Tongue
from ktwviz.tui.player.foresight import Foresight
from ktwviz.tui.player.track import Column, decisions
from ktwviz.values import dataclass, field

DRAWN = (
    "KthreadWorker",
    "KthreadWork",
    "DelayedKthreadWork",
    "KthreadDelayedWork",
    "KthreadFlushWork",
    "Spinlock",
    "ListHead",
    "TimerList",
)
"""Structs that have panes of their own."""

BLOCKED: tuple[Status, ...] = ("spins", "waits", "sleeps", "held back")


@dataclass(frozen=True)
class Feedback:
    """What became of a quiz: whether the answer was right, which it was, and why."""

    right: bool
    answer: str
    because: str


@dataclass(frozen=True)
class Story:
    """The lesson's side of a moment.

    `notice` is a sentence of the program, plain text; `trouble` says that it refuses something. `newest_hint` is
    the hint just asked for, in Markdown as all texts of the lesson. `move` counts the moves of the beat in hand
    that are done, of `moves` that it takes; both are 0 off the script. `unit` says what a move is. Space goes on
    `along_walk` or along the script, to step `leads_to`, 0 where it follows neither; `script_key` is what the
    script wants where the walk parts from it. `script_done` says that the walk is the script and no more,
    `deciding` names the keys that run something, and `opened` says that it was opened at its end. `best` is the
    learner's own record for the goal, `fewest` what a search found possible; None while not known. `goal_never`
    says that no interleaving of this version reaches it. `shown_by` says who made the walk, "explorer", "matrix" or
    "token", where it is not the learner's own: then the goal is not reached, though `goal_step` says where it
    holds. `own_code` says that the learner wrote what runs. `hint_place` says when the hints hold, "" where they
    do. `rule` is a diff, what the lesson changes in the kernel. `version` is empty in the version that
    the lesson is about, `beside` is another one to compare it with, empty where there is none.
    """

    number: str = ""
    title: str = ""
    beat: int = 0
    beats: int = 0
    beat_title: str = ""
    move: int = 0
    moves: int = 0
    unit: str = "line"
    leads_to: int = 0
    along_walk: bool = False
    script_key: str = ""
    script_done: bool = False
    deciding: str = ""
    opened: bool = False
    narration: str = ""
    aim: str = ""
    introduction: str = ""
    rule: str = ""
    on_script: bool = True
    quiz: Quiz | None = None
    chosen: int = 0
    quiz_number: int = 0
    quiz_count: int = 0
    feedback: Feedback | None = None
    goal: str = ""
    max_steps: int = 0
    goal_never: bool = False
    goal_reached: bool = False
    goal_step: int | None = None
    shown_by: str = ""
    own_code: bool = False
    best: int | None = None
    fewest: int | None = None
    hints: tuple[str, ...] = ()
    hint_count: int = 0
    newest_hint: str = ""
    hint_place: str = ""
    notice: str = ""
    trouble: bool = False
    next_lesson: str = ""
    fixable: bool = False
    version: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Scene:
    """The machine's side of a moment. `next_key` is what space runs, `marked` the context that the learner marked.

    `pinned` says that it was marked to be looked at, idle or not.
    `held_since` gives for the path of a word the step that last changed it. `branches` are steps at which a kept
    future leaves. `patched` are the lines, each with its function, in which the lesson's kernel differs.
    `irq_locks` gives for the name of a lock that an interrupt takes the number of the interrupt. `watched` are
    predicates and claims with their values.
    `foresight` is what lies ahead, None unless the learner asked.
    """

    picture: Picture
    previous: Picture | None
    last: tuple[Step, ...]
    cursor: int
    columns: tuple[Column, ...]
    choices: tuple[Choice, ...]
    next_key: str
    marked: int
    pinned: bool = False
    single: bool = False
    branches: frozenset[int] = frozenset()
    held_since: Mapping[str, int] = field(default_factory=dict)
    patched: frozenset[tuple[str, int]] = frozenset()
    irq_locks: Mapping[str, int] = field(default_factory=dict)
    watched: tuple[Watched, ...] = ()
    bad_end: str = ""
    finished: bool = False
    story: Story = Story()
    foresight: Foresight | None = None
    tongue: Tongue = AS_RUN

    @property
    def contexts(self) -> tuple[ContextView, ...]:
        """The contexts in the order of their numbers."""
        return self.picture.machine.contexts

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the last move changed, each word once; words of workers, works and timers come first."""
        return changes_of(self.last, self.picture.machine)

    def matters(self, path: str) -> bool:
        """Whether the word at `path` is the scenario's own, and not of the machine below it."""
        return matters(path, self.picture.machine)

    @property
    def extras(self) -> tuple[FieldView, ...]:
        """The words of live objects that no other pane draws, such as a scenario's counters."""
        return tuple(
            field
            for thing in self.picture.machine.objects
            if thing.life == "live" and thing.struct not in (*MACHINERY, *DRAWN)
            for field in thing.fields
        )

    @property
    def locks(self) -> tuple[LockView, ...]:
        """The locks worth showing: those of workers, and those that somebody held on this walk."""
        ours = {worker.lock for worker in self.picture.workers}
        used = {name for column in self.columns for name, owner in column.owners.items() if owner is not None}
        shown = [lock for lock in self.picture.locks if lock.name in ours or lock.name in used]
        return tuple(sorted(shown, key=lambda lock: lock.name not in ours))

    @property
    def events(self) -> tuple[Event, ...]:
        """The facts of the last move."""
        return tuple(event for step in self.last for event in step.events)

    def changed(self, path: str) -> bool:
        """Whether the last move changed the word at `path`."""
        return any(change.path == path for change in self.changes)

    @property
    def decisions(self) -> frozenset[int]:
        """The steps after which another choice was there for certain, and was not taken."""
        return decisions(self.columns)

    @property
    def moved(self) -> tuple[int, ...]:
        """Numbers of the contexts that made the last move, the latest first."""
        numbers = [int(step.choice) for step in reversed(self.last) if step.choice.isdigit()]
        return tuple(dict.fromkeys(numbers))

    def reason(self, context: ContextView) -> str:
        """Why a context may not run, as a sentence, with the step since which it holds."""
        said = (choice.reason for choice in self.choices if choice.key == str(context.number))
        return next(said, context.reason)

    def name(self, number: int | None) -> str:
        """How panes call a context: "1 client"."""
        for context in self.contexts:
            if context.number == number:
                return f"{context.number} {context.name}"
        return "nobody"


def shown_contexts(scene: Scene, count: int) -> tuple[ContextView, ...]:
    """Return the contexts that are shown where `count` fit, in number order.

    First the one that moved last, then the one that space runs, the one pinned, those that are ready, those that
    are blocked. What is idle or done takes no room, unless it is one of the first three.
    """
    wanted = [*scene.moved[:1], *([int(scene.next_key)] if scene.next_key.isdigit() else [])]
    wanted += [scene.marked] if scene.pinned else []

    def rank(context: ContextView) -> tuple[int, int, int]:
        asked = wanted.index(context.number) if context.number in wanted else len(wanted)
        return asked, _RANK.index(context.status), context.number

    candidates = [
        context
        for context in scene.contexts
        if context.status not in ("off", "done") or context.number in wanted
    ]
    return tuple(sorted(sorted(candidates, key=rank)[:count], key=lambda context: context.number))


_RANK: tuple[Status, ...] = ("ready", "dead", "spins", "held back", "waits", "sleeps", "done", "off")
