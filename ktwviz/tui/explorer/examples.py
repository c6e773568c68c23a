"""The counterexamples: which properties break, how soon, and the schedule to the selected state."""

from textual.content import Content

from ktwviz.tui.explorer.scene import BadRow, ExamplesView, Explored
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, joined, lines_of

ORDERS = {"steps": "shortest first", "switches": "fewest switches first"}


def draw_examples(scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return what breaks, which of the bad places is selected, and its schedule and token."""
    if scene.searching:
        return []
    view = scene.examples
    tail = [*_place(view, width, symbols), *_schedule(view, width, symbols)]
    head = columns(_row(row, symbols) for row in view.rows) or verdict_of_none(scene, width, symbols)
    room = max(1, height - len(tail))
    if view.rows and view.undetermined and len(head) < room:
        head.append(Content.styled(f"    {view.undetermined} others are undetermined", "$muted"))
    if len(head) > room:
        head = [*head[: room - 1], Content.styled(f"{symbols.more} {len(head) - room + 1} more", "$muted")]
    return [clip(line, width, symbols) for line in (*head, *tail)]


def _row(row: BadRow, symbols: Symbols) -> list[Content]:
    style = "bold" if row.here else ""
    name = joined(
        [Content.styled(symbols.next if row.here else " ", "bold $next"),
         Content.styled(symbols.bad, "bold $bad"), Content.styled(_clipped(row.name), style)], " ",
    )  # fmt: skip
    if row.steps < 0:
        return [name, Content.styled("not from here", "$muted")]
    times = Content.styled(symbols.text(f"×{row.places:,}"), "$muted")
    return [name, Content(f"{row.steps} steps"), Content.styled(turns(row.switches), "$muted"), times]


def _clipped(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29].rstrip()}."


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
        return [clip(Content(f"Found {which} states with {view.hits}"), width, symbols)]
    if not view.count:
        return []
    which = (
        f"Bad place {view.at} of {view.count:,}"
        if view.at
        else f"{view.count:,} bad places, n goes to the first"
    )
    return [Content(which)]


def _schedule(view: ExamplesView, width: int, symbols: Symbols) -> list[Content]:
    steps = f"{view.steps} steps, {turns(view.switches)}"
    return [
        joined([Content.styled("Selected", "$heading"), Content(steps)]),
        *lines_of(Content.styled(view.token, "$muted"), width),
    ]


class ExamplesPane(Pane[Explored]):
    """What breaks."""

    HELP_TEXT = (
        "The properties that break, each with its first counterexample. n and N go through all bad places; "
        "o lists those with the fewest context switches first."
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
        return Content("n next  N before  o order" if scene.examples.count else "")
