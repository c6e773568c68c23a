"""The part of the README that is made from the program: the tables of keys."""

from ktwviz.tui.home.screen import HOME_BINDINGS
from ktwviz.tui.keys import markdown_rows
from ktwviz.tui.player.bindings import PLAYER_BINDINGS

BEGIN = "<!-- keys: begin -->\n"
END = "<!-- keys: end -->"


def key_tables() -> str:
    """Return the keys of the player and of the home screen as Markdown tables."""
    player = ["| key | in a lesson | name |", "| --- | --- | --- |", *markdown_rows(PLAYER_BINDINGS)]
    home = ["| key | in the list of lessons | name |", "| --- | --- | --- |", *markdown_rows(HOME_BINDINGS)]
    return "\n".join([*player, "", *home]) + "\n"


def with_key_tables(readme: str) -> str:
    """Return the README with the tables in their place; raises ValueError where it has no place for them."""
    before, after_begin = readme.split(BEGIN)
    _, after = after_begin.split(END)
    return before + BEGIN + key_tables() + END + after
