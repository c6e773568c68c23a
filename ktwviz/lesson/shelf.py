"""Where lessons are found, and what one can say of a lesson without reading all of it.

What does not belong here: whether a lesson is well written; parse.py reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from ktwviz.errors import UnknownName, close_matches
from ktwviz.lesson.toml import read_toml
from ktwviz.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from ktwviz.progress.model import Progress

_PACKAGE = os.path.dirname(os.path.dirname(__file__))

LESSON_FOLDERS: Sequence[str | Path] = (
    os.path.join(_PACKAGE, "lessons"),
    os.path.join(os.path.dirname(_PACKAGE), "lessons"),
)
"""Where shipped lessons are: inside the installed package, or beside it in a checkout."""

NUMBERED = re.compile(r"[0-9]+-.+\.md")
"""The name of a shipped lesson's file, NN-slug.md."""

# read by `re` at first use: to find a lesson by its number takes none of them
_TITLE = r"(?m)^# (.+)$"
_GOAL = "\n```toml goal\n"
_MAX_STEPS = r"(?m)^max_steps *= *([0-9]{1,9})$"
_HEADER = r"(?ms)^```toml lesson\n(.*?)^```"


@dataclass(frozen=True)
class Part:
    """A part of the course: its id, which lessons name, its title, and a paragraph that leads into it."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Summary:
    """What stands in the head of a shipped lesson. `number` and `slug` are those of its file name.

    `goal_steps` is in how many steps its goal must be reached, None where there is no goal or no limit.
    """

    number: int
    slug: str
    id: str
    title: str
    kind: str
    minutes: int
    needs: tuple[str, ...]
    aim: str
    part: str
    goal_steps: int | None = None


def lesson_files() -> tuple[Path, ...]:
    """Return the shipped lessons in order: from inside the package, or from the checkout beside it."""
    from pathlib import Path  # noqa: PLC0415  # a search starts without it, two milliseconds sooner

    return tuple(map(Path, _shipped()))


def _shipped() -> tuple[str, ...]:
    for folder in LESSON_FOLDERS:
        # not glob(), which asks for the kind of every file
        names = os.listdir(folder) if os.path.isdir(folder) else ()
        files = [os.path.join(folder, name) for name in names if NUMBERED.fullmatch(name)]
        if files:
            return tuple(sorted(files, key=lambda file: (_number(file), os.path.basename(file))))
    return ()


def summaries() -> tuple[Summary, ...]:
    """Return the heads of the shipped lessons, without the Markdown parser; what is not there is empty."""
    return tuple(summary(file) for file in _shipped())


def summary(file: str | Path) -> Summary:
    """Return the head of one lesson. Raises OSError, or ValueError for TOML that is none."""
    text = _text_of(file)
    name = str(file)
    title, header = re.search(_TITLE, text), re.search(_HEADER, text)
    values = read_toml(header[1]) if header else {}
    return Summary(
        number=_number(name),
        slug=_slug(name),
        id=values.get("id", _slug(name)),
        title=title[1] if title else _slug(name),
        kind=values.get("kind", ""),
        minutes=values.get("minutes", 0),
        needs=tuple(values.get("needs", ())),
        aim=values.get("aim", ""),
        part=values.get("part", ""),
        goal_steps=_goal_steps(text),
    )


def _text_of(file: str | Path) -> str:
    with open(file, encoding="utf-8") as opened:
        return opened.read()


def _goal_steps(text: str) -> int | None:
    # the place is found first: a pattern would look at every line of every lesson
    start = text.find(_GOAL)
    end = text.find("\n```", start + len(_GOAL))
    steps = re.search(_MAX_STEPS, text[start : end + 1]) if start >= 0 else None
    return int(steps[1]) or None if steps else None


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


_Some = TypeVar("_Some", bound=_WithId)


def first_to_mark(lessons: Sequence[_Some], progress: Progress) -> _Some | None:
    """Return the lesson touched last, solved or not; in a shelf without it the first that is not solved."""
    last = next((lesson for lesson in lessons if lesson.id == progress.last), None)
    unsolved = (lesson for lesson in lessons if not progress.of(lesson.id).solved)
    return last or next(unsolved, lessons[0] if lessons else None)


def parts() -> tuple[Part, ...]:
    """Return the parts of the course in order; none where the shipped lessons have no course.toml."""
    for file in _shipped()[:1]:
        course = os.path.join(os.path.dirname(file), "course.toml")
        if os.path.isfile(course):
            found = read_toml(_text_of(course)).get("part", ())
            return tuple(Part(part["id"], part["title"], " ".join(part["text"].split())) for part in found)
    return ()


def find_file(name: str) -> str:
    """Return the file of a lesson: by number ("4", "04"), slug, id, or as a path, which is given back as it is.

    Raises UnknownName, with what is possible, where there is none.
    """
    files = _shipped()
    for file in files:
        if name in _names(file) or name.lstrip("0") == str(_number(file)):
            return file
    if "/" in name or name.endswith(".md") or os.path.isfile(name):
        return name
    ids: dict[str, str] = {}
    for file in files:
        try:
            ids[summary(file).id] = file
        except (OSError, ValueError):
            # one broken lesson must not hide the others; asked for by its number it says what is wrong
            continue
    if name in ids:
        return ids[name]
    raise UnknownName(_no_lesson(name, files, tuple(ids)))


def _number(file: str) -> int:
    return int(os.path.basename(file).partition("-")[0])


def _slug(file: str) -> str:
    return os.path.basename(file).removesuffix(".md").partition("-")[2]


def _names(file: str) -> tuple[str, ...]:
    name = os.path.basename(file)
    return _slug(file), name.removesuffix(".md"), name


def _no_lesson(name: str, files: Sequence[str], ids: Sequence[str]) -> str:
    if not files:
        return (
            f"there is no lesson {name!r}, and no lesson is installed: install ktwviz again, or name a file"
        )
    if name.isdigit() and len(name) < 10:
        numbers = [_number(file) for file in files]
        known = f"{min(numbers)} to {max(numbers)}" if len(files) > 1 else str(numbers[0])
        return f"there is no lesson {name}: the lessons are {known}, see `ktwviz list`"
    close = close_matches(name, [*map(_slug, files), *ids])
    guess = f", did you mean {close[0]!r}?" if close else ":"
    return f"there is no lesson {name!r}{guess} `ktwviz list` has them all; a file needs its path"
