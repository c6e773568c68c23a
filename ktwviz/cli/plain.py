"""A lesson line by line, without a screen: for small terminals, screen readers, Braille and pipes.

It reads commands from stdin, one a line, and tells after each what changed, who can run and why others cannot. What
it tells and what it remembers is what the player does: the words are those of `lesson/telling.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial

from ktwviz.cli.codes import FINE
from ktwviz.errors import BlockedStep, ProgressError, ScheduleError
from ktwviz.export import moment
from ktwviz.lesson.judging import which_breaks
from ktwviz.lesson.model import ANSWER_LETTERS, Lesson
from ktwviz.lesson.opening import opened_play, start_play
from ktwviz.lesson.play import Play
from ktwviz.lesson.record import recorded
from ktwviz.lesson.shelf import summaries
from ktwviz.lesson.telling import because_of, hint_place, told, told_of_moves
from ktwviz.machine.machine import DRAINS, TICK
from ktwviz.progress.store import ProgressStore, progress_path

HELP = """\
Enter    the next step of the script; off it, who ran last runs again
1-9      that context runs: one line of code
e        from here on one access at a time, or a whole line again
t        the clock ticks: one jiffy
{moves}
a-d      answer the question that is open; s skips it
h        a hint
l        the lines of code of each context
v        the values: lists, locks and timers
w        where we are, once more
y        the token of this moment
R        back to the start, forgetting all steps
?        this help
q        quit; progress is saved"""
BACK = "b        back, one move"
DRAIN_AND_BACK = """\
{keys:<8} the oldest store of {cpus} reaches memory
back     back, one move"""


def play_plain(lesson: Lesson, options: argparse.Namespace) -> int:
    """Play a lesson until `q` or the end of the input."""
    store = ProgressStore(progress_path(), saving=not getattr(options, "no_save", False))
    store.look_whether_it_can_save()
    play, notice = _started(lesson, store, options)
    teller = _Teller(play, store)
    # what is no text is no command either
    getattr(sys.stdin, "reconfigure", lambda **how: None)(errors="replace")
    try:
        teller.say(*filter(None, [store.notice, notice]))
        teller.begin()
        while teller.obey(_read()):
            pass
    except (KeyboardInterrupt, BrokenPipeError):
        teller.remember()
        raise
    teller.remember()
    print(f"Stopped at step {play.session.cursor}.")
    if store.saving and store.load().of(lesson.id).token == play.token():
        print(f"ktwviz play {options.lesson or lesson.id} --plain goes on from here.")
    return FINE


def _started(lesson: Lesson, store: ProgressStore, options: argparse.Namespace) -> tuple[Play, str]:
    """Return the lesson at the moment that was asked for, or where it was left, and what is to be said of it."""
    progress = store.load().of(lesson.id)
    try:
        play = opened_play(lesson, progress, token=options.token or "", step=options.step)
    except ScheduleError as error:
        if options.token:
            raise
        anew = start_play(lesson, progress, "")
        return anew, f"Started anew, since the saved moment does not fit: {error}"
    if not play.shown_by:
        return play, ""
    return (
        play,
        f"This is the token's schedule{which_breaks(play)}. It does not count: R begins one of your own.",
    )


def _read() -> str | None:
    """Return the next command, None at the end of the input."""
    sys.stdout.write("> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        # nobody's Enter has ended the line of the prompt
        print(line.strip())
    return line.strip() if line else None


class _Teller:
    """Obeys commands and tells what came of them."""

    def __init__(self, play: Play, store: ProgressStore) -> None:
        self.play = play
        self.store = store
        self.last = next((step.choice for step in reversed(play.session.last_steps())), "")
        self.narrated = ""
        self.reached = (play.beat_index, play.goal_reached)
        self.commands: dict[str, Callable[[], None]] = {
            "": self.advance,
            "b": self.back,
            "back": self.back,
            "h": self.hint,
            "H": self.hint,
            "l": lambda: print("\n".join(moment.code(play))),
            "s": self.skip,
            "v": lambda: self.say(*moment.values(play)),
            "w": self.where,
            "y": lambda: self.say(play.token()),
            "R": self.restart,
            "e": self.granularity,
            "?": lambda: print(help_on(play)),
        }
        # a drain keeps the letter that it has in tokens and in the lesson's text, even b
        self.commands |= {key: partial(self.choose, key) for key in _drains(play)}

    def say(self, *sentences: str) -> None:
        """Print sentences, each on lines of its own."""
        for sentence in sentences:
            print(moment.wrapped(sentence))

    def begin(self) -> None:
        """Tell what the lesson is about, and where it stands."""
        lesson = self.play.lesson
        self.say(f"{lesson.number} {lesson.title}".strip(), f"Aim: {lesson.aim}")
        if not self.play.session.cursor:
            self.say("", lesson.introduction)
        self.say("", "Enter is the next step, ? lists the commands, q quits.", *_told_of_drains(self.play))
        self.where()

    def obey(self, command: str | None) -> bool:
        """Carry a command out; False where it ends the lesson."""
        if command is None or command in ("q", "quit"):
            return False
        if self.play.open_quiz() is not None and len(command) == 1 and command.lower() in ANSWER_LETTERS:
            self.answer(ANSWER_LETTERS.index(command.lower()))
        elif command in self.commands:
            self.commands[command]()
        elif command == "t" or (command.isdigit() and len(command) == 1):
            self.choose(command)
        else:
            self.say(f'"{command[: moment.WIDTH]}" is no command: ? lists them.')
        return True

    # Moves ----------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Take the next step of the script; off it, let who ran last run again."""
        bad_end = self.play.session.bad_end
        if bad_end and self.play.beat is None:
            back = "back" if _drains(self.play) else "b"
            self.say(f"{bad_end}. Nothing sensible follows: {back} goes back, R restarts.")
        elif self.play.beat is not None:
            self.move(self.play.advance)
        elif self.play.goal_reached and self.play.shown_by:
            self.say(f"The {self.play.shown_by}'s schedule reaches the goal. R begins one of your own.")
        elif self.play.goal_reached:
            self.say("The goal is reached.", _next_lesson(self.play.lesson))
        elif self.last:
            self.choose(self.last)
        else:
            self.say("Who runs? Choose a number.")

    def choose(self, key: str) -> None:
        """Let a context run a line, or the clock tick; say why where it cannot."""
        blocked = next((choice for choice in self.play.session.choices() if choice.key == key), None)
        if blocked is None and key == TICK:
            self.say("No timer is here, and nobody looks at the date: the clock stands still.")
        elif blocked is None:
            self.say(f"There is no context {key} in this lesson.")
        elif not blocked.enabled:
            # some reasons begin with who it is
            named = blocked.reason.startswith(blocked.label)
            self.say(f"{blocked.reason}." if named else f"{blocked.label}: {blocked.reason}.")
        else:
            self.move(lambda: self.play.session.choose(key))

    def move(self, move: Callable[[], object]) -> None:
        """Make a move and tell it, unless a question is open."""
        if self.play.open_quiz() is not None:
            self.say("The question comes first: answer it with its letter, or skip it with s.")
            return
        try:
            move()
        except BlockedStep as blocked:
            self.say(f"{blocked}.")
            return
        self.moved()

    def moved(self) -> None:
        """Tell a move and where it led; where a beat is done or the goal reached it is remembered at once."""
        steps = self.play.session.last_steps()
        if steps:
            self.last = steps[-1].choice
            self.say(*moment.happened(self.play))
        beats, goal = self.play.beat_index, self.play.goal_reached
        told = beats > self.reached[0] or goal > self.reached[1]
        self.reached = (max(beats, self.reached[0]), goal)
        if told:
            self.remember()
        self.where()

    def granularity(self) -> None:
        """Step by lines or by single accesses, as on the screen."""
        session = self.play.session
        session.single = not session.single
        self.say(told_of_moves(session))

    def back(self) -> None:
        """Go back one move."""
        if self.play.session.back():
            self.where()
        else:
            self.say("This is the start.")

    def restart(self) -> None:
        """Go back to the start and forget all steps, those of somebody else too: what follows is the learner's own."""
        self.play.restart()
        self.last, self.reached = "", (0, False)
        self.where()

    # The lesson -----------------------------------------------------------------------------------------------------

    def answer(self, index: int) -> None:
        """Answer the open question, and go on telling."""
        quiz = self.play.open_quiz()
        if quiz is None or index >= len(quiz.answers):
            self.say("There is no such answer here.")
            return
        because = because_of(quiz, quiz.answers[index], self.play.right_answer())
        right, _ = self.play.answer(index)
        self.say(f"{'Right:' if right else 'Not so:'} {because}")
        self.where()

    def skip(self) -> None:
        """Go on without an answer."""
        right = self.play.right_answer()
        if self.play.open_quiz() is None:
            self.say("There is no question to skip.")
            return
        self.play.skip_quiz()
        self.say(f"Skipped. Right is: {right.text}" if right else "Skipped.")
        self.where()

    def hint(self) -> None:
        """Tell the next hint; the last one again when there are no more."""
        hint = self.play.next_hint() or next(reversed(self.play.hints_shown()), None)
        goal = self.play.lesson.goal
        if hint is None or goal is None:
            self.say("This lesson has no hints.")
        else:
            where = f", {place}" if (place := hint_place(self.play)) else ""
            self.say(f"Hint {len(self.play.hints_shown())}/{len(goal.hints)}{where}: {hint}")

    def remember(self) -> None:
        """Save what was done."""
        try:
            self.store.update(self.play.lesson.id, lambda old: recorded(self.play, old))
        except ProgressError as error:
            print(error, file=sys.stderr)

    def where(self) -> None:
        """Tell the moment: place in the script, its words if they are new, who stands where, who can run."""
        play = self.play
        self.say("", moment.place(play))
        words = told(play).replace("`space`", "`Enter`")
        if words != self.narrated:
            self.narrated = words
            self.say(words)
        self.say(*moment.contexts(play), *moment.end(play), *moment.question(play), moment.choices(play))


def help_on(play: Play) -> str:
    """Return what the commands do; where there are store buffers, which letters drain them."""
    drains = _drains(play)
    cpus = ", ".join(f"CPU{DRAINS.index(key)}" for key in drains)
    moves = DRAIN_AND_BACK.format(keys=", ".join(drains), cpus=cpus) if drains else BACK
    return HELP.format(moves=moves)


def _told_of_drains(play: Play) -> Iterator[str]:
    drains = _drains(play)
    if drains:
        named = ", ".join(f"{key} drains CPU{DRAINS.index(key)}" for key in drains)
        yield f"Stores wait in buffers here: {named}; back goes back."


def _drains(play: Play) -> tuple[str, ...]:
    """Return the keys that let a store reach memory, none where stores do so at once."""
    return tuple(key for key in play.session.machine.keys if key in DRAINS)


def _next_lesson(lesson: Lesson) -> str:
    ids = [other.id for other in summaries()]
    after = ids[ids.index(lesson.id) + 1 :] if lesson.id in ids else []
    return f"The next lesson: ktwviz play {after[0]} --plain" if after else "It was the last lesson."
