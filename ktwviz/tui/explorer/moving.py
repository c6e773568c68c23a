"""The explorer's keys that move in the tree: up and down, in and out, to a sibling, open and fold."""

from ktwviz.tui.base import BaseScreen
from ktwviz.tui.explorer.exploring import Exploring
from ktwviz.tui.explorer.treepane import TreePane
from ktwviz.tui.pane import Pane

STILL_SEARCHING = "The search is under way: this works once it is through, or once esc has ended it."


class Moving(BaseScreen):
    """A screen with a tree of choices; `exploring` is None while the search runs."""

    def __init__(self) -> None:
        super().__init__()
        self.exploring: Exploring | None = None
        self._notice = ""

    def restage(self) -> None:
        """Make the scene of this moment and hand it to the panes."""
        raise NotImplementedError

    def tell(self, sentence: str) -> None:
        """Show a sentence until the next key."""
        self._notice = sentence
        self.restage()

    def _done(self) -> Exploring | None:
        """Return what is explored, with nothing told any more; None while the search runs, which is told."""
        self._notice = ""
        if self.exploring is None:
            self.tell(STILL_SEARCHING)
        return self.exploring

    # Moving ---------------------------------------------------------------------------------------------------------

    def action_unfold(self) -> None:
        """Open or fold."""
        if exploring := self._done():
            exploring.tree.toggle(exploring.cursor)
            self.restage()

    def action_into(self) -> None:
        """Go one step on."""
        if exploring := self._done():
            exploring.go(exploring.tree.into(exploring.cursor))
            self.restage()

    def action_out(self) -> None:
        """Go to the parent."""
        if exploring := self._done():
            exploring.go(exploring.cursor.parent or exploring.cursor)
            self.restage()

    def action_move(self, by: int) -> None:
        """Move by lines, or scroll what stands alone."""
        zoomed = [pane for pane in self.query(Pane) if pane.has_class("-zoom")]
        if any(pane.scroll_text(by) for pane in zoomed):
            return
        if exploring := self._done():
            exploring.move(by)
            self.restage()

    def action_page(self, by: int) -> None:
        """Move by pages."""
        self.action_move(by * max(1, self.query_one(TreePane).content_size.height - 1))

    def action_root(self) -> None:
        """Go to the root."""
        if exploring := self._done():
            exploring.go(exploring.tree.root)
            self.restage()

    def action_deepest(self) -> None:
        """Go to the end of what is open."""
        if exploring := self._done():
            exploring.go(exploring.tree.deepest(exploring.cursor))
            self.restage()

    def action_sibling(self, direction: int) -> None:
        """Go to another choice at the same state."""
        if exploring := self._done():
            exploring.go(exploring.tree.sibling(exploring.cursor, direction))
            self.restage()

    def action_open_all(self) -> None:
        """Open all below the cursor."""
        if exploring := self._done():
            count = exploring.tree.open_all(exploring.cursor)
            self.tell(f"Opened {count:,} lines; what was seen before stays folded.")

    def action_filter(self, key: str) -> None:
        """Show the branches of one context only."""
        if exploring := self._done():
            if all(str(context.number) != key for context in exploring.graph.machine.contexts):
                self.tell(f"There is no context {key} in this lesson.")
                return
            exploring.filter(key)
            self.restage()

    def on_tree_pane_clicked(self, message: TreePane.Clicked) -> None:
        """Select the line that was clicked; open it if it was selected."""
        exploring = self._done()
        if exploring is None or message.line >= len(exploring.tree.rows):
            return
        node = exploring.tree.rows[message.line].node
        if node is exploring.cursor:
            exploring.tree.toggle(node)
        exploring.go(node)
        self.restage()

    def on_tree_pane_scrolled(self, message: TreePane.Scrolled) -> None:
        """Move with the wheel."""
        self.action_move(message.by)
