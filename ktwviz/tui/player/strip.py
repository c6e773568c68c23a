"""Lists, works, locks, late stores and timers in a few lines, for screens without room for panes."""

from textual.content import Content

from ktwviz.kernel.picture import DANGLING, WorkerView
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.player.locks import draw_locks, irq_danger, lock_parts
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.timers import draw_timers, timer_cells
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.player.worklist import (
    canceling_word,
    draw_extras,
    draw_list,
    draw_list_briefly,
    draw_workers,
    extra_words,
)
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, flush, joined
from ktwviz.tui.theme import cpu_role
from ktwviz.values import dataclass

LINES = 3
"""Lines that the strip always has: lists and works, locks, time."""
MOST = 6

_MORE = 12
"""Cells for the count of what does not fit."""


@dataclass(frozen=True)
class Part:
    """One fact of the strip. `row` is the line that it belongs to; who has a lower `rank` gets room first."""

    row: int
    text: Content
    rank: int = 0


def draw_strip(scene: Scene, width: int, symbols: Symbols, height: int = LINES) -> list[Content]:
    """Return lists and works, locks, time with timers: a line for each, and what finds no room there behind others.

    What changed or is broken gets its room first. What finds none at all is counted.
    """
    rows, left = _placed(_parts(scene, width, symbols), width, height)
    if left:
        parts = _parts(scene, width, symbols, briefly=True)
        rows, left = _placed(parts, width, height)
        if left:
            rows, left = _placed(parts, width, height, reserved=_MORE)
    divider = Content.styled(f" {symbols.divider} ", "$edge")
    lines = [divider.join(part.text for part in row) for row in rows]
    if left:
        lines[-1] += Content.styled(f" {symbols.divider} +{left} more: z", "$muted")
    return [clip(line, width, symbols) for line in lines]


def lines_needed(scene: Scene, width: int, symbols: Symbols) -> int:
    """Return how many lines show everything, MOST at most."""
    parts = _parts(scene, width, symbols)
    return next((height for height in range(LINES, MOST) if not _placed(parts, width, height)[1]), MOST)


def _placed(parts: list[Part], width: int, height: int, reserved: int = 0) -> tuple[list[list[Part]], int]:
    """Return rows of parts in their order, and how many are left out; the last row keeps some cells free."""
    rows: list[list[Part]] = [[] for _ in range(height)]
    left = 0

    def used(row: int) -> int:
        return sum(part.text.cell_length + 3 for part in rows[row])

    def fits(part: Part, row: int) -> bool:
        room = width - (reserved if row == height - 1 else 0)
        return used(row) + part.text.cell_length <= room or (not used(row) and part.row == row)

    for rank in sorted({part.rank for part in parts}):
        homeless = []
        for part in (part for part in parts if part.rank == rank):
            if fits(part, part.row):
                rows[part.row].append(part)
            else:
                homeless.append(part)
        for part in homeless:
            # where it leaves the least room
            fitting = sorted((row for row in range(height) if fits(part, row)), key=used, reverse=True)
            if fitting:
                rows[fitting[0]].append(part)
            else:
                left += 1
    order = {id(part): number for number, part in enumerate(parts)}
    shown = [
        sorted(row, key=lambda part: (part.row != number, order[id(part)]))
        for number, row in enumerate(rows)
        if row or number < LINES
    ]
    return shown, left


def _parts(scene: Scene, width: int, symbols: Symbols, *, briefly: bool = False) -> list[Part]:
    lists = _lists(scene, width, symbols, briefly=briefly)
    if sum(text.cell_length + 3 for text in lists) - 3 > width:
        lists = _lists(scene, width, symbols, briefly=True)
    works = _works(scene, symbols)
    rows = [
        [*lists, *works],
        [*_locks(scene, symbols, briefly=briefly), *_cancellers(scene, symbols), *_late(scene, symbols)],
        [_time(scene, symbols), *_timers(scene, symbols), *extra_words(scene, symbols, briefly=True)],
    ]
    urgent = (symbols.changed, symbols.bad, DANGLING)

    def rank(text: Content, place: int) -> int:
        # what stands first in its line says what the line is about
        if place == 0 or any(sign in text.plain for sign in urgent):
            return 0
        # where a work is, the lists tell as well
        return 2 if text in works else 1

    return [
        Part(number, flush(text) if place else text, rank(text, place))
        for number, row in enumerate(rows)
        for place, text in enumerate(row)
    ]


def _lists(scene: Scene, width: int, symbols: Symbols, *, briefly: bool = False) -> list[Content]:
    before = scene.previous.workers if scene.previous else ()
    old = {view.name: view for worker in before for view in worker.lists}
    lists: list[Content] = []
    for worker in scene.picture.workers:
        for view in worker.lists:
            if briefly and view.closed and not view.problem:
                named = len(scene.picture.workers) > 1
                lists.append(draw_list_briefly(view, old.get(view.name), symbols, owned=named))
            else:
                lists += _stripped(draw_list(view, old.get(view.name), width, symbols))
        lists += _in_hand(worker, before, scene, symbols)
    return lists


def _cancellers(scene: Scene, symbols: Symbols) -> list[Content]:
    old = {work.name: work for work in scene.previous.works} if scene.previous else {}
    return [
        word for work in scene.picture.works for word in canceling_word(work, old.get(work.name), symbols)
    ]


