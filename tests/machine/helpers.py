"""Builds small machines from source text, walks through them by the names of their contexts, and explores them."""

import ast
import operator
import textwrap
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from ktwviz.kernel.rules import apply_rule
from ktwviz.kernel.sched import TaskStruct
from ktwviz.kernel.versions import add_hardware, kernel_namespace
from ktwviz.machine import memory as words
from ktwviz.machine.build import (
    InterruptSpec,
    IrqLine,
    MemoryOrder,
    Scene,
    Setup,
    TaskSpec,
    build_machine,
    interrupt_granted,
)
from ktwviz.machine.context import Context
from ktwviz.machine.describe import describe
from ktwviz.machine.effects import effect_text
from ktwviz.machine.history import Step
from ktwviz.machine.language import Stepped
from ktwviz.machine.machine import DRAINS, TICK, Enabled, Machine, Refused, State
from ktwviz.machine.memory import Word
from ktwviz.machine.observe import Look
from ktwviz.machine.program import Program
from ktwviz.machine.structs import Embedded, Struct

FILE = "case.py"


def scene(
    source: str, *, rule: str = "", cpus: int = 2, slots: int = 2, memory: MemoryOrder = "sc", **names: Any
) -> Scene:
    """Return the scene that a source text describes; `names` adds host primitives and values to the namespace.

    The text holds struct types (`class Box(Struct)`), objects (`box = Box()`), calls that set them up, functions, and
    what runs: `@task(cpu=0)`, `@irq(cpu=0, times=1)`, `@softirq(cpu=0, times=1)`, `kthread_slot(cpu=1)`.
    """
    made = _Reader(textwrap.dedent(source).strip("\n"), rule, cpus, slots, names).scene()
    made.memory = memory
    return made


def build(source: str, **more: Any) -> Machine:
    """Return the machine that a source text describes; `more` as `scene` takes it."""
    return build_machine(scene(source, **more))


