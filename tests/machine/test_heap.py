"""Objects come and go, and every access to a dead one is told."""

import pytest

from ktwviz.errors import SourceError
from ktwviz.machine.observe import ObservationError
from tests.machine.helpers import Walk, build, explore, trace

BOX = """
class Inner(Struct):
    n: int
class Box(Struct):
    x: int
    inner: Embedded[Inner]
class Place(Struct):
    at: object
place = Place()
still = Box()
"""


def main(body: str, before: str = "") -> Walk:
    """Run a task with this body to its end."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return trace(f"{BOX}\n{before}\n@task(cpu=0)\ndef main():\n{lines}\n")


def test_a_fresh_object_is_zeroed_and_named_after_its_variable() -> None:
    walk = main("box = kzalloc(Box)\nbox.x = box.x + 1\nplace.at = box")
    assert (str(walk.value("place.at")), walk.value("box#1.x")) == ("box#1", 1)
    assert walk.events("alloc") == ["kzalloc(Box) gives box#1"]


def test_an_allocation_needs_no_variable() -> None:
    walk = main("place.at = kzalloc(Box)\nplace.at.x = 4")
    assert walk.value("box#1.x") == 4


def test_a_freed_object_is_used_again_only_when_no_fresh_one_is_left() -> None:
    walk = trace(f"""{BOX}
@task(cpu=0)
def main():
    box = kzalloc(Box)
    box.x = 7
    kfree(box)
    box = kzalloc(Box)
    place.at = box
    kfree(box)
    box = kzalloc(Box)
    place.at = box
    still.x = box.x
""")
    assert walk.events("alloc") == [f"kzalloc(Box) gives box#{n}" for n in (1, 2, 1)]
    assert walk.value("still.x") == 0


def test_more_objects_than_the_scenario_has_room_for_are_a_limit_and_no_oops() -> None:
    body = "    box = kzalloc(Box)\n" * 3
    walk = trace(f"{BOX}\n@task(cpu=0)\ndef main():\n{body}")
    (text,) = walk.events("limit")
    assert text.startswith(
        "no room for kzalloc(Box): the scenario has 2 of them, and all are in use at case.py:"
    )
    assert (walk.events("oops", "bug"), walk.status("main")) == ([], "dead")


SHARED = f"""{BOX}
@task(cpu=0)
def owner():
    box = kzalloc(Box)
    place.at = box
    kfree(box)

@task(cpu=1)
def user():
    box = place.at
    if box:
        box.inner.n = 3
        still.x = box.x
"""


def test_an_access_to_a_freed_object_names_the_access_and_the_log_says_who_freed_it() -> None:
    walk = Walk(build(SHARED))
    walk.until("owner", "kfree").step("user")
    walk.step("owner")
    step = walk.step("user")
    assert walk.events("free") == ["owner frees box#1"]
    assert [event.text for event in step.events] == [
        f"access to freed memory: box#1.inner.n at {step.file}:{step.line} user(): box.inner.n = 3"
    ]
    # what the event is about is the word that kfree() has written
    freed = next(change for step in walk.steps for change in step.changes if change.new == "freed")
    assert step.events[0].about == freed.path == "box#1.life"
    assert (walk.status("user"), walk.value("box#1.inner.n")) == ("dead", 0)


def test_exploring_finds_the_use_after_free_at_every_access() -> None:
    found = explore(build(SHARED)).texts("oops")
    assert found == ["access to freed memory: box#1.inner.n", "access to freed memory: box#1.x"]


def test_without_kfree_there_is_no_use_after_free() -> None:
    assert explore(build(SHARED.replace("    kfree(box)\n", ""))).texts("oops") == []


def test_a_stale_pointer_is_caught_while_fresh_objects_are_left() -> None:
    walk = trace(f"""{BOX}
@task(cpu=0)
def main():
    box = kzalloc(Box)
    stale = box
    kfree(box)
    box = kzalloc(Box)
    stale.x = 1
""")
    assert len(walk.events("oops")) == 1  # the second object is another one


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("box = kzalloc(Box)\n    kfree(box)\n    kfree(box)", "double free of box#1"),
        ("box = kzalloc(Box)\n    kfree(box.inner)", "kfree() of an address inside an object: box#1.inner"),
        ("box = on_stack(Box)\n    kfree(box)", "kfree() of memory that kzalloc() did not give: box@main"),
        ("kfree(5)", "kfree() of something that is no object: 5"),
        ("kfree(main)", "kfree() of memory that kzalloc() did not give: main"),
    ],
)
def test_kfree_refuses_what_is_no_live_object(body: str, text: str) -> None:
    walk = trace(f"{BOX}\n@task(cpu=0)\ndef main():\n    {body}\n    place.at = 1\n")
    assert [event.split(" at case.py")[0] for event in walk.events("bug")] == [text]
    assert walk.value("place.at") is None


def test_kfree_of_null_does_nothing() -> None:
    assert main("kfree(None)").events("bug", "oops", "free") == []


def test_an_object_of_the_scenario_can_be_freed_by_its_first_member_too() -> None:
    source = "class Outer(Struct):\n    inner: Embedded[Box]\nouter = Outer()\n"
    walk = trace(
        f"{BOX}\n{source}\n@task(cpu=0)\ndef main():\n    kfree(outer.inner)\n    outer.inner.x = 1\n"
    )
    assert walk.events("free") == ["main frees outer"]
    assert walk.events("oops")[0].startswith("access to freed memory: outer.inner.x")


# Objects on a stack -----------------------------------------------------------------------------------------------

LEND = """
def lend():
    box = on_stack(Box)
    place.at = box
    box.x = 2
