"""The text of a lesson's file, or in words why there is none. By `os` alone: pathlib would take 2 ms of a start."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from ktwviz.errors import LessonError, Trouble, UnknownName, close_matches

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1_000_000
"""In bytes; a hundred times a long lesson, and little enough to read in no time."""


def read_text(path: Path | str) -> str:
    """Return the text of a file of reasonable size.

    Raises UnknownName where there is no such file, LessonError where it cannot be read or is no text.
    """
    given = str(path)
    try:
        data = _read_file(given)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot be read, {reason}: check the path and its permissions"
        raise LessonError([Trouble(given, 0, message)]) from error
    return _decode(given, data)


def _read_file(path: str) -> bytes:
    try:
        kind = os.stat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UnknownName(f"there is no file {path}{_did_you_mean_file(path)}") from None
    if stat.S_ISDIR(kind.st_mode):
        inside = ", ".join(_lessons_in(path)) or "it has no *.md"
        raise UnknownName(f"{path} is a folder: name a file in it ({inside})")
    if not stat.S_ISREG(kind.st_mode):
        raise UnknownName(f"{path} is not a plain file: a lesson is a Markdown file on disk")
    if kind.st_size > LARGEST_FILE:
        raise LessonError([Trouble(path, 0, f"is larger than {LARGEST_FILE:,} bytes: is it a lesson?")])
    with open(path, "rb") as file:
        return file.read()


def _lessons_in(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder or ".") if name.endswith(".md"))


def _did_you_mean_file(path: str) -> str:
    folder, name = os.path.split(path)
    try:
        close = close_matches(name, _lessons_in(folder))
    except (OSError, ValueError):
        close = []
    if close:
        return f", did you mean {os.path.join(folder, close[0])}?"
    return ": see `ktwviz list` for the shipped lessons"


def _decode(given: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the file in UTF-8"
        raise LessonError([Trouble(given, line, message)]) from error
