"""What the explorer draws, as data: made once a key, and only for the lines that are in view."""

from typing import Literal

from ktwviz.checker.reach import Ahead
from ktwviz.kernel.picture import Picture
from ktwviz.machine.history import Step
from ktwviz.tui.symbols import Symbols
from ktwviz.values import dataclass

Kind = Literal["bad", "end", "seen", "cut", "open"]


@dataclass(frozen=True)
class RowView:
    """One line of the tree: the choice, what it does, and the verdict on the state that it leads to.

    `mark` tells what stands below: "folded", "more" (choices that are not shown), "open", or "" where nothing does.
    `kind` is what the state is: bad, the end of a run, seen before, not followed further, or none of them. `below`
    counts the states that are reached first through it. `bad` are the properties that break here.
    """

    guides: str
    mark: str
    key: str
    name: str
    cpu: int
    text: str
    kind: Kind
    number: int
    below: int
    ahead: Ahead
    bad: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadRow:
    """A property that breaks: how often, and the steps and switches of its first counterexample.

    They are -1 where no schedule leads there from here. `here` says that it breaks at the cursor, `marked` that its
    row is in hand, `kept` that n and N keep to it.
    """

    name: str
    places: int
    steps: int
    switches: int
    here: bool
    marked: bool = False
    kept: bool = False


def shortened(name: str, most: int, symbols: Symbols) -> str:
    """Return a property's name in so many cells: those of a lesson's own are expressions."""
    return name if len(name) <= most else name[: most - len(symbols.more)].rstrip() + symbols.more


@dataclass(frozen=True)
class ExamplesView:
    """The counterexamples: a row for each property, and which of all bad places is selected, from 1; 0 for none.

    `nearest` says that of all bad places the nearest alone are gone through. `undetermined` counts the properties that
    are not known to hold, `why` says why the first of them is not.
    """

    rows: tuple[BadRow, ...] = ()
    order: str = "steps"
    at: int = 0
    count: int = 0
    hits: str = ""
    schedule: str = ""
    token: str = ""
    steps: int = 0
    switches: int = 0
    nearest: bool = False
    undetermined: int = 0
    why: str = ""


@dataclass(frozen=True)
class StateView:
    """The selected state: its number, the step that leads to it (None at the root), what breaks, and its picture."""

    number: int
    depth: int
    step: Step | None
    broken: tuple[tuple[str, str], ...]
    ahead: Ahead
    picture: Picture
    previous: Picture | None


@dataclass(frozen=True)
class MapView:
    """The states by their distance from the root, a byte each (SAFE, AHEAD, UNKNOWN, BAD), and the selected one."""

    levels: tuple[bytes, ...] = ()
    selected: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Explored:
    """Everything that the explorer draws.

    While `searching`, `states` counts those found so far. `bound` is empty for a complete search, else what ended it;
    `stopped` says that the learner did.
    """

    number: str
    title: str
    rule: str
    searching: bool = False
    states: int = 0
    bad: int = 0
    duplicates: int = 0
    depth: int = 0
    bound: str = ""
    stopped: bool = False
    start: int = 0
    only: str = ""
    rows: tuple[RowView, ...] = ()
    top: int = 0
    total: int = 0
    selected: int = 0
    examples: ExamplesView = ExamplesView()
    state: StateView | None = None
    map: MapView = MapView()
    notice: str = ""
