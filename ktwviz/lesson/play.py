"""A lesson while it is played: the walk, the script that leads along, the quiz and the goal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ktwviz.errors import BlockedStep, LessonError, ScheduleError, Trouble, UnknownName, did_you_mean
from ktwviz.lesson.model import Answer, Beat, Lesson, Quiz
from ktwviz.lesson.scenario import Question, Scenario, build_scenario, scenario_of, variant_of
from ktwviz.machine.automaton import LocalState
from ktwviz.machine.describe import shown_frame
from ktwviz.machine.history import Step
from ktwviz.machine.machine import Machine
from ktwviz.schedule import Token
from ktwviz.session import Session

_LONGEST_BEAT = 2000
_STEPS = re.compile("([1-9][0-9]{0,3}) steps?")


class Script:
    """The schedule that the beats of a lesson make, found once by running them.

    `ends[i]` is the step at which beat i is done, `moves[i]` are the steps at which its moves end, a move being a
    line. Raises LessonError where a beat cannot run or an expectation fails.

    The script is made for the lesson's own rule and order of memory. Under others, where it is not `strict`, it goes
    as far as it fits: up to the first beat that fails. Where `keys` are given they are the schedule, all of it one
    beat.
    """

    def __init__(
        self, scenario: Scenario, keys: tuple[str, ...] | None = None, *, strict: bool = True
    ) -> None:
        self.scenario = scenario
        self.ends: list[int] = []
        self.moves: list[tuple[int, ...]] = []
        self.keys: tuple[str, ...] = keys or ()
        session = Session(scenario.machine)
        if keys is not None:
            self.ends = [len(keys)]
            self.moves = [_moves(session, keys)]
            return
        for beat in scenario.lesson.beats:
            start = session.cursor
            try:
                moves = run_beat(scenario, session, beat)
                self._expect(session, beat)
            except LessonError:
                if strict:
                    raise
                self.keys = session.schedule()[:start]
                return
            self.ends.append(session.cursor)
            self.moves.append(moves)
        self.keys = session.schedule()

    def _expect(self, session: Session, beat: Beat) -> None:
        for text in beat.expect:
            if not self.scenario.question(text, beat.line, of_date=True).ask(session.state):
                raise _error(self.scenario, beat, f"after {beat.title!r} this does not hold: {text}")


def run_beat(scenario: Scenario, session: Session, beat: Beat) -> tuple[int, ...]:
    """Run a beat; return the steps at which its moves end. Raises LessonError where it cannot run to its end."""
    key = _key(scenario, beat)
    start = session.cursor
    counted = _STEPS.fullmatch(beat.until)
    # a beat that counts its steps ends within a line, if it has to
    end = start + int(counted[1]) if counted else 0
    moves: list[int] = []
    try:
        while not moves or not _reached(scenario, session, beat, key, end):
            if session.cursor - start > _LONGEST_BEAT:
                raise _error(scenario, beat, f"{beat.run} does not come to {beat.until!r}")
            session.choose(key, *([end - session.cursor] if end else []))
            moves.append(session.cursor)
    except BlockedStep as blocked:
        message = f"{beat.run} cannot run until {beat.until or 'its next line'!r}: {blocked}"
        raise _error(scenario, beat, message) from None
    return tuple(moves)


def _key(scenario: Scenario, beat: Beat) -> str:
    keys = names_of(scenario.machine)
    for key, name in keys.items():
        if name == beat.run:
            return key
    *names, last = keys.values()
    hint = did_you_mean(beat.run, [*names, last])
    raise _error(scenario, beat, f"there is no context {beat.run!r}{hint}: {', '.join(names)} or {last}")


def _reached(scenario: Scenario, session: Session, beat: Beat, key: str, end: int) -> bool:
    if end:
        return session.cursor >= end
    if not key.isdigit() or not beat.until:
        return True
    context = session.context(key)
    local = session.machine.local_state(session.state, context)
    if beat.until == "blocked":
        return not session.can(key)
    if beat.until == "done":
        return not local.frames
    frame = shown_frame(local)
    until = scenario.version.spelled(beat.until)
    if frame is None:
        raise _error(scenario, beat, f"{beat.run} ends before it comes to {until!r}")
    line = frame.function.source[frame.line - frame.function.first_line]
    before = session.machine.local_state(session.states_to_cursor()[session.move_start], context)
    entered = _calls(local, until) > _calls(before, until)
    return entered or (until != frame.function.name and until in line)


def _error(scenario: Scenario, beat: Beat, message: str) -> LessonError:
    return LessonError([Trouble(scenario.lesson.file, beat.line, message)])


def names_of(machine: Machine) -> dict[str, str]:
    """Return for each key what a beat calls it: the name of a context, "tick", "drain CPU0"."""
    contexts = {str(context.number): context.name for context in machine.contexts}
    return {key: contexts.get(key) or machine.hardware_name(key) for key in machine.keys}


def _moves(session: Session, keys: tuple[str, ...]) -> tuple[int, ...]:
    """Return the steps at which the moves of a schedule end."""
    session.play(keys)
    session.jump(0)
    ends = []
    while session.forward():
        ends.append(session.cursor)
    return tuple(ends)


def _calls(local: LocalState, function: str) -> int:
    """Return how often a function is on a context's stack: more often once it is entered, not on a return to it."""
    return sum(frame.function.name == function for frame in local.frames)


