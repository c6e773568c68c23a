"""What the screen of a fix shows, as data: the question, the text's standing, and the words for it."""

from textual.content import Content

from ktwviz.checker.properties import BUILTINS
from ktwviz.errors import Trouble
from ktwviz.lesson.fix import YOUR_CODE, Judgement
from ktwviz.lesson.judging import sentence
from ktwviz.lesson.model import Lesson
from ktwviz.numerals import in_words
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import lines_of
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Desk:
    """One moment of the work on a fix.

    `trouble` is why the text cannot run. `running` counts the states that a check has seen so far, None where none
    runs. `judgement` is what the last check of this very text said, `because` what the lesson says of a wrong text.
    `proved` says that this very text was proved, now or before. `told` is a sentence of the program.
    """

    lesson: Lesson
    trouble: Trouble | None = None
    running: int | None = None
    judgement: Judgement | None = None
    because: str = ""
    proved: bool = False
    given: bool = False
    told: str = ""

    @property
    def function(self) -> str:
        """The name of the function that is mended."""
        assert self.lesson.fix is not None
        return self.lesson.fix.function

    @property
    def schedule(self) -> tuple[str, ...]:
        """The schedule that refutes the text, empty where none does."""
        return self.judgement.keys if self.judgement is not None else ()


def draw_ask(desk: Desk, width: int, symbols: Symbols) -> list[Content]:
    """Return what is to be mended, in the lesson's words."""
    assert desk.lesson.fix is not None
    head = Content.styled("Fix it ", "bold $next")
    return lines_of(head + inline_markdown(desk.lesson.fix.ask, symbols), width)


def draw_title(desk: Desk, symbols: Symbols) -> Content:
    """Return how the text stands, in a word or two."""
    if desk.running is not None:
        return Content.styled("Checking", "bold $next")
    if desk.trouble is not None:
        return Content.styled(f"{symbols.bad} {_place(desk.trouble)}", "bold $bad")
    judged = desk.judgement
    if judged is not None and judged.kind == "broken":
        return Content.styled(f"{symbols.bad} Refuted", "bold $bad")
    if judged is not None and judged.kind == "undetermined":
        return Content.styled("Undetermined: nothing is proved", "bold $spins")
    if desk.proved:
        return Content.styled(f"{symbols.done} Proved", "bold $changed")
    return Content.styled("Not checked yet", "bold")


def draw_outcome(desk: Desk, width: int, symbols: Symbols) -> list[Content]:
    """Return what is known of the text, and what to do next."""
    parts = _outcome(desk, symbols)
    told = Content.styled(symbols.text(desk.told), "bold")
    return [line for part in (*parts, told) if part for line in lines_of(part, width)]


def _outcome(desk: Desk, symbols: Symbols) -> list[Content]:
    if desk.running is not None:
        seen = f"{desk.running:,} states so far." if desk.running else "It begins."
        return [Content(f"All interleavings are gone through: {seen}"), _muted("esc ends the check.")]
    if desk.trouble is not None:
        return [Content(symbols.text(desk.trouble.message))]
    if desk.judgement is not None:
        return _judged(desk, desk.judgement, symbols)
    if desk.proved:
        return [Content("This text was proved earlier. ctrl+s checks it again.")]
    if desk.given:
        return [
            Content("This is the function as the lesson has it, bug and all. Mend it."),
            _muted(f"Callers count on {desk.function}(): whoever is promised something must get it."),
        ]
    return [
        Content("It compiles. Does it hold? ctrl+s lets every interleaving run on it."),
        _muted("All properties are judged, not the lesson's bug alone."),
    ]


def _judged(desk: Desk, judged: Judgement, symbols: Symbols) -> list[Content]:
    if judged.kind == "broken":
        return _refuted(desk, judged, symbols)
    if judged.kind == "undetermined":
        return [
            Content(symbols.text(sentence(judged.how))),
            Content(f"{judged.states:,} states were seen, and nothing broke in them. ctrl+s begins anew."),
        ]
    return _holds(desk, judged)


def _refuted(desk: Desk, judged: Judgement, symbols: Symbols) -> list[Content]:
    how = Content.styled(symbols.text(sentence(judged.how)), "bold")
    breaks = Content(f"That breaks {_name(judged)}{_where(desk, judged)}.")
    because = inline_markdown(desk.because, symbols)
    if not judged.keys:
        return [how, breaks, because]
    steps = f"{len(judged.keys)} steps lead there: "
    lead = Content.assemble(
        (steps, "$muted"), ("enter", "bold $next"), (" goes through them on your code.", "$muted")
    )
    return [how, because, breaks, lead]


def _name(judged: Judgement) -> str:
    """Return what is broken, by its name where it has one."""
    known = {builtin.name for builtin in BUILTINS}
    return judged.broken if judged.broken in known else "what the lesson asks for"


def _where(desk: Desk, judged: Judgement) -> str:
    own = judged.scenario.lesson.scenario == desk.lesson.scenario
    return "" if own else ", not in the lesson's own scenario but in a further one that it brings along"


def _holds(desk: Desk, judged: Judgement) -> list[Content]:
    assert desk.lesson.fix is not None
    runs = (
        "all interleavings, infinitely many" if judged.interleavings is None else _all(judged.interleavings)
    )
    trials = len(desk.lesson.fix.trials)
    further = (
        f", in the lesson's scenario and {'one more' if trials == 1 else f'{trials} more'}" if trials else ""
    )
    return [
        Content.styled(f"It holds under {runs} ({judged.states:,} states){further}.", "bold $changed"),
        Content("The text is kept as proved. f3 shows it beside the given answer."),
    ]


def _all(count: int) -> str:
    return f"all {in_words(count, 9, 1)} interleavings"


def _place(trouble: Trouble) -> str:
    return f"Line {trouble.line}" if trouble.file == YOUR_CODE else f"{trouble.file}, line {trouble.line}"


def _muted(text: str) -> Content:
    return Content.styled(text, "$muted")
