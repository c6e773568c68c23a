"""A run by lines of code: consecutive steps on one line together, with the functions that they are in."""

from itertools import groupby

from ktwviz.machine.automaton import Frame
from ktwviz.machine.history import Step
from ktwviz.session import Session
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Line:
    """Consecutive steps on one line of code; `frames` are the functions shown, outermost first."""

    number: int
    context: str
    cpu: int
    frames: tuple[Frame, ...]
    steps: tuple[Step, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """The names on the call stack; that of an interrupt which is just entering, before it has a stack."""
        return tuple(frame.function.name for frame in self.frames) or (self.steps[0].function,)

    @property
    def source(self) -> str:
        """The text of the line as it is run; empty for a step that belongs to none."""
        if not self.frames:
            return ""
        function, line = self.frames[-1].function, self.frames[-1].line
        at = line - function.first_line
        return function.source[at].strip() if 0 <= at < len(function.source) else ""


def lines_of(session: Session) -> list[Line]:
    """Return the lines of the walk up to its cursor."""
    stacks = [_shown_frames(session, number) for number in range(session.cursor)]

    def place(number: int) -> object:
        return session.steps[number].choice, [(frame.function.name, frame.line) for frame in stacks[number]]

    lines = []
    for _, group in groupby(range(session.cursor), key=place):
        numbers = list(group)
        first = session.steps[numbers[0]]
        steps = tuple(session.steps[number] for number in numbers)
        lines.append(Line(numbers[0] + 1, first.context, first.cpu, stacks[numbers[0]], steps))
    return lines


def _shown_frames(session: Session, number: int) -> tuple[Frame, ...]:
    """Return the stack before a step, without the functions that belong to their caller's line."""
    step = session.steps[number]
    for context in session.machine.contexts:
        if str(context.number) == step.choice:
            frames = session.machine.local_state(session.states_to_cursor()[number], context).frames
            return tuple(frame for frame in frames if not frame.function.folded) or frames[:1]
    return ()