class _Reader:
    def __init__(self, text: str, rule: str, cpus: int, slots: int, names: dict[str, Any]) -> None:
        self.text = text
        self.lines = text.splitlines()
        program = Program({**kernel_namespace(), **names})
        self.made = Scene(program, task_struct=TaskStruct, cpus=cpus, slots=slots)
        self.kthreads = 0
        if rule:
            for name, function in apply_rule(program.namespace, textwrap.dedent(rule), FILE, 1).items():
                program.define(name, function)

    def scene(self) -> Scene:
        body = ast.parse(self.text).body
        for kind in (ast.ClassDef, ast.FunctionDef, ast.Assign, ast.Expr):
            for node in body:
                if isinstance(node, kind):
                    getattr(self, f"read_{kind.__name__}")(node)
        add_hardware(self.made)
        return self.made

    def read_ClassDef(self, node: ast.ClassDef) -> None:
        hints = {}
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                hints[line.target.id] = self.hint(line.annotation)
        self.made.program.define(node.name, type(node.name, (Struct,), {"__annotations__": hints}))

    def hint(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            struct = self.made.program.namespace[node.slice.id]
            return operator.getitem(Embedded, struct)
        return {"int": int, "bool": bool}.get(ast.unparse(node), object)

    def read_FunctionDef(self, node: ast.FunctionDef) -> None:
        source = tuple(self.lines[node.lineno - 1 : node.end_lineno])
        marks = [ast.unparse(mark) for mark in node.decorator_list]
        function = Stepped(node.name, FILE, node, source, folded="inline" in marks)
        if not marks or marks == ["inline"]:
            self.made.program.define(node.name, function)
        else:
            self.context(function, node.decorator_list[0])

    def context(self, function: Stepped, mark: ast.expr) -> None:
        assert isinstance(mark, ast.Call)
        values = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}
        kind: Any = {"irq": "hardirq"}.get(ast.unparse(mark.func), ast.unparse(mark.func))
        cpu = values.get("cpu", 0)
        if kind == "task":
            self.made.tasks.append(TaskSpec(function.name, cpu, function))
            self.made.program.define(function.name, None)
            return
        line = f"{function.name}_line"
        self.object(line, IrqLine)
        self.made.setup.append(Setup(_grant(values.get("times", 1)), (line,)))
        guard: Any = interrupt_granted
        self.made.interrupts.append(InterruptSpec(function.name, kind, cpu, function, (), guard, (line,)))

    def object(self, name: str, struct: type[Struct]) -> None:
        self.made.objects[name] = struct
        self.made.program.define(name, None)

    def read_Assign(self, node: ast.Assign) -> None:
        assert isinstance(node.value, ast.Call)
        self.object(ast.unparse(node.targets[0]), self.made.program.namespace[ast.unparse(node.value.func)])

    def read_Expr(self, node: ast.Expr) -> None:
        call = node.value
        assert isinstance(call, ast.Call)
        if ast.unparse(call.func) == "kthread_slot":
            self.kthreads += 1
            name = f"kthread{self.kthreads}"
            cpu = ast.literal_eval(call.keywords[0].value)
            entry = self.made.program.function("kthread")
            self.made.tasks.append(TaskSpec(name, cpu, entry, (name,), spare=True))
            self.made.program.define(name, None)
        else:
            function = self.made.program.function(ast.unparse(call.func))
            self.made.setup.append(Setup(function, tuple(self.argument(node) for node in call.args)))

    def argument(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        found = self.made.program.namespace[ast.unparse(node)]
        return ast.unparse(node) if found is None else found


def _grant(times: int) -> Stepped:
    tree = ast.parse(f"def grant(line):\n    line.left = {times}\n").body[0]
    assert isinstance(tree, ast.FunctionDef)
    return Stepped("grant", FILE, tree, ())


# Words and questions --------------------------------------------------------------------------------------------


def word(machine: Machine, path: str) -> Word:
    """Return the word at a path ("box.x", "jiffies", "box.life")."""
    for handle in machine.objects:
        for found in words.words_of(handle):
            if found.path == path:
                return found
            if found.life is not None and found.life.path == path:
                return found.life
    raise KeyError(path)


def value(machine: Machine, state: State, path: str) -> Any:
    """Return the value of the word at a path."""
    return machine.value(state, word(machine, path))


def question(machine: Machine, text: str) -> Callable[[State], Any]:
    """Return what answers a stepped expression in a state, memoised by what it reads."""
    tree = ast.parse(f"def expression():\n    return {text}\n").body[0]
    assert isinstance(tree, ast.FunctionDef)
    function = Stepped("expression", FILE, tree, (text,), folded=True)

    return Look(machine, function).at


# Walking --------------------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """A walk through a machine; contexts are called by name, "tick" is the clock, "drain 0" CPU0's store buffer."""

    machine: Machine
    state: State = ()
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.state or self.machine.initial

    def fork(self) -> "Walk":
        """Return a second walk that stands at the same place."""
        other = copy(self)
        other.steps = list(self.steps)
        return other

    def context(self, name: str) -> Context:
        return next(context for context in self.machine.contexts if context.name == name)

    def key(self, name: str) -> str:
        if name.startswith("drain "):
            return DRAINS[int(name[-1])]
        return TICK if name == "tick" else str(self.context(name).number)

    def outcome(self, name: str) -> Enabled | Refused:
        key = self.key(name)
        return next(outcome for outcome in self.machine.outcomes(self.state) if outcome.choice == key)

    def step(self, name: str, times: int = 1) -> Step:
        """Let a context take so many steps; return the last one."""
        for _ in range(times):
            before = self.state
            self.state, outcome = self.machine.step(before, self.key(name))
            self.steps.append(describe(self.machine, before, outcome))
        return self.steps[-1]

    def next(self, name: str) -> str:
        """Return the next step of a context as text; empty if it has none."""
        effect = self.machine.local_state(self.state, self.context(name)).effect
        return effect_text(effect) if effect else ""

    def until(self, name: str, access: str) -> "Walk":
        """Let a context run until its next step begins with this text."""
        for _ in range(500):
            if self.next(name).startswith(access):
                return self
            self.step(name)
        raise AssertionError(f"{name} never comes to {access!r}")

    def after(self, name: str, access: str) -> "Walk":
        """Let a context run until it has taken a step that begins with this text."""
        self.until(name, access).step(name)
        return self

    def finish(self, name: str) -> "Walk":
        """Let a context run to its end; it must come there without anybody's help."""
        for _ in range(1000):
            self.step(name)
            if not self.next(name):
                return self
        raise AssertionError(f"{name} does not end")

    def run(self, name: str) -> "Walk":
        """Let a context run as long as it can."""
        for _ in range(1000):
            if self.reason(name):
                return self
            self.step(name)
        raise AssertionError(f"{name} does not stop")

    def reason(self, name: str) -> str:
        """Return why a context may not run now; empty if it may."""
        outcome = self.outcome(name)
        return outcome.reason if isinstance(outcome, Refused) else ""

    def status(self, name: str) -> str:
        outcome = self.outcome(name)
        return outcome.status if isinstance(outcome, Refused) else "ready"

    def value(self, path: str) -> Any:
        return value(self.machine, self.state, path)

    def ask(self, text: str) -> Any:
        return question(self.machine, text)(self.state)

    def accesses(self, name: str) -> list[str]:
        return [step.access for step in self.steps if step.context == name]

    def events(self, *kinds: str) -> list[str]:
        """Return the facts of these kinds so far, as text."""
        return [event.text for step in self.steps for event in step.events if event.kind in kinds]


def trace(source: str, name: str = "main", **names: Any) -> Walk:
    """Build a machine and let one task run to its end, or to where it stops for good."""
    walk = Walk(build(source, **names))
    for _ in range(5000):
        if walk.status(name) in ("done", "dead"):
            return walk
        walk.step(name)
    raise AssertionError(f"{name} does not end")


# Exploring ------------------------------------------------------------------------------------------------------


@dataclass
class Explored:
    """All states that can be reached, in the order in which they were found, and every fact on the way."""

    states: list[State]
    ends: list[State]
    events: dict[tuple[str, str], State]

    def texts(self, *kinds: str) -> list[str]:
        return sorted(text for kind, text in self.events if kind in kinds)


def explore(machine: Machine, most: int = 200_000) -> Explored:
    """Explore breadth-first; more than `most` states are an error of the test."""
    found = Explored([machine.initial], [], {})
    seen = {machine.initial}
    for state in found.states:  # grows while it is walked
        successors = machine.successors(state)
        if not successors:
            found.ends.append(state)
        for outcome, following in successors:
            for event in outcome.events:
                found.events.setdefault((event.kind, event.text), following)
            if following not in seen:
                seen.add(following)
                found.states.append(following)
        assert len(seen) <= most, "too many states"
    return found


def reachable(machine: Machine, text: str) -> bool:
    """Tell whether a stepped expression is true in some state that can be reached."""
    holds = question(machine, text)
    return any(holds(state) for state in explore(machine).states)


def local_states(machine: Machine, number: int = 1) -> Iterator[tuple[str, tuple[tuple[str, Any], ...]]]:
    """Yield (next step, live locals of the innermost frame) of every local state found so far."""
    for local in machine.automata[number].states:
        if local.effect is not None and local.frames:
            yield effect_text(local.effect), local.frames[-1].locals
