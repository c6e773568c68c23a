"""All interleavings of a lesson: what breaks and where, the same each time, and never more than is known."""

from dataclasses import replace
from functools import lru_cache

import pytest

from ktwviz.checker.facts import Bad
from ktwviz.checker.reach import Ahead, Reach, follow, nearest
from ktwviz.lesson.judging import broken_in
from ktwviz.lesson.lookout import Lookout
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.search import Found, search
from ktwviz.session import Session


@lru_cache
def found(lesson: str, rule: str | None = None) -> Found:
    return search(build_scenario(find_lesson(lesson), rule), ahead=True)


def without_goal(lesson: Lesson) -> Lesson:
    return replace(lesson, goal=None)


def test_every_bad_place_is_bad_when_its_schedule_is_played() -> None:
    window = found("timer-window")
    ways = window.ways("steps")
    assert {broken.verdict.property for broken in window.broken} == {"lists-sound", "no-warning"}
    for place, broken in window.places.items():
        keys = ways.through(place.edge) if place.edge >= 0 else ways.to_state(place.state)
        assert keys is not None
        session = Session(build_scenario(find_lesson("timer-window")).machine)
        session.play(keys)
        warned = any(event.bad for event in session.steps[-1].events)
        torn = bool(session.picture().broken_lists)
        assert {one.verdict.property for one in broken} <= {
            *(["no-warning"] if warned else []),
            *(["lists-sound"] if torn else []),
        }


def test_the_best_schedule_of_each_property_is_as_long_as_its_verdict_says() -> None:
    window = found("timer-window")
    ways = window.ways("steps")
    for broken in window.broken:
        lengths = [
            len((ways.through(place.edge) if place.edge >= 0 else ways.to_state(place.state)) or ())
            for place, here in window.places.items()
            if broken in here
        ]
        assert min(lengths) == len(broken.verdict.keys or ())


def test_a_search_gives_the_same_each_time() -> None:
    first, second = (search(build_scenario(find_lesson("timer-window"))) for _ in range(2))
    edges = [
        [list(one.graph.edges.choices(number)) for number in range(len(one.graph.states))]
        for one in (first, second)
    ]
    assert edges[0] == edges[1]
    assert list(first.places) == list(second.places)


def test_where_the_rule_is_taken_away_nothing_breaks_and_the_goal_is_out_of_reach() -> None:
    posted = found("timer-window", "")
    assert (posted.broken, posted.places) == ((), {})
    assert posted.bug is not None and posted.bug_lookout is not None
    assert posted.bug_lookout.of(posted.bug_lookout.start).known == "never"


@pytest.mark.parametrize(("lesson", "name"), [("two-cancellers", "cancel-final"), ("24", "cancel-answer")])
def test_what_breaks_by_its_past_lies_ahead_of_each_step_of_its_run_and_of_no_other_way(
    lesson: str, name: str
) -> None:
    here = found(lesson)
    (broken,) = (one for one in here.broken if one.verdict.property == name)
    assert broken.past is not None and not broken.bad
    keys, lookout = broken.verdict.keys or (), here.lookout
    only = Lookout(here.graph, Bad(frozenset()), [broken.past])
    for count in range(len(keys) + 1):
        assert only.of(only.after(only.start, keys[:count])).steps == len(keys) - count
    # the same state is reached by another way, on which nothing is broken
    last = follow(here.graph, keys)
    assert last is not None
    other = Reach(here.graph).schedule_to(last)
    assert name in {breach.property for breach in broken_in(here.scenario, keys)}
    if len(other) < len(keys):
        assert name not in {breach.property for breach in broken_in(here.scenario, other)}
        assert only.of(only.after(only.start, other)).steps != 0
    assert lookout.of(lookout.start).steps is not None


def test_what_several_runs_break_together_is_foreseen_in_none() -> None:
    orders = search(build_scenario(without_goal(find_lesson("37"))), ahead=True)
    alone = {broken.verdict.property for broken in orders.broken if not broken.by_run}
    assert "lock-order" in {broken.verdict.property for broken in orders.broken} - alone
    assert orders.bug is None or "lock-order" not in orders.bug.name
    for broken in orders.broken:
        if broken.by_run and broken.past is None:
            assert not broken.bad.states & orders.bad.states
            keys = broken.verdict.keys or ()
            standing = orders.lookout.after(orders.lookout.start, keys)
            assert orders.lookout.of(standing).steps != 0


