"""How much CPU time a key takes on the screen: a step of a lesson with all panes, beside the least app there can be."""

import asyncio
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ktwviz.lesson.parse import find_lesson
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.player.screen import PlayerScreen

SIZES = ((80, 24), (120, 40), (200, 60))
MOST = {(120, 40): 25}
KEYS = 60
MINIMAL = (120, 40)


class Minimal(App[None]):
    """One line of text that every key changes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "count", "Count")]
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Show the line."""
        self.pressed = 0
        self.line = Static("0")
        yield self.line

    def action_count(self) -> None:
        """Change the line."""
        self.pressed += 1
        self.line.update(str(self.pressed))


async def milliseconds_a_key(app: App[None], size: tuple[int, int]) -> float:
    """Return the median CPU time of pressing space, in milliseconds; an open question is skipped unmeasured."""
    times = []
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for _ in range(KEYS):
            screen = app.screen
            if isinstance(screen, PlayerScreen) and screen.play.open_quiz() is not None:
                await pilot.press("escape")
            start = time.process_time()
            await pilot.press("space")
            times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def player(folder: str) -> KtwvizApp:
    """Return the app in the longest lesson."""
    store = ProgressStore(Path(folder) / "progress.json", saving=False)
    return KtwvizApp(store, start=find_lesson("one-tick"))


def main() -> None:
    """Print the table."""
    print(f"screen: CPU time of a step key, median of {KEYS}")
    print(f"  {'one line of text':<24}{asyncio.run(milliseconds_a_key(Minimal(), MINIMAL)):.1f} ms")
    for size in SIZES:
        with TemporaryDirectory() as folder:
            taken = asyncio.run(milliseconds_a_key(player(folder), size))
        bound = f"   (at most {MOST[size]})" if size in MOST else ""
        print(f"  {f'player {size[0]}x{size[1]}':<24}{taken:.1f} ms{bound}")


if __name__ == "__main__":
    main()
