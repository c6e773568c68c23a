"""The code of one context: the line that runs next, those that just ran, and why it cannot go on."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from ktwviz.machine.snapshot import ContextView, Place
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.code import CodeLine, place_lines
from ktwviz.tui.player.scene import BLOCKED, Scene
from ktwviz.tui.player.standing import cpu_of, irq_state, standing
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, fill, joined, lines_of
from ktwviz.tui.theme import cpu_role

LEAST_REASON = 16


def draw_source(scene: Scene, context: ContextView, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the lines of a source pane."""
    place = context.place(single=scene.single)
    if place is None or context.status in ("off", "done"):
        return [line for line in lines_of(Content.styled(_absent(context, symbols), "$muted"), width)][:height]
    done = lines_done(scene, context, place)
    code = place_lines(place, height)
    digits = len(str(code[-1].number)) if code else 1
    return [_code_line(line, done, place, context, scene, digits, width, symbols) for line in code]


def lines_done(scene: Scene, context: ContextView, place: Place) -> frozenset[int]:
    """Return the numbers of the lines of `place` that the last move ran in this context."""
    return frozenset(
        step.line
        for step in scene.last
        if step.choice == str(context.number) and step.file == place.file
    )


def source_title(scene: Scene, context: ContextView, symbols: Symbols) -> Content:
    """Return "1 client  CPU0 task  next  irq off"; bold where the context moved last."""
    style = f"bold {cpu_role(context.cpu)}" if context.number in scene.moved[:1] else cpu_role(context.cpu)
    number = Content.styled(f"{context.number} {context.name}", style)
    where = Content.styled(f"CPU{context.cpu} {context.kind}", "$muted")
    cpu = cpu_of(context, scene)
    irq = irq_state(cpu) if cpu is not None and context.status not in ("off", "done") else Content("")
    return joined([number, where, standing(context, scene, symbols).content(), irq])


def source_subtitle(scene: Scene, context: ContextView) -> Content:
    """Return the function; with single accesses, the access that comes next as well."""
    place = context.place(single=scene.single)
    if place is None or context.status in ("off", "done"):
        return Content("")
    access = context.next_access if scene.single else ""
    return joined([Content.styled(access, "$next"), Content(f"{place.function}()")])


def _code_line(
    line: CodeLine,
    done: frozenset[int],
    place: Place,
    context: ContextView,
    scene: Scene,
    digits: int,
    width: int,
    symbols: Symbols,
) -> Content:
    number = Content.styled(f"{line.number:>{digits}}", "$muted")
    if line.number != place.line:
        mark = Content.styled(symbols.done, "$changed") if line.number in done else Content(" ")
        return clip(joined([number + mark, line.styled], " "), width, symbols)
    state = standing(context, scene, symbols)
    glyph = state.glyph or symbols.next
    text = f"{line.number:>{digits}}{glyph} {line.text}"
    if context.status == "ready":
        style = "bold reverse $next" if scene.next_key == str(context.number) else "bold $foreground on $panel"
        return fill(text, width, symbols).stylize(style)
    return _with_reason(Content.styled(text, f"bold {state.style} on $panel"), context, width, symbols)


def _with_reason(text: Content, context: ContextView, width: int, symbols: Symbols) -> Content:
    room = width - text.cell_length - 3
    if context.status not in BLOCKED or not context.reason or room < LEAST_REASON:
        return fill(text, width, symbols).stylize("on $panel")
    reason = clip(Content.styled(context.reason, "italic $muted"), room, symbols)
    return fill(text + Content("   ") + reason, width, symbols).stylize("on $panel")


def _absent(context: ContextView, symbols: Symbols) -> str:
    if context.status == "done":
        return f"{symbols.done} {context.name} has returned."
    return context.reason or f"{context.name} is idle."


class SourcePane(Pane[Scene]):
    """Shows the context with number `number`. A click marks it, a click on the next line runs it."""

    DEFAULT_CSS = """
    SourcePane { &.-marked { border-title-style: underline; } }
    """

    HELP_TEXT = "The code of one context. The bar marks the line that runs next, a check mark what just ran."

    number: reactive[int] = reactive(0, repaint=False)

    class Clicked(Message):
        """A source was clicked; `run` where the click hit the line that runs next."""

        def __init__(self, number: int, *, run: bool) -> None:
            super().__init__()
            self.number = number
            self.run = run

    def watch_number(self) -> None:
        """Draw the other context."""
        self.redraw()

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the code."""
        context = self._shown(scene)
        return draw_source(scene, context, width, height, symbols) if context else []

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw who it is and how it stands."""
        context = self._shown(scene)
        return source_title(scene, context, symbols) if context else Content("")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the function's name."""
        context = self._shown(scene)
        return source_subtitle(scene, context) if context else Content("")

    def on_click(self, event: events.Click) -> None:
        """Tell the screen; whether to run is seen from the line that was hit."""
        context = self._shown(self.scene) if self.scene else None
        offset = event.get_content_offset(self)
        if context is None or self.scene is None:
            return
        place = context.place(single=self.scene.single)
        shown = place_lines(place, self.content_size.height) if place else ()
        hit = offset is not None and offset.y < len(shown) and place is not None
        run = hit and place is not None and offset is not None and shown[offset.y].number == place.line
        self.post_message(self.Clicked(self.number, run=run))

    def _shown(self, scene: Scene) -> ContextView | None:
        return next((context for context in scene.contexts if context.number == self.number), None)
