"""One run in the forms in which it is passed on: for a changelog, a page, a chart, a program."""

import json
from collections.abc import Callable
from functools import partial

from ktwviz.export.article import source_link
from ktwviz.export.changelog import of_run
from ktwviz.export.ftrace import as_ftrace
from ktwviz.export.lockdep import as_lockdep
from ktwviz.export.log import as_json
from ktwviz.export.mermaid import as_mermaid
from ktwviz.export.page import as_html
from ktwviz.export.table import as_table
from ktwviz.kernel.versions import VERSIONS
from ktwviz.lesson.judging import NOTHING, all_broken, sentence
from ktwviz.lesson.scenario import Scenario
from ktwviz.schedule import Token
from ktwviz.session import Session


def as_changelog(scenario: Scenario, session: Session, token: Token, *, as_c: bool = False) -> str:
    """Return the run in columns, one for each CPU, and what is broken at its end."""
    return of_run(session, as_c=as_c)


def as_markdown(scenario: Scenario, session: Session, token: Token, *, as_c: bool = False) -> str:
    """Return a page: what the lesson is about, the run in columns, and how to play it."""
    lesson = scenario.lesson
    version = VERSIONS[scenario.version.name].sentence
    rule = f', with the rule "{scenario.rule}"' if scenario.rule else ""
    broken = [f"- {sentence(clause)}" for clause in all_broken(scenario, session)]
    parts = [
        f"# {f'{lesson.number} {lesson.title}'.strip()}",
        " ".join(lesson.aim.split()),
        f"The code {version}{rule}. {session.cursor} atomic steps.",
        "\n".join(broken) or sentence(NOTHING),
        f"```text\n{of_run(session, as_c=as_c)}\n```",
        f"Play it: `ktwviz play {lesson.id} --token {token}`",
        f"Source: <{source_link(lesson)}>",
    ]
    return "\n\n".join(parts)


def as_json_text(scenario: Scenario, session: Session, token: Token) -> str:
    """Return the run as JSON, each step with the choices that the scheduler had."""
    return json.dumps({"schema": 1, **as_json(scenario, session, token)}, indent=2, ensure_ascii=False)


def as_chart(scenario: Scenario, session: Session, token: Token) -> str:
    """Return the run as a sequence diagram in Mermaid."""
    return as_mermaid(scenario, session)


Form = Callable[[Scenario, Session, Token], str]

FORMS: dict[str, tuple[Form, str]] = {
    "changelog": (as_changelog, "txt"),
    "table": (as_table, "txt"),
    "markdown": (as_markdown, "md"),
    "html": (as_html, "html"),
    "mermaid": (as_chart, "mmd"),
    "ftrace": (as_ftrace, "trace"),
    "lockdep": (as_lockdep, "txt"),
    "json": (as_json_text, "json"),
}
"""What writes a run in a form, and how a file of it ends."""

IN_C: dict[str, Form] = {
    "changelog": partial(as_changelog, as_c=True),
    "markdown": partial(as_markdown, as_c=True),
    "html": partial(as_html, as_c=True),
}
"""The forms that show lines of code, with those in C syntax."""