"""

STACK = f"""{BOX}
@task(cpu=0)
def lender():
    lend()
    still.x = 1

{LEND}
@task(cpu=1)
def user():
    box = place.at
    if box:
        box.x = 3
"""


def test_a_stack_object_dies_as_a_step_of_its_own_when_its_function_returns() -> None:
    walk = Walk(build(STACK))
    walk.until("lender", "leave_stack").step("user")
    assert walk.fork().step("user").access == "store box@lender.x: 2 -> 3"
    walk.step("lender")
    assert walk.events("free") == ["box@lender goes out of scope: lender leaves the function"]
    walk.step("user")
    assert walk.events("oops")[0].startswith("access to freed memory: box@lender.x")


@pytest.mark.parametrize("leave", ["return", "return 5", "if still.x == 0:\n        return box.x"])
def test_an_early_return_ends_a_stack_object_too(leave: str) -> None:
    walk = main("lend()", f"def lend():\n    box = on_stack(Box)\n    {leave}\n    box.x = 2")
    assert walk.value("box@main.life") == 2
    assert walk.events("oops") == []


def test_a_return_before_the_object_exists_leaves_it_alone() -> None:
    walk = main("if still.x == 0:\n    return\nbox = on_stack(Box)\nbox.x = 1")
    assert (walk.value("box@main.life"), walk.events("oops", "free")) == (0, [])


def test_a_branch_that_makes_no_object_ends_none() -> None:
    walk = main("if still.x:\n    box = on_stack(Box)\nstill.x = 1")
    assert walk.events("oops", "free") == []


def test_two_variables_of_one_type_are_two_objects() -> None:
    walk = main("one = on_stack(Box)\ntwo = on_stack(Box)\none.x = 1\ntwo.x = 2")
    assert walk.events("oops") == []
    assert (walk.value("one@main.x"), walk.value("two@main.x")) == (1, 2)


def test_every_task_has_a_stack_of_its_own() -> None:
    source = "".join(
        f"@task(cpu={n})\ndef t{n}():\n    box = on_stack(Box)\n    box.x = {n}\n" for n in (0, 1)
    )
    walk = Walk(build(BOX + source))
    walk.until("t0", "leave_stack").until("t1", "leave_stack")
    assert (walk.value("box@t0.x"), walk.value("box@t1.x")) == (0, 1)


@pytest.mark.parametrize("kind", ["irq", "softirq"])
def test_an_interrupt_has_a_stack_of_its_own_and_room_again_each_time_it_comes(kind: str) -> None:
    walk = Walk(build(f"{BOX}@{kind}(cpu=0, times=3)\ndef device():\n    lend()\n{LEND}"))
    for _ in range(3):
        walk.step("device")
        walk.until("device", "leave_stack").step("device")
    assert walk.value("box@device.x") == 2
    assert walk.events("oops", "limit") == []


def test_a_function_whose_address_running_code_stores_has_room_on_the_stack_of_who_calls_it() -> None:
    walk = Walk(
        build(
            f"{BOX}@task(cpu=0)\ndef giver():\n    still.x = 1\n    place.at = lend\n"
            f"@task(cpu=1)\ndef caller():\n    fn = place.at\n    fn()\n{LEND}"
        )
    )
    walk.finish("giver").finish("caller")
    assert walk.events("oops", "limit") == []


def test_a_function_behind_a_pointer_has_room_on_the_stack_of_who_calls_it() -> None:
    # `fn` is a local of the caller here, and a function of the scenario elsewhere
    walk = trace(f"""{BOX}
def give(where, what):
    where.at = what
give(place, lend)
def lend():
    box = on_stack(Box)
    box.x = 1
def fn():
    still.x = 1
@task(cpu=0)
def main():
    fn = place.at
    fn()
""")
    assert walk.events("oops") == []


def test_a_stack_object_needs_a_name() -> None:
    with pytest.raises(SourceError, match=r"case\.py:\d+: stepped code has no on_stack\(\) without a name"):
        build(f"{BOX}\n@task(cpu=0)\ndef main():\n    place.at = on_stack(Box)\n")


def test_nothing_is_allocated_before_the_first_step() -> None:
    with pytest.raises(ObservationError, match="before the first step fields can be set"):
        main("still.x = 1", "def prepare():\n    place.at = kzalloc(Box)\nprepare()")
