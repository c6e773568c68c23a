"""Two runs of one schedule side by side, step by step, with a mark where they part."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ktwviz.export.comparison import differing, ending, summary
from ktwviz.lesson.compare import Comparison, Row
from ktwviz.machine.history import Step
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.keys import Key
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, fill, joined, lines_of
from ktwviz.tui.theme import cpu_role

NUMBER = 6
"""Cells of the step's number, the mark included."""


def draw_rows(found: Comparison, width: int, symbols: Symbols) -> list[Content]:
    """Return one line a row: number, the step of the one run, the step of the other."""
    return [_row(found, at, width, symbols) for at in range(len(found.rows))]


def draw_head(found: Comparison, width: int, symbols: Symbols) -> list[Content]:
    """Return what the two runs are, where they part, and the headings of the columns."""
    side = _side_width(width)
    names = [scenario.variant for scenario in (found.one, found.other)]
    told = lines_of(
        Content(" ").join([Content(differing(found)), Content.styled(summary(found), "bold")]), width
    )
    heads = [fill(Content.styled(name, "bold $heading"), side, symbols) for name in names]
    return [*told, Content(" " * NUMBER) + heads[0] + Content("  ") + heads[1]]


def draw_ends(found: Comparison, width: int, symbols: Symbols) -> list[Content]:
    """Return how each run ends."""
    lines = []
    for scenario, bad_end in ((found.one, found.one_end), (found.other, found.other_end)):
        sign, style = (symbols.bad, "bold $bad") if bad_end else (symbols.done, "$changed")
        name = Content.styled(f"{scenario.variant} ends: ", "$muted")
        lines.append(clip(name + Content.styled(f"{sign} {ending(bad_end)}", style), width, symbols))
    return lines


def _row(found: Comparison, at: int, width: int, symbols: Symbols) -> Content:
    row, side = found.rows[at], _side_width(width)
    here = at == found.parted
    mark = symbols.next if here else " "
    number = Content.styled(f"{mark}{row.number or '':>{NUMBER - 2}} ", "bold $next" if here else "$muted")
    one = fill(_step(row.one, row, found, at, symbols), side, symbols)
    other = fill(_step(row.other, row, found, at, symbols), side, symbols)
    line = number + one + Content.styled("= " if row.same else "  ", "$muted") + other
    return line.stylize_before("on $bar") if here else line


def _step(step: Step | None, row: Row, found: Comparison, at: int, symbols: Symbols) -> Content:
    """Return a step of one run; dim where both do the same, or the reason why there is none."""
    if step is None:
        waits = row.why if row.one is not None and found.parted is not None and at >= found.parted else ""
        before = found.rows[at - 1]
        again = before.other is None and before.why == waits and at - 1 >= (found.parted or 0)
        return Content.styled(f"{symbols.idle} {'' if again else waits}" if waits else "", "$muted italic")
    bad = [event.text for event in step.events if event.bad]
    style = "$bad" if bad else "$muted" if row.same else "bold" if at == found.parted else ""
    sign = f"{symbols.bad} " if bad else ""
    return joined(
        [Content.styled(step.choice, cpu_role(step.cpu)), Content.styled(sign + step.access, style)], " "
    )


def _side_width(width: int) -> int:
    return (width - NUMBER - 2) // 2


class CompareScreen(ModalScreen[bool]):
    """The two runs; the result is whether to go on in the other one."""

    DEFAULT_CSS = """
    CompareScreen {
        background: $background;
        & > #head, & > #ends { height: auto; padding: 0 1; }
        & > #ends { border-top: solid $edge; }
        & > VerticalScroll { height: 1fr; scrollbar-size: 0 0; padding: 0 1; }
        & > VerticalScroll > Static { height: auto; text-wrap: nowrap; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,d", "dismiss(False)", "Back", id="close_compare", tooltip="back to the run"),
        Binding("down,j", "scroll(1)", "Down", id="compare_down", tooltip="scroll"),
        Binding("up,k", "scroll(-1)", "Up", id="compare_up", tooltip="scroll"),
        Binding("pagedown,space", "scroll(10)", "Page", id="compare_page_down", show=False),
        Binding("pageup", "scroll(-10)", "Page", id="compare_page_up", show=False),
        Binding("n", "parting", "Parting", id="compare_parting", tooltip="to where the runs part"),
        Binding("v", "dismiss(True)", "Other", id="compare_other", tooltip="go on in the other version"),
    ]

    def __init__(self, found: Comparison, *, other: str) -> None:
        super().__init__()
        self.found = found
        self._other = other

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with VerticalScroll(can_focus=False):
            yield Static(id="rows")
        yield Static(id="ends")
        yield KeyBar()

    def on_mount(self) -> None:
        symbols = glyphs_of(self)
        parting = (Key("n", "Where they part", "screen.parting"),) if self.found.parted is not None else ()
        self.query_one(KeyBar).keys = (
            Key(f"{symbols.up}{symbols.down}", "Scroll", "screen.scroll(1)"),
            *parting,
            Key("v", f"Go on under {self._other}", "screen.dismiss(True)"),
            Key("esc", "Back", "screen.dismiss(False)"),
        )
        self.call_after_refresh(self.action_parting)

    def on_resize(self) -> None:
        """Draw for the new size."""
        symbols, width = glyphs_of(self), max(40, self.size.width - 2)
        parts = {"#head": draw_head, "#rows": draw_rows, "#ends": draw_ends}
        for name, draw in parts.items():
            self.query_one(name, Static).update(Content("\n").join(draw(self.found, width, symbols)))

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_parting(self) -> None:
        """Scroll to where the runs part, to the end where they do not."""
        page = self.query_one(VerticalScroll)
        at = self.found.parted if self.found.parted is not None else len(self.found.rows)
        page.scroll_to(y=max(0, at - page.size.height // 2), animate=False)
