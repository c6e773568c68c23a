"""How lessons and their sources are called on every screen."""

from ktwviz.lesson.model import Lesson
from ktwviz.tui.symbols import Symbols


def lesson_number(lesson: Lesson) -> str:
    """Return "04" for lessons/04-timer-window.md, "" for a file without a number."""
    return lesson.number


def title_of(lesson: Lesson, symbols: Symbols) -> str:
    """Return "04 The pending window"."""
    return " ".join(part for part in (lesson_number(lesson), symbols.text(lesson.title)) if part)


def discussion_link(source: str) -> str:
    """Return the address of a message-id or of a commit."""
    if "@" in source:
        return f"https://lore.kernel.org/r/{source}"
    return f"https://git.kernel.org/linus/{source}"
