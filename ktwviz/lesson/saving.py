"""A scenario of the sandbox as a lesson file, which `ktwviz check` passes and `ktwviz play` plays.

What is broken in it is claimed to be broken, and the script and the goal are one way to break it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ktwviz.checker.facts import Facts
from ktwviz.checker.findings import finding, kept_so_far
from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Report, Verdict, check
from ktwviz.errors import LessonError, Trouble
from ktwviz.lesson.fields import NAME as LESSON_ID
from ktwviz.lesson.fix import MOST_STATES
from ktwviz.lesson.model import Beat, Lesson
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.play import names_of
from ktwviz.lesson.retold import beats_of, goal_of
from ktwviz.lesson.sandbox import NAME, SOURCE, Looked, built, by_weight, looked_at
from ktwviz.lesson.scenario import Scenario, build_scenario, variant_of
from ktwviz.lesson.verify import check_lesson
from ktwviz.machine.machine import Enabled
from ktwviz.progress.model import Draft
from ktwviz.values import dataclass, replace

Interrupted = Callable[[int], str]


@dataclass(frozen=True)
class LessonFile:
    """A draft as a lesson file: its id and its text, and what was found in the draft.

    `undetermined` says what its check leaves open, if anything.
    """

    draft: Draft
    id: str
    text: str
    looked: Looked
    undetermined: str = ""


def lesson_file(draft: Draft, path: str, *, interrupted: Interrupted = lambda states: "") -> LessonFile:
    """Return a draft as a lesson file that passes its check; `interrupted` is asked as in `explore`.

    Raises LessonError where it cannot be one: it does not run, nothing can run in it, or the search was ended.
    """
    scenario = built(draft)
    lesson = scenario.lesson
    names = [builtin.name for builtin in BUILTINS]
    judged = []
    for variant in dict.fromkeys((lesson.kernel, *(rule.name for rule in lesson.rules))):
        version = build_scenario(lesson, variant)
        report = check(version.machine, builtins=names, most_states=MOST_STATES, interrupted=interrupted)
        judged.append(Judged(version, report))
    id = id_of(path)
    text = lesson_text(lesson, id, judged)
    checked = check_lesson(parse_lesson(text, path), interrupted=interrupted)
    ended = interrupted(checked.states)
    if ended:
        raise LessonError([Trouble(path, 0, f"not saved: {ended}")])
    if checked.troubles:
        raise LessonError(checked.troubles)
    bounds = [each.report.graph.bound for each in judged if each.report.graph.bound]
    played = next(each.report for each in judged if each.scenario.variant == scenario.variant)
    looked = looked_at(draft, scenario, played, MOST_STATES)
    return LessonFile(draft, id, text, looked, bounds[0] if bounds else "")


def id_of(path: str) -> str:
    """Return the id of a lesson in a file of that name: "my-race" for 40-My race.md."""
    words = re.findall(r"[a-z0-9]+", Path(path).stem.lower())
    name = "-".join(words[1:] if len(words) > 1 and words[0].isdigit() else words)
    return name if LESSON_ID.fullmatch(name) and name != NAME else "my-scenario"


@dataclass(frozen=True)
class Judged:
    """A lesson's scenario on one of its versions, and what was found in it: its states are those of its machine."""

    scenario: Scenario
    report: Report


def lesson_text(lesson: Lesson, id: str, judged: Sequence[Judged]) -> str:
    """Return the text of a lesson file; `judged` is what was found on each version of its code."""
    broken: dict[str, list[str]] = {}
    for each in judged:
        for verdict in each.report.broken:
            broken.setdefault(verdict.property, []).append(each.scenario.variant)
    claims = [
        f'```toml property\nbuiltin = "{name}"\nbroken_by = {json.dumps(by)}\n```\n'
        for name, by in broken.items()
    ]
    rules = [f"```diff rule {rule.name}\n{rule.diff.text.rstrip()}\n```\n" for rule in lesson.rules]
    played = next(each for each in judged if each.scenario.variant == variant_of(lesson))
    story = _story(played, [each for each in judged if each is not played])
    return _FILE.format(
        id=id,
        kernel=lesson.kernel,
        rule=f'rule = "{lesson.rule}"\n' if lesson.rule else "",
        source=SOURCE,
        aim=story.aim,
        introduction=story.introduction,
        scenario=lesson.scenario.text.rstrip("\n"),
        blocks="\n".join([*rules, *claims, *story.goal, ""]),
        beats="\n".join(_BEAT.format(beat=beat, until=_until(beat)) for beat in story.beats),
        closing=story.closing,
    )


