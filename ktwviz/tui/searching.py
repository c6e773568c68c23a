"""Searches beside a screen: a thread goes through all interleavings, tells how far it is, and can be stopped.

The thread builds a machine of its own, and hands it over with what it found. So nothing is stepped in two threads.
"""

import gc
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.message import Message
from textual.screen import Screen

from ktwviz.errors import KtwvizError
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.search import MOST_STATES, Found, search

PROGRESS_SECONDS = 0.1

Key = tuple[str, str, str]
"""What tells searches apart: the lesson's file, the rule, the order of memory."""


class Searches:
    """What was found so far, kept while the program runs; a search that was stopped is not kept."""

    def __init__(self) -> None:
        self.most_states = MOST_STATES
        self._found: dict[Key, Found] = {}

    def get(self, key: Key) -> Found | None:
        """Return what an earlier search found."""
        return self._found.get(key)

    def keep(self, key: Key, found: Found) -> None:
        """Keep what was found."""
        self._found[key] = found


class SearchProgress(Message):
    """A search has found so many states; sent at most ten times a second."""

    def __init__(self, search: "Search", states: int) -> None:
        super().__init__()
        self.search = search
        self.states = states


class SearchEnded(Message):
    """A search is through, was stopped, or could not begin (`trouble`). `prepared` is what the caller prepared.

    `search` is the one that it was: a thread that was stopped may still tell of its end when the next one runs.
    """

    def __init__(
        self,
        search: "Search",
        found: Found | None,
        prepared: Any,
        *,
        stopped: bool = False,
        trouble: str = "",
    ) -> None:
        super().__init__()
        self.search = search
        self.found = found
        self.prepared = prepared
        self.stopped = stopped
        self.trouble = trouble


class Search:
    """One search in a thread of its own. `prepare` is called there with what was found, for what takes long too."""

    def __init__(self, screen: Screen[Any], lesson: Lesson, rule: str, memory: str) -> None:
        self._screen = screen
        self._lesson = lesson
        self._key = (lesson.file, rule, memory)
        self._stop = threading.Event()
        self._last = 0.0

    def start(self, prepare: Callable[[Found], Any], *, ahead: bool = False) -> None:
        """Begin; SearchProgress and SearchEnded go to the screen."""
        self._screen.run_worker(
            partial(self._run, prepare, ahead), name="search", group="search", thread=True, exclusive=True
        )

    def stop(self) -> None:
        """Ask the thread to end soon; what it has seen so far comes as a search that was stopped."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether the search was asked to end."""
        return self._stop.is_set()

    def _run(self, prepare: Callable[[Found], Any], ahead: bool) -> None:
        kept = searches_of(self._screen).get(self._key)
        if kept is not None and kept.scenario.lesson != self._lesson:
            kept = None  # its file has another text by now, as that of the sandbox has at every key
        try:
            found = kept or self._search(ahead)
            if kept is not None and ahead:
                _ = kept.bug_lookout, kept.bug_odds
        except KtwvizError as error:
            self._screen.post_message(SearchEnded(self, None, None, trouble=str(error)))
            return
        stopped = bool(found.graph.bound) and self.stopped
        if kept is None:
            # a graph has no cycles to look for, and looking through it would hold up a key by a tenth of a second
            gc.freeze()
        if kept is None and not stopped:
            searches_of(self._screen).keep(self._key, found)
        self._screen.post_message(SearchEnded(self, found, prepare(found), stopped=stopped))

    def _search(self, ahead: bool) -> Found:
        _, rule, memory = self._key
        scenario = build_scenario(self._lesson, rule, memory)
        most = searches_of(self._screen).most_states
        return search(scenario, most_states=most, interrupted=self._interrupted, ahead=ahead)

    def _interrupted(self, states: int) -> str:
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._screen.post_message(SearchProgress(self, states))
        return f"your stop after {states:,} states" if self.stopped else ""


def searches_of(screen: Screen[Any]) -> Searches:
    """Return the searches that the app of a screen keeps."""
    found = getattr(screen.app, "searches", None)
    assert isinstance(found, Searches)
    return found
