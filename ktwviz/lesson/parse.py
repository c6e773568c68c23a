"""From a Markdown file to a Lesson, with every trouble of the file named at once.

What does not belong here: whether a lesson is *true*; verify.py runs its scenario, proofs and expectations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ktwviz.kernel.history import VERSION_NAMES
from ktwviz.lesson.blocks import Fence
from ktwviz.lesson.fences import check_fence, has_inner_fence, only_one, words_of
from ktwviz.lesson.fields import (
    KINDS,
    NAME,
    Header,
    open_table,
    read_fix,
    read_goal,
    read_header,
    read_property,
)
from ktwviz.lesson.model import Code, Fix, Goal, Lesson, Property, Rule, WrongFix
from ktwviz.lesson.plain import read_blocks
from ktwviz.lesson.reading import read_text
from ktwviz.lesson.sections import closing_of, read_beats, split_sections
from ktwviz.lesson.shelf import find_file, summary
from ktwviz.lesson.tables import character_name, unsafe_in
from ktwviz.lesson.troubles import Troubles

if TYPE_CHECKING:
    from pathlib import Path

_OF_A_FIX = ("python fix", "python wrong", "python trial")


def parse_lesson(text: str, file: str) -> Lesson:
    """Read a lesson; `file` is how errors name it. Raises LessonError with all troubles."""
    troubles = Troubles(file)
    text = re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))
    lesson = _read_lesson(text, troubles)
    troubles.raise_if_any()
    assert lesson is not None, "a lesson that could not be put together has a trouble"
    return lesson


def _read_lesson(text: str, troubles: Troubles) -> Lesson | None:
    _check_characters(text, troubles)
    blocks = read_blocks(text)
    fences = [block for block in blocks if isinstance(block, Fence)]
    for fence in fences:
        check_fence(fence, troubles)
    if any(not fence.closed or (words_of(fence) and has_inner_fence(fence)) for fence in fences):
        # what follows is swallowed; whatever were said about it would be wrong
        return None
    title, sections = split_sections(blocks, troubles)
    rules = _read_rules(fences, troubles)
    names = tuple(rule.name for rule in rules)
    header = _read_header(fences, names, troubles)
    scenario = _read_scenario(fences, troubles)
    properties = _read_properties(fences, names, troubles)
    beats = read_beats(sections, troubles)
    goal = _read_goal(fences, troubles)
    fix = _read_fix(fences, troubles)
    if header is None or scenario is None:
        return None
    return Lesson(
        file=troubles.file,
        title=title,
        introduction=sections[0].prose,
        scenario=scenario,
        rules=rules,
        properties=properties,
        beats=beats,
        goal=goal,
        fix=fix,
        closing=closing_of(sections),
        **vars(header),
    )


def _check_characters(text: str, troubles: Troubles) -> None:
    if unsafe_in(text) is None:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        unsafe = unsafe_in(line)
        if unsafe:
            troubles.add(number, f"the line holds {character_name(unsafe[0])}: remove it")


def _of(fences: Sequence[Fence], words: str) -> list[Fence]:
    return [fence for fence in fences if words_of(fence) == words]


def _code(fence: Fence) -> Code:
    return Code(fence.text, fence.text_line)


def _read_header(fences: Sequence[Fence], rules: Sequence[str], troubles: Troubles) -> Header | None:
    fence = only_one(_of(fences, "toml lesson"), troubles)
    if fence is None:
        troubles.add(
            0, "the lesson has no ```toml lesson: add one with id, kind, minutes, kernel, source and aim"
        )
        return None
    reader = open_table("toml lesson", fence, troubles)
    return read_header(reader, rules) if reader else None


def _read_scenario(fences: Sequence[Fence], troubles: Troubles) -> Code | None:
    fence = only_one(_of(fences, "python scenario"), troubles)
    if fence is None:
        troubles.add(0, "the lesson has no ```python scenario: add one with the objects and the tasks")
    return _code(fence) if fence else None


def _read_rules(fences: Sequence[Fence], troubles: Troubles) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for fence in _of(fences, "diff rule"):
        name = " ".join(fence.info.split()[2:3])
        if name in rules:
            first = rules[name].diff.line - 1
            troubles.add(
                fence.line, f"a second rule {name!r}, the first is at line {first}: give it a name of its own"
            )
        elif name in VERSION_NAMES:
            troubles.add(fence.line, f"{name!r} is a version of the kernel: give the rule another name")
        elif name and not NAME.fullmatch(name):
            troubles.add(fence.line, f"the name of the rule, {name!r}, may hold a-z, 0-9 and - alone")
        rules.setdefault(name, Rule(name, _code(fence)))
    return tuple(rule for name, rule in rules.items() if name)


def _read_properties(
    fences: Sequence[Fence], rules: Sequence[str], troubles: Troubles
) -> tuple[Property, ...]:
    found = ((fence, open_table("toml property", fence, troubles)) for fence in _of(fences, "toml property"))
    properties = tuple(read_property(reader, rules, fence.line) for fence, reader in found if reader)
    first: dict[str, int] = {}
    for claim in properties:
        # a verdict is known by what is claimed
        line = first.setdefault(claim.claim, claim.line)
        if claim.claim and line != claim.line:
            troubles.add(claim.line, f"{claim.claim!r} is claimed already, at line {line}: claim it once")
    return properties


def _read_goal(fences: Sequence[Fence], troubles: Troubles) -> Goal | None:
    fence = only_one(_of(fences, "toml goal"), troubles)
    reader = open_table("toml goal", fence, troubles) if fence else None
    return read_goal(reader, fence.line) if fence and reader else None


def _read_fix(fences: Sequence[Fence], troubles: Troubles) -> Fix | None:
    fence = only_one(_of(fences, "toml fix"), troubles)
    texts = [text for text in fences if words_of(text) in _OF_A_FIX]
    for text in texts:
        if fence is None or text.line < fence.line:
            troubles.add(
                text.line, f"```{words_of(text)} needs a ```toml fix above it, which names the function"
            )
    if fence is None:
        return None
    right = only_one(_of(texts, "python fix"), troubles)
    wrong = _of(texts, "python wrong")
    if right is None:
        troubles.add(fence.line, "the fix has no right text: add a ```python fix below it")
    if not wrong:
        troubles.add(fence.line, "the fix has no wrong text to tell it from: add a ```python wrong below it")
    reader = open_table("toml fix", fence, troubles)
    fields = read_fix(reader, len(wrong)) if reader else None
    if fields is None or right is None:
        return None
    return Fix(
        function=fields.function,
        ask=fields.ask,
        right=_code(right),
        wrong=tuple(WrongFix(_code(text), why) for text, why in zip(wrong, fields.because, strict=False)),
        trials=tuple(_code(text) for text in _of(texts, "python trial")),
        line=fence.line,
    )


def lesson_head(path: Path) -> Lesson:
    """Return a shipped lesson with what stands in its head and nothing else: no scenario, no beats, no text.

    Raises LessonError where that cannot be read.
    """
    try:
        head = summary(path)
        kind = next(kind for kind in KINDS if kind == head.kind)
    except (OSError, ValueError, KeyError, StopIteration):
        return load_lesson(path)
    return Lesson(
        file=str(path), id=head.id, title=head.title, kind=kind, minutes=head.minutes, needs=head.needs,
        kernel="", mended_in=(), source="", part=head.part, aim=head.aim, rule="", introduction="",
        scenario=Code("", 0), rules=(), properties=(), beats=(), goal=None, fix=None, closing="",
    )  # fmt: skip


def load_lesson(path: Path | str) -> Lesson:
    """Read a lesson from a file; errors name it as it is given.

    Raises UnknownName where there is no such file, LessonError where it cannot be read or is wrong.
    """
    return parse_lesson(read_text(path), str(path))


def find_lesson(name: str) -> Lesson:
    """Return a lesson by number ("4", "04"), slug, id, or the path of a file.

    Raises UnknownName, with what is possible, where there is none; LessonError where it is wrong.
    """
    return load_lesson(find_file(name))
