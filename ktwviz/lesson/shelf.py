"""Where lessons are found, and what one can say of a lesson without reading all of it.

What does not belong here: whether a lesson is well written; parse.py reads it.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from ktwviz.errors import UnknownName, close_matches
from ktwviz.lesson.toml import read_toml
from ktwviz.values import dataclass

if TYPE_CHECKING:
    from ktwviz.progress import Progress

PACKAGE = Path(__file__).parent.parent

LESSON_FOLDERS = (PACKAGE / "lessons", PACKAGE.parent / "lessons")
"""Where shipped lessons are: inside the installed package, or beside it in a checkout."""

NUMBERED = re.compile(r"[0-9]+-.+\.md")
"""The name of a shipped lesson's file, NN-slug.md."""

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_GOAL = "\n```toml goal\n"
_MAX_STEPS = re.compile(r"^max_steps *= *([0-9]{1,9})$", re.MULTILINE)
_HEADER = re.compile(r"^```toml lesson\n(.*?)^```", re.MULTILINE | re.DOTALL)


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
    for folder in LESSON_FOLDERS:
        # not glob(), which asks for the kind of every file
        names = os.listdir(folder) if folder.is_dir() else ()
        files = [folder / name for name in names if NUMBERED.fullmatch(name)]
        if files:
            return tuple(sorted(files, key=lambda file: (_number(file), file.name)))
    return ()


def summaries() -> tuple[Summary, ...]:
    """Return the heads of the shipped lessons, without the Markdown parser; what is not there is empty."""
    return tuple(summary(file) for file in lesson_files())


def summary(file: Path) -> Summary:
    """Return the head of one lesson. Raises OSError, or ValueError for TOML that is none."""
    text = file.read_text(encoding="utf-8")
    title, header = _TITLE.search(text), _HEADER.search(text)
    values = read_toml(header[1]) if header else {}
    return Summary(
        number=_number(file),
        slug=_slug(file),
        id=values.get("id", _slug(file)),
        title=title[1] if title else _slug(file),
        kind=values.get("kind", ""),
        minutes=values.get("minutes", 0),
        needs=tuple(values.get("needs", ())),
        aim=values.get("aim", ""),
        part=values.get("part", ""),
        goal_steps=_goal_steps(text),
    )


def _goal_steps(text: str) -> int | None:
    # the place is found first: a pattern would look at every line of every lesson
    start = text.find(_GOAL)
    end = text.find("\n```", start + len(_GOAL))
    steps = _MAX_STEPS.search(text, start, end + 1) if start >= 0 else None
    return int(steps[1]) or None if steps else None


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


_Some = TypeVar("_Some", bound=_WithId)


def first_to_mark(lessons: Sequence[_Some], progress: "Progress") -> _Some | None:
    """Return the lesson touched last, solved or not; in a shelf without it the first that is not solved."""
    last = next((lesson for lesson in lessons if lesson.id == progress.last), None)
    unsolved = (lesson for lesson in lessons if not progress.of(lesson.id).solved)
    return last or next(unsolved, lessons[0] if lessons else None)


def parts() -> tuple[Part, ...]:
    """Return the parts of the course in order; none where the shipped lessons have no course.toml."""
    for file in lesson_files()[:1]:
        course = file.with_name("course.toml")
        if course.is_file():
            found = read_toml(course.read_text(encoding="utf-8")).get("part", ())
            return tuple(Part(part["id"], part["title"], " ".join(part["text"].split())) for part in found)
    return ()


def find_file(name: str) -> Path | str:
    """Return the file of a lesson: by number ("4", "04"), slug, id, or as a path, which is given back as it is.

    Raises UnknownName, with what is possible, where there is none.
    """
    files = lesson_files()
    for file in files:
        if name in _names(file) or name.lstrip("0") == str(_number(file)):
            return file
    if "/" in name or name.endswith(".md") or _is_file(Path(name)):
        return name
    ids: dict[str, Path] = {}
    for file in files:
        try:
            ids[summary(file).id] = file
        except (OSError, ValueError):
            # one broken lesson must not hide the others; asked for by its number it says what is wrong
            continue
    if name in ids:
        return ids[name]
    raise UnknownName(_no_lesson(name, files, tuple(ids)))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # a name too long for a file is the name of none
        return False


def _number(file: Path) -> int:
    return int(file.name.partition("-")[0])


def _slug(file: Path) -> str:
    return file.stem.partition("-")[2]


def _names(file: Path) -> tuple[str, ...]:
    return _slug(file), file.stem, file.name


def _no_lesson(name: str, files: Sequence[Path], ids: Sequence[str]) -> str:
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
    numbers = [_number(file) for file in where.glob("*.md") if NUMBERED.fullmatch(file.name)]
    path = where / f"{max(numbers, default=0) + 1:02}-my-lesson.md"
    text = Path(__file__).with_name("template.md").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UnknownName(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return path
