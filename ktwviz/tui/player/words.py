"""The words of memory: locals of the context in hand, and every word that the last move changed."""

from textual.content import Content

from ktwviz.machine.snapshot import ContextView, FieldView
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns

WIDEST_VALUE = 20
"""Cells of most values. A path that is longer than the rest of the line moves its value, and does not hide it."""


def draw_words(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the locals of the context in hand, then memory, as much as fits; changes come first."""
    return words_of(scene, width, symbols)[:height]


def words_of(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return all of them."""
    lines = _locals(context_in_hand(scene))
    fields = sorted(_fields(scene), key=lambda field: not scene.matters(field.path))
    changed = [field for field in fields if scene.changed(field.path)]
    rest = [field for field in fields if not scene.changed(field.path)]
    rows = [
        [
            Content.styled(f"{symbols.changed} ", "bold $changed")
            + value(Content.styled(field.path, "bold"), field.path),
            Content.styled(field.text, "bold $changed"),
        ]
        for field in changed
    ]
    rows += [
        [Content("  ") + value(Content.styled(field.path, "$muted"), field.path), Content(field.text)]
        for field in rest
    ]
    column = min(
        max((path.cell_length for path, _ in rows), default=0), max(width // 2, width - WIDEST_VALUE)
    )
    drawn = [path.pad_right(max(0, column - path.cell_length)) + Content("  ") + text for path, text in rows]
    return [clip(line, width, symbols) for line in [*lines, *drawn]]


def context_in_hand(scene: Scene) -> ContextView | None:
    """Return the context that the learner marked to look at it, else the one that space runs."""
    number = scene.marked if scene.pinned or not scene.next_key.isdigit() else int(scene.next_key)
    return next((context for context in scene.contexts if context.number == number), None)


def _locals(context: ContextView | None) -> list[Content]:
    place = context.place() if context else None
    if context is None or place is None or not place.locals:
        return []
    rows = [[Content.styled(f"  {name}", "$muted"), Content(value)] for name, value in place.locals]
    return [Content.styled(f"locals of {context.name}", "$heading"), *columns(rows), Content("")]


def _fields(scene: Scene) -> list[FieldView]:
    return [
        field for thing in scene.picture.machine.objects for field in thing.fields if thing.life == "live"
    ]


class WordsPane(ValuesPane):
    """Locals and memory."""

    HELP_TEXT = "The locals of the marked context, and the words of memory, those just changed first."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the words."""
        return draw_words(scene, width, height, symbols)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw every word of memory."""
        return words_of(scene, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Locals and memory")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell how many words the last move changed."""
        count = len(scene.changes)
        return Content.styled(f"{count} changed {symbols.changed}", "$changed") if count else Content("")
