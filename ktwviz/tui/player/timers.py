"""The timers on an axis of jiffies: where each expires, where now is, and how far it got."""

from textual.content import Content

from ktwviz.kernel.picture import Picture, TimerView
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, stacked
from ktwviz.values import dataclass

BAR = 8
LEAST_SPAN = 5
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
WAITING = ("pending", "expired")


@dataclass(frozen=True)
class Axis:
    """Which jiffies stand in which cells: `first` in cell 0, a label every `every` jiffies, `cells` for each."""

    first: int
    every: int
    cells: int
    width: int

    def cell(self, time: int) -> int:
        """Return the cell of a jiffy; outside the axis it is the last cell."""
        return min(self.width - 1, max(0, round((time - self.first) * self.cells / self.every)))


def axis_for(now: int, expiries: list[int], width: int) -> Axis:
    """Return an axis from a little before now to the last expiry."""
    last = max([now + LEAST_SPAN, *expiries])
    first = max(0, min([now, *expiries]) - 2)
    for every in STEPS:
        cells = width * every // (last - first + every)
        if cells >= max(6, len(str(last)) + 3) or (every == 1 and cells >= 4):
            return Axis(first, every, min(cells, 10), width)
    return Axis(first, STEPS[-1], max(4, len(str(last)) + 2), width)


def draw_axis(axis: Axis, now: int, timers: tuple[TimerView, ...], symbols: Symbols) -> list[Content]:
    """Return three lines: the numbers, the axis with a mark at now, the timers at their expiry."""
    labels, line, marks = [" "] * axis.width, [symbols.axis] * axis.width, [" "] * axis.width
    for cell in range(0, axis.width, axis.cells):
        number = str(axis.first + cell // axis.cells * axis.every)
        if cell + len(number) <= axis.width:
            labels[cell : cell + len(number)] = number
            line[cell] = symbols.tick_mark
    here = axis.cell(now)
    line[here] = symbols.now
    for timer in timers:
        if timer.expires is not None and timer.state != "idle":
            marks[axis.cell(timer.expires)] = _mark(timer, symbols)
    return [
        Content.styled("".join(labels), "$muted"),
        Content.styled("".join(line), "$muted").stylize("bold $next", here, here + 1),
        Content.styled("".join(marks), "bold $event"),
    ]


def draw_timers(picture: Picture, previous: Picture | None, width: int, symbols: Symbols) -> list[Content]:
    """Return axis and one line a timer; those of which the last move changed anything carry a star."""
    now = picture.machine.time
    expiries = [
        timer.expires for timer in picture.timers if timer.expires is not None and timer.state != "idle"
    ]
    axis = axis_for(now, expiries, width)
    lines = draw_axis(axis, now, picture.timers, symbols)
    for timer in picture.timers:
        lines += _timer_lines(timer, _changed(timer, previous), width, symbols)
    return [clip(line, width, symbols) for line in lines]


def _timer_lines(timer: TimerView, changed: bool, width: int, symbols: Symbols) -> list[Content]:
    """Return a timer in a line or two; where they are short the date gives way, then the bar, then the state."""
    name, state, _ = timer_cells(timer, changed, symbols)
    left = countdown(timer, symbols, at=False, bar=False)
    brief = [countdown(timer, symbols), countdown(timer, symbols, at=False), left]
    for rest in [*(joined([state, words]) for words in brief), left or state]:
        lines = stacked(name, rest, width)
        if all(line.cell_length <= width for line in lines):
            return lines
    return [name, Content("    ") + (left or state)]


def timer_cells(timer: TimerView, changed: bool, symbols: Symbols, *, at: bool = True) -> list[Content]:
    """Return name, state, expiry and countdown of a timer."""
    star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")
    running = [] if timer.cpu is None else [f"base{timer.cpu}.running_timer"]
    return [
        star
        + value(Content.styled(timer.name, "bold" if timer.state != "idle" else ""), timer.name, *running),
        _state(timer, changed, symbols),
        countdown(timer, symbols, at=at),
    ]


def countdown(timer: TimerView, symbols: Symbols, *, at: bool = True, bar: bool = True) -> Content:
    """Return in how many jiffies a waiting timer expires, and with `at` at which one; a `bar` empties."""
    if timer.state not in WAITING or timer.expires is None or timer.left is None:
        return Content("")
    if timer.left <= 0:
        return Content.styled("now", "bold $event")
    full = min(BAR, timer.left)
    drawn = Content.styled(symbols.bar_full * full, "$event") + Content.styled(
        symbols.bar_empty * (BAR - full), "$muted"
    )
    words = f"at {timer.expires} in {timer.left}" if at else f"in {timer.left}"
    return joined([Content(words), drawn if bar else ""], " ")


def _state(timer: TimerView, changed: bool, symbols: Symbols) -> Content:
    glyph = "" if timer.state == "idle" else f"{_mark(timer, symbols)} "
    style = "bold $changed" if changed else "$muted" if timer.state == "idle" else "$event"
    return Content.styled(glyph + timer.state, style)


def _mark(timer: TimerView, symbols: Symbols) -> str:
    return symbols.small_event if timer.state in WAITING else symbols.event


def _changed(timer: TimerView, previous: Picture | None) -> bool:
    old = next((old for old in previous.timers if old.name == timer.name), None) if previous else None
    return old is not None and (old.state, old.expires) != (timer.state, timer.expires)


class TimersPane(ValuesPane):
    """Jiffies and timers."""

    HELP_TEXT = "The clock counts jiffies. A timer fires on its CPU once the clock has reached its expiry."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw axis and timers."""
        return draw_timers(scene.picture, scene.previous, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw what time it is."""
        old = scene.previous.machine.time if scene.previous else scene.picture.machine.time
        now = scene.picture.machine.time
        time = Content.styled(f"jiffies {now}", "bold $changed" if now != old else "$muted")
        star = Content.styled(symbols.changed, "bold $changed") if now != old else Content("")
        return joined([Content("Timers"), joined([star, time], " ")])

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell the clock's keys."""
        return Content("t tick  T next expiry")
