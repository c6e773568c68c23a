"""The tree of choices: one node for each way to a state, made when it is looked at. Nothing here draws.

A context that goes on stays on its line: its next step stands below, in the same column. Another context, or the
clock, branches off to the right. So how far right a line begins says how often the processor was given away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from ktwviz.checker.explore import Graph
from ktwviz.checker.orders import is_context
from ktwviz.checker.reach import Reach
from ktwviz.lesson.lookout import Standing
from ktwviz.machine.describe import describe
from ktwviz.machine.history import Step
from ktwviz.machine.machine import Enabled, Machine, State, apply
from ktwviz.values import dataclass, field

Shown = Literal["folded", "line", "all"]
"""What stands below a node: nothing, only what its own context does next, or every choice."""

MOST_ROWS = 5000
"""What `open_all` opens at most."""


@dataclass(eq=False)
class Node:
    """One way to a state. `number` is the state's in the graph; `state` is the state itself, with its real date.

    `edge` is the transition that leads here, -1 for the root; `last` the context that ran last. `first` says that
    the state is reached here first; other ways to it are duplicates. `stands` is where the way stands, once somebody
    has asked.
    """

    parent: Node | None
    key: str
    edge: int
    number: int
    depth: int
    last: str
    first: bool
    state: State
    step: Enabled | None = None
    shown: Shown = "folded"
    kids: tuple[Node, ...] | None = None
    told: Step | None = field(default=None, repr=False)
    stands: Standing | None = field(default=None, repr=False)

    @property
    def straight(self) -> bool:
        """Whether the step that leads here goes on with the context of the step before."""
        return self.parent is not None and self.key == self.parent.last

    def path(self) -> tuple[str, ...]:
        """Return the keys that lead here from the root."""
        keys = []
        node = self
        while node.parent is not None:
            keys.append(node.key)
            node = node.parent
        return tuple(reversed(keys))


@dataclass(frozen=True)
class Row:
    """A node on its line. `guides` has a letter for each level: I a line that goes on, T and L a branch, or a space."""

    node: Node
    guides: str


class Tree:
    """The part of the tree that was opened. `only` is a context's key: other branches are left out, if it is set."""

    def __init__(self, graph: Graph, reach: Reach, state: State, last: str = "") -> None:
        self.graph = graph
        self.machine: Machine = graph.machine
        self.reach = reach
        self.root = Node(None, "", -1, reach.start, 0, last, first=True, state=state, shown="all")
        self.only = ""
        self._rows: list[Row] | None = None

    # Looking --------------------------------------------------------------------------------------------------------

    def kids(self, node: Node) -> tuple[Node, ...]:
        """Return the nodes below one, a choice each; made when they are first asked for."""
        if node.kids is None:
            choices = list(self.graph.edges.choices(node.number))
            outcomes = self.machine.outcomes(node.state) if choices else ()
            steps = {outcome.choice: outcome for outcome in outcomes if isinstance(outcome, Enabled)}
            node.kids = tuple(self._kid(node, steps[key], edge, target) for key, edge, target in choices)
        return node.kids

    def _kid(self, node: Node, step: Enabled, edge: int, target: int) -> Node:
        key = step.choice
        return Node(
            node,
            key,
            edge,
            target,
            node.depth + 1,
            key if is_context(key) else node.last,
            self.reach.entries[target] == edge,
            apply(node.state, step),
            step,
        )

    def told(self, node: Node) -> Step | None:
        """Return the step that leads to a node in words; None for the root."""
        if node.told is None and node.parent is not None and node.step is not None:
            node.told = describe(self.machine, node.parent.state, node.step)
        return node.told

    def hidden(self, node: Node) -> int:
        """Return how many choices of a node are not shown."""
        return len(self.kids(node)) - len(self._below(node))

    def _below(self, node: Node) -> list[Node]:
        """Return the nodes shown below one: branches first, then what goes on in its own column."""
        if node.shown == "folded":
            return []
        kids = self.kids(node)
        branches = [kid for kid in kids if not kid.straight] if node.shown == "all" else []
        if self.only:
            branches = [kid for kid in branches if kid.key == self.only or kid.shown != "folded"]
        return [*branches, *(kid for kid in kids if kid.straight)]

    @property
    def rows(self) -> list[Row]:
        """All lines, from top to bottom."""
        if self._rows is None:
            self._rows = list(self._walk())
        return self._rows

    def _walk(self) -> Iterator[Row]:
        # (node, its own guides, the guides of what stands below it); the next one is at the end
        waiting = [(self.root, "", "")]
        while waiting:
            node, guides, lower = waiting.pop()
            yield Row(node, guides)
            below = self._below(node)
            found = []
            for place, kid in enumerate(below):
                if kid.straight:
                    found.append((kid, lower, lower))
                else:
                    last = place == len(below) - 1
                    found.append((kid, lower + ("L" if last else "T"), lower + (" " if last else "I")))
            waiting += reversed(found)

    def place(self, node: Node) -> int:
        """Return the line on which a node stands, 0 if it is hidden."""
        return next((place for place, row in enumerate(self.rows) if row.node is node), 0)

    # Opening --------------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Forget the lines: what is shown has changed."""
        self._rows = None

    def toggle(self, node: Node) -> None:
        """Open a node, first its own line, then every choice; then fold it again."""
        if node.shown == "folded":
            self._open_line(node)
        elif node.shown == "line" and self.hidden(node):
            node.shown = "all"
        else:
            node.shown = "folded"
        self.changed()

    def open(self, node: Node) -> None:
        """Show every choice at a node."""
        node.shown = "all"
        self.changed()

    def _open_line(self, node: Node) -> None:
        """Open what a context does without being interrupted, down to where it cannot go on or comes to a duplicate."""
        here: Node | None = node
        while here is not None:
            kids = self.kids(here)
            following = next((kid for kid in kids if kid.straight), None)
            here.shown = "line" if following is not None else "all"
            here = following if following is not None and following.first else None

    def reveal(self, keys: Iterable[str]) -> Node:
        """Fold everything, open the way that a schedule takes, and return its last node, as far as it is known."""
        self.root = self._copy_of_root()
        node = self.root
        for key in keys:
            kid = next((kid for kid in self.kids(node) if kid.key == key), None)
            if kid is None:
                break
            node.shown = "line" if kid.straight and node is not self.root else "all"
            node = kid
        self.changed()
        return node

    def _copy_of_root(self) -> Node:
        root = self.root
        return Node(None, "", -1, root.number, 0, root.last, first=True, state=root.state, shown="all")

    def open_all(self, node: Node) -> int:
        """Open all that stands below a node, duplicates apart, as far as MOST_ROWS allow; return how many rows."""
        waiting, count = [node], 0
        for each in waiting:  # grows while it is walked
            kids = self.kids(each)
            if not kids or count + len(kids) > MOST_ROWS:
                continue
            each.shown = "all"
            count += len(kids)
            waiting += [kid for kid in kids if kid.first]
        self.changed()
        return count

    # Going ----------------------------------------------------------------------------------------------------------

    def into(self, node: Node) -> Node:
        """Return the node below: what the same context does next, else the first choice."""
        if node.shown == "folded":
            self.open(node)
        below = self._below(node)
        return next((kid for kid in below if kid.straight), below[0] if below else node)

    def sibling(self, node: Node, direction: int) -> Node:
        """Return the choice before or after a node at the same state, round the end; all of them are shown."""
        if node.parent is None:
            return node
        self.open(node.parent)
        kids = self.kids(node.parent)
        return kids[(kids.index(node) + direction) % len(kids)]

    def deepest(self, node: Node) -> Node:
        """Return the last node of the way that is open below one: its own line, else the branch that is open."""
        while below := self._below(node):
            opened = [kid for kid in below if kid.shown != "folded"]
            straight = [kid for kid in below if kid.straight]
            node = (straight or opened or below)[-1]
        return node
