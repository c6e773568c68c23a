"""A token that is asked for, and the lesson that it is of."""

from collections.abc import Callable, Iterable

from ktwviz.errors import KtwvizError, ScheduleError, did_you_mean
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.opening import start_play
from ktwviz.progress.model import Progress
from ktwviz.schedule import EXAMPLE, Token
from ktwviz.tui.askline import AskLine


class AskToken(AskLine):
    """Asks for a token."""

    ASKED = "Open a token"
    ABOUT = f"Type or paste it, such as {EXAMPLE}"
    ENTER, ESCAPE = "opens its lesson at that moment", "opens nothing"


def lesson_of(text: str, lessons: Iterable[Lesson]) -> Lesson:
    """Return the lesson of a token. Raises ScheduleError for a text that is none, or of none of these lessons."""
    token = Token.parse(text)
    ids = {lesson.id: lesson for lesson in reversed(tuple(lessons))}
    if token.lesson not in ids:
        hint = did_you_mean(token.lesson, ids)
        raise ScheduleError(f"there is no lesson {token.lesson!r} here{hint}")
    return ids[token.lesson]


def refused(
    text: str, lessons: Iterable[Lesson], whole: Callable[[Lesson], Lesson], progress: Progress
) -> str:
    """Return why a token cannot be opened, "" for one that can."""
    try:
        lesson = whole(lesson_of(text, lessons))
        start_play(lesson, progress.of(lesson.id), text)
    except KtwvizError as error:
        return f"It cannot be opened: {error}"
    return ""
