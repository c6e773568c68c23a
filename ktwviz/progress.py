"""What the learner has done, and the file that remembers it.

The rule of this file: what the learner did is never lost. A file that cannot be understood is moved aside, not
overwritten; one of a newer version is left alone; two programs at once take turns; and where nothing can be saved the
program goes on and says so.

What does not belong here: what a token or a beat means.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO, TypeVar

from platformdirs import user_state_path

from ktwviz.errors import ProgressError
from ktwviz.values import dataclass, field, replace

fcntl: ModuleType | None = None
with suppress(ImportError):
    # Windows has no such locks: the last of two programs wins there, and the file is still whole
    fcntl = import_module("fcntl")

VERSION = 1
LOCK_SECONDS = 2.0
LOCK_POLL_SECONDS = 0.02

Value = TypeVar("Value")


@dataclass(frozen=True)
class LessonProgress:
    """What the learner did in one lesson.

    `best` is the fewest steps to the goal, `token` and `beat` are where the learner stopped, `quiz` says by index of
    the beat whether the first answer was right, `quiz_later` which of the others were answered right later; `hints`
    counts those asked for, `proved` is the token of the solution.
    `draft` is the text in the editor of the lesson's fix, `fixed` the last one that was proved, and `fixed_for` tells
    for which lesson and program it was (`fix.key_of_proof`).
    `other` holds what a later version of the same format wrote; it is kept.
    """

    solved: bool = False
    best: int | None = None
    token: str = ""
    beat: int = 0
    quiz: Mapping[str, bool] = field(default_factory=dict)
    quiz_later: Mapping[str, bool] = field(default_factory=dict)
    hints: int = 0
    proved: str = ""
    draft: str = ""
    fixed: str = ""
    fixed_for: str = ""
    other: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def quiz_right(self) -> int:
        """How many questions were answered right, at the first try or later."""
        return sum(right or self.quiz_later.get(beat, False) for beat, right in self.quiz.items())


@dataclass(frozen=True)
class Draft:
    """A scenario of the sandbox: its text, and the `version` of the code that it is played on.

    One that was forked from a lesson under a rule brings the rule's name and diff with it, and the version that the
    rule changes, `kernel`; `version` is then that name, or another version.
    """

    text: str
    version: str = "v4"
    rule: str = ""
    diff: str = ""
    kernel: str = "v4"
    other: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Progress:
    """What the learner did in all lessons, by id; `last` is the id of the lesson touched last, or "".

    `sandbox` holds the drafts of the sandbox by where they began: "" for one from nothing, else a lesson or a file.
    """

    lessons: Mapping[str, LessonProgress] = field(default_factory=dict)
    last: str = ""
    sandbox: Mapping[str, Draft] = field(default_factory=dict)
    other: Mapping[str, object] = field(default_factory=dict, repr=False)

    def of(self, lesson_id: str) -> LessonProgress:
        """Return the progress in a lesson; that of a beginner where there is none."""
        return self.lessons.get(lesson_id, LessonProgress())

    def changed(self, lesson_id: str, change: Callable[[LessonProgress], LessonProgress]) -> Progress:
        """Return the progress after a change in one lesson."""
        return replace(self, lessons={**self.lessons, lesson_id: change(self.of(lesson_id))}, last=lesson_id)

    def with_draft(self, begun: str, draft: Draft | None) -> Progress:
        """Return the progress with another draft of the sandbox, or without one."""
        others = {name: other for name, other in self.sandbox.items() if name != begun}
        return replace(self, sandbox=others if draft is None else {**others, begun: draft})


def merged(one: Progress, other: Progress) -> Progress:
    """Return the best of both: nothing that was solved, answered right or proved in either is lost.

    Of what can be had only once, such as the moment where the learner stopped, that of `one` stays; it gives way where
    the other got further in the lesson's script.
    """
    ids = [*one.lessons, *(lesson_id for lesson_id in other.lessons if lesson_id not in one.lessons)]
    return Progress(
        {lesson_id: _merged_lesson(one.of(lesson_id), other.of(lesson_id)) for lesson_id in ids},
        one.last or other.last,
        {**other.sandbox, **one.sandbox},
        {**other.other, **one.other},
    )


def _merged_lesson(one: LessonProgress, other: LessonProgress) -> LessonProgress:
    stopped = other if other.token and (not one.token or other.beat > one.beat) else one
    known = [done for done in (one, other) if done.best is not None]
    best = min(known, key=lambda done: done.best or 0, default=one)
    fixed = one if one.fixed else other
    answers = {**other.quiz, **one.quiz}
    return LessonProgress(
        solved=one.solved or other.solved,
        best=best.best,
        token=stopped.token,
        beat=max(one.beat, other.beat),
        quiz={beat: one.quiz.get(beat, False) or other.quiz.get(beat, False) for beat in answers},
        quiz_later={
            beat: True
            for beat in answers
            if one.quiz_later.get(beat, False) or other.quiz_later.get(beat, False)
        },
        hints=max(one.hints, other.hints),
        # the schedule that shows the best; a solution without a count is still one
        proved=best.proved or one.proved or other.proved,
        draft=one.draft or other.draft,
        fixed=fixed.fixed,
        fixed_for=fixed.fixed_for,
        other={**other.other, **one.other},
    )


class _NewerVersion(ProgressError):
    """The text is of a later version of the format; it must not be touched."""


def to_json(progress: Progress) -> str:
    """Return progress as the text of a progress file."""
    lessons = {
        lesson_id: _plain_lesson(progress.lessons[lesson_id]) for lesson_id in sorted(progress.lessons)
    }
    data = {**progress.other, "version": VERSION, "last": progress.last, "lessons": lessons}
    if progress.sandbox:
        drafts = sorted(progress.sandbox.items())
        data["sandbox"] = {begun: _plain_draft(draft) for begun, draft in drafts}
    return json.dumps(data, indent=1) + "\n"


def _plain_lesson(lesson: LessonProgress) -> dict[str, object]:
    known = {name: getattr(lesson, name) for name in LESSON_KEYS}
    later = {"quiz_later": dict(lesson.quiz_later)} if lesson.quiz_later else {}
    return {**lesson.other, **known, "quiz": dict(lesson.quiz), **later}


def _plain_draft(draft: Draft) -> dict[str, object]:
    return {**draft.other, **{name: getattr(draft, name) for name in DRAFT_KEYS}}


def from_json(text: str | bytes) -> Progress:
    """Read the text of a progress file; raise ProgressError, with the reason, where it is none."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ProgressError("it is nested too deeply") from error
    # numbers of 5,000 digits are plain ValueErrors
    except ValueError as error:
        raise ProgressError(_why_no_json(text, error)) from error
    fields = _table("the file", data)
    version = fields.get("version")
    if not _is_count(version) or version == 0:
        raise ProgressError("it has no version")
    if version != VERSION:
        raise _NewerVersion(f"it is of version {version}, this program writes version {VERSION}")
    lessons = _table("lessons", fields.get("lessons", {}))
    return Progress(
        lessons={lesson_id: _read_lesson(lesson_id, lesson) for lesson_id, lesson in lessons.items()},
        last=_value(fields, "last", "", _is_text),
        sandbox={
            begun: _read_draft(begun, draft)
            for begun, draft in _table("sandbox", fields.get("sandbox", {})).items()
        },
        other=_without(fields, ("version", "last", "lessons", "sandbox")),
    )


