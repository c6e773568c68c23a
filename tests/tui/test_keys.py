"""The bindings are the one table of keys: bar, help and README say what they say."""

from pathlib import Path

import pytest

from ktwviz.tui.home.screen import HOME_BINDINGS
from ktwviz.tui.player.bindings import PLAYER_BINDINGS
from ktwviz.tui.readme import key_tables, with_key_tables

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_has_the_keys_that_the_bindings_have() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_key_tables(readme) == readme, "python scripts/keys.py writes them"


def test_the_tables_name_every_key_once() -> None:
    rows = key_tables().splitlines()
    assert "| `space` `→` `l` | next step of the script, or of the marked context | step |" in rows
    assert sum("run that context" in row for row in rows) == 1


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        with_key_tables("# ktwviz")


def test_no_key_of_the_home_screen_has_two_meanings() -> None:
    keys = [key for binding in HOME_BINDINGS for key in binding.key.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_every_sentence_fits_into_one_line_of_the_help_at_80_columns() -> None:
    long = [binding.tooltip for binding in [*PLAYER_BINDINGS, *HOME_BINDINGS] if len(binding.tooltip) > 57]
    assert long == []
