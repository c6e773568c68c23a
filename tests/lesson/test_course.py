"""The course: its parts, and which lessons stand in them."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

from ktwviz.export.course import course_page
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.shelf import parts, summaries
from ktwviz.lesson.verify import check_together


def test_every_part_of_the_course_has_a_title_and_a_text() -> None:
    assert [part.id for part in parts()] == ["machine", "design", "avoided", "genuine", "merged", "misuse"]
    assert all(part.title and part.text.endswith(".") for part in parts())


def test_the_lessons_of_a_part_stand_together_and_in_the_order_of_the_parts() -> None:
    runs = [part for part, _ in groupby(summary.part for summary in summaries())]
    assert runs == [part.id for part in parts() if part.id in runs]


def test_a_lesson_of_an_unknown_part_is_told() -> None:
    lesson = replace(find_lesson("timer-window"), part="machines", needs=())
    messages = [trouble.message for trouble in check_together([lesson])]
    assert messages == ["the course has no part 'machines', did you mean 'machine'?"]


def test_the_page_of_the_course_is_that_of_the_lessons() -> None:
    page = Path(__file__).parents[2] / "docs" / "course.md"
    assert page.read_text(encoding="utf-8") == course_page(parts(), summaries()), (
        "python scripts/course.py writes it"
    )


def test_the_first_hints_of_the_first_lesson_answer_none_of_its_questions() -> None:
    # H works before the questions are asked: only the last hint may tell all
    goal = find_lesson("meet-the-worker").goal
    assert goal is not None
    told = " ".join(goal.hints[:-1])
    assert not [word for word in ("refused", "was pending", "has run", "off the list") if word in told]
