"""Swim lanes: one row for each context and lock, one column for each atomic step, a cursor at the moment shown."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.machine.snapshot import ContextView, Status
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, shown_contexts
from ktwviz.tui.player.track import Column, ever_active
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, fill
from ktwviz.tui.theme import cpu_role
from ktwviz.values import dataclass

LABEL = 16
NUMBER_EVERY = 5
WIDE = 150
NORMAL = 90


EVENTS = {"fire", "wake", "arm", "disarm", "alloc", "free"}


@dataclass(frozen=True)
class Cell:
    """One step in one row: a glyph, and the filler that follows it where columns are wider than a cell."""

    glyph: str
    style: str
    filler: str
    filler_style: str = ""


@dataclass(frozen=True)
class Ruler:
    """Which steps are in view: `first` in the leftmost column, `count` columns of `cell` cells after a label."""

    first: int
    count: int
    cell: int

    def step_at(self, x: int) -> int | None:
        """Return the step under a cell, None left of the columns."""
        return self.first + (x - LABEL) // self.cell if x >= LABEL else None


def ruler_for(cursor: int, total: int, width: int) -> Ruler:
    """Return the columns in view. They move in halves of the view, so that stepping moves the cursor, not all."""
    cell = 3 if width >= WIDE else 2 if width >= NORMAL else 1
    count = max(1, (width - LABEL) // cell)
    if total <= count:
        return Ruler(1, count, cell)
    half = max(1, count // 2)
    first = max(0, (cursor - 1) // half - 1) * half + 1
    return Ruler(max(1, min(first, total - count + 1)), count, cell)


def draw_lanes(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return ruler, rows of contexts, locks and works, jiffies; rows that find no room are counted in the first."""
    ruler = ruler_for(scene.cursor, len(scene.columns), width)
    foreseen = [_ahead_row(scene, ruler, symbols)] if scene.foresight else []
    height -= len(foreseen)
    active = contexts = ever_active(scene.columns, scene.contexts)
    if len(contexts) > height - 1:
        contexts = shown_contexts(scene, height - 1)
    used = [lock.name for lock in scene.locks if _ever_held(lock.name, scene)]
    works = [work.name for work in scene.picture.works if _ever_busy(work.name, scene)]
    left = max(0, len(active) + len(used) + len(works) + 2 - height)
    rows = [_ruler_row(scene, ruler, left, symbols)]
    rows += [_context_row(context, scene, ruler, symbols) for context in contexts]
    rows += [
        _lock_row(name, scene, ruler, symbols) for name in used[: max(1, height - len(rows) - len(works) - 1)]
    ]
    rows += [_work_row(name, scene, ruler, symbols) for name in works]
    rows.append(_time_row(scene, ruler, symbols))
    return [clip(row, width, symbols) for row in (*foreseen, *rows[:height])]


def cell_of(column: Column, context: ContextView, symbols: Symbols) -> Cell:
    """Return what one context shows in one column."""
    if column.ran == context.number:
        bar = symbols.run if context.kind == "task" else symbols.run_irq
        glyph, style = _event_sign(column, symbols) or (bar, f"{cpu_role(context.cpu)} 75%")
        return Cell(glyph, style, bar, f"{cpu_role(context.cpu)} 75%")
    glyph, style = _waiting_sign(column.statuses.get(context.number, "off"), symbols)
    return Cell(glyph, style, glyph if glyph == symbols.spins else " ")


def _waiting_sign(status: Status, symbols: Symbols) -> tuple[str, str]:
    return {
        "ready": (symbols.idle, "$muted"),
        "spins": (symbols.spins, "$spins"),
        "waits": (symbols.sleeps, "$muted"),
        "sleeps": (symbols.sleeps, "$muted"),
        "held back": (symbols.interrupted, "$irq"),
        "dead": (symbols.bad, "bold $bad"),
    }.get(status, (" ", ""))


