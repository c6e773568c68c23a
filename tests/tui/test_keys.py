"""The bindings are the one table of keys: bar, help and README say what they say."""

from pathlib import Path

import pytest
from textual.binding import Binding

from ktwviz.tui.explorer.bindings import EXPLORER_BINDINGS
from ktwviz.tui.fixit.bindings import FIXIT_BINDINGS
from ktwviz.tui.home.bindings import HOME_BINDINGS
from ktwviz.tui.player.bindings import PLAYER_BINDINGS
from ktwviz.tui.readme import key_tables, with_key_tables

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_has_the_keys_that_the_bindings_have() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_key_tables(readme) == readme, "python scripts/keys.py writes them"


def test_the_tables_name_every_key_once() -> None:
    rows = key_tables().splitlines()
    assert "| `space` `→` `l` | along your walk, the script, or with the marked context | step |" in rows
    assert sum("run that context" in row for row in rows) == 1


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        with_key_tables("# ktwviz")


@pytest.mark.parametrize("bindings", [HOME_BINDINGS, EXPLORER_BINDINGS], ids=["home", "explorer"])
def test_no_key_of_a_screen_has_two_meanings(bindings: list[Binding]) -> None:
    keys = [key for binding in bindings for key in binding.key.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_every_sentence_fits_into_one_line_of_the_help_at_80_columns() -> None:
    every = [*PLAYER_BINDINGS, *HOME_BINDINGS, *EXPLORER_BINDINGS, *FIXIT_BINDINGS]
    long = [binding.tooltip for binding in every if len(binding.tooltip) > 57]
    assert long == []
