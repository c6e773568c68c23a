"""The same schedule in two versions: where the runs part, and that they part nowhere before."""

from collections.abc import Sequence

import pytest

from ktwviz.errors import ScheduleError, UnknownName
from ktwviz.export.comparison import as_json, as_text, differing
from ktwviz.lesson.compare import Comparison, compare, scenario_named, version_names
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.moved import moved_lines
from ktwviz.lesson.parse import find_lesson, parse_lesson
from ktwviz.lesson.play import Play
from ktwviz.session import Session
from tests.export.test_changelog import LESSON

WINDOW = find_lesson("timer-window")
PENDING, POSTED = scenario_named(WINDOW, "pending-only"), scenario_named(WINDOW, "v4")
QUEUERS = """
worker = KthreadWorker()
work = KthreadWork(func=run)

def run(work):
    pass

@task(cpu=0)
def first():
    queue_kthread_work(worker, work)

@task(cpu=1)
def second():
    flush_kthread_work(work)
"""


def broken_schedule() -> tuple[str, ...]:
    session = Play(WINDOW).session
    session.play(Play(WINDOW).script.keys)
    while session.can("2"):
        session.choose("2")
    while not session.bad_end:
        session.choose("4")
    return session.schedule()


def with_rule(diff: str) -> Lesson:
    rule = f"```diff rule other\n{diff}\n```\n\n## Start"
    return parse_lesson(
        LESSON.replace("SCENARIO", QUEUERS)
        .replace("finished('left')", "finished('first')")
        .replace('"left"', '"first"')
        .replace("## Start", rule),
        "lessons/90-x.md",
    )


def all_of(found: Comparison, side: str) -> list[str]:
    return [getattr(row, side).access for row in found.rows if getattr(row, side)]


def under(lesson: Lesson, schedule: Sequence[str]) -> Comparison:
    """Compare the posted code with a rule: each context runs as far as it can, in this order."""
    session = Session(scenario_named(lesson, "v4").machine)
    for key in schedule:
        while session.can(key):
            session.take(key)
    return compare(scenario_named(lesson, "v4"), scenario_named(lesson, "other"), session.schedule())


def test_a_schedule_does_not_part_from_itself() -> None:
    found = compare(PENDING, PENDING, broken_schedule())
    assert (found.parted, found.functions, found.other_keys) == (None, (), broken_schedule())
    assert all(row.same for row in found.rows)


def test_the_runs_part_where_the_two_answers_lead_to_different_code() -> None:
    found = compare(PENDING, POSTED, broken_schedule())
    assert found.functions == ("kthread_work_pending",)
    assert found.parted is not None
    row = found.rows[found.parted]
    assert row.one is not None and row.other is not None
    assert (row.one.context, row.one.function) == ("second", "insert_kthread_work_sanity_check")
    assert row.other.access == "spin_unlock_irqrestore(worker.lock, false)"
    assert "linked twice" in found.one_end and not found.other_end


def test_more_reads_and_a_lock_of_its_own_do_not_make_a_version_part() -> None:
    before = compare(PENDING, POSTED, broken_schedule())
    assert before.step is not None
    found = compare(PENDING, POSTED, broken_schedule()[: before.step - 1])
    assert found.parted is None
    assert len(found.other_keys) > before.step
    assert "spin_lock(base0.lock)" in all_of(found, "other")


def test_both_schedules_can_be_played_and_give_the_rows() -> None:
    found = compare(PENDING, POSTED, broken_schedule())
    for scenario, keys, side in (
        (PENDING, broken_schedule(), "one"),
        (POSTED, found.other_keys, "other"),
    ):
        session = Session(scenario.machine)
        session.play(keys)
        assert [step.access for step in session.steps] == all_of(found, side)


def test_the_way_back_parts_at_the_same_place() -> None:
    there = compare(PENDING, POSTED, broken_schedule())
    back = compare(POSTED, PENDING, there.other_keys)
    assert back.parted is not None and there.parted is not None
    assert back.rows[back.parted].one == there.rows[there.parted].other
    assert back.rows[back.parted].other == there.rows[there.parted].one


def test_who_must_wait_in_the_other_version_alone_parts_there() -> None:
    lesson = with_rule(
        " def queue_kthread_work():\n-    spin_unlock_irqrestore(worker.lock, flags)\n"
        "+    preempt_enable()\n+    local_irq_restore(flags)"
    )
    found = under(lesson, ["1", "2"])
    row = found.rows[found.parted or 0]
    assert row.one is not None and row.one.access == "spin_lock(worker.lock)"
    assert row.other is not None and [event.kind for event in row.other.events] == ["spin"]
    assert "worker.lock is held by first" in found.rows[-1].why
    assert "second begins to spin: worker.lock is held by first" in as_text(found)


