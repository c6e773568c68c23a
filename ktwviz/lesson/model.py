"""A lesson as data. Every part keeps the line of the file that it came from, so that errors can name it."""

from __future__ import annotations

import os.path
from typing import Literal

from ktwviz.values import dataclass

LessonKind = Literal["basics", "race", "deadlock", "corruption", "memory", "challenge"]
ANSWER_LETTERS = "abcd"
"""What the answers of a question are called, in order, and what chooses one when it is typed; there are no more."""


@dataclass(frozen=True)
class Code:
    """A piece of stepped code or a diff, and the line of the lesson file at which its first line stands."""

    text: str
    line: int


@dataclass(frozen=True)
class Rule:
    """A named one-line patch to a kernel function, as a diff."""

    name: str
    diff: Code


@dataclass(frozen=True)
class Answer:
    """One answer of a quiz. `proof` is a stepped expression; it holds for the right answer alone."""

    text: str
    because: str
    proof: str
    line: int


@dataclass(frozen=True)
class Quiz:
    """A prediction, asked before the beat runs."""

    ask: str
    answers: tuple[Answer, ...]
    line: int


@dataclass(frozen=True)
class Beat:
    """One scripted part: which context runs, until where, what must hold then.

    `run` is the name of a context, "tick", or "drain CPU0": the oldest store in its buffer reaches memory.
    `until` is empty (one line), the name of a function ("until it is
    entered"), part of a source line ("until that line is next"), a number of atomic steps ("3 steps"), or one of the
    words "blocked" and "done".
    `narration` is plain text with `code` in backticks, told before the beat runs.
    """

    title: str
    narration: str
    run: str
    until: str
    expect: tuple[str, ...]
    quiz: Quiz | None
    line: int


@dataclass(frozen=True)
class Property:
    """A claim: a stepped expression that is to hold always, at the end, or at some time; or a built-in property.

    For a built-in one `claim` is its name ("lists-sound"), and the claim is that only `broken_by` break it.

    `broken_by` names the rules and the versions of the kernel under which it must break.
    """

    when: Literal["always", "at_end", "sometimes", "builtin"]
    claim: str
    broken_by: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Goal:
    """What the learner reaches by hand: a stepped expression, in at most `max_steps` atomic steps (0: any number).

    `text` says it in words.
    """

    text: str
    reach: str
    max_steps: int
    hints: tuple[str, ...]
    line: int

    @property
    def in_full(self) -> str:
        """What is to be reached, and in how many steps."""
        return f"{self.text} In at most {self.max_steps} steps." if self.max_steps else self.text


@dataclass(frozen=True)
class WrongFix:
    """A tempting text that does not hold, and the sentence that says why."""

    code: Code
    because: str


@dataclass(frozen=True)
class Fix:
    """The function that the learner may edit, what to mend in it, one right text and the tempting wrong ones.

    `trials` are further scenarios in which a text must hold beside the lesson's own.
    """

    function: str
    ask: str
    right: Code
    wrong: tuple[WrongFix, ...]
    trials: tuple[Code, ...]
    line: int


@dataclass(frozen=True)
class Edit:
    """Another text of one kernel function. `file` is how errors name the place where the text stands."""

    function: str
    code: Code
    file: str


@dataclass(frozen=True)
class Lesson:
    """One lesson file.

    `kernel` is the name of a version (`kernel/history.py`), `rule` the rule in force while the lesson is played, ""
    for none; `mended_in` names versions that do not have the bug; `part` the id of its part of the course,
    "" for a lesson outside of it.
    """

    file: str
    id: str
    title: str
    kind: LessonKind
    minutes: int
    needs: tuple[str, ...]
    kernel: str
    mended_in: tuple[str, ...]
    source: str
    part: str
    aim: str
    rule: str
    introduction: str
    scenario: Code
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    beats: tuple[Beat, ...]
    goal: Goal | None
    fix: Fix | None
    closing: str

    @property
    def number(self) -> str:
        """The number with which the file's name begins, "04" for lessons/04-timer-window.md; "" without one."""
        start = os.path.basename(self.file).partition("-")[0]
        return start if start.isdigit() else ""