def _event_sign(column: Column, symbols: Symbols) -> tuple[str, str] | None:
    kinds = {event.kind for event in column.step.events}
    if any(event.bad for event in column.step.events):
        return symbols.bad, "bold $bad"
    if "lock" in kinds:
        return symbols.held, "bold $lock"
    if "unlock" in kinds:
        return symbols.free, "bold $lock"
    return (symbols.event, "bold $event") if kinds & EVENTS else None


def _row(label: Content, scene: Scene, ruler: Ruler, cells: Callable[[int, Column], Cell]) -> Content:
    """Return a row; the cursor column has a ground of its own, the future is dimmed."""
    parts: list[tuple[str, str]] = []
    last = min(len(scene.columns), ruler.first + ruler.count - 1)
    for number in range(ruler.first, last + 1):
        cell = cells(number, scene.columns[number - 1])
        extra = " on $edge" if number == scene.cursor else " dim" if number > scene.cursor else ""
        glyph = cell.glyph[: ruler.cell]
        parts.append((glyph, f"{cell.style}{extra}".strip()))
        parts.append(
            (cell.filler * (ruler.cell - len(glyph)), f"{cell.filler_style or cell.style}{extra}".strip())
        )
    return label.pad_right(max(0, LABEL - label.cell_length)) + Content.assemble(*_runs(parts))


