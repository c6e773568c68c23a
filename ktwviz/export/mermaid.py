"""A run as a sequence diagram in Mermaid: a column for each CPU, what it ran, and what came of it."""

from collections.abc import Iterator
from itertools import groupby

from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Step
from ktwviz.session import Session

_LEAVES_OUT = frozenset({"enter", "exit"})
"""Events that the arrow itself tells: a function is entered and left."""


def as_mermaid(scenario: Scenario, session: Session) -> str:
    """Return the steps up to the cursor: an arrow for each stay in a function, a note for each event."""
    steps = list(enumerate(session.steps[: session.cursor], 1))
    cpus = sorted({step.cpu for _, step in steps if step.cpu >= 0}) or [0]
    lines = ["sequenceDiagram", f"    title {_safe(scenario.lesson.title)}"]
    lines += [f"    participant CPU{cpu}" for cpu in cpus]
    across = ",".join(f"CPU{cpu}" for cpu in dict.fromkeys((cpus[0], cpus[-1])))
    for (cpu, context, function), group in groupby(steps, key=_stay):
        lines += _run(list(group), f"CPU{cpu}" if cpu >= 0 else across, context, function)
    if session.bad_end:
        lines.append(f"    Note over {across}: BROKEN: {_safe(session.bad_end)}")
    return "\n".join(lines)


def _stay(numbered: tuple[int, Step]) -> tuple[int, str, str]:
    _, step = numbered
    return step.cpu, step.context, step.function


def _run(steps: list[tuple[int, Step]], where: str, context: str, function: str) -> Iterator[str]:
    first, last = steps[0][0], steps[-1][0]
    numbers = f"{first}" if first == last else f"{first}-{last}"
    if steps[0][1].cpu >= 0:
        name = f"{function}()" if function == context else f"{context}: {function}()"
        yield f"    {where}->>{where}: {numbers} {_safe(name)}"
    for number, step in steps:
        told = [event.text for event in step.events if event.kind not in _LEAVES_OUT]
        if step.cpu < 0:
            told = [f"{step.access}: {', '.join(told)}" if told else step.access]
        for text in told:
            yield f"    Note over {where}: {number} {_safe(text)}"


def _safe(text: str) -> str:
    """Return text without the signs that end a line of Mermaid or begin something of its own."""
    return text.replace("#", "#35;").replace(";", "#59;").replace("#35#59;", "#35;").replace("\n", " ")
