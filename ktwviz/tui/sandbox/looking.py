"""Looks at a draft in a thread beside the screen: each tells how far it is, and ends soon when it is asked to."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

from textual.message import Message

from ktwviz.errors import KtwvizError
from ktwviz.lesson.sandbox import Looked
from ktwviz.lesson.saving import Interrupted, LessonFile
from ktwviz.tui.base import BaseScreen

PROGRESS_SECONDS = 0.1
STOPPED = "you ended it"

Outcome = Looked | LessonFile | KtwvizError


class Looking(BaseScreen):
    """A screen with at most one such thread; of several that were begun the last one counts."""

    class Seen(Message):
        """A look has seen this many states."""

        def __init__(self, look: Event, states: int) -> None:
            super().__init__()
            self.look = look
            self.states = states

    class Ended(Message):
        """A look has come to its end."""

        def __init__(self, look: Event, outcome: Outcome) -> None:
            super().__init__()
            self.look = look
            self.outcome = outcome

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._look: Event | None = None

    def begin(self, work: Callable[[Interrupted], Looked | LessonFile]) -> None:
        """End what runs, and begin a look. It builds a machine of its own and touches no widget."""
        self.end()
        look = self._look = Event()
        self.run_worker(lambda: self._run(work, look), thread=True, group="look")

    def end(self) -> None:
        """Let the thread end; what it finds is not told any more."""
        if self._look is not None:
            self._look.set()
            self._look = None

    def is_last(self, message: Seen | Ended) -> bool:
        """Tell whether a message is of the look that counts; its end is the end of it."""
        if message.look is not self._look:
            return False
        if isinstance(message, Looking.Ended):
            self._look = None
        return True

    def on_unmount(self) -> None:
        """A look that nobody waits for ends."""
        self.end()

    def _run(self, work: Callable[[Interrupted], Looked | LessonFile], look: Event) -> None:
        last = time.monotonic()

        def interrupted(states: int) -> str:
            nonlocal last
            now = time.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                self.post_message(self.Seen(look, states))
            return STOPPED if look.is_set() else ""

        outcome: Outcome
        try:
            outcome = work(interrupted)
        except KtwvizError as error:
            outcome = error
        self.post_message(self.Ended(look, outcome))
