"""The table of races and versions, as text that fits 120 columns and as Markdown."""

from collections.abc import Mapping, Sequence

from ktwviz.kernel.history import STAGES
from ktwviz.lesson.matrix import COLUMNS, RULE, Cell, Row

HEADS = {RULE: "with the rule", **dict(zip(STAGES, ("v4", "2016", "2020", "2021", "now"), strict=True))}
"""What stands over the columns."""

_TITLE_WIDTH = 33
_CELL_WIDTH = 14

Cells = Mapping[tuple[str, str], Cell]
"""The cells by the id of the lesson and the rule or version."""


def short(cell: Cell | None) -> str:
    """Return a cell in at most twelve characters: "broken 41", "holds 12.3k", "open 300k", "-"."""
    if cell is None or cell.kind == "absent":
        return "-"
    if cell.kind in ("broken", "other"):
        return f"{cell.kind} {cell.steps}"
    word = "holds" if cell.kind == "holds" else "open"
    return f"{word} {_thousands(cell.states)}"


def _thousands(number: int) -> str:
    return str(number) if number < 1000 else f"{number / 1000:.{1 if number < 100_000 else 0}f}k"


def as_text(rows: Sequence[Row], cells: Cells) -> str:
    """Return the table, what its words mean, and a line for everything that is broken or not known."""
    heads = "".join(f"{HEADS[column]:<{_CELL_WIDTH}}" for column in COLUMNS)
    lines = [f"{'race':<{_TITLE_WIDTH}}{heads}".rstrip()]
    for number, row in enumerate(rows, start=1):
        title = f"{number:>2} {row.lesson.title}"
        found = [short(_cell(row, column, cells)) for column in COLUMNS]
        lines.append(
            f"{title[: _TITLE_WIDTH - 2]:<{_TITLE_WIDTH}}"
            + "".join(f"{text:<{_CELL_WIDTH}}" for text in found).rstrip()
        )
    return "\n".join([*lines, "", *_legend(), "", *_details(rows, cells)])


def _legend() -> list[str]:
    return [
        "holds N    nothing breaks in all interleavings, N states, completely explored",
        "broken N   the shortest schedule that breaks something has N steps",
        "other N    this race is gone, but something else breaks, in N steps at the least",
        "open N     not known: the search ended after N states, or was cut by something that breaks first",
        "-          the version does not have what the scenario calls, or the race needs no rule",
    ]


def _details(rows: Sequence[Row], cells: Cells) -> list[str]:
    lines: list[str] = []
    for number, row in enumerate(rows, start=1):
        for column in COLUMNS:
            cell = _cell(row, column, cells)
            if cell is not None and cell.kind not in ("holds", "absent"):
                lines.append(f"{number:>2} {HEADS[column]:<14}{cell.property}: {cell.how}")
                lines += [f"{'':17}{cell.token}"] if cell.token else []
    return lines


def _cell(row: Row, column: str, cells: Cells) -> Cell | None:
    return cells.get((row.lesson.id, row.variant(column))) if column in row.columns else None


def as_markdown(rows: Sequence[Row], cells: Cells) -> str:
    """Return the table as Markdown, a schedule below it for each race that the code as posted has."""
    lines = [
        f"| race | {' | '.join(HEADS[column] for column in COLUMNS)} |",
        f"| --- |{' --- |' * len(COLUMNS)}",
    ]
    for row in rows:
        found = [_marked(_cell(row, column, cells)) for column in COLUMNS]
        lines.append(f"| {row.lesson.title} | {' | '.join(found)} |")
    return "\n".join(lines)


def _marked(cell: Cell | None) -> str:
    text = short(cell)
    return f"**{text}**" if cell is not None and cell.kind == "broken" else text
