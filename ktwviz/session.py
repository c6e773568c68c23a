"""One walk through a machine: the schedule taken so far, the states along it, a cursor, and the futures left behind.

Steps are numbered from 1, each one atomic; a *move* is what one key press does: a line of code, or one access. Going
back and forth only moves the cursor. Choosing otherwise in the past keeps the old future as a branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ktwviz.errors import BlockedStep, ScheduleError
from ktwviz.kernel.paint import picture
from ktwviz.kernel.picture import Picture
from ktwviz.kernel.waits import deadlock, stuck
from ktwviz.machine.context import Context
from ktwviz.machine.describe import describe, shown_frame
from ktwviz.machine.history import Step
from ktwviz.machine.machine import TICK, Enabled, Machine, Refused, State, apply
from ktwviz.machine.memory import Word, members
from ktwviz.values import dataclass

_LONGEST_MOVE = 500
_HOPELESS_BOUND = 2000


@dataclass(frozen=True)
class Choice:
    """One thing that the scheduler may do now, or the reason why not.

    `key` is "1".."9" for a context, "t" for the tick. `reason` is a sentence, with the step since which it holds.
    """

    key: str
    label: str
    enabled: bool
    reason: str


@dataclass(frozen=True)
class Branch:
    """A future that was left: the step after which it parts, the keys of its steps, the branches further along it."""

    at: int
    keys: tuple[str, ...]
    later: tuple[Branch, ...] = ()


class Session:
    """A walk. `single` says whether a move is one access or a whole line."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.single = False
        self._states: list[State] = [machine.initial]
        self._steps: list[Step] = []
        self._cursor = 0
        self._stops: set[int] = {0}
        self._branches: list[Branch] = []
        self._paint: Callable[[State], Picture] = lru_cache(512)(lambda state: picture(machine, state))
        self._hopeless: Callable[[State, frozenset[str]], frozenset[str]] = lru_cache(512)(self._hopeless_of)

    # Where we are -------------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """The number of steps taken up to the moment that is shown."""
        return self._cursor

    @property
    def state(self) -> State:
        """The state at the cursor."""
        return self._states[self._cursor]

    def states_to_cursor(self) -> tuple[State, ...]:
        """Return the states from the start to the cursor; element n is the state after step n."""
        return tuple(self._states[: self._cursor + 1])

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps that are recorded, those after the cursor too."""
        return tuple(self._steps)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The futures that were left, oldest first."""
        return tuple(self._branches)

    def picture(self, at: int | None = None) -> Picture:
        """Return what the panes draw at the cursor, or at another step."""
        return self._paint(self._states[self._cursor if at is None else at])

    @property
    def move_start(self) -> int:
        """The step at which the last move began."""
        return max((stop for stop in self._stops if stop < self._cursor), default=0)

    def previous_picture(self) -> Picture | None:
        """Return the moment before the last move, None at the start."""
        return self.picture(self.move_start) if self._cursor else None

    def last_steps(self) -> tuple[Step, ...]:
        """Return the atomic steps of the last move."""
        return tuple(self._steps[self.move_start : self._cursor])

    def schedule(self) -> tuple[str, ...]:
        """Return the keys of the steps up to the cursor."""
        return tuple(step.choice for step in self._steps[: self._cursor])

    # What can be done ---------------------------------------------------------------------------------------------

    def choices(self) -> tuple[Choice, ...]:
        """Return all choices at the cursor, contexts by number and then the tick."""
        outcomes = self.machine.outcomes(self.state)
        waiting = frozenset(
            outcome.choice for outcome in outcomes if isinstance(outcome, Refused) and _waits(outcome)
        )
        hopeless = self._hopeless(self.state, waiting) if waiting else frozenset()
        found = []
        for outcome in outcomes:
            label = str(outcome.context) if outcome.context else self.machine.hardware_name(outcome.choice)
            reason = self._reason(outcome, hopeless) if isinstance(outcome, Refused) else ""
            found.append(Choice(outcome.choice, label, not reason, reason))
        return tuple(found)

    def _reason(self, outcome: Refused, hopeless: frozenset[str]) -> str:
        reason = outcome.reason
        since = self._since(outcome.index) if _waits(outcome) else None
        if since is not None:
            reason += f" (since step {since})"
        if outcome.choice in hopeless and outcome.context is not None:
            name = outcome.context.name
            reason += (
                f"; nothing left can wake {name}"
                if outcome.status == "sleeps"
                else f"; {name} can never run again"
            )
        return reason

    def _hopeless_of(self, state: State, keys: frozenset[str]) -> frozenset[str]:
        """Return those of some contexts that never run again whatever the scheduler does; none where not known.

        A sleeping one counts only if nobody ever wakes it: who is woken may still find its CPU stuck.
        """
        awake = {key: self._awake_word(key) for key in keys}
        asleep = {key for key, index in awake.items() if index is not None and not state[index]}
        open_keys = set(keys)
        seen = {state}
        frontier = [state]
        while frontier and open_keys:
            for outcome, following in self.machine.successors(frontier.pop()):
                open_keys.discard(outcome.choice)
                open_keys -= {key for key in open_keys & asleep if following[awake[key]]}  # type: ignore[index]  # not None
                if following not in seen:
                    seen.add(following)
                    frontier.append(following)
            if len(seen) > _HOPELESS_BOUND:
                return frozenset()
        return frozenset(open_keys)

    def _awake_word(self, key: str) -> int | None:
        """Return the place in the state of the word that says whether a task is on its run queue."""
        task = self.context(key).task
        word = members(task)["on_rq"] if task is not None else None
        return word.index if isinstance(word, Word) and word.index >= 0 else None

    def _since(self, index: int | None) -> int | None:
        """Return the step at which a slot of the state last changed before the cursor, None if it never did."""
        if index is None or index < 0:
            return None
        # of a context that stands in the way only its coming counts, not each of its steps
        is_context = index >= len(self.machine.words)
        for number in range(self._cursor, 0, -1):
            before, after = self._states[number - 1][index], self._states[number][index]
            if before != after and not (is_context and before):
                return number
        return None

    def held_since(self, path: str) -> int | None:
        """Return the step at which the word at `path` last changed before the cursor, None if it never did."""
        for number in range(self._cursor, 0, -1):
            if any(change.path == path for change in self._steps[number - 1].changes):
                return number
        return None

    def last_change(self, paths: Sequence[str], up_to: int) -> int | None:
        """Return the last step, of the first `up_to` ones, that changed a word at one of the paths, or below one."""
        for number in range(up_to, 0, -1):
            changes = self._steps[number - 1].changes
            if any(_below(change.path, path) for change in changes for path in paths):
                return number
        return None

    @property
    def finished(self) -> bool:
        """Whether no choice is left."""
        return not self.machine.successors(self.state)

    @property
    def bad_end(self) -> str:
        """One sentence about what is broken at the cursor, or a limit of the scenario; empty while all is well."""
        for step in self._steps[: self._cursor]:
            for event in step.events:
                if event.kind in ("bug", "oops", "limit"):
                    return event.text + self._freed_by(event.about)
        now = self.picture()
        if now.broken_lists:
            broken = now.broken_lists[0]
            return f"{broken.name} is broken: {broken.problem}"
        return deadlock(now) or (stuck(now) if self.finished else "")

    def _freed_by(self, life: str) -> str:
        """Return who freed an object and when, given the path of its life; empty for anything else."""
        steps = self._steps[: self._cursor] if life.endswith(".life") else []
        for number, step in reversed(list(enumerate(steps, 1))):
            if any(change.path == life and change.new == "freed" for change in step.changes):
                return f"; {step.context} freed it at step {number}"
        return ""

    # Moving -------------------------------------------------------------------------------------------------------

    def take(self, key: str) -> Step:
        """Take one atomic step. Raises BlockedStep with the reason."""
        outcome = self._enabled(key)
        if self._cursor < len(self._steps):
            if self._steps[self._cursor].choice == key:
                self._cursor += 1
                return self._steps[self._cursor - 1]
            self._leave_future()
        step = describe(self.machine, self.state, outcome)
        self._steps.append(step)
        self._states.append(apply(self.state, outcome))
        self._cursor += 1
        return step

    def _enabled(self, key: str) -> Enabled:
        for outcome in self.machine.outcomes(self.state):
            if outcome.choice == key:
                if isinstance(outcome, Refused):
                    waits = frozenset([key]) if _waits(outcome) else frozenset()
                    raise BlockedStep(self._reason(outcome, self._hopeless(self.state, waits)))
                return outcome
        if key == TICK:
            raise BlockedStep("there is no timer here, and nobody looks at the date: the clock stands still")
        raise BlockedStep(f"there is no choice {key!r} here: use {', '.join(self.machine.keys)}")

    def _leave_future(self) -> None:
        """Keep the future after the cursor as a branch, with the branches that go off from it."""
        here = self._cursor
        keys = tuple(step.choice for step in self._steps[here:])
        later = tuple(branch for branch in self._branches if branch.at > here)
        kept = [
            branch
            for branch in self._branches
            if branch.at <= here and (branch.at, branch.keys) != (here, keys)
        ]
        self._branches = [*kept, Branch(here, keys, later)]
        self._cut()

    def _cut(self) -> None:
        del self._steps[self._cursor :], self._states[self._cursor + 1 :]
        self._stops = {stop for stop in self._stops if stop <= self._cursor}

    def choose(self, key: str, most: int = _LONGEST_MOVE) -> tuple[Step, ...]:
        """Make one move: a line, of at most so many steps, or one access where `single` is on.

        A move that begins along the recorded future goes along it, and ends where that goes on otherwise.
        Raises BlockedStep with the reason.
        """
        return self._move(key, self._cursor + most)

    def _move(self, key: str, most: int) -> tuple[Step, ...]:
        """Make one move, not beyond step `most`."""
        start = self._cursor
        along = key == self.next_recorded
        self.take(key)
        if key.isdigit() and not self.single:
            self._to_end_of_line(key, most, along=along)
        # moves that were made by accesses before are one move now
        self._stops = {stop for stop in self._stops if stop <= start or stop >= self._cursor}
        self._stops |= {start, self._cursor}
        return tuple(self._steps[start : self._cursor])

    def _to_end_of_line(self, key: str, most: int, *, along: bool) -> None:
        """Go on with the same context until it comes to another line, or cannot go on."""
        context = self.context(key)
        place = self._place(context, self._states[self._cursor - 1])
        while self._cursor < most:
            if self._place(context, self.state) != place or not self.can(key):
                return
            if along and self.next_recorded not in (key, ""):
                return
            self.take(key)

    def context(self, key: str) -> Context:
        """Return the context with this key; raises ScheduleError."""
        for context in self.machine.contexts:
            if str(context.number) == key:
                return context
        raise ScheduleError(f"there is no context {key!r}")

    def _place(self, context: Context, state: State) -> tuple[object, ...]:
        frame = shown_frame(self.machine.local_state(state, context))
        return (frame.function, frame.line) if frame else (state[context.slot],)

    def can(self, key: str) -> bool:
        """Tell whether a choice is enabled at the cursor."""
        return any(o.choice == key and isinstance(o, Enabled) for o in self.machine.outcomes(self.state))

    def tick_to_expiry(self) -> tuple[Step, ...]:
        """Let time pass until a timer has expired. Raises BlockedStep where none is armed for later."""
        start = self._cursor
        self._stops.add(start)
        self.take(TICK)
        for _ in range(_LONGEST_MOVE):
            if any(view.state == "expired" for view in self.picture().timers) or not self.can(TICK):
                break
            self.take(TICK)
        self._stops.add(self._cursor)
        return tuple(self._steps[start : self._cursor])

    def back(self) -> bool:
        """Go back one move; False at the start."""
        if not self._cursor:
            return False
        self._cursor = self._cursor - 1 if self.single else self.move_start
        return True

    @property
    def next_recorded(self) -> str:
        """The key of the recorded step after the cursor, "" at the end."""
        return self._steps[self._cursor].choice if self._cursor < len(self._steps) else ""

    def forward(self) -> bool:
        """Go forward one move along what is recorded; False at its end."""
        if not self.next_recorded:
            return False
        self._move(self.next_recorded, len(self._steps))
        return True

    def jump(self, step: int) -> None:
        """Go to a step; what lies outside is the nearest end."""
        self._cursor = max(0, min(step, len(self._steps)))

    def next_event(self) -> int | None:
        """Return the next step after the cursor at which something happened that has a name."""
        steps = enumerate(self._steps, 1)
        return next((number for number, step in steps if number > self._cursor and step.events), None)

    def previous_event(self) -> int | None:
        """Return the last step before the cursor at which something happened that has a name."""
        found = [n for n, step in enumerate(self._steps, 1) if n < self._cursor and step.events]
        return found[-1] if found else None

    def next_switch(self) -> int | None:
        """Return the step after the cursor before which another context goes on, the end if none does."""
        keys = [step.choice for step in self._steps]
        later = (at for at in range(self._cursor + 1, len(keys)) if keys[at] != keys[at - 1])
        return next(later, len(keys) if len(keys) > self._cursor else None)

    def previous_switch(self) -> int | None:
        """Return the step before the cursor at which another context went on, 0 if none did; None at the start."""
        keys = [step.choice for step in self._steps]
        earlier = (at for at in range(self._cursor - 1, 0, -1) if keys[at] != keys[at - 1])
        return next(earlier, 0) if self._cursor else None

    def swap_branch(self) -> bool:
        """At a branch point, take up the future that was left first, and keep the present one as the last."""
        here = self._cursor
        branch = next((branch for branch in self._branches if branch.at == here), None)
        if branch is None:
            return False
        self._branches.remove(branch)
        if here < len(self._steps):
            self._leave_future()
        self._replay(branch.keys)
        self._branches += branch.later
        self._mark_moves()
        self._cursor = here
        return True

    def _replay(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.take(key)

    def play(self, keys: Sequence[str]) -> None:
        """Take all steps of a schedule. Raises ScheduleError with the step that does not fit, and why."""
        for key in keys:
            number = self._cursor + 1
            try:
                self.take(key)
            except BlockedStep as blocked:
                raise ScheduleError(f"step {number} wants {key}, but {blocked}") from blocked
        self._mark_moves()

    def _mark_moves(self) -> None:
        """Find where moves ended in a schedule that was taken step by step: where the line or the context changes."""
        for number in range(1, len(self._steps)):
            before, after = self._steps[number - 1], self._steps[number]
            if (before.choice, before.function, before.line) != (after.choice, after.function, after.line):
                self._stops.add(number)
        self._stops.add(len(self._steps))

    def restart(self) -> None:
        """Forget everything and begin again."""
        self._cursor = 0
        self._cut()
        self._stops = {0}
        self._branches = []


def _below(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")


def _waits(outcome: Refused) -> bool:
    """Tell whether a context waits for somebody, as opposed to being done, dead or not there."""
    return outcome.context is not None and outcome.status in ("spins", "waits", "sleeps", "held back")
