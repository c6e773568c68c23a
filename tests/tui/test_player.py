"""The player: what its keys do, on a real lesson."""

import pytest
from textual.pilot import Pilot

from ktwviz.schedule import compress, expand
from ktwviz.tui import signs
from ktwviz.tui.help import HelpScreen
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.bindings import PLAYER_BINDINGS
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.player.walking import LETTER_ACTIONS
from tests.tui.frames import (
    ARMED,
    BROKEN,
    EXPIRED,
    SIZES,
    SPINNING,
    app_at,
    drive,
    frame,
    shortened,
    store_of,
)
from tests.tui.lessons import play_window


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(frame(pilot.app))


def test_space_follows_the_script_and_left_takes_it_back() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space")
        session = player(pilot).play.session
        assert session.cursor > 1 and player(pilot).play.on_script
        await pilot.press("left", "left")
        assert session.cursor == 0 and len(session.steps) > 1

    drive(app_at("-"), act)


def test_a_blocked_digit_tells_why_in_the_narration() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("4")
        assert "! timer@0 on CPU0 tries for worker.lock, which is held by rival on" in screen_text(pilot)

    drive(app_at(SPINNING), act)


def test_a_digit_leaves_the_script_and_space_goes_on_with_that_context() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("3", "space")
        session = player(pilot).play.session
        assert not player(pilot).play.on_script
        assert {step.context for step in session.steps} == {"kworker"}

    drive(app_at("-"), act)


def test_an_open_question_blocks_moves_until_it_is_answered() -> None:
    async def act(pilot: Pilot[None]) -> None:
        session = player(pilot).play.session
        before = session.cursor
        await pilot.press("space", "4")
        assert session.cursor == before
        assert "The question comes first" in screen_text(pilot)
        await pilot.press("b", "enter")
        assert "✓ Right: Off the wheel, not yet on the list" in screen_text(pilot)
        await pilot.press("space")
        assert session.cursor > before

    drive(app_at(EXPIRED), act)


def test_escape_skips_the_question() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        assert player(pilot).play.open_quiz() is None
        assert "Predict" not in screen_text(pilot)

    drive(app_at(EXPIRED), act)


def test_reaching_the_goal_is_remembered_at_once() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("4")
        await pilot.pause()
        done = store.load().of("timer-window")
        assert (
            done.solved and done.best == len(expand(BROKEN)) and done.proved.startswith("kt1/timer-window@")
        )

    drive(app_at(shortened(BROKEN), store=store), act)


def test_a_lesson_goes_on_where_the_learner_left_it() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        cursor = player(pilot).play.session.cursor
        await pilot.press("q", "enter")
        assert player(pilot).play.session.cursor == cursor

    drive(app_at(ARMED, store=store), act)


