"""The tree of choices: what a line opens, where the keys lead, and that it tells what the machine does."""

import pytest

from ktwviz.checker.orders import Order
from ktwviz.lesson.judging import broken_in
from ktwviz.machine.machine import Enabled
from ktwviz.schedule import expand
from ktwviz.session import Session
from ktwviz.tui.explorer.exploring import AHEAD, BAD, Exploring, Hits
from ktwviz.tui.explorer.tree import MOST_ROWS, Node
from tests.tui.explored import exploring, found_in


def lines(made: Exploring) -> list[str]:
    """Return the tree as guides and keys."""
    return [f"{row.guides}{row.node.key}" for row in made.tree.rows]


def test_nothing_is_made_before_it_is_looked_at() -> None:
    made = exploring()
    assert made.tree.root.kids is None
    assert lines(made) == ["", "T1", "T2", "L3"]
    assert all(kid.kids is None for kid in made.tree.kids(made.tree.root))


def test_a_context_that_goes_on_keeps_its_column_and_others_branch_off() -> None:
    made = exploring()
    first = made.tree.kids(made.tree.root)[0]
    made.tree.toggle(first)
    drawn = lines(made)
    assert drawn[1:3] == ["T1", "I1"]
    run = [line for line in drawn if line == "I1"]
    assert len(run) >= 20
    second = made.tree.rows[2].node
    assert made.tree.hidden(second) > 0
    made.tree.toggle(second)
    assert "IT2" in lines(made) or "IL2" in lines(made)
    assert made.tree.hidden(second) == 0
    made.tree.toggle(second)
    assert made.tree.rows[2].node is second and made.tree.rows[3].node.parent is not second


def test_every_line_stands_for_a_step_that_the_machine_takes() -> None:
    made = exploring()
    made.next(1)
    session = Session(made.graph.machine)
    session.play(made.schedule())
    assert session.state == made.cursor.state
    node: Node | None = made.cursor
    while node is not None and node.parent is not None:
        assert isinstance(node.step, Enabled)
        assert made.tree.told(node) == session.steps[node.depth - 1]
        node = node.parent


def test_a_bad_place_is_revealed_on_its_own_way_alone() -> None:
    made = exploring()
    assert made.next(1)
    keys = made.cursor.path()
    assert len(keys) == 71
    opened = [row.node for row in made.tree.rows if row.node.shown != "folded"]
    way = {id(node) for node in ancestors(made.cursor)}
    assert {id(node) for node in opened} <= way
    assert max(len(row.guides) for row in made.tree.rows) <= 6


def ancestors(node: Node) -> list[Node]:
    found = [node]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def test_next_goes_round_and_before_goes_back() -> None:
    made = exploring()
    made.next(1)
    first = made.schedule()
    for _ in range(len(made.examples)):
        made.next(1)
    assert made.schedule() == first
    made.next(-1)
    assert made.at == len(made.examples) - 1


def test_bad_places_come_in_the_order_asked_for() -> None:
    made = exploring()
    steps = [(len(one.keys), one.switches) for one in made.examples]
    assert steps == sorted(steps)
    assert not made.knows("switches")
    made.look_for("switches")
    made.set_order("switches")
    turns = [(one.switches, len(one.keys)) for one in made.examples]
    assert turns == sorted(turns)
    assert min(turns)[0] <= min(count for _, count in steps)


def test_siblings_are_the_other_choices_at_the_same_state() -> None:
    made = exploring()
    first, second, third = made.tree.kids(made.tree.root)
    assert made.tree.sibling(first, 1) is second
    assert made.tree.sibling(first, -1) is third
    assert made.tree.sibling(made.tree.root, 1) is made.tree.root


def test_the_deepest_state_is_the_end_of_what_is_open() -> None:
    made = exploring()
    made.next(1)
    bad = made.cursor
    assert made.tree.deepest(made.cursor.parent or bad) is bad


def test_a_filter_leaves_the_branches_of_one_context_and_the_way_that_is_open() -> None:
    made = exploring()
    made.filter("2")
    assert lines(made) == ["", "L2"]
    made.filter("2")
    assert lines(made) == ["", "T1", "T2", "L3"]
    made.go(made.tree.kids(made.tree.root)[0])
    made.filter("3")
    assert made.cursor is made.tree.root


