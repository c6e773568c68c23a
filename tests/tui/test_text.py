"""Lines are cut, wrapped and joined so that they fit."""

from ktwviz.tui.symbols import UNICODE
from ktwviz.tui.text import clip, columns, spread, stacked
from tests.tui.frames import text_of


def test_a_line_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert clip("worker.work_list", 10, UNICODE).plain == "worker.wo…"


def test_the_left_side_gives_way_to_the_right_one() -> None:
    assert spread("a long sentence", "R restart", 20, UNICODE).plain == "a long se… R restart"


def test_cells_of_one_column_start_below_each_other() -> None:
    assert text_of(columns([["a", "1"], ["bcd", "2"]])) == "a    1\nbcd  2"


def test_what_does_not_fit_beside_goes_below() -> None:
    first, second = clip("worker.lock", 20, UNICODE), clip("held by 1 client", 20, UNICODE)
    assert text_of(stacked(first, second, 40)) == "worker.lock  held by 1 client"
    assert text_of(stacked(first, second, 20)) == "worker.lock\n    held by 1 client"
