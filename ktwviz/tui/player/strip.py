"""Lists, works in hand, locks, late stores and timers in three lines, for screens without room for panes."""

from textual.content import Content

from ktwviz.kernel.picture import WorkerView
from ktwviz.tui.player.locks import lock_parts
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.timers import timer_cells
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.player.worklist import canceling_word, draw_extras, draw_list, draw_list_briefly
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined
from ktwviz.tui.theme import cpu_role


def draw_strip(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return one line each for lists, locks, and time with timers."""
    divider = Content.styled(f" {symbols.divider} ", "$edge")
    lists = divider.join(_lists(scene, width, symbols))
    if lists.cell_length > width:
        lists = divider.join(_lists(scene, width, symbols, briefly=True))
    locks = [_lock(scene, number, symbols) for number in range(len(scene.locks))]
    guarded = divider.join([*locks[:1], *_cancellers(scene, symbols), *locks[1:2], *_late(scene, symbols)])
    clock = divider.join([_time(scene, symbols), *_timers(scene, symbols), *draw_extras(scene, symbols)])
    rows = [divider.join([lists, *_nodes(scene, symbols)]), guarded, clock]
    return [clip(row, width, symbols) for row in rows]


def _lists(scene: Scene, width: int, symbols: Symbols, *, briefly: bool = False) -> list[Content]:
    before = scene.previous.workers if scene.previous else ()
    old = {view.name: view for worker in before for view in worker.lists}
    lists: list[Content] = []
    for worker in scene.picture.workers:
        lists += [
            draw_list_briefly(view, old.get(view.name), symbols)
            if briefly and view.closed and not view.problem
            else joined(_stripped(draw_list(view, old.get(view.name), width, symbols)))
            for view in worker.lists
        ]
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
    star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("")
    path = f"{worker.name}.current_work"
    name = "current_work" if len(scene.picture.workers) == 1 else path
    words = Content.styled(f"{name} {worker.current_work}", "bold $changed" if changed else "")
    return [star + value(words, path)]


def _late(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return for each CPU the stores that wait in its buffer, oldest first."""
    before = scene.previous.machine.cpus if scene.previous else ()
    old = {cpu.number: cpu.waiting for cpu in before}
    rows = []
    for cpu in scene.picture.machine.cpus:
        if not cpu.waiting:
            continue
        changed = old.get(cpu.number, cpu.waiting) != cpu.waiting
        star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("")
        stores = Content.styled(", ".join(cpu.waiting), "bold $changed" if changed else "bold")
        rows.append(star + Content.styled(f"CPU{cpu.number} late ", cpu_role(cpu.number)) + stores)
    return rows


def _nodes(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return where each work's node is linked."""
    old = {work.name: work.node for work in scene.previous.works} if scene.previous else {}
    rows = []
    for work in scene.picture.works:
        changed = work.name in old and old[work.name] != work.node
        star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("")
        rows.append(
            star
            + value(
                Content.styled(f"{work.name}.node {work.node}", "bold $changed" if changed else ""),
                f"{work.name}.node",
            )
        )
    return rows


def _stripped(lines: list[Content]) -> list[Content]:
    """Return the lines, all but the first without their indentation."""
    return [lines[0], *(line[len(line.plain) - len(line.plain.lstrip()) :] for line in lines[1:])]


def _lock(scene: Scene, number: int, symbols: Symbols) -> Content:
    lock = scene.locks[number]
    spinners = ", ".join(f"{symbols.spins} {scene.name(spinner)}" for spinner in lock.spinners)
    return joined([*lock_parts(lock, scene, symbols), Content.styled(spinners, "$spins")])


def _time(scene: Scene, symbols: Symbols) -> Content:
    now = scene.picture.machine.time
    changed = scene.previous is not None and scene.previous.machine.time != now
    star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")
    return star + value(
        Content.styled(f"jiffies {now}", "bold $changed" if changed else ""), "jiffies", "clock"
    )


def _timers(scene: Scene, symbols: Symbols) -> list[Content]:
    old = (
        {timer.name: (timer.state, timer.expires) for timer in scene.previous.timers}
        if scene.previous
        else {}
    )
    rows = []
    for timer in scene.picture.timers:
        changed = timer.name in old and old[timer.name] != (timer.state, timer.expires)
        cells = timer_cells(timer, changed, symbols)
        rows.append(joined([cells[0] if changed else cells[0][2:], *cells[1:]]))
    return rows


class StateStrip(ValuesPane):
    """The state of the machine in three lines."""

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
        return draw_strip(scene, width, symbols)
