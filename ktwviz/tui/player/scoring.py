"""What is known of a lesson's goal while it is played: the learner's record, the shortest way, whether there is one."""

from asyncio import sleep

from ktwviz.lesson.par import fewest_steps
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario
from ktwviz.tui.base import BaseScreen
from ktwviz.tui.player.staging import Score
from ktwviz.values import replace


class Scoring(BaseScreen):
    """A screen that plays a lesson and keeps the score; it asks `restage` to draw what was found out."""

    def __init__(self, play: Play) -> None:
        super().__init__()
        self.play = play
        self.score = Score()

    def restage(self) -> None:
        """Show what is known now."""
        raise NotImplementedError

    def keep_score(self) -> None:
        """Note a better way to the goal, and find out once how few steps are possible."""
        steps = self.play.goal_steps
        if not self.play.own or not self.play.goal_reached or steps is None or self.play.shown_by:
            return
        best = steps if self.score.best is None else min(steps, self.score.best)
        self.score = replace(self.score, best=best)
        if self.score.fewest is None:
            self.run_worker(self._find_fewest(), group="fewest", exclusive=True)

    async def _find_fewest(self) -> None:
        """Search for the shortest way in slices of some milliseconds, so that keys are answered meanwhile."""
        slices = fewest_steps(self.play.scenario)
        while self.score.fewest is None:
            try:
                next(slices)
            except StopIteration as done:
                if done.value.steps is None:
                    return
                self.score = replace(self.score, fewest=done.value.steps)
                self.restage()
            await sleep(0)

    def find_whether_reachable(self) -> None:
        """In another version than the lesson's own, find out whether the goal can be reached at all."""
        if (
            not self.play.own
            and self.play.lesson.goal is not None
            and self.play.scenario not in self.score.never
        ):
            self.run_worker(self._search_for_goal(self.play.scenario), group="reachable", exclusive=True)

    async def _search_for_goal(self, scenario: Scenario) -> None:
        slices = fewest_steps(scenario)
        while True:
            try:
                next(slices)
            except StopIteration as done:
                if done.value.steps is None and done.value.complete:
                    self.score = replace(self.score, never=(*self.score.never, scenario))
                    self.restage()
                return
            await sleep(0)