def test_what_was_broken_before_stays_met() -> None:
    here = found("two-cancellers")
    (broken,) = here.of_past
    keys = broken.verdict.keys or ()
    standing = here.lookout.after(here.lookout.start, keys)
    further = next(iter(here.lookout.choices(standing)))
    assert here.lookout.of(here.lookout.after(standing, [further])).steps == 0
    assert {ahead.steps for ahead in here.lookout.choices(standing).values()} == {0}


def test_a_goal_that_has_no_answer_in_some_state_is_still_looked_out_for() -> None:
    lesson = find_lesson("15")
    assert lesson.goal is not None
    reach = "worker.current_work and worker.current_work.node.next"
    other = search(build_scenario(replace(lesson, goal=replace(lesson.goal, reach=reach))), ahead=True)
    assert other.bug is not None and other.bug.name == "the goal" and other.bug.bad


def test_the_nearest_of_several_is_known_as_well_as_all_of_them_are() -> None:
    never, exact, most = Ahead("never"), Ahead("exact", 5), Ahead("at most", 9, sealed=True)
    assert nearest([never, never]) == never
    assert nearest([never, exact]) == exact
    assert nearest([exact, most]) == Ahead("at most", 5, sealed=True)
    assert nearest([exact, Ahead("unknown")]) == Ahead("at most", 5)
    assert nearest([never, Ahead("unknown")]) == Ahead("unknown")


def test_foresight_looks_out_for_the_goal_and_else_for_what_breaks() -> None:
    window = found("timer-window")
    assert window.bug is not None and window.bug.name == "the goal"
    bare = search(build_scenario(without_goal(find_lesson("timer-window"))))
    assert bare.bug is not None
    assert bare.bug.bad == bare.bad
    assert bare.bug.name == "no-warning or lists-sound"
    assert search(build_scenario(without_goal(find_lesson("timer-window")), "")).bug is None


def test_the_steps_to_the_goal_are_those_of_the_shortest_schedule() -> None:
    window = found("timer-window")
    assert window.bug is not None and window.bug_lookout is not None
    steps = window.bug_lookout.of(window.bug_lookout.start).steps
    ways = window.ways("steps")
    assert steps == min(len(ways.to_state(number) or ()) for number in window.bug.bad.states)


def test_along_a_walk_every_choice_leads_on_to_what_was_foretold() -> None:
    window = found("timer-window")
    lookout = window.bug_lookout
    assert lookout is not None
    standing = lookout.start
    session = Session(build_scenario(find_lesson("timer-window")).machine)
    number = 0
    while number not in window.graph.cut and (ahead := lookout.choices(standing)):
        enabled = {choice.key for choice in session.choices() if choice.enabled}
        assert set(ahead) == enabled
        key = min(ahead, key=lambda key: ahead[key].steps or 999)
        before = lookout.of(standing).steps
        session.take(key)
        following = follow(window.graph, [key], number)
        assert following is not None and before is not None
        standing = lookout.after(standing, [key])
        assert lookout.of(standing).steps == before - 1
        number = following
    assert session.picture().broken_lists


@pytest.mark.parametrize("lesson", ["meet-the-worker", "timer-window"])
def test_a_search_that_was_stopped_promises_nothing(lesson: str) -> None:
    stopped = search(
        build_scenario(find_lesson(lesson)),
        most_states=300,
        ahead=True,
    )
    assert stopped.graph.bound == "300 states"
    assert stopped.lookout.of(stopped.lookout.start).known == "unknown"
    assert stopped.bug_odds is not None and stopped.bug_odds.kind == "at least"
    assert stopped.steps_known("9") == 0


def test_odds_are_a_lower_bound_where_runs_were_not_followed_to_their_end() -> None:
    """The lesson's goal is made another one, so that what breaks cuts runs short of it."""
    lesson = find_lesson("timer-window")
    assert lesson.goal is not None
    other = replace(lesson, goal=replace(lesson.goal, reach="worker.current_work == dwork.work"))
    odds = search(build_scenario(other), ahead=True).bug_odds
    assert odds is not None and odds.kind == "at least"