def test_from_a_step_on_only_what_follows_is_counted() -> None:
    whole, part = exploring(), exploring(prefix="2*9")
    assert len(part.reach.order) < len(whole.reach.order)
    assert part.schedule() == expand("2*9")
    made = exploring(prefix="1*31.t")
    assert made.examples
    assert len(made.examples[0].keys) == len(whole.examples[0].keys) - 32


def test_thousands_of_lines_can_be_open_at_once_and_no_more() -> None:
    made = exploring()
    count = made.tree.open_all(made.tree.root)
    assert 1000 < count <= MOST_ROWS
    assert len(made.tree.rows) == count + 1


def test_states_that_were_found_are_gone_through_instead_of_bad_ones() -> None:
    made = exploring()
    made.set_hits(Hits("x", (5, 9)))
    made.next(1)
    assert made.cursor.number == 5
    made.next(1)
    assert made.cursor.number == 9
    made.set_hits(None)
    made.next(1)
    assert len(made.cursor.path()) == 71


@pytest.mark.parametrize(
    ("lesson", "rule", "name"),
    [("20", None, "cancel-final"), ("24", None, "cancel-answer"), ("30", "v4", "cancel-answer")],
)
@pytest.mark.parametrize("order", ["steps", "switches"])
def test_what_breaks_by_its_past_is_broken_in_the_runs_that_are_shown(
    lesson: str, rule: str | None, name: str, order: Order
) -> None:
    made = exploring(lesson, rule)
    made.look_for(order)
    made.order = order
    (broken,) = (one for one in made.ranked if one.verdict.property == name)
    examples = made.of(broken)
    assert len(examples) == made.places_of(broken) > 0
    if order == "steps":
        assert len(examples[0].keys) == len(broken.verdict.keys or ())
    for example in examples[:3]:
        assert name in {breach.property for breach in broken_in(made.found.scenario, example.keys)}
        node = made.tree.reveal(example.keys)
        assert broken in made.broken_at(node) and made.ahead(node).steps == 0
        assert node.parent is not None and broken not in made.broken_at(node.parent)
        told = {breach.property: breach.how for breach in broken_in(made.found.scenario, example.keys)}
        assert made.how(broken, node) == told[name]
        following = made.tree.kids(node)
        assert all(broken not in made.broken_at(kid) and made.ahead(kid).steps == 0 for kid in following)


def test_from_a_step_of_a_run_on_the_past_goes_along() -> None:
    found = found_in("20")
    keys = next(one.verdict.keys for one in found.broken if one.verdict.property == "cancel-final") or ()
    made = Exploring(found, keys[:-4])
    made.look_for("steps")
    (broken,) = found.of_past
    assert made.of(broken)[0].keys == keys[-4:]


def test_the_root_tells_what_the_last_step_of_the_walk_broke_in_its_own_words() -> None:
    keys = expand("1*19.2*18.1*34.2*45.1*6")
    made = Exploring(found_in("comes-back"), keys)
    told = {breach.property: breach.how for breach in broken_in(made.found.scenario, keys)}
    broken = {one.verdict.property: one for one in made.broken_at(made.tree.root)}
    assert "cancel-final" in broken
    assert made.how(broken["cancel-final"], made.tree.root) == told["cancel-final"]
    warned = (
        next(one.verdict.keys for one in found_in("10").broken if one.verdict.property == "no-warning") or ()
    )
    by_step = Exploring(found_in("10"), warned)
    assert "no-warning" in {one.verdict.property for one in by_step.broken_at(by_step.tree.root)}
    assert Exploring(found_in("10")).broken_at(Exploring(found_in("10")).tree.root) == ()


@pytest.mark.parametrize("prefix", ["1*2.3", "1*20", "3*26.1*43.t.2*22", "3*26.1*43.t.2*23"])
def test_the_map_says_of_what_lies_ahead_what_the_tree_says(prefix: str) -> None:
    made = exploring("30", "v4", prefix)
    bad = sum(kind == BAD for level in made.classes for kind in level)
    ahead = sum(kind in (BAD, AHEAD) for level in made.classes for kind in level)
    met = made.found.lookout.of(made.stands(made.tree.root))
    if not made.examples:
        assert bad == ahead == 0
    elif met.steps:
        assert bad > 0 and ahead > 0


def test_a_bound_leaves_what_the_past_may_break_open() -> None:
    made = exploring("20", None, "-", 3_000)
    for broken in made.found.of_past:
        assert broken.past is not None
    assert made.ahead(made.tree.root).known != "never"
