"""The part of the README that is made from the program: the tables of keys."""

from collections.abc import Sequence

from textual.binding import BindingType

from ktwviz.tui.explorer.bindings import EXPLORER_BINDINGS
from ktwviz.tui.fixit.bindings import FIXIT_BINDINGS
from ktwviz.tui.home.bindings import HOME_BINDINGS
from ktwviz.tui.keys import markdown_rows
from ktwviz.tui.matrix.bindings import MATRIX_BINDINGS
from ktwviz.tui.player.bindings import PLAYER_BINDINGS
from ktwviz.tui.sandbox.bindings import SANDBOX_BINDINGS

BEGIN = "<!-- keys: begin -->\n"
END = "<!-- keys: end -->"


def key_tables() -> str:
    """Return the keys of each screen as Markdown tables."""
    tables = [
        _table("in a lesson", PLAYER_BINDINGS),
        _table("in the list of lessons", HOME_BINDINGS),
        _table("in the explorer", EXPLORER_BINDINGS),
        _table("in the matrix", MATRIX_BINDINGS),
        _table("while you mend a function", FIXIT_BINDINGS),
        _table("in the sandbox", SANDBOX_BINDINGS),
    ]
    return "\n".join(tables)


def _table(where: str, bindings: Sequence[BindingType]) -> str:
    return "\n".join([f"| key | {where} | name |", "| --- | --- | --- |", *markdown_rows(bindings), ""])


def with_key_tables(readme: str) -> str:
    """Return the README with the tables in their place; raises ValueError where it has no place for them."""
    before, after_begin = readme.split(BEGIN)
    _, after = after_begin.split(END)
    return before + BEGIN + key_tables() + END + after
