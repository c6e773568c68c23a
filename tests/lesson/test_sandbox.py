"""The sandbox: what can be added to a scenario, what is found in it, and that it becomes a lesson file that passes."""

from pathlib import Path

import pytest

from ktwviz.checker.verdicts import check
from ktwviz.errors import LessonError, SourceError, UnknownName
from ktwviz.lesson import saving
from ktwviz.lesson.additions import ADDITIONS, ends_in_a_loop, line_after, target_of
from ktwviz.lesson.parse import find_lesson, load_lesson, parse_lesson
from ktwviz.lesson.play import Script
from ktwviz.lesson.sandbox import (
    START,
    begun_anew,
    begun_with,
    built,
    by_weight,
    cpus_of,
    forked,
    is_unsaved,
    look,
    memory_of,
    sandbox_lesson,
    settled,
    task_at,
    tasks_of,
    versions_of,
    with_cpus,
    with_memory,
)
from ktwviz.lesson.saving import id_of, lesson_file
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson
from ktwviz.progress.model import Draft

BY_NAME = {addition.name: addition for addition in ADDITIONS}
WINDOW = find_lesson("timer-window")
REQUEUES = START.replace("    pass", "    queue_delayed_kthread_work(worker, dwork, 1)")
"""A work that queues itself again: some callers are refused and told so wrongly."""
SELF_DEADLOCK = "lock = Spinlock()\n@task(cpu=0)\ndef a():\n    spin_lock(lock)\n    spin_lock(lock)\n"


# Additions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_NAME)
def test_whatever_is_added_to_the_start_can_be_played(name: str) -> None:
    start = BY_NAME["worker"].edit(START, "") if name == "move" else START
    text = BY_NAME[name].edit(start, "client")
    assert text != start
    assert built(Draft(text)).machine.choices is not None


@pytest.mark.parametrize("file", lesson_files(), ids=lambda file: file.stem[:2])
def test_a_task_and_a_work_can_be_added_to_whatever_lesson_is_forked(file: Path) -> None:
    draft = forked(build_scenario(load_lesson(file)))
    text = draft.text if " = KthreadWorker()" in draft.text else BY_NAME["worker"].edit(draft.text, "")
    text = BY_NAME["task"].edit(BY_NAME["work"].edit(text, ""), "")
    for call in ("queue", "flush"):
        added = BY_NAME[call].edit(text, tasks_of(text)[-1])
        assert built(Draft(added, draft.version, draft.rule, draft.diff, draft.kernel)).machine.contexts


def test_a_call_goes_to_the_end_of_the_task_in_which_the_cursor_is() -> None:
    text = BY_NAME["flush"].edit(BY_NAME["task"].edit(START, ""), "client2")
    assert text.endswith("@task(cpu=0)\ndef client2():\n    flush_kthread_work(dwork.work)\n")
    assert tasks_of(text) == ["client", "kworker", "client2"]
    assert task_at(text, text.splitlines().index("def client2():") + 1) == "client2"
    assert task_at(text, 1) == ""


def test_a_call_can_go_to_an_interrupt_too() -> None:
    text = BY_NAME["interrupt"].edit(START, "")
    assert task_at(text, len(text.splitlines())) == "device"
    assert BY_NAME["queue"].edit(text, "device").endswith("queue_kthread_work(worker, dwork.work)\n")


def test_a_call_outside_of_tasks_goes_to_the_first_that_is_no_worker() -> None:
    assert "1)\n    queue_kthread_work(worker, dwork.work)\n" in BY_NAME["queue"].edit(START, "")
    assert target_of(START, "") == "client"


def test_a_second_worker_comes_with_a_thread_of_its_own() -> None:
    text = BY_NAME["worker"].edit(START, "")
    assert "worker2 = KthreadWorker()" in text
    assert text.endswith("@task(cpu=1)\ndef kworker2():\n    kthread_worker_fn(worker2)\n")


def test_a_call_in_a_worker_s_thread_stands_before_the_loop_that_never_ends() -> None:
    text = BY_NAME["delay"].edit(BY_NAME["worker"].edit(START, ""), "kworker2")
    assert text.endswith(
        "def kworker2():\n    queue_delayed_kthread_work(worker2, dwork, 1)\n    kthread_worker_fn(worker2)\n"
    )
    assert ends_in_a_loop(text, "kworker2") and not ends_in_a_loop(text, "client")


