"""The command that compares versions: every race on every version of the code."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from ktwviz.cli.codes import FINE, UNDETERMINED
from ktwviz.cli.texts import print_json
from ktwviz.export.matrix import HEADS, as_markdown, as_text
from ktwviz.lesson.matrix import Cell, Row, cell, content, from_json, rows_of, tasks, to_json
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.shelf import lesson_files

Key = tuple[str, str]


def matrix(options: argparse.Namespace) -> int:
    """Print the table of races and versions; what was worked out before is kept, by content."""
    paths = options.lessons
    lessons = (
        [find_lesson(path) for path in paths] if paths else [load_lesson(file) for file in lesson_files()]
    )
    rows = rows_of(lessons)
    kept = _Kept(user_cache_path("ktwviz") / "matrix.json", used=not options.afresh)
    cells = _work_out(rows, kept, options.jobs)
    if options.json:
        print_json({"rows": [_row_json(row, cells) for row in rows]})
    elif options.markdown:
        print(as_markdown(rows, cells))
    else:
        print(as_text(rows, cells))
    return UNDETERMINED if any(found.kind == "undetermined" for found in cells.values()) else FINE


class _Kept:
    """The cells of earlier runs by content. A file that cannot be read or written costs time, nothing else."""

    def __init__(self, path: Path, *, used: bool) -> None:
        self._path = path
        self._cells: dict[str, Any] = {}
        if used:
            with suppress(OSError, ValueError):
                loaded = json.loads(path.read_text(encoding="utf-8"))
                self._cells = loaded if isinstance(loaded, dict) else {}

    def get(self, digest: str) -> Cell | None:
        """Return the cell of a content, None where there is none that makes sense."""
        with suppress(TypeError, KeyError):
            return from_json(self._cells[digest])
        return None

    def keep(self, cells: dict[str, Cell]) -> None:
        """Write these cells and nothing else: what belongs to other contents is of no use any more."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.write_text(
                json.dumps({digest: to_json(found) for digest, found in cells.items()}), encoding="utf-8"
            )
            new.replace(self._path)


def _work_out(rows: list[Row], kept: _Kept, jobs: int | None) -> dict[Key, Cell]:
    wanted = {(lesson.id, variant): (lesson, variant) for lesson, variant in tasks(rows)}
    digests = {key: content(*task) for key, task in wanted.items()}
    cells = {key: found for key, digest in digests.items() if (found := kept.get(digest)) is not None}
    missing = {key: task for key, task in wanted.items() if key not in cells}
    for done, (key, found) in enumerate(_compute(missing, jobs), start=1):
        cells[key] = found
        _progress(done, len(missing))
    if missing:
        kept.keep({digests[key]: found for key, found in cells.items()})
    return cells


def _compute(missing: dict[Key, tuple[Lesson, str]], jobs: int | None) -> Iterator[tuple[Key, Cell]]:
    jobs = min(jobs or os.cpu_count() or 1, len(missing))
    if jobs <= 1:
        yield from ((key, cell(*task)) for key, task in missing.items())
        return
    # imported here: a table that is all kept needs no processes
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(cell, *task): key for key, task in missing.items()}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


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
        "cells": {
            HEADS[column]: to_json(cells[row.lesson.id, row.variant(column)]) for column in row.columns
        },
    }
