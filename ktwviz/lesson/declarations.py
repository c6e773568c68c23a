"""The top level of a scenario, read as a list of declarations: objects, set-up calls, functions, tasks, interrupts.

It is stepped code and is never executed as Python. Several things that are wrong are told at once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from ktwviz.errors import LessonError, SourceError, Trouble, did_you_mean
from ktwviz.kernel import rules
from ktwviz.kernel.sched import TaskStruct
from ktwviz.kernel.versions import MOST_CPUS, Version, add_hardware, all_kernel_names, kernel_namespace
from ktwviz.lesson.editing import edited, patched_by
from ktwviz.lesson.model import Code, Edit, Lesson, Rule
from ktwviz.machine import subset
from ktwviz.machine.build import InterruptSpec, IrqLine, Scene, Setup, TaskSpec, interrupt_granted
from ktwviz.machine.language import Stepped
from ktwviz.machine.program import Program
from ktwviz.machine.structs import Struct
from ktwviz.machine.syntax import lines_of, parse
from ktwviz.values import dataclass, field

MOST_CONTEXTS = 9
MOST_LINES = 2_000
LONGEST_SCENARIO = 100_000
"""Characters of a scenario's text at most."""
MOST_OBJECTS = 64
MOST_INTERRUPTS = 1_000
"""How often a device may raise its interrupt at most."""
_SETTINGS = {"cpus": "cpus = 2", "memory": 'memory = "tso"'}
_INITIALISERS = {
    "KthreadWorker": "KTHREAD_WORKER_INIT",
    "KthreadWork": "KTHREAD_WORK_INIT",
    "DelayedKthreadWork": "DELAYED_KTHREAD_WORK_INIT",
    "KthreadDelayedWork": "KTHREAD_DELAYED_WORK_INIT",
}
_DEFINITIONS = {
    "DEFINE_KTHREAD_WORKER": "KthreadWorker",
    "DEFINE_KTHREAD_WORK": "KthreadWork",
    "DEFINE_DELAYED_KTHREAD_WORK": "DelayedKthreadWork",
    "DEFINE_KTHREAD_DELAYED_WORK": "KthreadDelayedWork",
}
_WHAT_MAY_STAND = "a scenario holds objects (worker = KthreadWorker()), calls that set them up, and functions"