class Play:
    """One learner in one lesson: in a scenario given, or in the one that a token asks for, else in the lesson's own.

    A `script` that was made before brings its scenario with it.
    """

    def __init__(
        self,
        lesson: Lesson,
        token: Token | None = None,
        scenario: Scenario | None = None,
        script: Script | None = None,
    ) -> None:
        self.lesson = lesson
        if script is not None:
            self.scenario = script.scenario
        else:
            self.scenario = scenario or (scenario_of(token, lesson) if token else build_scenario(lesson))
        self.script = script or Script(self.scenario, strict=self.own)
        self.session = Session(self.scenario.machine)
        self._goal, self.goal_trouble = self._asked_goal()
        """The goal as a question, and why it cannot be asked in this version of the code; "" where it can."""
        self._hints = 0
        self._asked: set[int] = set()
        self._first: dict[int, bool] = {}
        self._later: set[int] = set()
        self._goal_at: int | None = None
        self.shown_by = ""
        """Who made the schedule that it was opened with: "explorer", "matrix" or "token"; "" for the learner.

        What is walked from there does not count until the learner begins again.
        """
        self.given: tuple[str, ...] | None = None
        """The schedule that it was opened with by somebody else: as long as it is that, there is nothing to save."""

    @property
    def own(self) -> bool:
        """Whether it is played in the version that the lesson is about, the one its script and goal are made for."""
        return self.scenario.variant == variant_of(self.lesson) and not self.scenario.memory

    def _asked_goal(self) -> tuple[Question | None, str]:
        goal = self.lesson.goal
        if goal is None:
            return None, ""
        question = None
        try:
            question = self.scenario.question(goal.reach, goal.line)
            question.ask(self.scenario.machine.initial)
        except LessonError as error:
            if self.own:
                raise
            why = error.troubles[0].message
            # what only this moment makes an oops, such as a NULL pointer, may have an answer later
            return (question, "") if question is not None and "has no field" not in why else (None, why)
        return question, ""

    # The script ---------------------------------------------------------------------------------------------------

    @property
    def on_script(self) -> bool:
        """Whether the walk so far is the beginning of the script."""
        keys = self.session.schedule()
        return self.script.keys[: len(keys)] == keys

    @property
    def beat_index(self) -> int:
        """How many beats are done at the cursor, as far as the walk follows the script."""
        followed = self._followed()
        return sum(1 for end in self.script.ends if end <= followed)

    def _followed(self) -> int:
        count = 0
        for mine, theirs in zip(self.session.schedule(), self.script.keys, strict=False):
            if mine != theirs:
                break
            count += 1
        return count

    @property
    def beat(self) -> Beat | None:
        """The beat that is next or under way; None when the script is through or was left."""
        index = self.beat_index
        return self.lesson.beats[index] if self.on_script and index < len(self.script.ends) else None

    @property
    def along_walk(self) -> bool:
        """Whether a recorded future lies ahead that is not the script's: it is gone along before anything else."""
        return bool(self.session.next_recorded) and (self.beat is None or not self._records_script())

    def _records_script(self) -> bool:
        """Tell whether all that is recorded, and the script, are the same as far as both go."""
        recorded = (step.choice for step in self.session.steps)
        return all(mine == theirs for mine, theirs in zip(recorded, self.script.keys, strict=False))

    @property
    def leads_to(self) -> int:
        """The step to which going on leads, along the walk or the script; 0 where there is neither."""
        if self.along_walk:
            return len(self.session.steps)
        return len(self.script.keys) if self.beat is not None else 0

    @property
    def script_key(self) -> str:
        """What the script wants at the step where the walk leaves it, or left it; "" where it wants nothing."""
        return "".join(self.script.keys[self.left_script_at :][:1])

    @property
    def left_script_at(self) -> int:
        """The step up to which the walk follows the script."""
        return self._followed()

    @property
    def only_script(self) -> bool:
        """Whether nothing is recorded but steps of the script, so that nothing of the learner's own can be lost."""
        within = len(self.session.steps) <= len(self.script.keys)
        return within and self._records_script() and not self.session.branches

    @property
    def progress_in_beat(self) -> tuple[int, int]:
        """How many moves of the beat in hand are done, and how many it has; a move is a line, or one access."""
        index = self.beat_index
        if self.beat is None:
            return 0, 0
        start = self.script.ends[index - 1] if index else 0
        if self.session.single:
            return self.session.cursor - start, self.script.ends[index] - start
        moves = self.script.moves[index]
        return sum(1 for end in moves if end <= self.session.cursor), len(moves)

    def narration(self) -> str:
        """Return what is told at the cursor: the beat in hand, or the closing words at the end of the script."""
        beat = self.beat
        if beat is not None:
            return beat.narration
        if self.on_script:
            return self.lesson.closing or "The script ends here. Now it is your turn: choose who runs."
        return "You have left the script: choose who runs. Going back leads to it again."

    def advance(self) -> tuple[Step, ...]:
        """Make one move along what is recorded, else along the script. Raises BlockedStep where there is neither."""
        if self.open_quiz() is not None:
            raise BlockedStep("answer the question first, or skip it with esc")
        if self.along_walk:
            self.session.forward()
            return self.session.last_steps()
        if self.beat is None:
            raise BlockedStep("the script ends here: choose a context by its number")
        left = self.script.ends[self.beat_index] - self.session.cursor
        return self.session.choose(self.script.keys[self.session.cursor], left)

    def restart(self) -> None:
        """Forget the walk and begin again; questions that were not answered right are asked anew."""
        self.session.restart()
        if self.shown_by:
            self.shown_by, self.given = "", ()
        self._asked = {beat for beat in self._asked if self._first.get(beat) or beat in self._later}

    # The quiz -----------------------------------------------------------------------------------------------------

    @property
    def quiz_count(self) -> int:
        """How many questions the lesson asks."""
        return sum(1 for beat in self.lesson.beats if beat.quiz)

    @property
    def answers(self) -> dict[int, bool]:
        """By beat: whether the first answer was right. A question that was skipped has none."""
        return dict(self._first)

    @property
    def right_later(self) -> frozenset[int]:
        """The beats whose question was answered wrong first, and right when it was asked anew."""
        return frozenset(self._later)

    def recall(self, answers: Mapping[int, bool], later: Iterable[int], hints: int) -> None:
        """Take over what an earlier sitting had answered and asked for."""
        self._first.update(answers)
        self._later.update(later)
        self._asked.update(answers)
        self._hints = hints

    def take_over(self, other: Play) -> None:
        """Take over what was answered and asked for in another version of the lesson."""
        self.recall(other._first, other._later, other._hints)
        self._asked.update(other._asked)
        self.shown_by, self.given = other.shown_by, other.given

    def open_quiz(self) -> Quiz | None:
        """Return the question to be answered before the beat in hand may run."""
        beat, index = self.beat, self.beat_index
        if beat is None or beat.quiz is None or index in self._asked:
            return None
        start = self.script.ends[index - 1] if index else 0
        return beat.quiz if self.session.cursor == start else None

    def answer(self, index: int) -> tuple[bool, str]:
        """Answer the open question; return whether it was right, and why. Raises UnknownName without a question."""
        quiz = self.open_quiz()
        if quiz is None or not 0 <= index < len(quiz.answers):
            raise UnknownName("there is no such answer here")
        chosen = quiz.answers[index]
        right = self.is_right(chosen.proof, chosen.line)
        beat = self.beat_index
        self._asked.add(beat)
        if not self._first.setdefault(beat, right) and right:
            self._later.add(beat)
        return right, chosen.because

    def is_right(self, proof: str, line: int) -> bool:
        """Tell whether an answer's proof holds in the state at the cursor; no proof, no, nor one that has no answer."""
        try:
            question = self.scenario.question(proof, line, of_date=True) if proof else None
        except LessonError:
            return False  # it names what this version of the code does not have
        return question is not None and question.holds(self.session.state)

    def right_answer(self) -> Answer | None:
        """Return the answer of the open question whose proof holds here."""
        quiz = self.open_quiz()
        answers = quiz.answers if quiz else ()
        return next((answer for answer in answers if self.is_right(answer.proof, answer.line)), None)

    def skip_quiz(self) -> None:
        """Go on without an answer."""
        if self.open_quiz() is not None:
            self._asked.add(self.beat_index)

    # The goal -----------------------------------------------------------------------------------------------------

    @property
    def goal_steps(self) -> int | None:
        """The step at which the goal first held on the walk up to the cursor; None while it has not."""
        if self._goal is None:
            return None
        states = self.session.states_to_cursor()
        return next(
            (number for number, state in enumerate(states) if number and self._goal.holds(state)), None
        )

    @property
    def goal_reached(self) -> bool:
        """Whether the goal holds now or held before, within its steps."""
        steps = self.goal_steps
        most = self.lesson.goal.max_steps if self.lesson.goal else 0
        return steps is not None and (not most or steps <= most)

    def hints_shown(self) -> tuple[str, ...]:
        """Return the hints that were asked for so far."""
        return self.lesson.goal.hints[: self._hints] if self.lesson.goal else ()

    def next_hint(self) -> str | None:
        """Return one more hint, None when there is none left."""
        hints = self.lesson.goal.hints if self.lesson.goal else ()
        if self._hints >= len(hints):
            return None
        self._hints += 1
        return hints[self._hints - 1]

    # Tokens -------------------------------------------------------------------------------------------------------

    def token(self) -> str:
        """Return the token of this moment."""
        return str(self.scenario.token(self.session.schedule()))

    def resume(self, token: Token) -> None:
        """Take the steps of a token. Raises ScheduleError that says at which step it no longer fits, and why."""
        play_token(self.scenario, self.session, token)