def test_stepping_leaves_the_focus_where_it_is() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "tab")
        focused = pilot.app.focused
        await pilot.press("space", "left", "3")
        assert isinstance(focused, Pane) and pilot.app.focused is focused

    drive(app_at("-"), act)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_zoom_shows_one_pane_alone_and_tab_reaches_all(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("z")
        titles = set()
        for _ in range(9):
            shown = [pane for pane in player(pilot).query(Pane) if pane.is_on_screen and pane.size.height]
            assert len(shown) == 1
            titles.add(type(shown[0]).__name__)
            await pilot.press("tab")
        assert len(titles) == 9
        await pilot.press("escape")
        assert not player(pilot).has_class("-zoomed")

    drive(app_at(SPINNING), act, size)


def test_granularity_decides_how_far_a_step_goes() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("e", "1")
        assert player(pilot).play.session.cursor == 3

    drive(app_at("1*2"), act)


def test_restart_asks_before_it_forgets() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R", "n")
        assert player(pilot).play.session.steps
        await pilot.press("R", "y")
        assert not player(pilot).play.session.steps

    drive(app_at(BROKEN), act)


def test_a_click_on_a_lane_jumps_to_its_step() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.click("LanesPane", offset=(2 + 16 + 2 * 9, 2))
        assert player(pilot).play.session.cursor == 10

    drive(app_at(ARMED), act)


def test_a_click_on_a_choice_runs_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        x = frame(pilot.app)[-2].index("3 kworker")
        await pilot.click("ChoicesBar", offset=(x, 0))
        assert player(pilot).play.session.steps[0].context == "kworker"

    drive(app_at("-"), act)


def test_the_token_is_shown_in_full() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert player(pilot).play.token() in screen_text(pilot)

    drive(app_at(BROKEN), act, (80, 24))


def test_the_player_runs_by_itself_until_it_asks() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        for _ in range(60):
            screen.autoplay()
        assert screen.play.open_quiz() is not None

    drive(app_at("-"), act)


def test_no_key_has_two_meanings_at_one_time() -> None:
    bindings = [binding for binding in PLAYER_BINDINGS if not binding.action.startswith("pick")]
    keys = [key for binding in bindings for key in binding.key.split(",")]
    assert sorted(keys) == sorted(set(keys))
    letters = {binding.key for binding in PLAYER_BINDINGS} - {binding.key for binding in bindings}
    shared = {binding.action for binding in bindings if letters & set(binding.key.split(","))}
    assert shared <= set(LETTER_ACTIONS)


def test_c_shows_the_code_in_c_and_the_mark_stays_on_its_line() -> None:
    async def act(pilot: Pilot[None]) -> None:
        def marked() -> str:
            return next(line.partition("▶")[2] for line in frame(pilot.app)[2:] if "▶" in line)

        assert "flags = spin_lock_irqsave(worker.lock)" in marked()
        await pilot.press("c")
        assert "spin_lock_irqsave(&worker->lock, flags);" in marked()
        await pilot.press("c")
        assert "flags = spin_lock_irqsave(worker.lock)" in marked()

    drive(app_at("-"), act)


def test_while_a_question_is_open_its_letters_answer_it_and_do_nothing_else() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("c")
        assert player(pilot).hand.chosen == 2
        assert not pilot.app.as_c  # type: ignore[attr-defined]  # of our own app
        await pilot.press("escape", "c")
        assert pilot.app.as_c  # type: ignore[attr-defined]  # of our own app

    drive(app_at(EXPIRED), act)


def test_c_is_remembered_in_the_next_lesson() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("c", "q", "enter")
        assert player(pilot).scene.tongue.c

    drive(app_at("1*2"), act)


def test_every_key_has_an_id_and_a_sentence() -> None:
    assert [binding.key for binding in PLAYER_BINDINGS if not (binding.id and binding.tooltip)] == []


def test_a_hint_is_shown_with_its_number() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("H")
        assert "Hint 1/2, once the script is done: Who else may queue the work now?" in screen_text(pilot)
        await pilot.press("H")
        assert "Hint 2/2" in screen_text(pilot)
        # there are no more: they are told again
        await pilot.press("H")
        assert "Hint 1/2" in screen_text(pilot)

    drive(app_at("-"), act, (80, 24))


def test_once_the_script_is_done_its_hints_hold() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("H")
        assert "Hint 1/2: Who else may queue the work now?" in screen_text(pilot)

    play = play_window()
    drive(app_at(compress(play.script.keys)), act, (80, 24))


def test_help_lists_every_key_of_the_player() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert "A step is one access to memory; space runs a line of them." in screen_text(pilot)
        assert "along your walk, the script, or with the marked context" in screen_text(pilot)
        await pilot.press("escape")
        player(pilot)

    drive(app_at("-"), act)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
@pytest.mark.parametrize("schedule", ["-", ARMED, EXPIRED, SPINNING, BROKEN])
def test_every_moment_can_be_drawn_and_the_last_line_keeps_help_and_quit(
    schedule: str, size: tuple[int, int]
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        lines = frame(pilot.app)
        assert lines[-1].rstrip().endswith("? Help  q Quit")
        assert {len(line) for line in lines} == {size[0]}

    drive(app_at(schedule), act, size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
@pytest.mark.parametrize("schedule", [EXPIRED, SPINNING, BROKEN])
def test_ascii_mode_draws_ascii_only(schedule: str, size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert [line for line in frame(pilot.app) if not line.isascii()] == []
        for key in ("question_mark", "colon"):
            await pilot.press(key)
            assert [line for line in frame(pilot.app) if not line.isascii()] == []
            await pilot.press("escape")

    drive(app_at(schedule, ascii=True), act, size)


@pytest.mark.parametrize("theme", ["ktwviz-dark", "ktwviz-light", "nord", "ansi-dark"])
def test_every_theme_has_our_roles(theme: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "worker.lock" in screen_text(pilot)

    drive(app_at(SPINNING, theme=theme), act)


def test_without_colour_the_same_text_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        frames.append(screen_text(pilot))

    drive(app_at(SPINNING), act)
    monkeypatch.setenv("NO_COLOR", "1")
    drive(app_at(SPINNING), act)
    assert frames[0] == frames[1]


def test_w_jumps_to_the_step_since_which_the_marked_context_waits() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("up", "down", "w")
        session = player(pilot).play.session
        assert player(pilot).hand.marked == 4
        assert any(change.path == "worker.lock.owner" for change in session.steps[session.cursor - 1].changes)

    drive(app_at(SPINNING), act)


def test_progress_is_kept_at_the_end_of_every_beat() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        while not store.load().of("timer-window").beat:
            await pilot.press("space")
        assert store.load().last == "timer-window"

    drive(app_at("-", store=store), act)


def test_a_question_ends_the_zoom_for_it_must_be_seen() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("left", "z", "space")
        assert player(pilot).play.open_quiz() is not None
        assert "Predict" in screen_text(pilot)

    drive(app_at(EXPIRED), act)


def test_what_the_program_says_is_seen_while_another_pane_is_zoomed() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("z", "4")
        assert "! timer@0 on CPU0 tries for worker.lock, which is held by rival on" in screen_text(pilot)

    drive(app_at(SPINNING), act)


def test_the_goal_says_how_few_steps_are_possible_and_keeps_the_best() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("4")
        screen = player(pilot)
        await screen.workers.wait_for_complete()
        steps = len(expand(BROKEN))
        assert screen.score.fewest == steps
        assert f"Goal reached at step {steps} (fewer are not possible)" in screen_text(pilot)
        assert f"your best: {steps} steps, and fewer are" in screen_text(pilot)
        await pilot.press("q", "enter")
        assert player(pilot).score.best == len(expand(BROKEN))

    drive(app_at(shortened(BROKEN), store=store), act)


@pytest.mark.parametrize("key", ["escape", "n", "space", "enter", "3"])
def test_any_key_but_y_keeps_all_steps_and_says_so(key: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        cursor = player(pilot).play.session.cursor
        await pilot.press("R")
        shown = screen_text(pilot)
        assert f"Go back to the start and forget all {len(expand(BROKEN))} steps?" in shown
        assert "any other key keeps everything as it is" in shown
        await pilot.press(key)
        assert player(pilot).play.session.cursor == cursor
        assert "Not restarted: every step is still there." in screen_text(pilot)

    drive(app_at(BROKEN), act, (80, 24))


def test_a_restart_that_forgets_nothing_but_script_asks_nothing() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R")
        session = player(pilot).play.session
        assert not session.steps
        await pilot.press("1", "left", "3", "R")
        assert session.branches and session.steps, "a step of one's own was taken: that is asked about"

    drive(app_at(ARMED), act)


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
def test_at_80x24_every_focused_pane_shows_a_mark_that_is_not_a_colour(ascii: bool) -> None:
    async def act(pilot: Pilot[None]) -> None:
        before = frame(pilot.app)
        seen = set()
        for _ in range(4):
            await pilot.press("tab")
            now = frame(pilot.app)
            pane = pilot.app.focused
            assert isinstance(pane, Pane)
            region = pane.region
            assert now[region.y : region.bottom] != before[region.y : region.bottom], type(pane)
            assert [line[2:].split() for line in now[1:12]] == [line[2:].split() for line in before[1:12]]
            seen.add(type(pane).__name__)
        assert seen == {"SourceStack", "StateStrip", "LanesPane", "NarrationPane"}

    drive(app_at(ARMED, ascii=ascii), act, (80, 24))


def test_the_signs_are_seen_at_80x24_without_scrolling() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        shown = screen_text(pilot)
        assert [meaning for _, meaning in signs.PLAYER if meaning not in shown] == []

    drive(app_at("-"), act, (80, 24))


def test_comma_and_full_stop_go_to_where_the_schedule_could_have_gone_on_otherwise() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("1", "1", "2")
        session = player(pilot).play.session
        (taken_over,) = player(pilot).scene.decisions
        await pilot.press("comma")
        assert session.cursor == taken_over > 0
        await pilot.press("g", "full_stop")
        assert session.cursor == taken_over
        await pilot.press("full_stop")
        assert session.cursor == taken_over and "No branch point lies there." in screen_text(pilot)

    drive(app_at("-"), act)
