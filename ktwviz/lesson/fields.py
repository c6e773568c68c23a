"""What each TOML block of a lesson holds: its keys, their types, and the part of the lesson made from them.

What does not belong here: in which order blocks stand in the file; that is sections.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from ktwviz.errors import did_you_mean
from ktwviz.kernel.history import VERSION_NAMES
from ktwviz.lesson.blocks import Fence
from ktwviz.lesson.model import ANSWER_LETTERS, Answer, Goal, LessonKind, Property, Quiz
from ktwviz.lesson.tables import TableReader, parse_table
from ktwviz.lesson.troubles import Troubles
from ktwviz.values import dataclass

NAME = re.compile("[a-z0-9-]+")
"""What ids of lessons and names of rules are made of: they stand in tokens and on command lines."""

FEWEST_ANSWERS = 2

KINDS: tuple[LessonKind, ...] = get_args(LessonKind)
MOMENTS: tuple[Literal["always", "at_end", "sometimes", "builtin"], ...] = (
    "always",
    "at_end",
    "sometimes",
    "builtin",
)


@dataclass(frozen=True)
class Header:
    """The `toml lesson` block."""

    id: str
    kind: LessonKind
    minutes: int
    needs: tuple[str, ...]
    kernel: str
    mended_in: tuple[str, ...]
    source: str
    aim: str
    rule: str
    part: str


@dataclass(frozen=True)
class BeatFields:
    """The `toml beat` block; heading and narration around it are not its own."""

    run: str
    until: str
    expect: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class FixFields:
    """The `toml fix` block; the texts stand in fences of their own."""

    function: str
    ask: str
    because: tuple[str, ...]


def open_table(words: str, fence: Fence, troubles: Troubles) -> TableReader | None:
    """Return a reader for the TOML of a fence; None, with a trouble noted, where the syntax is wrong."""
    table = parse_table(words, fence.text, fence.line, troubles)
    return TableReader(table, troubles) if table else None


def read_header(reader: TableReader, rules: Sequence[str]) -> Header:
    """Read `toml lesson`; `rules` are the names of the rules that the file defines."""
    header = Header(
        id=_name(reader, "id"),
        kind=reader.one_of("kind", KINDS),
        minutes=reader.number("minutes", least=1),
        needs=reader.texts("needs", 'needs = ["one-tick"]'),
        kernel=reader.one_of("kernel", VERSION_NAMES, default="v4"),
        mended_in=reader.texts("mended_in", 'mended_in = ["merged"], versions that do not have the bug'),
        source=reader.text("source", 'source = "<message-id or commit>", where the discussion is'),
        aim=reader.text("aim", 'aim = "what the learner can do afterwards"'),
        rule=reader.optional_text("rule", 'rule = "name"'),
        part=reader.optional_text("part", 'part = "machine", a part of the course'),
    )
    reader.close()
    for need in header.needs:
        if not NAME.fullmatch(need):
            reader.report("needs", f"needs {need!r} is no id of a lesson: ids are made of a-z, 0-9 and -")
    if header.id and header.id in header.needs:
        reader.report("needs", f"the lesson {header.id!r} needs itself: remove it from `needs`")
    for version in header.mended_in:
        if version not in VERSION_NAMES:
            hint = did_you_mean(version, VERSION_NAMES)
            possible = ", ".join(VERSION_NAMES)
            reader.report("mended_in", f"mended_in {version!r} is no version{hint}: they are {possible}")
    if header.rule and header.rule not in rules:
        reader.report("rule", f"rule {header.rule!r} {_undefined(header.rule, rules)}")
    return header


def _name(reader: TableReader, key: str) -> str:
    name = reader.text(key, f'{key} = "some-name", of a-z, 0-9 and -')
    if name.strip() and not NAME.fullmatch(name):
        guess = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
        advice = f": write {key} = {guess!r}" if guess else ""
        reader.report(key, f"{key} {name!r} may hold a-z, 0-9 and - alone{advice}")
    return name


def _undefined(rule: str, possible: Sequence[str]) -> str:
    defined = ", ".join(possible) if possible else "none"
    guess = did_you_mean(rule, possible)
    return f"is not defined in this file{guess} (possible: {defined}): define it with ```diff rule {rule}"


def read_beat(reader: TableReader, line: int) -> BeatFields:
    """Read `toml beat`."""
    beat = BeatFields(
        run=reader.text("run", 'run = "client", the name of a context, or "tick"'),
        until=reader.optional_text("until", 'until = "a function, part of a line, blocked or done"'),
        expect=reader.texts("expect", 'expect = ["an expression that holds then"]'),
        line=line,
    )
    reader.close()
    return beat


def read_quiz(reader: TableReader, line: int) -> Quiz:
    """Read `toml quiz` with its answers."""
    ask = reader.text("ask", 'ask = "a question about what comes next"')
    answers = tuple(_answer(answer) for answer in reader.tables("answer"))
    reader.close()
    if len(answers) < FEWEST_ANSWERS and (answers or "answer" not in reader.table.values):
        reader.report("answer", f"a quiz needs at least two answers, this has {len(answers)}: add [[answer]]")
    if len(answers) > len(ANSWER_LETTERS):
        most = len(ANSWER_LETTERS)
        reader.report("answer", f"a quiz has at most {most} answers, this has {len(answers)}: leave some out")
    if answers and not any(answer.proof.strip() for answer in answers):
        reader.report(
            "answer", 'no answer has a proof: give the right one proof = "an expression that holds then"'
        )
    return Quiz(ask, answers, line)


def _answer(reader: TableReader) -> Answer:
    answer = Answer(
        text=reader.text("text", 'text = "the answer"'),
        because=reader.text("because", 'because = "why it is right or wrong"'),
        proof=reader.optional_text("proof", 'proof = "an expression that holds then"'),
        line=reader.table.line,
    )
    reader.close(outer=("ask",))
    return answer


def read_property(reader: TableReader, rules: Sequence[str], line: int) -> Property:
    """Read `toml property`; `rules` are the names of the rules that the file defines."""
    given = [moment for moment in MOMENTS if moment in reader.table.values]
    claims = {moment: _claim(reader, moment, required=given == [moment]) for moment in MOMENTS}
    broken_by = reader.texts("broken_by", 'broken_by = ["name of a rule"]')
    reader.close()
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else "says none of them"
        key = given[-1] if given else ""
        reader.report(
            key,
            f"a property is one of always, at_end, sometimes and builtin; this one {found}: write exactly one",
        )
    for rule in broken_by:
        if rule not in (*rules, *VERSION_NAMES):
            reader.report("broken_by", f"rule {rule!r} {_undefined(rule, (*rules, *VERSION_NAMES))}")
    moment = given[0] if given else "always"
    return Property(moment, claims[moment], broken_by, line)


def _claim(reader: TableReader, moment: str, required: bool) -> str:
    example = f'{moment} = "an expression"'
    return reader.text(moment, example) if required else reader.optional_text(moment, example)


def read_goal(reader: TableReader, line: int) -> Goal:
    """Read `toml goal`."""
    goal = Goal(
        text=reader.text("text", 'text = "what to reach, in words"'),
        reach=reader.text("reach", 'reach = "an expression that holds when it is reached"'),
        max_steps=reader.number("max_steps", least=0, default=0),
        hints=reader.texts("hints", 'hints = ["a vague one", "a plain one"]'),
        line=line,
    )
    reader.close()
    return goal


def read_fix(reader: TableReader, wrong: int) -> FixFields:
    """Read `toml fix`; `wrong` is how many wrong texts follow it, each of which wants its `because`."""
    fix = FixFields(
        function=reader.text("function", 'function = "kthread_work_pending"'),
        ask=reader.text("ask", 'ask = "what is to be mended, in one sentence"'),
        because=reader.texts("because", 'because = ["why the first wrong text is wrong"]'),
    )
    reader.close()
    if fix.function.strip() and not fix.function.isidentifier():
        reader.report(
            "function", f"function {fix.function!r} is no name of a function: write it without brackets"
        )
    if wrong and len(fix.because) != wrong:
        reader.report(
            "because",
            f"{_count(wrong, 'wrong text')}, {_count(len(fix.because), 'reason')}: "
            "write one sentence for each ```python wrong, in their order, into because = [...]",
        )
    return fix


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
