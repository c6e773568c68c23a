"""A scenario of one's own: where it begins, what can be added to it at a key, and how it becomes a lesson file.

Everything is text: an addition is an edit of the scenario, as one would type it. What does not belong here: whether
the scenario does what was hoped for; that is the checker's business.
"""

import ast
import re
from collections.abc import Callable, Iterable, Sequence

from ktwviz.checker.verdicts import Verdict
from ktwviz.errors import SourceError
from ktwviz.lesson.model import Code, Lesson
from ktwviz.machine.subset import parse_code
from ktwviz.values import dataclass

NAME = "sandbox"
YOUR_SCENARIO = "your scenario"
"""How errors name the text in the editor."""

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

_OBJECTS = {"KthreadWorker": "worker", "KthreadWork": "work", "DelayedKthreadWork": "dwork"}
_SOURCE = "1453736711-6703-9-git-send-email-pmladek@suse.com"


@dataclass(frozen=True)
class Addition:
    """Something that can be added at a key: a sentence, and the edit; `call` is the line that a task gets, if any.

    The edit takes the text and the name of the task that the cursor is in ("" for none), and returns the new text.
    Raises SourceError where the text cannot be read, or has not what the addition needs.
    """

    name: str
    sentence: str
    edit: Callable[[str, str], str]
    call: str = ""


def sandbox_lesson(text: str, kernel: str = "v4") -> Lesson:
    """Return a scenario as a lesson without a script, so that player and checker can have it."""
    return Lesson(
        file=YOUR_SCENARIO,
        id=NAME,
        title="Sandbox",
        kind="challenge",
        minutes=0,
        needs=(),
        kernel=kernel,
        mended_in=(),
        source=_SOURCE,
        part="",
        aim="Build a scenario, play it, and let every interleaving be checked.",
        rule="",
        introduction="",
        scenario=Code(text, 1),
        rules=(),
        properties=(),
        beats=(),
        goal=None,
        fix=None,
        closing="",
    )


def tasks_of(text: str) -> list[str]:
    """Return the names of the tasks in a scenario, in order; none where it cannot be read."""
    try:
        functions = _functions(_parsed(text))
    except SourceError:
        return []
    return [function.name for function in functions if _mark(function) == "task"]


def task_at(text: str, line: int) -> str:
    """Return the task that a line of the text, from 1, stands in; "" for none."""
    try:
        functions = _functions(_parsed(text))
    except SourceError:
        return ""
    for function in functions:
        first = min([function.lineno, *(mark.lineno for mark in function.decorator_list)])
        if _mark(function) == "task" and first <= line <= (function.end_lineno or first):
            return function.name
    return ""


# Editing --------------------------------------------------------------------------------------------------------


def _parsed(text: str) -> list[ast.stmt]:
    tree = parse_code(text, YOUR_SCENARIO, 1, "the scenario")
    return tree.body if isinstance(tree, ast.Module) else []


def _functions(body: Sequence[ast.stmt]) -> list[ast.FunctionDef]:
    return [statement for statement in body if isinstance(statement, ast.FunctionDef)]


def _mark(function: ast.FunctionDef) -> str:
    """Return the name of a function's decorator, "" for none."""
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name):
            return mark.func.id
    return ""


def _objects(text: str, *structs: str) -> list[str]:
    """Return the names of the objects of some struct types, in order."""
    return [
        target.id
        for statement in _parsed(text)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id in structs
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]


