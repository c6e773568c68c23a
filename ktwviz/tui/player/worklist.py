"""The worker, its list drawn node by node, and the works. A list that is broken is drawn broken."""

from textual.content import Content

from ktwviz.kernel.picture import ListView, Picture, WorkerView, WorkView
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, joined


def draw_list(view: ListView, old: ListView | None, width: int, symbols: Symbols) -> list[Content]:
    """Return a list as one line: head, nodes, head again, length; a broken one ends where the walk turned round."""
    changed = old is not None and (old.nodes, old.problem) != (view.nodes, view.problem)
    mark = _mark(changed, symbols)
    nodes = [_node(node, view, old, changed) for node in view.nodes]
    link = Content.styled(f" {symbols.link} ", "$muted")
    head = Content.styled("head", "$muted")
    if view.closed:
        chain = link.join([head, *nodes, head])
        ending = Content.styled(f"len {len(view.nodes)}", "$muted")
    else:
        chain = link.join([head, *nodes]) + Content.styled(f" {symbols.loop}", "bold $bad")
        ending = Content("")
    name = Content.styled(view.name, "bold" if changed else "")
    line = joined([mark + name, _wrapped(chain, nodes, width - len(view.name) - 10, symbols), ending])
    if not view.problem:
        return [clip(line, width, symbols)]
    problem = Content.styled(f"{symbols.bad} {view.problem}", "bold $bad")
    if line.cell_length + 2 + problem.cell_length <= width:
        return [joined([line, problem])]
    return [clip(line, width, symbols), clip(Content("  ") + problem, width, symbols)]


def _wrapped(chain: Content, nodes: list[Content], room: int, symbols: Symbols) -> Content:
    """Return the chain, with its middle folded to a count where it is too long."""
    if chain.cell_length <= room or len(nodes) <= 2:
        return chain
    link = Content.styled(f" {symbols.link} ", "$muted")
    head = Content.styled("head", "$muted")
    for count in range(len(nodes) - 1, 0, -1):
        folded = Content.styled(f"{symbols.more}+{len(nodes) - count}", "$muted")
        shorter = link.join([head, *nodes[:count], folded, head])
        if shorter.cell_length <= room:
            return shorter
    return chain


def _node(node: str, view: ListView, old: ListView | None, changed: bool) -> Content:
    if view.nodes.count(node) > 1:
        return Content.styled(f"[{node}]", "bold $bad")
    added = changed and old is not None and node not in old.nodes
    return Content.styled(f"[{node}]", "bold $changed" if added else "bold")


def _mark(changed: bool, symbols: Symbols) -> Content:
    return Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")


def _value(text: str, changed: bool) -> Content:
    return Content.styled(text, "bold $changed" if changed else "")


def draw_workers(picture: Picture, previous: Picture | None, width: int, symbols: Symbols) -> list[Content]:
    """Return the workers and works: what the last move changed carries a star."""
    lines: list[Content] = []
    for worker in picture.workers:
        old = _old_worker(worker, previous)
        lines += draw_list(worker.work_list, old.work_list if old else None, width, symbols)
        rows = [
            _row("current_work", worker.current_work, old.current_work if old else None, symbols),
            _row("task", worker.task, old.task if old else None, symbols),
        ]
        lines += [Content("  ") + line for line in columns(rows)]
    for work in picture.works:
        lines += _work_lines(work, _old_work(work, previous), symbols)
    return [clip(line, width, symbols) for line in lines]


def _work_lines(work: WorkView, old: WorkView | None, symbols: Symbols) -> list[Content]:
    kind = "delayed work" if work.delayed else "work"
    head = joined([Content.styled(work.name, "bold"), Content.styled(kind, "$muted")])
    rows = [
        _row("node", work.node, old.node if old else None, symbols),
        _row("worker", work.worker, old.worker if old else None, symbols),
    ]
    if work.timer and work.timer != "NULL":
        rows.append(_row("timer", work.timer, old.timer if old else None, symbols))
    return [Content("  ") + head, *(Content("  ") + line for line in columns(rows))]


def _row(name: str, value: str, old: str | None, symbols: Symbols) -> list[Content]:
    changed = old is not None and old != value
    style = "bold $bad" if value.startswith("DANGLING") else ""
    text = Content.styled(value, style) if style else _value(value, changed)
    return [_mark(changed, symbols) + Content.styled(name, "$muted"), text]


def _old_worker(worker: WorkerView, previous: Picture | None) -> WorkerView | None:
    return next((old for old in previous.workers if old.name == worker.name), None) if previous else None


def _old_work(work: WorkView, previous: Picture | None) -> WorkView | None:
    return next((old for old in previous.works if old.name == work.name), None) if previous else None


class WorklistPane(Pane[Scene]):
    """Worker, work list, works."""

    HELP_TEXT = "The work list from its head and back. A star marks what the last step changed."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw workers and works."""
        return draw_workers(scene.picture, scene.previous, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Worker and works")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell how many lists are broken."""
        broken = len(scene.picture.broken_lists)
        return Content.styled(f"{symbols.bad} broken list", "bold $bad") if broken else Content("")
