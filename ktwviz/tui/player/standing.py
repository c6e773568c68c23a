"""How a context stands, in one glyph and few words: the same everywhere on the screen."""

from textual.content import Content

from ktwviz.machine.snapshot import ContextView, CpuView
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols
from ktwviz.values import dataclass


@dataclass(frozen=True)
class Standing:
    """A glyph, the words that go with it, and the style of both."""

    glyph: str
    words: str
    style: str

    def content(self) -> Content:
        """Return glyph and words."""
        return Content.styled(f"{self.glyph} {self.words}".strip(), self.style)


def standing(context: ContextView, scene: Scene, symbols: Symbols) -> Standing:
    """Return how this context stands in the scene."""
    if context.status == "ready":
        if scene.next_key == str(context.number) and not scene.finished:
            return Standing(symbols.next, "next", "bold $next")
        return Standing("", "ready", "$foreground")
    return {
        "spins": Standing(symbols.spins, "spins", "$spins"),
        "waits": Standing(symbols.sleeps, "waits", "$muted"),
        "sleeps": Standing(symbols.sleeps, "sleeps", "$muted"),
        "held back": Standing(symbols.interrupted, "held back", "$irq"),
        "off": Standing(symbols.idle, "idle", "$muted"),
        "done": Standing(symbols.done, "done", "$muted"),
        "dead": Standing(symbols.bad, "dead", "bold $bad"),
    }[context.status]


def irq_state(cpu: CpuView) -> Content:
    """Return whether interrupts are off on a CPU; off stands out."""
    return Content.styled("irq off", "bold $irq") if cpu.irqs_off else Content.styled("irq on", "$muted")


def cpu_of(context: ContextView, scene: Scene) -> CpuView | None:
    """Return the CPU of a context."""
    return next((cpu for cpu in scene.picture.machine.cpus if cpu.number == context.cpu), None)