def _names(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def _fresh(text: str, name: str) -> str:
    """Return a name that the text does not have yet: work, work2, work3, ..."""
    taken = _names(text)
    numbers = range(2, len(taken) + 3)
    return next(one for one in (name, *(f"{name}{number}" for number in numbers)) if one not in taken)


def _inserted(text: str, after: int, new: Iterable[str]) -> str:
    """Return the text with new lines after one of its lines, counted from 1; 0 is the top."""
    lines = text.splitlines()
    return "\n".join([*lines[:after], *new, *lines[after:]]) + "\n"


def _last_object_line(text: str) -> int:
    lines = [statement.end_lineno or 0 for statement in _parsed(text) if isinstance(statement, ast.Assign)]
    return max(lines, default=0)


def _wanted(found: Sequence[str], what: str) -> str:
    if not found:
        raise SourceError(YOUR_SCENARIO, 1, f"the scenario has no {what}: add one first")
    return found[-1]


def _calling(call: str) -> Callable[[str, str], str]:
    """Return the edit that adds a call to the end of a task; {worker}, {work} and {dwork} are filled in."""

    def edit(text: str, task: str) -> str:
        names: dict[str, Callable[[], str]] = {
            "worker": lambda: _wanted(_objects(text, "KthreadWorker"), "worker"),
            "dwork": lambda: _wanted(_objects(text, "DelayedKthreadWork"), "delayed work"),
            "work": lambda: _any_work(text),
        }
        filled = call.format(**{name: find() for name, find in names.items() if f"{{{name}}}" in call})
        functions = {function.name: function for function in _functions(_parsed(text))}
        if task not in functions:
            tasks = tasks_of(text)
            task = next((name for name in tasks if not name.startswith("kworker")), _wanted(tasks, "task"))
        function = functions[task]
        last = function.body[-1]
        if isinstance(last, ast.Pass) and len(function.body) == 1:
            lines = text.splitlines()
            lines[last.lineno - 1] = lines[last.lineno - 1].replace("pass", filled, 1)
            return "\n".join(lines) + "\n"
        indent = " " * last.col_offset
        return _inserted(text, function.end_lineno or last.lineno, [indent + filled])

    return edit


def _any_work(text: str) -> str:
    plain = _objects(text, "KthreadWork")
    if plain:
        return plain[-1]
    return _wanted(_objects(text, "DelayedKthreadWork"), "work") + ".work"


def _with_object(struct: str) -> Callable[[str, str], str]:
    """Return the edit that adds an object, and a function for its work where it needs one."""

    def edit(text: str, task: str) -> str:
        name = _fresh(text, _OBJECTS[struct])
        if struct == "KthreadWorker":
            new = _inserted(text, _last_object_line(text), [f"{name} = {struct}()"])
            thread = _fresh(new, "kworker")
            body = ["", "@task(cpu=1)", f"def {thread}():", f"    kthread_worker_fn({name})"]
            return _inserted(new, len(new.splitlines()), body)
        callbacks = [function.name for function in _functions(_parsed(text)) if len(function.args.args) == 1]
        if callbacks:
            return _inserted(text, _last_object_line(text), [f"{name} = {struct}(func={callbacks[0]})"])
        function = _fresh(text, "run")
        new = _inserted(text, _last_object_line(text), [f"{name} = {struct}(func={function})"])
        body = ["", f"def {function}(work):", "    pass"]
        return _inserted(new, _last_object_line(new), body)

    return edit


def _with_context(mark: str, name: str) -> Callable[[str, str], str]:
    """Return the edit that adds a task or an interrupt."""

    def edit(text: str, task: str) -> str:
        fresh = _fresh(text, name)
        return _inserted(text, len(text.splitlines()), ["", mark, f"def {fresh}():", "    pass"])

    return edit


def with_cpus(text: str, number: int) -> str:
    """Return the scenario with another number of CPUs. Raises SourceError where it cannot be read."""
    for statement in _parsed(text):
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "cpus":
            lines = text.splitlines()
            lines[statement.lineno - 1] = f"cpus = {number}"
            return "\n".join(lines) + "\n"
    return _inserted(text, 0, [f"cpus = {number}"])


def _call(name: str, sentence: str, call: str) -> Addition:
    return Addition(name, sentence, _calling(call), call)


ADDITIONS = (
    _call("queue", "queue the work now", "queue_kthread_work({worker}, {work})"),
    _call("delay", "queue the delayed work in a jiffy", "queue_delayed_kthread_work({worker}, {dwork}, 1)"),
    _call("mod", "move its timer, or arm it", "mod_delayed_kthread_work({worker}, {dwork}, 1)"),
    _call("cancel", "cancel it, and wait", "cancel_delayed_kthread_work_sync({dwork})"),
    _call("flush", "wait until the work has run", "flush_kthread_work({work})"),
    _call("drain", "wait until the list is empty", "drain_kthread_worker({worker})"),
    _call("init", "initialise it again", "init_delayed_kthread_work({dwork}, run)"),
    Addition("work", "one more work", _with_object("KthreadWork")),
    Addition("delayed work", "one more delayed work", _with_object("DelayedKthreadWork")),
    Addition("worker", "one more worker, with its thread", _with_object("KthreadWorker")),
    Addition("task", "one more task", _with_context("@task(cpu=0)", "client")),
    Addition(
        "interrupt", "a device that may interrupt once", _with_context("@irq(cpu=0, times=1)", "device")
    ),
)
"""What can be added, in the order in which it is offered."""


# A lesson file --------------------------------------------------------------------------------------------------


def lesson_text(text: str, kernel: str, broken: Iterable[Verdict], first_task: str) -> str:
    """Return a scenario as the text of a lesson file; `broken` is what the checker found, so that its check passes."""
    claims = "\n".join(
        f'```toml property\nbuiltin = "{verdict.property}"\nbroken_by = ["{kernel}"]\n```\n'
        for verdict in broken
    )
    return _FILE.format(
        scenario=text.strip("\n"), kernel=kernel, claims=claims, source=_SOURCE, task=first_task
    )


_FILE = """\
# A scenario of mine

```toml lesson
id = "sandbox"
kind = "challenge"
minutes = 5
kernel = "{kernel}"
source = "{source}"
aim = "Say what can be seen here."
```

A few sentences that make one want to know.

```python scenario
{scenario}
```

{claims}
## The first step

Say what to look for.

```toml beat
run = "{task}"
```

## What the real people did

Close with what became of it.
"""
