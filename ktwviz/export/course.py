"""The course as a page: its parts, and what each lesson lets one do."""

from collections.abc import Sequence

from ktwviz.lesson.shelf import Part, Summary

_HEAD = """\
# The course

{count} lessons in {parts} parts, {hours} hours at a beginner's pace. `ktwviz` opens where you left off, `ktwviz play N`
a lesson by its number. All are proved by `ktwviz check`; [matrix.md](matrix.md) compares the versions of the code.
"""


def course_page(parts: Sequence[Part], lessons: Sequence[Summary]) -> str:
    """Return the course as Markdown, a table for each part."""
    hours = round(sum(lesson.minutes for lesson in lessons) / 60)
    pages = [_HEAD.format(count=len(lessons), parts=len(parts), hours=hours)]
    for part in parts:
        rows = [
            f"| {lesson.number} | {lesson.title} | {lesson.kind} | {lesson.minutes} min | {lesson.aim} |"
            for lesson in lessons
            if lesson.part == part.id
        ]
        head = ["| | lesson | kind | | afterwards you can |", "| --- | --- | --- | --- | --- |"]
        pages.append("\n".join([f"## {part.title}", "", part.text, "", *head, *rows, ""]))
    return "\n".join(pages)
