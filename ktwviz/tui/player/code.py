"""A function's lines as the source panes show them: numbered, highlighted, cut to a window round the next line."""

from collections.abc import Iterable
from functools import lru_cache

from pygments.token import Token  # type: ignore[import-untyped]  # it ships no types
from textual.content import Content
from textual.highlight import HighlightTheme, highlight

from ktwviz.export.as_c import text_as_c
from ktwviz.kernel.versions import kernel_namespace
from ktwviz.machine.snapshot import Place
from ktwviz.values import dataclass


class CalmHighlight(HighlightTheme):
    """Few hues: structure in bold, texts and comments set back; the next line alone shines."""

    STYLES = {
        Token.Comment: "$muted italic",
        Token.Keyword: "$secondary",
        Token.Keyword.Constant: "$secondary",
        Token.Operator.Word: "$secondary",
        Token.Literal.String: "$muted",
        Token.Literal.String.Doc: "$muted",
        Token.Literal.String.Double: "$muted",
        Token.Literal.Number: "$lock",
        Token.Name.Decorator: "$muted",
        Token.Name.Function: "bold",
    }


FEW_LINES = 4


@dataclass(frozen=True)
class Tongue:
    """The syntax in which code is shown: as it is run, or in C, with the names of `kernel` and the scenario's objects.

    `objects` are the names of the scenario's variables, each with that of its struct.
    """

    c: bool = False
    kernel: str = "v4"
    objects: tuple[tuple[str, str], ...] = ()


AS_RUN = Tongue()


@dataclass(frozen=True)
class CodeLine:
    """One line of a function: its number in the file, its text, and the text in colours.

    `free` lines stand for no line of the file: the braces and declarations of C. Their number is that of the line
    before them.
    """

    number: int
    text: str
    styled: Content
    free: bool = False


@lru_cache(maxsize=256)
def c_lines(
    source: tuple[str, ...], first_line: int, tongue: Tongue, *, compact: bool
) -> tuple[CodeLine, ...]:
    """Return a function's lines in C syntax. Compact ones leave out the docstring and empty lines."""
    lines = text_as_c(source, first_line, kernel_namespace(tongue.kernel), tongue.objects)
    left_out = {first_line + at for at in _left_out(source)} if compact else set()
    text = "\n".join(line.text.expandtabs(4) for line in lines)
    styled = highlight(text, language="c", theme=CalmHighlight).split("\n", allow_blank=True)
    shown: list[CodeLine] = []
    number = first_line
    for line, pretty in zip(lines, styled, strict=False):
        number = line.number or number
        if line.number in left_out or (compact and not line.text):
            continue
        shown.append(CodeLine(number, pretty.plain.rstrip(), pretty.rstrip(), free=line.number is None))
    return tuple(shown)


@lru_cache(maxsize=256)
def code_lines(source: tuple[str, ...], first_line: int, *, compact: bool) -> tuple[CodeLine, ...]:
    """Return a function's lines. Compact ones leave out decorators, docstring and empty lines."""
    styled = highlight("\n".join(source), language="python", theme=CalmHighlight).split(
        "\n", allow_blank=True
    )
    left_out = _left_out(source) if compact else frozenset()
    indent = min((len(line) - len(line.lstrip()) for line in source if line.strip()), default=0)
    return tuple(
        CodeLine(
            first_line + n,
            line[indent:].rstrip(),
            styled[n][indent:].rstrip() if n < len(styled) else Content(""),
        )
        for n, line in enumerate(source)
        if n not in left_out
    )


def window(
    lines: tuple[CodeLine, ...], line: int, height: int, ran: int | None = None
) -> tuple[CodeLine, ...]:
    """Return at most `height` lines with `line` among them. It moves in half pages, so that stepping is calm.

    Where there are few lines, the one that just `ran` is among them too, with a gap if need be: numbers tell it.
    """
    if height <= FEW_LINES:
        lines = tuple(code for code in lines if not code.free)
    if len(lines) <= height:
        return lines
    index = max((n for n, code in enumerate(lines) if code.number <= line and not code.free), default=0)
    page = max(1, height // 2 - 1)
    start = index if height < 3 else max(0, (index - 1) // page * page)
    start = min(start, len(lines) - height)
    shown = lines[start : start + height]
    past = next((code for code in lines if code.number == ran), None)
    if past is None or past in shown or not 2 <= height <= FEW_LINES:
        return shown
    if past.number < line:
        return (past, *lines[index : index + height - 1])
    start = max(0, min(index, len(lines) - height + 1))
    return (*lines[start : start + height - 1], past)


@dataclass(frozen=True)
class Listing:
    """The lines of a place that are shown, the number of the one that runs next, and of those that just ran.

    A line that just ran and is not in view has its number in `done` all the same.
    """

    lines: tuple[CodeLine, ...]
    here: int
    done: frozenset[int]


def listing(place: Place, height: int, tongue: Tongue = AS_RUN, ran: Iterable[int] = ()) -> Listing:
    """Return the lines of a place that fit: the whole function if it does, else its compact form in a window.

    Where there are few lines each is worth more than a docstring.
    """
    lines = _all_lines(place, tongue, compact=False)
    fits = FEW_LINES < len(lines) <= height
    if not fits:
        lines = _all_lines(place, tongue, compact=True)
    done = frozenset(shown_number(lines, number) for number in ran)
    here = shown_number(lines, place.line)
    return Listing(lines if fits else window(lines, place.line, height, max(done, default=None)), here, done)


def shown_number(lines: tuple[CodeLine, ...], number: int) -> int:
    """Return the number of the line that shows a line of a function: of a statement over several lines, its first.

    `lines` are all that the function has.
    """
    return max((line.number for line in lines if not line.free and line.number <= number), default=number)


def _all_lines(place: Place, tongue: Tongue, *, compact: bool) -> tuple[CodeLine, ...]:
    if tongue.c:
        return c_lines(place.source, place.first_line, tongue, compact=compact)
    return code_lines(place.source, place.first_line, compact=compact)


def _left_out(source: tuple[str, ...]) -> frozenset[int]:
    """Return the indices of decorators, docstring and empty lines."""
    out: set[int] = set()
    inside = False
    seen_code = False
    for n, line in enumerate(source):
        text = line.strip()
        quotes = text.count('"""')
        if inside or (quotes and not seen_code):
            out.add(n)
            inside = inside != (quotes % 2 == 1)
            seen_code = not inside
        elif not text or text.startswith("@"):
            out.add(n)
        elif not text.startswith("def ") and not source[n - 1].strip().endswith((",", "(")):
            seen_code = True
    return frozenset(out)
