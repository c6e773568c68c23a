"""What the matrix draws, as data: the races, the cells that are there so far, and the one that is selected."""

from collections.abc import Mapping

from ktwviz.export.matrix import cell_of
from ktwviz.lesson.matrix import COLUMNS, Cell, Key, Row
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Table:
    """Everything that the matrix draws.

    `row` and `column` are the numbers of the selected cell, `top` is the first row in view. `wanted` counts the cells
    that there are to work out; `working` says that processes do so now, `stopped` that the user ended it.
    """

    rows: tuple[Row, ...]
    cells: Mapping[Key, Cell]
    row: int = 0
    column: int = 0
    top: int = 0
    wanted: int = 0
    working: bool = False
    stopped: bool = False
    notice: str = ""

    @property
    def selected(self) -> Row | None:
        """The row of the selected cell; None where there are no races."""
        return self.rows[self.row] if self.rows else None

    @property
    def head(self) -> str:
        """The column of the selected cell, one of COLUMNS."""
        return COLUMNS[self.column]

    @property
    def cell(self) -> Cell | None:
        """The selected cell; None where it has none, or it is not worked out yet."""
        return self.at(self.row, self.column)

    def at(self, row: int, column: int) -> Cell | None:
        """Return a cell by the numbers of its row and column."""
        return cell_of(self.rows[row], COLUMNS[column], self.cells) if self.rows else None

    def exists(self, row: int, column: int) -> bool:
        """Whether a row has a cell in a column at all: what needs no rule has none with the rule."""
        return bool(self.rows) and COLUMNS[column] in self.rows[row].columns

    @property
    def broken(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each cell that is broken, row by row."""
        return tuple(
            (row, column)
            for row in range(len(self.rows))
            for column in range(len(COLUMNS))
            if (cell := self.at(row, column)) is not None and cell.kind in ("broken", "other")
        )
