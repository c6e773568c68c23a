"""The player on a counterexample: it runs the learner's own code, says so, and leads back to the editor."""

from ktwviz.lesson.fix import Judgement
from ktwviz.lesson.judging import sentence
from ktwviz.lesson.model import Beat
from ktwviz.lesson.play import Replay
from ktwviz.lesson.proof import fix_of
from ktwviz.tui.player.own import OwnPlayer
from ktwviz.values import replace

NO_TOKEN = (
    "There is no token of this: it runs your {function}(), and a token names a lesson, it carries no code. "
    "Whoever played it would see another run."
)


def replay_of(judgement: Judgement) -> Replay:
    """Return the counterexample as a play, told in words of its own."""
    lesson = judgement.scenario.lesson
    function = f"`{fix_of(lesson).function}()`"
    beat = Beat(
        title="How it breaks",
        narration=(
            f"This runs **your** {function}. Step along with `space`: after {len(judgement.keys)} steps it has "
            "broken. `q` leads back to the editor."
        ),
        run="",
        until="",
        expect=(),
        quiz=None,
        line=lesson.scenario.line,
    )
    told = replace(
        lesson,
        title=f"Your {fix_of(lesson).function}()",
        introduction=f"The text that you wrote for {function} runs here in place of the lesson's.",
        beats=(beat,),
        goal=None,
    )
    play = Replay(told, judgement.scenario, judgement.keys)
    # all of it is recorded before the learner begins, so that the lanes show where it leads
    play.session.play(judgement.keys)
    ends_badly = bool(play.session.bad_end)
    play.session.jump(0)
    how = "" if ends_badly else f"{sentence(judgement.how)} "
    closing = f"{how}That is where **your** {function} leads. Go back and look again, or `q`: to the editor."
    play.lesson = replace(told, closing=closing)
    return play


class WatchScreen(OwnPlayer):
    """Plays a counterexample."""

    TITLE_OF_HELP = "your code in the player"

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(replay_of(judgement))
        self._function = fix_of(judgement.scenario.lesson).function

    def no_token(self) -> str:
        """Say why there is none."""
        return NO_TOKEN.format(function=self._function)
