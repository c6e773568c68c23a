"""Foresight: through which choices the lesson's bug can still be met, in how many steps, and how likely it is.

All of it is read off the graph of every interleaving. What the graph does not know is said to be not known.
"""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.checker.facts import Odds
from ktwviz.checker.reach import NOT_KNOWN, Ahead
from ktwviz.lesson.search import GOAL, Found
from ktwviz.numerals import rounded
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, spread
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Foresight:
    """What lies ahead: of the state at the cursor, of each choice by key, and of the state after each recorded step.

    `bug` is what is looked out for, in words; `odds` how likely a random scheduler meets it from the start on.
    """

    bug: str
    here: Ahead
    choices: Mapping[str, Ahead]
    steps: tuple[Ahead, ...]
    odds: Odds | None
    complete: bool
    beyond: int = 0
    """The steps within which the goal counts, where it cannot be reached in so many any more; else 0."""

    @property
    def of_goal(self) -> bool:
        """Whether it is the goal that is looked out for, and not whatever breaks."""
        return self.bug == GOAL

    def of(self, key: str) -> Ahead:
        """Return what lies ahead through a choice."""
        return self.choices.get(key, NOT_KNOWN)


def foresee(found: Found, keys: Sequence[str], cursor: int) -> Foresight | None:
    """Return what lies ahead along a walk; None where the lesson has neither a goal nor anything that breaks."""
    bug, lookout = found.bug, found.bug_lookout
    if bug is None or lookout is None:
        return None
    stands = [lookout.start]
    for key in keys:
        stands.append(lookout.after(stands[-1], [key]))
    goal, here = found.scenario.lesson.goal, lookout.of(stands[cursor])
    most = goal.max_steps if goal is not None and bug.name == GOAL else 0
    return Foresight(
        bug.name,
        here,
        lookout.choices(stands[cursor]),
        tuple(map(lookout.of, stands[1:])),
        found.bug_odds,
        found.graph.complete,
        most if here.steps and cursor + here.steps > most else 0,
    )


def draw_sign(foresight: Foresight, key: str, symbols: Symbols) -> Content:
    """Return in how many steps a choice can lead there: a sign and a number, a question mark, another sign for never.

    What breaks is a cross, and a tick says that it does not; the goal is an arrow, and a dash where it is out of reach.
    """
    ahead, sign, style = foresight.of(key), symbols.bad, "$bad"
    if foresight.of_goal:
        sign, style = symbols.arrow, "$next"
    match ahead.known:
        case "never":
            return (
                Content.styled("-", "$muted")
                if foresight.of_goal
                else Content.styled(symbols.done, "$changed")
            )
        case "unknown":
            return Content.styled("?", "$muted")
        case "exact":
            return Content.styled(f"{sign}{ahead.steps}", style)
        case _:
            return Content.styled(f"{sign}{symbols.within}{ahead.steps}", style)


def draw_foresight(foresight: Foresight, width: int, symbols: Symbols) -> Content:
    """Return the line that says what lies ahead, and the odds."""
    head = Content.styled("Foresight", "$heading")
    line = joined([head, Content(tell_ahead(foresight))])
    odds = tell_odds(foresight.odds)
    # a number that is cut is another number: the words before it give way, then all of it
    for told in (odds, odds.replace(_FROM_START, "start: "), _briefly(foresight.odds)):
        if line.cell_length + len(told) + 2 <= width:
            return spread(line, Content.styled(told, "$muted"), width, symbols)
    return clip(line, width, symbols)


def tell_ahead(foresight: Foresight) -> str:
    """Return in a clause what lies ahead of the state at the cursor."""
    here, bug = foresight.here, foresight.bug
    if here.known == "never":
        return f"{bug} is out of reach"
    if here.known == "unknown":
        return f"not known whether {bug} can be reached"
    if here.steps == 0:
        return f"{bug} is met"
    least = "at least" if here.known == "exact" else "at most"
    steps = "1 step" if here.steps == 1 else f"{here.steps} steps"
    beyond = f", beyond the {foresight.beyond} that count" if foresight.beyond else ""
    return f"{bug} in {steps} {least}{beyond}{', and no schedule avoids it' if here.sealed else ''}"


def _briefly(odds: Odds | None) -> str:
    return f"start: 1 in {odds.one_in:.2g}" if odds is not None and 0 < odds.value < 1 else ""


_FROM_START = "from the start: "


def tell_odds(odds: Odds | None) -> str:
    """Return how often a scheduler that draws each step by lot meets the bug, from the start of the lesson on."""
    if odds is None:
        return ""
    if not odds.value:
        return f"{_FROM_START}no run meets it" if odds.kind != "at least" else "odds not known"
    if odds.value == 1:
        return f"{_FROM_START}every run"
    one_in = rounded(odds.one_in)
    if one_in == "1":
        return f"{_FROM_START}nearly every run"
    kind = "" if odds.kind == "exact" else f"{odds.kind} "
    return f"{_FROM_START}{kind}1 random run in {one_in}"


class ForesightLine(Static):
    """Shows the line; it is there only while foresight is on."""

    DEFAULT_CSS = """
    ForesightLine { height: 1; width: 1fr; padding: 0 1; display: none; &.-on { display: block; } }
    """

    foresight: reactive[Foresight | None] = reactive(None)

    def watch_foresight(self) -> None:
        """Take no room while it is off."""
        self.set_class(self.foresight is not None, "-on")

    def render(self) -> Content:
        """Draw the line."""
        if self.foresight is None:
            return Content("")
        return draw_foresight(self.foresight, self.content_size.width, glyphs_of(self))
