"""The worker, its list drawn node by node, and the works. A list that is broken is drawn broken."""

from textual.content import Content

from ktwviz.kernel.picture import DANGLING, ListView, Picture, WorkerView, WorkView
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, stacked

_SHORTEST_NAME = 8
"""Cells of a node's name at least, where it is cut."""


def draw_list(view: ListView, old: ListView | None, width: int, symbols: Symbols) -> list[Content]:
    """Return a list as one line: head, nodes, head again, length; a broken one ends where the walk turned round."""
    changed = old is not None and (old.nodes, old.problem) != (view.nodes, view.problem)
    mark = _mark(changed, symbols)
    nodes = [_node(node, view, old, changed) for node in view.nodes]
    chain = _chain(nodes, view.closed, symbols)
    ending = Content.styled(f"len {len(view.nodes)}", "$muted") if view.closed else Content("")
    paths = [view.name, *(f"{node}.node" for node in view.nodes)]
    name = mark + value(Content.styled(view.name, "bold" if changed else ""), *paths)
    lines = [joined([name, chain, ending])]
    if lines[0].cell_length > width:
        lines = [joined([name, ending]), Content("    ") + _folded(nodes, view.closed, width - 4, symbols)]
    if view.problem:
        problem = Content.styled(f"{symbols.bad} {view.problem}", "bold $bad")
        lines = [*lines[:-1], *stacked(lines[-1], problem, width)]
    return [clip(line, width, symbols) for line in lines]


def draw_list_briefly(
    view: ListView, old: ListView | None, symbols: Symbols, *, owned: bool = True
) -> Content:
    """Return a sound list as its name and its nodes alone; `owned` with the name of its worker."""
    changed = old is not None and (old.nodes, old.problem) != (view.nodes, view.problem)
    nodes = [_node(node, view, old, changed) for node in view.nodes] or [Content.styled("empty", "$muted")]
    paths = [view.name, *(f"{node}.node" for node in view.nodes)]
    shown = view.name if owned else view.name.rpartition(".")[2]
    name = value(Content.styled(shown, "bold" if changed else ""), *paths)
    return _mark(changed, symbols) + joined([name, *nodes], " ")


def _chain(nodes: list[Content], closed: bool, symbols: Symbols) -> Content:
    link = Content.styled(f" {symbols.link} ", "$muted")
    head = Content.styled("head", "$muted")
    if closed:
        return link.join([head, *nodes, head])
    return link.join([head, *nodes]) + Content.styled(f" {symbols.loop}", "bold $bad")


def _folded(nodes: list[Content], closed: bool, room: int, symbols: Symbols) -> Content:
    """Return the chain, with nodes before the last, or all, folded to a count where it is too long."""
    for count in range(len(nodes), 0, -1):
        chain = _chain([*nodes[: count - 1], *_fold(len(nodes) - count, symbols), nodes[-1]], closed, symbols)
        if chain.cell_length <= room:
            return chain
    # of one that is alone as much of the name as there is room for
    folded = _chain(_fold(len(nodes), symbols), closed, symbols)
    least = _chain(nodes, closed, symbols).cell_length - room
    if len(nodes) == 1 and nodes[0].cell_length - least >= _SHORTEST_NAME:
        return _chain([clip(nodes[0], nodes[0].cell_length - least, symbols)], closed, symbols)
    return folded


def _fold(count: int, symbols: Symbols) -> list[Content]:
    return [Content.styled(f"{symbols.more}+{count}", "$muted")] if count else []


def _node(node: str, view: ListView, old: ListView | None, changed: bool) -> Content:
    if view.nodes.count(node) > 1:
        return Content.styled(f"[{node}]", "bold $bad")
    added = changed and old is not None and node not in old.nodes
    return Content.styled(f"[{node}]", "bold $changed" if added else "bold")


def _mark(changed: bool, symbols: Symbols) -> Content:
    return Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")


