"""What can be added to a scenario at a key: each is an edit of its text, as one would type it.

What does not belong here: whether the scenario does what was hoped for; that is the checker's business.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence

from ktwviz.errors import SourceError
from ktwviz.kernel.kthread_api import in_v4_names
from ktwviz.lesson.editing import WORKER_LOOP
from ktwviz.lesson.sandbox import YOUR_SCENARIO, functions_of, mark_of, parsed, tasks_of
from ktwviz.machine.syntax import lines_of
from ktwviz.values import dataclass

_OBJECTS = {"KthreadWorker": "worker", "KthreadWork": "work", "DelayedKthreadWork": "dwork"}
_DEFINITIONS = {
    "DEFINE_KTHREAD_WORKER": "KthreadWorker",
    "DEFINE_KTHREAD_WORK": "KthreadWork",
    "DEFINE_DELAYED_KTHREAD_WORK": "DelayedKthreadWork",
}


@dataclass(frozen=True)
class Addition:
    """Something that can be added at a key: a sentence, and the edit; `call` is the code a task gets, if any.

    The edit takes the text and the name of the task that the cursor is in ("" for none), and returns the new text.
    Raises SourceError where the text cannot be read, or has not what the addition needs.
    """

    name: str
    sentence: str
    edit: Callable[[str, str], str]
    call: str = ""


def target_of(text: str, task: str) -> str:
    """Return the task that a call goes to: the one that the cursor is in, else the first that is no worker's thread."""
    if task:
        return task
    tasks = tasks_of(text)
    return next((name for name in tasks if not name.startswith("kworker")), tasks[0] if tasks else "")


def line_after(old: str, new: str, line: int) -> int:
    """Return where the cursor goes, from 1, after an addition: to the last line that is new inside a function.

    After objects, which stand at the top, it stays on the line on which it was.
    """
    before, after = lines_of(old), lines_of(new)
    same = 0
    for one, other in zip(reversed(before), reversed(after), strict=False):
        if one != other:
            break
        same += 1
    last = len(after) - same
    if after[last - 1 : last] and after[last - 1].startswith((" ", "\t")):
        return last
    return line + len(after) - len(before) if last <= line else line


# Reading --------------------------------------------------------------------------------------------------------


def _objects(text: str, struct: str) -> list[str]:
    """Return the names of the objects of a struct type, in order, by whichever version's name they were made."""
    found = []
    for statement in parsed(in_v4_names(text)):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))):
                found += [name] if made == struct else []
            case ast.Expr(value=ast.Call(func=ast.Name(id=made), args=[ast.Name(id=name), *_])):
                found += [name] if _DEFINITIONS.get(made) == struct else []
    return found


def _callbacks(text: str) -> list[str]:
    """Return the names of what works can call: functions of one argument."""
    return [function.name for function in functions_of(parsed(text)) if len(function.args.args) == 1]


def _wanted(found: Sequence[str], what: str) -> str:
    if not found:
        raise SourceError(YOUR_SCENARIO, 1, f"the scenario has no {what}: add one first")
    return found[-1]


def ends_in_a_loop(text: str, task: str) -> bool:
    """Tell whether a task ends with a call that does not come back: what stands behind it never runs."""
    try:
        functions = {function.name: function for function in functions_of(parsed(text))}
    except SourceError:
        return False
    return task in functions and _never_returns(functions[task].body[-1])


