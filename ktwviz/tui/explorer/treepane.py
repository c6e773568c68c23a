"""The tree of choices: who runs, what that does, and at the end of the line the verdict on where it leads."""

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.checker.reach import Ahead
from ktwviz.tui.explorer.scene import Explored, RowView, shortened
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import fill, joined, spread
from ktwviz.tui.theme import cpu_role

LEVEL = 3
"""Cells that a level takes."""


def draw_row(row: RowView, selected: bool, width: int, symbols: Symbols) -> Content:
    """Return one line of the tree in `width` cells; the selected one has a ground of its own."""
    mark = {"folded": symbols.folded, "more": symbols.branch, "open": symbols.opened}.get(row.mark, " ")
    role = "bold $bad" if row.kind == "bad" else "$muted" if row.kind == "seen" else "$foreground"
    left = Content.assemble(
        (symbols.next if selected else " ", "bold $next"),
        (_guides(row.guides, width // 3, symbols), "$muted"),
        (f"{mark} ", "$next" if row.mark == "more" else "$muted"),
        (f"{row.key} {row.name}".strip(), f"bold {cpu_role(row.cpu)}"),
        "  " if row.key else "",
        (symbols.text(row.text), role if row.key else "bold"),
    )
    line = spread(left, draw_verdict(row, symbols, width), width, symbols)
    return line.stylize("on $panel") if selected else line


def _guides(letters: str, most: int, symbols: Symbols) -> str:
    """Return the lines that lead to a row; of a very deep one only the last levels, and how many are left out."""
    on, branch, last, dash = tuple(symbols.tree)
    levels = max(1, most // LEVEL)
    cut = ""
    if len(letters) > levels:
        cut = f"{len(letters) - levels + 1}{symbols.more}"[: 2 * LEVEL].ljust(LEVEL)
        letters = letters[-levels + 1 :] if levels > 1 else ""
    shown = {"I": f"{on}  ", "T": f"{branch}{dash} ", "L": f"{last}{dash} ", " ": "   "}
    return cut + "".join(shown[letter] for letter in letters)


def draw_verdict(row: RowView, symbols: Symbols, width: int = 0) -> Content:
    """Return what is known of the state at the end of a line of `width` cells."""
    if row.kind == "bad":
        others = f" +{len(row.bad) - 1}" if len(row.bad) > 1 else ""
        return Content.styled(
            f"{symbols.bad} {shortened(row.bad[0], max(24, width // 3), symbols)}{others}", "bold $bad"
        )
    if row.kind == "end":
        return Content.styled(f"{symbols.done} end", "$changed")
    if row.kind == "cut":
        return Content.styled(f"{symbols.more} not followed", "$muted")
    ahead = draw_ahead(row.ahead, symbols)
    if row.kind == "seen":
        return joined([Content.styled(f"{symbols.seen} #{row.number}", "$muted"), ahead])
    below = Content.styled(f"{symbols.more} {row.below:,}", "$muted") if row.mark == "folded" else Content("")
    return joined([below, ahead])


def draw_ahead(ahead: Ahead, symbols: Symbols) -> Content:
    """Return in how many steps something bad can be met, in a column of its own width."""
    match ahead.known:
        case "never":
            return Content.styled(f"{symbols.done}".rjust(5), "$changed")
        case "unknown":
            return Content.styled("?".rjust(5), "$muted")
        case "exact":
            return Content.styled(f"{symbols.bad} {ahead.steps:>3}", "$bad")
        case _:
            return Content.styled(f"{symbols.bad} {symbols.within}{ahead.steps}", "$bad")


def draw_tree(scene: Explored, width: int, symbols: Symbols) -> list[Content]:
    """Return the lines in view."""
    if scene.searching:
        return [Content.styled("Every order in which the choices can be made is tried.", "$muted")]
    return [
        draw_row(row, scene.top + place == scene.selected, width, symbols)
        for place, row in enumerate(scene.rows)
    ]


def draw_signs(width: int, symbols: Symbols) -> Content:
    """Return what the signs at the end of a line mean, as many as there is room for, without a number like a result."""
    signs = [
        f"{symbols.bad} n: bad in n steps",
        f"{symbols.done} nothing bad ahead",
        f"{symbols.seen} seen before",
        f"{symbols.more} folded",
        f"{symbols.branch} more choices",
    ]
    while len(signs) > 1 and len("   ".join(signs)) > width:
        signs.pop()
    return Content("   ".join(signs))


class TreePane(Pane[Explored]):
    """The tree; a click selects a line, a click on the selected one opens it."""

    HELP_TEXT = (
        "Every choice of the scheduler, from top to bottom. A context that goes on keeps its column; another one "
        "branches off to the right. The end of a line tells where it leads: something breaks; a state seen before, "
        "with its number; how many states are folded; then in how many steps something bad can be met, or that "
        "nothing bad can follow."
    )

    class Clicked(Message):
        """A line was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    class Resized(Message):
        """There is room for more lines, or for fewer."""

    class Scrolled(Message):
        """The wheel was turned."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def draw(self, scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the lines in view."""
        return [fill(line, width, symbols) for line in draw_tree(scene, width, symbols)[:height]]

    def draw_title(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell which code runs, and from where."""
        start = f", from step {scene.start}" if scene.start else ""
        only = f"   branches of {scene.only} only" if scene.only else ""
        return Content(f"Interleavings under {scene.rule}{start}{only}")

    def draw_subtitle(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell the signs."""
        return draw_signs(self.content_size.width - 2, symbols)

    def on_resize(self) -> None:
        """Have the screen choose anew which lines are in view."""
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which line was clicked."""
        offset = event.get_content_offset(self)
        if self.scene is not None and offset is not None:
            self.post_message(self.Clicked(self.scene.top + offset.y))

    def on_mouse_scroll_down(self) -> None:
        """Move down."""
        self.post_message(self.Scrolled(3))

    def on_mouse_scroll_up(self) -> None:
        """Move up."""
        self.post_message(self.Scrolled(-3))
