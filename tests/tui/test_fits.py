"""Every text of every shipped lesson is read in full at 80x24 and at 120x40: nothing that matters is cut."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from ktwviz.errors import BlockedStep
from ktwviz.lesson.model import Lesson, Quiz
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.player.choices import ChoicesBar, draw_banner
from ktwviz.tui.player.narration import NarrationPane
from ktwviz.tui.player.quiz import QuizPane, feedback_on
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.player.staging import Hand, stage
from ktwviz.tui.player.track import Track
from ktwviz.tui.symbols import UNICODE
from tests.tui.frames import drive, frame, store_of
from tests.tui.shipped import LESSONS, WINDOW, shipped_app, token_of_broken_list

SIZES = [(80, 24), (120, 40)]
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
each_size = pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def words(text: str) -> str:
    """Return text as words, without line ends and the lines of a frame."""
    return " ".join(text.translate(dict.fromkeys(map(ord, "│┃─━╭╮╰╯┏┓┗┛"), " ")).split())


def seen(pilot: Pilot[None], kind: type[Widget]) -> str:
    """Return the words that stand in a pane on the screen."""
    region = pilot.app.screen.query_one(kind).region
    lines = frame(pilot.app)[region.y : region.bottom]
    return words(" ".join(line[region.x : region.right] for line in lines))


def told(text: str) -> str:
    """Return Markdown as the words that the screen shows."""
    return words(" ".join(line.plain for line in prose(text, 1000, UNICODE)))


def inline(text: str) -> str:
    return words(inline_markdown(text, UNICODE).plain)


def asks_in_full(pilot: Pilot[None], quiz: Quiz) -> bool:
    shown = seen(pilot, QuizPane)
    answers = (
        f"{letter} {inline(answer.text)}" for letter, answer in zip("abcd", quiz.answers, strict=False)
    )
    return inline(quiz.ask) in shown and all(answer in shown for answer in answers)


def go_to(screen: PlayerScreen, beat: int) -> None:
    """Go to the moment in which a beat is next; the script was recorded before."""
    screen.play.session.jump(screen.play.script.ends[beat - 1] if beat else 0)
    screen.moved()


def app_in(lesson: Lesson) -> KtwvizApp:
    return KtwvizApp(store_of(), lessons=LESSONS, start=lesson)


@each_size
@each_lesson
def test_narration_questions_reasons_answers_goal_and_hints_are_told_in_full(
    lesson: Lesson, size: tuple[int, int]
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        player(pilot).play.session.play(player(pilot).play.script.keys)
        for number, beat in enumerate(lesson.beats):
            go_to(player(pilot), number)
            await pilot.pause()
            assert told(beat.narration) in seen(pilot, NarrationPane), beat.title
            assert beat.quiz is None or asks_in_full(pilot, beat.quiz)
        await every_reason_is_told(pilot, lesson)
        for number, beat in enumerate(lesson.beats):
            if beat.quiz is not None:
                go_to(player(pilot), number)
                await every_because_is_told(pilot, beat.quiz)
        await the_goal_is_told(pilot, lesson)

    drive(app_in(lesson), act, size)


async def every_reason_is_told(pilot: Pilot[None], lesson: Lesson) -> None:
    """A blocked context's digit tells why, beside an open question too."""
    screen = player(pilot)
    reasons: dict[str, tuple[int, str]] = {}
    for number in range(len(lesson.beats)):
        go_to(screen, number)
        reasons |= {choice.reason: (number, choice.key) for choice in screen.scene.choices if choice.reason}
    for reason, (number, key) in reasons.items():
        go_to(screen, number)
        screen.action_choose(key)
        await pilot.pause()
        assert f"! {words(reason)}" in seen(pilot, NarrationPane)
        quiz = lesson.beats[number].quiz
        assert quiz is None or asks_in_full(pilot, quiz)


async def every_because_is_told(pilot: Pilot[None], quiz: Quiz) -> None:
    """Whatever is answered, the sentence that explains it is there."""
    screen = player(pilot)
    right = screen.play.right_answer()
    screen.play.skip_quiz()
    for number in range(len(quiz.answers)):
        told = feedback_on(quiz, number, right)
        screen.hand = Hand(feedback=told)
        screen.restage()
        await pilot.pause()
        assert f"{'Right' if told.right else 'Not so'}: {inline(told.because)}" in seen(pilot, NarrationPane)


async def the_goal_is_told(pilot: Pilot[None], lesson: Lesson) -> None:
    """After the script the goal is there, and each hint when it is asked for."""
    player(pilot).action_last()
    await pilot.pause()
    assert lesson.goal is not None
    assert inline(lesson.goal.text) in seen(pilot, NarrationPane)
    for hint in lesson.goal.hints:
        await pilot.press("H")
        assert inline(hint) in seen(pilot, NarrationPane)


def closed(screen: PlayerScreen, lesson: Lesson) -> Scene:
    """Return the scene with the lesson's last words, as at its goal."""
    scene = stage(screen.play, Track(screen.play.session.picture), screen.hand, "")
    return replace(scene, story=replace(scene.story, narration=lesson.closing))


@each_size
@each_lesson
def test_the_last_words_are_read_to_their_end_with_z_and_the_arrows(
    lesson: Lesson, size: tuple[int, int]
) -> None:
    end = told(lesson.closing)[-40:]

    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        screen.play.session.play(screen.play.script.keys)
        screen.moved()
        screen.show(closed(screen, lesson))
        await pilot.pause()
        shown = seen(pilot, NarrationPane)
        assert end in shown or "z: read on" in shown
        screen.zoom(screen.query_one(NarrationPane))
        screen.show(closed(screen, lesson))
        await pilot.pause()
        for _ in range(40):
            if end in seen(pilot, NarrationPane):
                break
            assert screen.query_one(NarrationPane).scroll_text(1)
            await pilot.pause()
        assert end in seen(pilot, NarrationPane)

    drive(app_in(lesson), act, size)


def test_a_bad_end_is_told_in_full_at_80x24() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        assert words(screen.scene.bad_end) in seen(pilot, ChoicesBar)
        assert draw_banner(screen.scene, 200, UNICODE)

    drive(shipped_app(token_of_broken_list()), act, (80, 24))


def test_z_reads_the_introduction_at_the_start_of_a_lesson() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space")
        assert "I: what this lesson is about" in seen(pilot, NarrationPane)
        await pilot.press("z")
        assert told(WINDOW.introduction)[:200] in seen(pilot, NarrationPane)

    drive(app_in(WINDOW), act, (80, 24))


def test_while_a_question_is_open_a_blocked_digit_tells_its_reason_and_another_that_the_question_comes_first() -> (
    None
):
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        screen.play.session.play(screen.play.script.keys)
        go_to(screen, 5)
        with pytest.raises(BlockedStep) as refused:
            screen.play.session.choose("3")
        await pilot.press("3")
        assert words(str(refused.value)) in seen(pilot, NarrationPane)
        await pilot.press("2")
        assert "The question comes first" in seen(pilot, NarrationPane)

    drive(app_in(WINDOW), act, (80, 24))
