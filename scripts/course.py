"""Writes docs/course.md from the lessons: `python scripts/course.py`."""

from pathlib import Path

from ktwviz.export.course import course_page
from ktwviz.lesson.shelf import parts, summaries

PAGE = Path(__file__).resolve().parents[1] / "docs" / "course.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(course_page(parts(), summaries()), encoding="utf-8")


if __name__ == "__main__":
    main()
