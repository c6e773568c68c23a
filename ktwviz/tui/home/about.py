"""What the marked lesson is about, what it builds on, and how far the learner is in it."""

from collections.abc import Sequence

from textual.content import Content

from ktwviz.lesson.model import Lesson
from ktwviz.progress.model import LessonProgress
from ktwviz.tui.home.scene import Home, is_mended, started
from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.naming import discussion_link, lesson_number, title_of
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READ_ON, READABLE, UNBOUNDED, clip, clip_to, columns, joined, lines_of

LABEL = 10

FIRST_STEPS = (
    ("enter", "opens the marked lesson"),
    ("space", "runs its next step, and left takes it back"),
    ("1 2 3", "decide who runs; ? shows every key"),
)


def draw_about(home: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the description; the introduction gives way where the pane is short."""
    lesson = home.marked
    if lesson is None:
        return _no_match(home, width, symbols)
    head = lines_of(inline_markdown(lesson.aim, symbols).stylize_before("bold"), width)
    head = [*_part(home, lesson, width, height, symbols), *head]
    foot = _facts(home, lesson, width, symbols)
    if home.first_start:
        foot = [*_first_steps(width, symbols), *foot]
    room = height - len(head) - len(foot) - 2
    told = _shortened(prose(lesson.introduction, width, symbols), room, width, symbols)
    return [*head, Content(""), *told, *([Content("")] if told else []), *foot]


def _no_match(home: Home, width: int, symbols: Symbols) -> list[Content]:
    """Say what the filter looks at, and how to get the list back."""
    words = symbols.text(home.filter)
    told = f"No lesson has {words} in its title, its kind, its aim or its text. Code is not searched."
    ways = [("esc", "shows all lessons"), ("/", "searches for other words")]
    return [*lines_of(Content(told), width), Content(""), *_keys(ways, width, symbols)]


def whole_about(home: Home, width: int, symbols: Symbols) -> list[Content]:
    """Return the whole description, in lines that are not too long to read, and the link in full."""
    if home.marked is None:
        return draw_about(home, width, UNBOUNDED, symbols)
    width = min(width, READABLE)
    link = lines_of(Content(discussion_link(home.marked.source)), width)
    head = Content.styled("Discussion", "$heading")
    return [*draw_about(home, width, UNBOUNDED, symbols), Content(""), head, *link]


def _part(home: Home, lesson: Lesson, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Lead into a part at its first lesson, where there is room for it."""
    part = home.part_begun_by(lesson)
    if part is None:
        return []
    lines = prose(part.text, width, symbols)
    if len(lines) > height // 6:
        return []
    title = Content.styled(symbols.text(part.title), "bold $heading")
    return [title, *(line.stylize_before("$muted") for line in lines), Content("")]


def _shortened(lines: list[Content], room: int, width: int, symbols: Symbols) -> list[Content]:
    if len(lines) <= room:
        return lines
    kept = lines[: max(0, room)]
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        return []
    more = Content.styled(f" {symbols.more}{READ_ON}", "$muted")
    return [*kept[:-1], clip_to(kept[-1], width, more)]


def _first_steps(width: int, symbols: Symbols) -> list[Content]:
    return [*_keys(FIRST_STEPS, width, symbols), Content("")]


def _keys(ways: Sequence[tuple[str, str]], width: int, symbols: Symbols) -> list[Content]:
    rows = [[Content.styled(key, "bold $next"), Content(words)] for key, words in ways]
    return [clip(line, width, symbols) for line in columns(rows)]


def _facts(home: Home, lesson: Lesson, width: int, symbols: Symbols) -> list[Content]:
    progress = home.of(lesson)
    facts = [
        ("Needs", _needs(home, lesson)),
        # at the very first start there is nothing to tell but how to begin
        ("Source", "" if home.first_start else lesson.source),
        ("Best", "" if home.first_start else _best(lesson, progress)),
        ("So far", _so_far(lesson, progress)),
        ("Fix", _fix(lesson, progress)),
        ("Proved by", progress.proved if progress.solved else ""),
    ]
    return [
        line
        for name, text in facts
        if text
        for line in _fact(name, Content(symbols.text(text)), width, symbols)
    ]


def _fact(name: str, text: Content, width: int, symbols: Symbols) -> list[Content]:
    """Return name and text in a line; a text that would be cut stands below its name."""
    if LABEL + text.cell_length <= width:
        return [Content.styled(f"{name:<{LABEL}}", "$heading") + text]
    return [Content.styled(name, "$heading"), *(clip(line, width, symbols) for line in lines_of(text, width))]


def _needs(home: Home, lesson: Lesson) -> str:
    missing = home.open_needs(lesson)
    needed = [other for other in home.lessons if other.id in lesson.needs]
    if not needed:
        return ""
    numbers = ", ".join(lesson_number(other) or other.title for other in needed)
    if not missing:
        return f"{numbers}, solved"
    if len(missing) == len(needed):
        return f"{numbers}, not yet solved"
    return f"{numbers}; not yet solved: {', '.join(lesson_number(other) or other.title for other in missing)}"


def _best(lesson: Lesson, progress: LessonProgress) -> str:
    limit = f"at most {lesson.goal.max_steps}" if lesson.goal and lesson.goal.max_steps else ""
    if progress.best is None:
        return joined(["not solved yet", f"goal in {limit} steps" if limit else ""]).plain
    return joined([f"{progress.best} steps", f"of {limit}" if limit else ""]).plain


def _so_far(lesson: Lesson, progress: LessonProgress) -> str:
    if not started(progress):
        return ""
    quizzes = sum(1 for beat in lesson.beats if beat.quiz)
    right = progress.quiz_right
    return joined(
        [
            f"beat {progress.beat}/{len(lesson.beats)}" if lesson.beats else "",
            f"quiz {right}/{quizzes} right{at_first(progress)}" if quizzes else "",
            f"hints {progress.hints}" if progress.hints else "",
        ],
        "   ",
    ).plain


def at_first(progress: LessonProgress) -> str:
    """Return how many answers were right at the first try, where others were right later."""
    return f", {sum(progress.quiz.values())} at the first try" if progress.quiz_later else ""


def _fix(lesson: Lesson, progress: LessonProgress) -> str:
    """Return what became of the function that the lesson asks to be mended."""
    if lesson.fix is None or not (progress.draft or progress.fixed):
        return ""
    name = f"{lesson.fix.function}()"
    if is_mended(lesson, progress):
        return f"your {name} is proved under all interleavings"
    if progress.fixed:
        return f"your {name} was proved for an older lesson: check it again with F"
    return f"your {name} is begun, not proved"


class AboutPane(Pane[Home]):
    """The description of the marked lesson."""

    HELP_TEXT = "What the marked lesson is about, and how far you are in it."

    def draw(self, scene: Home, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the description."""
        return draw_about(scene, width, height, symbols)

    def draw_whole(self, scene: Home, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it."""
        return whole_about(scene, width, symbols)

    def draw_title(self, scene: Home, symbols: Symbols) -> Content:
        """Draw title and kind."""
        lesson = scene.marked
        if lesson is None:
            return Content("")
        kind = Content.styled(f"{lesson.kind}  {lesson.minutes} min", "$muted")
        return joined([Content(title_of(lesson, symbols)), kind], "   ")

    def draw_subtitle(self, scene: Home, symbols: Symbols) -> Content:
        """Tell what enter does."""
        if scene.marked is None:
            return Content("")
        progress = scene.of(scene.marked)
        again = "go on where you left" if progress.token else "begin"
        return Content(f"enter: {again}")
