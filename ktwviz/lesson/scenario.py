"""A lesson's scenario, ready to run: its objects, tasks and interrupts on the kernel that it names.

What stands in a scenario is read in declarations.py.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from ktwviz.errors import LessonError, ScheduleError, SourceError, Trouble, UnknownName, did_you_mean
from ktwviz.kernel.history import STAGES
from ktwviz.kernel.relative import relative_time
from ktwviz.kernel.rules import lines_changed
from ktwviz.kernel.versions import VERSIONS, Version
from ktwviz.lesson.declarations import MOST_CONTEXTS, Declarations
from ktwviz.lesson.fitting import misfits, misfits_in
from ktwviz.lesson.model import Edit, Lesson, Rule
from ktwviz.machine import subset
from ktwviz.machine.build import Scene, build_machine
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import Machine, State
from ktwviz.machine.memory import Handle
from ktwviz.machine.observe import Look, ObservationError
from ktwviz.machine.syntax import nodes_below
from ktwviz.schedule import Token
from ktwviz.values import dataclass

LONGEST_EXPRESSION = 2_000
"""Characters of an expectation, a property or a goal at most."""
MOST_WORDS = 400
"""Words of a state at most: the checker keeps some hundred thousand states in memory."""


@dataclass(frozen=True)
class Question:
    """A stepped expression about a state, such as an expectation; `ask` gives its value."""

    text: str
    line: int
    ask: Callable[[State], Any]
    function: Stepped

    def holds(self, state: State) -> bool:
        """Tell whether it is true; what runs into an oops, or names what a version does not have, is not."""
        try:
            return bool(self.ask(state))
        except LessonError:
            return False


class Scenario:
    """A machine made from a lesson, on a version of the kernel and under one rule.

    `rule` is empty where the version is played as it is. `running` gives the texts of all that can run in it. `edit`
    is the text that somebody gave one of its functions, if any. `replaced` are the other functions that the rule
    changed, as they were and as they are.
    """

    def __init__(
        self,
        lesson: Lesson,
        machine: Machine,
        version: Version,
        *,
        rule: str,
        memory: str,
        running: Callable[[], Iterable[str]],
        edit: Edit | None,
        replaced: Iterable[tuple[Stepped, Stepped]],
    ) -> None:
        self.lesson = lesson
        self.machine = machine
        self.version = version
        self.rule = rule
        self.memory = memory
        self.edit = edit
        self._running = running
        self._replaced = tuple(replaced)

    @cached_property
    def digest(self) -> str:
        """Four hexadecimal digits of everything that can run: another text of it is another digest."""
        from hashlib import sha256  # noqa: PLC0415  # slow to import, and only a token needs it

        return sha256("\n".join(self._running()).encode()).hexdigest()[:4]

    @cached_property
    def changed(self) -> frozenset[tuple[str, int]]:
        """The lines that the rule changed: name of the function, number of the line."""
        return lines_changed(self._replaced)

    @property
    def variant(self) -> str:
        """What is played: the name of the rule, or of the version where there is none."""
        return self.rule or self.version.name

    def token(self, keys: Iterable[str]) -> Token:
        """Return the token of a schedule in this scenario.

        Raises ScheduleError where a function has another text: a token names a lesson and cannot carry code.
        """
        if self.edit is not None:
            raise ScheduleError(
                f"this runs another text of {self.edit.function}() than the lesson's, and a token cannot carry "
                "code: it would play something else"
            )
        rule = "" if self.variant == variant_of(self.lesson) else self.variant
        return Token(self.lesson.id, self.digest, tuple(keys), rule, self.memory)

    def question(self, text: str, line: int, *, of_date: bool = False) -> Question:
        """Compile an expression of the lesson. Raises LessonError with its line.

        `of_date` allows it to depend on the date, as in `jiffies == 1`; the checker must not ask such a one.
        """
        try:
            function = _expression(self.version.spelled(text), self.lesson.file, line)
            self.machine.program.reachable([function])
        except SourceError as error:
            raise LessonError([error.trouble]) from error

        look = Look(self.machine, function, strict_time=not of_date)

        def ask(state: State) -> Any:
            try:
                return look.at(state)
            except ObservationError as error:
                raise LessonError(
                    [Trouble(self.lesson.file, line, f"{text!r} cannot be answered: {error}")]
                ) from error

        return Question(text, line, ask, function)


def build_scenario(
    lesson: Lesson, rule: str | None = None, memory: str = "", edit: Edit | None = None
) -> Scenario:
    """Return the scenario of a lesson under a rule ("" for none, None for the lesson's own).

    The name of a version of the kernel in place of a rule plays the scenario on that version, without a rule.
    `memory`, "sc" or "tso", takes the place of the order of memory that the scenario asks for. `edit` takes the place
    of a function as the rule left it.

    Raises LessonError with file and line, UnknownName for a rule that the lesson does not have.
    """
    name = lesson.rule if rule is None else rule
    version = VERSIONS[lesson.kernel]
    if name in VERSIONS:
        name, version = "", VERSIONS[name]
    read = Declarations(lesson, version, rule_called(lesson, name), memory, edit)
    try:
        scene = read.scene()
        machine = _machine(read, scene)
        _refuse_misfits(read, scene)
    except SourceError as error:
        raise LessonError([read.blamed(error).trouble]) from error
    machine.canonical = relative_time(machine, _asked(lesson, version, machine))
    return Scenario(
        lesson,
        machine,
        version,
        rule=name,
        memory=memory,
        running=partial(_running, read, scene),
        edit=edit,
        replaced=read.replaced,
    )


def _refuse_misfits(read: Declarations, scene: Scene) -> None:
    """Raise LessonError where the scenario's own code names what is not there, or passes what is not asked for."""
    namespace = scene.program.namespace
    troubles = _misfits_of_setup(read, namespace)
    for function in read.functions.values():
        troubles += misfits(function, namespace)
    if troubles:
        raise LessonError(troubles)


def _misfits_of_setup(read: Declarations, namespace: Mapping[str, Any]) -> list[Trouble]:
    nodes = [node for call in read.calls for node in nodes_below(call)]
    return list(misfits_in(nodes, namespace, read.lesson.file))


def _asked(lesson: Lesson, version: Version, machine: Machine) -> Iterator[Stepped]:
    """Yield what the lesson asks of states of the graph: its properties and its goal, those that can be compiled."""
    texts = [(claim.claim, claim.line) for claim in lesson.properties if claim.when != "builtin"]
    texts += [(lesson.goal.reach, lesson.goal.line)] if lesson.goal is not None else []
    for text, line in texts:
        try:
            function = _expression(version.spelled(text), lesson.file, line)
            machine.program.reachable([function])
        except SourceError:
            continue  # whoever asks it is told
        yield function


def _machine(read: Declarations, scene: Scene) -> Machine:
    try:
        machine = build_machine(scene)
    except ObservationError as error:
        objects = {name: Handle(name, struct) for name, struct in scene.objects.items()}
        troubles = _misfits_of_setup(read, {**scene.program.namespace, **objects})
        if troubles:
            raise LessonError(troubles) from error
        raise read.refused(
            f"the set-up does not work: {error}; what is to run belongs into a task"
        ) from error
    if len(machine.contexts) > MOST_CONTEXTS:
        raise read.refused(
            f"the scenario has {len(machine.contexts)} contexts, softirqs counted; digits reach {MOST_CONTEXTS}"
        )
    if len(machine.words) > MOST_WORDS:
        raise read.refused(
            f"a state of this scenario has {len(machine.words)} words, {MOST_WORDS} are possible: "
            "take objects or CPUs away"
        )
    return machine


def _running(read: Declarations, scene: Scene) -> Iterator[str]:
    """Yield the texts of everything that can run."""
    yield from (scene.memory, read.code.text, read.rule.diff.text if read.rule else "")
    for function in scene.program.reachable(scene.roots()):
        yield function.name
        if isinstance(function, Stepped):
            yield from function.source


def scenario_of(token: Token, lesson: Lesson) -> Scenario:
    """Return the scenario that a token was made in. Raises as `build_scenario` does."""
    return build_scenario(lesson, rule_of(token), token.memory)


def rule_of(token: Token) -> str | None:
    """Return the rule or version that a token asks for: None for the lesson's own."""
    return token.rule or None


def variant_of(lesson: Lesson) -> str:
    """Return what a lesson is played with: the name of its rule, or of its version where it has none."""
    return lesson.rule or lesson.kernel


def rule_called(lesson: Lesson, name: str) -> Rule | None:
    """Return the rule of this name, None for "". Raises UnknownName."""
    if not name:
        return None
    for rule in lesson.rules:
        if rule.name == name:
            return rule
    known = [rule.name for rule in lesson.rules]
    listed = f"its rules are {', '.join(known)}" if known else "it has no rules"
    versions = ", ".join(STAGES)
    hint = did_you_mean(name, [*known, *VERSIONS])
    raise UnknownName(f"{lesson.id} has no rule {name!r}{hint}: {listed}; versions are {versions}")


def _expression(text: str, file: str, line: int) -> Stepped:
    if len(text) > LONGEST_EXPRESSION:
        raise SourceError(
            file, line, f"an expression has at most {LONGEST_EXPRESSION} characters, this has {len(text)}"
        )
    try:
        parsed = subset.parse_code(text.strip(), file, line, "it", "eval")
    except SourceError as error:
        raise SourceError(file, line, f"{text!r} is no expression: {error.trouble.message}") from None
    body = parsed.body
    assert isinstance(body, ast.expr)
    made = ast.FunctionDef(
        "expression", ast.arguments([], [], None, [], [], None, []), [ast.Return(body)], [], None
    )
    made.lineno, made.end_lineno, made.col_offset = line, line, 0
    made.body[0].lineno = line
    return Stepped("expression", file, ast.fix_missing_locations(made), (text,), folded=True)
