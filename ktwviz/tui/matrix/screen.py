"""The matrix's screen: has the cells worked out beside it, turns keys into moves, hands the panes the new scene."""

import os
import threading
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from ktwviz.lesson.crew import work_out
from ktwviz.lesson.kept import Kept
from ktwviz.lesson.matrix import COLUMNS, Cell, Key, Task, rows_of, tasks
from ktwviz.lesson.model import Lesson
from ktwviz.tui import signs
from ktwviz.tui.base import BaseScreen
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.matrix.bindings import MATRIX_BINDINGS, matrix_keys
from ktwviz.tui.matrix.detail import DetailPane
from ktwviz.tui.matrix.headline import MatrixHeadline
from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.matrix.table import TablePane
from ktwviz.tui.pane import Pane
from ktwviz.values import replace

BATCH = 10
"""Cells after which they are kept."""


class MatrixScreen(BaseScreen):
    """Every race on every version."""

    CSS_PATH = Path(__file__).with_name("matrix.tcss")
    TITLE_OF_HELP = "matrix"
    SIGNS = signs.MATRIX
    BINDINGS: ClassVar[list[BindingType]] = [*MATRIX_BINDINGS]

    class Play(Message):
        """What breaks in a cell is to be played."""

        def __init__(self, lesson: Lesson, token: str) -> None:
            super().__init__()
            self.lesson = lesson
            self.token = token

    class Explore(Message):
        """All interleavings of a cell are to be shown."""

        def __init__(self, lesson: Lesson, variant: str) -> None:
            super().__init__()
            self.lesson = lesson
            self.variant = variant

    class Left(Message):
        """The user goes up one level."""

    class Came(Message):
        """Cells were worked out."""

        def __init__(self, cells: dict[Key, Cell]) -> None:
            super().__init__()
            self.cells = cells

    class Ended(Message):
        """The work that an event could have stopped is through."""

        def __init__(self, stopper: threading.Event) -> None:
            super().__init__()
            self.stopper = stopper

    def __init__(self, lessons: tuple[Lesson, ...]) -> None:
        super().__init__()
        rows = tuple(rows_of(lessons))
        self._tasks: dict[Key, Task] = {(lesson.id, name): (lesson, name) for lesson, name in tasks(rows)}
        self.table = Table(rows, {}, wanted=len(self._tasks))
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        yield MatrixHeadline()
        yield TablePane()
        yield DetailPane()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(TablePane).focus()
        self._begin()

    def on_unmount(self) -> None:
        self._stop.set()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.restage)

    # Working out ----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Have the missing cells worked out, in a thread that waits for processes."""
        self._stop = stop = threading.Event()
        missing = {key: task for key, task in self._tasks.items() if key not in self.table.cells}
        self.table = replace(self.table, working=bool(missing), stopped=False, notice="")
        if missing:
            self.run_worker(lambda: self._work(missing, stop), name="matrix", thread=True)
        self.restage()

    def _work(self, missing: dict[Key, Task], stop: threading.Event) -> None:
        kept = Kept()
        known = kept.found(missing)
        self.post_message(self.Came(known))
        rest = [task for key, task in missing.items() if key not in known]
        new: dict[Key, tuple[Task, Cell]] = {}
        for task, found in work_out(rest, os.cpu_count() or 1, lambda: not stop.is_set()):
            key = task[0].id, task[1]
            new[key] = task, found
            self.post_message(self.Came({key: found}))
            if len(new) % BATCH == 0:
                kept.keep(new)
        if new:
            kept.keep(new)
        self.post_message(self.Ended(stop))

    def on_matrix_screen_came(self, message: "MatrixScreen.Came") -> None:
        """Show cells as they come; what an earlier work still sends is as true."""
        self.table = replace(self.table, cells={**self.table.cells, **message.cells})
        self.restage()

    def on_matrix_screen_ended(self, message: "MatrixScreen.Ended") -> None:
        """Tell that no more will come."""
        if message.stopper is self._stop:
            self.table = replace(self.table, working=False)
            self.restage()

    # Drawing --------------------------------------------------------------------------------------------------------

    def restage(self) -> None:
        """Hand the scene of this moment to the panes."""
        if not self.is_mounted or not self.children:
            return
        height = max(1, self.query_one(TablePane).content_size.height - 1)
        self.table = replace(self.table, top=_top(self.table, height))
        self.query_one(MatrixHeadline).scene = self.table
        for pane in self.query(Pane):
            pane.scene = self.table
        zoomed = self.has_class("-zoomed")
        self.query_one(KeyBar).keys = matrix_keys(self.table, self.symbols, zoomed=zoomed)

    def tell(self, sentence: str) -> None:
        """Show a sentence until the next key."""
        self.table = replace(self.table, notice=sentence)
        self.query_one(DetailPane).top = 0
        self.restage()

    # Moving ---------------------------------------------------------------------------------------------------------

    def _go(self, row: int, column: int) -> None:
        table = self.table
        self.table = replace(
            table,
            row=max(0, min(row, len(table.rows) - 1)),
            column=max(0, min(column, len(COLUMNS) - 1)),
            notice="",
        )
        self.query_one(DetailPane).top = 0
        self.restage()

    def action_move(self, down: int, right: int) -> None:
        """Go to another cell; scroll what stands alone."""
        detail = self.query_one(DetailPane)
        if detail.has_class("-zoom"):
            detail.scroll_text(down)
            return
        self._go(self.table.row + down, self.table.column + right)

    def action_page(self, by: int) -> None:
        """Go on by a page."""
        self.action_move(by * max(1, self.query_one(TablePane).content_size.height - 2), 0)

    def action_ends(self, direction: int) -> None:
        """Go to the first or last race."""
        self._go(len(self.table.rows) - 1 if direction > 0 else 0, self.table.column)

    def action_next(self, direction: int) -> None:
        """Go to the next broken cell, round the end."""
        here = self.table.row, self.table.column
        broken = self.table.broken
        if not broken:
            self.tell("Nothing is broken in any cell that is worked out.")
            return
        after = [at for at in broken if (at > here if direction > 0 else at < here)] or broken
        self._go(*after[0 if direction > 0 else -1])

    def on_table_pane_clicked(self, message: TablePane.Clicked) -> None:
        """Select what was clicked; open it if it was selected."""
        if message.row >= len(self.table.rows):
            return
        column = self.table.column if message.column < 0 else message.column
        if (message.row, column) == (self.table.row, self.table.column):
            self.action_open()
        else:
            self._go(message.row, column)

    def on_table_pane_scrolled(self, message: TablePane.Scrolled) -> None:
        """Move with the wheel."""
        self.action_move(message.by, 0)

    # Leading elsewhere ----------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Play what breaks; of any other cell show all that is known."""
        row, cell = self.table.selected, self.table.cell
        if row is not None and cell is not None and cell.token:
            self.post_message(self.Play(row.lesson, cell.token))
        elif not self.has_class("-zoomed"):
            self._zoom(self.query_one(DetailPane))

    def action_explore(self) -> None:
        """Explore the scenario of the cell."""
        table = self.table
        if table.selected is None or not table.exists(table.row, table.column):
            self.tell("There is nothing to explore here: this race needs no rule.")
        elif table.cell is not None and table.cell.kind == "absent":
            self.tell("There is nothing to explore here: the version does not have what the scenario calls.")
        else:
            row = table.selected
            self.post_message(self.Explore(row.lesson, row.variant(table.head)))

    def action_token(self) -> None:
        """Copy the token and show it."""
        cell = self.table.cell
        if cell is None or not cell.token:
            self.tell("No schedule breaks anything here that is known.")
            return
        self.app.copy_to_clipboard(cell.token)
        self.tell(f"Token, copied if the terminal allows it: {cell.token}")

    def action_again(self) -> None:
        """Go on with what is missing."""
        if self.table.working:
            self.tell("It is being worked out already.")
        elif len(self.table.cells) == self.table.wanted:
            self.tell("All cells are worked out.")
        else:
            self._begin()

    def action_zoom(self) -> None:
        """Show the focused pane alone, or both again."""
        focused = self.focused if isinstance(self.focused, Pane) else self.query_one(DetailPane)
        self._zoom(None if self.has_class("-zoomed") else focused)

    def action_pane(self) -> None:
        """Go to the other pane."""
        if self.has_class("-zoomed"):
            table, detail = self.query_one(TablePane), self.query_one(DetailPane)
            self._zoom(table if detail.has_class("-zoom") else detail)
        else:
            self.focus_next(Pane)

    def _zoom(self, pane: object) -> None:
        self.set_class(pane is not None, "-zoomed")
        for other in self.query(Pane):
            other.set_class(other is pane, "-zoom")
            other.top = 0
        self.call_after_refresh(self.restage)

    def action_leave(self) -> None:
        """End the zoom, stop the work, else go up."""
        if self.has_class("-zoomed"):
            self._zoom(None)
        elif self.table.working and not self._stop.is_set():
            self._stop.set()
            self.table = replace(self.table, working=False, stopped=True)
            self.tell("Stopped. What was worked out stays; r goes on.")
        else:
            self.action_quit_level()

    def action_quit_level(self) -> None:
        """Go up one level."""
        self._stop.set()
        self.post_message(self.Left())


def _top(table: Table, height: int) -> int:
    """Return the first row in view: as it was if the selected one is in view, else such that it is at the edge."""
    top = max(table.row - height + 1, min(table.top, table.row))
    return max(0, min(top, len(table.rows) - height))