def _why_no_json(text: str | bytes, error: ValueError) -> str:
    if not text.strip():
        return "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, column {error.colno} on"
    return "it holds a number that is too long"


LESSON_KEYS = ("solved", "best", "token", "beat", "quiz", "hints", "proved", "draft", "fixed", "fixed_for")


def _read_lesson(lesson_id: str, data: object) -> LessonProgress:
    place = f"lessons.{json.dumps(lesson_id)}"
    fields = _table(place, data)
    no_best: int | None = None
    return LessonProgress(
        solved=_value(fields, "solved", False, _is_flag, place),
        best=_value(fields, "best", no_best, lambda value: value is None or _is_count(value), place),
        token=_value(fields, "token", "", _is_text, place),
        beat=_value(fields, "beat", 0, _is_count, place),
        quiz=_value(fields, "quiz", dict[str, bool](), _is_flags, place),
        quiz_later=_value(fields, "quiz_later", dict[str, bool](), _is_flags, place),
        hints=_value(fields, "hints", 0, _is_count, place),
        proved=_value(fields, "proved", "", _is_text, place),
        draft=_value(fields, "draft", "", _is_text, place),
        fixed=_value(fields, "fixed", "", _is_text, place),
        fixed_for=_value(fields, "fixed_for", "", _is_text, place),
        other=_without(fields, (*LESSON_KEYS, "quiz_later")),
    )


