"""The command that passes a run on: as a changelog, a page, a chart, or data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ktwviz.cli.codes import FINE
from ktwviz.cli.tokens import is_run, is_token, token_of
from ktwviz.errors import UnknownName
from ktwviz.export.run import FORMS, IN_C
from ktwviz.files import write_whole
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Script, play_token
from ktwviz.lesson.scenario import Scenario, build_scenario, scenario_of
from ktwviz.schedule import Token
from ktwviz.session import Session


def export(options: argparse.Namespace) -> int:
    """Print a run, or write it to a file."""
    if options.as_c and options.form not in IN_C:
        raise UnknownName(f"--as-c is for the forms that show code: {', '.join(IN_C)}")
    if options.output is not None:
        _check_free(Path(options.output), force=options.force)
    scenario, token = _run(options.run_of, options.lesson)
    session = Session(scenario.machine)
    play_token(scenario, session, token)
    text = _written(options, scenario, session, token)
    if options.output is None:
        print(text)
        return FINE
    path = Path(options.output)
    try:
        write_whole(path, f"{text}\n", overwrite=options.force)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnknownName(f"{path} cannot be written: {reason}") from error
    print(f"written to {path}", file=sys.stderr)
    return FINE


def _check_free(path: Path, *, force: bool) -> None:
    """Refuse to overwrite a file unasked, and do so before anything is worked out."""
    if path.is_file() and not force:
        raise UnknownName(f"{path} exists already: choose another name, or overwrite it with --force")


def _written(options: argparse.Namespace, scenario: Scenario, session: Session, token: Token) -> str:
    if options.form in ("svg", "cast"):
        # Textual is imported for these two alone
        from ktwviz.tui.pictures import as_cast, as_svg

        draw = as_cast if options.form == "cast" else as_svg
        return draw(scenario, token, options.size, f"ktwviz-{options.theme}")
    form = IN_C[options.form] if options.as_c else FORMS[options.form][0]
    return form(scenario, session, token)


def _run(text: str, file: str | None) -> tuple[Scenario, Token]:
    """Return what a token names; of a lesson, LESSON or LESSON:STEP, its script up to that step."""
    if is_token(text) or is_run(text):
        token = token_of(text)
        return scenario_of(token, find_lesson(file or token.lesson)), token
    name, colon, step = text.rpartition(":")
    lesson = find_lesson(name if colon and step.isdigit() else text)
    scenario = build_scenario(lesson)
    keys = Script(scenario).keys
    if not (colon and step.isdigit()):
        return scenario, scenario.token(keys)
    if int(step) > len(keys):
        raise UnknownName(f"{text}: the script of {lesson.id} has {len(keys)} steps")
    return scenario, scenario.token(keys[: int(step)])
