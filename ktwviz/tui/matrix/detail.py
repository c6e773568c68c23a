"""The selected cell in words: what the verdict is, how it comes about, and which patch or commit the code is from."""

from textual.content import Content

from ktwviz.export.article import source_link
from ktwviz.export.matrix import HEADS
from ktwviz.kernel.history import came_with
from ktwviz.kernel.versions import VERSIONS
from ktwviz.lesson.matrix import COLUMNS, RULE, Cell, Row
from ktwviz.lesson.scenario import rule_called
from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.matrix.table import sign_of
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READABLE, lines_of

LABEL = 8


def draw_detail(scene: Table, width: int, symbols: Symbols) -> list[Content]:
    """Return all that is known of the selected cell."""
    row = scene.selected
    if row is None:
        return [Content.styled("None of these lessons says that anything breaks.", "$muted")]
    told = [Content.styled(symbols.text(scene.notice), "bold $next")] if scene.notice else []
    parts = [*told, *_verdict(scene, symbols), *_token(scene.cell)]
    lines = [line for part in parts for line in lines_of(part, width)]
    for name, text in _origin(scene, row):
        lines += _labelled(name, text, width, symbols)
    lines += _diff(row, scene.head, symbols)
    for name, text in _proof(scene.cell):
        lines += _labelled(name, text, width, symbols)
    return lines


def _labelled(name: str, text: str, width: int, symbols: Symbols) -> list[Content]:
    if " " not in text and len(text) > width - LABEL:
        # a link that is broken cannot be followed
        return [Content.styled(name, "$heading"), *lines_of(Content(text), width)]
    found = lines_of(Content(symbols.text(text)), width - LABEL)
    heads = [f"{name:<{LABEL}}", *[" " * LABEL] * (len(found) - 1)]
    return [Content.styled(head, "$heading") + line for head, line in zip(heads, found, strict=True)]


# The verdict ----------------------------------------------------------------------------------------------------


def _verdict(scene: Table, symbols: Symbols) -> list[Content]:
    cell = scene.cell
    if not scene.exists(scene.row, scene.column):
        return [Content("This race needs no rule: what breaks, breaks in the code as it was or is.")]
    sign, style = sign_of(cell, symbols)
    return [Content.styled(f"{sign} {symbols.text(_sentence(cell, stopped=scene.stopped))}", style)]


def _sentence(cell: Cell | None, *, stopped: bool) -> str:
    if cell is None:
        return "Not worked out: you stopped it. r goes on." if stopped else "Not worked out yet."
    said = {
        "holds": f"Nothing breaks in any interleaving: all {cell.states:,} states were seen.",
        "broken": f"{cell.property} is broken after {cell.steps} steps: {cell.how}",
        "other": f"This race is not there, but {cell.property} is broken after {cell.steps} steps: {cell.how}",
        "undetermined": f"Not known: {_before_all(cell)}{cell.how}",
        "absent": f"It cannot be asked here: {cell.how}",
    }
    return said[cell.kind]


def _before_all(cell: Cell) -> str:
    """Say what is broken where that is why nothing is known of the race."""
    return f"{cell.property} breaks first, after {cell.steps} steps: " if cell.token else ""


def _token(cell: Cell | None) -> list[Content]:
    return [Content.styled(cell.token, "$muted")] if cell is not None and cell.token else []


# What it stands on ----------------------------------------------------------------------------------------------


def _origin(scene: Table, row: Row) -> list[tuple[str, str]]:
    """Return which code the cell is about and where the race is told of."""
    fixes = () if scene.head == RULE else came_with(scene.head)
    return [
        ("Code", _code(row, scene.head)),
        *(("Commit", f"{fix.commit} ({fix.release}, {fix.year}): {fix.what}") for fix in fixes),
        ("Source", source_link(row.lesson)),
    ]


def _proof(cell: Cell | None) -> list[tuple[str, str]]:
    """Return what was proved, and how much of the lesson could not be asked."""
    if cell is None:
        return []
    count = "one claim" if cell.unasked == 1 else f"{cell.unasked} claims"
    return [
        *([("Unasked", f"{count} of the lesson: this version has no words for it")] if cell.unasked else []),
        *([("Proved", ", ".join(cell.held))] if cell.held else []),
    ]


def _code(row: Row, column: str) -> str:
    if column != RULE:
        return VERSIONS[column].sentence
    base = VERSIONS[row.lesson.kernel].sentence
    return f'{base}, with the rule "{row.rule}"' if row.rule else base


def _diff(row: Row, column: str, symbols: Symbols) -> list[Content]:
    """Return what a rule changes, where the cell is one with the rule."""
    rule = rule_called(row.lesson, row.rule) if column == RULE else None
    if rule is None:
        return []
    return [Content.styled(f"  {symbols.text(line)}", _colour(line)) for line in rule.diff.text.splitlines()]


def _colour(line: str) -> str:
    return {"-": "$bad", "+": "$changed"}.get(line[:1], "$muted")


def name_of(scene: Table) -> str:
    """Return the selected cell's race and version: "12 One line too late, now"."""
    row = scene.selected
    if row is None:
        return ""
    head = HEADS[COLUMNS[scene.column]]
    return f"{row.title}, {head}"


class DetailPane(Pane[Table]):
    """The selected cell."""

    HELP_TEXT = (
        "What is known of the selected cell: the property and how it breaks, a token of the shortest schedule, what "
        "was proved, the version of the code, the commits that came with it, and the lesson's source."
    )

    def draw(self, scene: Table, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw what fits."""
        return draw_detail(scene, width, symbols)

    def draw_whole(self, scene: Table, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it."""
        return draw_detail(scene, min(width, READABLE), symbols)

    def draw_title(self, scene: Table, symbols: Symbols) -> Content:
        """Name the cell."""
        return Content(symbols.text(name_of(scene)))

    def draw_subtitle(self, scene: Table, symbols: Symbols) -> Content:
        """Tell what enter does."""
        cell = scene.cell
        if cell is None:
            return Content("")
        return Content("enter: play it" if cell.token else "enter: read it all")
