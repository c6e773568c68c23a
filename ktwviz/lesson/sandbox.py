"""A scenario of one's own: where it begins, what is settled beside its text, and what the checker finds in it.

What does not belong here: what can be added at a key (additions.py), and how it becomes a lesson file (saving.py).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ktwviz.checker.facts import Facts
from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Report, Verdict, check
from ktwviz.errors import KtwvizError, LessonError, SourceError, Trouble
from ktwviz.kernel.history import STAGES, VERSION_NAMES
from ktwviz.lesson.model import Code, Lesson, Rule
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.reading import read_text
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.tables import character_name, unsafe_in
from ktwviz.machine.subset import parse_code
from ktwviz.machine.syntax import lines_of
from ktwviz.progress.model import Draft
from ktwviz.values import dataclass, replace

NAME = "sandbox"
"""The id of a scenario that stands in no lesson file yet."""
YOUR_SCENARIO = "your scenario"
"""How errors name the text in the editor."""

LIVE_STATES = 20_000
"""How many states are looked at after each pause of typing; some three seconds."""
MOST_STATES = 300_000
"""How many states the whole check looks at on the screen."""

START = """\
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=run)

def run(work):
    pass

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 1)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""

SOURCE = "1453736711-6703-9-git-send-email-pmladek@suse.com"
_CLOSING = (
    "**Your scenario.** The digits decide who runs, `t` is the clock, `R` begins anew; "
    "`x` shows every interleaving. `q` leads back to the editor."
)

NO_TOKEN = (
    "There is no token of this yet: a token names a lesson, and nobody else has this scenario. "
    "f8 in the editor saves it as a lesson file; then y gives a token that plays with that file."
)


@dataclass(frozen=True)
class Begun:
    """Where a sandbox began: the name under which its draft is kept, what it is called, and what it began with."""

    name: str
    title: str
    given: Draft

    @property
    def first(self) -> str:
        """What it began with, in a sentence."""
        return (
            "the scenario that it began with"
            if self.name
            else "the small scenario that everybody begins with"
        )


def begun_anew() -> Begun:
    """Return the sandbox that begins with nothing in particular."""
    return Begun("", "", fresh_draft())


def begun_from(scenario: Scenario, title: str) -> Begun:
    """Return the sandbox that begins with the scenario of a lesson, as it is played."""
    file = Path(scenario.lesson.file).resolve()
    shipped = file in [path.resolve() for path in lesson_files()]
    return Begun(scenario.lesson.id if shipped else str(file), f"from {title}", forked(scenario))


def begun_with(name: str | None) -> Begun:
    """Return the sandbox that begins with a lesson, or with a .py file that holds a scenario; without a name, anew.

    Raises UnknownName where there is no such file, LessonError where it cannot be read.
    """
    if name is None:
        return begun_anew()
    if not name.endswith(".py"):
        lesson = find_lesson(name)
        return begun_from(build_scenario(lesson), lesson.title)
    text = re.sub("\r\n?", "\n", read_text(name).removeprefix("\ufeff"))
    return Begun(str(Path(name).resolve()), name, Draft(text))


def fresh_draft(version: str = STAGES[0]) -> Draft:
    """Return the scenario that a sandbox begins with."""
    return Draft(START, version)


def forked(scenario: Scenario) -> Draft:
    """Return a lesson's scenario as it is played: on its version, with its rule and its order of memory."""
    text = scenario.lesson.scenario.text.rstrip("\n") + "\n"
    if scenario.memory:
        text = with_memory(text, scenario.memory)
    kernel = scenario.version.name
    for rule in scenario.lesson.rules:
        if rule.name == scenario.rule:
            return Draft(text, rule.name, rule=rule.name, diff=rule.diff.text, kernel=kernel)
    return Draft(text, kernel)


def settled(draft: Draft) -> Draft:
    """Return a draft as this program can use it: on the oldest version where it names one that nobody knows."""
    if draft.rule and draft.kernel not in VERSION_NAMES:
        draft = replace(draft, rule="", diff="")
    known = draft.version in VERSION_NAMES or (draft.rule and draft.version == draft.rule)
    return draft if known else replace(draft, version=STAGES[0])


def versions_of(draft: Draft) -> tuple[str, ...]:
    """Return the versions of the code that a draft can be played on: its rule, if it has one, and the kernels."""
    mine = (draft.rule,) if draft.rule else ()
    return tuple(dict.fromkeys((*mine, *STAGES, draft.version)))


def sandbox_lesson(draft: Draft, id: str = NAME) -> Lesson:
    """Return a draft as a lesson without a script, so that player and checker can have it."""
    ruled = bool(draft.rule) and draft.version == draft.rule
    kernel = draft.kernel if ruled else draft.version
    with_rule = bool(draft.rule) and kernel == draft.kernel
    return Lesson(
        file=YOUR_SCENARIO,
        id=id,
        title="Sandbox",
        kind="challenge",
        minutes=0,
        needs=(),
        kernel=kernel,
        mended_in=(),
        source=SOURCE,
        part="",
        aim="Build a scenario, play it, and let every interleaving be checked.",
        rule=draft.rule if ruled else "",
        introduction="",
        scenario=Code(draft.text.rstrip("\n") + "\n", 1),
        rules=(Rule(draft.rule, Code(draft.diff, 1)),) if with_rule else (),
        properties=(),
        beats=(),
        goal=None,
        fix=None,
        closing=_CLOSING,
    )


def is_unsaved(lesson: Lesson) -> bool:
    """Tell whether a lesson is a scenario of the sandbox that stands in no file: a token of it plays nowhere."""
    return lesson.file == YOUR_SCENARIO and lesson.id == NAME


