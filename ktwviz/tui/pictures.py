"""Pictures of a run that need no terminal: the player at its last moment, or all its moments one after the other."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from textual.strip import Strip

from ktwviz.lesson.scenario import Scenario
from ktwviz.progress.store import ProgressStore
from ktwviz.schedule import Token
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.delivery import picture
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.player.staging import Hand
from ktwviz.tui.player.walking import last_context

SECONDS = 0.5
"""How long each step of a recording is to be seen."""
_LAST_SECONDS = 3
_CLEAR = "\x1b[2J"


def as_svg(scenario: Scenario, token: Token, size: tuple[int, int], theme: str) -> str:
    """Return the player at the end of a run, `size` being columns and lines, as a picture."""
    pictures: list[str] = []

    def keep(app: KtwvizApp, step: int) -> None:
        pictures.append(picture(app))

    asyncio.run(_go_through(scenario, token, size, theme, steps=[len(token.keys)], keep=keep))
    return pictures[0]


def as_cast(scenario: Scenario, token: Token, size: tuple[int, int], theme: str) -> str:
    """Return all moments of a run as a recording in asciicast v2, which asciinema plays."""
    return asyncio.run(recorded(scenario, token, size, theme))


async def recorded(scenario: Scenario, token: Token, size: tuple[int, int], theme: str) -> str:
    """Return the same where a loop runs already."""
    width, height = size
    title = f"{scenario.lesson.number} {scenario.lesson.title}: {token}".strip()
    rows = [json.dumps({"version": 2, "width": width, "height": height, "title": title}, ensure_ascii=False)]
    encode = _encoder(width)
    before = [""] * height

    def keep(app: KtwvizApp, step: int) -> None:
        nonlocal before
        # the lines as they were laid out; Textual has no public way to them
        lines = [encode(strip) for strip in app.screen._compositor.render_strips()]
        rows.append(_event(step * SECONDS, (_CLEAR if step == 0 else "") + _delta(before, lines)))
        before = lines

    await _go_through(scenario, token, size, theme, steps=range(len(token.keys) + 1), keep=keep)
    rows.append(_event(len(token.keys) * SECONDS + _LAST_SECONDS, ""))
    return "\n".join(rows)


def _event(seconds: float, text: str) -> str:
    return json.dumps([seconds, "o", text], ensure_ascii=False)


def _encoder(width: int) -> Callable[[Strip], str]:
    # whatever the terminal here can do, if there is one: a recording is the same everywhere
    console = Console(
        width=width, color_system="truecolor", force_terminal=True, legacy_windows=False, _environ={}
    )
    return lambda strip: strip.render(console)


def _delta(before: list[str], lines: list[str]) -> str:
    """Return what makes one picture into the next: the lines that differ, each with its place."""
    return "".join(
        f"\x1b[{number};1H{line}"
        for number, (old, line) in enumerate(zip(before, lines, strict=True), 1)
        if old != line
    )


async def _go_through(
    scenario: Scenario,
    token: Token,
    size: tuple[int, int],
    theme: str,
    *,
    steps: Sequence[int],
    keep: Callable[[KtwvizApp, int], None],
) -> None:
    """Hand over the app as its player is after each of these steps of a run."""
    lesson = scenario.lesson
    with TemporaryDirectory() as folder:
        store = ProgressStore(Path(folder) / "progress.json", saving=False)
        app = KtwvizApp(store, lessons=(lesson,), start=lesson, token=str(token), theme=theme)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, PlayerScreen)
            # who watches is asked nothing
            screen.play.recall(dict.fromkeys(range(len(lesson.beats)), True), (), 0)
            for step in steps:
                screen.play.session.jump(step)
                screen.hand = Hand(marked=last_context(screen.play, 1))
                screen.restage()
                await pilot.pause()
                keep(app, step)