@dataclass
class Declarations:
    """The top level of a lesson's scenario, on a version of the kernel and under one rule.

    `memory` takes the place of what it asks for itself, `edit` that of one function as the rule left it.
    """

    lesson: Lesson
    version: Version
    rule: Rule | None
    memory: str = ""
    edit: Edit | None = None
    functions: dict[str, Stepped] = field(default_factory=dict)
    patched: dict[str, Stepped] = field(default_factory=dict)
    replaced: list[tuple[Stepped, Stepped]] = field(default_factory=list)
    """Functions as the version has them and as the rule has; that which the edit replaces is not among them."""
    taken: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)
    spares: int = 0
    calls: list[ast.Call] = field(default_factory=list)
    """What sets the objects up."""

    def scene(self) -> Scene:
        """Return what the machine is to be built from. Raises SourceError, or LessonError for several troubles."""
        self.code = Code(self.version.spelled(self.lesson.scenario.text), self.lesson.scenario.line)
        program = Program(kernel_namespace(self.version.name))
        self.patched = patched_by(self.rule, program.namespace, self.lesson.file)
        left = self.edit.function if self.edit else ""
        self.replaced = [(program.function(name), new) for name, new in self.patched.items() if name != left]
        for changed, function in edited(self.patched, self.edit, program.namespace).items():
            program.define(changed, function)
        scene = Scene(program, task_struct=TaskStruct, slots=2)
        self.kernel_names = all_kernel_names()
        for statement in self._parse():
            self._attempt(self._declare, scene, statement)
            self.mentioned |= {
                target.id for target in getattr(statement, "targets", ()) if isinstance(target, ast.Name)
            }
        self._check_size(scene)
        if self.memory:
            self._set_memory(scene, self.memory, self.lesson.scenario.line)
        self._complete(scene)
        return scene

    def _parse(self) -> list[ast.stmt]:
        code = self.code
        lines = len(lines_of(code.text))
        if lines > MOST_LINES or len(code.text) > LONGEST_SCENARIO:
            raise self.refused(
                f"the scenario has {lines} lines and {len(code.text)} characters: "
                f"{MOST_LINES} and {LONGEST_SCENARIO} are possible"
            )
        tree = subset.parse_code(code.text, self.lesson.file, code.line, "the scenario")
        body = tree.body if isinstance(tree, ast.Module) else []
        # functions first, so that objects may name functions that stand below them
        return sorted(body, key=lambda statement: not isinstance(statement, ast.FunctionDef))

    def _attempt(self, act: Callable[..., Any], *arguments: Any) -> None:
        """Do one part of the reading; what is wrong with it is told together with the rest."""
        try:
            act(*arguments)
        except SourceError as error:
            self.troubles.append(self.in_lesson(error).trouble)

    def in_lesson(self, error: SourceError) -> SourceError:
        """Return an error in a kernel function that the rule patched as one of the rule's diff."""
        if self.rule is None or error.trouble.file == self.lesson.file:
            return error
        diff = self.rule.diff
        for function in self.patched.values():
            last = function.first_line + len(function.source)
            if function.file == error.trouble.file and function.first_line <= error.trouble.line < last:
                return rules.blame_rule(error, function, diff.text, self.lesson.file, diff.line)
        return error

    def blamed(self, error: SourceError) -> SourceError:
        """Return an error as one of the text that put it there: an edit, the rule, or the scenario itself."""
        edit, trouble = self.edit, error.trouble
        if edit is None or trouble.file in (edit.file, self.lesson.file):
            return self.in_lesson(error)
        message = f"with this text {trouble.file} goes wrong at line {trouble.line}: {trouble.message}"
        return SourceError(edit.file, edit.code.line, message)

    def refused(self, message: str) -> SourceError:
        """Return an error about the scenario as a whole."""
        return SourceError(self.lesson.file, self.lesson.scenario.line, message)

    def _check_size(self, scene: Scene) -> None:
        if len(scene.contexts()) > MOST_CONTEXTS:
            raise self.refused(
                f"the scenario has {len(scene.contexts())} contexts; digits reach {MOST_CONTEXTS}"
            )
        if len(scene.objects) > MOST_OBJECTS:
            raise self.refused(f"the scenario has {len(scene.objects)} objects; {MOST_OBJECTS} are possible")

    def _declare(self, scene: Scene, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef():
                self._declare_function(scene, statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _SETTINGS:
                self._set(scene, name, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                self._declare_object(scene, name, call)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() as number) as value):
                subset.check_constant(self.lesson.file, value)
                self._new_name(name, statement.lineno)
                scene.program.define(name, number)
            case ast.Expr(value=ast.Call(func=ast.Name(id=function)) as call):
                self._declare_call(scene, function, call)
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise SourceError(
                    self.lesson.file, statement.lineno, f"this cannot stand here: {_WHAT_MAY_STAND}"
                )

    def _set(self, scene: Scene, name: str, value: ast.expr) -> None:
        given = value.value if isinstance(value, ast.Constant) else None
        if name == "cpus" and type(given) is int:
            self._set_cpus(scene, given, value.lineno)
        elif name == "memory" and isinstance(given, str):
            self._set_memory(scene, given, value.lineno)
        else:
            raise SourceError(
                self.lesson.file, value.lineno, f"{name!r} is a setting: write {_SETTINGS[name]}"
            )
        self._new_name(name, value.lineno)

    def _set_cpus(self, scene: Scene, number: int, line: int) -> None:
        if not 1 <= number <= MOST_CPUS:
            raise SourceError(
                self.lesson.file, line, f"cpus = {number}: a scenario has 1 to {MOST_CPUS} CPUs"
            )
        scene.cpus = number

    def _set_memory(self, scene: Scene, order: str, line: int) -> None:
        if order not in ("sc", "tso"):
            raise SourceError(self.lesson.file, line, f'memory = {order!r}: "sc" or "tso" (x86) are possible')
        scene.memory = "tso" if order == "tso" else "sc"

    def _new_name(self, name: str, line: int) -> None:
        if name in self.kernel_names:
            raise SourceError(self.lesson.file, line, f"{name!r} is a name of the kernel: choose another one")
        if name in self.taken:
            raise SourceError(self.lesson.file, line, f"{name!r} is defined twice")
        subset.check_name(self.lesson.file, ast.Name(name, lineno=line), name)
        self.taken.add(name)

    # Functions ----------------------------------------------------------------------------------------------------

    def _declare_function(self, scene: Scene, tree: ast.FunctionDef) -> None:
        if tree.name in _SETTINGS:
            raise SourceError(self.lesson.file, tree.lineno, f"{tree.name!r} is a setting, no function")
        self._new_name(tree.name, tree.lineno)
        lines = lines_of(self.code.text)
        first = self.code.line
        source = tuple(lines[tree.lineno - first : (tree.end_lineno or tree.lineno) - first + 1])
        function = Stepped(tree.name, self.lesson.file, tree, source)
        self.functions[tree.name] = function
        if not tree.decorator_list:
            scene.program.define(tree.name, function)
            return
        if len(tree.decorator_list) > 1 or tree.args.args:
            raise SourceError(
                self.lesson.file, tree.lineno, "a task or interrupt has one decorator and no parameters"
            )
        self._declare_context(scene, function, tree.decorator_list[0])

    def _declare_context(self, scene: Scene, function: Stepped, mark: ast.expr) -> None:
        kind, values = self._decorator(mark)
        cpu = values.get("cpu", 0)
        if kind == "task":
            self._declare_tasks(scene, function, mark.lineno, cpu, values.get("copies"))
        else:
            line = f"{function.name}_line"
            times = values.get("times", 1)
            if not 0 <= times <= MOST_INTERRUPTS:
                raise SourceError(
                    self.lesson.file, mark.lineno, f"times={times}: 0 to {MOST_INTERRUPTS} are possible"
                )
            self._new_name(line, mark.lineno)
            scene.objects[line] = IrqLine
            scene.program.define(line, None)
            scene.setup.append(Setup(_grant(times, self.lesson.file, mark.lineno), (line,)))
            scene.interrupts.append(
                InterruptSpec(function.name, "hardirq", cpu, function, (), interrupt_granted, (line,))  # type: ignore[arg-type]  # a Primitive
            )

    def _declare_tasks(
        self, scene: Scene, function: Stepped, line: int, cpu: int, copies: int | None
    ) -> None:
        """Add the task of a function, or as many identical ones as it asks for: producer1, producer2, ..."""
        if copies is None:
            scene.tasks.append(TaskSpec(function.name, cpu, function))
            return
        if not 1 <= copies <= MOST_CONTEXTS:
            raise SourceError(
                self.lesson.file, line, f"copies={copies}: 1 to {MOST_CONTEXTS} are possible, one digit each"
            )
        for number in range(1, copies + 1):
            name = f"{function.name}{number}"
            self._new_name(name, line)
            scene.tasks.append(TaskSpec(name, cpu, function))

    def _decorator(self, mark: ast.expr) -> tuple[str, dict[str, int]]:
        wanted = {"task": ("cpu", "copies"), "irq": ("cpu", "times")}
        file, line = self.lesson.file, mark.lineno
        if (
            not isinstance(mark, ast.Call)
            or not isinstance(mark.func, ast.Name)
            or mark.func.id not in wanted
        ):
            raise SourceError(file, line, "expected @task(cpu=0) or @irq(cpu=0, times=1)")
        values = {}
        for keyword in mark.keywords:
            allowed = wanted[mark.func.id]
            if keyword.arg not in allowed:
                hint = did_you_mean(str(keyword.arg), allowed)
                raise SourceError(file, line, f"@{mark.func.id} has no {keyword.arg!r}{hint}")
            if not isinstance(keyword.value, ast.Constant) or type(keyword.value.value) is not int:
                raise SourceError(file, line, f"{keyword.arg} must be a number from 0 on")
            values[str(keyword.arg)] = keyword.value.value
        if mark.args:
            raise SourceError(file, line, f"write @{mark.func.id}(cpu=0)")
        return mark.func.id, values

    # Objects ------------------------------------------------------------------------------------------------------

    def _declare_object(self, scene: Scene, name: str, call: ast.Call) -> None:
        line = call.lineno
        struct_name = call.func.id if isinstance(call.func, ast.Name) else "?"
        struct = scene.program.namespace.get(struct_name)
        if not (isinstance(struct, type) and issubclass(struct, Struct)):
            structs = [key for key, value in scene.program.namespace.items() if isinstance(value, type)]
            raise SourceError(
                self.lesson.file, line, f"{struct_name!r} is no struct{did_you_mean(struct_name, structs)}"
            )
        self._add_object(scene, name, struct, line)
        initialiser = _INITIALISERS.get(struct_name)
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if initialiser is not None:
            self._set_up(
                scene, initialiser, [ast.copy_location(ast.Name(name, ast.Load()), call), *arguments], line
            )
        elif arguments:
            raise SourceError(
                self.lesson.file, line, f"{struct_name}() takes nothing: it begins as all zeroes"
            )

    def _add_object(self, scene: Scene, name: str, struct: type[Struct], line: int) -> None:
        if name in _SETTINGS:
            raise SourceError(self.lesson.file, line, f"{name!r} is a setting: write {_SETTINGS[name]}")
        self._new_name(name, line)
        scene.objects[name] = struct
        scene.program.define(name, None)

    def _declare_call(self, scene: Scene, name: str, call: ast.Call) -> None:
        if name == "kthread_slot":
            self._add_spare(scene, call)
            return
        self.calls.append(call)
        if name in _DEFINITIONS:
            target = call.args[0] if call.args else None
            if not isinstance(target, ast.Name):
                raise SourceError(
                    self.lesson.file, call.lineno, f"{name}() begins with the name that it defines"
                )
            self._add_object(scene, target.id, scene.program.namespace[_DEFINITIONS[name]], call.lineno)
        self._set_up(scene, name, call.args, call.lineno)

    def _add_spare(self, scene: Scene, call: ast.Call) -> None:
        cpu: Any = 1
        for keyword in call.keywords:
            cpu = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if (
            call.args
            or [keyword.arg for keyword in call.keywords] not in ([], ["cpu"])
            or type(cpu) is not int
        ):
            raise SourceError(self.lesson.file, call.lineno, "expected kthread_slot(cpu=1)")
        scene.tasks.append(self._spare(scene, cpu, call.lineno))

    def _spare(self, scene: Scene, cpu: int, line: int) -> TaskSpec:
        self.spares += 1
        name = f"kthread{self.spares}"
        if name in self.taken:
            raise SourceError(
                self.lesson.file, line, f"{name!r} is the name of a spare kthread: choose another one"
            )
        self.taken.add(name)
        return TaskSpec(name, cpu, scene.program.function("kthread"), (name,), spare=True)

    def _set_up(self, scene: Scene, name: str, arguments: list[ast.expr], line: int) -> None:
        function = scene.program.namespace.get(name)
        if not isinstance(function, Stepped):
            known = [key for key, value in scene.program.namespace.items() if isinstance(value, Stepped)]
            raise SourceError(
                self.lesson.file, line, f"there is no function {name!r}{did_you_mean(name, known)}"
            )
        wanted = function.own_parameters
        if len(arguments) != len(wanted):
            raise SourceError(
                self.lesson.file,
                line,
                f"{name}() takes {len(wanted)} ({', '.join(wanted)}), {len(arguments)} given",
            )
        scene.setup.append(Setup(function, tuple(self._argument(scene, node) for node in arguments)))

    def _argument(self, scene: Scene, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, int)):
            subset.check_constant(self.lesson.file, node)
            return node.value
        if isinstance(node, ast.Name):
            if node.id in self.functions:
                return self.functions[node.id]
            if node.id in scene.objects:
                return node.id
            if self.troubles and node.id in self.mentioned:
                return None  # what is wrong with it is told already
            hint = did_you_mean(node.id, [*self.functions, *scene.objects])
            raise SourceError(
                self.lesson.file, node.lineno, f"{node.id!r} is not defined in the scenario{hint}"
            )
        raise SourceError(
            self.lesson.file, node.lineno, "expected the name of an object or function, or a number"
        )

    # The rest -----------------------------------------------------------------------------------------------------

    def _complete(self, scene: Scene) -> None:
        if self.troubles:
            raise LessonError(self.troubles)
        if not scene.tasks:
            raise SourceError(
                self.lesson.file,
                self.lesson.scenario.line,
                "the scenario has no task: write one with @task(cpu=0)",
            )
        for spec in scene.contexts():
            if not 0 <= spec.cpu < scene.cpus:
                line = spec.entry.first_line
                raise SourceError(
                    self.lesson.file,
                    line,
                    f"{spec.name} is on CPU{spec.cpu}; the CPUs are 0 to {scene.cpus - 1}",
                )
        for name in scene.tasks:
            scene.program.define(name.name, None)
        for function in self.functions.values():
            self._attempt(scene.program.compiled, function)
        if self.troubles:
            raise LessonError(self.troubles)
        roots = scene.roots()
        reached = {function.name for function in scene.program.reachable(roots)}
        scene.program.define("CONFIG_FREEZER", int("freeze_kernel_threads" in reached))
        creates = bool(reached & {"kthread_create", "kthread_create_on_cpu"})
        if creates and not self.spares:
            scene.tasks.append(self._spare(scene, min(1, scene.cpus - 1), self.lesson.scenario.line))
            scene.program.define("kthread1", None)
        add_hardware(scene, list(self._claims()))

    def _claims(self) -> Iterator[ast.expr]:
        """Yield what the lesson asserts about its scenario; what is wrong with one is told where it is asked."""
        texts = [claim.claim for claim in self.lesson.properties if claim.when != "builtin"]
        for text in [*texts, *([self.lesson.goal.reach] if self.lesson.goal else [])]:
            try:
                parsed = subset.parse_code(self.version.spelled(text).strip(), "", 1, "it", "eval").body
            except SourceError:
                continue
            if isinstance(parsed, ast.expr):
                yield parsed


def _grant(times: int, file: str, line: int) -> Stepped:
    """Return the set-up that lets a device raise its interrupt so often."""
    text = f"def grant(line):\n    line.left = {times}\n"
    tree = parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    ast.increment_lineno(tree, line - 1)
    return Stepped("grant", file, tree, tuple(lines_of(text)))