# What stands in it ----------------------------------------------------------------------------------------------


def parsed(text: str) -> list[ast.stmt]:
    """Return the statements of a scenario. Raises SourceError where it cannot be read."""
    tree = parse_code(text, YOUR_SCENARIO, 1, "the scenario")
    return tree.body if isinstance(tree, ast.Module) else []


def functions_of(body: Sequence[ast.stmt]) -> list[ast.FunctionDef]:
    """Return the functions among statements, in order."""
    return [statement for statement in body if isinstance(statement, ast.FunctionDef)]


def mark_of(function: ast.FunctionDef) -> str:
    """Return the name of a function's decorator, "" for none."""
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name):
            return mark.func.id
    return ""


def tasks_of(text: str) -> list[str]:
    """Return the names of the tasks in a scenario, in order; none where it cannot be read."""
    try:
        functions = functions_of(parsed(text))
    except SourceError:
        return []
    return [function.name for function in functions if mark_of(function) == "task"]


def task_at(text: str, line: int) -> str:
    """Return the task or interrupt that a line of the text, from 1, stands in; "" for none."""
    try:
        functions = functions_of(parsed(text))
    except SourceError:
        return ""
    for function in functions:
        first = min([function.lineno, *(mark.lineno for mark in function.decorator_list)])
        if mark_of(function) and first <= line <= (function.end_lineno or first):
            return function.name
    return ""


# What is settled in it ------------------------------------------------------------------------------------------


def cpus_of(text: str) -> int:
    """Return the number of CPUs that a scenario asks for; 2 where it says nothing."""
    found = _setting(text, "cpus")
    return int(found) if found.isdigit() else 2


def with_cpus(text: str, number: int) -> str:
    """Return the scenario with another number of CPUs. Raises SourceError where it cannot be read."""
    return _with_setting(text, "cpus", str(number))


def memory_of(text: str) -> str:
    """Return the order of memory that a scenario asks for: "tso", or "sc" where it says nothing."""
    return "tso" if _setting(text, "memory") == "tso" else "sc"


def with_memory(text: str, order: str) -> str:
    """Return the scenario with another order of memory. Raises SourceError where it cannot be read."""
    return _with_setting(text, "memory", f'"{order}"')


def _setting(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*=\s*[\"']?(\w+)", text, re.MULTILINE)
    return found[1] if found else ""


def _with_setting(text: str, name: str, value: str) -> str:
    lines = lines_of(text)
    for statement in parsed(text):
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            lines[statement.lineno - 1 : statement.end_lineno] = [f"{name} = {value}"]
            return "\n".join(lines) + "\n"
    return "\n".join([f"{name} = {value}", *lines]) + "\n"


# What is found in it --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Looked:
    """What a look at a draft found: why it cannot run, or a verdict on each property of the checker.

    `bound` is where the search ended before everything was seen, empty where it did not; `more` says whether a longer
    search would see more. `interleavings` is None
    where they were not counted, or a run can go on for ever.
    """

    draft: Draft
    troubles: tuple[Trouble, ...] = ()
    scenario: Scenario | None = None
    verdicts: tuple[Verdict, ...] = ()
    states: int = 0
    bound: str = ""
    more: bool = False
    interleavings: int | None = None

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """What is broken, the plainest first."""
        return tuple(verdict for verdict in by_weight(self.verdicts) if verdict.kind == "broken")

    @property
    def complete(self) -> bool:
        """Whether every interleaving was seen."""
        return self.scenario is not None and not self.bound


def trouble_of(error: KtwvizError) -> tuple[Trouble, ...]:
    """Return what an error says is wrong, each with its line."""
    if isinstance(error, LessonError):
        return error.troubles
    if isinstance(error, SourceError):
        return (error.trouble,)
    return (Trouble(YOUR_SCENARIO, 0, str(error)),)


def built(draft: Draft, id: str = NAME) -> Scenario:
    """Return a draft ready to run. Raises LessonError with its lines, SourceError for a character that no file has."""
    unsafe = unsafe_in(draft.text)
    if unsafe:
        line = 1 + draft.text.count("\n", 0, unsafe.start())
        raise SourceError(YOUR_SCENARIO, line, f"the line holds {character_name(unsafe[0])}: remove it")
    return build_scenario(sandbox_lesson(draft, id))


def look(
    draft: Draft, *, most_states: int = LIVE_STATES, interrupted: Callable[[int], str] = lambda states: ""
) -> Looked:
    """Build a draft and judge every property that the checker knows; `interrupted` is asked as in `explore`."""
    try:
        scenario = built(draft)
    except KtwvizError as error:
        return Looked(draft, troubles=trouble_of(error))
    names = [builtin.name for builtin in BUILTINS]
    report = check(scenario.machine, builtins=names, most_states=most_states, interrupted=interrupted)
    return looked_at(draft, scenario, report, most_states)


def looked_at(draft: Draft, scenario: Scenario, report: Report, most_states: int) -> Looked:
    """Return what a report says of a draft; the search that it is of was to end at `most_states`."""
    graph = report.graph
    runs = Facts(graph).interleavings if graph.complete else None
    states = len(graph.states)
    more = most_states < min(states, MOST_STATES)
    return Looked(draft, (), scenario, report.verdicts, states, graph.bound, more, runs)


def by_weight(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts with what is broken first: harm before danger, then the shortest schedule; others in order."""
    harm = {builtin.name for builtin in BUILTINS if builtin.by_default and not builtin.yields}

    def weight(verdict: Verdict) -> tuple[bool, bool, int]:
        broken = verdict.kind == "broken"
        return not broken, broken and verdict.property not in harm, len(verdict.keys or ())

    return tuple(sorted(verdicts, key=weight))
