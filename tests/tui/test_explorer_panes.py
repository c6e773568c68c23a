"""What the explorer draws: tree, counterexamples, state, depth map, headline."""

from dataclasses import replace

import pytest

from ktwviz.checker.reach import Ahead
from ktwviz.tui.explorer import exploring as exploring_module
from ktwviz.tui.explorer.depthmap import draw_map
from ktwviz.tui.explorer.examples import draw_examples
from ktwviz.tui.explorer.exploring import BAD, SAFE, UNKNOWN, Exploring
from ktwviz.tui.explorer.headline import MOST, draw_headline
from ktwviz.tui.explorer.scene import BadRow, ExamplesView, Explored, MapView, RowView
from ktwviz.tui.explorer.statepane import draw_state, draw_whole_state
from ktwviz.tui.explorer.told import draw_told
from ktwviz.tui.explorer.treepane import draw_row, draw_signs, draw_tree
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import exploring, scene_of
from tests.tui.frames import text_of

CUT = "nothing is followed beyond where lists-sound breaks, and it is not broken before"


def row(**changes: object) -> RowView:
    plain = RowView("", "", "2", "second", 1, "load x -> 1", "open", 57, 38, Ahead("exact", 9))
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def verdict(view: RowView) -> str:
    return draw_row(view, False, 70, UNICODE).plain.split("load x -> 1")[1].strip()


def test_the_tree_at_the_start_shows_every_choice_and_where_it_leads() -> None:
    drawn = text_of(draw_tree(scene_of(exploring()), 66, UNICODE)).splitlines()
    assert (
        drawn
        == [
            "▶▾ the start                                               ✗  68",
            " ├─ ▸ 1 client  spin_lock_irqsave(worker.lock)     … 3,723  ✗  67",
            " ├─ ▸ 2 second  spin_lock_irqsave(worker.lock)       … 460      ✓",
            " └─ ▸ 3 kworker  load worker.task -> NULL            … 487  ✗  68",
        ]
        or drawn
    )  # placed below by hand
    assert len(drawn) == 4


def test_a_line_says_what_its_state_is() -> None:
    assert verdict(row()) == "✗   9"
    assert verdict(row(mark="folded")) == "… 38  ✗   9"
    assert verdict(row(kind="seen")) == "≡ #57  ✗   9"
    assert verdict(row(kind="bad", bad=("lists-sound",))) == "✗ lists-sound"
    assert verdict(row(kind="bad", bad=("lists-sound", "no-warning"))) == "✗ lists-sound +1"
    assert verdict(row(kind="end")) == "✓ end"
    assert verdict(row(kind="cut")) == "… not followed"
    assert verdict(row(ahead=Ahead("never"))) == "✓"
    assert verdict(row(ahead=Ahead("unknown"))) == "?"
    assert verdict(row(ahead=Ahead("at most", 9))) == "✗ ≤9"


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [40, 76, 120])
def test_no_line_is_wider_than_its_pane_however_deep_it_stands(symbols: object, width: int) -> None:
    table = ASCII if symbols is ASCII else UNICODE
    for depth in (0, 3, 12, 60):
        line = draw_row(row(guides="I" * depth + "T", mark="folded", text="store " * 20), True, width, table)
        assert line.cell_length == width
        assert "2 s" in line.plain


def test_what_breaks_is_listed_with_steps_switches_and_places() -> None:
    drawn = text_of(draw_examples(scene_of(exploring()), 60, 9, UNICODE)).splitlines()
    assert drawn[0].split() == ["✗", "no-warning", "71", "steps", "3", "switches", "×12"]
    assert drawn[1].split() == ["✗", "lists-sound", "78", "steps", "3", "switches", "×12"]
    assert " ".join(drawn[2:4]) == f"17 others open: {CUT}"
    assert "24 bad places: n goes to the first" in drawn


def test_at_80x24_the_list_still_says_what_is_open_and_why() -> None:
    made = exploring()
    made.next(1)
    drawn = text_of(draw_examples(scene_of(made), 76, 6, UNICODE)).splitlines()
    assert drawn[2] == "17 others open: nothing is followed beyond where lists-sound breaks, and it…"
    assert drawn[3:5] == ["Bad place 1 of 24", "Selected  71 steps, 3 switches, from the start"]


def test_steps_say_from_where_they_are_counted() -> None:
    made = exploring(prefix="1*32.t")
    drawn = text_of(draw_examples(scene_of(made), 76, 9, UNICODE)).splitlines()
    assert drawn[0].split()[:5] == ["✗", "no-warning", "38", "steps", "from"]
    assert "Selected  33 steps, 0 switches, from the start" in drawn


def test_one_bad_place_is_one_and_a_long_name_has_the_room_that_there_is() -> None:
    view = ExamplesView((BadRow("users.count == list_length(worker.work_list)", 1, 1, 1, False),), count=1)
    drawn = text_of(draw_examples(Explored("", "", "v4", examples=view), 84, 9, UNICODE)).splitlines()
    assert "users.count == list_length(worker.work_list)" in drawn[0]
    assert "1 step  1 switch" in drawn[0] and "1 bad place: n goes to the first" in drawn


@pytest.mark.parametrize("width", [40, 76, 120])
def test_the_signs_below_the_tree_read_like_no_result(width: int) -> None:
    for symbols in (UNICODE, ASCII):
        drawn = draw_signs(width, symbols).plain
        assert len(drawn) <= width and drawn.startswith(f"{symbols.bad} n: bad in n steps")
        assert not any(letter.isdigit() for letter in drawn)
    assert "nothing bad ahead" in draw_signs(76, UNICODE).plain


