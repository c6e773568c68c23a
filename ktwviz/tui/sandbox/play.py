"""The player on a scenario of the sandbox: from its start, or along the steps that break a property."""

from ktwviz.checker.verdicts import Verdict
from ktwviz.lesson.model import Beat
from ktwviz.lesson.play import Play, Replay
from ktwviz.lesson.sandbox import NO_TOKEN, is_unsaved
from ktwviz.lesson.scenario import Scenario
from ktwviz.tui.player.own import OwnPlayer
from ktwviz.values import replace

SHOWN = "This is the explorer's schedule, in your scenario: g, then space, goes through it."


def from_start(scenario: Scenario) -> Play:
    """Return a play of a scenario from its start."""
    return Play(scenario.lesson, scenario=scenario)


def replay_of(scenario: Scenario, verdict: Verdict) -> Play:
    """Return the counterexample of a broken property as a play."""
    keys = verdict.keys or ()
    how = f"{verdict.how.rstrip('.')}."
    lead = (
        f"Step along with `space`: after {len(keys)} steps `{verdict.property}` is broken. `q`: the editor."
    )
    beat = Beat(f"How {verdict.property} breaks", lead, run="", until="", expect=(), quiz=None, line=1)
    closing = f"This breaks `{verdict.property}`: {how} Go back and look again, or `q`: the editor."
    lesson = replace(scenario.lesson, title="Your scenario", beats=(beat,), closing=closing)
    play = Replay(lesson, scenario, keys)
    # all of it is recorded before the learner begins, so that the lanes show where it leads
    play.session.play(keys)
    play.session.jump(0)
    return play


class SandboxPlayer(OwnPlayer):
    """Plays a scenario of the sandbox; `saved` is the lesson file that it stands in, "" for none."""

    TITLE_OF_HELP = "your scenario in the player"

    def __init__(self, play: Play, saved: str = "") -> None:
        super().__init__(play)
        self._saved = saved
        # foresight asks before it tells where the bug of a lesson lies; here the learner looks for it
        self.solved = True

    def no_token(self) -> str:
        """Return why there is no token: nobody else has the scenario."""
        return NO_TOKEN if is_unsaved(self.play.scenario.lesson) else ""

    def action_token(self) -> None:
        """Show the token, and the command that plays it."""
        super().action_token()
        if not self.no_token():
            token = str(self.play.scenario.token(self.play.session.schedule()))
            self.tell(
                f"Token, copied if the terminal allows it. ktwviz replay --lesson {self._saved} {token}"
            )

    def show_found(self, keys: tuple[str, ...]) -> None:
        """Make a schedule of the explorer the walk."""
        self.take_over(keys, SHOWN, opened=True)
