"""The versions of a lesson's code while it is played: the same schedule under another rule, and the way back."""

from collections.abc import Sequence

from ktwviz.export.comparison import deed
from ktwviz.lesson.compare import Comparison, compare, scenario_named, version_names
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario


class Versions:
    """Remembers the run that the learner left for another version, so that the way back leads to that very run."""

    def __init__(self, play: Play) -> None:
        self._left = play
        self._left_at: tuple[str, ...] = ()
        self._led_to: tuple[Play, tuple[str, ...]] = (play, ())
        self._scenarios = {play.scenario.variant: play.scenario}

    def names(self, play: Play) -> tuple[str, ...]:
        """Return the versions there are; the one that is played comes first."""
        names = version_names(play.lesson)
        here = play.scenario.variant
        at = names.index(here) if here in names else 0
        return (*names[at:], *names[:at])

    def scenario(self, play: Play, name: str) -> Scenario:
        """Return the scenario of a version, made once. Raises LessonError where it cannot be made."""
        if name not in self._scenarios:
            self._scenarios[name] = scenario_named(play.lesson, name, play.scenario.memory)
        return self._scenarios[name]

    def switched(self, play: Play, name: str) -> tuple[Play, str]:
        """Return the run of another version under the same schedule, and a sentence about it. Raises LessonError."""
        if self._led_to != (play, play.session.schedule()):
            self._left, self._left_at = play, play.session.schedule()
        left = self._left
        if name == left.scenario.variant:
            left.session.jump(len(self._left_at))
            self._led_to = (left, self._left_at)
            return left, f"Back to {name}, as you left it."
        found = compare(left.scenario, self.scenario(play, name), self._left_at)
        other = Play(play.lesson, scenario=found.other)
        other.session.single = play.session.single
        other.take_over(play)
        other.session.play(found.other_keys)
        self._led_to = (other, found.other_keys)
        return other, _told(found)

    def compared(self, play: Play) -> Comparison | None:
        """Return the run that is played beside another version; None before the first step. Raises LessonError."""
        one, schedule, name = play, _recorded(play), self.names(play)[1:2]
        if play is not self._left and self._led_to == (play, play.session.schedule()):
            one, schedule, name = self._left, self._left_at, (play.scenario.variant,)
        if not schedule or not name:
            return None
        return compare(one.scenario, self.scenario(play, name[0]), schedule)


def _recorded(play: Play) -> Sequence[str]:
    return tuple(step.choice for step in play.session.steps)


def _told(found: Comparison) -> str:
    name = found.other.variant
    if found.parted is None and found.differ:
        return f"The same schedule under {name} ends differently. d shows them side by side."
    if found.parted is None and not all(row.same for row in found.rows):
        told = f"The same schedule under {name}: they part on lines alone that the versions do not share, and this is"
        return f"{told} its step {found.together}. d shows them side by side."
    if found.parted is None:
        return f"The same schedule under {name}: so far both do the same. d shows them side by side."
    row = found.rows[found.parted]
    does = deed(row.other) if row.other else row.why
    # the number that the step has in the run that is shown now
    step = found.together + 1
    return f"The same schedule under {name}: it parts at its step {step}, {does}. d shows them side by side."