def draw_workers(picture: Picture, previous: Picture | None, width: int, symbols: Symbols) -> list[Content]:
    """Return the workers and works: what the last move changed carries a star."""
    lines: list[Content] = []
    for worker in picture.workers:
        old = _old_worker(worker, previous)
        for place, view in enumerate(worker.lists):
            lines += draw_list(view, old.lists[place] if old else None, width, symbols)
        words = [
            _word(
                worker.name, "current_work", worker.current_work, old.current_work if old else None, symbols
            ),
            _word(worker.name, "task", worker.task, old.task if old else None, symbols),
        ]
        lines += [Content("  ") + line for line in stacked(words[0], words[1], width - 2, 0)]
    for work in picture.works:
        lines += _work_lines(work, _old_work(work, previous), width, symbols)
    return [clip(line, width, symbols) for line in lines]


def _work_lines(work: WorkView, old: WorkView | None, width: int, symbols: Symbols) -> list[Content]:
    name = Content("  ") + joined(
        [Content.styled(work.name, "bold"), *canceling_word(work, old, symbols)], " "
    )
    node = _word(work.name, "node", work.node, old.node if old else None, symbols)
    worker = _word(work.name, "worker", work.worker, old.worker if old else None, symbols)
    timer = Content("")
    if work.delayed:
        timer = _word(work.name, "timer", work.timer, old.timer if old else None, symbols)
    below = stacked(worker, timer, width - 2, 0)
    return [*stacked(name, node, width, 2), *(Content("  ") + line for line in below)]


def canceling_word(work: WorkView, old: WorkView | None, symbols: Symbols) -> list[Content]:
    """Return how many cancel a work; nothing where nobody does, or has just ceased to."""
    before = old.canceling if old else 0
    if not work.canceling and not before:
        return []
    return [_word(work.name, "canceling", str(work.canceling), str(before), symbols)]


def _word(owner: str, name: str, text: str, old: str | None, symbols: Symbols) -> Content:
    changed = old is not None and old != text
    style = "bold $bad" if text.startswith(DANGLING) else "bold $changed" if changed else ""
    shown = Content.assemble((f"{name} ", "$muted"), (text, style))
    return _mark(changed, symbols) + value(shown, f"{owner}.{name}")


def _old_worker(worker: WorkerView, previous: Picture | None) -> WorkerView | None:
    return next((old for old in previous.workers if old.name == worker.name), None) if previous else None


def _old_work(work: WorkView, previous: Picture | None) -> WorkView | None:
    return next((old for old in previous.works if old.name == work.name), None) if previous else None


def extra_words(scene: Scene, symbols: Symbols, *, briefly: bool = False) -> list[Content]:
    """Return the scenario's own words, such as counters; briefly a counter goes by the name of its object."""
    return [
        (Content.styled(f"{symbols.changed} ", "bold $changed") if scene.changed(field.path) else Content(""))
        + value(
            Content.assemble(
                (f"{field.path.removesuffix('.count') if briefly else field.path} ", "$muted"),
                (field.text, "bold $changed" if scene.changed(field.path) else ""),
            ),
            field.path,
        )
        for field in scene.extras
    ]


def draw_extras(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return the scenario's own words in as few lines as hold them."""
    lines: list[Content] = []
    for word in extra_words(scene, symbols):
        if lines and lines[-1].cell_length + 3 + word.cell_length <= width:
            lines[-1] += Content("   ") + word
        else:
            lines.append(Content("  ") + word)
    return [clip(line, width, symbols) for line in lines]


class WorklistPane(ValuesPane):
    """Worker, work list, works."""

    HELP_TEXT = "The work list from its head and back. A star marks what the last step changed."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw workers and works."""
        return [
            *draw_workers(scene.picture, scene.previous, width, symbols),
            *draw_extras(scene, width, symbols),
        ]

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all workers and works."""
        return self.draw(scene, width, 0, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Worker and works")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell how many lists are broken."""
        broken = len(scene.picture.broken_lists)
        return Content.styled(f"{symbols.bad} broken list", "bold $bad") if broken else Content("")
