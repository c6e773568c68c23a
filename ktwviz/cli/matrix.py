"""The command that compares versions: every race on every version of the code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Generator
from contextlib import closing, suppress

from ktwviz.cli.codes import FINE, INTERRUPTED, UNDETERMINED
from ktwviz.cli.progress_line import clear_line
from ktwviz.cli.texts import print_json
from ktwviz.export.matrix import HEADS, as_markdown, as_text
from ktwviz.garbage import collect_garbage
from ktwviz.lesson.kept import Kept
from ktwviz.lesson.matrix import Cell, Key, Row, Task, cell, rows_of, tasks, to_json
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.shelf import lesson_files

BATCH = 20
"""Cells after which they are kept: who interrupts a long run loses no more."""


def matrix(options: argparse.Namespace) -> int:
    """Print the table of races and versions; what was worked out before is kept, by content."""
    paths = options.lessons
    lessons = (
        [find_lesson(path) for path in paths] if paths else [load_lesson(file) for file in lesson_files()]
    )
    rows = rows_of(lessons)
    collect_garbage()
    cells, missing = _work_out(rows, Kept(afresh=options.afresh), options.jobs)
    if missing:
        clear_line()
        print(
            f"interrupted after {len(cells)} of {len(cells) + missing} cells, which are kept for the next time",
            file=sys.stderr,
        )
        return INTERRUPTED
    if options.json:
        print_json({"rows": [_row_json(row, cells) for row in rows]})
    elif options.markdown:
        print(as_markdown(rows, cells))
    else:
        print(as_text(rows, cells))
    return UNDETERMINED if any(found.kind == "undetermined" for found in cells.values()) else FINE


def _work_out(rows: list[Row], kept: Kept, jobs: int | None) -> tuple[dict[Key, Cell], int]:
    """Return the cells, and how many are missing since Ctrl-C came; those that are there are kept."""
    wanted = {(lesson.id, variant): (lesson, variant) for lesson, variant in tasks(rows)}
    cells = kept.found(wanted)
    missing = [task for key, task in wanted.items() if key not in cells]
    new: dict[Key, tuple[Task, Cell]] = {}
    with suppress(KeyboardInterrupt), closing(_compute(missing, jobs)) as computed:
        for done, (task, found) in enumerate(computed, start=1):
            key = task[0].id, task[1]
            cells[key] = found
            new[key] = task, found
            if done % BATCH == 0:
                kept.keep(new)
            _progress(done, len(missing))
    if new:
        kept.keep(new)
    return cells, len(wanted) - len(cells)


def _compute(missing: list[Task], jobs: int | None) -> Generator[tuple[Task, Cell]]:
    jobs = min(jobs or os.cpu_count() or 1, len(missing))
    if jobs <= 1:
        yield from ((task, cell(*task)) for task in missing)
        return
    # imported here: a table that is all kept needs no processes
    from ktwviz.lesson.crew import work_out

    yield from work_out(missing, jobs)


def _progress(done: int, count: int) -> None:
    if not sys.stderr.isatty():
        return
    bar = "#" * (24 * done // count)
    end = "\r\033[K" if done == count else ""
    print(f"\r[{bar:<24}] {done}/{count} cells{end}", end="", file=sys.stderr, flush=True)


def _row_json(row: Row, cells: dict[Key, Cell]) -> dict[str, object]:
    return {
        "lesson": row.lesson.id,
        "title": row.lesson.title,
        "rule": row.rule,
        "source": row.lesson.source,
        "cells": {HEADS[column]: to_json(cells[row.key(column)]) for column in row.columns},
    }