def test_a_work_moves_to_a_second_worker_by_being_initialised_again() -> None:
    with pytest.raises(SourceError, match="has no second worker: add one first"):
        BY_NAME["move"].edit(START, "client")
    text = BY_NAME["move"].edit(BY_NAME["worker"].edit(START, ""), "client")
    assert (
        "    init_delayed_kthread_work(dwork, run)\n    queue_delayed_kthread_work(worker2, dwork, 1)\n"
        in text
    )


def test_what_an_addition_needs_and_does_not_find_is_said() -> None:
    with pytest.raises(SourceError, match="has no delayed work: add one first"):
        BY_NAME["cancel"].edit("@task(cpu=0)\ndef client():\n    pass\n", "client")
    with pytest.raises(SourceError, match="has no task: add one first"):
        BY_NAME["drain"].edit("worker = KthreadWorker()\n", "")


def test_a_task_in_one_line_is_not_added_to() -> None:
    with pytest.raises(SourceError, match="give its body a line of its own"):
        BY_NAME["drain"].edit("worker = KthreadWorker()\n@task(cpu=0)\ndef a(): pass\n", "a")


def test_objects_of_merged_names_are_found_too() -> None:
    objects = "w = KthreadWorker()\nd = KthreadDelayedWork(func=f)\n"
    text = f"{objects}def f(work):\n    pass\n@task(cpu=0)\ndef a():\n    pass\n"
    assert "queue_delayed_kthread_work(w, d, 1)" in BY_NAME["delay"].edit(text, "a")
    assert "init_delayed_kthread_work(d, f)" in BY_NAME["init"].edit(text, "a")


def test_the_cursor_follows_what_was_added_to_a_function_and_stays_where_it_was_after_an_object() -> None:
    queued = BY_NAME["queue"].edit(START, "client")
    assert queued.splitlines()[line_after(START, queued, 1) - 1].strip().startswith("queue_kthread_work")
    work = BY_NAME["work"].edit(START, "client")
    assert work.splitlines()[line_after(START, work, 8) - 1] == "def client():"


# Settings ---------------------------------------------------------------------------------------------------------


def test_the_number_of_cpus_and_the_order_of_memory_are_set_in_one_place() -> None:
    assert with_cpus(with_cpus(START, 3), 1).startswith("cpus = 1\nworker")
    text = with_memory(START, "tso")
    assert (memory_of(START), memory_of(text), memory_of(with_memory(text, "sc"))) == ("sc", "tso", "sc")
    assert (cpus_of(START), cpus_of(with_cpus(START, 4))) == (2, 4)
    assert built(Draft(text)).machine.buffers and not built(Draft(START)).machine.buffers


def test_a_fork_is_played_under_the_rule_of_its_lesson_and_on_any_kernel() -> None:
    draft = forked(build_scenario(WINDOW))
    assert versions_of(draft)[:2] == ("pending-only", "v4")
    assert built(draft).digest == build_scenario(WINDOW).digest
    assert built(Draft(draft.text, "merged", draft.rule, draft.diff)).version.name == "merged"


def test_a_fork_takes_over_the_version_and_the_memory_that_are_played() -> None:
    draft = forked(build_scenario(WINDOW, "merged", "tso"))
    assert (draft.version, draft.rule, memory_of(draft.text)) == ("merged", "", "tso")


def test_a_draft_of_a_version_that_nobody_knows_is_played_as_posted() -> None:
    assert settled(Draft(START, "merged-2040")).version == "v4"


# Looking ----------------------------------------------------------------------------------------------------------


def test_every_property_of_the_checker_has_its_verdict() -> None:
    found = look(begun_anew().given)
    assert found.complete and not found.broken
    assert {verdict.kind for verdict in found.verdicts} == {"holds"}
    assert len(found.verdicts) == 26


def test_what_is_broken_comes_first_with_its_schedule() -> None:
    found = look(Draft(REQUEUES))
    assert [verdict.property for verdict in found.broken] == ["refusal-kept"]
    assert by_weight(found.verdicts)[0].property == "refusal-kept"
    assert found.broken[0].keys


def test_a_search_that_met_its_bound_holds_nothing() -> None:
    found = look(begun_anew().given, most_states=100)
    assert not found.complete and "100 states" in found.bound
    assert {verdict.kind for verdict in found.verdicts} == {"undetermined"}


def test_an_error_is_told_with_its_line() -> None:
    found = look(Draft(START.replace("func=run", "func=rum")))
    assert found.scenario is None
    assert [(trouble.file, trouble.line) for trouble in found.troubles] == [("your scenario", 2)]
    control = look(Draft(START + "# \x07\n"))
    assert control.troubles[0].line == 14


