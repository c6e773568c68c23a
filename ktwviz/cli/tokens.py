"""Where the schedule of a command comes from: a token, or a file of a run that was written before."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from ktwviz.errors import ScheduleError, UnknownName
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.scenario import Scenario, scenario_of
from ktwviz.schedule import Token
from ktwviz.values import replace

LARGEST_FILE = 50_000_000
"""In bytes; a run of the longest schedule has a tenth of that."""


def is_token(text: str) -> bool:
    """Tell whether a text is meant as a token, right or wrong, and not as a lesson or a file."""
    return re.match(r"\s*kt[0-9]+/", text) is not None and not _is_file(text)


def is_run(text: str) -> bool:
    """Tell whether a text names a file of a run; "-" is stdin."""
    return text == "-" or text.endswith((".json", ".jsonl"))


def token_of(text: str, until: int | None = None) -> Token:
    """Return the token that a text is, or that stands in the file that it names; of its steps the first `until`.

    Raises ScheduleError for what is none, UnknownName for a file that cannot be read.
    """
    if not is_run(text) and _is_file(text):
        raise UnknownName(f"{text} is a file, but not of a run: those end in .json or .jsonl")
    token = _read(text) if is_run(text) else Token.parse(text)
    if until is None:
        return token
    if until > len(token.keys):
        raise UnknownName(f"--until {until}: the token has {len(token.keys)} steps")
    return replace(token, keys=token.keys[:until])


def scenario_for(token: Token, lesson: Lesson, rule: str | None) -> tuple[Scenario, Token]:
    """Return the scenario of a token, and the token; under another rule or version those of the run there.

    That run goes on as well as it can, as the player's does: whoever cannot take a step of the schedule takes none.
    Where the runs part is said on stderr.
    """
    scenario = scenario_of(token, lesson)
    if rule is None:
        return scenario, token
    # imported here: who names no rule does not wait for it
    from ktwviz.export.comparison import summary
    from ktwviz.lesson.compare import compare, scenario_named

    found = compare(scenario, scenario_named(lesson, rule, token.memory), token.keys)
    if found.parted is not None:
        print(f"under {rule} the schedule is followed as far as it fits. {summary(found)}", file=sys.stderr)
    return found.other, found.other.token(found.other_keys)


def _read(name: str) -> Token:
    """Return the token in what `replay --json`, `replay --format jsonl` or `export -f json` wrote."""
    text = _text(name)
    try:
        # of lines of JSON the first tells of the run
        found, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError) as error:
        raise ScheduleError(f"{name} holds no run: it is not JSON ({error})") from error
    token = found.get("token") if isinstance(found, dict) else None
    if not isinstance(token, str):
        raise ScheduleError(
            f'{name} holds no run: it has no "token", as `ktwviz replay TOKEN --json` writes one'
        )
    try:
        return Token.parse(token)
    except ScheduleError as error:
        raise ScheduleError(f"{name}: the token is wrong {error}") from error


def _text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read(LARGEST_FILE)
        with Path(name).open(encoding="utf-8") as file:
            return file.read(LARGEST_FILE)
    except OSError as error:
        raise UnknownName(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise ScheduleError(f"{name} holds no run: it is not text") from error


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        # too long for a file, or with a sign that no name has
        return False
