"""Every trouble that a user can meet, one class each; nothing else is shown to them as an error.

What does not belong here: what happens *inside* the simulated computer. A BUG or an oops there is an event of the
run, not an error of the program.
"""

from __future__ import annotations

from collections.abc import Iterable

from ktwviz.values import dataclass


class KtwvizError(Exception):
    """The base of all errors that are shown to the user as text, without a traceback."""


@dataclass(frozen=True, order=True)
class Trouble:
    """One thing that is wrong in a text: where, what, and how to mend it.

    `line` counts from 1; 0 means the file as a whole.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class SourceError(KtwvizError):
    """Stepped code that the subset refuses; carries file and line."""

    def __init__(self, file: str, line: int, message: str) -> None:
        self.trouble = Trouble(file, line, message)
        super().__init__(str(self.trouble))


class LessonError(KtwvizError):
    """A lesson file with one or more troubles, all of them listed."""

    def __init__(self, troubles: Iterable[Trouble]) -> None:
        self.troubles = tuple(sorted(troubles))
        super().__init__("\n".join(str(trouble) for trouble in self.troubles))


class UnknownName(KtwvizError):
    """A lesson, file, rule or context that does not exist."""


class ScheduleError(KtwvizError):
    """A schedule or token that cannot be read, or that does not fit the scenario."""


class BlockedStep(KtwvizError):
    """Somebody asked for a step that the machine does not allow here; the message is the reason."""


class ProgressError(KtwvizError):
    """Progress could not be read or written."""


class MissingExtra(KtwvizError):
    """A part of the program that is installed on request, and is not."""


class TerminalError(KtwvizError):
    """Not a terminal, or a terminal that is too small."""


def close_matches(name: str, possible: Iterable[str]) -> list[str]:
    """Return the possible name that is closest to one, if any is close."""
    from difflib import get_close_matches  # noqa: PLC0415  # only who has mistyped waits for it

    return get_close_matches(name, list(possible), n=1)


def did_you_mean(name: str, possible: Iterable[str]) -> str:
    """Return ", did you mean ...?" where a name is close to a possible one, else an empty string."""
    close = close_matches(name, possible)
    return f", did you mean {close[0]!r}?" if close else ""
