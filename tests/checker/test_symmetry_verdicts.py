"""Verdicts of a search with symmetry, against those without, on lessons that declare identical tasks."""

import pytest

from ktwviz.checker.explore import explore
from ktwviz.checker.symmetry.reduced import Reduced
from ktwviz.checker.ticks import Jumping
from ktwviz.checker.verdicts import Report, check
from ktwviz.errors import LessonError
from ktwviz.lesson.claims import claims_of
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from tests.export.test_changelog import LESSON

HEAD = """
worker = KthreadWorker()
work = KthreadWork(func=ran)
dwork = DelayedKthreadWork(func=ran)
lock = Spinlock()
other = Spinlock()
done = Counter()

def ran(work):
    done.count += 1

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""
BODIES = {
    "queue": "queue_kthread_work(worker, work)",
    "delayed": "queue_delayed_kthread_work(worker, dwork, 2)",
    "count": "done.count += 1",
    "bug": "spin_lock(lock)\n    BUG_ON(done.count == 1)\n    done.count += 1\n    spin_unlock(lock)",
    "leak": "if done.count == 1:\n        spin_lock(lock)\n    done.count += 1",
    "wrong owner": "spin_lock(lock)\n    done.count += 1\n    spin_unlock(other)",
}
ASKED = ["writes-locked", "unlock-by-owner", "work-bound", "freed-idle"]


def scenario(body: str, copies: int) -> Scenario:
    code = f"{HEAD}\n@task(cpu=0, copies={copies})\ndef producer():\n    {BODIES[body]}\n"
    text = LESSON.replace("SCENARIO", code.strip())
    claims = [("always", "done.count < 2"), ("at_end", "done.count == 0"), ("sometimes", "done.count == 2")]
    blocks = "".join(f'```toml property\n{when} = "{claim}"\n```\n\n' for when, claim in claims)
    return build_scenario(parse_lesson(text.replace("## Start", f"{blocks}## Start"), "many.md"))


@pytest.mark.parametrize(("body", "copies"), [(body, 2) for body in BODIES] + [("count", 3), ("bug", 3)])
def test_what_is_judged_with_symmetry_is_judged_as_without_and_replays(body: str, copies: int) -> None:
    made = scenario(body, copies)
    claims = claims_of(made)
    reduced = Reduced(made.machine)
    assert [len(group) for group in reduced.symmetry.groups] == [copies]
    plain, merged = check(made.machine, claims, builtins=ASKED), check(reduced, claims, builtins=ASKED)
    for verdict in merged.verdicts:
        if verdict.kind == "undetermined" or verdict.property not in names(plain):
            continue
        same = plain.verdict(verdict.property)
        assert (verdict.property, verdict.kind) == (same.property, same.kind)
        assert len(verdict.keys or ()) == len(same.keys or ())
        state = made.machine.initial
        for key in verdict.keys or ():
            state, _ = made.machine.step(state, key)
    assert {v.property for v in merged.broken} >= {v.property for v in plain.broken} - UNJUDGED


UNJUDGED = {
    "no-lost-wakeup", "refusal-kept", "work-runs", "flush-waits", "no-hang", "no-livelock", "lock-order",
    "irq-safe-locks", "work-accounted",
}  # fmt: skip


def names(report: Report) -> list[str]:
    return [verdict.property for verdict in report.verdicts]


@pytest.mark.parametrize("body", ["queue", "bug", "delayed"])
def test_the_states_that_are_left_stand_for_all(body: str) -> None:
    made = scenario(body, 2)
    reduced = Reduced(made.machine)
    merged = explore(reduced).states
    assert sum(map(reduced.symmetry.stands_for, merged)) == len(explore(made.machine).states)
    assert all(
        reduced.symmetry.stands_for(state) == len(reduced.symmetry.orbit(state)) for state in merged[:200]
    )


def test_a_claim_that_names_a_task_in_a_function_that_it_calls_is_not_judged() -> None:
    calls = "def first_alone():\n    return finished('producer1') and not finished('producer2')\n"
    code = f"{HEAD}\n{calls}@task(cpu=0, copies=3)\ndef producer():\n    done.count += 1\n"
    made = build_scenario(parse_lesson(LESSON.replace("SCENARIO", code.strip()), "many.md"))
    reduced = Reduced(made.machine)
    assert reduced.symmetry.groups
    assert reduced.names_one(made.question("not first_alone()", 1).function)
    assert not reduced.names_one(made.question("done.count < 4", 1).function)


def test_symmetry_and_jumps_go_together() -> None:
    made = scenario("delayed", 2)
    claims = claims_of(made)
    both = check(Reduced(Jumping(made.machine)), claims)
    assert len(both.graph.states) < len(explore(made.machine).states)
    for verdict in both.broken:
        assert check(made.machine, claims).verdict(verdict.property).kind == "broken"
        state = made.machine.initial
        for key in verdict.keys or ():
            state, _ = made.machine.step(state, key)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("copies=0", "copies=0: 1 to 9 are possible"),
        ("copies=10", "copies=10: 1 to 9 are possible"),
        ("copys=2", "@task has no 'copys', did you mean 'copies'"),
        ("copies=True", "copies must be a number"),
    ],
)
def test_a_wrong_number_of_copies_is_refused(mark: str, message: str) -> None:
    code = f"{HEAD}\n@task(cpu=0, {mark})\ndef producer():\n    done.count += 1\n"
    with pytest.raises(LessonError, match=message.replace("?", "[?]")):
        build_scenario(parse_lesson(LESSON.replace("SCENARIO", code.strip()), "many.md"))


def test_copies_have_numbers_after_their_names() -> None:
    made = scenario("count", 3)
    assert [context.name for context in made.machine.contexts][:4] == [
        "kworker",
        "producer1",
        "producer2",
        "producer3",
    ]
