"""Walking through a lesson: what the keys that move do. Which panes show it is not told here."""

from collections.abc import Callable, Sequence

from textual.message import Message
from textual.timer import Timer

from ktwviz.errors import BlockedStep, KtwvizError
from ktwviz.lesson.play import Play
from ktwviz.lesson.telling import told_of_moves
from ktwviz.machine.machine import DRAINS
from ktwviz.session import Branch
from ktwviz.tui.player.compare import CompareScreen
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.scoring import Scoring
from ktwviz.tui.player.staging import Hand, stage
from ktwviz.tui.player.track import Track
from ktwviz.tui.player.versions import Versions

LETTER_ACTIONS = {"tongue": "c", "compare": "d"}
"""Actions whose keys are letters of answers and of store buffers as well; their capitals always do them."""

SAVE_SECONDS = 0.5
"""How long a move may wait to be saved: a program that is killed loses no more, and steps need not wait for a disk."""

QUESTION_FIRST = "The question comes first: answer it, or skip it with esc."


class Walking(Scoring):
    """A screen that plays a lesson; it knows the moves, and asks `show` to draw."""

    class Moved(Message):
        """Something happened that progress should remember."""

        def __init__(self, play: Play) -> None:
            super().__init__()
            self.play = play

    class Sandbox(Message):
        """The scenario is to be taken into the sandbox."""

        def __init__(self, play: Play) -> None:
            super().__init__()
            self.play = play

    def __init__(self, play: Play, next_lesson: str = "") -> None:
        super().__init__(play)
        self.hand = Hand(marked=last_context(play, 1))
        self._next_lesson = next_lesson
        self._track = Track(play.session.picture)
        self._scene: Scene | None = None
        self._told = (play.beat_index, play.goal_reached)
        self._versions = Versions(play)
        self._asked = ("", 0)
        self._saving: Timer | None = None

    @property
    def scene(self) -> Scene:
        """The scene on the screen."""
        if self._scene is None:
            self._scene = self.staged()
        return self._scene

    def staged(self) -> Scene:
        """Return the scene of this moment."""
        as_c = bool(getattr(self.app, "as_c", False))
        return stage(self.play, self._track, self.hand, self._next_lesson, as_c=as_c, score=self.score)

    def restage(self) -> None:
        """Make the scene of this moment and show it."""
        self._scene = self.staged()
        self.show(self._scene)

    def show(self, scene: Scene) -> None:
        """Hand the scene to the panes."""
        raise NotImplementedError

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """Show a sentence in the narration, with a sign where it tells why something was refused."""
        self.hand = self.hand.told(sentence, trouble=trouble)
        self.restage()

    def _move(self, move: Callable[[], object]) -> bool:
        """Make a move, or show why it is not possible."""
        if self.play.open_quiz() is not None:
            self.tell(QUESTION_FIRST, trouble=True)
            return False
        kept = self.play.session.branches
        try:
            move()
        except BlockedStep as blocked:
            self.tell(str(blocked), trouble=True)
            return False
        self.moved(_left(kept, self.play.session.branches))
        return True

    def moved(self, sentence: str = "", *, opened: bool = False) -> None:
        """Show where a move led, with a sentence if there is one to tell; `opened` where it opened another walk.

        Report when a beat is done or the goal is reached, so that it is not lost.
        """
        self.hand = Hand(marked=last_context(self.play, self.hand.marked), notice=sentence, opened=opened)
        self.keep_score()
        self.restage()
        beats, goal = self.play.beat_index, self.play.goal_reached
        told = beats > self._told[0] or goal > self._told[1]
        self._told = (max(beats, self._told[0]), goal)
        if told:
            self._save()
        elif self._saving is None:
            self._saving = self.set_timer(SAVE_SECONDS, self._save)

    def _save(self) -> None:
        """Have remembered where the learner is."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        self.post_message(self.Moved(self.play))

    def jump(self, step: int | None, nowhere: str = "") -> None:
        """Go to a step, or say that there is none."""
        if step is None:
            self.tell(nowhere)
            return
        self.play.session.jump(step)
        self.moved()

    def action_advance(self) -> None:
        """One move along the recorded future, along the script, or of the marked context."""
        if self.play.along_walk or self.play.beat is not None:
            self._move(self.play.advance)
        elif self.play.session.bad_end:
            end = self.play.session.bad_end
            self.tell(f"{end}. Nothing sensible follows: go back, or restart with R.", trouble=True)
        else:
            self.action_choose(str(self.hand.marked))

    def action_choose(self, key: str) -> None:
        """One move of a context, or a tick."""
        if key.isdigit() and all(context.number != int(key) for context in self.scene.contexts):
            self.tell(f"There is no context {key} in this lesson.")
            return
        blocked = next((choice.reason for choice in self.scene.choices if choice.key == key), "")
        if blocked:
            # the reason is told while a question is open too: it may help to answer it
            self.tell(blocked, trouble=True)
            return
        self._move(lambda: self.play.session.choose(key))

    def action_expiry(self) -> None:
        """Tick until a timer expires."""
        self._move(self.play.session.tick_to_expiry)

    def action_interrupt(self) -> None:
        """Raise the interrupt that the scenario grants."""
        granted = [context for context in self.scene.contexts if context.kind == "hardirq"]
        if granted:
            self.action_choose(str(granted[0].number))
        else:
            self.tell("This lesson grants no interrupt.")

    def action_back(self) -> None:
        """One move back."""
        if self.play.session.back():
            self.moved()
        else:
            self.tell("This is the start.")

    def action_first(self) -> None:
        """Jump to the start."""
        self.jump(0)

    def action_last(self) -> None:
        """Jump to the last recorded step."""
        self.jump(len(self.play.session.steps))

    def action_event(self, direction: int) -> None:
        """Jump to the next or previous event."""
        session = self.play.session
        step = session.next_event() if direction > 0 else session.previous_event()
        self.jump(step, "No recorded event lies there.")

    def action_switch(self, direction: int) -> None:
        """Jump to where another context goes on."""
        session = self.play.session
        step = session.next_switch() if direction > 0 else session.previous_switch()
        self.jump(step, "No recorded step lies there.")

    def who_wrote(self, paths: str) -> None:
        """Jump to the step that last wrote a value, and tell who did it."""
        session = self.play.session
        again = self._asked == (paths, session.cursor)
        step = session.last_change(paths.split(), session.cursor - 1 if again else session.cursor)
        name = paths.partition(" ")[0]
        if step is None:
            when = "before this one" if again else "up to here"
            self.tell(f"No step {when} changed {name}: it had its value from the start.")
            return
        self._asked = (paths, step)
        session.jump(step)
        self.moved()
        done = session.steps[step - 1]
        said = ", ".join(str(c) for c in done.changes if any(_shows(path, c.path) for path in paths.split()))
        who = f"{done.context}, line {done.line}" if done.cpu >= 0 else done.context
        self.tell(f"Step {step}, {who}: {said}. w again: the change before.")

    def action_branch(self, direction: int) -> None:
        """Jump to where another future was kept, or where one went on though the one before could have."""
        cursor = self.play.session.cursor
        steps = sorted(self.scene.branches | self.scene.decisions)
        there = [step for step in steps if (step > cursor if direction > 0 else step < cursor)]
        self.jump(there[0 if direction > 0 else -1] if there else None, "No branch point lies there.")

    def action_since(self) -> None:
        """Jump to the step that made what the marked context waits for what it is."""
        marked, session = self.scene.picture.machine.context(self.hand.marked), self.play.session
        word = marked.blocked_on
        step = session.held_since(word) if word else None
        if not word:
            self.tell(f"{marked.name} does not wait: mark another context with the arrows up and down.")
        elif step is None:
            self.tell(f"{marked.name} waits because of {word}, which has its value from the start.")
        else:
            session.jump(step)
            self.moved()
            self.mark(marked.number)
            said = ", ".join(str(change) for change in session.steps[step - 1].changes if change.path == word)
            self.tell(f"{marked.name} waits because of this: {said}.")

    def action_swap(self) -> None:
        """Take the other future."""
        if self.play.session.swap_branch():
            self.moved()
        else:
            self.tell("No other future was kept at this step.")

    def action_granularity(self) -> None:
        """Step by lines or by single accesses."""
        session = self.play.session
        session.single = not session.single
        self.tell(told_of_moves(session))

    def action_tongue(self, key: str = "c") -> None:
        """Show the code in C syntax, or as it is run."""
        as_c = not getattr(self.app, "as_c", False)
        self.app.as_c = as_c  # type: ignore[attr-defined]  # kept for the session, in every lesson
        self.tell("The code in C syntax, line for line." if as_c else "The code as it is run here.")

    def action_sandbox(self) -> None:
        """Take the scenario into the sandbox."""
        self.post_message(self.Moved(self.play))
        self.post_message(self.Sandbox(self.play))

    def action_version(self) -> None:
        """Play the same schedule in the next version of the code."""
        names = self._versions.names(self.play)
        if len(names) == 1:
            self.tell("This lesson has one version of the code only.")
            return
        if self._saving is not None:
            self._save()  # what is saved later is the place in the other version
        try:
            self.play, sentence = self._versions.switched(self.play, names[1])
        except KtwvizError as error:
            self.tell(f"{names[1]} cannot be played here: {error}", trouble=True)
            return
        self._track = Track(self.play.session.picture)
        self._told = (self.play.beat_index, self.play.goal_reached)
        self.hand = Hand(marked=last_context(self.play, self.hand.marked))
        self.tell(sentence)
        self.find_whether_reachable()

    def action_compare(self, key: str = "d") -> None:
        """Show this run beside that of another version."""
        try:
            found = self._versions.compared(self.play)
        except KtwvizError as error:
            self.tell(f"The other version cannot be played: {error}", trouble=True)
            return
        if found is None:
            one = len(self._versions.names(self.play)) == 1
            self.tell(
                "This lesson has one version of the code only."
                if one
                else "There are no steps to compare yet: run some, then d shows them beside another version."
            )
            return
        here = self.play.scenario.variant
        other = next(name for name in (found.other.variant, found.one.variant) if name != here)

        def go_on(wanted: bool | None) -> None:
            if wanted:
                self.action_version()

        self.app.push_screen(CompareScreen(found, other=other), go_on)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a question is open the letters answer it; else they let a store arrive where one may wait.

        Where they do neither they are keys of their own.
        """
        if action == "pick":
            return self._takes(DRAINS[int(str(parameters[0]))])
        return bool(parameters) or action not in LETTER_ACTIONS or not self._takes(LETTER_ACTIONS[action])

    def _takes(self, letter: str) -> bool:
        """Tell whether a letter chooses something now."""
        if self._scene is None:
            return False
        asked = self._scene.story.quiz is not None
        return asked or any(choice.key == letter for choice in self._scene.choices)

    def action_mark(self, direction: int) -> None:
        """Mark the next or previous context, or choose an answer while a question is open."""
        quiz = self.scene.story.quiz
        if quiz is not None:
            self.action_pick((self.hand.chosen + direction) % len(quiz.answers))
            return
        numbers = [context.number for context in self.scene.contexts]
        at = numbers.index(self.hand.marked) if self.hand.marked in numbers else 0
        self.mark(numbers[(at + direction) % len(numbers)])

    def mark(self, number: int) -> None:
        """Mark a context to look at it."""
        self.hand = Hand(marked=number, pinned=True)
        self.restage()

    def action_pick(self, index: int) -> None:
        """Choose an answer; without a question, let the oldest store of that CPU arrive in memory."""
        quiz = self.scene.story.quiz
        if quiz is None:
            self.action_choose(DRAINS[index])
        elif index < len(quiz.answers):
            self.hand = Hand(marked=self.hand.marked, chosen=index)
            self.restage()


def _left(before: Sequence[Branch], after: Sequence[Branch]) -> str:
    """Return a sentence about the future that a move left, "" where it left none."""
    if not after or (before and after[-1] is before[-1]):
        return ""
    return f"The walk that you left is kept: back at step {after[-1].at}, B takes it up again."


def _shows(path: str, changed: str) -> bool:
    return changed == path or changed.startswith(f"{path}.")


def last_context(play: Play, otherwise: int) -> int:
    """Return the number of the context that made the last move, another number if none did."""
    keys = [step.choice for step in play.session.last_steps() if step.choice.isdigit()]
    return int(keys[-1]) if keys else otherwise
