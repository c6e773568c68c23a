"""The simulated computer: which steps are possible in a state, and what each of them makes of it.

A state is one flat tuple: the words of memory that can change, then one local-state number for each context.
`choices`, `step` and `snapshot` are pure functions of it; everything else in the project uses these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from ktwviz.errors import BlockedStep
from ktwviz.machine import memory
from ktwviz.machine.automaton import DONE, IDLE, Automaton, LocalState
from ktwviz.machine.clock import Dates, Ticking
from ktwviz.machine.context import Context
from ktwviz.machine.cpu import give_back, give_up
from ktwviz.machine.effects import perform
from ktwviz.machine.history import Event
from ktwviz.machine.language import Primitive
from ktwviz.machine.memory import Handle, Word
from ktwviz.machine.program import Program
from ktwviz.machine.run import Blocked, Fault, Run, running, this_context
from ktwviz.machine.snapshot import Status
from ktwviz.machine.structs import Struct
from ktwviz.machine.tree import Branch, Tree
from ktwviz.values import dataclass

State = tuple[Any, ...]
TICK = "t"
DRAINS = "abcd"
"""The keys that let the oldest store of CPU0, CPU1, ... reach memory, under TSO."""


@dataclass(frozen=True)
class Enabled:
    """A step that can be taken. `writes` are (index in the state, new value); `choice` is the key that takes it."""

    choice: str
    context: Context | None
    before: int
    writes: tuple[tuple[int, Any], ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Refused:
    """A step that cannot be taken now, and why. `word` is the word that has to change first."""

    choice: str
    context: Context | None
    status: Status
    reason: str
    word: Word | None = None
    slot: int | None = None

    @property
    def index(self) -> int | None:
        """The place in the state of what has to change first, None where that is not known."""
        return self.word.index if self.word is not None else self.slot


Outcome = Enabled | Refused


@dataclass(frozen=True)
class Choice:
    """One thing a scheduler may do: a context's step ("1".."9") or the clock's tick ("t").

    `reason` is empty if it is enabled, else a sentence; `blocked_on` then is the path of the word that must change.
    """

    key: str
    label: str
    enabled: bool
    reason: str = ""
    blocked_on: str = ""


class Machine:
    """A scenario, ready to run. Made by `build.build_machine`."""

    merges = False
    """Whether a state stands for others in which tasks have changed places (`checker/symmetry/`)."""

    jumps = False
    """Whether a step of the clock may stand for several ticks (`checker/ticks.py`)."""

    def __init__(
        self,
        *,
        program: Program,
        objects: Sequence[Handle],
        contexts: Sequence[Context],
        initial: State,
        words: Sequence[Word],
        ticking: Ticking | None,
    ) -> None:
        self.program = program
        self.objects = tuple(objects)
        self.contexts = tuple(contexts)
        self.initial = initial
        self.words = tuple(words)
        self.cpus: dict[int, Handle] = {
            int(memory.name_of(handle).removeprefix("cpu")): handle
            for handle in objects
            if memory.struct_of(handle).__name__ == "Cpu"
        }
        self.clock = next(handle for handle in objects if memory.struct_of(handle).__name__ == "Clock")
        self.pools: dict[Any, tuple[Handle, ...]] = {}
        buffers = {number: memory.members(handle)["buffer"] for number, handle in self.cpus.items()}
        self.buffers = {
            n: word.index for n, word in buffers.items() if isinstance(word, Word) and word.index >= 0
        }
        self.canonical: Callable[[State], State] = lambda state: state
        self._ticks = ticking is not None
        self.unsure_of_time = ticking.unsure if ticking else ""
        """Where a search ends because the clock would stop, though somebody may tell; "" where nobody can."""
        self._parts: dict[type[Struct], tuple[Handle, ...]] = {}
        self.automata = {
            context.number: Automaton(program.starter(context.entry, context.arguments, context), program)
            for context in contexts
        }
        self._actions: list[tuple[int, list[Tree[Outcome]], Context | None]] = []
        for context in contexts:
            self._actions.append((context.slot, [], context))
        self._drains = {DRAINS[number]: number for number in self.buffers}
        # what happens without any context: the clock's tick, stores that reach memory
        self._hardware: list[Tree[Outcome] | _Clock] = []
        if ticking:
            armed, anyhow = (Tree(self._worker_of_tick(tick)) for tick in (ticking.armed, ticking.anyhow))
            self._time = Dates(self, ticking)
            dated = self._time.patience is not None
            self._hardware.append(_Clock(armed, anyhow, self._time) if dated else armed)
        self._hardware += [Tree(self._work_out_drain(key)) for key in self._drains]
        if any(not context.spare and context.kind == "task" for context in contexts):
            self.initial = self._started(initial)

    def _started(self, state: State) -> State:
        new = list(state)
        for context in self.contexts:
            if context.kind == "task" and not context.spare:
                new[context.slot] = self.automata[context.number].first()
        return tuple(new)

    # The three functions ------------------------------------------------------------------------------------------

    def choices(self, state: State) -> tuple[Choice, ...]:
        """Return all choices in a fixed order, contexts by number and then the clock; the blocked ones with reasons."""
        return tuple(self._choice(outcome) for outcome in self.outcomes(state))

    def step(self, state: State, choice: str) -> tuple[State, Enabled]:
        """Take one atomic step. Raises BlockedStep, whose text is the reason, where it cannot be taken."""
        for outcome in self.outcomes(state):
            if outcome.choice == choice:
                if isinstance(outcome, Refused):
                    raise BlockedStep(outcome.reason)
                return apply(state, outcome), outcome
        raise BlockedStep(f"there is no context {choice}: the choices are {', '.join(self.keys)}")

    @property
    def patience(self) -> int | None:
        """How old a moment is that is told from older ones, in jiffies; None where no code tells moments apart."""
        return self._time.patience if self._ticks else None

    def clock_gives_up(self, state: State) -> bool:
        """Tell whether the clock stops here for the age of all that is noted, not because nothing is."""
        return self._ticks and self._time.all_are_old(state)

    def outcomes(self, state: State) -> list[Outcome]:
        """Return what each choice would do here, in the order of `choices`."""
        found = [
            self._tree(trees, state[slot], context).at(state)
            for slot, trees, context in self._actions
            if context
        ]
        found += [tree.at(state) for tree in self._hardware]
        return found

    def successors(self, state: State) -> list[tuple[Enabled, State]]:
        """Return every step that can be taken here and the state it leads to; the checker's inner loop.

        After a tick the state is `canonical`: of all states that differ in the date alone, one stands for the others.
        A tick that leads back to the same state is none: nobody can tell that it was.
        """
        found = []
        for slot, trees, context in self._actions:
            number = state[slot]
            if number == DONE:
                continue
            tree = trees[number] if number < len(trees) else self._tree(trees, number, context)
            node = tree.root
            # type() is quicker than __class__ and isinstance() here, and this is where all the time goes
            while type(node) is Branch:
                node = node.cases.get(state[node.index])
            if node is None:
                node = tree.grow(state)
            if type(node) is Enabled:
                new = list(state)
                for index, value in node.writes:
                    new[index] = value
                found.append((node, tuple(new)))
        for hardware in self._hardware:
            outcome = hardware.at(state)
            if type(outcome) is Enabled:
                following = self._after_hardware(state, outcome)
                if following != state:
                    found.append((outcome, following))
        return found

    def _after_hardware(self, state: State, outcome: Enabled) -> State:
        following = apply(state, outcome)
        return self.canonical(following) if outcome.choice == TICK else following

    @property
    def whole(self) -> Machine:
        """The machine that runs are played on: this one, unless it stands for another (`checker/symmetry/`)."""
        return self

    def real_keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the schedule of the whole machine that a schedule of this one stands for."""
        return tuple(keys)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of all choices, in order."""
        contexts = [str(context.number) for context in self.contexts]
        return (*contexts, *([TICK] if self._ticks else []), *self._drains)

    def every(self, struct: type[Struct]) -> tuple[Handle, ...]:
        """Return all addresses of structs of a type, embedded ones included, in order of declaration."""
        found = self._parts.get(struct)
        if found is None:
            found = tuple(part for handle in self.objects for part in memory.parts_of(handle, struct))
            self._parts[struct] = found
        return found

    def pool(self, struct: type[Struct]) -> tuple[Handle, ...]:
        """Return the slots that kzalloc has for a type."""
        return self.pools.get(("kzalloc", struct), ())

    def stack_pool(self, struct: type[Struct], context: Context) -> tuple[Handle, ...]:
        """Return the slots for objects of a type on a context's stack."""
        return self.pools.get((context.name, struct), ())

    def local_state(self, state: State, context: Context) -> LocalState:
        """Return where a context's code stands."""
        return self.automata[context.number].states[state[context.slot]]

    def value(self, state: State, word: Word) -> Any:
        """Return a word's value in a state."""
        return word.constant if word.index < 0 else state[word.index]

    # One step, worked out -----------------------------------------------------------------------------------------

    def _tree(self, trees: list[Tree[Outcome]], number: int, context: Context | None) -> Tree[Outcome]:
        assert context is not None
        while len(trees) <= number:
            trees.append(Tree(self._worker(context, len(trees))))
        return trees[number]

    def _worker(self, context: Context, number: int) -> Callable[[Sequence[Any]], Any]:
        def work_out(state: Sequence[Any]) -> tuple[list[tuple[int, Any]], Outcome]:
            run = Run(state, self, context)
            try:
                outcome: Outcome = self._context_step(run, context, number)
            except Blocked as blocked:
                status: Any = "off" if number == IDLE else blocked.status
                outcome = Refused(
                    str(context.number), context, status, blocked.reason, blocked.word, blocked.slot
                )
            return run.reads, outcome

        return work_out

    def _context_step(self, run: Run, context: Context, number: int) -> Enabled:
        if number == IDLE:
            return self._begin(run, context)
        if number == DONE:
            raise Blocked("done", f"{context} has finished")
        local = self.automata[context.number].states[number]
        if local.effect is None:
            raise Blocked("dead", f"{context} has stopped for good: {local.dead}")
        self._gate(run, context)
        try:
            received = perform(run, local.effect)
            following = self.automata[context.number].after(number, received)
            self._watch_return(run, context, local, following)
            if following == DONE:
                following = self._finish(run, context)
        except Fault as fault:
            following = self._die(run, context, number, fault)
        return self._enabled(run, context, number, following)

    def _enabled(self, run: Run, context: Context, before: int, following: int) -> Enabled:
        writes = dict(run.writes)
        if following != before:
            writes[context.slot] = following
        return Enabled(str(context.number), context, before, tuple(writes.items()), tuple(run.events))

    def _begin(self, run: Run, context: Context) -> Enabled:
        """Let an interrupt enter its CPU, if its guard and the CPU allow it."""
        if context.kind == "task":
            raise Blocked("off", f"{context} does not exist yet: kthread_create() makes it")
        self._gate_interrupt(run, context)
        with running(run):
            cpu = self.cpus[context.cpu]
            # first why it would not come at all
            context.guard.body()
            if cpu.irqs_off:
                raise Blocked("held back", f"CPU{context.cpu} has interrupts off", run.last_read)
            run.drain()  # entering an interrupt, and leaving it, serialises the CPU
            if context.kind == "hardirq":
                cpu.irqs_off = True
                under = self._above(run, context, ("hardirq",))
                if under is not None:
                    cpu.interrupted = (*cpu.interrupted, under)
        run.events.append(Event("enter", f"{context.name} enters CPU{context.cpu}", context.name))
        following = self.automata[context.number].first()
        if following == DONE:
            following = self._finish(run, context)
        return self._enabled(run, context, IDLE, following)

    def _finish(self, run: Run, context: Context) -> int:
        """Return the local state after the last step: an interrupt can come again, a task is done."""
        with running(run):
            cpu = self.cpus[context.cpu]
            if context.kind == "task":
                if cpu.preempt_count or cpu.irqs_off:
                    what = "preemption" if cpu.preempt_count else "interrupts"
                    run.events.append(Event("warn", f"{context.name} ended with {what} off", context.name))
                run.events.append(Event("done", f"{context.name} has finished", context.name))
                give_up(cpu)
                return DONE
            run.drain()
            self._complain_of_leak(run, context.name)
            if context.kind == "hardirq":
                cpu.irqs_off = False  # as they were where it came in
                if cpu.interrupted:
                    cpu.interrupted = cpu.interrupted[:-1]
            run.events.append(Event("exit", f"{context.name} leaves CPU{context.cpu}", context.name))
            return IDLE

    def _watch_return(self, run: Run, context: Context, local: LocalState, following: int) -> None:
        """Look at the preempt_count where the function that is to give it back unchanged has just returned."""
        names = [frame.function.name for frame in local.frames]
        if context.balanced not in names:
            return
        after = self.automata[context.number].states[following]
        if all(frame.function.name != context.balanced for frame in after.frames):
            called = names[names.index(context.balanced) + 1 :] or [context.balanced]
            with running(run):
                self._complain_of_leak(run, f"{called[0]}()")

    def _complain_of_leak(self, run: Run, who: str) -> None:
        left = give_back(self.cpus[this_context().cpu])
        if left:
            run.events.append(Event("warn", f"WARNING: {who} preempt leak: 0 -> {left}", who))

    def _die(self, run: Run, context: Context, number: int, fault: Fault) -> int:
        """Stop a context for good, its locks held. A task gives its CPU up; an interrupt takes the CPU with it."""
        run.events.append(Event(fault.kind, fault.text, fault.about))
        if context.kind == "task":
            with running(run):
                give_up(self.cpus[context.cpu])
        return self.automata[context.number].dies(number, fault.text)

    # Who may run --------------------------------------------------------------------------------------------------

    def _gate(self, run: Run, context: Context) -> None:
        """Raise Blocked unless the context is on top of its CPU."""
        if context.kind == "task":
            self._gate_task(run, context)
        elif context.kind == "softirq":
            self._gate_above(run, context, ("hardirq",))
        else:
            with running(run):
                if context in self.cpus[context.cpu].interrupted:
                    top = self._above(run, context, ("hardirq",))
                    assert top is not None, "one that is interrupted has another one over it"
                    raise Blocked("held back", f"CPU{context.cpu} is in {top.name}", slot=top.slot)

    def _gate_task(self, run: Run, context: Context) -> None:
        with running(run):
            if not context.task.on_rq:
                raise Blocked("sleeps", f"{context} sleeps until wake_up_process()", run.last_read)
            self._gate_above(run, context, ("hardirq", "softirq"))
            pinned = self.cpus[context.cpu].pinned
            if pinned is not None and pinned is not context:
                raise Blocked(
                    "held back",
                    f"{pinned.name} runs on CPU{context.cpu} with preemption or interrupts off",
                    run.last_read,
                )

    def _gate_interrupt(self, run: Run, context: Context) -> None:
        """A softirq may enter where no interrupt is active on the CPU, a hardirq over whatever has interrupts on."""
        if context.kind == "softirq":
            self._gate_above(run, context, ("hardirq", "softirq"))
            return
        top = self._above(run, context, ("hardirq",))
        with running(run):
            if top is not None and self.cpus[context.cpu].irqs_off:
                raise Blocked("held back", f"CPU{context.cpu} is in {top.name}", slot=top.slot)

    def _gate_above(self, run: Run, context: Context, kinds: tuple[str, ...]) -> None:
        above = self._above(run, context, kinds)
        if above is not None:
            raise Blocked("held back", f"CPU{context.cpu} is in {above.name}", slot=above.slot)

    def _above(self, run: Run, context: Context, kinds: tuple[str, ...]) -> Context | None:
        """Return the first interrupt of these kinds that runs on a context's CPU, that context left out."""
        with running(run):
            under = self.cpus[context.cpu].interrupted
        active = (
            other
            for other in self.contexts
            if other.cpu == context.cpu
            and other.kind in kinds
            and other is not context
            and other not in under
            and run.at(other.slot)
        )
        return next(active, None)

    def _worker_of_tick(
        self, tick: Primitive
    ) -> Callable[[Sequence[Any]], tuple[list[tuple[int, Any]], Outcome]]:
        def work_out(state: Sequence[Any]) -> tuple[list[tuple[int, Any]], Outcome]:
            run = Run(state, self, None)
            try:
                with running(run):
                    tick.body()
                outcome: Outcome = Enabled(TICK, None, IDLE, tuple(run.writes.items()), tuple(run.events))
            except Blocked as blocked:
                outcome = Refused(TICK, None, "waits", blocked.reason, blocked.word)
            return run.reads, outcome

        return work_out

    def _work_out_drain(self, key: str) -> Callable[[Sequence[Any]], tuple[list[tuple[int, Any]], Outcome]]:
        """Return the step in which the oldest store of a CPU's buffer reaches memory."""
        number = self._drains[key]
        slot = self.buffers[number]

        def work_out(state: Sequence[Any]) -> tuple[list[tuple[int, Any]], Outcome]:
            waiting = state[slot]
            reads = [(slot, waiting)]
            if not waiting:
                return reads, Refused(key, None, "off", f"the store buffer of CPU{number} is empty")
            (index, value), left = waiting[0], waiting[1:]
            return reads, Enabled(key, None, IDLE, ((index, value), (slot, left)), ())

        return work_out

    def hardware_name(self, key: str) -> str:
        """Return what a choice without a context is called."""
        return "tick" if key == TICK else f"drain CPU{self._drains[key]}"

    def _choice(self, outcome: Outcome) -> Choice:
        label = str(outcome.context) if outcome.context else self.hardware_name(outcome.choice)
        if isinstance(outcome, Enabled):
            return Choice(outcome.choice, label, True)
        return Choice(outcome.choice, label, False, outcome.reason, outcome.word.path if outcome.word else "")


@dataclass(frozen=True)
class _Clock:
    """The tick where code looks at the date: a timer is armed for later, or somebody could tell that time went on."""

    armed: Tree[Outcome]
    anyhow: Tree[Outcome]
    dates: Dates

    def at(self, state: State) -> Outcome:
        outcome = self.armed.at(state)
        told = isinstance(outcome, Refused) and self.dates.can_be_told(state)
        return self.anyhow.at(state) if told else outcome


def apply(state: State, outcome: Enabled) -> State:
    """Return the state after a step."""
    new = list(state)
    for index, value in outcome.writes:
        new[index] = value
    return tuple(new)
