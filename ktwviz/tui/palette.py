"""What the palette offers beside what holds everywhere: lessons, steps of the walk, counterexamples, exports."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import Hit, Hits
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Step
from ktwviz.machine.machine import DRAINS
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.naming import title_of
from ktwviz.tui.player.exports import CHOICES
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.searching import Searches
from ktwviz.tui.symbols import Symbols

BEHIND = 1e-6
"""The score of what stands behind every command; Textual's own are from 1 on."""


AHEAD = 100.0
"""The score of what stands before every command."""


class Commands(SystemCommandsProvider):
    """Finds commands by their letters, and behind them what the palette does not list by itself: by words alone."""

    async def search(self, query: str) -> Hits:
        """Yield what matches."""
        matcher = self.matcher(query)
        commands = list(self.app.get_system_commands(self.screen))
        for name, about, callback, _ in key_commands(self.screen, (command.title for command in commands)):
            if has_words(name, query):
                # who types the beginning of a key's name means that key, and not a lesson with these letters
                score = AHEAD if name.lower().startswith(query.lower()) else BEHIND
                yield Hit(score, name, callback, help=about)
        for place, command in enumerate(commands, 1):
            name, about, callback, listed = command
            if not listed and has_words(name, query):
                yield Hit(BEHIND / place, name, callback, help=about)
            elif listed and (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), callback, help=about)


def has_words(name: str, query: str) -> bool:
    """Tell whether each word of the query begins a word of the name; numbers are words."""
    words = query.split()
    return bool(words) and all(re.search(rf"(?<!\w){re.escape(word)}", name, re.IGNORECASE) for word in words)


def lesson_commands(
    lessons: Iterable[Lesson], symbols: Symbols, play: Callable[[Lesson], None]
) -> Iterator[SystemCommand]:
    """Yield a command for each lesson."""
    for lesson in lessons:
        about = inline_markdown(lesson.aim, symbols).plain
        yield SystemCommand(f"Lesson {title_of(lesson, symbols)}", about, partial(play, lesson))


MOVES = frozenset(
    {"Up", "Down", "Page up", "Page down", "Mark", "Next pane", "Pane before", "Close", "Quit", "Answer"}
)
"""What is no command: it moves what is marked, or it ends or answers what is on the screen."""


def key_commands(screen: Screen[object], known: Iterable[str]) -> Iterator[SystemCommand]:
    """Yield a command for each key of a screen, by what the key is called; `known` are names that there are already."""
    named = {*known, *MOVES}
    for binding in screen.BINDINGS:
        if not isinstance(binding, Binding) or binding.description in named:
            continue
        if binding.show and not binding.action.startswith("app."):
            named.add(binding.description)
            run = partial(screen.run_action, binding.action)
            # the keys are many: they are found by what is typed, and not listed before
            yield SystemCommand(binding.description, _sentence(binding.tooltip), run, discover=False)


def _sentence(tooltip: str) -> str:
    return f"{tooltip[:1].upper()}{tooltip[1:]}"


def player_commands(
    player: PlayerScreen,
    searches: Searches,
    symbols: Symbols,
    show: Callable[[Scenario, tuple[str, ...]], None],
) -> Iterator[SystemCommand]:
    """Yield what can be done with the walk: pass it on, `show` what breaks, go to a step."""
    for _, form, label, about in CHOICES:
        yield SystemCommand(f"Export: {label}", about, partial(player.export, form))
    yield from _counterexamples(player, searches, symbols, show)
    for choice in player.scene.choices:
        if choice.key in DRAINS:
            about = choice.reason or "Let the oldest store of that CPU arrive in memory"
            yield SystemCommand(f"Run {choice.label}", about, partial(player.action_choose, choice.key))
    # a walk has a hundred steps: they are found by what is typed, and not listed before
    for number, step in enumerate(player.play.session.steps, 1):
        name = symbols.text(f"Step {number}: {told(step)}")
        about = f"{step.function}(), line {step.line}" if step.cpu >= 0 else "the hardware"
        yield SystemCommand(name, about, partial(player.jump, number), discover=False)


def told(step: Step) -> str:
    """Return who made a step, and what happened: an event, else a change, else the access."""
    events = ", ".join(event.text for event in step.events)
    changes = ", ".join(str(change) for change in step.changes)
    said = events or changes or step.access
    return said if said.startswith(step.context) else f"{step.context} {said}"


def _counterexamples(
    player: PlayerScreen,
    searches: Searches,
    symbols: Symbols,
    show: Callable[[Scenario, tuple[str, ...]], None],
) -> Iterator[SystemCommand]:
    scenario = player.play.scenario
    if scenario.edit is not None:
        return
    found = searches.get((scenario.lesson.file, scenario.variant, scenario.memory))
    for verdict in found.report.broken if found else ():
        if verdict.keys is not None:
            name = f"Counterexample: {verdict.property}, {len(verdict.keys)} steps"
            yield SystemCommand(symbols.text(name), verdict.how, partial(show, scenario, verdict.keys))