DRAFT_KEYS = ("text", "version", "rule", "diff", "kernel")


def _read_draft(begun: str, data: object) -> Draft:
    place = f"sandbox.{json.dumps(begun)}"
    fields = _table(place, data)
    return Draft(
        text=_value(fields, "text", "", _is_text, place),
        version=_value(fields, "version", "v4", _is_text, place),
        rule=_value(fields, "rule", "", _is_text, place),
        diff=_value(fields, "diff", "", _is_text, place),
        kernel=_value(fields, "kernel", "v4", _is_text, place),
        other=_without(fields, DRAFT_KEYS),
    )


def _table(place: str, data: object) -> dict[str, object]:
    if not isinstance(data, dict):
        raise ProgressError(f"{place} is not a table")
    return data


def _value(
    fields: Mapping[str, object], key: str, default: Value, fits: Callable[[object], bool], place: str = ""
) -> Value:
    """Return the value of a key, or the default where it is missing; `fits` says whether it is of that type."""
    value = fields.get(key, default)
    if not fits(value):
        raise ProgressError(f"{place}{'.' if place else ''}{key} cannot be {json.dumps(value)[:40]}")
    return value  # type: ignore[return-value]  # fits() has just said so


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_flags(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_flag, value.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    # true is an int to Python
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _without(fields: Mapping[str, object], known: tuple[str, ...]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if key not in known}


def progress_path() -> Path:
    """Return where progress is kept: in $KTWVIZ_STATE, else in the user's folder for state."""
    folder = os.path.expanduser(os.environ.get("KTWVIZ_STATE", "").strip())
    return Path(folder or user_state_path("ktwviz", appauthor=False)) / "progress.json"


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
            write_atomically(aside, self.path.read_text(encoding="utf-8"))
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
        except _NewerVersion as error:
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
                write_atomically(self.path, to_json(progress))
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
            _wait_for(file, self.path)
            # closing the file gives the lock back
            yield

    def _open_lock(self) -> IO[bytes] | None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.path.with_name(f"{self.path.name}.lock").open("ab")
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


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _free_name(path: Path, word: str = "unreadable") -> Path:
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.{word}-{number}")):
        number += 1
    return aside


def _wait_for(file: IO[bytes], path: Path) -> None:
    """Take the lock, or raise ProgressError after two seconds."""
    if fcntl is None:
        return
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ProgressError(
                    f"another ktwviz has held {path.name}.lock for {LOCK_SECONDS:g} s, so {path} was not changed: "
                    "close the other one, or try again"
                ) from None
            time.sleep(LOCK_POLL_SECONDS)
        except OSError:
            # some network file systems have no locks; the file is still written as a whole
            return
        else:
            return


def write_atomically(path: Path, text: str) -> None:
    """Write a file as a whole, or leave what was there as it was. Raises OSError."""
    # imported here: reading progress, as most commands do, needs none of it
    import tempfile  # noqa: PLC0415

    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            # without it a crash may leave the new name with nothing in it
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
