"""The command that proves what lessons claim."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from ktwviz.cli.codes import BAD, FINE, INTERRUPTED, UNDETERMINED, WRONG_INPUT
from ktwviz.cli.progress_line import clear_line
from ktwviz.cli.texts import print_json
from ktwviz.errors import LessonError, Trouble, UnknownName
from ktwviz.garbage import collect_garbage
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.shelf import lesson_files

if TYPE_CHECKING:
    from ktwviz.lesson.verify import Checked


def check(options: argparse.Namespace) -> int:
    """Prove what lessons claim; one line a lesson as it is done, details where something fails.

    Ctrl-C ends it at once; what was found by then is printed.
    """
    from ktwviz.lesson.verify import check_together

    lessons, troubles = _lessons(options.paths)
    collect_garbage()
    start = time.monotonic()
    results, interrupted = _results(lessons, options)
    clear_line()
    together = check_together(lessons) if not options.paths and not interrupted else []
    if options.json:
        print_json(_check_json(results, [*troubles, *together], interrupted))
    else:
        for trouble in (*troubles, *together):
            print(trouble)
    if interrupted:
        print(f"interrupted after {len(results)} of {_counted(len(lessons), 'lesson')}", file=sys.stderr)
        return INTERRUPTED
    if not options.json:
        print(_summary(results, time.monotonic() - start), file=sys.stderr)
    if troubles:
        return WRONG_INPUT
    if together or any(result.troubles for result in results):
        return BAD
    return UNDETERMINED if any(result.undetermined for result in results) else FINE


def _results(lessons: list[Lesson], options: argparse.Namespace) -> tuple[list[Checked], bool]:
    """Return what was found, in the order of the lessons, and whether Ctrl-C came; print each as its turn comes."""
    found: dict[str, Checked] = {}
    waiting = list(lessons)

    def give(following: list[Lesson]) -> None:
        for lesson in following:
            waiting.remove(lesson)
            if not options.json:
                clear_line()
                _print_result(found[lesson.file])

    interrupted = False
    try:
        with closing(_check_all(lessons, options.jobs)) as checked:
            _progress(0, len(lessons))
            for lesson, result in checked:
                found[lesson.file] = result
                give(list(takewhile(lambda lesson: lesson.file in found, waiting)))
                _progress(len(found), len(lessons))
    except KeyboardInterrupt:
        interrupted = True
    # what had to wait for a lesson before it that was not done any more
    give([lesson for lesson in waiting if lesson.file in found])
    return [found[lesson.file] for lesson in lessons if lesson.file in found], interrupted


def _lessons(paths: list[str]) -> tuple[list[Lesson], list[Trouble]]:
    lessons: list[Lesson] = []
    troubles: list[Trouble] = []
    for path in _expanded(paths) if paths else [str(file) for file in lesson_files()]:
        try:
            lessons.append(load_lesson(Path(path)) if Path(path).is_file() else find_lesson(path))
        except LessonError as error:
            troubles += error.troubles
    by_file = {lesson.file: lesson for lesson in lessons}
    return [by_file[file] for file in sorted(by_file)], troubles


def _expanded(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        files = sorted(str(file) for file in Path(path).glob("*.md"))
        if not files:
            raise UnknownName(f"there is no lesson in {path}: lessons are files that end in .md")
        yield from files


def _check_all(lessons: list[Lesson], jobs: int | None) -> Generator[tuple[Lesson, Checked]]:
    """Yield the lessons with their results as they come."""
    from ktwviz.lesson.verify import check_lesson, not_checked

    jobs = min(jobs or os.cpu_count() or 1, len(lessons))
    if jobs <= 1:
        yield from ((lesson, check_lesson(lesson)) for lesson in lessons)
        return
    from ktwviz.lesson.crew import work_on

    yield from work_on(check_lesson, not_checked, lessons, jobs)


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        bar = "#" * (24 * done // max(count, 1))
        print(f"\r[{bar:<24}] {done}/{count} lessons", end="", file=sys.stderr, flush=True)


def _print_result(result: Checked) -> None:
    mark = "broken" if result.troubles else "undetermined" if result.undetermined else "ok"
    print(f"{mark:<13}{result.lesson.id:<22}{result.states:>9,} states   {result.lesson.title}")
    for trouble in result.troubles:
        print(f"  {trouble}")
    for note in result.notes:
        print(f"  {note}")
    # a pipe is read by somebody who waits for each line
    sys.stdout.flush()


def _summary(results: list[Checked], seconds: float) -> str:
    states = sum(result.states for result in results)
    return f"{_counted(len(results), 'lesson')}, {_counted(states, 'state')}, {seconds:.1f} s"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _check_json(results: list[Checked], troubles: list[Trouble], interrupted: bool) -> dict[str, object]:
    return {
        "interrupted": interrupted,
        "lessons": [
            {
                "id": result.lesson.id,
                "file": result.lesson.file,
                "states": result.states,
                "undetermined": result.undetermined,
                "troubles": [_trouble(trouble) for trouble in result.troubles],
                "notes": result.notes,
            }
            for result in results
        ],
        "troubles": [_trouble(trouble) for trouble in troubles],
    }


def _trouble(trouble: Trouble) -> dict[str, object]:
    return {"file": trouble.file, "line": trouble.line, "message": trouble.message}
