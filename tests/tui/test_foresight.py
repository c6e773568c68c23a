"""Foresight: asked for, exact, drawn only then, and never wrong where not all is known."""

from dataclasses import replace
from fractions import Fraction

from textual.pilot import Pilot

from ktwviz.checker.facts import Odds
from ktwviz.checker.reach import Ahead
from ktwviz.progress.model import LessonProgress
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.ask import Question
from ktwviz.tui.player.choices import draw_choices
from ktwviz.tui.player.foresight import Foresight, draw_foresight, foresee, tell_ahead, tell_odds
from ktwviz.tui.player.lanes import draw_lanes
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.player.staging import Hand, stage
from ktwviz.tui.player.track import Track
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import explorer_app, found_in, settled
from tests.tui.frames import drive, store_of, text_of
from tests.tui.shipped import LESSONS, WINDOW, at_beat, text_on, token_at_beat

EXACT = Foresight(
    "the goal", Ahead("exact", 7), {"1": Ahead("exact", 7), "2": Ahead("never")}, (), None, True
)


def screen_of(pilot: Pilot[None]) -> PlayerScreen:
    assert isinstance(pilot.app.screen, PlayerScreen)
    return pilot.app.screen


def test_before_the_lesson_is_solved_it_asks_once() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f")
        assert isinstance(pilot.app.screen, Question)
        await pilot.press("n")
        await settled(pilot)
        assert screen_of(pilot).scene.foresight is None
        await pilot.press("f", "y")
        await settled(pilot)
        assert screen_of(pilot).scene.foresight is not None
        await pilot.press("f")
        assert screen_of(pilot).scene.foresight is None
        await pilot.press("f")
        assert screen_of(pilot).scene.foresight is not None

    drive(explorer_app(), act)


def test_a_solved_lesson_is_foreseen_at_once() -> None:
    app = KtwvizApp(store_of(timer_window=LessonProgress(solved=True)), lessons=LESSONS, start=WINDOW)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f")
        await settled(pilot)
        assert screen_of(pilot).scene.foresight is not None
        shown = text_on(app)
        assert "Foresight  the goal in 78 steps at least" in shown
        assert "from the start: 1 random run in 12.4" in shown
        assert "1 client →78" in shown and "2 second -" in shown

    drive(app, act)


def test_a_lesson_whose_fix_is_proved_is_foreseen_at_once() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f")
        assert isinstance(pilot.app.screen, PlayerScreen)

    drive(KtwvizApp(store_of(timer_window=LessonProgress(fixed="x")), lessons=LESSONS, start=WINDOW), act)


def test_nothing_is_told_while_it_is_off() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space")
        shown = text_on(pilot.app)
        assert "Foresight" not in shown and "✗" not in shown

    drive(explorer_app(), act)


def test_each_step_of_a_walk_says_whether_the_goal_still_lies_ahead() -> None:
    play = at_beat(WINDOW, 4)
    keys = [step.choice for step in play.session.steps]
    foresight = foresee(found_in("timer-window"), keys, play.session.cursor)
    assert foresight is not None and len(foresight.steps) == len(keys)
    scene = replace(stage(play, Track(play.session.picture), Hand(), ""), foresight=foresight)
    lanes = text_of(draw_lanes(scene, 80, 9, UNICODE)).splitlines()
    assert lanes[0].startswith("→ goal ahead") and lanes[0].count("→") == 1 + min(len(keys), 64)
    without = replace(scene, foresight=None)
    assert "goal ahead" not in text_of(draw_lanes(without, 80, 9, UNICODE))
    assert "-> goal ahead" in text_of(draw_lanes(scene, 80, 9, ASCII))
    breaks = replace(scene, foresight=replace(foresight, bug="no-warning"))
    assert text_of(draw_lanes(breaks, 80, 9, UNICODE)).startswith("✗ lies ahead")


