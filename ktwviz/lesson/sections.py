"""A lesson file taken apart at its ## headings: narration, quiz and beat of each, introduction and closing.

What does not belong here: fences that may stand anywhere in the file; those are read in parse.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ktwviz.lesson.blocks import Block, Fence, Heading, Prose
from ktwviz.lesson.fences import is_illustration, only_one, words_of
from ktwviz.lesson.fields import open_table, read_beat, read_quiz
from ktwviz.lesson.model import Beat, Quiz
from ktwviz.lesson.troubles import Troubles
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; what stands above the first ## has line 0."""

    title: str
    line: int
    blocks: tuple[Block, ...]

    def fences(self, words: str) -> list[Fence]:
        """Return the fences of one kind, such as "toml beat"."""
        return [block for block in self.blocks if isinstance(block, Fence) and words_of(block) == words]

    @property
    def prose(self) -> str:
        """What a reader is told: paragraphs and illustrations, with an empty line between them."""
        return "\n\n".join(text for text in map(_told, self.blocks) if text)


def _told(block: Block) -> str:
    if isinstance(block, Prose):
        return block.text
    if isinstance(block, Fence) and not block.nested and is_illustration(block):
        return block.source
    return ""


def split_sections(blocks: Sequence[Block], troubles: Troubles) -> tuple[str, tuple[Section, ...]]:
    """Return the title of the file and its sections, the introduction first."""
    headings = [block for block in blocks if isinstance(block, Heading)]
    title = _title(blocks, headings, troubles)
    sections: list[Section] = []
    heading, inside = Heading(1, "", 0), list[Block]()
    for block in blocks:
        # a second # is in trouble already; as a section it brings no more of them
        if isinstance(block, Heading) and block.level <= 2 and block != title:
            sections.append(Section(heading.text, heading.line, tuple(inside)))
            heading, inside = block, []
        elif not isinstance(block, Heading):
            inside.append(block)
    sections.append(Section(heading.text, heading.line, tuple(inside)))
    return title.text if title else "", tuple(sections)


def _title(blocks: Sequence[Block], headings: list[Heading], troubles: Troubles) -> Heading | None:
    titles = [heading for heading in headings if heading.level == 1]
    if not titles:
        troubles.add(
            0, "the lesson has no title: begin the file with a line like # Neither pending nor queued"
        )
    elif blocks[0] != titles[0]:
        troubles.add(
            blocks[0].line,
            f"this stands above the title of line {titles[0].line}: begin the file with the title",
        )
    for second in titles[1:]:
        troubles.add(
            second.line, f"a second title, the first is at line {titles[0].line}: write ## for a section"
        )
    for heading in headings:
        if heading.level > 2:
            marks = "#" * heading.level
            troubles.add(
                heading.line, f"a lesson has # and ## headings alone: write ## or plain text, not {marks}"
            )
        if not heading.text:
            troubles.add(heading.line, "a heading without words: give it some or remove it")
    return titles[0] if titles else None


def read_beats(sections: Sequence[Section], troubles: Troubles) -> tuple[Beat, ...]:
    """Return the beats of all sections; the introduction comes first and may have none."""
    introduction, *rest = sections
    for words in ("toml quiz", "toml beat"):
        for fence in introduction.fences(words):
            message = f"```{words} stands above the first ## heading: give it a heading and narration"
            troubles.add(fence.line, message)
    if not any(section.fences("toml beat") for section in sections):
        troubles.add(0, "the lesson has no beat: add a ## heading, narration and a ```toml beat")
    last = _last_with_beat(sections)
    for section in rest[:last]:
        if not section.fences("toml beat"):
            troubles.add(
                section.line,
                f"the section {section.title!r} has no beat: add a ```toml beat, or move its text to another",
            )
    beats = (_read_beat(section, troubles) for section in rest)
    return tuple(beat for beat in beats if beat)


def closing_of(sections: Sequence[Section]) -> str:
    """Return the prose of the sections after the last beat; from the second on with their headings."""
    trailing = [
        section for section in sections[_last_with_beat(sections) + 1 :] if section.line and section.prose
    ]
    told = (
        f"## {section.title}\n\n{section.prose}" if index else section.prose
        for index, section in enumerate(trailing)
    )
    return "\n\n".join(told)


def _last_with_beat(sections: Sequence[Section]) -> int:
    """Return the index of the last section with a beat; 0, the introduction, where there is none."""
    return max((index for index, section in enumerate(sections) if section.fences("toml beat")), default=0)


def _read_beat(section: Section, troubles: Troubles) -> Beat | None:
    quizzes, beats = section.fences("toml quiz"), section.fences("toml beat")
    if not beats:
        for fence in quizzes:
            troubles.add(fence.line, f"the quiz has no beat: add a ```toml beat under {section.title!r}")
        return None
    for second in beats[1:]:
        message = f"a second beat under {section.title!r}: give it a ## heading and narration of its own"
        troubles.add(second.line, message)
    _check_order(section, quizzes, beats[0], troubles)
    quiz_fence = only_one(quizzes, troubles)
    reader = open_table("toml beat", beats[0], troubles)
    quiz = _read_quiz(quiz_fence, troubles) if quiz_fence else None
    if reader is None:
        return None
    fields = read_beat(reader, beats[0].line)
    return Beat(section.title, section.prose, fields.run, fields.until, fields.expect, quiz, fields.line)


def _read_quiz(fence: Fence, troubles: Troubles) -> Quiz | None:
    reader = open_table("toml quiz", fence, troubles)
    return read_quiz(reader, fence.line) if reader else None


def _check_order(section: Section, quizzes: list[Fence], beat: Fence, troubles: Troubles) -> None:
    if not section.prose:
        message = f"the section {section.title!r} has no narration: tell what is about to happen"
        troubles.add(section.line, message)
    for quiz in quizzes:
        if quiz.line > beat.line:
            message = f"the quiz stands below the beat of line {beat.line}: ask before the beat runs"
            troubles.add(quiz.line, message)
    late = [block for block in section.blocks if block.line > beat.line and _told(block)]
    if late:
        troubles.add(
            late[0].line,
            f"text below the beat of line {beat.line} would be told before it runs: move it above, "
            "or under the next ## heading",
        )
