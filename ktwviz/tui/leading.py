"""Where the screens lead: what is opened on top of what, and what is left when something else is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ktwviz.errors import KtwvizError, ScheduleError
from ktwviz.tui import later
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.keeping import Keeping
from ktwviz.tui.naming import title_of
from ktwviz.values import replace

if TYPE_CHECKING:
    from ktwviz.lesson.fix import Judgement
    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.play import Play
    from ktwviz.lesson.sandbox import Begun
    from ktwviz.lesson.scenario import Scenario
    from ktwviz.tui import later as opened
    from ktwviz.tui.symbols import Symbols
else:
    from ktwviz.tui.later import opened


class Leading(Keeping):
    """An app that opens screens when others ask for it, and goes back when they are left."""

    lessons: tuple[Lesson, ...]
    symbols: Symbols
    speed: float
    refuted: dict[str, dict[str, Judgement]]
    """For each lesson the texts of its fix that were refuted since the program began."""

    def whole(self, lesson: Lesson) -> Lesson:
        """Return a lesson with all that is in its file."""
        raise NotImplementedError

    def read_all(self) -> None:
        """Read what is left of the lessons, if anything is."""
        raise NotImplementedError

    # Lessons ----------------------------------------------------------------------------------------------------------

    def on_home_screen_open(self, message: HomeScreen.Open) -> None:
        """Play the lesson that was chosen."""
        self.open_lesson(message.lesson)

    def open_lesson(
        self, lesson: Lesson, *, token: str = "", step: int | None = None, shown_by: str = "", told: str = ""
    ) -> None:
        """Play a lesson, from where the learner left it unless a token says otherwise; `told` is to be read there.

        `shown_by` says who made the token, "explorer" or "matrix"; what it shows does not count as the learner's, and
        neither does a token that goes beyond the script and the walk that was saved.
        """
        progress = self.store.load().of(lesson.id)
        notice = ""
        try:
            lesson = self.whole(lesson)
            play = later.opened_play(lesson, progress, token=token, step=step)
        except ScheduleError as error:
            play = later.start_play(lesson, progress, "")
            notice = f"Started anew, since the saved moment does not fit: {error}"
        except KtwvizError as error:
            self.home.show_progress(self.home.home.progress, str(error))
            return
        play.shown_by = shown_by or play.shown_by
        new = not (token or notice or step is not None or progress.solved or play.session.steps)
        screen = later.PlayerScreen(play, self._title_after(lesson), self.speed, new=new)
        screen.solved = progress.solved or bool(progress.fixed)
        trouble = bool(notice)
        notice = notice or later.not_yours(play)
        opened = bool(token) and step is None
        notice = " ".join(part for part in (notice, told) if part)
        screen.hand = replace(screen.hand, notice=notice, opened=opened, trouble=trouble)
        screen.score = later.Score(best=progress.best)
        self.push_screen(screen)

    def action_ask_token(self) -> None:
        """Ask for a token, and open it; that of a lesson file which is played fits too."""
        played = [
            screen.play.lesson for screen in self.screen_stack if isinstance(screen, opened.PlayerScreen)
        ]
        lessons = (*played, *self.lessons)

        def refused(text: str) -> str:
            return later.refused(text, lessons, self.whole, self.store.load())

        def open_token(text: str | None) -> None:
            if text:
                self._leave_lesson()
                self.open_lesson(later.lesson_of(text, lessons), token=text)

        self.push_screen(later.AskToken(refused=refused), open_token)

    def switch_lesson(self, lesson: Lesson) -> None:
        """Leave the lesson that is played, if any, and play this one."""
        self._leave_lesson()
        self.open_lesson(lesson)

    def on_player_screen_next_lesson(self, message: later.PlayerScreen.NextLesson) -> None:
        """Play the next lesson."""
        if not isinstance(self.screen, opened.PlayerScreen):
            return
        after = self._after(self.screen.play.lesson)
        self._leave_lesson()
        if after is not None:
            self.open_lesson(after)

    def _title_after(self, lesson: Lesson) -> str:
        after = self._after(lesson)
        return title_of(after, self.symbols) if after else ""

    def _after(self, lesson: Lesson) -> Lesson | None:
        files = [other.file for other in self.lessons]
        at = files.index(lesson.file) + 1 if lesson.file in files else len(files)
        return self.lessons[at] if at < len(files) else None

    def on_player_screen_left(self, message: later.PlayerScreen.Left) -> None:
        """Go back to the lessons."""
        if isinstance(self.screen, opened.PlayerScreen):
            # a notice that waits behind the page about the lesson has not been seen there
            unseen = self.screen.hand.notice if self.screen.opening else ""
            left = self.screen.play
            self.home.mark(left.lesson)
            self.pop_screen()
            self._take_along(left)
            if unseen:
                self.home.tell(unseen, trouble=True)

    def _take_along(self, left: Play) -> None:
        """Have the player below go on with a walk that the learner began after what was shown; it would be lost."""
        below = next(
            (screen for screen in reversed(self.screen_stack) if type(screen) is opened.PlayerScreen), None
        )
        begun = left.given == () and not left.shown_by and left.session.steps
        if begun and isinstance(below, opened.PlayerScreen) and later.same_code(below.play, left.scenario):
            below.take_over(left.session.schedule())
            at = max((branch.at for branch in below.play.session.branches), default=0)
            below.tell(
                f"This is the walk that you began there. Yours before is kept: at step {at}, B takes it up."
            )

    def _leave_lesson(self) -> None:
        """Leave what was opened above the list of lessons or the matrix, and remember what was done there."""
        leaving = (opened.PlayerScreen, opened.FixScreen, opened.SandboxScreen, opened.ExplorerScreen)
        while isinstance(self.screen, leaving):
            self.keep_done_on(self.screen)
            self.pop_screen()

    def on_player_screen_fix(self, message: later.PlayerScreen.Fix) -> None:
        """Open the editor for the lesson's function."""
        lesson = message.play.lesson
        try:
            known = self.refuted.setdefault(lesson.id, {})
            screen = later.FixScreen(lesson, self.store.load().of(lesson.id), known)
        except KtwvizError as error:
            if isinstance(self.screen, opened.PlayerScreen):
                self.screen.tell(str(error))
        else:
            self.push_screen(screen)

    # The explorer -----------------------------------------------------------------------------------------------------

    def on_home_screen_explore(self, message: HomeScreen.Explore) -> None:
        """Explore the lesson that is marked."""
        try:
            lesson = self.whole(message.lesson)
        except KtwvizError as error:
            self.home.tell(str(error), trouble=True)
        else:
            self.push_screen(later.ExplorerScreen(later.Origin(lesson, later.variant_of(lesson))))

    def on_foreseeing_explore(self, message: later.PlayerScreen.Explore) -> None:
        """Explore from where the learner is; out of a schedule that the explorer shows, in its place."""
        scenario = message.play.scenario
        schedule = message.play.session.schedule()
        if message.play.shown_by and isinstance(self.screen_stack[-2], opened.ExplorerScreen):
            self.pop_screen()
            self._leave_explorer()
        self.push_screen(
            later.ExplorerScreen(later.Origin(scenario.lesson, scenario.variant, scenario.memory, schedule))
        )

    def on_sandbox_screen_explore(self, message: later.SandboxScreen.Explore) -> None:
        """Explore the scenario of a sandbox."""
        scenario = message.scenario
        self.push_screen(later.ExplorerScreen(later.Origin(scenario.lesson, scenario.variant)))

    def on_matrix_screen_explore(self, message: later.MatrixScreen.Explore) -> None:
        """Explore the scenario of a cell."""
        self.push_screen(later.ExplorerScreen(later.Origin(message.lesson, message.variant)))

    def on_explorer_screen_play(self, message: later.ExplorerScreen.Play) -> None:
        """Play the state that was selected, above the explorer; in the sandbox, where its scenario is played."""
        if not isinstance(self.screen, opened.ExplorerScreen):
            return
        below = self.screen_stack[-2]
        if isinstance(below, (opened.SandboxPlayer, opened.SandboxScreen)):
            self._leave_explorer()
            self._play_in_sandbox(message.scenario, message.keys)
        else:
            self.show_schedule(message.scenario, message.keys)

    def show_schedule(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
        """Play a schedule that was found: in a player of its own, so that the learner's walk stays what it is."""
        if isinstance(self.screen, opened.SandboxPlayer):
            self.screen.show_found(keys)
        else:
            self.open_lesson(scenario.lesson, token=str(scenario.token(keys)), shown_by="explorer")

    def _play_in_sandbox(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
        if isinstance(self.screen, opened.SandboxPlayer) and not later.same_code(self.screen.play, scenario):
            self.pop_screen()
        if isinstance(self.screen, opened.SandboxPlayer):
            self.screen.show_found(keys)
        elif isinstance(self.screen, opened.SandboxScreen):
            self.screen.play_schedule(scenario, keys)

    def on_explorer_screen_left(self, message: later.ExplorerScreen.Left) -> None:
        """Go back to where the explorer was opened."""
        self._leave_explorer()

    def _leave_explorer(self) -> None:
        if isinstance(self.screen, opened.ExplorerScreen):
            self.pop_screen()

    # The sandbox ------------------------------------------------------------------------------------------------------

    def on_home_screen_sandbox(self, message: HomeScreen.Sandbox) -> None:
        """Open the sandbox."""
        self.open_sandbox()

    def on_walking_sandbox(self, message: later.PlayerScreen.Sandbox) -> None:
        """Open a sandbox that begins with the scenario that is played."""
        self.open_sandbox(
            later.begun_from(message.play.scenario, title_of(message.play.lesson, self.symbols))
        )

    def on_explorer_screen_sandbox(self, message: later.ExplorerScreen.Sandbox) -> None:
        """Open a sandbox that begins with the scenario that is explored; its own explorer leads back to it."""
        scenario = message.scenario
        self._leave_explorer()
        if not isinstance(self.screen, opened.SandboxScreen):
            self.open_sandbox(later.begun_from(scenario, title_of(scenario.lesson, self.symbols)))

    def open_sandbox(self, begun: Begun | None = None, version: str = "", *, told: str = "") -> None:
        """Open a sandbox on what was made in it before, else on what it begins with; `version` is to be its own."""
        begun = begun or later.begun_anew()
        boxes = [screen for screen in self.screen_stack if isinstance(screen, opened.SandboxScreen)]
        while boxes and self.screen is not boxes[-1]:
            self.keep_done_on(self.screen)
            self.pop_screen()
        if not boxes or boxes[-1].begun.name != begun.name:
            screen = later.SandboxScreen(begun, self.store.load().sandbox.get(begun.name), version)
            if told:
                screen.tell(told)
            self.keep_done_on(self.screen)
            self.push_screen(screen)

    # The matrix -------------------------------------------------------------------------------------------------------

    def on_home_screen_matrix(self) -> None:
        """Show every race on every version."""
        self.action_matrix()

    def action_matrix(self) -> None:
        """Show every race on every version; where the matrix is open already, leave what lies above it."""
        if not any(isinstance(screen, opened.MatrixScreen) for screen in self.screen_stack):
            # whoever presses the key at once comes before the lessons are read to their ends
            self.read_all()
            self.push_screen(later.MatrixScreen(self.lessons))
            return
        self._leave_lesson()

    def on_matrix_screen_play(self, message: later.MatrixScreen.Play) -> None:
        """Play what breaks in a cell; it was found by the checker, so it does not count as the learner's."""
        self.open_lesson(message.lesson, token=message.token, shown_by="matrix")

    def on_matrix_screen_left(self) -> None:
        """Go back to the lessons."""
        if isinstance(self.screen, opened.MatrixScreen):
            self.pop_screen()
