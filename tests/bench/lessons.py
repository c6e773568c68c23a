"""How long the complete check of each lesson takes, in one process, and how many states it goes through."""

import gc
import time

from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson

MOST = 1.0
"""Seconds that a lesson's check should take at most."""


def main() -> None:
    """Print a line for each lesson, and how many take longer."""
    print(f"lessons: the complete check of each, seconds of one process (at most {MOST:g})")
    gc.disable()  # as the command does
    times = []
    for path in lesson_files():
        start = time.perf_counter()
        checked = check_lesson(load_lesson(path))
        times.append(time.perf_counter() - start)
        print(f"  {path.stem:<32}{times[-1]:5.2f} s  {checked.states:7,} states")
        gc.collect()
    gc.enable()
    longer = [seconds for seconds in times if seconds > MOST]
    print(f"  longer than {MOST:g} s: {len(longer)} of {len(times)}, the longest {max(times):.2f} s")
