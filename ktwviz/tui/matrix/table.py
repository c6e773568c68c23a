"""The table: a line for each race, a column for each version, the selected cell marked."""

from textual import events
from textual.content import Content
from textual.message import Message

from ktwviz.export.matrix import HEADS, thousands, title
from ktwviz.lesson.matrix import COLUMNS, RULE, Cell
from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.pane import Pane
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, fill

NARROW, WIDE = 8, 15
"""The width of a column, with and without words beside the signs."""
LONGEST_TITLE = 64
WORDS_FROM = 110
"""The width from which on there is room for words."""


def column_width(width: int) -> int:
    """Return how wide the columns are."""
    return WIDE if width >= WORDS_FROM else NARROW


def title_width(width: int) -> int:
    """Return how wide the titles are."""
    return min(LONGEST_TITLE, width - len(COLUMNS) * column_width(width))


def sign_of(cell: Cell | None, symbols: Symbols) -> tuple[str, str]:
    """Return sign and style of a cell; None for one that is not worked out yet."""
    if cell is None:
        return symbols.idle, "$muted"
    return {
        "holds": (symbols.done, "$changed"),
        "broken": (symbols.bad, "bold $bad"),
        "other": (symbols.interrupted, "bold $next"),
        "undetermined": ("?", "bold $next"),
        "absent": ("-", "$muted"),
    }[cell.kind]


def draw_cell(cell: Cell | None, symbols: Symbols, *, words: bool, exists: bool = True) -> Content:
    """Return "✗ broken 41", without words "✗ 41"; "-" where the row has no such cell."""
    if not exists:
        return Content.styled("-", "$muted")
    sign, style = sign_of(cell, symbols)
    if cell is None or cell.kind == "absent":
        return Content.styled(sign, style)
    count = str(cell.steps) if cell.kind in ("broken", "other") else thousands(cell.states, brief=not words)
    word = {"undetermined": "open"}.get(cell.kind, cell.kind) if words else ""
    return Content.styled(" ".join(filter(None, [sign, word, count])), style)


def draw_table(scene: Table, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the heads and the rows in view."""
    room, each = title_width(width), column_width(width)
    heads = [HEADS[column] if each == WIDE or column != RULE else "rule" for column in COLUMNS]
    head = fill(Content.styled("race", "$muted"), room, symbols)
    for number, name in enumerate(heads):
        style = "bold $next" if number == scene.column else "$heading"
        head += fill(Content.styled(f" {name}", style), each, symbols)
    rows = range(scene.top, min(len(scene.rows), scene.top + height - 1))
    return [head, *(_row(scene, number, room, each, symbols) for number in rows)]


def _row(scene: Table, number: int, room: int, each: int, symbols: Symbols) -> Content:
    marked = number == scene.row
    name = symbols.text(title(scene.rows[number], room - 1, symbols.more))
    line = fill(Content.styled(name, "bold" if marked else ""), room, symbols)
    for column in range(len(COLUMNS)):
        drawn = draw_cell(
            scene.at(number, column), symbols, words=each == WIDE, exists=scene.exists(number, column)
        )
        selected = marked and column == scene.column
        cell = (
            Content.styled(f"{symbols.next}{drawn.plain}", "bold reverse")
            if selected
            else Content(" ") + drawn
        )
        line += fill(cell, each - 1, symbols) + Content(" ")
    return line


class TablePane(Pane[Table]):
    """The table."""

    HELP_TEXT = (
        "A line for each race, or for each rule of a lesson, and a column for each version of the code. A cell says "
        "what all interleavings say: it holds, after so many states; it is broken, in so many steps; the race is "
        "not there but something else breaks; or it is not known. What is selected is explained below."
    )

    class Clicked(Message):
        """A cell was clicked, or the title of a row (column -1)."""

        def __init__(self, row: int, column: int) -> None:
            super().__init__()
            self.row = row
            self.column = column

    class Scrolled(Message):
        """The wheel was turned."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def draw(self, scene: Table, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the rows in view."""
        return draw_table(scene, width, height, symbols)

    def draw_title(self, scene: Table, symbols: Symbols) -> Content:
        """Tell what it is, and of how many lessons: one with several rules has a row for each."""
        lessons, races = len({row.lesson.id for row in scene.rows}), len(scene.rows)
        where = f", {races} in {lessons} lessons" if lessons != races else ""
        return Content(f"Every race on every version of the code{where}")

    def draw_subtitle(self, scene: Table, symbols: Symbols) -> Content:
        """Tell the signs."""
        signs = (
            f"{symbols.done} holds, states  {symbols.bad} broken, steps  {symbols.interrupted} something else breaks  "
            f"? not known"
        )
        return clip(Content(signs), max(0, self.content_size.width - 2), symbols)

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which cell was clicked."""
        offset = event.get_content_offset(self)
        if self.scene is None or offset is None or offset.y < 1:
            return
        width = self.content_size.width
        left = offset.x - title_width(width)
        column = left // column_width(width) if left >= 0 else -1
        self.post_message(self.Clicked(self.scene.top + offset.y - 1, min(column, len(COLUMNS) - 1)))

    def on_mouse_scroll_down(self) -> None:
        """Move down."""
        self.post_message(self.Scrolled(3))

    def on_mouse_scroll_up(self) -> None:
        """Move up."""
        self.post_message(self.Scrolled(-3))
