"""What a report says of built-in properties: when they are judged, and what a verdict knows."""

from pathlib import Path

from ktwviz.checker.explore import explore
from ktwviz.checker.properties import BUILTINS, DEFAULT
from ktwviz.checker.symmetry.reduced import Reduced
from ktwviz.checker.verdicts import Report, check
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import Machine
from tests.machine.helpers import build

SCENARIOS = Path(__file__).parent / "scenarios"
ALL = [builtin.name for builtin in BUILTINS]


def machine_of(name: str, rule: str = "") -> Machine:
    return build_scenario(load_lesson(SCENARIOS / f"{name}.md"), rule).machine


def names(report: Report) -> list[str]:
    return [verdict.property for verdict in report.verdicts]


def test_a_property_on_request_is_judged_only_where_it_is_asked_for() -> None:
    machine = machine_of("wrong-answers", "says-no")
    assert "work-accounted" not in names(check(machine))
    assert check(machine, builtins=["work-accounted"]).verdict("work-accounted").kind == "broken"


def test_orders_of_locks_are_left_out_where_a_run_deadlocks_and_kept_where_asked_for() -> None:
    machine = machine_of("plain-lock", "plain-lock")
    assert "irq-safe-locks" not in names(check(machine))
    assert check(machine, builtins=["irq-safe-locks"]).verdict("irq-safe-locks").kind == "broken"
    assert "irq-safe-locks" in names(check(machine_of("plain-lock")))


def test_without_a_deadlock_all_default_properties_have_a_verdict() -> None:
    assert names(check(machine_of("plain-lock"))) == [builtin.name for builtin in DEFAULT]


def test_no_property_holds_where_the_search_met_its_bound() -> None:
    for most_states in (1, 10, 100):
        report = check(machine_of("self-requeue"), builtins=ALL, most_states=most_states)
        assert {verdict.kind for verdict in report.verdicts} == {"undetermined"}
        assert all(f"{most_states:,} states" in verdict.how for verdict in report.verdicts)


def test_what_is_broken_in_a_part_of_the_graph_is_broken_there_too() -> None:
    whole = check(machine_of("self-requeue"))
    part = check(machine_of("self-requeue"), most_states=len(whole.graph.states) - 1)
    assert not part.graph.complete
    assert part.verdict("refusal-kept") == whole.verdict("refusal-kept")
    assert part.verdict("no-hang").kind == "undetermined"


def test_an_interrupted_search_is_not_judged_any_further() -> None:
    report = check(machine_of("self-requeue"), interrupted=lambda states: "Ctrl-C")
    assert {verdict.kind for verdict in report.verdicts} == {"undetermined"}


def test_what_is_not_broken_before_a_list_breaks_is_undetermined() -> None:
    found = check(machine_of("check-outside", "early-test")).verdict("no-oops")
    assert found.kind == "undetermined"
    assert found.how == "nothing is followed beyond where lists-sound breaks, and it is not broken before"
    assert check(machine_of("check-outside")).verdict("no-oops").kind == "holds"


def test_the_graph_has_the_states_of_a_plain_search_whatever_is_asked_for() -> None:
    for name in ("self-requeue", "current-work-late", "abba"):
        machine = machine_of(name)
        plain, judged = explore(machine), check(machine, builtins=ALL).graph
        assert (judged.states, judged.transitions) == (plain.states, plain.transitions)


def test_verdicts_are_the_same_each_time() -> None:
    reports = [check(machine_of("two-timers"), builtins=ALL) for _ in range(2)]
    assert reports[0].verdicts == reports[1].verdicts


def test_a_graph_in_which_states_stand_for_others_tells_nothing_of_single_runs() -> None:
    machine = build(
        """
        worker = KthreadWorker()
        KTHREAD_WORKER_INIT(worker)

        @task(cpu=0)
        def client():
            drain_kthread_worker(worker)
        """
    )
    report = check(Reduced(machine))
    assert report.verdict("no-oops").kind == "holds"
    assert report.verdict("no-hang").kind == report.verdict("refusal-kept").kind == "undetermined"


def test_a_worker_that_is_made_at_run_time_has_sound_lists_from_its_first_moment() -> None:
    report = check(machine_of("destroy-armed", "cancels"), builtins=ALL)
    assert report.broken == ()
