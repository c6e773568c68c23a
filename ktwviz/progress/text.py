"""The text of a progress file. What a later version of the same format wrote into it is kept as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from ktwviz.errors import ProgressError
from ktwviz.progress.model import Draft, LessonProgress, Progress

VERSION = 1

LESSON_KEYS = ("solved", "best", "token", "beat", "quiz", "hints", "proved", "draft", "fixed", "fixed_for")
DRAFT_KEYS = ("text", "version", "rule", "diff", "kernel")

Value = TypeVar("Value")


class NewerVersion(ProgressError):
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
        raise NewerVersion(f"it is of version {version}, this program writes version {VERSION}")
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