class Replay(Play):
    """A schedule that was found by the checker, gone through as the script of a lesson of one beat."""

    def __init__(self, lesson: Lesson, scenario: Scenario, keys: tuple[str, ...]) -> None:
        super().__init__(lesson, script=Script(scenario, keys))

    def advance(self) -> tuple[Step, ...]:
        """Make one move along the schedule: a line, or as much of it as one context takes of it at once."""
        if self.along_walk:
            return super().advance()
        if self.beat is None:
            raise BlockedStep("the schedule ends here: choose a context by its number")
        start = self.session.cursor
        # taken to its end and back, so that moves end where the schedule goes on with another context
        self.session.play(self.script.keys[start:])
        self.session.jump(start)
        self.session.forward()
        return self.session.last_steps()


def play_token(scenario: Scenario, session: Session, token: Token) -> None:
    """Take the steps of a token; one made for an older text of the lesson is played as far as it fits."""
    if token.lesson != scenario.lesson.id:
        raise ScheduleError(f"the token is for the lesson {token.lesson!r}, not for {scenario.lesson.id!r}")
    try:
        session.play(token.keys)
    except ScheduleError as error:
        if token.digest == scenario.digest:
            raise
        made = f"made for {token.lesson}@{token.digest}, this is @{scenario.digest}"
        raise ScheduleError(f"{made}; it could be played up to step {session.cursor}; {error}") from error
