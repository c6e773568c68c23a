"""Under NO_COLOR no colour leaves the program, and what is in hand can still be told."""

from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot

from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.theme import LIGHT
from ktwviz.tui.uncoloured import uncoloured
from tests.tui.frames import SPINNING, app_at, drive
from tests.tui.shipped import text_on


@pytest.fixture(autouse=True)
def no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for no colours."""
    monkeypatch.setenv("NO_COLOR", "1")


def styles_on(app: App[None]) -> Iterator[tuple[str, Style]]:
    """Yield each piece of the screen with its style."""
    for strip in app.screen._compositor.render_strips():
        yield from ((segment.text, segment.style) for segment in strip if segment.style is not None)


def reversed_on(app: App[None]) -> list[str]:
    return [text for text, style in styles_on(app) if style.reverse]


def coloured_on(app: App[None]) -> list[str]:
    return [text for text, style in styles_on(app) if style.color or style.bgcolor]


@pytest.mark.parametrize(
    ("moment", "ways"),
    [
        (None, [[], ["slash", "a"], ["z"], ["ctrl+p"], ["question_mark"], ["s"], ["M"], ["x"]]),
        (SPINNING, [[], ["z"], ["E"], ["R"], ["F"], ["tab"]]),
    ],
    ids=["list", "player"],
)
@pytest.mark.parametrize("theme", [None, LIGHT.name])
def test_no_colour_is_left_on_any_screen(
    moment: str | None, ways: list[list[str]], theme: str | None
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        for keys in ways:
            await pilot.press(*keys)
            await pilot.pause(0.2)
            assert coloured_on(pilot.app) == [], keys
            if keys:
                # with nothing open it would lead up to another screen
                await pilot.press("escape")
                await pilot.pause()

    drive(app_at(moment, theme=theme), act, (80, 24))


def test_the_cursor_and_the_next_line_are_reverse_and_the_marked_lesson_is_bold() -> None:
    async def in_the_list(pilot: Pilot[None]) -> None:
        bold = [text for text, style in styles_on(pilot.app) if style.bold]
        assert any("Meet the worker" in text for text in bold)
        await pilot.press("slash", *"abc")
        assert " " in reversed_on(pilot.app)
        await pilot.press("escape", "ctrl+p", *"matrix")
        await pilot.pause(0.5)
        assert "Matrix" in "".join(reversed_on(pilot.app))

    async def in_the_player(pilot: Pilot[None]) -> None:
        await pilot.press("space")
        assert any("spin_lock" in text for text in reversed_on(pilot.app))

    drive(app_at(), in_the_list, (80, 24))
    drive(app_at(""), in_the_player, (80, 24))


def test_no_themes_are_offered_where_there_are_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, KtwvizApp)
        names = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert ("Theme" in names) != pilot.app.no_color
        assert "Meet the worker" in text_on(pilot.app)

    drive(app_at(), act)
    monkeypatch.delenv("NO_COLOR")
    drive(app_at(), act)


def test_of_the_colours_only_dim_and_reverse_are_left() -> None:
    assert uncoloured(Style.parse("bold red on blue")) == Style(bold=True)
    assert uncoloured(Style.parse("bright_black")) == Style(dim=True)
    assert uncoloured(Style.parse("underline black on white")) == Style(underline=True, reverse=True)
