"""The code of one context: the line that runs next, those that just ran, and why it cannot go on."""

from textwrap import wrap

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from ktwviz.lesson.fix import YOUR_CODE
from ktwviz.machine.snapshot import ContextView, Place
from ktwviz.tui.pane import Pane, glyphs_of
from ktwviz.tui.player.code import CodeLine, listing
from ktwviz.tui.player.scene import BLOCKED, Scene
from ktwviz.tui.player.standing import cpu_of, irq_state, standing
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, fill, joined, lines_of
from ktwviz.tui.theme import cpu_role

LEAST_REASON = 16


def draw_source(
    scene: Scene, context: ContextView, width: int, height: int, symbols: Symbols
) -> list[Content]:
    """Return the lines of a source pane."""
    return [line for _, line in source_rows(scene, context, width, height, symbols)]


def source_rows(
    scene: Scene, context: ContextView, width: int, height: int, symbols: Symbols
) -> list[tuple[int, Content]]:
    """Return the lines of a source pane with the numbers that they have in the file.

    The line that runs next is shown in full, over several rows if it must be; the others are cut.
    """
    place = context.place(single=scene.single)
    if place is None or context.status in ("off", "done"):
        said = lines_of(Content.styled(_absent(scene, context, symbols), "$muted"), width)
        return [(0, line) for line in said[:height]]
    shown = listing(place, height, scene.tongue, lines_done(scene, context, place))
    code, here = shown.lines, shown.here
    digits = len(str(code[-1].number)) if code else 1
    rows: list[tuple[int, Content]] = []
    for line in code:
        if line.free:
            rows.append((0, clip(Content(" " * (digits + 2)) + line.styled, width, symbols)))
        elif line.number == here:
            sign = _patched(line, place, scene, symbols)
            bar = _next_lines(
                line, digits, sign, scene, context, width=width, full=height > 2, symbols=symbols
            )
            rows += [(line.number, row) for row in bar]
        else:
            marks = _marks(line, place, scene, symbols, done=line.number in shown.done)
            rows.append((line.number, clip(_numbered(line, digits, marks), width, symbols)))
    return _in_view(rows, here, height)


def _in_view(rows: list[tuple[int, Content]], line: int, height: int) -> list[tuple[int, Content]]:
    """Return as many of the rows as fit, those of `line` among them."""
    last = max((n for n, (number, _) in enumerate(rows) if number == line), default=0)
    start = max(0, last + 1 - height)
    return rows[start : start + height]


def lines_done(scene: Scene, context: ContextView, place: Place) -> frozenset[int]:
    """Return the numbers of the lines of `place` that the last move ran in this context."""
    mine = (step for step in scene.last if step.choice == str(context.number))
    return frozenset(step.line for step in mine if (step.file, step.function) == (place.file, place.function))


def source_title(scene: Scene, context: ContextView, symbols: Symbols) -> Content:
    """Return "1 client  CPU0 task  next  irq off"; bold where the context moved last."""
    style = f"bold {cpu_role(context.cpu)}" if context.number in scene.moved[:1] else cpu_role(context.cpu)
    number = Content.styled(f"{context.number} {context.name}", style)
    where = Content.styled(f"CPU{context.cpu} {context.kind}", "$muted")
    cpu = cpu_of(context, scene)
    irq = irq_state(cpu) if cpu is not None and context.status not in ("off", "done") else Content("")
    return joined([number, where, standing(context, scene, symbols).content(), irq])


def source_subtitle(scene: Scene, context: ContextView, width: int, symbols: Symbols) -> Content:
    """Return the function and who called it; with single accesses, the access that comes next as well."""
    place = context.place(single=scene.single)
    if place is None or context.status in ("off", "done"):
        return Content("")
    access = f"next: {context.next_access}" if scene.single and context.next_access else ""
    yours = Content.styled(whose(place), "bold $next")
    chain = Content(call_chain(context, place, scene, width - len(access) - yours.cell_length - 6, symbols))
    return joined([Content.styled(access, "$next"), chain, yours], "   ")


def whose(place: Place) -> str:
    """Return "your code" where the learner wrote what runs."""
    return YOUR_CODE if place.file == YOUR_CODE else ""


