"""What the learner does is kept: every move, every draft, every proved text goes into the file of progress at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from ktwviz.errors import ProgressError
from ktwviz.progress.model import LessonProgress
from ktwviz.tui import later
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.values import replace

if TYPE_CHECKING:
    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.play import Play
    from ktwviz.progress.model import Draft, Progress
    from ktwviz.progress.store import ProgressStore
    from ktwviz.tui import later as opened
else:
    from ktwviz.tui.later import opened


class Keeping(App[None]):
    """An app that keeps what is done on its screens, and has the home screen show it."""

    store: ProgressStore
    home: HomeScreen

    def on_walking_moved(self, message: later.PlayerScreen.Moved) -> None:
        """Remember how far the learner is."""
        self._remember(message.play)

    def on_fix_screen_kept(self, message: later.FixScreen.Kept) -> None:
        """Remember the learner's text."""
        self._keep(message.lesson, message.text, message.proof)

    def on_sandbox_screen_kept(self, message: later.SandboxScreen.Kept) -> None:
        """Remember a draft."""
        self._keep_scenario(message.name, message.draft)

    def on_home_screen_reset(self, message: HomeScreen.Reset) -> None:
        """Forget the progress in a lesson."""
        self._update(message.lesson, lambda old: LessonProgress(other=old.other))

    def keep_done_on(self, screen: Screen[Any]) -> None:
        """Remember what was done on a screen now; its own timer may come too late."""
        if isinstance(screen, opened.PlayerScreen):
            self._remember(screen.play)
        elif isinstance(screen, opened.FixScreen):
            self._keep_draft(screen)
        elif isinstance(screen, opened.SandboxScreen):
            self._keep_unsaved(screen)

    def _remember(self, play: Play) -> None:
        if play.scenario.edit is not None or play.lesson.file == later.YOUR_SCENARIO:
            return  # a run of the learner's own code tells nothing of the lesson
        self._update(play.lesson, lambda old: later.recorded(play, old))

    def _keep_draft(self, screen: later.FixScreen) -> None:
        draft = screen.new_draft()
        if draft is not None:
            self._keep(screen.lesson, draft)

    def _keep(self, lesson: Lesson, text: str, proof: str = "") -> None:
        def change(old: LessonProgress) -> LessonProgress:
            new = replace(old, draft=text)
            return replace(new, fixed=text, fixed_for=proof) if proof else new

        self._update(lesson, change)

    def _keep_unsaved(self, screen: later.SandboxScreen) -> None:
        if screen.is_new:
            self._keep_scenario(screen.begun.name, screen.kept_draft())

    def _keep_scenario(self, name: str, draft: Draft | None) -> None:
        self._write(lambda: self.store.keep_draft(name, draft))

    def _update(self, lesson: Lesson, change: Callable[[LessonProgress], LessonProgress]) -> None:
        self._write(lambda: self.store.update(lesson.id, change))

    def _write(self, write: Callable[[], Progress]) -> None:
        try:
            progress = write()
        except ProgressError as error:
            self.home.show_progress(self.home.home.progress, str(error))
        else:
            self.home.show_progress(progress, self.store.notice)
