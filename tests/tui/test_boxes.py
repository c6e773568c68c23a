"""What opens over a screen: in ASCII all of it is ASCII, and each entry can be clicked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App
from textual.command import CommandPalette
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.sandbox import begun_anew
from ktwviz.progress.model import LessonProgress
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.ask import Question
from ktwviz.tui.askline import AskLine
from ktwviz.tui.box import BottomBox
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.player.exports import ExportMenu
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.sandbox.asking import AskPath
from ktwviz.tui.tokens import AskToken
from tests.tui.frames import BROKEN, app_at, drive, frame, store_of, token_at
from tests.tui.lessons import SHELF
from tests.tui.shipped import LESSONS, shipped_app, text_on, token_of_broken_list

SMALL = (80, 24)
BEGUN = LessonProgress(beat=2, token="kt1/meet-the-worker@3f2a/1*4")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start the program in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path


async def click(pilot: Pilot[None], text: str) -> None:
    """Click on the middle of a text on the screen."""
    for row, line in enumerate(frame(pilot.app)):
        if text in line:
            await pilot.click(offset=(line.index(text) + len(text) // 2, row))
            await pilot.pause()
            return
    raise AssertionError(f"{text} is not on the screen:\n{text_on(pilot.app)}")


# ASCII ----------------------------------------------------------------------------------------------------------

IN_THE_PLAYER = (["E"], ["R"], ["question_mark"], ["d"], ["ctrl+p"])
IN_THE_LIST = (["R"], ["question_mark"], ["ctrl+p"])
IN_THE_EDITOR = (["f3"], ["f3", "y"], ["f1"], ["ctrl+p"])
IN_THE_SANDBOX = (["f8"], ["f1"], ["ctrl+p"])

opened: set[type] = set()


async def see_only_ascii(pilot: Pilot[None], *ways: list[str]) -> None:
    for keys in ways:
        await pilot.press(*keys)
        await pilot.pause(0.3)
        assert isinstance(pilot.app.screen, ModalScreen), keys
        await see_it(pilot)
        await pilot.press("escape")
        await pilot.pause()


async def see_it(pilot: Pilot[None]) -> None:
    assert isinstance(pilot.app.screen, ModalScreen)
    opened.add(type(pilot.app.screen))
    foreign = {character for character in text_on(pilot.app) if character > "\x7f"}
    assert not foreign, f"{foreign}\n{text_on(pilot.app)}"


def fixable() -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.fix is not None)


def test_in_ascii_whatever_opens_over_a_screen_is_ascii() -> None:
    async def in_the_list(pilot: Pilot[None]) -> None:
        await see_only_ascii(pilot, *IN_THE_LIST)
        pilot.app.action_change_theme()
        await pilot.pause(0.3)
        await see_it(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app, KtwvizApp)
        pilot.app.action_ask_token()
        await pilot.pause()
        await see_it(pilot)
        await pilot.press("x", "enter")
        await pilot.pause()
        await see_it(pilot)

    async def in_the_player(pilot: Pilot[None]) -> None:
        await see_only_ascii(pilot, *IN_THE_PLAYER)

    async def in_the_editor(pilot: Pilot[None]) -> None:
        await pilot.press("F")
        await pilot.pause()
        await see_only_ascii(pilot, *IN_THE_EDITOR)

    async def in_the_sandbox(pilot: Pilot[None]) -> None:
        await pilot.app.workers.wait_for_complete()
        await see_only_ascii(pilot, *IN_THE_SANDBOX)

    drive(app_at(store=store_of(meet_the_worker=BEGUN), ascii=True), in_the_list, SMALL)
    drive(shipped_app(token_of_broken_list(), ascii=True), in_the_player, SMALL)
    drive(KtwvizApp(store_of(), lessons=LESSONS, start=fixable(), ascii=True), in_the_editor, SMALL)
    sandbox = KtwvizApp(store_of(), lessons=SHELF, sandbox=(begun_anew(), ""), ascii=True)
    drive(sandbox, in_the_sandbox, SMALL)
    assert every_modal() <= opened


def every_modal() -> set[type]:
    """Return all modal screens of the program that are opened as they are."""
    kinds: list[type] = [ModalScreen]
    found: set[type] = set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.startswith("ktwviz"):
            found.add(kind)
    return found - {BottomBox, AskLine}


# The mouse ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "left"), [("y restarts the lesson", 0), ("any other key", 1), ("Go back", 1)]
)
def test_a_click_answers_a_question(entry: str, left: int) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R")
        assert isinstance(pilot.app.screen, Question)
        await click(pilot, entry)
        screen = pilot.app.screen
        assert isinstance(screen, PlayerScreen)
        assert bool(screen.play.session.steps) == bool(left)

    drive(app_at(BROKEN), act, SMALL)


def test_a_click_on_a_row_of_the_exports_passes_the_walk_on(folder: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("E")
        await click(pilot, "every step, with the choices")
        assert isinstance(pilot.app.screen, PlayerScreen)
        for _ in range(100):
            await pilot.pause(0.02)
            if list(folder.glob("*.json")):
                break
        (file,) = folder.glob("ktwviz-*.json")
        assert json.loads(file.read_text(encoding="utf-8"))
        await pilot.press("E")
        assert isinstance(pilot.app.screen, ExportMenu)
        await pilot.click(offset=(5, 2))
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)

    drive(app_at(BROKEN), act, SMALL)


def test_a_click_closes_the_line_that_asks_for_a_path() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.app.workers.wait_for_complete()
        await pilot.press("f8")
        assert isinstance(pilot.app.screen, AskPath)
        await click(pilot, "esc saves nothing")
        assert "Nothing was saved." in text_on(pilot.app)

    drive(KtwvizApp(store_of(), lessons=SHELF, sandbox=(begun_anew(), "")), act, SMALL)


# The palette ----------------------------------------------------------------------------------------------------


async def offered(pilot: Pilot[None], text: str) -> list[str]:
    """Return what the palette offers for a text, best first."""
    await pilot.press("ctrl+p")
    assert isinstance(pilot.app.screen, CommandPalette)
    pilot.app.screen.query_one(Input).value = text
    await pilot.pause(0.5)
    shown = pilot.app.screen.query_one("CommandList")
    names = [str(option.hit.text) for option in shown.options]  # type: ignore[attr-defined]  # of Textual's own list
    await pilot.press("escape")
    await pilot.pause()
    return names


def test_the_palette_finds_steps_by_number_and_by_words_and_behind_all_commands() -> None:
    async def act(pilot: Pilot[None]) -> None:
        found = await offered(pilot, "token")
        assert found[0] == "Token" and {"Export: Token", "Open a token"} <= set(found)
        assert not [name for name in found if name.startswith("Step")]
        assert (await offered(pilot, "step 9"))[0].startswith("Step 9:")
        expires = await offered(pilot, "expires")
        steps = [name.startswith("Step") for name in expires]
        assert any(steps) and steps == sorted(steps)
        assert all("expires" in name for name in expires if name.startswith("Step"))

    drive(shipped_app(token_of_broken_list()), act)


async def ask(pilot: Pilot[None], text: str) -> None:
    """Paste a token into the line that asks for one, and take it."""
    app = pilot.app
    assert isinstance(app, KtwvizApp)
    if not isinstance(app.screen, AskToken):
        app.action_ask_token()
        await pilot.pause()
    line = app.screen.query_one(Input)
    line.value = ""
    line.post_message(Paste(text))
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


def told(app: App[None]) -> str:
    return " ".join(text_on(app).replace("┃", " ").split())


def assert_home(app: App[None]) -> None:
    assert isinstance(app.screen, HomeScreen)


def player_on(app: App[None]) -> PlayerScreen:
    screen = app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


@pytest.mark.parametrize("start", [None, ""], ids=["home", "player"])
def test_a_token_of_any_lesson_opens_it_and_a_wrong_one_is_told_with_its_reason(start: str | None) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await ask(pilot, "nonsense")
        assert isinstance(pilot.app.screen, AskToken)
        assert "It cannot be opened: at character 1: this is no token" in told(pilot.app)
        await ask(pilot, "kt1/timer-windw@3f2a/1")
        assert "there is no lesson 'timer-windw' here, did you mean 'timer-window'?" in told(pilot.app)
        await ask(pilot, "kt1/timer-window@3f2a/3*999")
        assert "It cannot be opened:" in told(pilot.app)
        token = token_at(BROKEN)
        await ask(pilot, f"{token[:20]}\n  {token[20:]}")
        played = player_on(pilot.app)
        assert played.play.lesson.id == "timer-window"
        assert played.play.token() == token
        await pilot.press("q")
        assert_home(pilot.app)

    drive(app_at(start), act, SMALL)


def test_escape_opens_no_token() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "Open a token" in await offered(pilot, "token")
        await ask(pilot, "nonsense")
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(app_at(), act)
