"""A counterexample as a person reads it: a column for each CPU, the lines of code as they ran, and what they did.

The form is that of changelogs that tell a race: time runs down, who stands to the right runs on another CPU.

    CPU0                               CPU1
     1 client()
         queue_kthread_work()
     2     spin_lock(worker.lock)
             // takes worker.lock
                                       timer@1: __run_timers()

One row is one line of code, all its accesses together. In a row one CPU runs, so a line may run on to the right.
"""

import textwrap
from collections.abc import Iterator, Sequence

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Verdict
from ktwviz.export.code import Code
from ktwviz.export.lines import Line, lines_of
from ktwviz.lesson.reads import DECIDING, reads
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Change, Event, Step
from ktwviz.session import Session
from ktwviz.values import dataclass, field

TWO_CPUS, MORE_CPUS = 72, 100
_LAST_COLUMN = 46
_SAY_IT_ALL = frozenset({"lock", "unlock", "spin", "arm", "disarm", "tick", "enter", "exit"})
"""Events whose text tells what the step changed."""


def as_text(scenario: Scenario, verdict: Verdict, more: str = "") -> str:
    """Return the schedule that breaks a property: its rows, why it is broken, and who waits for whom.

    At most 72 cells wide where no more than two CPUs take part, 100 otherwise. `more` goes into the last paragraph.
    """
    session = Session(scenario.machine)
    session.play(verdict.keys or ())
    lines = lines_of(session)
    page = _Page(session, lines, Code(session))
    parts = [page.text(), _why(scenario, verdict, more, page.width), _waits(session, page.width)]
    return "\n\n".join(part for part in parts if part)


def of_run(session: Session, *, as_c: bool = False) -> str:
    """Return the walk up to its cursor: its rows, what is broken at its end if anything is, who waits for whom.

    `as_c` has the code in C syntax, as on the kernel's list.
    """
    page = _Page(session, lines_of(session), Code(session, as_c=as_c))
    end = f"Broken: {session.bad_end}." if session.bad_end else ""
    parts = [
        page.text(),
        textwrap.fill(end, page.width, break_on_hyphens=False),
        _waits(session, page.width) if end else "",
    ]
    return "\n\n".join(part for part in parts if part)


# Notes ----------------------------------------------------------------------------------------------------------


def _note(line: Line) -> str:
    """Return what a line did, in short and in order; where it did nothing or decides something, what it read last."""
    facts: list[str] = []
    found, place = "", 0
    for step in line.steps:
        for read in reads([step], line.source):
            found, place = read, len(facts)
        facts += _facts(step, line.context)
    if found and (not facts or line.source.startswith(DECIDING)):
        facts.insert(place, found)
    return ", ".join(facts)


def _facts(step: Step, context: str) -> Iterator[str]:
    if not any(event.kind in _SAY_IT_ALL for event in step.events):
        yield from filter(None, map(_change_text, step.changes))
    for event in step.events:
        yield _event_text(event, context)


def _event_text(event: Event, context: str) -> str:
    # the line of a complaint stands beside it
    text = event.text.split(" at ")[0] if event.bad else event.text
    return text.removesuffix(f" in {context}").removeprefix(f"{context} ")


def _change_text(change: Change) -> str:
    if change.path.endswith(".irqs_off"):
        return "irqs off" if change.new == "true" else "irqs on"
    if change.path.endswith((".preempt_count", ".pinned")):
        return ""
    return f"{change.path} = {change.new}"


# The page -------------------------------------------------------------------------------------------------------


