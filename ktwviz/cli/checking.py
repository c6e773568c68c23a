"""The command that proves what lessons claim."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ktwviz.cli.codes import BAD, FINE, UNDETERMINED, WRONG_INPUT
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
    """Prove what lessons claim; one line a lesson, details where something fails."""
    from ktwviz.lesson.verify import check_together

    lessons, troubles = _lessons(options.paths)
    collect_garbage()
    start = time.monotonic()
    results = sorted(_check_all(lessons, options.jobs), key=lambda result: result.lesson.file)
    together = check_together(lessons) if not options.paths else []
    if options.json:
        print_json(_check_json(results, [*troubles, *together]))
    else:
        for result in results:
            _print_result(result)
        for trouble in (*troubles, *together):
            print(trouble)
        print(_summary(results, time.monotonic() - start), file=sys.stderr)
    if troubles:
        return WRONG_INPUT
    if together or any(result.troubles for result in results):
        return BAD
    return UNDETERMINED if any(result.undetermined for result in results) else FINE


def _lessons(paths: list[str]) -> tuple[list[Lesson], list[Trouble]]:
    lessons: list[Lesson] = []
    troubles: list[Trouble] = []
    for path in _expanded(paths) if paths else [str(file) for file in lesson_files()]:
        try:
            lessons.append(load_lesson(Path(path)) if Path(path).is_file() else find_lesson(path))
        except LessonError as error:
            troubles += error.troubles
    return lessons, troubles


def _expanded(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        files = sorted(str(file) for file in Path(path).glob("*.md"))
        if not files:
            raise UnknownName(f"there is no lesson in {path}: lessons are files that end in .md")
        yield from files


def _check_all(lessons: list[Lesson], jobs: int | None) -> "Iterator[Checked]":
    from ktwviz.lesson.verify import check_lesson

    jobs = min(jobs or os.cpu_count() or 1, len(lessons))
    if jobs <= 1:
        for done, lesson in enumerate(lessons):
            _progress(done, len(lessons))
            yield check_lesson(lesson)
        clear_line()
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(check_lesson, lesson) for lesson in lessons]
        for done, future in enumerate(as_completed(waiting)):
            _progress(done + 1, len(lessons))
            yield future.result()
    clear_line()


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        bar = "#" * (24 * done // max(count, 1))
        print(f"\r[{bar:<24}] {done}/{count} lessons", end="", file=sys.stderr, flush=True)


def _print_result(result: "Checked") -> None:
    mark = "broken" if result.troubles else "undetermined" if result.undetermined else "ok"
    print(f"{mark:<13}{result.lesson.id:<22}{result.states:>9,} states   {result.lesson.title}")
    for trouble in result.troubles:
        print(f"  {trouble}")
    for note in result.notes:
        print(f"  {note}")


def _summary(results: "list[Checked]", seconds: float) -> str:
    states = sum(result.states for result in results)
    return f"{len(results)} lessons, {states:,} states, {seconds:.1f} s"


def _check_json(results: "list[Checked]", troubles: list[Trouble]) -> dict[str, object]:
    return {
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
