"""The file that remembers what the learner has done.

The rule of this file: what the learner did is never lost. A file that cannot be understood is moved aside, not
overwritten; one of a newer version is left alone; two programs at once take turns; and where nothing can be saved the
program goes on and says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from platformdirs import user_state_path

from ktwviz.errors import ProgressError
from ktwviz.files import write_whole
from ktwviz.progress.locking import wait_for
from ktwviz.progress.model import Draft, LessonProgress, Progress
from ktwviz.progress.text import NewerVersion, from_json, to_json
from ktwviz.values import replace

HOW_TO_SAVE = "Mend that, or set KTWVIZ_STATE to a folder that can be written"


def progress_path() -> Path:
    """Return where progress is kept: in $KTWVIZ_STATE, else in the user's folder for state."""
    folder = os.path.expanduser(os.environ.get("KTWVIZ_STATE", "").strip())
    return Path(folder or user_state_path("ktwviz", appauthor=False)) / "progress.json"


def why_not_saved(path: Path) -> str:
    """Return why a file cannot be written in its folder, which may have to be made first; "" where it can."""
    place = next(place for place in path.parents if os.path.lexists(place))
    if not place.is_dir():
        return f"{place} is not a folder"
    lock = _lock_of(path)
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{place} cannot be written"
    return f"{lock} cannot be written" if lock.exists() and not os.access(lock, os.W_OK) else ""


class ProgressStore:
    """Progress in a file that several programs may use at once.

    `notice` is empty, or says in a sentence what the learner should know about the file. `saving` is False where
    nothing is written: asked for (--no-save), or because it cannot be; changes then live as long as the store.
    """

    def __init__(self, path: Path, saving: bool = True) -> None:
        # a link to the real place, as people have for their settings, stays a link
        self.path = Path(os.path.realpath(path))
        self.saving = saving
        self.notice = ""
        self._kept: Progress | None = None
        self._waiting: list[Callable[[Progress], Progress]] = []

    def look_whether_it_can_save(self) -> None:
        """Say before the first change, which may come late, that it could not be saved; nothing is made for that."""
        why = why_not_saved(self.path) if self.saving else ""
        if why:
            self.saving = False
            self._tell(f"Progress cannot be saved in {self.path.parent}: {why}. {HOW_TO_SAVE}.")

    def load(self) -> Progress:
        """Return what is saved. Raises ProgressError where a file must be moved aside and another program has it."""
        try:
            progress = self._kept or self._read()
        except ProgressError:
            with self._lock():
                # another program may have moved it aside meanwhile
                progress = self._read_or_move_aside()
        if not self.saving:
            self._kept = progress
        return progress

    def save(self, progress: Progress) -> None:
        """Put progress in place of what is saved; keys of the file that are not ours stay."""
        with self._lock():
            found = self._read_or_move_aside()
            self._write(_with_other_of(found, progress))

    def update(self, lesson_id: str, change: Callable[[LessonProgress], LessonProgress]) -> Progress:
        """Change the progress in one lesson, starting from what is in the file now; return all of it.

        Raises ProgressError where another program has the file for too long. The change is then kept, and written
        with the next one.
        """
        return self._change(lambda progress: progress.changed(lesson_id, change))

    def keep_draft(self, begun: str, draft: Draft | None) -> Progress:
        """Remember a draft of the sandbox, or forget it; return all progress. Raises as `update` does."""
        return self._change(lambda progress: progress.with_draft(begun, draft))

    def _change(self, change: Callable[[Progress], Progress]) -> Progress:
        self._waiting.append(change)
        with self._lock():
            progress = self._read_or_move_aside()
            # cleared first: a change that raises must not come back with the next one
            waiting, self._waiting = self._waiting, []
            for waiting_change in waiting:
                progress = waiting_change(progress)
            self._write(progress)
        return progress

    def change(self, change: Callable[[Progress], Progress], keep_as: str) -> tuple[Progress, Path | None]:
        """Change all progress, starting from what is in the file now; return it, and where the old file is kept.

        What was there is copied beside it under a new name with `keep_as` in it; None where nothing was there or
        nothing changed. Raises ProgressError where another program has the file for too long.
        """
        with self._lock():
            found = self._read_or_move_aside()
            changed = change(found)
            if changed == found:
                return found, None
            aside = self._copy(keep_as)
            self._write(changed)
        return changed, aside

    def _copy(self, keep_as: str) -> Path | None:
        if not self.saving or not self.path.exists():
            return None
        aside = _free_name(self.path, keep_as)
        try:
            write_whole(aside, self.path.read_text(encoding="utf-8"), private=True)
        except OSError as error:
            raise ProgressError(
                f"nothing was changed: {aside} cannot be written ({_reason(error)})"
            ) from error
        return aside

    def _read(self) -> Progress:
        """Return what is in the file; turn saving off where it is of a newer version."""
        try:
            return from_json(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return Progress()
        except NewerVersion as error:
            self._stop_saving(f"{self.path} was left alone: {error}; update ktwviz to use it")
            return Progress()
        except OSError as error:
            raise ProgressError(f"it cannot be read ({_reason(error)})") from error

    def _read_or_move_aside(self) -> Progress:
        if self._kept is not None:
            return self._kept
        try:
            return self._read()
        except ProgressError as error:
            self._move_aside(error)
            return Progress()

    def _move_aside(self, error: ProgressError) -> None:
        if not self.saving:
            self._tell(f"{self.path} could not be used, {error}; nothing is saved.")
            return
        aside = _free_name(self.path)
        try:
            self.path.rename(aside)
        except OSError as failure:
            self._stop_saving(f"{self.path} could not be used, {error}, nor moved aside ({_reason(failure)})")
        else:
            self._tell(f"{self.path} could not be used, {error}; it was moved to {aside}.")

    def _write(self, progress: Progress) -> None:
        """Write the file as a whole or not at all. Call with the lock held."""
        if self.saving:
            try:
                write_whole(self.path, to_json(progress), private=True)
            except OSError as error:
                self._stop_saving(f"{self.path} cannot be written ({_reason(error)})")
        if not self.saving:
            self._kept = progress

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lock file, so that nobody writes between our reading and our writing."""
        file = self._open_lock() if self.saving else None
        if file is None:
            yield
            return
        with file:
            wait_for(file, self.path)
            # closing the file gives the lock back
            yield

    def _open_lock(self) -> IO[bytes] | None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _lock_of(self.path).open("ab")
        except OSError as error:
            self._stop_saving(f"{self.path.parent} cannot be written ({_reason(error)})")
            return None

    def _stop_saving(self, why: str) -> None:
        self.saving = False
        self._tell(f"{why}; nothing is saved.")

    def _tell(self, sentence: str) -> None:
        self.notice = f"{self.notice} {sentence}".strip()


def _with_other_of(found: Progress, progress: Progress) -> Progress:
    """Return progress with those keys of what was found that are not ours."""
    lessons = {
        lesson_id: replace(lesson, other={**found.of(lesson_id).other, **lesson.other})
        for lesson_id, lesson in progress.lessons.items()
    }
    return replace(progress, lessons=lessons, other={**found.other, **progress.other})


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _free_name(path: Path, word: str = "unreadable") -> Path:
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.{word}-{number}")):
        number += 1
    return aside