def _in_hand(
    worker: WorkerView, before: tuple[WorkerView, ...], scene: Scene, symbols: Symbols
) -> list[Content]:
    """Return what the worker has in hand; nothing is said of one that goes on having nothing."""
    old = next((old.current_work for old in before if old.name == worker.name), worker.current_work)
    if worker.current_work == old == "NULL":
        return []
    changed = worker.current_work != old
    path = f"{worker.name}.current_work"
    name = "current_work" if len(scene.picture.workers) == 1 else path
    words = Content.styled(f"{name} {worker.current_work}", "bold $changed" if changed else "")
    return [_star(changed, symbols) + value(words, path)]


def _late(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return for each CPU the stores that wait in its buffer, oldest first."""
    before = scene.previous.machine.cpus if scene.previous else ()
    old = {cpu.number: cpu.waiting for cpu in before}
    rows = []
    for cpu in scene.picture.machine.cpus:
        if not cpu.waiting:
            continue
        changed = old.get(cpu.number, cpu.waiting) != cpu.waiting
        stores = Content.styled(", ".join(cpu.waiting), "bold $changed" if changed else "bold")
        label = Content.styled(f"CPU{cpu.number} late ", cpu_role(cpu.number))
        rows.append(_star(changed, symbols) + label + stores)
    return rows


def _works(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return where each work is: queued, on no list, or dangling."""
    old = {work.name: work.node for work in scene.previous.works} if scene.previous else {}
    rows = []
    for work in scene.picture.works:
        changed = work.name in old and old[work.name] != work.node
        style = "bold $bad" if work.node == DANGLING else "bold $changed" if changed else ""
        words = Content.styled(f"{work.name} {_whereabouts(work.node, scene)}", style)
        rows.append(_star(changed, symbols) + value(words, f"{work.name}.node"))
    return rows


def _whereabouts(node: str, scene: Scene) -> str:
    """Return in short where a work's node is linked."""
    if node.startswith("self"):
        return "on no list"
    if not node.startswith("on "):
        return node
    worker, _, head = node.removeprefix("on ").rpartition(".")
    word = "queued" if head == "work_list" else "delayed"
    return word if len(scene.picture.workers) == 1 else f"{word} on {worker}"


def _star(changed: bool, symbols: Symbols) -> Content:
    return Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("")


def _stripped(lines: list[Content]) -> list[Content]:
    """Return the lines, all but the first without their indentation."""
    return [lines[0], *(flush(line) for line in lines[1:])]


def _locks(scene: Scene, symbols: Symbols, *, briefly: bool) -> list[Content]:
    drawn = []
    for lock in scene.locks:
        spinners = ", ".join(f"{symbols.spins} {scene.name(spinner)}" for spinner in lock.spinners)
        text = joined(
            [*lock_parts(lock, scene, symbols, briefly=briefly), Content.styled(spinners, "$spins")], " "
        )
        danger = irq_danger(lock, scene)
        words = f"{symbols.interrupted} irqs on, {danger} takes it" if danger else ""
        drawn.append(joined([text, Content.styled(words, "bold $irq")], " "))
    return drawn


def _time(scene: Scene, symbols: Symbols) -> Content:
    now = scene.picture.machine.time
    changed = scene.previous is not None and scene.previous.machine.time != now
    words = Content.styled(f"jiffies {now}", "bold $changed" if changed else "")
    return (_star(changed, symbols) or Content("  ")) + value(words, "jiffies", "clock")


def _timers(scene: Scene, symbols: Symbols) -> list[Content]:
    old = (
        {timer.name: (timer.state, timer.expires) for timer in scene.previous.timers}
        if scene.previous
        else {}
    )
    rows = []
    for timer in scene.picture.timers:
        changed = timer.name in old and old[timer.name] != (timer.state, timer.expires)
        cells = timer_cells(timer, changed, symbols, at=False)
        rows.append(joined([cells[0] if changed else cells[0][2:], *cells[1:]], " "))
    return rows


def draw_state(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return all that the strip is about, in full: workers and works, locks and CPUs, timers."""
    timers = draw_timers(scene.picture, scene.previous, width, symbols) if scene.picture.timers else []
    parts = [
        [*draw_workers(scene.picture, scene.previous, width, symbols), *draw_extras(scene, width, symbols)],
        draw_locks(scene, width, symbols),
        timers,
    ]
    return [line for part in parts if part for line in [*part, Content("")]][:-1]


class StateStrip(ValuesPane):
    """The state of the machine in a few lines."""

    DEFAULT_CSS = """
    StateStrip {
        border: none; height: 3;
        &:focus { border: none; border-left: outer $edge-focus; background: $panel; }
    }
    """

    HELP_TEXT = (
        "Work list and the work in hand, locks and the stores that are late, clock and timers. "
        "A star marks what the last step changed."
    )

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the strip."""
        return draw_strip(scene, width, symbols, max(LINES, height))

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw the whole state."""
        return draw_state(scene, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw what it is, where it stands alone."""
        return Content("The whole state")

    def cut(self, scene: Scene) -> bool:
        """Whether something is only counted."""
        width, height = self.content_size
        return lines_needed(scene, width, glyphs_of(self)) > max(LINES, height)
