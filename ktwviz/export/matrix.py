"""The table of races and versions, as text that fits 120 columns and as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ktwviz.export.article import source_link
from ktwviz.kernel.history import STAGES, came_with
from ktwviz.kernel.versions import VERSIONS
from ktwviz.lesson.matrix import COLUMNS, RULE, Cell, Key, Row
from ktwviz.values import dataclass

HEADS = {RULE: "with the rule", **dict(zip(STAGES, ("v4", "2016", "2020", "2021", "now"), strict=True))}
"""What stands over the columns."""

_TITLE_WIDTH = 43
_CELL_WIDTH = 13
_INDENT = " " * 3

Cells = Mapping[Key, Cell]


def short(cell: Cell | None) -> str:
    """Return a cell in at most twelve characters: "broken 41", "holds 12.3k", "open 300k", "-"."""
    if cell is None or cell.kind == "absent":
        return "-"
    if cell.kind in ("broken", "other"):
        return f"{cell.kind} {cell.steps}"
    word = "holds" if cell.kind == "holds" else "open"
    return f"{word} {thousands(cell.states)}"


def thousands(number: int, *, brief: bool = False) -> str:
    """Return a number in at most five characters, 646, 12.3k, 300k; in four if it is to be brief, 12k."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.{1 if number < (9_950 if brief else 99_950) else 0}f}k"


def title(row: Row, width: int, more: str = "..") -> str:
    """Return number, title and rule of a row in so many cells; the title gives way, the rule stays."""
    whole = row.title
    if len(whole) <= width or not row.several:
        return whole if len(whole) <= width else whole[: width - len(more)] + more
    rule = f": {row.rule}"
    name = whole.removesuffix(rule)
    return name[: width - len(rule) - len(more)].rstrip() + more + rule


def as_text(rows: Sequence[Row], cells: Cells) -> str:
    """Return the table, what its words mean, and a line for everything that is broken or not known."""
    heads = "".join(f"{HEADS[column]:<{_CELL_WIDTH + (column == RULE)}}" for column in COLUMNS)
    lines = [f"{'race':<{_TITLE_WIDTH}}{heads}".rstrip()]
    for row in rows:
        found = [short(cell_of(row, column, cells)) for column in COLUMNS]
        texts = (
            f"{text:<{_CELL_WIDTH + (column == RULE)}}" for column, text in zip(COLUMNS, found, strict=True)
        )
        lines.append(f"{title(row, _TITLE_WIDTH - 2):<{_TITLE_WIDTH}}{''.join(texts)}".rstrip())
    return "\n".join([*lines, "", *_legend(), "", *_details(rows, cells)])


LEGEND = (
    ("holds N", "nothing breaks in all interleavings, N states, completely explored"),
    ("broken N", "the race is there: what it breaks, see below, breaks in N steps at the least"),
    ("other N", "this race is not there, but something else breaks, see below, in N steps at the least"),
    ("open N", "not known: the search ended after N states, or was cut by something that breaks first"),
    ("-", "the version does not have what the scenario calls, or the race needs no rule"),
)
"""What the words of the table mean."""


def _legend() -> list[str]:
    return [f"{word:<11}{meaning}" for word, meaning in LEGEND]


# What breaks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What is broken or not known of a race, in all columns in which it is the same; the first of them is `cell`."""

    heads: tuple[str, ...]
    cell: Cell


def findings(rows: Sequence[Row], cells: Cells) -> Iterator[tuple[Row, list[Finding]]]:
    """Yield the lessons of some rows, each once by its first row, with what is broken or not known.

    A rule of a lesson with several is called by its name.
    """
    for _, group in groupby(rows, key=lambda row: row.lesson.id):
        same = list(group)
        found: dict[tuple[str, str], list[tuple[str, Cell]]] = {}
        for column in COLUMNS:
            for row in same if column == RULE else same[:1]:
                cell = cell_of(row, column, cells)
                if cell is not None and cell.kind not in ("holds", "absent"):
                    head = row.rule if column == RULE and row.several else HEADS[column]
                    found.setdefault((cell.kind, cell.property), []).append((head, cell))
        yield (
            same[0],
            [Finding(tuple(head for head, _ in one), one[0][1]) for one in found.values()],
        )


