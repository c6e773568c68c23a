"""Predicates live: what the kernel's own questions answer at this moment, and whether the lesson's claims hold."""

from textual.content import Content

from ktwviz.lesson.watching import Watched
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, lines_of


def draw_predicates(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return a line for each predicate, its value at the end; below them the claims, with a sign."""
    asked = [watched for watched in scene.watched if not watched.claim]
    claimed = [watched for watched in scene.watched if watched.claim]
    if not scene.watched:
        return [Content.styled("Nothing is asked here.", "$muted")]
    longest = min(width - 8, max((len(watched.text) for watched in asked), default=0))
    lines = [_predicate(watched, longest, symbols) for watched in asked]
    if claimed:
        lines += [Content(""), Content.styled("must hold always", "$heading")]
    for watched in claimed:
        lines += _claim(watched, width, symbols)
    return [clip(line, width, symbols) for line in lines]


def _predicate(watched: Watched, longest: int, symbols: Symbols) -> Content:
    text = clip(Content(watched.text), longest, symbols)
    value = {True: "true", False: "false", None: "-"}[watched.value]
    style = "bold $changed" if watched.changed else "bold" if watched.value else "$muted"
    return (
        _star(watched, symbols)
        + text.pad_right(longest - text.cell_length + 1)
        + Content.styled(value, style)
    )


def _claim(watched: Watched, width: int, symbols: Symbols) -> list[Content]:
    sign, style = {
        True: (symbols.done, "$changed"),
        False: (symbols.bad, "bold $bad"),
        None: (symbols.idle, "$muted"),
    }[watched.value]
    first, *rest = lines_of(Content(watched.text), width - 4)
    head = _star(watched, symbols) + Content.styled(f"{sign} ", style) + first
    return [head, *(Content("    ") + line for line in rest)]


def _star(watched: Watched, symbols: Symbols) -> Content:
    return Content.styled(f"{symbols.changed} ", "bold $changed") if watched.changed else Content("  ")


class PredicatesPane(Pane[Scene]):
    """Predicates and claims."""

    HELP_TEXT = "What the kernel's questions answer now, and whether what the lesson claims holds."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw them."""
        return draw_predicates(scene, width, symbols)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of them."""
        return draw_predicates(scene, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Predicates")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell how many claims are broken."""
        broken = sum(watched.claim and watched.value is False for watched in scene.watched)
        return Content.styled(f"{symbols.bad} {broken} broken", "bold $bad") if broken else Content("")
