"""The first line of the player: where, what, which step, what time, and the one alarm."""

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined

MOST = 78
BAR = 8


def draw_headline(scene: Scene, width: int, symbols: Symbols, *, playing: bool = False) -> Content:
    """Return the headline, never wider than 78 cells; the bar gives way, then the title."""
    room = min(width, MOST)
    facts = [_version(scene), _time(scene), _mode(scene, symbols, playing), _alarm(scene, symbols)]
    title = " ".join(part for part in (scene.story.number, symbols.text(scene.story.title)) if part)
    head = Content.assemble((" ktwviz", "bold $next"), (" > ", "$muted"), (title, "bold"))
    tail = joined([_step(scene), _bar(scene, symbols), *facts])
    if head.cell_length + 3 + tail.cell_length > room:
        tail = joined([_step(scene), *facts])
    return clip(head, room - tail.cell_length - 3, symbols) + Content("   ") + tail


def _step(scene: Scene) -> Content:
    """Return the step, and that to which space leads from here, along the walk or the script."""
    total = scene.story.leads_to
    return Content(f"step {scene.cursor}/{total}" if total else f"step {scene.cursor}")


def _bar(scene: Scene, symbols: Symbols) -> Content:
    """Return how much of the script is done."""
    if not scene.story.beats:
        return Content("")
    full = round(BAR * scene.story.beat / scene.story.beats)
    return Content.assemble((symbols.bar_full * full, "$next"), (symbols.bar_empty * (BAR - full), "$muted"))


def _version(scene: Scene) -> Content:
    """Return under which rule the lesson is played, where it is not its own."""
    return (
        Content.styled(f"under {scene.story.version}", "bold $next") if scene.story.version else Content("")
    )


def _time(scene: Scene) -> Content:
    return Content.styled(f"jiffies {scene.picture.machine.time}", "$muted")


def _mode(scene: Scene, symbols: Symbols, playing: bool) -> Content:
    if playing:
        return Content.styled(f"{symbols.next} playing", "bold $next")
    return Content.styled("by access", "$next") if scene.single else Content("")


def _alarm(scene: Scene, symbols: Symbols) -> Content:
    """Return the worst that has happened, in a word."""
    seen = {event.kind for column in scene.columns[: scene.cursor] for event in column.step.events}
    happened = {
        "list broken": bool(scene.picture.broken_lists),
        "oops": "oops" in seen,
        "BUG": "bug" in seen,
        "at a limit": "limit" in seen,
        "bad end": bool(scene.bad_end),
        "WARNING": "warn" in seen,
    }
    worst = next((word for word, so in happened.items() if so), "")
    return Content.styled(f"{symbols.bad} {worst}", "bold $bad") if worst else Content("")


class Headline(Static):
    """The player's first line."""

    DEFAULT_CSS = """
    Headline { height: 1; width: 1fr; background: $panel; }
    """

    scene: reactive[Scene | None] = reactive(None)
    playing: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """Draw the headline."""
        if self.scene is None:
            return Content("")
        return draw_headline(self.scene, self.content_size.width, glyphs_of(self), playing=self.playing)
