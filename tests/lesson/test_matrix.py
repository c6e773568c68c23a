"""The matrix: what its cells say is what the checker says, and what is not known is not called a pass."""

import json
from dataclasses import replace

import pytest

from ktwviz.lesson import matrix
from ktwviz.lesson.matrix import Cell, Row, cell, content, from_json, rows_of, tasks, to_json
from ktwviz.lesson.model import Code, Property
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import play_token
from ktwviz.lesson.scenario import scenario_of
from ktwviz.schedule import Token
from ktwviz.session import Session

WINDOW = find_lesson("timer-window")


def test_a_race_has_a_row_for_each_rule_and_a_lesson_that_breaks_nothing_has_none() -> None:
    rows = rows_of([find_lesson("meet-the-worker"), WINDOW])
    assert [(row.lesson.id, row.rule) for row in rows] == [("timer-window", "pending-only")]
    assert rows[0].columns == ("v4", "rule", "merged-2016", "merged-2020", "merged-2021", "merged")
    assert [variant for _, variant in tasks(rows)][:3] == ["v4", "pending-only", "merged-2016"]


def test_without_a_rule_a_row_has_no_cell_for_it() -> None:
    assert "rule" not in Row(WINDOW, "").columns


def test_a_broken_cell_has_a_token_that_plays_to_the_broken_end() -> None:
    found = cell(WINDOW, "pending-only")
    assert (found.kind, found.property) == ("broken", "lists-sound")
    token = Token.parse(found.token)
    session = Session(scenario_of(token, WINDOW).machine)
    play_token(scenario_of(token, WINDOW), session, token)
    assert session.bad_end
    assert len(token.keys) == found.steps


def test_the_code_as_posted_and_as_merged_closes_the_window() -> None:
    assert [cell(WINDOW, variant).kind for variant in ("v4", "merged-2016", "merged")] == ["holds"] * 3


def test_a_cell_tells_what_was_proved_and_a_broken_one_what_holds_all_the_same() -> None:
    proved, broken = cell(WINDOW, "v4"), cell(WINDOW, "pending-only")
    assert {"lists-sound", "no-deadlock", "no-warning"} <= set(proved.held)
    assert "lists-sound" not in broken.held


def test_a_search_that_is_stopped_is_undetermined() -> None:
    found = cell(WINDOW, "v4", interrupted=lambda states: "a bound" if states > 100 else "")
    assert found.kind == "undetermined"
    assert "a bound" in found.how


def test_what_the_version_does_not_have_is_absent() -> None:
    text = WINDOW.scenario.text.replace(
        "queue_kthread_work(worker, dwork.work)", "drain_kthread_worker(worker)"
    )
    lesson = replace(WINDOW, scenario=Code(text, WINDOW.scenario.line))
    assert (cell(lesson, "v4").kind, cell(lesson, "merged").kind) == ("holds", "absent")


def test_a_claim_without_words_in_the_version_is_counted_as_not_asked() -> None:
    claim = Property("always", "not dwork.work.timer or True", (), 1)
    lesson = replace(WINDOW, properties=(*WINDOW.properties, claim))
    assert (cell(lesson, "v4").unasked, cell(lesson, "merged").unasked) == (0, 1)


def test_what_is_kept_depends_on_lesson_and_version(monkeypatch: object) -> None:
    other = replace(WINDOW, scenario=replace(WINDOW.scenario, text=WINDOW.scenario.text + "\n"))
    digests = {content(WINDOW, "v4"), content(WINDOW, "merged"), content(other, "v4")}
    assert len(digests) == 3
    on_another = replace(WINDOW, kernel="merged")
    assert content(on_another, "pending-only") != content(WINDOW, "pending-only")
    assert WINDOW.goal is not None
    elsewhere = replace(WINDOW, goal=replace(WINDOW.goal, reach="jiffies > jiffies"))
    assert content(elsewhere, "v4") != content(WINDOW, "v4")
    assert content(WINDOW, "v4") == content(find_lesson("timer-window"), "v4")


def test_a_cell_survives_json() -> None:
    kept = Cell("broken", 3, "how", "no-oops", 2, "kt1/x@0000/1*2", 1, ("lists-sound", "no-deadlock"))
    assert from_json(json.loads(json.dumps(to_json(kept)))) == kept
    assert matrix.MOST_STATES >= 300_000


def test_where_the_race_is_gone_and_something_else_breaks_that_is_told_apart() -> None:
    claim = Property("always", "not timer_pending(dwork.timer)", (), 1)
    lesson = replace(WINDOW, properties=(*WINDOW.properties, claim))
    found = cell(lesson, "v4")
    assert (found.kind, found.property) == ("other", claim.claim)
    assert cell(lesson, "pending-only").kind == "broken"


def test_with_several_rules_each_has_a_race_of_its_own_and_what_was_not_asked_is_not_known() -> None:
    lesson = find_lesson("08")
    never = Property("always", "not timer_pending(dwork.timer)", ("never-asks",), 1)
    kept = tuple(each for each in lesson.properties if "never-asks" not in each.broken_by)
    assert cell(replace(lesson, properties=(*kept, never)), "v4").kind == "broken"
    unasked = Property("always", "not dwork.work.timer or True", ("pending-only",), 1)
    breaks = Property("always", "not timer_pending(dwork.timer)", (), 1)
    assert cell(replace(WINDOW, properties=(unasked, breaks)), "merged").kind == "undetermined"


@pytest.mark.parametrize(
    ("lesson", "variant", "kind", "name"),
    [
        ("30", "merged-2016", "broken", "no-deadlock"),
        ("30", "merged", "other", "cancel-answer"),
        ("28", "merged", "other", "cancel-answer"),
        ("35", "not-itself", "broken", "flush-waits"),
        ("33", "merged", "broken", "lists-sound"),
    ],
)
def test_the_race_is_what_the_lesson_calls_broken_first(
    lesson: str, variant: str, kind: str, name: str
) -> None:
    found = cell(find_lesson(lesson), variant)
    assert (found.kind, found.property) == (kind, name)
