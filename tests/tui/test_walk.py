"""Along a walk that is recorded: where space leads, what a digit leaves, and what is told of it."""

from textual.pilot import Pilot

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson
from ktwviz.schedule import expand
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.player.headline import Headline
from ktwviz.tui.player.narration import NarrationPane
from ktwviz.tui.player.screen import PlayerScreen
from tests.tui.frames import ARMED, BROKEN, SPINNING, app_at, drive, frame, store_of, walked
from tests.tui.shipped import LESSONS

SHADOW = find_lesson("22")


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(frame(pilot.app))


def words(pilot: Pilot[None]) -> str:
    """Return what the narration tells, in one line."""
    pane = player(pilot).query_one(NarrationPane).region
    return " ".join(
        " ".join(line[pane.x + 1 : pane.right - 1] for line in frame(pilot.app)[pane.y : pane.bottom]).split()
    )


def playing(lesson: Lesson, token: str | None = None) -> KtwvizApp:
    store = walked(store_of(), lesson, token) if token else store_of()
    return KtwvizApp(store, lessons=LESSONS, start=lesson, token=token)


def keys(pilot: Pilot[None]) -> tuple[str, ...]:
    return tuple(step.choice for step in player(pilot).play.session.steps)


def test_space_goes_along_the_walk_of_a_token_to_its_end_and_loses_nothing() -> None:
    async def act(pilot: Pilot[None]) -> None:
        session = player(pilot).play.session
        assert "g go through it" in screen_text(pilot)
        await pilot.press("g")
        cursors = [0]
        while session.cursor < len(session.steps):
            await pilot.press("space")
            if player(pilot).play.open_quiz() is not None:
                await pilot.press("escape")
            assert session.cursor > cursors[-1]
            cursors.append(session.cursor)
        assert keys(pilot) == expand(BROKEN) and not session.branches
        assert len(cursors) < len(session.steps), "by lines, not by accesses"

    drive(app_at(BROKEN), act)


def test_by_access_space_goes_along_the_walk_one_step_at_a_time() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("g")
        assert "space: along your walk" in screen_text(pilot)
        await pilot.press("e", "space", "space")
        assert player(pilot).play.session.cursor == 2 and keys(pilot) == expand("3*2.1*9")

    drive(app_at("3*2.1*9"), act)


def test_the_explorers_way_is_gone_through_by_space_and_by_itself() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("n", "enter")
        assert "This is the explorer's schedule, which breaks" in screen_text(pilot)
        way = keys(pilot)
        await pilot.press("g", "space", "space")
        assert 0 < player(pilot).play.session.cursor < len(way) and keys(pilot) == way
        for _ in range(100):
            player(pilot).autoplay()
        assert player(pilot).play.session.cursor == len(way) and keys(pilot) == way

    drive(playing(SHADOW), act)


def test_a_digit_that_differs_keeps_the_walk_that_it_leaves_and_tells_the_key() -> None:
    async def act(pilot: Pilot[None]) -> None:
        way = keys(pilot)
        await pilot.press("g", "3")
        assert "The walk that you left is kept: back at step 0, B takes it up again." in words(pilot)
        await pilot.press("left", "B", "G")
        assert keys(pilot) == way and player(pilot).play.session.cursor == len(way)

    drive(app_at(SPINNING), act)


def test_the_digit_that_the_walk_has_goes_along_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        way = keys(pilot)
        await pilot.press("g", "1", "1", "1")
        assert keys(pilot) == way and not player(pilot).play.session.branches

    drive(app_at(SPINNING), act)


def test_back_where_the_script_was_left_space_follows_the_walk_and_the_digit_of_the_script_returns_to_it() -> (
    None
):
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "3")
        at = player(pilot).play.left_script_at
        assert f"You left the script at step {at}" in screen_text(pilot)
        assert "Back there, 1 takes the script up again." in words(pilot)
        await pilot.press("left")
        assert "space: along your walk   1: the script" in screen_text(pilot)
        await pilot.press("space")
        assert not player(pilot).play.on_script
        await pilot.press("left", "1")
        assert player(pilot).play.on_script and player(pilot).play.session.branches

    drive(app_at("-"), act)


def test_back_on_the_script_space_follows_it_and_its_questions_come_once() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        asked = 0
        for _ in range(2):
            while screen.play.beat is not None:
                if screen.play.open_quiz() is not None:
                    asked += 1
                    await pilot.press("enter")
                assert "along your walk" not in screen_text(pilot)
                screen.action_advance()
            assert keys(pilot) == screen.play.script.keys
            await pilot.press("g")
        assert asked == screen.play.quiz_count > 0

    drive(app_at("-"), act)


def test_a_question_stops_who_goes_along_a_walk() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        await pilot.press("g")
        for _ in range(100):
            screen.autoplay()
        assert screen.play.open_quiz() is not None

    drive(app_at(BROKEN), act)


def test_the_title_says_how_far_space_leads() -> None:
    async def act(pilot: Pilot[None]) -> None:
        script = len(player(pilot).play.script.keys)
        assert f"step {len(expand(ARMED))}/{script} " in frame(pilot.app)[0]
        await pilot.press("3")
        assert f"step {player(pilot).play.session.cursor} " in frame(pilot.app)[0]
        await pilot.press("g")
        assert "space: along your walk" in screen_text(pilot)
        assert f"step 0/{len(player(pilot).play.session.steps)} " in frame(pilot.app)[0]

    drive(app_at(ARMED), act)


def test_a_way_that_was_shown_sets_no_record() -> None:
    lesson = find_lesson("24")

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("n", "enter")
        assert player(pilot).play.shown_by
        assert "your best" not in screen_text(pilot) and player(pilot).score.best is None

    drive(playing(lesson), act)


def test_in_a_version_that_never_reaches_the_goal_the_screen_says_so() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("3", "v")
        await player(pilot).workers.wait_for_complete()
        await pilot.pause()
        assert "Under v4 no interleaving reaches it" in screen_text(pilot)
        await pilot.press("v")
        while not player(pilot).play.own:
            await pilot.press("v")
        assert "no interleaving reaches it" not in screen_text(pilot)

    drive(app_at("-"), act)


def test_at_the_end_of_a_script_that_runs_out_the_learner_is_told_what_comes_now() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        screen.play.session.play(screen.play.script.keys)
        screen.moved()
        await pilot.pause()
        assert "The script is done. Now you: R begins again, then 1 and 2 decide." in screen_text(pilot)
        await pilot.press("R", "1")
        assert screen.play.session.steps[0].choice == "1"

    drive(playing(find_lesson("1")), act, (80, 24))


def test_where_nothing_goes_on_by_itself_p_says_so_and_is_not_offered() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "p Play" in screen_text(pilot)
        await pilot.press("3")
        assert "p Play" not in screen_text(pilot)
        await pilot.press("p")
        assert "p goes along a script or a walk, and none goes on from here" in " ".join(
            screen_text(pilot).split()
        )
        assert not player(pilot).query_one(Headline).playing

    drive(app_at(ARMED), act)


def test_p_does_not_pass_over_a_question() -> None:
    async def act(pilot: Pilot[None]) -> None:
        while player(pilot).play.open_quiz() is None:
            await pilot.press("space")
        await pilot.press("p")
        assert "The question comes first" in " ".join(screen_text(pilot).split())

    drive(playing(find_lesson("4")), act)
