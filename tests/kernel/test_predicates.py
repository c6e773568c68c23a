"""Questions about a state, asked along one run."""

from tests.machine.helpers import Walk, build, question

FLAG = """
class Box(Struct):
    x: int
    done: Embedded[Completion]
box = Box()
@task(cpu=0)
def one():
    box.x = 1
    wait_for_completion(box.done)
@task(cpu=1)
def two():
    complete(box.done)
"""


def test_a_task_waits_until_what_it_waits_for_is_completed() -> None:
    it = Walk(build(FLAG))
    asked = question(it.machine, "waits('one')")
    others = question(it.machine, "waits('two')")
    assert not asked(it.state)
    it.step("one")
    assert asked(it.state)
    assert not others(it.state)
    it.finish("two")
    assert not asked(it.state)
    it.finish("one")
    assert not asked(it.state)
