"""What is saved while a lesson is played, and when: a program that is killed loses next to nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from ktwviz.lesson.opening import start_play
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.record import recorded
from ktwviz.progress.model import LessonProgress, Progress, merged
from ktwviz.progress.text import from_json, to_json
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.help import HelpScreen
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.matrix.screen import MatrixScreen
from ktwviz.tui.player import walking
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.sandbox.screen import SandboxScreen
from tests.tui.frames import EXPIRED, app_at, drive, frame, store_of
from tests.tui.lessons import WINDOW


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


async def comes_true(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, for some seconds at most."""
    for _ in range(100):
        if holds():
            return True
        await asyncio.sleep(0.05)
    return False


def test_every_step_is_saved_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "SAVE_SECONDS", 0.01)
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        def saved() -> bool:
            return store.load().of("timer-window").token == player(pilot).play.token()

        await pilot.press("space")
        assert await comes_true(saved)
        await pilot.press("3")
        assert not player(pilot).play.on_script
        assert await comes_true(saved)

    drive(app_at("-", store=store), act)


def test_steps_in_haste_are_saved_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "SAVE_SECONDS", 60)

    async def act(pilot: Pilot[None]) -> None:
        saved: list[Play] = []
        monkeypatch.setattr(type(pilot.app), "_remember", lambda app, play: saved.append(play))
        await pilot.press("space", "space", "space")
        assert not saved
        player(pilot)._save()
        await pilot.pause()
        assert len(saved) == 1

    drive(app_at("-"), act)


@pytest.mark.parametrize("over", ["nothing", "a sandbox and the matrix"])
def test_steps_are_saved_before_the_palette_leads_to_the_sandbox(
    over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "SAVE_SECONDS", 60)
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KtwvizApp)
        if over != "nothing":
            app.open_sandbox()
            await pilot.pause()
            app.push_screen(MatrixScreen(()))
            await pilot.pause()
        app.open_lesson(WINDOW, step=0)
        await pilot.pause()
        await pilot.press("space", "space")
        token = player(pilot).play.token()
        app.open_sandbox()
        await pilot.pause()
        assert isinstance(app.screen, SandboxScreen)
        assert store.load().of("timer-window").token == token

    drive(app_at(store=store), act)


def wrong_answer(screen: PlayerScreen) -> str:
    """Return the letter of an answer that is not right."""
    quiz, right = screen.play.open_quiz(), screen.play.right_answer()
    assert quiz is not None
    return "abcd"[next(number for number, answer in enumerate(quiz.answers) if answer is not right)]


def test_a_wrong_answer_is_told_the_right_one_and_asked_anew_after_a_restart() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        right = screen.play.right_answer()
        quiz = screen.play.open_quiz()
        assert quiz is not None and right is not None
        letter = "abcd"[quiz.answers.index(right)]
        await pilot.press(wrong_answer(screen), "enter")
        assert f"Right is {letter}:" in "\n".join(frame(pilot.app))
        assert list(screen.play.answers.values()) == [False] and screen.play.open_quiz() is None
        await pilot.press("R", "y")
        while screen.play.open_quiz() is None:
            await pilot.press("space")
        await pilot.press(letter, "enter")
        await pilot.pause()
        assert screen.play.right_later == set(screen.play.answers)
        done = store.load().of("timer-window")
        assert list(done.quiz.values()) == [False] and done.quiz_right == 1
        await pilot.press("R", "y", *["space"] * 30)
        assert screen.play.open_quiz() is None

    drive(app_at(EXPIRED, store=store), act)


def test_a_later_right_answer_is_kept_beside_the_first_wrong_one() -> None:
    first = LessonProgress(quiz={"2": False})
    play = start_play(WINDOW, replace(first, quiz_later={"2": True}), "")
    assert play.answers == {2: False} and play.right_later == {2}
    again = recorded(play, first)
    assert again.quiz == {"2": False} and again.quiz_later == {"2": True} and again.quiz_right == 1
    assert from_json(to_json(Progress({"timer-window": again}))).of("timer-window") == again
    both = merged(Progress({"timer-window": again}), Progress({"timer-window": first}))
    assert both.of("timer-window").quiz_right == 1
    assert "quiz_later" not in to_json(Progress({"timer-window": first}))


@pytest.mark.parametrize("keys", [("x",), ("F",), ("s",), ("question_mark",), ("M",)], ids="-".join)
def test_on_a_terminal_that_gets_too_small_nothing_else_is_drawn_and_no_key_acts(
    keys: tuple[str, ...],
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        if keys != ("M",):
            await pilot.press("enter")
        await pilot.press(*keys)
        await pilot.pause()
        before, stack = pilot.app.screen, len(pilot.app.screen_stack)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        shown = [line.strip() for line in frame(pilot.app) if line.strip()]
        assert shown == [
            "60x20 is too small: ktwviz needs 80x24.",
            "Smaller ones play with `ktwviz play --plain`.",
        ]
        await pilot.press("space", "enter", "1", "ctrl+p", "question_mark", "z", "escape")
        assert len(pilot.app.screen_stack) == stack + 1
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert pilot.app.screen is before and len(pilot.app.screen_stack) == stack

    drive(lesson_app(), act, (120, 40))


@pytest.mark.parametrize("size", [(120, 40), (60, 20)], ids=["shrunk", "small from the start"])
@pytest.mark.parametrize("what", ["lesson", "help"])
def test_what_is_opened_while_the_terminal_is_too_small_is_there_afterwards(
    what: str, size: tuple[int, int]
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KtwvizApp)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        if what == "lesson":
            app.open_lesson(app.lessons[0])
        else:
            app.home.action_help()
        await pilot.pause()
        assert "60x20 is too small" in "\n".join(frame(app))
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        wanted = PlayerScreen if what == "lesson" else HelpScreen
        assert [type(screen) for screen in app.screen_stack] == [HomeScreen, wanted]
        assert len(frame(app)) == 30 and "".join(frame(app)).strip()

    drive(lesson_app(), act, size)


def lesson_app() -> KtwvizApp:
    lesson = find_lesson("4")
    return KtwvizApp(store_of(), lessons=(lesson,))


def test_a_lesson_steps_on_where_it_was_once_the_terminal_is_large_enough() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "z")
        cursor = player(pilot).play.session.cursor
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        await pilot.press("space", "space")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert player(pilot).play.session.cursor == cursor
        assert player(pilot).has_class("-narrow") and player(pilot).has_class("-zoomed")
        assert "? Help" in frame(pilot.app)[-1]
        await pilot.press("z", "space")
        assert player(pilot).play.session.cursor > cursor

    drive(app_at("-"), act)


def test_q_quits_on_a_terminal_that_is_too_small() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("q")
        assert not pilot.app.is_running

    drive(app_at("-"), act, (60, 20))


def test_ctrl_c_says_in_the_narration_how_to_quit() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+c")
        shown = "\n".join(frame(pilot.app))
        assert "ctrl+c does not quit: q goes up one level" in shown
        assert "Do you want to quit?" not in shown

    drive(app_at("-"), act)
