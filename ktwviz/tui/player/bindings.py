"""The player's keys. Help, key bar and documentation are made from this table."""

from collections.abc import Sequence

from textual.binding import Binding

from ktwviz.lesson.model import ANSWER_LETTERS
from ktwviz.machine.machine import DRAINS
from ktwviz.tui.keys import Key
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.symbols import Symbols

PLAYER_BINDINGS = [
    Binding("space,right,l", "advance", "Step", id="step",
            tooltip="along your walk, the script, or with the marked context"),
    Binding("left,h,backspace", "back", "Back", id="back", tooltip="one move back; nothing is lost"),
    *(
        Binding(
            str(number),
            f"choose('{number}')",
            "Run",
            id=f"choose.{number}",
            key_display="1-9",
            tooltip="run that context; a blocked one says why",
        )
        for number in range(1, 10)
    ),
    Binding("t", "choose('t')", "Tick", id="tick", tooltip="the clock ticks: one jiffy"),
    Binding("T", "expiry", "Next expiry", id="expiry", tooltip="tick until the next timer expires"),
    Binding("i", "interrupt", "Interrupt", id="interrupt", tooltip="raise the interrupt that the scenario grants"),
    Binding("down,j", "mark(1)", "Mark", id="mark_next", tooltip="mark the next context; in a pane: next value, line"),
    Binding("up,k", "mark(-1)", "Mark", id="mark_previous",
            tooltip="the one before"),
    Binding("e", "granularity", "By access", id="granularity", tooltip="step by lines or by single accesses"),
    Binding("c", "tongue", "As C", id="tongue", key_display="c C",
            tooltip="the code in C syntax, line for line; again: as it is run"),
    Binding("C", "tongue('C')", id="tongue.capital", show=False, description="As C",
            tooltip="the same, where c lets a store arrive"),
    Binding("v", "version", "Version", id="version",
            tooltip="the same schedule under another rule, or as posted"),
    Binding("d", "compare", "Side by side", id="compare", key_display="d D",
            tooltip="this run and that of the other version side by side"),
    Binding("D", "compare('D')", id="compare.capital", show=False, description="Side by side",
            tooltip="the same, where d lets a store arrive"),
    Binding("g,home", "first", "Start", id="first", tooltip="jump to the start"),
    Binding("G,end", "last", "End", id="last", tooltip="jump to the last recorded step"),
    Binding("n", "event(1)", "Next event", id="next_event", tooltip="jump to the next event"),
    Binding("N", "event(-1)", "Event before", id="previous_event", tooltip="jump to the event before"),
    Binding("comma,left_square_bracket", "branch(-1)", "Branch before", id="previous_branch",
            tooltip="jump to where the schedule could have gone on otherwise"),
    Binding("full_stop,right_square_bracket", "branch(1)", "Next branch", id="next_branch",
            tooltip="the next such point: a kept future, or one taken over"),
    Binding("J", "switch(1)", "Next switch", id="next_switch", tooltip="jump to where the next context takes over"),
    Binding("K", "switch(-1)", "Switch before", id="previous_switch",
            tooltip="jump to where this context took over"),
    Binding("w", "since", "Who wrote it", id="since",
            tooltip="who wrote the chosen value; else why one waits"),
    Binding("B", "swap", "Other branch", id="swap", tooltip="at a branch point: take the other future"),
    Binding("p", "autoplay", "Play", id="autoplay", tooltip="run by itself, or pause"),
    Binding("plus", "speed(1)", "Faster", id="faster", tooltip="run faster by itself"),
    Binding("minus", "speed(-1)", "Slower", id="slower", tooltip="run slower by itself"),
    Binding("x", "explore", "Explore", id="explore", tooltip="explore every interleaving from here"),
    Binding("f", "foresight", "Foresight", id="foresight",
            tooltip="say through which choices the bug can be met; again: off"),
    Binding("H", "hint", "Hint", id="hint", tooltip="the next hint for the goal"),
    Binding("F", "fix", "Fix it", id="fix", tooltip="mend the lesson's function; all interleavings judge it"),
    Binding("s", "sandbox", "Sandbox", id="sandbox", tooltip="take the scenario into the sandbox, to change it"),
    Binding("o", "source", "Discussion", id="source", tooltip="show the link to the discussion on the list"),
    Binding("y", "token", "Token", id="token", tooltip="copy and show the token of this moment"),
    Binding("E", "export_menu", "Export", id="export",
            tooltip="pass the walk on: changelog, page, chart, JSON, picture"),
    Binding("R", "restart", "Restart", id="restart", tooltip="back to the start, forgetting all steps"),
    Binding("tab", "pane(1)", "Next pane", id="next_pane", tooltip="the next pane"),
    Binding("shift+tab", "pane(-1)", "Pane before", id="previous_pane", tooltip="the pane before"),
    Binding("z", "zoom", "Zoom", id="zoom",
            tooltip="this pane, or the text that is cut, alone; again: all"),
    Binding("I", "introduction", "Introduction", id="introduction",
            tooltip="what the lesson is about; again: the panes"),
    Binding("enter", "confirm", "Answer", id="confirm", tooltip="answer the question; after the goal: next lesson"),
    Binding("escape", "leave", "Close", id="leave", tooltip="skip the question, end the zoom, else go up"),
    Binding("question_mark,f1", "help", "Help", id="help", tooltip="help: the keys and signs of this screen"),
    Binding("colon", "app.command_palette", "Palette", id="palette", tooltip="all commands by name (ctrl+p as well)"),
    Binding("q", "quit_level", "Quit", id="quit", tooltip="up one level"),
    *(
        Binding(letter, f"pick({number})", id=f"pick.{letter}", key_display="a-d", show=False,
                description="Choose",
                tooltip="choose an answer; else: the store of CPU0-3 that arrives")
        for number, letter in enumerate(ANSWER_LETTERS)
    ),
]  # fmt: skip


