"""The terminal program: its themes, symbols, settings and lessons, and what its palette offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.events import DeliveryComplete, DeliveryFailed
from textual.screen import Screen
from textual.theme import ThemeProvider

from ktwviz.config import Config, notice
from ktwviz.errors import KtwvizError
from ktwviz.garbage import collect_garbage
from ktwviz.lesson.parse import lesson_head, load_lesson
from ktwviz.lesson.shelf import first_to_mark, lesson_files, parts
from ktwviz.tui import later
from ktwviz.tui.covering import Covering
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.leading import Leading
from ktwviz.tui.signals import heed_signals
from ktwviz.tui.symbols import symbols_for
from ktwviz.tui.theme import DARK, THEMES, role_defaults

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.sandbox import Begun
    from ktwviz.progress.store import ProgressStore
    from ktwviz.tui import later as opened
else:
    from ktwviz.tui.later import opened


ASCII_STYLES = Path(__file__).with_name("ascii.tcss")


def _commands() -> type[Provider]:
    return later.Commands


class KtwvizApp(Covering, Leading):
    """Shows the lessons and plays them. `start` opens a lesson at once, at `token` or `step` if given."""

    TITLE = "ktwviz"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS = {_commands}
    # Of the screens only the first: the style sheets of the others are read when they are opened.
    CSS_PATH = ["app.tcss", "home/home.tcss"]
    BINDINGS = [
        Binding(
            "ctrl+q", "quit", "Quit", id="quit_all", show=False, priority=True, tooltip="quit from anywhere"
        ),
    ]

    def __init__(
        self,
        store: ProgressStore,
        *,
        lessons: Iterable[Lesson] | None = None,
        start: Lesson | None = None,
        token: str | None = None,
        step: int | None = None,
        sandbox: tuple[Begun, str] | None = None,
        ascii: bool = False,
        theme: str | None = None,
        speed: float | None = None,
        config: Config | None = None,
    ) -> None:
        config = config or Config()
        self.symbols = symbols_for(ascii=ascii)
        self.speed = speed or config.speed or 1
        super().__init__(css_path=[*self.CSS_PATH, ASCII_STYLES] if ascii else None)
        self._take_keys(config)
        self.lessons = lesson_heads() if lessons is None else tuple(lessons)
        self.store = store
        self.as_c = False
        self._start = (start, token, step)
        self._sandbox = sandbox
        self.refuted = {}
        for known in THEMES:
            self.register_theme(known)
        self._without_colours: list[LineFilter] = []
        if self.no_color:
            self.register_theme(later.UNCOLOURED)
            self._without_colours = [later.NoColours()]
            theme = later.UNCOLOURED.name
        self.theme = theme or DARK.name
        self.set_class(ascii, "-ascii")

    def _take_keys(self, config: Config) -> None:
        self.keys: dict[str, str] = {}
        troubles = config.troubles
        if config.keys:
            # all screens are needed to tell whether keys clash
            self.keys, clashes = later.keymap_of(config, screens_with_keys())
            troubles = tuple(sorted((*troubles, *clashes)))
        self.set_keymap(self.keys)
        self._settings = notice(troubles)

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew, once there is anything to style; before that a theme only fixes the colours."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    @cached_property
    def searches(self) -> later.Searches:
        """What was searched in this sitting, kept for the screens that ask again."""
        return later.Searches()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our role colours for themes that do not define them."""
        return role_defaults(dark=self.current_theme.dark)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what changes lines before they are shown: under NO_COLOR ours in place of Textual's."""
        return self._without_colours or super().get_line_filters()

    def get_default_screen(self) -> Screen[None]:
        """Return the home screen."""
        self.store.look_whether_it_can_save()
        progress = self.store.load()
        marked = first_to_mark(self.lessons, progress)
        if marked is not None:
            self.whole(marked)
        told = " ".join(part for part in (self.store.notice, self._settings) if part)
        self.home = HomeScreen(self.lessons, progress, told, parts())
        return self.home

    def whole(self, lesson: Lesson) -> Lesson:
        """Return a lesson with all that is in its file; of most lessons only the head was read so far."""
        if lesson.scenario.text:
            return lesson
        read = load_lesson(Path(lesson.file))
        self.lessons = tuple(read if other is lesson else other for other in self.lessons)
        return read

    def read_all(self) -> None:
        """Read what is left of the lessons, if anything is; a broken one says so when it is opened."""
        if all(lesson.scenario.text for lesson in self.lessons):
            return
        for lesson in self.lessons:
            with suppress(KtwvizError):
                self.whole(lesson)
        self.home.take(self.lessons)

    def on_mount(self) -> None:
        if not self.is_headless:
            heed_signals(self.end)
        lesson, token, step = self._start
        if lesson is not None:
            self.open_lesson(lesson, token=token or "", step=step, told=self.home.home.notice)
        elif self._sandbox is not None:
            self.open_sandbox(*self._sandbox, told=self.home.home.notice)
        self.cover_where_too_small()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the palette offers."""
        if not self.no_color:
            yield SystemCommand("Theme", "Choose another theme", self.action_change_theme)
        yield SystemCommand("ASCII", "Draw with ASCII signs, or with Unicode again", self.action_ascii)
        if hasattr(screen, "action_help"):
            yield SystemCommand("Help", "All keys of this screen", screen.action_help)
        if type(screen) is opened.PlayerScreen and screen.play.lesson.fix is not None:
            about = f"Mend {screen.play.lesson.fix.function}(), and have every interleaving judge it"
            yield SystemCommand("Fix it", about, screen.action_fix)
        if isinstance(screen, opened.SandboxScreen):
            yield from screen.commands()
        yield SystemCommand("Sandbox", "Build a scenario of your own, and have it checked", self.open_sandbox)
        yield SystemCommand("Matrix", "Every race on every version of the code", self.action_matrix)
        if isinstance(screen, (HomeScreen, opened.PlayerScreen)):
            about = "Paste it, and its lesson is opened at that moment"
            yield SystemCommand("Open a token", about, self.action_ask_token)
        yield from later.lesson_commands(self.lessons, self.symbols, self.switch_lesson)
        if isinstance(screen, opened.PlayerScreen):
            yield from later.player_commands(screen, self.searches, self.symbols, self.show_schedule)
        if isinstance(screen, HomeScreen):
            about = "Write all that you have done to a file; `ktwviz progress import` reads it"
            yield SystemCommand("Export: Progress", about, screen.action_export_progress)
        yield SystemCommand("Quit", "Quit; progress is saved", self.action_quit)

    def action_ascii(self) -> None:
        """Exchange the table of glyphs."""
        self.symbols = symbols_for(ascii=not self.symbols.ascii)
        if not self.stylesheet.has_source(str(ASCII_STYLES)):
            self.stylesheet.read(ASCII_STYLES)
            self.stylesheet.reparse()
        self.set_class(self.symbols.ascii, "-ascii")
        for screen in self.screen_stack:
            if isinstance(screen, (opened.PlayerScreen, opened.ExplorerScreen, opened.MatrixScreen)):
                screen.restage()
            elif isinstance(screen, (HomeScreen, opened.FixScreen, opened.SandboxScreen)):
                screen.redraw()
            for widget in screen.query("*"):
                redraw = getattr(widget, "redraw", None)
                redraw() if redraw else widget.refresh()

    def action_command_palette(self) -> None:
        """Open the palette, with a prompt that every terminal can show."""
        if not self.covered and not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Search for a command", id="--command-palette"))

    def search_themes(self) -> None:
        """Open the palette of themes, with a prompt that every terminal can show."""
        self.push_screen(CommandPalette(providers=[ThemeProvider], placeholder="Search for a theme"))

    async def action_quit(self) -> None:
        """Quit, and remember what was done."""
        self.end()

    def end(self, code: int = 0) -> None:
        """Remember what was done, and end with an exit code."""
        for screen in self.screen_stack:
            self.keep_done_on(screen)
        self.exit(return_code=code)

    def action_help_quit(self) -> None:
        """Say how to quit, where sentences are told; ctrl+c is for copying."""
        self._tell(
            f"ctrl+c does not quit: q goes up one level, {self.keys.get('quit_all', 'ctrl+q')} quits from anywhere."
        )

    def on_base_screen_painted(self) -> None:
        """Do what can wait until the first screen is there."""
        collect_garbage()
        self.read_all()

    def on_delivery_complete(self, event: DeliveryComplete) -> None:
        """Tell where a file is."""
        self._tell(f"Written to {event.path}" if event.path else "The browser has it.")

    def on_delivery_failed(self, event: DeliveryFailed) -> None:
        """Tell why there is no file."""
        sentence = f"It could not be written: {event.exception}"
        if isinstance(self.screen, (HomeScreen, opened.PlayerScreen)):
            self.screen.tell(sentence, trouble=True)
        else:
            self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        """Have the screen on top show a sentence, where it has a place for one."""
        tell = getattr(self.screen, "tell", None)
        if tell is not None:
            tell(sentence)


def screens_with_keys() -> dict[str, Sequence[BindingType]]:
    """Return the bindings of each screen, by what the screen is called."""
    return {
        "player": later.PlayerScreen.BINDINGS,
        "list of lessons": HomeScreen.BINDINGS,
        "explorer": later.ExplorerScreen.BINDINGS,
        "editor": later.FixScreen.BINDINGS,
        "sandbox": later.SandboxScreen.BINDINGS,
        "matrix": later.MatrixScreen.BINDINGS,
    }


def lesson_heads() -> tuple[Lesson, ...]:
    """Return the lessons that come with the program, in order, with what stands in their heads."""
    return tuple(lesson_head(path) for path in lesson_files())
