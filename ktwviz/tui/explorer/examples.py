"""The counterexamples: which properties break, how soon, and the schedule to the selected state."""

from textual.content import Content

from ktwviz.tui.explorer.scene import BadRow, ExamplesView, Explored, shortened
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, joined, lines_of

_COUNTS = 36
"""The cells that the counts beside a name take."""

ORDERS = {"steps": "shortest first", "switches": "fewest switches first"}


def draw_examples(scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return what breaks, which of the bad places is selected, and its schedule and token."""
    if scene.searching:
        return []
    view = scene.examples
    tail = [*_place(view, width, symbols), *_schedule(view, width, symbols)]
    rows = (_row(row, width, symbols, from_here=bool(scene.start)) for row in view.rows)
    head = columns(rows) or verdict_of_none(scene, width, symbols)
    room = max(1, height - len(tail))
    if view.rows and view.undetermined:
        told = f"{view.undetermined} other{'s' * (view.undetermined > 1)} open: {view.why}"
        why = lines_of(Content.styled(symbols.text(told), "$muted"), width)
        head += why if len(head) + len(why) <= room else [clip(Content("  ").join(why), width, symbols)]
    if len(head) > room:
        head = [*head[: room - 1], Content.styled(f"{symbols.more} {len(head) - room + 1} more", "$muted")]
    return [clip(line, width, symbols) for line in (*head, *tail)]


def _row(row: BadRow, width: int, symbols: Symbols, *, from_here: bool) -> list[Content]:
    style = "bold" if row.here or row.marked else ""
    mark = symbols.changed if row.kept else symbols.next if row.here or row.marked else " "
    name = joined(
        [Content.styled(mark, "bold $next"), Content.styled(symbols.bad, "bold $bad"),
         Content.styled(shortened(row.name, max(20, width - _COUNTS - 10 * from_here), symbols), style)], " ",
    )  # fmt: skip
    if row.steps < 0:
        return [name, Content.styled("not from here", "$muted")]
    times = Content.styled(symbols.text(f"×{row.places:,}"), "$muted")
    steps = f"{plural(row.steps, 'step')}{' from here' if from_here else ''}"
    return [name, Content(steps), Content.styled(turns(row.switches), "$muted"), times]


def plural(count: int, noun: str) -> str:
    """Return "1 step", "1,024 steps"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def turns(count: int) -> str:
    """Return "3 switches"."""
    return f"{count} switch" if count == 1 else f"{count} switches"


def verdict_of_none(scene: Explored, width: int, symbols: Symbols) -> list[Content]:
    """Return what is known where nothing breaks: that it holds, or that not all was seen."""
    if scene.stopped:
        text = Content.styled(
            f"undetermined: stopped by you at {scene.states:,} states; r searches again", "bold $next"
        )
    elif scene.bound:
        text = Content.styled(
            f"undetermined: nothing breaks in {scene.states:,} states, and the search ended there",
            "bold $next",
        )
    elif scene.examples.undetermined:
        text = Content.styled(
            f"Nothing breaks; {scene.examples.undetermined} undetermined: {scene.examples.why}", "bold $next"
        )
    else:
        text = Content.styled(
            f"{symbols.done} Nothing breaks, whatever the order: all of it was seen.", "bold $changed"
        )
    return lines_of(text, width)


def _place(view: ExamplesView, width: int, symbols: Symbols) -> list[Content]:
    if view.hits:
        which = f"{view.at} of {view.count:,}" if view.at else f"{view.count:,}"
        noun = "state" if view.count == 1 else "states"
        return [clip(Content(f"Found {which} {noun} with {view.hits}"), width, symbols)]
    if not view.count:
        return []
    kept = next((f" of {row.name}" for row in view.rows if row.kept), "")
    near = ", the nearest ones" if view.nearest else ""
    which = (
        f"Bad place {view.at:,} of {view.count:,}{near}{kept}"
        if view.at
        else f"{plural(view.count, 'bad place')}{near}{kept}: n goes to the first"
    )
    return [clip(Content(symbols.text(which)), width, symbols)]


def _schedule(view: ExamplesView, width: int, symbols: Symbols) -> list[Content]:
    steps = f"{plural(view.steps, 'step')}, {turns(view.switches)}, from the start"
    return [
        joined([Content.styled("Selected", "$heading"), Content(steps)]),
        *lines_of(Content.styled(view.token, "$muted"), width),
    ]


class ExamplesPane(Pane[Explored]):
    """What breaks."""

    HELP_TEXT = (
        "The properties that break, each with its first counterexample. n and N go through all bad places; enter "
        "on a row keeps to that property, and again goes through all. o lists those with the fewest context "
        "switches first."
    )

    def draw(self, scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the list."""
        return draw_examples(scene, width, height, symbols)

    def draw_title(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell the order."""
        return Content(
            f"What breaks, {ORDERS[scene.examples.order]}" if scene.examples.rows else "What breaks"
        )

    def draw_subtitle(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell the keys."""
        if not scene.examples.count:
            return Content("")
        kept = any(row.kept for row in scene.examples.rows)
        marked = any(row.marked for row in scene.examples.rows)
        enter = f"enter {'all of them' if kept else 'keep to it'}  " if marked else ""
        return Content(f"{enter}n next  N before  o order")