@dataclass(frozen=True)
class _Story:
    """What a lesson file tells: of what is broken, or that nothing is, as far as that is known."""

    aim: str
    introduction: str
    beats: tuple[Beat, ...]
    closing: str
    goal: tuple[str, ...] = ()


def _story(played: Judged, others: Sequence[Judged]) -> _Story:
    report = played.report
    worst = next(iter(by_weight(report.verdicts)))
    if worst.kind == "broken":
        return _story_of(played, others, worst)
    seen = _seen(report)
    first = Beat(
        "The first step", "It runs one line. Then choose who runs.", _first(played.scenario), "", (), None, 0
    )
    aim = "See for yourself that nothing breaks." if report.graph.complete else "Look for what may break."
    return _Story(aim, "A scenario from the sandbox.", (first,), f"{seen} The digits decide who runs.")


def _seen(report: Report) -> str:
    """Say how much was seen of what breaks nothing, as far as it was."""
    states = f"{len(report.graph.states):,} states"
    if report.graph.bound:
        return f"Nothing breaks in {states}. More were not seen: the search ended at {report.graph.bound}."
    return f"Nothing breaks, whatever the order: every interleaving was seen, in {states}."


def _story_of(played: Judged, others: Sequence[Judged], worst: Verdict) -> _Story:
    """Return what is told of a broken property: how it breaks, and what to bring about oneself."""
    report = played.report
    shown = finding(report, Facts(report.graph), worst, "switches").verdict
    keys, name = shown.keys or (), f"`{worst.property}`"
    *before, last = beats_of(played.scenario, keys)
    told = replace(last, narration=f"{last.narration} With that {name} is broken.")
    also = [f"`{verdict.property}`" for verdict in report.broken if verdict.property != worst.property]
    more = f"\n\nOther orders break {', '.join(also)}." if also else ""
    return _Story(
        f"See how {worst.property} breaks.",
        f"A scenario from the sandbox. There are orders in which {name} breaks; the script is one of them.",
        (*before, told),
        f"{name} is broken: {shown.how.rstrip('.')}.{more}",
        _goal(played, others, shown),
    )


def _goal(played: Judged, others: Sequence[Judged], shown: Verdict) -> tuple[str, ...]:
    """Return the fence of a goal that means that the property is broken; none where no expression says it."""
    apart = kept_so_far(played.report, shown)
    place = None if apart is None else goal_of(played.scenario, shown.keys or (), apart)
    # what can be reached without the rule too is nothing that the rule breaks
    if place is None or any(_is_reached(place.reach, other) for other in others):
        return ()
    text = f"Bring it about by hand that {place.text}: from there `{shown.property}` breaks, whatever comes."
    hint = "Go through the script again: its last beat leads there."
    lines = [
        f"text = {json.dumps(text)}",
        f"reach = {json.dumps(place.reach)}",
        f"hints = [{json.dumps(hint)}]",
    ]
    return ("\n".join(["```toml goal", *lines, "```\n"]),)


def _is_reached(reach: str, judged: Judged) -> bool:
    ask = judged.scenario.question(reach, 0).ask
    return any(ask(state) for state in judged.report.graph.states)


def _until(beat: Beat) -> str:
    return f"until = {json.dumps(beat.until)}\n" if beat.until else ""


def _first(scenario: Scenario) -> str:
    """Return who can take the first step."""
    machine = scenario.machine
    names = names_of(machine)
    steps = [step.choice for step in machine.outcomes(machine.initial) if isinstance(step, Enabled)]
    if not steps:
        raise LessonError([Trouble(scenario.lesson.file, 0, "nothing can run in it: add a task first")])
    return names[steps[0]]


_BEAT = """\
## {beat.title}

{beat.narration}

```toml beat
run = "{beat.run}"
{until}```
"""

_FILE = """\
# A scenario of mine

```toml lesson
id = "{id}"
kind = "challenge"
minutes = 5
kernel = "{kernel}"
source = "{source}"
aim = "{aim}"
{rule}```

{introduction}

```python scenario
{scenario}
```

{blocks}{beats}
## What was found

{closing}
"""
