"""Commands about what the learner has done: show it, carry it to another machine, forget it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ktwviz.cli.codes import FINE
from ktwviz.cli.texts import print_json
from ktwviz.errors import ProgressError
from ktwviz.files import write_whole
from ktwviz.lesson.shelf import summaries
from ktwviz.progress.model import LessonProgress, Progress, merged
from ktwviz.progress.store import ProgressStore, progress_path
from ktwviz.progress.text import from_json, to_json

STANDARD = "-"
"""Stands for stdout or stdin in place of a file."""


def show(options: argparse.Namespace) -> int:
    """Print a line for each lesson that was begun."""
    progress = _load(ProgressStore(progress_path(), saving=False))
    if options.json:
        import json

        print_json({"progress": json.loads(to_json(progress))})
        return FINE
    lessons = summaries()
    known = {lesson.id: f"{lesson.number:02} {lesson.title}" for lesson in lessons}
    begun = [lesson_id for lesson_id in known if lesson_id in progress.lessons]
    begun += [lesson_id for lesson_id in progress.lessons if lesson_id not in known]
    solved = sum(progress.of(lesson.id).solved for lesson in lessons)
    print(f"{solved} of {len(lessons)} lessons solved")
    for lesson_id in begun:
        done = progress.of(lesson_id)
        mark = "[x]" if done.solved else "[/]"
        print(f"{mark} {known.get(lesson_id, lesson_id):<40} {_told(done)}".rstrip())
    return FINE


def _told(done: LessonProgress) -> str:
    first = f", {sum(done.quiz.values())} at the first try" if done.quiz_later else ""
    facts = [
        f"best {done.best} steps" if done.best is not None else "",
        f"quiz {done.quiz_right}/{len(done.quiz)} right{first}" if done.quiz else "",
        f"hints {done.hints}" if done.hints else "",
        "mended" if done.fixed else "",
    ]
    return "   ".join(filter(None, facts))


def export(options: argparse.Namespace) -> int:
    """Write all progress to a file that `import` reads; one that is no progress file is not overwritten."""
    text = to_json(_load(ProgressStore(progress_path(), saving=False)))
    if options.file == STANDARD:
        sys.stdout.write(text)
        return FINE
    path = Path(options.file)
    if path.exists():
        _progress_in(options.file, "and would be overwritten: choose another name")
    try:
        write_whole(path, text, private=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProgressError(f"{path} cannot be written ({reason}); nothing was exported") from error
    print(f"written to {path}; `ktwviz progress import {path}` reads it", file=sys.stderr)
    return FINE


def import_(options: argparse.Namespace) -> int:
    """Add the progress of a file to what is there: the best of both."""
    theirs = _progress_in(options.file, "so nothing was imported")
    store = ProgressStore(progress_path())
    before = len([done for done in _load(store).lessons.values() if done.solved])
    after, aside = store.change(lambda mine: merged(mine, theirs), "before-import")
    _must_be_saved(store)
    solved = sum(done.solved for done in after.lessons.values()) - before
    print(f"{len(theirs.lessons)} lessons read, {solved} newly solved", file=sys.stderr)
    if aside is not None:
        print(f"what was there before is kept in {aside}", file=sys.stderr)
    return FINE


def reset(options: argparse.Namespace) -> int:
    """Forget what was done in a lesson, or in all, after asking; the old file is kept beside it."""
    store = ProgressStore(progress_path())
    progress = _load(store)
    name = _lesson_id(options.lesson, progress) if options.lesson else ""
    what = f"what you did in {name}" if name else f"what you did in all {len(progress.lessons)} lessons"
    if not (progress.lessons if not name else name in progress.lessons):
        print("there is nothing to forget", file=sys.stderr)
        return FINE
    if not (options.yes or _sure(what)):
        print("nothing was forgotten", file=sys.stderr)
        return FINE
    _, aside = store.change(lambda mine: _without(mine, name), "before-reset")
    _must_be_saved(store)
    print(f"forgotten: {what}; the old file is kept as {aside}", file=sys.stderr)
    return FINE


def _without(progress: Progress, name: str) -> Progress:
    lessons = {key: done for key, done in progress.lessons.items() if name and key != name}
    return Progress(
        lessons, "" if progress.last not in lessons else progress.last, progress.sandbox, progress.other
    )


def _sure(what: str) -> bool:
    if not sys.stdin.isatty():
        raise ProgressError("nothing was forgotten: without a terminal to ask, add --yes")
    print(f"Forget {what}? y forgets it, anything else keeps it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _lesson_id(name: str, progress: Progress) -> str:
    """Return the id of a lesson by number, slug or id, or of one that is only known from progress."""
    from ktwviz.lesson.parse import find_lesson

    return name if name in progress.lessons else find_lesson(name).id


def _load(store: ProgressStore) -> Progress:
    progress = store.load()
    if store.notice:
        print(store.notice, file=sys.stderr)
        store.notice = ""
    return progress


def _must_be_saved(store: ProgressStore) -> None:
    if not store.saving:
        raise ProgressError(store.notice or f"{store.path} was left as it is: nothing is saved")


def _progress_in(name: str, otherwise: str) -> Progress:
    """Read a progress file that the user named. Raises ProgressError, ending in what follows from it."""
    called = "what was read from stdin" if name == STANDARD else name
    try:
        text = sys.stdin.buffer.read() if name == STANDARD else Path(name).read_bytes()
        return from_json(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProgressError(f"{called} cannot be read ({reason}), {otherwise}") from error
    except ProgressError as error:
        raise ProgressError(f"{called} is no progress file: {error}, {otherwise}") from error