# A lesson file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draft",
    [
        begun_anew().given,
        Draft(REQUEUES),
        Draft("\n\n# a note\n" + START + "\n\n", "merged"),
        forked(build_scenario(WINDOW)),
        Draft(SELF_DEADLOCK),
    ],
    ids=["start", "broken", "merged", "with a rule", "deadlock"],
)
def test_a_draft_becomes_a_lesson_that_passes_its_check_and_runs_the_same_code(draft: Draft) -> None:
    file = lesson_file(draft, "lessons/40-My race.md")
    lesson = parse_lesson(file.text, "lessons/40-My race.md")
    assert check_lesson(lesson).troubles == []
    claimed = {claim.claim for claim in lesson.properties}
    assert {verdict.property for verdict in look(draft).broken} <= claimed
    saved, mine = build_scenario(lesson), built(draft, file.id)
    assert (saved.digest, str(saved.token("1"))) == (mine.digest, str(mine.token("1")))


def test_what_breaks_is_saved_with_the_schedule_that_breaks_it_as_its_script() -> None:
    for draft in (Draft(REQUEUES), forked(build_scenario(WINDOW)), Draft(SELF_DEADLOCK)):
        file = lesson_file(draft, "a.md")
        lesson = parse_lesson(file.text, "a.md")
        worst = look(draft).broken[0]
        scenario = build_scenario(lesson)
        keys = Script(scenario).keys
        breaks = check(scenario.machine, builtins=[worst.property]).verdict(worst.property)
        assert len(keys) == len(breaks.keys or ()), "no step is lost and none is added"
        assert f"With that `{worst.property}` is broken." in lesson.beats[-1].narration
        assert lesson.closing.startswith(f"`{worst.property}` is broken: ")
        assert "Your turn" not in file.text and "Close with" not in file.text


def test_the_goal_of_what_is_saved_is_out_of_reach_without_the_rule_and_cannot_but_break() -> None:
    lesson = parse_lesson(lesson_file(forked(build_scenario(WINDOW)), "a.md").text, "a.md")
    assert lesson.goal is not None
    assert lesson.goal.reach == (
        'runs("timer@0", "insert_kthread_work_sanity_check") and list_length(worker.work_list) == 1'
    )
    assert "from there `no-warning` breaks, whatever comes" in lesson.goal.text


def test_what_breaks_nothing_is_saved_with_one_step_and_says_how_much_was_seen() -> None:
    lesson = parse_lesson(lesson_file(Draft(START), "a.md").text, "a.md")
    assert (len(lesson.beats), lesson.goal, lesson.properties) == (1, None, ())
    assert "Nothing breaks, whatever the order: every interleaving was seen" in lesson.closing


def test_what_is_too_large_to_be_seen_says_so_and_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_STATES", 100)
    file = lesson_file(Draft(START), "a.md")
    assert file.undetermined == "100 states"
    assert "More were not seen: the search ended at 100 states" in parse_lesson(file.text, "a.md").closing


def test_a_scenario_in_which_nothing_can_run_is_not_saved() -> None:
    with pytest.raises(LessonError, match="the scenario has no task"):
        lesson_file(Draft("worker = KthreadWorker()\n"), "a.md")


def test_a_search_that_was_ended_saves_nothing() -> None:
    with pytest.raises(LessonError, match="not saved: enough"):
        lesson_file(begun_anew().given, "a.md", interrupted=lambda states: "enough")


def test_the_id_of_a_lesson_file_is_made_from_its_name() -> None:
    assert [id_of(name) for name in ("40-My race.md", "my_race.md", "x/.md", "sandbox.md")] == [
        "my-race",
        "my-race",
        "md",
        "my-scenario",
    ]
    assert is_unsaved(sandbox_lesson(Draft(START))) and not is_unsaved(
        sandbox_lesson(Draft(START), "my-race")
    )


# Where it begins --------------------------------------------------------------------------------------------------


def test_a_sandbox_begins_with_a_lesson_or_with_a_file_of_ones_own(tmp_path: Path) -> None:
    assert begun_with("4").name == "timer-window"
    file = tmp_path / "mine.py"
    file.write_bytes(START.replace("\n", "\r\n").encode())
    assert (begun_with(str(file)).name, begun_with(str(file)).given.text) == (str(file.resolve()), START)
    own = tmp_path / "a.md"
    own.write_text(lesson_file(Draft(START), "a.md").text)
    assert (begun_with(str(own)).name, begun_with(str(own)).given.text) == (str(own.resolve()), START)
    with pytest.raises(UnknownName, match="there is no file"):
        begun_with(str(tmp_path / "none.py"))
