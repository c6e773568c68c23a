"""The lesson to begin with: a file that passes every check, written for whoever writes a lesson of their own."""

from __future__ import annotations

from pathlib import Path

from ktwviz.errors import UnknownName
from ktwviz.lesson.shelf import NUMBERED


def write_template(folder: str) -> Path:
    """Write a lesson to begin with, under the next number that is free in the folder; return its path.

    A folder that is not there is made. Raises UnknownName where that, or the file, cannot be written.
    """
    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is no folder" if where.exists() else (error.strerror or str(error)).lower()
        raise UnknownName(f"{folder} cannot be made: {reason}") from error
    numbers = [
        int(file.name.partition("-")[0]) for file in where.glob("*.md") if NUMBERED.fullmatch(file.name)
    ]
    path = where / f"{max(numbers, default=0) + 1:02}-my-lesson.md"
    text = Path(__file__).with_name("template.md").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UnknownName(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return path
