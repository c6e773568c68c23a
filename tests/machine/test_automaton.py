"""Two local states are one only where their futures are the same."""

import ast
from typing import Any

import pytest

from ktwviz.machine import automaton, liveness, program
from ktwviz.machine.language import primitive
from ktwviz.machine.machine import Machine
from ktwviz.machine.run import report
from tests.machine.helpers import Walk, build, explore, value

BOXES = """
class Box(Struct):
    x: int
    y: int
    out: int
a = Box()
b = Box()
c = Box()
"""


def values_at_the_end(machine: Machine, path: str) -> list[Any]:
    return sorted({value(machine, state, path) for state in explore(machine).ends})


# The value stack ------------------------------------------------------------------------------------------------

SUM = f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1
    a.x = 2

@task(cpu=1)
def reader():
    c.out = a.x + b.y
"""


def test_a_value_that_waits_for_the_other_operand_is_part_of_the_local_state() -> None:
    assert values_at_the_end(build(SUM), "c.out") == [0, 1, 2]


def test_a_key_without_values_in_the_middle_of_an_expression_loses_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = program.Program.frame

    def named_locals_only(self: program.Program, generator: Any) -> automaton.Frame | None:
        frame = whole(self, generator)
        if frame is None:
            return None
        named = tuple((name, found) for name, found in frame.locals if not name.startswith("__ktw"))
        return automaton.Frame(frame.function, frame.pc, frame.line, named)

    monkeypatch.setattr(program.Program, "frame", named_locals_only)
    assert values_at_the_end(build(SUM), "c.out") != [0, 1, 2]


def test_an_argument_that_waits_for_the_next_one_is_part_of_the_local_state() -> None:
    machine = build(f"""{BOXES}
def minus(first, second):
    return first - second

@task(cpu=0)
def writer():
    a.x = 1
    b.y = 1

@task(cpu=1)
def reader():
    c.out = minus(a.x, b.y)
""")
    assert values_at_the_end(machine, "c.out") == [-1, 0, 1]


def test_a_condition_that_is_half_evaluated_is_part_of_the_local_state() -> None:
    machine = build(f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1
    b.y = 1

@task(cpu=1)
def reader():
    c.out = (a.x == 0) == (b.y == 0)
""")
    assert values_at_the_end(machine, "c.out") == [0, 1]


# What cannot be compared ----------------------------------------------------------------------------------------


class Loose:
    """An object that claims to equal everything."""

    def __init__(self, held: int) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Plain:
    def __init__(self, held: int) -> None:
        self.held = held


class InList(list[int]):
    @property
    def held(self) -> int:
        return self[0]


PACKED = f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1
    a.x = 2

@task(cpu=1)
def reader():
    packed = pack(a)
    b.y = 7
    c.out = unpack(packed)
"""


def packing(make: Any) -> dict[str, Any]:
    """Return two host primitives: one gives an object that Python cannot compare, one looks into it."""

    @primitive
    def pack(box: Any) -> Any:
        return make(box.x)

    @primitive
    def unpack(packed: Any) -> int:
        return int(packed.held)

    return {"pack": pack, "unpack": unpack}


def in_list(held: int) -> InList:
    return InList([held])


@pytest.mark.parametrize("make", [Loose, Plain, in_list])
def test_two_histories_with_values_that_cannot_be_compared_do_not_merge(make: Any) -> None:
    assert values_at_the_end(build(PACKED, **packing(make)), "c.out") == [0, 1, 2]


@pytest.mark.parametrize("make", [Loose, in_list])
def test_a_key_that_takes_them_for_equal_loses_results(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "_comparable", lambda _: True)
    monkeypatch.setattr(automaton, "_tagged", lambda it: (it.__class__, None if isinstance(it, list) else it))
    assert values_at_the_end(build(PACKED, **packing(make)), "c.out") != [0, 1, 2]


def test_states_merge_again_once_nothing_incomparable_is_left() -> None:
    machine = build(PACKED + "    b.y = 8\n", **packing(Plain))
    explore(machine)
    places = [local.frames[-1].line for local in machine.automata[2].states if local.frames]
    last = max(places)
    assert (places.count(last - 2) > 1, places.count(last)) == (True, 1)


def test_a_truth_value_and_a_number_are_two_local_states() -> None:
    @primitive
    def note(flag: Any) -> None:
        report("done", f"{flag!r}")

    machine = build(
        f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1

@task(cpu=1)
def reader():
    flag = True
    if a.x:
        flag = 1
    note(flag)
""",
        note=note,
    )
    assert {"1", "True"} <= set(explore(machine).texts("done"))


