"""Commands that go through every interleaving."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from ktwviz.checker.verdicts import Report
from ktwviz.checker.verdicts import check as check_machine
from ktwviz.cli.codes import BAD, FINE, UNDETERMINED, WRONG_INPUT
from ktwviz.cli.texts import print_json
from ktwviz.errors import LessonError, Trouble, UnknownName
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import Checked, check_lesson, check_together
from ktwviz.schedule import Token

# check ------------------------------------------------------------------------------------------------------------


def check(options: argparse.Namespace) -> int:
    """Prove what lessons claim; one line a lesson, details where something fails."""
    lessons, troubles = _lessons(options.paths)
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


def _check_all(lessons: list[Lesson], jobs: int | None) -> Iterator[Checked]:
    jobs = min(jobs or os.cpu_count() or 1, len(lessons))
    if jobs <= 1:
        for done, lesson in enumerate(lessons):
            _progress(done, len(lessons))
            yield check_lesson(lesson)
        _progress_ends()
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(check_lesson, lesson) for lesson in lessons]
        for done, future in enumerate(as_completed(waiting)):
            _progress(done + 1, len(lessons))
            yield future.result()
    _progress_ends()


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        bar = "#" * (24 * done // max(count, 1))
        print(f"\r[{bar:<24}] {done}/{count} lessons", end="", file=sys.stderr, flush=True)


def _progress_ends() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_result(result: Checked) -> None:
    mark = "broken" if result.troubles else "undetermined" if result.undetermined else "ok"
    print(f"{mark:<13}{result.lesson.id:<22}{result.states:>9,} states   {result.lesson.title}")
    for trouble in result.troubles:
        print(f"  {trouble}")
    for note in result.notes:
        print(f"  {note}")


def _summary(results: list[Checked], seconds: float) -> str:
    states = sum(result.states for result in results)
    return f"{len(results)} lessons, {states:,} states, {seconds:.1f} s"


def _check_json(results: list[Checked], troubles: list[Trouble]) -> dict[str, object]:
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


# explore ----------------------------------------------------------------------------------------------------------


def explore_lesson(options: argparse.Namespace) -> int:
    """Go through every interleaving of a lesson's scenario; print the verdicts, with tokens of what breaks."""
    lesson = find_lesson(options.lesson)
    scenario = build_scenario(lesson, "" if options.rule == "v4" else options.rule)
    start = time.monotonic()
    interrupted = _Interrupts()
    report = check_machine(scenario.machine, most_states=options.max_states, interrupted=interrupted)
    _progress_ends()
    if options.json:
        print_json(_report_json(scenario, report))
    else:
        _print_report(scenario, report)
    print(f"{time.monotonic() - start:.2f} s", file=sys.stderr)
    if report.broken:
        return BAD
    return FINE if report.graph.complete else UNDETERMINED


class _Interrupts:
    """Turns Ctrl-C into a bound of the search, and shows how far it has come."""

    def __init__(self) -> None:
        self._pressed = False
        self._last = time.monotonic()
        signal.signal(signal.SIGINT, self._press)

    def _press(self, number: int, frame: object) -> None:
        self._pressed = True

    def __call__(self, states: int) -> str:
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._last > 0.1:
            self._last = now
            print(f"\r{states:,} states", end="", file=sys.stderr, flush=True)
        return f"Ctrl-C after {states:,} states" if self._pressed else ""


def _print_report(scenario: Scenario, report: Report) -> None:
    graph = report.graph
    seen = "complete" if graph.complete else f"not complete: the search ended at {graph.bound}"
    rule = scenario.rule or "the code as posted"
    print(f"{scenario.lesson.title} ({rule})")
    print(f"{len(graph.states):,} states, {graph.transitions:,} transitions, {seen}")
    for verdict in report.verdicts:
        print(f"{verdict.kind:<13}{verdict.property}{': ' if verdict.how else ''}{verdict.how}")
        if verdict.keys:
            print(f"{'':13}{len(verdict.keys)} steps: {_token(scenario, verdict.keys)}")


def _token(scenario: Scenario, keys: tuple[str, ...]) -> Token:
    rule = "" if scenario.rule == scenario.lesson.rule else scenario.rule or "v4"
    return Token(scenario.lesson.id, scenario.digest, keys, rule)


def _report_json(scenario: Scenario, report: Report) -> dict[str, object]:
    verdicts: list[dict[str, Any]] = [
        {
            "property": verdict.property,
            "verdict": verdict.kind,
            "how": verdict.how,
            "steps": len(verdict.keys) if verdict.keys is not None else None,
            "token": str(_token(scenario, verdict.keys)) if verdict.keys else None,
        }
        for verdict in report.verdicts
    ]
    return {
        "lesson": scenario.lesson.id,
        "digest": scenario.digest,
        "rule": scenario.rule,
        "states": len(report.graph.states),
        "transitions": report.graph.transitions,
        "complete": report.graph.complete,
        "bound": report.graph.bound,
        "verdicts": verdicts,
    }