def compare_key(scene: Scene) -> tuple[str, str]:
    """Return the key that shows another version beside this one, and its action."""
    return _key_of("compare", "d", [choice.key for choice in scene.choices])


def _key_of(action: str, letter: str, taken: Sequence[str]) -> tuple[str, str]:
    """Return the key of an action: where its letter lets a store arrive, the capital."""
    capital = letter.upper()
    return (capital, f"screen.{action}('{capital}')") if letter in taken else (letter, f"screen.{action}")


def player_keys(
    scene: Scene,
    *,
    marking: bool,
    zoomed: bool,
    symbols: Symbols,
    values: bool = False,
    introducing: bool = False,
    opening: bool = False,
) -> tuple[Key, ...]:
    """Return the key bar: only what works here; while a question is open, what answers it.

    `values` where the arrows choose a value.
    """
    if introducing:
        return introduction_keys(symbols, opening=opening)
    if scene.story.quiz is not None:
        return (*_asked_keys(len(scene.story.quiz.answers), symbols, zoomed=zoomed), *_ENDING)
    choosing = _value_keys(symbols) if values else ()
    if zoomed:
        return (*_zoomed_keys(choosing, symbols), *_ENDING)
    return (*_playing_keys(scene, choosing, symbols, marking=marking), *_ENDING)


_ENDING = (Key("?", "Help", "screen.help"), Key("q", "Quit", "screen.quit_level"))


def _asked_keys(answers: int, symbols: Symbols, *, zoomed: bool) -> tuple[Key, ...]:
    """Return what answers a question."""
    return (
        Key(f"a-{ANSWER_LETTERS[answers - 1]}", "Choose", "screen.mark(1)"),
        Key(symbols.enter, "Answer", "screen.confirm"),
        Key("esc", "Skip", "screen.leave"),
        Key(symbols.back, "Back", "screen.back"),
        Key("z", "All panes" if zoomed else "Zoom", "screen.zoom"),
    )


def _value_keys(symbols: Symbols) -> tuple[Key, ...]:
    """Return what chooses a value."""
    return (
        Key(f"{symbols.up}{symbols.down}", "Value", "screen.mark(1)"),
        Key("w", "Who wrote it", "screen.since"),
    )


def _zoomed_keys(choosing: tuple[Key, ...], symbols: Symbols) -> tuple[Key, ...]:
    """Return what works where one pane stands alone."""
    return (
        Key("space", "Step", "screen.advance"),
        Key(symbols.back, "Back", "screen.back"),
        Key("z", "All panes", "screen.zoom"),
        Key("tab", "Next pane", "screen.pane(1)"),
        *(choosing or (Key(f"{symbols.up}{symbols.down}", "Scroll, or mark", "screen.mark(1)"),)),
    )


def _playing_keys(
    scene: Scene, choosing: tuple[Key, ...], symbols: Symbols, *, marking: bool
) -> tuple[Key, ...]:
    """Return what works where all panes are shown, the most needed first: a narrow bar cuts the last ones."""
    story, count = scene.story, len(scene.contexts)
    ticks = any(choice.key == "t" for choice in scene.choices)
    letters = [choice.key for choice in scene.choices if choice.key in DRAINS]
    tongue = _key_of("tongue", "c", letters)
    compare = compare_key(scene)
    span = letters[0] if len(letters) == 1 else f"{letters[0]}-{letters[-1]}" if letters else ""
    hints = len(story.hints) < story.hint_count
    return (
        Key("space", "Step", "screen.advance"),
        Key(symbols.back, "Back", "screen.back"),
        Key(f"1-{count}" if count > 1 else "1", "Run", "screen.mark(1)"),
        *(choosing or ((Key(f"{symbols.up}{symbols.down}", "Mark", "screen.mark(1)"),) if marking else ())),
        *((Key("t", "Tick", "screen.choose('t')"),) if ticks else ()),
        *((Key(span, "Drain", f"screen.choose('{letters[0]}')"),) if letters else ()),
        *((Key("p", "Play", "screen.autoplay"),) if story.leads_to else ()),
        *((Key("H", "Hint", "screen.hint"),) if hints else ()),
        *((Key("F", "Fix it", "screen.fix"),) if story.fixable and story.goal_reached else ()),
        # the editor has judged the learner's own code: no more is known of it
        *(() if story.own_code else (Key("x", "Explore", "screen.explore"),)),
        Key("y", "Token", "screen.token"),
        Key(tongue[0], "As run" if scene.tongue.c else "As C", tongue[1]),
        Key("R", "Restart", "screen.restart"),
        Key("z", "Zoom", "screen.zoom"),
        Key("e", "By line" if scene.single else "By access", "screen.granularity"),
        *((Key(compare[0], "Compare", compare[1]),) if story.beside else ()),
        Key("n", "Next event", "screen.event(1)"),
    )


def introduction_keys(symbols: Symbols, *, opening: bool) -> tuple[Key, ...]:
    """Return the key bar of the page about the lesson; before the lesson, esc leads back to the list."""
    ending = "Back to the lessons" if opening else "Close"
    return (
        Key("space", "Begin" if opening else "Go on", "screen.advance"),
        Key("esc", ending, "screen.leave"),
        Key(f"{symbols.up}{symbols.down}", "Scroll", "screen.mark(1)"),
        Key("?", "Help", "screen.help"),
        Key("q", "Quit", "screen.quit_level"),
    )