# Dead locals ----------------------------------------------------------------------------------------------------

DEAD = f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1
    a.x = 2
    a.x = 3

@task(cpu=1)
def reader():
    seen = a.x
    if seen > 5:
        b.y = seen
    c.y = 1
    c.y = 2
"""


def test_a_dead_local_does_not_multiply_states() -> None:
    machine = build(DEAD)
    found = explore(machine)
    # idle, done, and one local state for each of: load a.x, c.y = 1, c.y = 2
    assert len(machine.automata[2].states) == 5
    assert len(found.states) == 4 * 4


def test_with_dead_locals_in_the_key_states_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(tree: Any) -> dict[int, tuple[str, ...]]:
        stored = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
        locals_ = sorted({node.id for node in stored if isinstance(node.ctx, ast.Store)})
        return dict.fromkeys(liveness.live_locals(tree), tuple(locals_))

    monkeypatch.setattr(program, "live_locals", everything)
    machine = build(DEAD)
    explore(machine)
    assert len(machine.automata[2].states) > 5


LOOP = f"""{BOXES}
@task(cpu=0)
def writer():
    a.x = 1
    a.x = 2

@task(cpu=1)
def reader():
    last = 0
    while not c.x:
        if last:
            b.y = last
        last = a.x
        c.x = b.y
    c.out = last
"""


def pairs_at_the_end(machine: Machine) -> set[tuple[int, int]]:
    ends = explore(machine).ends
    return {(value(machine, state, "b.y"), value(machine, state, "c.out")) for state in ends}


def test_a_local_that_the_next_round_reads_is_alive() -> None:
    assert pairs_at_the_end(build(LOOP)) == {(1, 1), (1, 2), (2, 2)}


def test_an_analysis_that_goes_round_a_loop_once_loses_results(monkeypatch: pytest.MonkeyPatch) -> None:
    def once(self: Any, node: Any, after: liveness.Names) -> liveness.Names:
        self.loops.append(liveness._Loop(after, frozenset()))
        found: liveness.Names = self.block(node.body, frozenset())
        self.loops.pop()
        return found

    monkeypatch.setattr(liveness._Analysis, "loop", once)
    assert pairs_at_the_end(build(LOOP)) < {(1, 1), (1, 2), (2, 2)}


JUMPS = {
    "continue": """
    last = 0
    while c.x < 2:
        b.y = last
        last = a.x
        c.x += 1
        if c.x == 1:
            c.y = 1
            continue
        last = 9
""",
    "break": """
    last = 9
    while last:
        last = a.x
        c.y = 1
        break
    b.y = last
""",
}


@pytest.mark.parametrize("jump", ["Continue", "Break"])
def test_a_local_that_is_read_beyond_a_jump_is_alive(jump: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = DEAD.split("    seen", maxsplit=1)[0].replace("    a.x = 3\n", "") + JUMPS[jump.lower()].lstrip(
        "\n"
    )
    assert values_at_the_end(build(source), "b.y") == [0, 1, 2]
    whole = liveness._Analysis.statement

    def blind(self: Any, node: Any, after: liveness.Names) -> liveness.Names:
        return frozenset() if type(node).__name__ == jump else whole(self, node, after)

    monkeypatch.setattr(liveness._Analysis, "statement", blind)
    assert values_at_the_end(build(source), "b.y") != [0, 1, 2]


# Coming back ----------------------------------------------------------------------------------------------------


def test_a_walk_that_comes_back_to_the_start_finds_every_other_way() -> None:
    machine = build(SUM)
    for first, out in ((0, 0), (1, 1), (2, 2), (0, 0)):
        walk = Walk(machine)
        if first:
            walk.step("writer", first)
        walk.finish("reader")
        assert walk.value("c.out") == out


def test_every_local_state_is_found_only_once() -> None:
    machine = build(SUM)
    explore(machine)
    before = [len(code.states) for code in machine.automata.values()]
    explore(machine)
    assert [len(code.states) for code in machine.automata.values()] == before
