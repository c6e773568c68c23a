"""The sources on a small screen: a title line for each context, and below it as many code lines as there is room."""

from textual import events
from textual.content import Content

from ktwviz.machine.snapshot import ContextView
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, shown_contexts
from ktwviz.tui.player.source import SourcePane, call_chain, draw_source, whose
from ktwviz.tui.player.standing import cpu_of, irq_state, standing
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, fill, joined
from ktwviz.tui.theme import cpu_role

MOST = 4


def shares(scene: Scene, height: int) -> tuple[tuple[ContextView, int], ...]:
    """Return the contexts shown and the number of code lines of each; the one in hand gets what is left over."""
    contexts = shown_contexts(scene, MOST)
    if not contexts:
        return ()
    in_hand = int(scene.next_key) if scene.next_key.isdigit() else scene.marked
    active = [context for context in contexts if context.status not in ("off", "done")]
    with_code = [context.number for context in active if context.stack]
    # one that may enter its CPU has no code yet, and says so in one line
    counts = {context.number: 1 for context in active}
    room = max(0, height - len(contexts) - (len(active) - len(with_code)))
    share, extra = divmod(room, max(1, len(with_code)))
    favourite = in_hand if in_hand in with_code else next(iter(with_code), 0)
    counts |= {number: share + (extra if number == favourite else 0) for number in with_code}
    return tuple((context, counts.get(context.number, 0)) for context in contexts)


def draw_stack(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the stacked sources."""
    parts = shares(scene, height)
    titles = columns([_title(scene, context, symbols) for context, _ in parts])
    lines: list[Content] = []
    for (context, count), title in zip(parts, titles, strict=True):
        room = width - title.cell_length
        line = title + _function(scene, context, room, symbols)
        lines.append(fill(line, width, symbols).stylize("on $panel"))
        code = draw_source(scene, context, width - 1, count, symbols) if count else []
        lines += [Content(" ") + line for line in code]
        lines += [Content("")] * (count - len(code))
    return [clip(line, width, symbols) for line in lines[:height]]


def _function(scene: Scene, context: ContextView, room: int, symbols: Symbols) -> Content:
    """Return which function runs, and from where it was called."""
    place = context.place(single=scene.single)
    if place is None or context.status in ("off", "done"):
        return Content("")
    yours = Content.styled(whose(place), "bold $next")
    chain = call_chain(context, place, scene, room - yours.cell_length - 1, symbols)
    return joined([Content.styled(chain, "$muted"), yours], " ")


def _title(scene: Scene, context: ContextView, symbols: Symbols) -> list[Content]:
    bold = "bold " if context.number in scene.moved[:1] else ""
    under = "underline " if context.number == scene.marked else ""
    cpu = cpu_of(context, scene)
    active = context.status not in ("off", "done")
    return [
        Content.styled(f"{context.number} {context.name}", f"{bold}{under}{cpu_role(context.cpu)}"),
        Content.styled(f"CPU{context.cpu} {context.kind}", "$muted"),
        standing(context, scene, symbols).content(),
        irq_state(cpu) if cpu is not None and active else Content(""),
        # what comes behind is as long as there is room
        Content(""),
    ]


class SourceStack(Pane[Scene]):
    """Shows every context that is not idle; a click on one marks it."""

    DEFAULT_CSS = """
    SourceStack {
        border: none; padding: 0 0 0 1;
        &:focus { border: none; border-left: outer $edge-focus; padding: 0; }
    }
    """

    HELP_TEXT = SourcePane.HELP_TEXT

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the stack."""
        return draw_stack(scene, width, height, symbols)

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which context was clicked."""
        offset = event.get_content_offset(self)
        if self.scene is None or offset is None:
            return
        row = 0
        for context, count in shares(self.scene, self.content_size.height):
            row += 1 + count
            if offset.y < row:
                self.post_message(SourcePane.Clicked(context.number, run=False))
                return
