"""A scenario of the sandbox as a lesson file, which `ktwviz check` passes and `ktwviz play` plays.

What is broken in it is claimed to be broken, so that the file says what was found.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import check
from ktwviz.errors import LessonError, Trouble
from ktwviz.lesson.fields import NAME as LESSON_ID
from ktwviz.lesson.fix import MOST_STATES
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.sandbox import NAME, SOURCE, built
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.verify import check_lesson
from ktwviz.machine.machine import TICK, Enabled
from ktwviz.progress import Draft
from ktwviz.values import dataclass

Interrupted = Callable[[int], str]


@dataclass(frozen=True)
class LessonFile:
    """A draft as a lesson file: its id and its text. `undetermined` says what its check leaves open, if anything."""

    draft: Draft
    id: str
    text: str
    undetermined: str = ""


def lesson_file(draft: Draft, path: str, *, interrupted: Interrupted = lambda states: "") -> LessonFile:
    """Return a draft as a lesson file that passes its check; `interrupted` is asked as in `explore`.

    Raises LessonError where it cannot be one: it does not run, nothing can run in it, or the search was ended.
    """
    scenario = built(draft)
    broken: dict[str, list[str]] = {}
    open_question = ""
    for variant in dict.fromkeys((scenario.lesson.kernel, *(rule.name for rule in scenario.lesson.rules))):
        found = build_scenario(scenario.lesson, variant)
        names = [builtin.name for builtin in BUILTINS]
        report = check(found.machine, builtins=names, most_states=MOST_STATES, interrupted=interrupted)
        open_question = open_question or report.graph.bound
        for verdict in report.broken:
            broken.setdefault(verdict.property, []).append(variant)
    id = id_of(path)
    text = lesson_text(scenario, id, broken)
    checked = check_lesson(parse_lesson(text, path), interrupted=interrupted)
    ended = interrupted(checked.states)
    if ended:
        raise LessonError([Trouble(path, 0, f"not saved: {ended}")])
    if checked.troubles:
        raise LessonError(checked.troubles)
    return LessonFile(draft, id, text, open_question)


def id_of(path: str) -> str:
    """Return the id of a lesson in a file of that name: "my-race" for 40-My race.md."""
    words = re.findall(r"[a-z0-9]+", Path(path).stem.lower())
    name = "-".join(words[1:] if len(words) > 1 and words[0].isdigit() else words)
    return name if LESSON_ID.fullmatch(name) and name != NAME else "my-scenario"


def lesson_text(scenario: Scenario, id: str, broken: Mapping[str, list[str]]) -> str:
    """Return the text of a lesson file; `broken` names for each broken property the versions that break it."""
    lesson = scenario.lesson
    claims = [
        f'```toml property\nbuiltin = "{name}"\nbroken_by = {json.dumps(by)}\n```\n'
        for name, by in broken.items()
    ]
    rules = [f"```diff rule {rule.name}\n{rule.diff.text.rstrip()}\n```\n" for rule in lesson.rules]
    return _FILE.format(
        id=id,
        kernel=lesson.kernel,
        rule=f'rule = "{lesson.rule}"\n' if lesson.rule else "",
        source=SOURCE,
        scenario=lesson.scenario.text.rstrip("\n"),
        blocks="\n".join([*rules, *claims, ""]),
        first=_first(scenario),
    )


def _first(scenario: Scenario) -> str:
    """Return who can take the first step."""
    machine = scenario.machine
    names = {str(context.number): context.name for context in machine.contexts}
    steps = [step.choice for step in machine.outcomes(machine.initial) if isinstance(step, Enabled)]
    first = next((names[key] for key in steps if key in names), "tick" if TICK in steps else "")
    if not first:
        raise LessonError([Trouble(scenario.lesson.file, 0, "nothing can run in it: add a task first")])
    return first


_FILE = """\
# A scenario of mine

```toml lesson
id = "{id}"
kind = "challenge"
minutes = 5
kernel = "{kernel}"
source = "{source}"
aim = "Say what can be seen here."
{rule}```

A few sentences that make one want to know.

```python scenario
{scenario}
```

{blocks}## The first step

Say what to look for.

```toml beat
run = "{first}"
```

## What the real people did

Close with what became of it.
"""


def write_lesson(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a lesson file as a whole or not at all. Raises FileExistsError without `overwrite`, and other OSErrors."""
    if not overwrite:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        return
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp makes a file that its owner alone can read; the one that it replaces may be shared
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