def call_chain(context: ContextView, place: Place, scene: Scene, room: int, symbols: Symbols) -> str:
    """Return "client:39 > queue_kthread_work()": at which line the callers are, outermost first, then the function.

    Where there is no room for all, those between the first and the last are left out, then the first: the function
    itself is never cut. That of a task has the task's name, which stands in the title already.
    """
    shown = [other for other in context.stack if scene.single or not other.folded]
    callers = [f"{other.function}:{other.line}" for other in shown[: _depth(shown, place)]]
    here = f"{place.function}()"
    if not callers:
        return here
    between = f" {symbols.more} " if len(callers) > 1 else " > "
    line = callers[0].removeprefix(context.name)
    ways = (
        " > ".join([*callers, here]),
        " > ".join([callers[0], symbols.more, here]),
        callers[0] + between + here,
        line + between + here,
    )
    return next((way for way in ways if len(way) <= room), here)


def _depth(stack: list[Place], place: Place) -> int:
    """Return how many functions of a stack are above a place."""
    return next((depth for depth in range(len(stack) - 1, -1, -1) if stack[depth] == place), 0)


def _marks(line: CodeLine, place: Place, scene: Scene, symbols: Symbols, *, done: bool) -> Content:
    """Return whether a line just ran, and whether the lesson changed it."""
    ran = Content.styled(symbols.done, "$changed") if done else Content(" ")
    return ran + Content.styled(_patched(line, place, scene, symbols), "bold $heading")


def _patched(line: CodeLine, place: Place, scene: Scene, symbols: Symbols) -> str:
    return symbols.patched if (place.function, line.number) in scene.patched else " "


def _numbered(line: CodeLine, digits: int, marks: Content) -> Content:
    return Content.styled(f"{line.number:>{digits}}", "$muted") + marks + line.styled


def _next_lines(
    line: CodeLine,
    digits: int,
    sign: str,
    scene: Scene,
    context: ContextView,
    *,
    width: int,
    full: bool,
    symbols: Symbols,
) -> list[Content]:
    """Return the line that runs next: a bar for what space runs, else bold, with the reason if it is blocked."""
    state = standing(context, scene, symbols)
    head = f"{line.number:>{digits}}{state.glyph or symbols.next}{sign}"
    first, *rest = _wrapped(line.text, width - len(head)) if full else [line.text]
    texts = [head + first, *(" " * len(head) + text for text in rest)]
    if scene.next_key == str(context.number) and context.status == "ready":
        return [fill(text, width, symbols).stylize("bold reverse $next") for text in texts]
    style = "$foreground" if context.status == "ready" else state.style
    shown = [Content.styled(text, f"bold {style}") for text in texts]
    room = width - shown[-1].cell_length - 3
    if context.status in BLOCKED and room >= LEAST_REASON:
        reason = clip(scene.reason(context), room, symbols).stylize("italic $muted")
        shown[-1] = shown[-1] + Content("   ") + reason
    return [fill(row, width, symbols).stylize_before("on $bar") for row in shown]


def _wrapped(text: str, width: int) -> list[str]:
    """Return a line of code in pieces that fit, the later ones indented a little more; a comment goes first."""
    if len(text) > width:
        text = text.partition("  # ")[0].partition("  /* ")[0]
    indent = len(text) - len(text.lstrip()) + 4
    if len(text) <= width or width <= indent + LEAST_REASON:
        return [text]
    pieces = wrap(text.lstrip(), width - indent)
    first = " " * (indent - 4) + pieces[0]
    return [first, *(" " * indent + piece for piece in pieces[1:])]


def _absent(scene: Scene, context: ContextView, symbols: Symbols) -> str:
    if context.status == "done":
        return f"{symbols.done} {context.name} has returned."
    if context.status == "ready":
        return f"May enter CPU{context.cpu} now: press {context.number}."
    return f"Idle: {scene.reason(context)}."


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
        width = self.content_size.width - 2
        return source_subtitle(scene, context, width, symbols) if context else Content("")

    def on_click(self, event: events.Click) -> None:
        """Tell the screen; whether to run is seen from the line that was hit."""
        context = self._shown(self.scene) if self.scene else None
        offset = event.get_content_offset(self)
        if context is None or self.scene is None:
            return
        width, height = self.content_size
        rows = source_rows(self.scene, context, width, height, glyphs_of(self))
        place = context.place(single=self.scene.single)
        hit = rows[offset.y][0] if offset is not None and offset.y < len(rows) else None
        self.post_message(self.Clicked(self.number, run=place is not None and hit == place.line))

    def _shown(self, scene: Scene) -> ContextView | None:
        return next((context for context in scene.contexts if context.number == self.number), None)
