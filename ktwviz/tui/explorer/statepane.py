"""The selected state: what breaks in it, the step that leads to it, what that changed, and how all stands."""

from textual.content import Content

from ktwviz.machine.history import Change
from ktwviz.machine.snapshot import ContextView
from ktwviz.tui.explorer.scene import Explored, StateView
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.worklist import draw_workers
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, joined, lines_of
from ktwviz.tui.theme import cpu_role


def draw_state(view: StateView, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return what fits: what breaks, the step, what it changed, the contexts, lists and locks."""
    lines = [*draw_broken(view, width, symbols), *draw_step(view, width, symbols)]
    rest = [*draw_contexts(view, symbols), *draw_workers(view.picture, view.previous, width, symbols)]
    rest += draw_locks(view, symbols)
    return [clip(line, width, symbols) for line in (*lines, *rest)][:height]


def draw_whole_state(view: StateView, width: int, symbols: Symbols) -> list[Content]:
    """Return everything about the state and the step before it."""
    lines = [*draw_broken(view, width, symbols), *draw_step(view, width, symbols, whole=True), Content("")]
    lines += [*draw_contexts(view, symbols), Content("")]
    lines += [
        *draw_workers(view.picture, view.previous, width, symbols),
        *draw_locks(view, symbols),
        Content(""),
    ]
    lines += [Content.styled("Memory", "$heading")]
    lines += columns(
        [Content.styled(f"  {field.path}", "$muted"), field.text]
        for thing in view.picture.machine.objects
        if thing.life == "live"
        for field in thing.fields
    )
    return [clip(line, width, symbols) for line in lines]


def draw_broken(view: StateView, width: int, symbols: Symbols) -> list[Content]:
    """Return what breaks here, a sentence each."""
    return [
        line
        for name, how in view.broken
        for line in lines_of(Content.styled(symbols.text(f"{symbols.bad} {name}: {how}"), "bold $bad"), width)
    ]


def draw_step(view: StateView, width: int, symbols: Symbols, *, whole: bool = False) -> list[Content]:
    """Return the step that leads here, and the words that it changed."""
    step = view.step
    if step is None:
        return [Content.styled("The tree begins here.", "$muted")]
    where = f"{step.file}:{step.line} {step.function}()" if step.file else ""
    head = joined(
        [Content.styled(step.context, f"bold {cpu_role(step.cpu)}"), Content(symbols.text(step.access))]
    )
    lines = [head, Content.styled(f"  {where}", "$muted")] if where else [head]
    lines.append(Content.styled("Diff to parent", "$heading"))
    shown = (
        step.changes
        if whole
        else tuple(c for c in step.changes if not c.path.startswith("cpu")) or step.changes
    )
    lines += [_change(change, symbols) for change in shown] or [
        Content.styled("  no word of memory", "$muted")
    ]
    lines += [
        Content.styled(
            f"  {symbols.event} {symbols.text(event.text)}", "bold $bad" if event.bad else "$event"
        )
        for event in step.events
        if whole or not (event.bad and view.broken)  # what breaks is told above already
    ]
    return [part for line in lines for part in lines_of(line, width)] if whole else lines


def _change(change: Change, symbols: Symbols) -> Content:
    return Content.assemble(
        ("* ", "bold $changed"), (f"{change.path}: ", ""), (change.old, "$muted"), f" {symbols.arrow} ",
        (change.new, "bold $changed"),
    )  # fmt: skip


def draw_contexts(view: StateView, symbols: Symbols) -> list[Content]:
    """Return where each context stands."""
    rows = [
        [
            Content.styled(f"{context.number} {context.name}", cpu_role(context.cpu)),
            _standing(context, symbols),
        ]
        for context in view.picture.machine.contexts
        if context.status != "off"
    ]
    return [Content.styled("Contexts", "$heading"), *(Content("  ") + line for line in columns(rows))]


def _standing(context: ContextView, symbols: Symbols) -> Content:
    if context.status == "ready":
        return Content(symbols.text(f"next: {context.next_access}"))
    signs = {
        "spins": symbols.spins,
        "held back": symbols.interrupted,
        "done": symbols.done,
        "dead": symbols.bad,
    }
    style = {"spins": "$spins", "dead": "bold $bad", "held back": "$irq"}.get(context.status, "$muted")
    return Content.styled(f"{signs.get(context.status, symbols.sleeps)} {context.status}", style)


def draw_locks(view: StateView, symbols: Symbols) -> list[Content]:
    """Return the locks that are held."""
    names = {context.number: context.name for context in view.picture.machine.contexts}
    return [
        Content.styled(
            f"{symbols.held} {lock.name}  held by {lock.owner} {names.get(lock.owner, '')}", "$lock"
        )
        for lock in view.picture.locks
        if lock.owner is not None
    ]


class StatePane(Pane[Explored]):
    """The selected state."""

    HELP_TEXT = "The selected state, and what the step before it changed. d shows all of it, the memory too."

    def draw(self, scene: Explored, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw what fits."""
        return draw_state(scene.state, width, height, symbols) if scene.state else []

    def draw_whole(self, scene: Explored, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it."""
        return draw_whole_state(scene.state, width, symbols) if scene.state else []

    def draw_title(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell which state, and at which step."""
        return Content(f"State #{scene.state.number}, step {scene.state.depth}" if scene.state else "State")

    def draw_subtitle(self, scene: Explored, symbols: Symbols) -> Content:
        """Tell the keys."""
        return Content("d in full  enter plays it" if scene.state else "")
