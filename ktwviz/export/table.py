"""A run as a plain table: a row for each step, its columns straight, nothing cut."""

from collections.abc import Sequence

from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Step
from ktwviz.schedule import Token
from ktwviz.session import Session

HEAD = ("step", "CPU", "context", "function", "line", "access", "changes and events")


def as_table(scenario: Scenario, session: Session, token: Token) -> str:
    """Return one row for each step up to the cursor, below a head."""
    steps = enumerate(session.steps[: session.cursor], 1)
    return "\n".join(columns([HEAD, *(_row(number, step) for number, step in steps)]))


def _row(number: int, step: Step) -> tuple[str, ...]:
    hardware = step.cpu < 0
    # a store says itself what it changes
    changes = [] if step.access.startswith("store ") else [str(change) for change in step.changes]
    facts = [event.text for event in step.events if event.kind != "tick"]
    return (
        str(number),
        "-" if hardware else str(step.cpu),
        step.context,
        "" if hardware else f"{step.function}()",
        "" if hardware else str(step.line),
        step.access,
        "; ".join([*changes, *facts]),
    )


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows with their columns straight, two spaces apart; numbers stand to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    right = [all(row[at].isdigit() or not row[at] for row in rows[1:]) for at in range(len(widths))]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]
