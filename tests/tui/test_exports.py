"""Passing on what one has: the menu of the player, the progress of the list, and what the palette offers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.command import CommandPalette, Hit
from textual.pilot import Pilot

from ktwviz.progress.model import LessonProgress
from ktwviz.progress.text import from_json
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.delivery import free_name
from ktwviz.tui.palette import Commands, player_commands
from ktwviz.tui.player.exports import CHOICES, draw_exports
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import explorer_app
from tests.tui.frames import app_at, drive, store_of
from tests.tui.shipped import shipped_app, showing, text_on, token_of_broken_list


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start the program in a folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    yield here


async def told(pilot: Pilot[None], text: str) -> None:
    """Wait for what a thread tells."""
    for _ in range(100):
        await pilot.pause(0.02)
        if text in " ".join(text_on(pilot.app).split()):
            return
    raise AssertionError(text_on(pilot.app))


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


@pytest.mark.parametrize(
    ("key", "begins", "ending"),
    [
        ("c", "   CPU0", "txt"),
        ("m", "# 04 Neither", "md"),
        ("d", "sequenceDiagram", "mmd"),
        ("j", "{", "json"),
        ("h", "<!DOCTYPE html>", "html"),
        ("a", "step  CPU", "txt"),
        ("f", "# tracer: function", "trace"),
        ("l", "Locks taken in this run:", "txt"),
    ],
)
def test_the_menu_writes_the_walk_to_a_file(key: str, begins: str, ending: str, folder: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        steps = player(pilot).play.session.cursor
        await pilot.press("E")
        assert "Pass this moment on" in text_on(pilot.app)
        await pilot.press(key)
        await told(pilot, "Written to")
        (file,) = folder.iterdir()
        assert file.name == f"ktwviz-timer-window-{steps}.{ending}"
        assert file.read_text(encoding="utf-8").lstrip("\n").startswith(begins.rstrip())
        await pilot.press("E", key)
        for _ in range(100):
            await pilot.pause(0.02)
            if len(list(folder.iterdir())) == 2:
                break
        assert sorted(one.name for one in folder.iterdir())[0] == f"ktwviz-timer-window-{steps}-2.{ending}"

    drive(shipped_app(token_of_broken_list()), act)


def test_the_picture_has_no_menu_in_it_and_fetches_nothing(folder: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("E", "s")
        await told(pilot, "Written to")
        (file,) = folder.glob("*.svg")
        picture = file.read_text(encoding="utf-8")
        assert "04&#160;Neither" in picture and "any&#160;other&#160;key" not in picture
        assert "@font-face" not in picture and "cdn" not in picture.lower()
        assert "Fira" not in picture and "font-family: monospace" in picture

    drive(shipped_app(token_of_broken_list()), act)


def test_a_recording_of_the_walk_is_made_beside_the_player_which_stays_as_it_is(folder: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        before = text_on(pilot.app)
        await pilot.press("E", "r")
        await pilot.app.workers.wait_for_complete()
        await told(pilot, "Written to")
        (file,) = folder.glob("*.cast")
        head, *events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        assert (head["version"], head["width"], head["height"]) == (2, *pilot.app.size)
        assert len(events) == player(pilot).play.session.cursor + 2
        await pilot.press("left", "G")
        assert text_on(pilot.app).splitlines()[0] == before.splitlines()[0]

    drive(shipped_app(token_of_broken_list()), act)


def test_the_token_is_shown_and_any_other_key_closes_the_menu(folder: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("E", "x")
        assert isinstance(pilot.app.screen, PlayerScreen)
        await pilot.press("E", "escape")
        assert isinstance(pilot.app.screen, PlayerScreen)
        await pilot.press("E", "t")
        await told(pilot, "Token, copied if the terminal allows it:")
        assert "kt1/timer-window@" in text_on(pilot.app)
        assert list(folder.iterdir()) == []

    drive(shipped_app(token_of_broken_list()), act)


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Path, "cwd", lambda: Path("/no/such/folder"))
        await pilot.press("E", "c")
        await told(pilot, "It could not be written: [Errno 2] No such file or directory")

    drive(shipped_app(token_of_broken_list()), act)


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_line_of_the_menu_fits_80_columns(symbols: object) -> None:
    glyphs = ASCII if symbols is ASCII else UNICODE
    lines = draw_exports(glyphs).split("\n")
    assert len(lines) == len(CHOICES)
    assert all(line.cell_length <= 76 for line in lines)


def test_a_file_never_takes_the_place_of_another(folder: Path) -> None:
    (folder / "run.txt").touch()
    (folder / "run-2.txt").touch()
    assert free_name(folder, "run.txt") == "run-3.txt"


def test_all_progress_is_written_to_a_file_and_copied(folder: Path) -> None:
    done = LessonProgress(solved=True, best=9)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("E")
        await told(pilot, "Written to")
        assert from_json((folder / "ktwviz-progress.json").read_bytes()).of("twice") == done
        await pilot.press("y")
        assert "Copied if the terminal allows it." in text_on(pilot.app)
        assert json.loads(pilot.app.clipboard)["lessons"]["twice"]["best"] == 9

    drive(app_at(store=store_of(twice=done)), act, (160, 40))


# The palette ----------------------------------------------------------------------------------------------------


def commands(app: KtwvizApp, player: PlayerScreen) -> dict[str, object]:
    return {
        one.title: one.callback
        for one in player_commands(player, app.searches, app.symbols, app.show_schedule)
    }


def test_the_palette_goes_to_a_step_by_what_happened_there() -> None:
    app = shipped_app(token_of_broken_list())

    async def act(pilot: Pilot[None]) -> None:
        offered = commands(app, player(pilot))
        number = len(player(pilot).play.session.steps)
        assert sum(name.startswith("Step ") for name in offered) == number
        assert any(name.endswith("dwork.timer is armed: it expires at jiffy 1") for name in offered)
        await pilot.press("ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        await pilot.press(*"expires")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.3)
        assert "Step" in text_on(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        session = player(pilot).play.session
        step = session.steps[session.cursor - 1]
        assert "expires" in " ".join(
            [*(event.text for event in step.events), *map(str, step.changes), step.access]
        )

    drive(app, act)


def test_counterexamples_are_offered_once_the_lesson_was_searched() -> None:
    for kept in (False, True):
        app = explorer_app(kept=kept)

        async def act(pilot: Pilot[None], app: KtwvizApp = app, kept: bool = kept) -> None:
            offered = commands(app, player(pilot))
            names = [name for name in offered if name.startswith("Counterexample: lists-sound")]
            assert len(names) == (1 if kept else 0)
            if kept:
                callback = offered[names[0]]
                assert callable(callback)
                callback()
                await pilot.pause()
                assert player(pilot).play.session.bad_end

        drive(app, act)


def test_the_palette_lists_lessons_and_exports_and_leaves_steps_to_the_search() -> None:
    app = shipped_app(token_of_broken_list())

    async def act(pilot: Pilot[None]) -> None:
        listed = [one for one in app.get_system_commands(pilot.app.screen) if one.discover]
        names = [one.title for one in listed]
        assert "Matrix" in names and "Export: Changelog" in names
        assert any(name.startswith("Lesson 04") for name in names)
        assert not any(name.startswith("Step") for name in names)

    drive(app, act)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_the_menu_covers_little_and_says_what_each_key_gives(
    snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    async def open_menu(pilot: Pilot[None]) -> None:
        await pilot.press("E")
        await showing(
            "Pass this moment on", "c  Changelog   a column for each CPU", "any other key closes it"
        )(pilot)

    assert snap_compare(shipped_app(token_of_broken_list()), terminal_size=size, run_before=open_menu)


@pytest.mark.parametrize(
    ("typed", "first"), [("hint", "Hint"), ("tick", "Tick"), ("explore", "Explore"), ("restart", "Restart")]
)
def test_the_palette_finds_what_has_a_key_before_lessons_with_such_letters(typed: str, first: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        hits = [hit async for hit in Commands(pilot.app.screen, None).search(typed)]
        best = max(hits, key=lambda hit: hit.score)
        assert isinstance(best, Hit) and str(best.match_display) == first

    drive(shipped_app(token_of_broken_list()), act)
