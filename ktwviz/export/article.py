"""A lesson as an article to read: what `ktwviz show` prints."""

import textwrap

from ktwviz.lesson.model import ANSWER_LETTERS, Beat, Lesson

WIDTH = 76
_LINK = "https://lore.kernel.org/r/"


def source_link(lesson: Lesson) -> str:
    """Return where the discussion of a lesson is: a message id or a commit as a link, a link as it is."""
    if lesson.source.startswith("http"):
        return lesson.source
    if "@" in lesson.source:
        return f"{_LINK}{lesson.source}"
    return f"https://git.kernel.org/linus/{lesson.source}"


def article(lesson: Lesson) -> str:
    """Return the lesson's text, code and rules; the answers of its questions are left for the reader to find."""
    needs = f"   needs {', '.join(lesson.needs)}" if lesson.needs else ""
    parts = [
        f"{lesson.title}\n{'=' * len(lesson.title)}",
        f"{lesson.kind}   {lesson.minutes} min{needs}\nAim: {lesson.aim}\nDiscussion: {source_link(lesson)}",
        _wrap(lesson.introduction),
        _indent(lesson.scenario.text),
    ]
    parts += [f"Rule {rule.name}:\n\n{_indent(rule.diff.text)}" for rule in lesson.rules]
    parts += [_beat(beat) for beat in lesson.beats]
    if lesson.goal is not None:
        parts.append(_wrap(f"Goal: {lesson.goal.in_full}"))
    if lesson.closing:
        parts.append(_wrap(lesson.closing))
    return "\n\n".join(part for part in parts if part)


def _beat(beat: Beat) -> str:
    parts = [f"{beat.title}\n{'-' * len(beat.title)}", _wrap(beat.narration)]
    if beat.quiz is not None:
        answers = [
            f"  {letter}) {answer.text}"
            for letter, answer in zip(ANSWER_LETTERS, beat.quiz.answers, strict=False)
        ]
        parts.append("\n".join([_wrap(beat.quiz.ask), *answers]))
    return "\n\n".join(parts)


def _wrap(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(part if part.startswith("```") else textwrap.fill(part, WIDTH) for part in paragraphs)


def _indent(text: str) -> str:
    return textwrap.indent(text.strip("\n"), "    ")
