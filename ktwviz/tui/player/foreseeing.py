"""Foresight while a lesson is played: asked for with one key, after a warning where the lesson is not solved yet."""

from textual.message import Message

from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario
from ktwviz.lesson.search import Found
from ktwviz.tui.ask import Question
from ktwviz.tui.player.foresight import foresee
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.walking import Walking
from ktwviz.tui.searching import Search, SearchEnded, SearchProgress
from ktwviz.values import replace

WARNING = "Foresight tells the way to the goal, and you have not reached it yet."
YOUR_CODE = "This runs your code, and the editor has checked it: no more is known of it."


class Foreseeing(Walking):
    """A screen that plays a lesson, and can say what lies ahead. `solved` says that the goal was reached before."""

    class Explore(Message):
        """The learner wants to see all interleavings from here."""

        def __init__(self, play: Play) -> None:
            super().__init__()
            self.play = play

    def __init__(self, play: Play, next_lesson: str = "") -> None:
        super().__init__(play, next_lesson)
        self.solved = False
        self._found: Found | None = None
        self._search: Search | None = None
        self._foreseeing = False

    def staged(self) -> Scene:
        """Return the scene, with what lies ahead while that is asked for."""
        scene = super().staged()
        if not self._foreseeing or self._found is None or not self._is_of_this(self._found.scenario):
            return scene
        keys = [step.choice for step in self.play.session.steps]
        return replace(scene, foresight=foresee(self._found, keys, scene.cursor))

    def action_explore(self) -> None:
        """Show all interleavings from here."""
        if self.play.scenario.edit is not None:
            self.tell(YOUR_CODE)
            return
        self.post_message(self.Explore(self.play))

    def action_foresight(self) -> None:
        """Say what lies ahead, or no more; before the lesson is solved, ask once."""
        if self.play.scenario.edit is not None:
            self.tell(YOUR_CODE)
        elif self._foreseeing:
            self._foreseeing = False
            self._stop_search()
            self.tell("Foresight is off.")
        elif self.solved or self.play.goal_reached or self.score.best is not None:
            self._foresee()
        else:
            self.app.push_screen(Question(WARNING, yes="shows it all the same"), self._answered)

    def _answered(self, sure: bool | None) -> None:
        if sure:
            self.solved = True  # it was asked once
            self._foresee()

    def _foresee(self) -> None:
        self._foreseeing = True
        if self._found is not None and self._is_of_this(self._found.scenario):
            self.restage()
            return
        self._found = None
        scenario = self.play.scenario
        self._search = Search(self, scenario.lesson, scenario.variant, scenario.memory)
        self._search.start(lambda found: found, ahead=True)
        self.tell("Going through every interleaving; f ends that.")

    def _is_of_this(self, scenario: Scenario) -> bool:
        """Tell whether what was found in a scenario says something of the one that is played."""
        mine = self.play.scenario
        return (mine.variant, mine.memory, mine.edit) == (scenario.variant, scenario.memory, scenario.edit)

    def on_search_progress(self, message: SearchProgress) -> None:
        """Tell how far the search is."""
        if message.search is self._search and self._foreseeing and self._found is None:
            self.tell(f"Going through every interleaving: {message.states:,} states so far; f ends that.")

    def on_search_ended(self, message: SearchEnded) -> None:
        """Keep what was found, unless it was stopped, or another search has taken its place."""
        if message.search is not self._search:
            return
        self._search = None
        if message.found is None:
            self._foreseeing = False
            self.tell(message.trouble)
        elif message.stopped:
            return
        else:
            self._found = message.found
            if self._foreseeing and message.found.bug is None:
                self._foreseeing = False
                self.tell(
                    "There is no goal here, and nothing that a single run breaks: there is nothing to foresee."
                )
            elif self._foreseeing:
                self.tell("")

    def _stop_search(self) -> None:
        if self._search is not None:
            self._search.stop()
            self._search = None

    def on_unmount(self) -> None:
        """A search that nobody waits for ends."""
        self._stop_search()