@dataclass
class _Page:
    """Puts lines into columns. A function is named where its lines begin, and again when its CPU comes back to it."""

    session: Session
    lines: Sequence[Line]
    source: Code
    rows: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cpus = sorted({line.cpu for line in self.lines if line.cpu >= 0})
        self.width = TWO_CPUS if len(self.cpus) <= 2 else MORE_CPUS
        self.gutter = len(str(len(self.session.steps))) + 1
        between = max(len(self.cpus) - 1, 1)
        self.stride = (self.width - self.gutter - _LAST_COLUMN) // between

    def text(self) -> str:
        self.rows = [self.head()]
        before: Line | None = None
        for line in self.lines:
            if line.cpu < 0:
                self.hardware(line)
            else:
                self.code(line, before)
                before = line
        return "\n".join(self.rows)

    def head(self) -> str:
        row = " " * self.gutter
        for cpu in self.cpus:
            row = row.ljust(self.start(cpu)) + f"CPU{cpu} "
        return row.rstrip()

    def start(self, cpu: int) -> int:
        return self.gutter + self.stride * self.cpus.index(cpu)

    def hardware(self, line: Line) -> None:
        """A tick, or a store that leaves its buffer: it belongs to no column."""
        for number, step in enumerate(line.steps, line.number):
            said = ", ".join(event.text for event in step.events) or ", ".join(map(str, step.changes))
            middle = f" {step.access}: {said} " if said else f" {step.access} "
            self.rows.append(f"{number:>{self.gutter - 1}} {middle.center(self.width - self.gutter, '-')}")

    def code(self, line: Line, before: Line | None) -> None:
        shown = self.headings(line, before)
        for depth, text in shown:
            self.put(line.cpu, depth, text)
        note = _note(line)
        source = self.source.of(line)
        if source:
            self.put(line.cpu, len(line.functions), source, line.number)
            self.add_note(line, note)
        elif note:
            self.put(line.cpu, 1, f"// {note}", line.number)

    def headings(self, line: Line, before: Line | None) -> Iterator[tuple[int, str]]:
        """Yield depth and text of the headings: what was called since, or where the context goes on."""
        names = line.functions
        if before is None or before.context != line.context:
            seen = any(other.context == line.context for other in self.lines if other.number < line.number)
            if seen:
                yield 0, f"{self.title(line)}..."
                yield from [(len(names) - 1, f"{names[-1]}()")] if len(names) > 1 else []
                return
            yield 0, self.title(line)
            same = 1
        else:
            same = _common(names, before.functions)
        for depth in range(same, len(names)):
            yield depth, f"{names[depth]}()"

    def title(self, line: Line) -> str:
        first = line.functions[0]
        return f"{first}()" if first == line.context else f"{line.context}: {first}()"

    def put(self, cpu: int, depth: int, text: str, number: int | None = None) -> None:
        """Add a row, or several where the text is too long, in the column of a CPU."""
        start = self.start(cpu)
        label = "" if number is None else f"{number:>{self.gutter - 1}} "
        indent = " " * (2 * depth)
        rows = textwrap.wrap(
            text,
            self.width - start,
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_on_hyphens=False,
        )
        for row in rows:
            self.rows.append(label.ljust(start) + row)
            label = ""

    def add_note(self, line: Line, note: str) -> None:
        """Write a note behind its line where there is room, else below it."""
        if not note:
            return
        beside = f"{self.rows[-1]}  // {note}"
        if len(beside) <= self.width:
            self.rows[-1] = beside
        else:
            self.put(line.cpu, len(line.functions) + 1, f"// {note}")


def _common(names: Sequence[str], others: Sequence[str]) -> int:
    """Return how many names at the start are the same."""
    count = 0
    for name, other in zip(names, others, strict=False):
        if name != other:
            break
        count += 1
    return count


# The end --------------------------------------------------------------------------------------------------------


def _why(scenario: Scenario, verdict: Verdict, more: str, width: int) -> str:
    count = len(verdict.keys or ())
    rule = next((builtin for builtin in BUILTINS if builtin.name == verdict.property), None)
    claim = f"The rule: {rule.sentence}; {rule.source}." if rule else "It is a claim of this lesson."
    text = f"{verdict.property} is broken after {count} steps: {verdict.how}. {claim} {more}"
    return textwrap.fill(text, width, break_on_hyphens=False)


def _waits(session: Session, width: int) -> str:
    """Return who waits for whom at the end, with the step since which, and whether for ever."""
    reasons = {choice.key: choice.reason for choice in session.choices()}
    rows = []
    for context in session.picture().machine.contexts:
        if context.status in ("spins", "waits", "sleeps", "held back") and context.stack:
            reason = reasons[str(context.number)].removeprefix(f"{context.title} ")
            rows.append(
                textwrap.fill(
                    f"{context.title}: {reason}",
                    width,
                    initial_indent="  ",
                    subsequent_indent="      ",
                    break_on_hyphens=False,
                )
            )
    return "\n".join(["Who waits for whom:", *rows]) if rows else ""
