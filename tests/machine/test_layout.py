import dis
from itertools import chain
from pathlib import Path
from types import FunctionType
from typing import cast

import pytest

from ktwviz.checker.explore import explore
from ktwviz.kernel.versions import VERSIONS, kernel_namespace
from ktwviz.lesson.parse import load_lesson, parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine import memory
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.layout import Stores, codes_of, stored_attributes
from ktwviz.machine.machine import Machine
from ktwviz.machine.memory import Handle
from ktwviz.machine.program import Program
from tests.bench.scenario import TEXT, bench_machine
from tests.machine.helpers import build

LESSONS = sorted((Path(__file__).parents[2] / "lessons").glob("0[1-4]-*.md"))


def paths(machine: Machine) -> list[str]:
    return [word.path for word in machine.words]


def everything(self: Stores, handle: Handle) -> set[str]:
    """Return all fields: nothing is a constant then. A store buffer in the state would mean TSO."""
    return {word.field for word in memory.words_of(handle)} - {"buffer"}


@pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.stem)
def test_words_that_are_left_out_would_not_tell_states_apart(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = load_lesson(file)
    lean = explore(build_scenario(lesson).machine)
    monkeypatch.setattr(Stores, "into", everything)
    full = explore(build_scenario(lesson).machine)
    assert len(full.machine.initial) > len(lean.machine.initial)
    assert (len(full.states), full.transitions) == (len(lean.states), lean.transitions)


def test_a_task_that_nobody_can_wake_has_no_words() -> None:
    found = paths(bench_machine())
    assert not [path for path in found if path.startswith(("client.", "second."))]
    assert "kworker.on_rq" in found


def test_a_task_that_stores_its_own_fields_keeps_them() -> None:
    machine = build("@task(cpu=0)\ndef a():\n    current.exit_code = 3\n")
    assert paths(machine) == ["a.exit_code"]


def test_a_task_that_gives_its_address_away_may_be_woken() -> None:
    source = """
        class Box(Struct):
            who: object

        box = Box()

        @task(cpu=0)
        def a():
            box.who = current

        @task(cpu=1)
        def b():
            wake_up_process(box.who)
        """
    found = paths(build(source))
    assert "a.on_rq" in found and "b.on_rq" not in found


def test_a_task_that_is_called_by_name_may_be_woken() -> None:
    source = "@task(cpu=0)\ndef a():\n    schedule()\n\n@task(cpu=1)\ndef b():\n    wake_up_process(a)\n"
    assert "a.on_rq" in paths(build(source))


def test_a_cpu_has_only_the_words_that_its_own_code_writes() -> None:
    source = """
        class Box(Struct):
            lock: Embedded[Spinlock]
            full: int

        box = Box()

        @task(cpu=0)
        def a():
            spin_lock(box.lock)
            spin_unlock(box.lock)

        @task(cpu=1)
        def b():
            box.full = 1
        """
    found = [path for path in paths(build(source)) if path.startswith("cpu")]
    assert found == [f"cpu0.{name}" for name in ("irqs_off", "preempt_count", "pinned")]


def test_code_behind_a_switch_that_nobody_turns_writes_nothing() -> None:
    source = """
        class Box(Struct):
            turned: int
            note: int

        box = Box()

        @task(cpu=0)
        def a():
            if not box.turned:
                return
            box.note = 1
        """
    assert paths(build(source)) == []
    turned = source + "\n        @task(cpu=1)\n        def b():\n            box.turned = 1\n"
    assert paths(build(turned)) == ["box.turned", "box.note"]


def test_a_function_that_is_called_behind_such_a_switch_alone_writes_nothing() -> None:
    source = """
        class Box(Struct):
            turned: int
            note: int

        box = Box()

        def write():
            box.note = 1

        @task(cpu=0)
        def a():
            if box.turned:
                write()
        """
    assert paths(build(source)) == []
    turned = source + "\n        @task(cpu=1)\n        def b():\n            box.turned = 1\n"
    assert paths(build(turned)) == ["box.turned", "box.note"]
    stored = source.replace("note: int", "note: int\n            func: object").replace(
        "if box.turned:\n", "box.func = write\n            box.func()\n            if box.turned:\n"
    )
    assert paths(build(stored)) == ["box.note", "box.func"]


def test_a_switch_of_the_configuration_counts_like_one_that_nobody_turns() -> None:
    # try_to_freeze() and set_freezable() look at CONFIG_FREEZER, which is on only where somebody freezes
    found = paths(bench_machine())
    assert not [path for path in found if path.endswith((".freezable", ".frozen"))]
    frozen = TEXT.replace("    queue_kthread_work(worker, work)\n", "    freeze_kernel_threads()\n", 1)
    found = paths(build_scenario(parse_lesson(frozen, "bench.md")).machine)
    assert "kworker.frozen" in found and "system_freezer.freezing" in found


def test_each_word_is_laid_out_once() -> None:
    machine = bench_machine()
    indices = [
        word.index for word in chain.from_iterable(memory.words_of(handle) for handle in machine.objects)
    ]
    kept = [index for index in indices if index >= 0]
    assert sorted(kept) == list(range(len(machine.words)))


def test_stored_attributes_are_those_that_the_standard_disassembler_finds() -> None:
    many = "\n".join(f"    x.name{number} = {number}" for number in range(300))
    scratch: dict[str, FunctionType] = {}
    exec(f"def wide(x):\n{many}\n    x.sum += x.name1\n", scratch)
    primitives = [value for value in kernel_namespace().values() if isinstance(value, Primitive)]
    functions = [scratch["wide"], *(cast(FunctionType, each.body) for each in primitives)]
    for function in functions:
        for code in codes_of(function):
            told = [step.argval for step in dis.get_instructions(code) if step.opname == "STORE_ATTR"]
            assert list(stored_attributes(code)) == told


@pytest.mark.parametrize("version", VERSIONS)
def test_every_function_of_the_kernel_compiles(version: str) -> None:
    program = Program(kernel_namespace(version))
    for name, value in program.namespace.items():
        if isinstance(value, Stepped):
            assert program.compiled(value).form.code.co_name == name