def test_a_complaint_in_one_version_alone_is_where_they_part() -> None:
    lesson = with_rule(
        " def queue_kthread_work():\n-    spin_unlock_irqrestore(worker.lock, flags)\n+    pass"
    )
    found = under(lesson, ["1", "2"])
    row = found.rows[found.parted or 0]
    assert row.one is not None and row.other is not None and row.one.access == row.other.access
    assert not row.one.events and row.other.events[0].text.startswith("first ended with preemption off")


def test_a_store_that_one_version_leaves_out_makes_them_part_where_it_is_read() -> None:
    lesson = with_rule(" def insert_kthread_work():\n-    work.worker = worker\n+    pass")
    found = under(lesson, ["1", "2"])
    row = found.rows[found.parted or 0]
    assert row.one is not None and row.other is not None
    assert (row.one.access, row.other.access) == ("load work.worker -> worker", "load work.worker -> NULL")


def test_a_line_that_has_moved_is_told_with_the_line_that_it_has_passed() -> None:
    lesson = find_lesson("one-line-too-late")
    play = Play(lesson)
    there = compare(play.scenario, scenario_named(lesson, "v4"), play.script.keys)
    sentence = (
        'In kthread_worker_fn() "worker.current_work = work" has moved: '
        'below "spin_unlock_irq(worker.lock)" in after-unlock, above it in v4.'
    )
    assert f"The code differs in kthread_worker_fn().\n{sentence}\n" in as_text(there)
    assert differing(there) == f"The code differs in kthread_worker_fn(). {sentence}"
    assert as_json(there)["moved"] == [
        {
            "function": "kthread_worker_fn",
            "line": "worker.current_work = work",
            "past": "spin_unlock_irq(worker.lock)",
            "one": "below",
            "other": "above",
        }
    ]
    back = compare(there.other, there.one, there.other_keys)
    assert 'below "worker.current_work = work" in v4, above it in after-unlock.' in as_text(back)


def test_of_many_lines_that_moved_those_where_the_runs_part_come_first() -> None:
    lesson = find_lesson("one-line-too-late")
    play = Play(lesson)
    found = compare(play.scenario, scenario_named(lesson, "merged"), play.script.keys)
    assert len(found.moved) == 3
    told = as_text(found).splitlines()
    assert told[3].startswith("In kthread_worker_fn() ") and told[5] == "1 more line has moved."


@pytest.mark.parametrize(
    ("there", "moved"),
    [
        (["a", "b", "c"], []),
        (["b", "c", "a"], [("a", "b", False)]),
        (["a", "x", "c"], []),
        (["b", "c", "# why", "", "a"], [("a", "b", False)]),
    ],
)
def test_a_line_has_moved_where_it_has_passed_another_that_stayed(
    there: list[str], moved: list[tuple[str, str, bool]]
) -> None:
    found = moved_lines("f", ["a", "b", "c"], there)
    assert [(line.text, line.past, line.below) for line in found] == moved


def test_of_lines_that_read_alike_none_is_said_to_have_moved() -> None:
    assert not list(moved_lines("f", ["unlock", "x", "unlock", "a", "b"], ["a", "b", "unlock", "unlock"]))


def test_a_schedule_of_another_scenario_is_refused_with_the_step() -> None:
    with pytest.raises(ScheduleError, match="step 3 wants 9, but there is no choice"):
        compare(PENDING, POSTED, ["3"] * 2 + ["9"])


def test_versions_are_named_by_their_rules_and_the_kernel_the_lesson_s_own_first() -> None:
    assert version_names(WINDOW) == ("pending-only", "v4", "merged")
    assert [scenario.variant for scenario in (PENDING, POSTED)] == ["pending-only", "v4"]
    with pytest.raises(UnknownName, match="possible: pending-only, v4"):
        scenario_named(WINDOW, "pending-onli")


def test_under_another_rule_the_script_goes_as_far_as_it_fits() -> None:
    play = Play(WINDOW, scenario=POSTED)
    assert not play.own
    assert 0 < len(play.script.ends) <= len(WINDOW.beats)
    play.session.play(play.script.keys)
    assert play.beat is None or play.on_script