def test_of_too_many_bad_places_the_nearest_of_each_property_are_gone_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exploring_module, "MOST_PLACES", 5)
    made = exploring()
    scene = scene_of(made)
    assert (scene.bad, scene.examples.count, scene.examples.nearest) == (24, 10, True)
    assert [row.places for row in scene.examples.rows] == [12, 12]
    assert [row.steps for row in scene.examples.rows] == [71, 78], "the nearest are among them"
    assert "10 bad places, the nearest ones: n goes to the first" in text_of(
        draw_examples(scene, 76, 9, UNICODE)
    )


def test_where_nothing_breaks_the_list_says_so_only_if_all_was_seen() -> None:
    holds = text_of(draw_examples(scene_of(exploring(rule="")), 70, 9, UNICODE))
    assert "✓ Nothing breaks, whatever the order: all of it was seen." in holds
    bounded = scene_of(exploring(rule="", most=500))
    assert "undetermined: nothing breaks in 5" in text_of(draw_examples(bounded, 70, 9, UNICODE))
    stopped = scene_of(exploring(rule="", most=500), stopped=True)
    drawn = text_of(draw_examples(stopped, 70, 9, UNICODE))
    assert f"undetermined: stopped by you at {stopped.states:,} states" in drawn
    assert "holds" not in drawn and "✓" not in drawn


def test_the_headline_tells_complete_from_bounded_and_from_stopped() -> None:
    scene = scene_of(exploring())
    assert draw_headline(scene, 120, UNICODE).plain.split("   ")[1] == (
        "5,597 states  ✗ 24 bad  depth 114  complete, 17 open"
    )
    bounded = scene_of(exploring(most=500))
    assert "bounded: 500 states" in draw_headline(bounded, 120, UNICODE).plain
    assert "complete" not in draw_headline(bounded, 120, UNICODE).plain
    assert "stopped by you" in draw_headline(replace(bounded, stopped=True), 120, UNICODE).plain


def test_the_headline_leaves_out_the_least_first_where_numbers_are_large() -> None:
    large = Explored(
        "04",
        "A title",
        "v4",
        states=300_001,
        bad=123_456,
        duplicates=2_345_678,
        depth=1234,
        bound="300,000 states",
    )
    line = draw_headline(large, 80, UNICODE)
    assert line.cell_length <= MOST
    assert "300,001 states  ✗ 123,456 bad" in line.plain and line.plain.endswith("bounded: 300,000 states")


def test_the_selected_state_tells_its_step_and_what_that_changed() -> None:
    made = exploring()
    made.next(1)
    while not any(change.path.endswith("node.next") for change in _changes(made)):
        made.go(made.cursor.parent or made.cursor)
    view = scene_of(made).state
    assert view is not None
    drawn = text_of(draw_state(view, 70, 30, UNICODE))
    assert "Diff to parent\n* dwork.work.node.next: dwork.work.node → worker.work_list" in drawn
    assert "Contexts\n  1 client" in drawn
    whole = text_of(draw_whole_state(view, 90, UNICODE))
    assert "Memory" in whole and "jiffies" in whole


def _changes(made: Exploring) -> tuple:  # type: ignore[type-arg]  # Change, as the step has it
    told = made.tree.told(made.cursor)
    return told.changes if told else ()


def test_a_bad_state_says_what_breaks_and_how() -> None:
    made = exploring()
    made.next(1)
    scene = scene_of(made)
    assert scene.state is not None
    assert text_of(draw_state(scene.state, 90, 20, UNICODE)).startswith("✗ no-warning: WARNING in timer@0")
    assert "✗ no-warning: WARNING" in text_of(draw_told(scene, 80, UNICODE))


def test_the_line_below_says_what_lies_ahead() -> None:
    assert "71 steps at least to something bad" in text_of(draw_told(scene_of(exploring()), 80, UNICODE))
    assert "nothing bad can follow any more" in text_of(draw_told(scene_of(exploring(rule="")), 80, UNICODE))
    bounded = text_of(draw_told(scene_of(exploring(most=500)), 80, UNICODE))
    assert "not known whether something bad can follow" in bounded


def test_one_cell_of_the_map_is_a_state_where_there_is_room() -> None:
    levels = (bytes([SAFE]), bytes([SAFE, BAD]), bytes([UNKNOWN, SAFE, SAFE]))
    drawn = text_of(draw_map(MapView(levels, (1, 1)), 40, 5, UNICODE)).splitlines()
    assert [line.split() for line in drawn] == [["0", "·"], ["1", "·✗"], ["2", "?··"]]


def test_a_cell_that_holds_a_bad_state_is_bad() -> None:
    levels = tuple(
        bytes([BAD if (level, state) == (7, 60) else SAFE for state in range(100)]) for level in range(12)
    )
    lines = draw_map(MapView(levels, (7, 60)), 40, 4, UNICODE)
    drawn = text_of(lines).splitlines()
    assert [line.split()[0] for line in drawn] == ["0-2", "3-5", "6-8", "9-11"]
    assert ["✗" in line for line in drawn] == [False, False, True, False]
    assert all(line.cell_length <= 40 for line in lines)


def test_every_state_of_the_search_is_on_the_map_once() -> None:
    made = exploring()
    assert sum(map(len, made.classes)) == len(made.graph.states)
    assert sum(level.count(BAD) for level in made.classes) == 24
