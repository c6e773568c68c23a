"""The list of what is wrong in one lesson file, so that an author sees all of it at once."""

from __future__ import annotations

from ktwviz.errors import LessonError, Trouble


class Troubles:
    """Collects troubles of one file; raises them together."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Trouble] = []

    def add(self, line: int, message: str) -> None:
        """Note a trouble at a line of the file, counted from 1; 0 means the file as a whole."""
        self._found.append(Trouble(self.file, line, message))

    def raise_if_any(self) -> None:
        """Raise LessonError with everything noted so far; do nothing if that is nothing."""
        if self._found:
            raise LessonError(self._found)