def _never_returns(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name == WORKER_LOOP
    return False


def _second_worker(text: str) -> str:
    return _wanted(_objects(text, "KthreadWorker")[1:], "second worker")


def _any_work(text: str) -> str:
    plain = _objects(text, "KthreadWork")
    return plain[-1] if plain else _wanted(_objects(text, "DelayedKthreadWork"), "work") + ".work"


_FILLED: dict[str, Callable[[str], str]] = {
    "worker": lambda text: _wanted(_objects(text, "KthreadWorker"), "worker"),
    "other": _second_worker,
    "dwork": lambda text: _wanted(_objects(text, "DelayedKthreadWork"), "delayed work"),
    "work": _any_work,
    "func": lambda text: _wanted(_callbacks(text)[:1], "function that a work could run"),
}


# Writing --------------------------------------------------------------------------------------------------------


def _fresh(text: str, name: str) -> str:
    """Return a name that the text does not have yet: work, work2, work3, ..."""
    taken = set(re.findall(r"[A-Za-z_]\w*", text))
    numbers = range(2, len(taken) + 3)
    return next(one for one in (name, *(f"{name}{number}" for number in numbers)) if one not in taken)


def _inserted(text: str, after: int, new: Iterable[str]) -> str:
    """Return the text with new lines after one of its lines, counted from 1; 0 is the top."""
    lines = lines_of(text)
    return "\n".join([*lines[:after], *new, *lines[after:]]) + "\n"


def _at_the_end(text: str, new: Iterable[str]) -> str:
    """Return the text with new lines at its end, one empty line before them."""
    return text.rstrip("\n") + "\n\n" + "\n".join(new) + "\n"


def _last_object_line(text: str) -> int:
    """Return the line after which objects are added: that of the last object, 0 where there is none."""
    lines = [statement.end_lineno or 0 for statement in parsed(text) if isinstance(statement, ast.Assign)]
    return max(lines, default=0)


def _calling(call: str) -> Callable[[str, str], str]:
    """Return the edit that adds calls to the end of a task; what stands in braces is filled in.

    A call that never comes back stays the last one.
    """

    def edit(text: str, task: str) -> str:
        filled = call.format(**{name: fill(text) for name, fill in _FILLED.items() if f"{{{name}}}" in call})
        new = filled.split("\n")
        functions = {function.name: function for function in functions_of(parsed(text)) if mark_of(function)}
        target = target_of(text, task if task in functions else "")
        function = functions[target or _wanted((), "task")]
        last = function.body[-1]
        lines = lines_of(text)
        if last.lineno == function.lineno:
            raise SourceError(
                YOUR_SCENARIO, last.lineno, f"{target}() stands in one line: give its body a line of its own"
            )
        indent = " " * last.col_offset
        if isinstance(last, ast.Pass) and len(function.body) == 1:
            lines[last.lineno - 1] = lines[last.lineno - 1].replace("pass", f"\n{indent}".join(new), 1)
            return "\n".join(lines) + "\n"
        after = last.lineno - 1 if _never_returns(last) else function.end_lineno or last.lineno
        return _inserted(text, after, [indent + line for line in new])

    return edit


def _with_object(struct: str) -> Callable[[str, str], str]:
    """Return the edit that adds an object, and a function for its work where it needs one."""

    def edit(text: str, task: str) -> str:
        name = _fresh(text, _OBJECTS[struct])
        if struct == "KthreadWorker":
            new = _inserted(text, _last_object_line(text), [f"{name} = {struct}()"])
            thread = _fresh(new, "kworker")
            return _at_the_end(new, ["@task(cpu=1)", f"def {thread}():", f"    kthread_worker_fn({name})"])
        callbacks = _callbacks(text)
        if callbacks:
            return _inserted(text, _last_object_line(text), [f"{name} = {struct}(func={callbacks[0]})"])
        function = _fresh(text, "run")
        new = _inserted(text, _last_object_line(text), [f"{name} = {struct}(func={function})"])
        return _inserted(new, _last_object_line(new), ["", f"def {function}(work):", "    pass"])

    return edit


def _with_context(mark: str, name: str) -> Callable[[str, str], str]:
    """Return the edit that adds a task or an interrupt."""

    def edit(text: str, task: str) -> str:
        parsed(text)
        return _at_the_end(text, [mark, f"def {_fresh(text, name)}():", "    pass"])

    return edit


def _call(name: str, sentence: str, call: str) -> Addition:
    return Addition(name, sentence, _calling(call), call)


ADDITIONS = (
    _call("queue", "queue the work now", "queue_kthread_work({worker}, {work})"),
    _call("delay", "queue the delayed work", "queue_delayed_kthread_work({worker}, {dwork}, 1)"),
    _call("mod", "move its timer, or arm it", "mod_delayed_kthread_work({worker}, {dwork}, 1)"),
    _call("cancel", "cancel it, and wait", "cancel_delayed_kthread_work_sync({dwork})"),
    _call("flush", "wait until the work has run", "flush_kthread_work({work})"),
    _call("drain", "wait till the list is empty", "drain_kthread_worker({worker})"),
    _call("init", "initialise it again", "init_delayed_kthread_work({dwork}, {func})"),
    _call(
        "move",
        "move it to another worker",
        "init_delayed_kthread_work({dwork}, {func})\nqueue_delayed_kthread_work({other}, {dwork}, 1)",
    ),
    Addition("work", "one more work", _with_object("KthreadWork")),
    Addition("delayed work", "one more delayed work", _with_object("DelayedKthreadWork")),
    Addition("worker", "one more worker and thread", _with_object("KthreadWorker")),
    Addition("task", "one more task", _with_context("@task(cpu=0)", "client")),
    Addition("interrupt", "a device with one interrupt", _with_context("@irq(cpu=0, times=1)", "device")),
)
"""What can be added, in the order in which it is offered."""
