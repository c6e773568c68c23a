"""Cells of the matrix that were worked out before, kept in the user's cache by what they are made from.

A file that cannot be read or written costs time, nothing else: no verdict depends on it but by its content's digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from platformdirs import user_cache_path

from ktwviz.files import write_whole
from ktwviz.lesson.matrix import Cell, Key, Task, content, from_json, to_json

MOST_KEPT = 1000
"""Cells in the file at most, the latest stay: some of them belong to lessons or programs that are no more."""


class Kept:
    """The cells of earlier runs. With `afresh` none of them is used; new ones are written all the same."""

    def __init__(self, *, afresh: bool = False) -> None:
        self.path = user_cache_path("ktwviz") / "matrix.json"
        self._cells: dict[str, Any] = {} if afresh else self._read()

    def found(self, tasks: Mapping[Key, Task]) -> dict[Key, Cell]:
        """Return those cells that are known."""
        known = {key: self._get(content(*task)) for key, task in tasks.items()}
        return {key: cell for key, cell in known.items() if cell is not None}

    def _get(self, digest: str) -> Cell | None:
        with suppress(TypeError, KeyError):
            return from_json(self._cells[digest])
        return None

    def keep(self, worked_out: Mapping[Key, tuple[Task, Cell]]) -> None:
        """Add cells to those in the file, which another program may have changed meanwhile.

        What could not be looked at, for a process died or an error, is not kept.
        """
        cells = {
            content(*task): to_json(cell)
            for task, cell in worked_out.values()
            if cell.kind != "undetermined" or cell.states
        }
        self._cells = {**self._read(), **cells}
        self._cells = dict(list(self._cells.items())[-MOST_KEPT:])
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, json.dumps(self._cells))

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, RecursionError):
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
            return loaded if isinstance(loaded, dict) else {}
        return {}