def _details(rows: Sequence[Row], cells: Cells) -> list[str]:
    lines: list[str] = []
    for row, found in findings(rows, cells):
        if found:
            lines.append(f"{row.lesson.number} {row.lesson.title}".strip())
        for finding in found:
            heads = " ".join(finding.heads)
            lines.append(f"{_INDENT}{heads}  {finding.cell.property}: {finding.cell.how}")
            lines += [f"{_INDENT}{_INDENT}{finding.cell.token}"] if finding.cell.token else []
    return lines


def cell_of(row: Row, column: str, cells: Cells) -> Cell | None:
    """Return the cell of a row in a column; None where it has none, or it is not worked out yet."""
    return cells.get(row.key(column)) if column in row.columns else None


# Markdown -------------------------------------------------------------------------------------------------------


_INTRODUCTION = """\
# Every race on every version of the code

`ktwviz matrix --markdown > docs/matrix.md` writes this page. `ktwviz matrix` prints the same as text, and `M` in the
list of lessons shows it on the screen, where `enter` plays what breaks.

A row is a race: a lesson, or one rule of a lesson that has several. A column is a version of the code; "with the rule"
is the version that the lesson is about, with the patch of a few lines that the lesson plays. No cell is written by
hand: for each, the checker goes through every interleaving of the lesson's scenario and judges it by the properties
that are judged always ([properties.md](properties.md)), by those that the lesson names, and by its own claims. What
holds, holds for that scenario and for this model of a computer (the README tells what it leaves out); it is no proof of
the kernel. What is broken comes with a shortest schedule: `ktwviz replay TOKEN` prints it, `ktwviz play LESSON --token
TOKEN` plays it. Not every broken cell is a bug of the kernel: some lessons misuse the interface on purpose, to show
what the code does not forgive, and say so.

Each claim stands on a source: the message or the commit that is linked below the title of its lesson. The versions
differ by these commits:
"""


def as_markdown(rows: Sequence[Row], cells: Cells) -> str:
    """Return the table as a page; below it, for each race, where it is told of, what breaks, and a schedule."""
    lines = [_INTRODUCTION, *_versions(), "", "## The table", ""]
    lines += [f"| race | {' | '.join(HEADS[column] for column in COLUMNS)} |"]
    lines += [f"| --- |{' --- |' * len(COLUMNS)}"]
    lines += [markdown_row(row, cells) for row in rows]
    lines += ["", *(f"- `{word}`: {meaning}" for word, meaning in LEGEND), "", "## What breaks, and how"]
    for row, broken in findings(rows, cells):
        lines += ["", f"### {row.lesson.number} {row.lesson.title}".replace("  ", " ")]
        lines += ["", f"Source: <{source_link(row.lesson)}>"]
        for finding in broken:
            lines += ["", f"{', '.join(finding.heads)}: `{finding.cell.property}` ({finding.cell.kind})"]
            lines += ["", "```text", finding.cell.how, *filter(None, [finding.cell.token]), "```"]
    return "\n".join(lines)


def markdown_row(row: Row, cells: Cells) -> str:
    """Return one row of the Markdown table."""
    found = [_marked(cell_of(row, column, cells)) for column in COLUMNS]
    return f"| {row.title} | {' | '.join(found)} |"


def _versions() -> Iterator[str]:
    yield "| column | the code | fixes that came with it |"
    yield "| --- | --- | --- |"
    for stage in STAGES:
        fixes = "; ".join(f"`{fix.commit}` ({fix.release}): {fix.what}" for fix in came_with(stage))
        yield f"| {HEADS[stage]} | {VERSIONS[stage].sentence} | {fixes} |"


def _marked(cell: Cell | None) -> str:
    text = short(cell)
    return f"**{text}**" if cell is not None and cell.kind == "broken" else text
