"""The terminal program: themes, symbols, the screens, and where their messages lead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.events import DeliveryComplete, DeliveryFailed
from textual.screen import Screen
from textual.theme import ThemeProvider

from ktwviz.config import Config, notice
from ktwviz.errors import KtwvizError, ScheduleError
from ktwviz.garbage import collect_garbage
from ktwviz.lesson.parse import lesson_head, load_lesson
from ktwviz.lesson.shelf import first_to_mark, lesson_files, parts
from ktwviz.tui import later
from ktwviz.tui.covering import Covering
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.keeping import Keeping
from ktwviz.tui.naming import title_of
from ktwviz.tui.signals import heed_signals
from ktwviz.tui.symbols import symbols_for
from ktwviz.tui.theme import DARK, THEMES, role_defaults
from ktwviz.values import replace

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from ktwviz.lesson.model import Lesson
    from ktwviz.lesson.sandbox import Begun
    from ktwviz.lesson.scenario import Scenario
    from ktwviz.progress.store import ProgressStore
    from ktwviz.tui import later as opened
else:
    from ktwviz.tui.later import opened


ASCII_STYLES = Path(__file__).with_name("ascii.tcss")


def _commands() -> type[Provider]:
    return later.Commands


class KtwvizApp(Covering, Keeping):
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

    def _read_all(self) -> None:
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
            yield from later.player_commands(screen, self.searches, self.symbols)
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

    def open_lesson(
        self, lesson: Lesson, *, token: str = "", step: int | None = None, shown_by: str = "", told: str = ""
    ) -> None:
        """Play a lesson, from where the learner left it unless a token says otherwise; `told` is to be read there.

        `shown_by` says who made the token, "explorer" or "matrix": what it shows does not count as found by the
        learner.
        """
        progress = self.store.load().of(lesson.id)
        notice = ""
        try:
            lesson = self.whole(lesson)
            play = later.start_play(lesson, progress, token or ("" if step is not None else progress.token))
        except ScheduleError as error:
            play = later.start_play(lesson, progress, "")
            notice = f"Started anew, since the saved moment does not fit: {error}"
        except KtwvizError as error:
            self.home.show_progress(self.home.home.progress, str(error))
            return
        if step is not None:
            later.go_to_step(play, step)
        new = not (token or notice or step is not None or progress.solved or play.session.steps)
        screen = later.PlayerScreen(play, self._title_after(lesson), self.speed, new=new)
        screen.solved = progress.solved or bool(progress.fixed)
        if shown_by:
            play.shown, play.shown_by = play.session.schedule(), shown_by
            notice = notice or later.not_yours(play)
        opened = bool(token) and step is None
        trouble = bool(notice) and not shown_by
        notice = " ".join(part for part in (notice, told) if part)
        screen.hand = replace(screen.hand, notice=notice, opened=opened, trouble=trouble)
        screen.score = later.Score(best=progress.best)
        self.push_screen(screen)

    def action_command_palette(self) -> None:
        """Open the palette, with a prompt that every terminal can show."""
        if not self.covered and not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Search for a command", id="--command-palette"))

    def search_themes(self) -> None:
        """Open the palette of themes, with a prompt that every terminal can show."""
        self.push_screen(CommandPalette(providers=[ThemeProvider], placeholder="Search for a theme"))

    def action_ask_token(self) -> None:
        """Ask for a token, and open it; that of a lesson file which is played fits too."""
        played = [
            screen.play.lesson for screen in self.screen_stack if isinstance(screen, opened.PlayerScreen)
        ]
        lessons = (*played, *self.lessons)

        def refused(text: str) -> str:
            return later.refused(text, lessons, self.whole, self.store.load())

        def open_token(text: str | None) -> None:
            if text:
                self._leave_lesson()
                self.open_lesson(later.lesson_of(text, lessons), token=text)

        self.push_screen(later.AskToken(refused=refused), open_token)

    async def action_quit(self) -> None:
        """Quit, and remember what was done."""
        self.end()

    def end(self, code: int = 0) -> None:
        """Remember what was done, and end with an exit code."""
        for screen in self.screen_stack:
            self._keep_done_on(screen)
        self.exit(return_code=code)

    def _keep_done_on(self, screen: Screen[Any]) -> None:
        """Remember what was done on a screen now; its own timer may come too late."""
        if isinstance(screen, opened.PlayerScreen):
            self._remember(screen.play)
        elif isinstance(screen, opened.FixScreen):
            self._keep_draft(screen)
        elif isinstance(screen, opened.SandboxScreen):
            self._keep_unsaved(screen)

    def action_help_quit(self) -> None:
        """Say how to quit, where sentences are told; ctrl+c is for copying."""
        self._tell(
            f"ctrl+c does not quit: q goes up one level, {self.keys.get('quit_all', 'ctrl+q')} quits from anywhere."
        )

    def switch_lesson(self, lesson: Lesson) -> None:
        """Leave the lesson that is played, if any, and play this one."""
        self._leave_lesson()
        self.open_lesson(lesson)

    def _title_after(self, lesson: Lesson) -> str:
        after = self._after(lesson)
        return title_of(after, self.symbols) if after else ""

    def _after(self, lesson: Lesson) -> Lesson | None:
        files = [other.file for other in self.lessons]
        at = files.index(lesson.file) + 1 if lesson.file in files else len(files)
        return self.lessons[at] if at < len(files) else None

    def _leave_lesson(self) -> None:
        """Leave what was opened above the list of lessons or the matrix, and remember what was done there."""
        leaving = (opened.PlayerScreen, opened.FixScreen, opened.SandboxScreen, opened.ExplorerScreen)
        while isinstance(self.screen, leaving):
            self._keep_done_on(self.screen)
            self.pop_screen()

    def open_sandbox(self, begun: Begun | None = None, version: str = "", *, told: str = "") -> None:
        """Open a sandbox on what was made in it before, else on what it begins with; `version` is to be its own."""
        begun = begun or later.begun_anew()
        boxes = [screen for screen in self.screen_stack if isinstance(screen, opened.SandboxScreen)]
        while boxes and self.screen is not boxes[-1]:
            self._keep_done_on(self.screen)
            self.pop_screen()
        if not boxes or boxes[-1].begun.name != begun.name:
            screen = later.SandboxScreen(begun, self.store.load().sandbox.get(begun.name), version)
            if told:
                screen.tell(told)
            self._keep_done_on(self.screen)
            self.push_screen(screen)

    def on_base_screen_painted(self) -> None:
        """Do what can wait until the first screen is there."""
        collect_garbage()
        self._read_all()

    def on_home_screen_sandbox(self, message: HomeScreen.Sandbox) -> None:
        """Open the sandbox."""
        self.open_sandbox()

    def on_walking_sandbox(self, message: later.PlayerScreen.Sandbox) -> None:
        """Open a sandbox that begins with the scenario that is played."""
        self.open_sandbox(
            later.begun_from(message.play.scenario, title_of(message.play.lesson, self.symbols))
        )

    def on_explorer_screen_sandbox(self, message: later.ExplorerScreen.Sandbox) -> None:
        """Open a sandbox that begins with the scenario that is explored; its own explorer leads back to it."""
        scenario = message.scenario
        self._leave_explorer()
        if not isinstance(self.screen, opened.SandboxScreen):
            self.open_sandbox(later.begun_from(scenario, title_of(scenario.lesson, self.symbols)))

    def on_sandbox_screen_explore(self, message: later.SandboxScreen.Explore) -> None:
        """Explore the scenario of a sandbox."""
        scenario = message.scenario
        self.push_screen(later.ExplorerScreen(later.Origin(scenario.lesson, scenario.variant)))

    def on_home_screen_open(self, message: HomeScreen.Open) -> None:
        """Play the lesson that was chosen."""
        self.open_lesson(message.lesson)

    def on_home_screen_explore(self, message: HomeScreen.Explore) -> None:
        """Explore the lesson that is marked."""
        try:
            lesson = self.whole(message.lesson)
        except KtwvizError as error:
            self.home.tell(str(error), trouble=True)
        else:
            self.push_screen(later.ExplorerScreen(later.Origin(lesson, later.variant_of(lesson))))

    def on_foreseeing_explore(self, message: later.PlayerScreen.Explore) -> None:
        """Explore from where the learner is."""
        scenario = message.play.scenario
        schedule = message.play.session.schedule()
        self.push_screen(
            later.ExplorerScreen(later.Origin(scenario.lesson, scenario.variant, scenario.memory, schedule))
        )

    def on_explorer_screen_left(self, message: later.ExplorerScreen.Left) -> None:
        """Go back to where the explorer was opened."""
        self._leave_explorer()

    def _leave_explorer(self) -> None:
        if isinstance(self.screen, opened.ExplorerScreen):
            self.pop_screen()

    def on_explorer_screen_play(self, message: later.ExplorerScreen.Play) -> None:
        """Play the state that was selected: in the player below, or in a new one above where there is none for it."""
        if not isinstance(self.screen, opened.ExplorerScreen):
            return
        scenario, keys = message.scenario, message.keys
        below = self.screen_stack[-2]
        if type(below) is opened.PlayerScreen and later.same_code(below.play, scenario):
            self._leave_explorer()
            below.take_over(keys)
        elif isinstance(below, (opened.SandboxPlayer, opened.SandboxScreen)):
            self._leave_explorer()
            self._play_in_sandbox(scenario, keys)
        else:
            self.open_lesson(scenario.lesson, token=str(scenario.token(keys)), shown_by="explorer")

    def _play_in_sandbox(self, scenario: Scenario, keys: tuple[str, ...]) -> None:
        if isinstance(self.screen, opened.SandboxPlayer) and not later.same_code(self.screen.play, scenario):
            self.pop_screen()
        if isinstance(self.screen, opened.SandboxPlayer):
            self.screen.take_over(keys)
        elif isinstance(self.screen, opened.SandboxScreen):
            self.screen.play_schedule(scenario, keys)

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

    def on_home_screen_matrix(self) -> None:
        """Show every race on every version."""
        self.action_matrix()

    def action_matrix(self) -> None:
        """Show every race on every version; where the matrix is open already, leave what lies above it."""
        if not any(isinstance(screen, opened.MatrixScreen) for screen in self.screen_stack):
            # whoever presses the key at once comes before the lessons are read to their ends
            self._read_all()
            self.push_screen(later.MatrixScreen(self.lessons))
            return
        self._leave_lesson()

    def on_matrix_screen_play(self, message: later.MatrixScreen.Play) -> None:
        """Play what breaks in a cell; it was found by the checker, so it does not count as the learner's."""
        self.open_lesson(message.lesson, token=message.token, shown_by="matrix")

    def on_matrix_screen_explore(self, message: later.MatrixScreen.Explore) -> None:
        """Explore the scenario of a cell."""
        self.push_screen(later.ExplorerScreen(later.Origin(message.lesson, message.variant)))

    def on_matrix_screen_left(self) -> None:
        """Go back to the lessons."""
        if isinstance(self.screen, opened.MatrixScreen):
            self.pop_screen()

    def on_player_screen_fix(self, message: later.PlayerScreen.Fix) -> None:
        """Open the editor for the lesson's function."""
        lesson = message.play.lesson
        try:
            screen = later.FixScreen(lesson, self.store.load().of(lesson.id))
        except KtwvizError as error:
            if isinstance(self.screen, opened.PlayerScreen):
                self.screen.tell(str(error))
        else:
            self.push_screen(screen)

    def on_player_screen_left(self, message: later.PlayerScreen.Left) -> None:
        """Go back to the lessons."""
        if isinstance(self.screen, opened.PlayerScreen):
            # a notice that waits behind the page about the lesson has not been seen there
            unseen = self.screen.hand.notice if self.screen.opening else ""
            self.home.mark(self.screen.play.lesson)
            self.pop_screen()
            if unseen:
                self.home.tell(unseen, trouble=True)

    def on_player_screen_next_lesson(self, message: later.PlayerScreen.NextLesson) -> None:
        """Play the next lesson."""
        if not isinstance(self.screen, opened.PlayerScreen):
            return
        after = self._after(self.screen.play.lesson)
        self._leave_lesson()
        if after is not None:
            self.open_lesson(after)


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
