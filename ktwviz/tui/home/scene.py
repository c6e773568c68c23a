"""What the home screen draws: the lessons and how far the learner is."""

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.proof import key_of_proof
from ktwviz.lesson.shelf import Part
from ktwviz.progress.model import LessonProgress, Progress
from ktwviz.tui.symbols import Symbols
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Home:
    """The lessons in order, the progress, and the one that is marked (None where a filter leaves none).

    `notice` is a sentence of the program, `filter` the words by which the list is filtered; both "" for none.
    `trouble` says that the sentence tells of something that is wrong. `parts` are those of the course; lessons of none
    stand at the end.
    """

    lessons: tuple[Lesson, ...]
    progress: Progress
    marked: Lesson | None
    notice: str = ""
    parts: tuple[Part, ...] = ()
    filter: str = ""
    trouble: bool = False

    def of(self, lesson: Lesson) -> LessonProgress:
        """Return the progress in a lesson."""
        return self.progress.of(lesson.id)

    @property
    def solved(self) -> tuple[Lesson, ...]:
        """The lessons whose goal the learner reached."""
        return tuple(lesson for lesson in self.lessons if self.of(lesson).solved)

    def part_begun_by(self, lesson: Lesson) -> Part | None:
        """Return the part whose first lesson this is, None for another lesson."""
        for part in self.parts:
            if part.id == lesson.part:
                return part if lesson == self.lessons_of(part)[0] else None
        return None

    def lessons_of(self, part: Part) -> tuple[Lesson, ...]:
        """Return the lessons of a part, in order."""
        return tuple(lesson for lesson in self.lessons if lesson.part == part.id)

    @property
    def mended(self) -> tuple[Lesson, ...]:
        """The lessons whose function the learner mended."""
        return tuple(lesson for lesson in self.lessons if is_mended(lesson, self.of(lesson)))

    @property
    def first_start(self) -> bool:
        """Whether nothing was ever done here."""
        return not self.progress.lessons

    def open_needs(self, lesson: Lesson) -> tuple[Lesson, ...]:
        """Return the lessons that this one builds on and that are not solved."""
        return tuple(
            other for other in self.lessons if other.id in lesson.needs and not self.of(other).solved
        )

    def next_unsolved(self) -> Lesson | None:
        """Return the first lesson after the marked one, round the end, that is not solved."""
        # somebody's own lesson stands in no list, and a filter may leave none: behind these comes the first
        at = (
            self.lessons.index(self.marked) if self.marked is not None and self.marked in self.lessons else -1
        )
        order = self.lessons[at + 1 :] + self.lessons[: at + 1]
        return next((lesson for lesson in order if not self.of(lesson).solved), None)


def started(progress: LessonProgress) -> bool:
    """Whether a lesson was begun."""
    return bool(progress.token or progress.beat or progress.quiz or progress.hints or progress.draft)


def is_mended(lesson: Lesson, progress: LessonProgress) -> bool:
    """Whether the learner's text of the lesson's function is proved, for the lesson as it is now."""
    return lesson.fix is not None and bool(progress.fixed) and progress.fixed_for == key_of_proof(lesson)


def state_symbol(progress: LessonProgress, symbols: Symbols) -> tuple[str, str]:
    """Return glyph and style of a lesson's state: solved, started, new."""
    if progress.solved:
        return symbols.solved, "bold $changed"
    if started(progress):
        return symbols.started, "bold $next"
    return symbols.new, "$muted"
