"""The terminal program: themes, symbols, the screens, and where their messages lead."""

from collections.abc import Callable, Iterable, Sequence

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from ktwviz.config import Config, notice
from ktwviz.errors import KtwvizError, ProgressError, ScheduleError
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.shelf import lesson_files, parts
from ktwviz.progress import LessonProgress, ProgressStore
from ktwviz.schedule import Token
from ktwviz.tui.home.scene import title_of
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.keymap import keymap_of
from ktwviz.tui.player.record import recorded
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import symbols_for
from ktwviz.tui.theme import DARK, THEMES, role_defaults


class KtwvizApp(App[None]):
    """Shows the lessons and plays them. `start` opens a lesson at once, at `token` or `step` if given."""

    TITLE = "ktwviz"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS_PATH = ["app.tcss", "home/home.tcss", "player/player.tcss"]
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
        ascii: bool = False,
        theme: str | None = None,
        config: Config | None = None,
    ) -> None:
        config = config or Config()
        self.symbols = symbols_for(ascii=ascii)
        self.speed = config.speed or 1
        super().__init__()
        self.keys, troubles = keymap_of(config, screens_with_keys())
        self.set_keymap(self.keys)
        self._settings = notice((*config.troubles, *troubles))
        self.lessons = shipped_lessons() if lessons is None else tuple(lessons)
        self.store = store
        self._start = (start, token, step)
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme or DARK.name
        self.set_class(ascii, "-ascii")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our role colours for themes that do not define them."""
        return role_defaults(dark=self.current_theme.dark)

    def get_default_screen(self) -> Screen[None]:
        """Return the home screen."""
        told = " ".join(part for part in (self.store.notice, self._settings) if part)
        self.home = HomeScreen(self.lessons, self.store.load(), told, parts())
        return self.home

    def on_mount(self) -> None:
        lesson, token, step = self._start
        if lesson is not None:
            self.open_lesson(lesson, token=token or "", step=step)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the palette offers."""
        yield SystemCommand("Theme", "Choose another theme", self.action_change_theme)
        yield SystemCommand("ASCII", "Draw with ASCII signs, or with Unicode again", self.action_ascii)
        if hasattr(screen, "action_help"):
            yield SystemCommand("Help", "All keys of this screen", screen.action_help)
        for lesson in self.lessons:
            name = f"Lesson {title_of(lesson, self.symbols)}"
            yield SystemCommand(name, lesson.aim, lambda lesson=lesson: self.switch_lesson(lesson))
        yield SystemCommand("Quit", "Quit; progress is saved", self.action_quit)

    def action_ascii(self) -> None:
        """Exchange the table of glyphs."""
        self.symbols = symbols_for(ascii=not self.symbols.ascii)
        self.set_class(self.symbols.ascii, "-ascii")
        for screen in self.screen_stack:
            if isinstance(screen, PlayerScreen):
                screen.restage()
            elif isinstance(screen, HomeScreen):
                screen.redraw()
            for widget in screen.query("*"):
                redraw = getattr(widget, "redraw", None)
                redraw() if redraw else widget.refresh()

    def open_lesson(self, lesson: Lesson, *, token: str = "", step: int | None = None) -> None:
        """Play a lesson, from where the learner left it unless a token says otherwise."""
        progress = self.store.load().of(lesson.id)
        notice = ""
        try:
            play = start_play(lesson, progress, token or ("" if step is not None else progress.token))
        except ScheduleError as error:
            play = start_play(lesson, progress, "")
            notice = f"Started anew, since the saved moment does not fit: {error}"
        except KtwvizError as error:
            self.home.show_progress(self.home.home.progress, str(error))
            return
        if step is not None:
            go_to_step(play, step)
        screen = PlayerScreen(play, self._title_after(lesson), self.speed)
        screen.hand = screen.hand.told(notice)
        self.push_screen(screen)

    def action_command_palette(self) -> None:
        """Open the palette, with a prompt that every terminal can show."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Search for a command", id="--command-palette"))

    async def action_quit(self) -> None:
        """Quit, and remember the lesson that is played."""
        for screen in self.screen_stack:
            if isinstance(screen, PlayerScreen):
                self._remember(screen.play)
        self.exit()

    def switch_lesson(self, lesson: Lesson) -> None:
        """Leave the lesson that is played, if any, and play this one."""
        self._leave_player()
        self.open_lesson(lesson)

    def _title_after(self, lesson: Lesson) -> str:
        after = self._after(lesson)
        return title_of(after, self.symbols) if after else ""

    def _after(self, lesson: Lesson) -> Lesson | None:
        at = self.lessons.index(lesson) + 1 if lesson in self.lessons else len(self.lessons)
        return self.lessons[at] if at < len(self.lessons) else None

    def _leave_player(self) -> None:
        if isinstance(self.screen, PlayerScreen):
            self._remember(self.screen.play)
            self.pop_screen()

    def _remember(self, play: Play) -> None:
        self._update(play.lesson, lambda old: recorded(play, old))

    def _update(self, lesson: Lesson, change: Callable[[LessonProgress], LessonProgress]) -> None:
        try:
            progress = self.store.update(lesson.id, change)
        except ProgressError as error:
            self.home.show_progress(self.home.home.progress, str(error))
        else:
            self.home.show_progress(progress, self.store.notice)

    def on_home_screen_open(self, message: HomeScreen.Open) -> None:
        """Play the lesson that was chosen."""
        self.open_lesson(message.lesson)

    def on_home_screen_reset(self, message: HomeScreen.Reset) -> None:
        """Forget the progress in a lesson."""
        self._update(message.lesson, lambda old: LessonProgress(other=old.other))

    def on_walking_moved(self, message: PlayerScreen.Moved) -> None:
        """Remember how far the learner is."""
        self._remember(message.play)

    def on_player_screen_left(self, message: PlayerScreen.Left) -> None:
        """Go back to the lessons."""
        if isinstance(self.screen, PlayerScreen):
            self.home.mark(self.screen.play.lesson)
            self.pop_screen()

    def on_player_screen_next_lesson(self, message: PlayerScreen.NextLesson) -> None:
        """Play the next lesson."""
        if not isinstance(self.screen, PlayerScreen):
            return
        after = self._after(self.screen.play.lesson)
        self.pop_screen()
        if after is not None:
            self.open_lesson(after)


def screens_with_keys() -> dict[str, Sequence[BindingType]]:
    """Return the bindings of each screen, by what the screen is called."""
    return {"player": PlayerScreen.BINDINGS, "list of lessons": HomeScreen.BINDINGS}


def shipped_lessons() -> tuple[Lesson, ...]:
    """Return the lessons that come with the program, in order."""
    return tuple(load_lesson(path) for path in lesson_files())


def start_play(lesson: Lesson, progress: LessonProgress, token: str) -> Play:
    """Start a lesson, with what an earlier sitting answered, at the moment of a token if one is given.

    Raises ScheduleError for a token that does not fit, LessonError for a lesson that does not run.
    """
    parsed = Token.parse(token) if token else None
    play = Play(lesson, parsed)
    play.recall({int(beat): right for beat, right in progress.quiz.items() if beat.isdigit()}, progress.hints)
    if parsed is not None:
        play.resume(parsed)
    return play


def go_to_step(play: Play, step: int) -> None:
    """Go to a step of the walk; on a new one, of the script."""
    if not play.session.steps:
        play.session.play(play.script.keys)
    play.session.jump(step)