def _runs(parts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join neighbours of one style: a row of a hundred spans would be most of what a step costs."""
    for style, run in groupby(parts, key=itemgetter(1)):
        yield "".join(text for text, _ in run), style


def _ruler_row(scene: Scene, ruler: Ruler, left: int, symbols: Symbols) -> Content:
    rows = "row" if left == 1 else "rows"
    label = Content.styled(f"step +{left} {rows}: z" if left else "step", "$muted")
    marks = {
        (step - ruler.first) * ruler.cell: mark
        for step, mark in (
            *((step, symbols.decision) for step in scene.decisions),
            *((step, symbols.branch) for step in scene.branches),
        )
    }
    here = min((scene.cursor - ruler.first) * ruler.cell, ruler.count * ruler.cell - len(str(scene.cursor)))
    # a number that would run into a mark, or into the step that is shown, is left out
    taken = {*marks, *(range(here - 1, here + len(str(scene.cursor)) + 1) if scene.cursor else ())}
    text = [" "] * (ruler.count * ruler.cell + 4)
    for number in range(ruler.first, min(len(scene.columns), ruler.first + ruler.count - 1) + 1):
        x = (number - ruler.first) * ruler.cell
        places = range(x, x + len(str(number)))
        if (number == 1 or number % NUMBER_EVERY == 0) and taken.isdisjoint(places):
            text[x : places.stop] = str(number)
    line = Content.styled("".join(text).rstrip(), "$muted")
    for x, mark in sorted(marks.items()):
        if 0 <= x < ruler.count * ruler.cell:
            line = _put(line, x, Content.styled(mark, "bold $next"))
    if scene.cursor and 0 <= here < ruler.count * ruler.cell:
        line = _put(line, here, Content.styled(str(scene.cursor), "bold reverse $next"))
    return label.pad_right(LABEL - label.cell_length) + line


def _put(line: Content, x: int, mark: Content) -> Content:
    end = x + mark.cell_length
    line = line.pad_right(max(0, end - line.cell_length))
    before, after = line[:x], line[end:]
    return before + mark + after


def _context_row(context: ContextView, scene: Scene, ruler: Ruler, symbols: Symbols) -> Content:
    label = Content.styled(f"{context.number} {context.name}", cpu_role(context.cpu))

    return _row(label, scene, ruler, lambda number, column: cell_of(column, context, symbols))


def _lock_row(name: str, scene: Scene, ruler: Ruler, symbols: Symbols) -> Content:
    def cells(number: int, column: Column) -> Cell:
        owner = column.owners.get(name)
        before = scene.columns[number - 2].owners.get(name) if number > 1 else None
        if owner is None:
            return Cell(" ", "", " ")
        if owner == before:
            return Cell(symbols.owned, "$lock", symbols.owned)
        return Cell(str(owner), "bold $lock", symbols.owned, "$lock")

    return _row(clip(Content.styled(name, "$lock"), LABEL - 1, symbols), scene, ruler, cells)


WORK_STYLES = {
    "idle": "$muted",
    "armed": "$event",
    "expired": "$event",
    "fired": "bold $event",
    "current": "bold $changed",
    "dangling": "bold $bad",
}


def _work_row(name: str, scene: Scene, ruler: Ruler, symbols: Symbols) -> Content:
    """Return what became of a work: a word where its state changes, and a line while it lasts."""
    last = min(len(scene.columns), ruler.first + ruler.count - 1)
    states = [scene.columns[number - 1].works.get(name, "") for number in range(ruler.first, last + 1)]
    text = ""
    for state, run in groupby(states):
        width = ruler.cell * len(list(run))
        filler = " " if state in ("idle", "") else symbols.owned
        text += state[: max(0, width - 1)].ljust(width, filler)

    def cells(number: int, column: Column) -> Cell:
        start = (number - ruler.first) * ruler.cell
        style = WORK_STYLES.get(column.works.get(name, ""), "bold")
        return Cell(text[start : start + ruler.cell], style, " ")

    return _row(clip(Content.styled(name, "$muted"), LABEL - 1, symbols), scene, ruler, cells)


def _ever_busy(name: str, scene: Scene) -> bool:
    return any(column.works.get(name, "idle") != "idle" for column in scene.columns)


def _time_row(scene: Scene, ruler: Ruler, symbols: Symbols) -> Content:
    def cells(number: int, column: Column) -> Cell:
        before = scene.columns[number - 2].time if number > 1 else None
        shown = column.time != before or number == ruler.first
        return Cell(str(column.time), "bold $event", " ") if shown else Cell(" ", "", " ")

    return _row(Content.styled("jiffies", "$muted"), scene, ruler, cells)


def _ahead_row(scene: Scene, ruler: Ruler, symbols: Symbols) -> Content:
    """Return the row that says after which steps what is looked out for can still be met."""
    assert scene.foresight is not None
    steps, sign, style, what = scene.foresight.steps, symbols.bad, "$bad", "lies ahead"
    if scene.foresight.of_goal:
        sign, style, what = symbols.arrow, "$next", "goal ahead"

    def cells(number: int, column: Column) -> Cell:
        ahead = steps[number - 1]
        if ahead.steps is not None:
            return Cell(sign[-1:], f"bold {style}" if ahead.sealed else style, " ")
        return Cell(" " if ahead.known == "never" else "?", "$muted", " ")

    return _row(Content.styled(f"{sign} {what}", style), scene, ruler, cells)


def _ever_held(name: str, scene: Scene) -> bool:
    return any(column.owners.get(name) is not None for column in scene.columns)


def legend(scene: Scene, symbols: Symbols) -> Content:
    """Return the meaning of the glyphs."""
    marks = f"{symbols.run} runs  {symbols.run_irq} irq  {symbols.held} locks  {symbols.free} unlocks"
    waits = f"{symbols.spins} spins  {symbols.sleeps} sleeps  {symbols.interrupted} held back"
    branch = f"  {symbols.branch} branch" if scene.branches else ""
    taken = f"  {symbols.decision} taken over" if scene.decisions else ""
    return Content(f"{marks}  {waits}  {symbols.event} event{taken}{branch}")


class LanesPane(Pane[Scene]):
    """The swim lanes; a click on a column jumps to its step."""

    HELP_TEXT = "Who ran when. Left and right move through the steps, a click jumps."

    class Jump(Message):
        """A column was clicked."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the lanes."""
        lines = draw_lanes(scene, width, height, symbols)
        return [fill(line, width, symbols) for line in lines]

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Lanes")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the legend."""
        return legend(scene, symbols)

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which step was clicked."""
        offset = event.get_content_offset(self)
        if self.scene is None or offset is None:
            return
        ruler = ruler_for(self.scene.cursor, len(self.scene.columns), self.content_size.width)
        step = ruler.step_at(offset.x)
        if step is not None and step <= len(self.scene.columns):
            self.post_message(self.Jump(step))
