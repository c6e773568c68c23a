"""How long the complete check of each lesson takes, in one process, and how much of it is gone through."""

import gc
import time

from ktwviz.checker import verdicts
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson

MOST = 1.0
"""Seconds that a lesson's check should take at most."""


def main() -> None:
    """Print a line for each lesson, and how many take longer."""
    searches = 0
    search = verdicts.explore

    def counted(*told: object, **more: object) -> object:
        nonlocal searches
        searches += 1
        return search(*told, **more)  # type: ignore[arg-type]  # whatever the checker gives

    print(f"lessons: the complete check of each, seconds of one process (at most {MOST:g})")
    verdicts.explore = counted  # type: ignore[assignment]  # the same, and counted
    gc.disable()  # as the command does
    longer = []
    try:
        for path in lesson_files():
            searches, start = 0, time.perf_counter()
            checked = check_lesson(load_lesson(path))
            seconds = time.perf_counter() - start
            longer += [seconds] if seconds > MOST else []
            print(f"  {path.stem:<32}{seconds:5.2f} s  {checked.states:7,} states in {searches:2} searches")
            gc.collect()
    finally:
        verdicts.explore = search
        gc.enable()
    print(f"  longer than {MOST:g} s: {len(longer)}, the longest {max(longer, default=0):.2f} s")
