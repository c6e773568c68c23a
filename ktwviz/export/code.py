"""The lines of code of a run as they are passed on: as they are run, or in C. Comments stay behind.

A comment explains the code to who reads it in full; beside what a step did it would be a second voice.
"""

import io
import re
import textwrap
import tokenize

from ktwviz.export.as_c import CLine, as_c, c_number
from ktwviz.export.lines import Line
from ktwviz.machine.language import Stepped
from ktwviz.session import Session

_C_COMMENT = re.compile(r"\s*/\*.*\*/$")


class Code:
    """The code of a session's functions, each translated once."""

    def __init__(self, session: Session, *, as_c: bool = False) -> None:
        self.as_c = as_c
        self._session = session
        self._known: dict[str, tuple[CLine, ...]] = {}

    def of(self, line: Line) -> str:
        """Return the text of a line; empty for a step that belongs to none."""
        if not line.frames:
            return ""
        number, lines = self.number(line), self.whole(line.frames[-1].function)
        return next((line.text.strip() for line in lines if line.number == number), "")

    def number(self, line: Line) -> int:
        """Return the number under which a line stands in its function; in C a statement has but one line."""
        frame = line.frames[-1]
        return c_number(self.whole(frame.function), frame.line) if self.as_c else frame.line

    def whole(self, function: Stepped) -> tuple[CLine, ...]:
        """Return all lines of a function, those without a line of the source too."""
        if function.name not in self._known:
            self._known[function.name] = self._in_c(function) if self.as_c else _as_run(function)
        return self._known[function.name]

    def _in_c(self, function: Stepped) -> tuple[CLine, ...]:
        things = self._session.picture(0).machine.objects
        objects = [(thing.name, thing.struct) for thing in things]
        lines = as_c(function, self._session.machine.program.namespace, objects)
        return tuple(CLine(line.number, _C_COMMENT.sub("", line.text)) for line in lines)


def _as_run(function: Stepped) -> tuple[CLine, ...]:
    """Return the text of a function without comments, dedented."""
    text = textwrap.dedent("\n".join(function.source))
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return tuple(CLine(number, line.rstrip()) for number, line in enumerate(lines, function.first_line))
