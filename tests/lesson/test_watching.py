"""Predicates and claims, asked of a state."""

import pytest

from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.watching import Watch


def watched(lesson: str, steps: int) -> dict[str, tuple[bool | None, bool]]:
    play = Play(find_lesson(lesson))
    play.session.play(play.script.keys[:steps])
    session = play.session
    before = session.states_to_cursor()[session.move_start] if session.cursor else None
    found = Watch(play.scenario, session.picture(0)).at(session.state, before)
    return {one.text: (one.value, one.changed) for one in found}


def test_a_work_that_was_just_linked_is_pending_and_the_claim_holds() -> None:
    assert watched("meet-the-worker", 23) == {
        "kthread_work_pending(work)": (True, True),
        "list_length(worker.work_list) <= 1": (True, False),
    }
    assert watched("meet-the-worker", 0)["kthread_work_pending(work)"] == (False, False)


@pytest.mark.parametrize("lesson", ["queued-while-cancelled", "list-of-its-own"])
def test_the_merged_code_is_asked_in_its_own_words(lesson: str) -> None:
    assert "queuing_blocked(worker, dwork.work)" in watched(lesson, 3)


def test_what_no_expression_can_name_is_left_out() -> None:
    assert all("@" not in text for text in watched("flush-armed", 40))