def test_once_the_goal_is_out_of_reach_no_choice_leads_to_it() -> None:
    found = found_in("timer-window")
    play = at_beat(WINDOW, 0)
    play.session.play("2")
    foresight = foresee(found, ["2"], 1)
    assert foresight is not None and foresight.here == Ahead("never")
    assert {ahead.known for ahead in foresight.choices.values()} == {"never"}
    assert tell_ahead(foresight) == "the goal is out of reach"


def test_what_the_graph_does_not_know_is_not_known() -> None:
    foresight = foresee(found_in("timer-window", None, 500), ["1"] * 30, 30)
    assert foresight is not None
    assert foresight.here.known == "unknown"
    assert all(ahead.steps is None for ahead in foresight.choices.values())
    assert tell_ahead(foresight) == "not known whether the goal can be reached"
    assert tell_odds(foresight.odds) == "odds not known"
    lost = foresee(found_in("timer-window"), ["9", "1"], 2)
    assert lost is not None and (lost.here.known, lost.of("1").known) == ("unknown", "unknown")


def test_a_bounded_graph_says_at_most_where_a_shorter_way_may_exist() -> None:
    assert "in 9 steps at most" in tell_ahead(replace(EXACT, here=Ahead("at most", 9)))
    assert "in 1 step at least, and no schedule avoids it" in tell_ahead(
        replace(EXACT, here=Ahead("exact", 1, sealed=True))
    )


def test_the_odds_are_told_as_runs() -> None:
    assert tell_odds(Odds(Fraction(1, 8), "exact")) == "from the start: 1 random run in 8"
    assert tell_odds(Odds(0.125, "at least")) == "from the start: at least 1 random run in 8"
    assert tell_odds(Odds(Fraction(1), "exact")) == "from the start: every run"
    assert tell_odds(Odds(Fraction(0), "exact")) == "from the start: no run meets it"


def test_the_line_fits_a_small_screen() -> None:
    long = replace(
        EXACT, odds=Odds(Fraction(1, 3_000_000), "at least"), here=Ahead("exact", 123, sealed=True)
    )
    assert draw_foresight(long, 78, UNICODE).cell_length <= 78


def test_a_choice_that_cannot_be_made_has_no_sign() -> None:
    play = at_beat(WINDOW, 0)
    scene = replace(stage(play, Track(play.session.picture), Hand(), ""), foresight=EXACT)
    drawn = draw_choices(scene, 118, UNICODE).plain
    assert "1 client →7" in drawn and "2 second -" in drawn and "3 kworker ?" in drawn
    breaks = replace(scene, foresight=replace(EXACT, bug="no-warning"))
    assert "1 client ✗7   2 second ✓" in draw_choices(breaks, 118, UNICODE).plain
    assert "timer@0 ·" in drawn


def test_on_a_small_screen_who_cannot_run_gives_way_so_that_every_choice_shows_its_sign() -> None:
    play = at_beat(WINDOW, 3)
    keys = [step.choice for step in play.session.steps]
    foresight = foresee(found_in("timer-window"), keys, len(keys))
    scene = replace(stage(play, Track(play.session.picture), Hand(), ""), foresight=foresight)
    drawn = draw_choices(scene, 78, UNICODE)
    assert drawn.cell_length <= 78
    assert "1 ✓" in drawn.plain and "2 second →47" in drawn.plain and "4 timer@0 →47" in drawn.plain
    assert draw_choices(scene, 118, UNICODE).plain.count("1 client ✓") == 1
    assert all(f"{choice.key} " in drawn.plain for choice in scene.choices)


def test_foresight_follows_every_move() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f", "y")
        await settled(pilot)
        seen = []
        for _ in range(3):
            foresight = screen_of(pilot).scene.foresight
            assert foresight is not None
            seen.append(foresight.here)
            await pilot.press("1")
        assert len(set(seen)) == 3

    drive(explorer_app(token=token_at_beat(0, moves=0)), act)
