"""Keys of the user's own: they work, the screens show them, and clashes are told."""

import pytest
from textual.app import App
from textual.binding import Binding
from textual.pilot import Pilot

from ktwviz.config import Config
from ktwviz.lesson.sandbox import begun_anew
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.home.bindings import HOME_BINDINGS
from ktwviz.tui.keymap import keymap_of, remapped, with_keymap
from ktwviz.tui.keys import Key
from ktwviz.tui.player.bindings import PLAYER_BINDINGS
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import UNICODE
from tests.tui.frames import app_at, drive, frame, store_of
from tests.tui.lessons import SHELF

SCREENS = {"player": PLAYER_BINDINGS, "list of lessons": HOME_BINDINGS}


def told(**keys: str) -> list[str]:
    config = Config("config.toml", keys=keys, key_lines=dict.fromkeys(keys, 3))
    return [str(trouble) for trouble in keymap_of(config, SCREENS)[1]]


def test_a_binding_gets_the_keys_of_the_user() -> None:
    mapped = {
        binding.id: binding.key
        for binding in remapped(PLAYER_BINDINGS, {"step": "s"})
        if isinstance(binding, Binding)
    }
    assert (mapped["step"], mapped["back"]) == ("s", "left,h,backspace")


def test_the_key_bar_shows_the_keys_of_the_user() -> None:
    bar = (Key("space", "Step", "screen.advance"), Key("q", "Quit", "screen.quit_level"))
    shown = with_keymap(bar, PLAYER_BINDINGS, {"step": "up,s"}, UNICODE)
    assert [key.press for key in shown] == ["↑", "q"]


def test_an_unknown_binding_is_told_with_what_was_meant() -> None:
    assert told(stepp="s") == ["config.toml:3: there is no key binding 'stepp', did you mean 'step'?"]


def test_a_key_that_is_taken_on_the_same_screen_is_told() -> None:
    assert told(step="t") == ["config.toml:3: 't' would be both step and tick in the player"]


def test_two_bindings_may_change_their_keys() -> None:
    assert told(step="t", tick="space") == []


def test_the_same_key_on_two_screens_is_no_clash() -> None:
    assert told(home_open="t", step="f5") == []


def test_a_key_that_does_not_exist_is_told() -> None:
    assert told(step="no such") == ["config.toml:3: step: there is no key 'no such'"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("ctrl+spce", "there is no key 'ctrl+spce', did you mean 'ctrl+space'?"),
        ("PageUp", "there is no key 'PageUp', did you mean 'pageup'?"),
        ("ctrl+R", "there is no key 'ctrl+R', did you mean 'ctrl+r'?"),
        ("shift+ctrl+f7", "there is no key 'shift+ctrl+f7'"),
        ("shift+f", "'shift+f' arrives as the character alone: write 'F'"),
        ("f5,nonsense", "there is no key 'nonsense'"),
    ],
)
def test_a_key_that_no_terminal_sends_is_told(keys: str, said: str) -> None:
    (trouble,) = told(hint=keys)
    assert trouble.startswith(f"config.toml:3: hint: {said}")


@pytest.mark.parametrize(
    "keys",
    ["ctrl+space", "f12", "shift+f5", "alt+x", "ctrl+shift+left", "tilde", "~", "ü", "ctrl+g", "pageup"],
)
def test_a_key_that_a_terminal_sends_can_be_used(keys: str) -> None:
    assert told(hint=keys) == []


def test_a_sign_clashes_under_each_of_its_names() -> None:
    assert told(back="?") == ["config.toml:3: 'question_mark' would be both back and help in the player"]


def test_a_key_of_the_user_works_and_stands_in_bar_and_help() -> None:
    config = Config("config.toml", keys={"step": "f5"}, key_lines={"step": 2})

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        screen = pilot.app.screen
        assert isinstance(screen, PlayerScreen) and screen.play.session.cursor > 0
        before = screen.play.session.cursor
        await pilot.press("space")
        assert screen.play.session.cursor == before
        assert "f5 Step" in "\n".join(frame(pilot.app))
        await pilot.press("question_mark")
        assert "f5" in "\n".join(frame(pilot.app))

    drive(app_at("-", config=config), act)


LONG_PATH = "/home/somebody/with/a/long/name/.config/ktwviz/config.toml"
WRONG = Config(LONG_PATH, keys={"stepp": "f5", "tick": "p"}, key_lines={"stepp": 2, "tick": 3})


def said_on(app: App[None]) -> str:
    """Return the screen as one line, without its borders, and without the breaks in a long path."""
    return " ".join(" ".join(frame(app)).replace("│", " ").split())


def test_who_leaves_at_the_page_about_a_lesson_reads_it_on_the_list_of_lessons() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        await pilot.pause()
        assert "`ktwviz doctor` lists all 2 troubles of the settings." in said_on(pilot.app)

    drive(app_at("", config=WRONG), act, (80, 24))


@pytest.mark.parametrize("app", ["home", "player", "sandbox"])
def test_what_is_wrong_in_the_settings_stands_on_the_first_screen_whichever_it_is(app: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        if app == "player":
            # the page about the lesson comes first, and what is told stands on the panes behind it
            assert "Name the moment in which nobody owns the work." in said_on(pilot.app)
            await pilot.press("space")
        said = said_on(pilot.app)
        assert f"{LONG_PATH}:2: there is no key binding 'stepp', did you mean 'step'?" in said
        assert "`ktwviz doctor` lists all 2 troubles of the settings." in said

    if app == "sandbox":
        drive(KtwvizApp(store_of(), lessons=SHELF, sandbox=(begun_anew(), ""), config=WRONG), act, (80, 24))
    else:
        drive(app_at("" if app == "player" else None, config=WRONG), act, (80, 24))
