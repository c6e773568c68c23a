"""A run as a log, step by step: what `ktwviz replay` prints."""

import json
from typing import Any

from ktwviz.lesson.judging import NOTHING, all_broken, broken_in
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Step
from ktwviz.schedule import Token
from ktwviz.session import Session


def as_text(scenario: Scenario, session: Session, token: Token) -> str:
    """Return one line for each step; a heading wherever another context or another line of code goes on."""
    rule = f", rule {scenario.rule}" if scenario.rule else ""
    lines = [f"{scenario.lesson.title} ({token.lesson}@{scenario.digest}{rule}), {session.cursor} steps", ""]
    last = None
    for number, step in enumerate(session.steps[: session.cursor], 1):
        here = (step.choice, step.function, step.line)
        if here != last:
            lines.append(_heading(step))
            last = here
        lines.append(_row(number, step))
    lines += ["", *_end(scenario, session)]
    return "\n".join(lines)


def _end(scenario: Scenario, session: Session) -> list[str]:
    """Return how a run ends badly, and each property that it breaks; what one run cannot show is left to `explore`."""
    return list(all_broken(scenario, session)) or [f"{NOTHING}: ktwviz explore judges all runs together"]


def _heading(step: Step) -> str:
    if step.cpu < 0:
        return "clock"
    return f"CPU{step.cpu} {step.context}   {step.function}()   {step.file}:{step.line}"


def _row(number: int, step: Step) -> str:
    # a store says itself what it changes
    changes = [] if step.access.startswith("store ") else [str(change) for change in step.changes]
    facts = [event.text for event in step.events if event.bad]
    more = "; ".join(part for part in (", ".join(changes), *facts) if part)
    return f"{number:5}  {step.access}" + (f"  [{more}]" if more else "")


def as_lines(scenario: Scenario, session: Session, token: Token) -> str:
    """Return the run as JSON in lines: what is true of all of it, then each step."""
    run = as_json(scenario, session, token)
    steps = run.pop("steps")
    assert isinstance(steps, list)
    rows = [{"schema": 1, **run, "steps": len(steps)}, *steps]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def as_json(scenario: Scenario, session: Session, token: Token) -> dict[str, object]:
    """Return the run as plain data: each step with the choices that the scheduler had before it."""
    end = session.cursor
    steps = []
    for number, step in enumerate(session.steps[:end], 1):
        session.jump(number - 1)
        enabled = [choice.key for choice in session.choices() if choice.enabled]
        steps.append(_step(number, step, enabled))
    session.jump(end)
    return {
        "token": str(token),
        "lesson": token.lesson,
        "digest": scenario.digest,
        "rule": scenario.rule,
        "steps": steps,
        "bad_end": session.bad_end,
        "broken": [
            {"property": breach.property, "step": breach.step, "how": breach.how}
            for breach in broken_in(scenario, session.schedule())
        ],
    }


def _step(number: int, step: Step, enabled: list[str]) -> dict[str, Any]:
    return {
        "step": number,
        "choice": step.choice,
        "enabled": enabled,
        "context": step.context,
        "cpu": step.cpu if step.cpu >= 0 else None,
        "function": step.function,
        "file": step.file,
        "line": step.line,
        "access": step.access,
        "changes": [{"path": change.path, "old": change.old, "new": change.new} for change in step.changes],
        "events": [{"kind": event.kind, "text": event.text, "about": event.about} for event in step.events],
    }
