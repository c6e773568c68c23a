"""Who can run: one line, every choice with its key. At an end of the run it says so instead."""

from textual.content import Content
from textual.reactive import reactive

from ktwviz.lesson.telling import broken_now
from ktwviz.session import Choice
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.player.bindings import compare_key
from ktwviz.tui.player.foresight import draw_sign
from ktwviz.tui.player.narration import draw_notice
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.player.standing import standing
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable, clip, fill, joined, lines_of, spread
from ktwviz.tui.theme import cpu_role


def draw_choices(scene: Scene, width: int, symbols: Symbols) -> Content:
    """Return the choices; those that cannot run are dimmed and keep their sign."""
    parts = [
        Content.styled("Run", "$heading"),
        *(_choice(choice, scene, symbols) for choice in scene.choices),
    ]
    # who cannot run gives its name up first: the digit and the sign say enough
    short = [
        parts[0],
        *(_choice(choice, scene, symbols, short=not choice.enabled) for choice in scene.choices),
    ]
    lines = [joined(parts, "   "), joined(parts), joined(short)]
    says = _space(scene)
    walks = scene.story.along_walk or (scene.story.opened and not scene.story.moves)
    for said in says:
        space = Content.styled(said, "$muted")
        # that there is a walk to go along must be seen; else the names have the room
        room = 3 if walks and said is says[-1] else 2 if scene.story.opened else 1
        for line in lines[:room]:
            if line.cell_length + space.cell_length + 2 <= width:
                return spread(line, space, width, symbols)
    return clip(next((line for line in lines if line.cell_length <= width), lines[-1]), width, symbols)


def draw_banner(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return the lines for a goal reached, a bad end or a finished run; none while the run goes on."""
    story = scene.story
    compare = compare_key(scene)
    beside = [(compare[0], f"compare {story.beside}", compare[1])] if story.beside else []
    through = [("g", "go through it", "screen.first")] if story.opened else []
    if story.goal_step is not None and scene.cursor >= story.goal_step:
        if story.shown_by:
            return _shown(story, through, width, symbols)
        if not story.goal_reached:
            return _too_late(scene, [*through, (symbols.back, "back", "screen.back")], width, symbols)
        sentence = f"{symbols.done} Goal reached at step {story.goal_step}"
        if story.fewest is not None and story.fewest < story.goal_step:
            sentence += f" ({story.fewest} steps would do)"
        elif story.fewest is not None:
            sentence += " (fewer are not possible)"
        keys = [*through, *([("enter", "next lesson", "screen.next_lesson")] if story.next_lesson else [])]
        keys += [("F", "fix it", "screen.fix")] if story.fixable else []
        keys += [*beside, ("R", "again", "screen.restart")]
        return _banner(_with_end(sentence, scene), "$changed", keys, width, symbols)
    keys = [
        *through,
        (symbols.back, "back", "screen.back"),
        *beside,
        *([] if story.own_code else [("x", "explore", "screen.explore")]),
        ("R", "retry", "screen.restart"),
    ]
    if scene.bad_end:
        return _banner(f"{symbols.bad} {scene.bad_end}", "$bad", keys, width, symbols)
    if scene.finished:
        sentence = f"{symbols.new} The run is over: nothing is left to run."
        wanted = story.goal and not story.goal_never
        if wanted and story.script_done:
            sentence = f"{symbols.new} The script is done. Now you: R begins again, then {story.deciding}."
            keys = [("R", "begin again", "screen.restart"), *keys[:-1]]
        elif wanted and story.goal_step is None:
            sentence = f"{symbols.new} The run is over, and the goal is not reached."
        return _banner(sentence, "$muted", keys, width, symbols)
    return []


def _with_end(sentence: str, scene: Scene) -> str:
    """Return a sentence, and what is broken now: by the step that reached the goal, or later."""
    return f"{sentence}. {broken_now(scene.bad_end)}" if scene.bad_end else sentence


def _too_late(scene: Scene, keys: list[tuple[str, str, str]], width: int, symbols: Symbols) -> list[Content]:
    """Return the lines for a goal that is met after more steps than it allows."""
    story = scene.story
    late = f"{symbols.new} Met at step {story.goal_step}, and the goal allows {story.max_steps}: it does not count"
    keys = [*keys, ("R", "again", "screen.restart")]
    return _banner(_with_end(late, scene), "$muted", keys, width, symbols)


def _shown(story: Story, through: list[tuple[str, str, str]], width: int, symbols: Symbols) -> list[Content]:
    """Return the lines for a goal that a schedule reaches which is not the learner's."""
    sentence = f"{symbols.new} The {story.shown_by}'s schedule reaches the goal at step {story.goal_step}."
    if story.best is None:
        sentence += " Now you: R begins again."
    keys = [("x", "explore", "screen.explore"), ("R", "begin again", "screen.restart")]
    return _banner(sentence, "$muted", [*through, *keys], width, symbols)


def _banner(
    sentence: str, style: str, keys: list[tuple[str, str, str]], width: int, symbols: Symbols
) -> list[Content]:
    """Return the sentence in full, over several lines if it must be, and the keys at the end of the last one."""
    entries = joined(
        [clickable(joined([Content.styled(key, "bold"), label], " "), action) for key, label, action in keys],
        "   ",
    )
    lines = lines_of(Content.styled(symbols.text(sentence), "bold"), width)
    if lines[-1].cell_length + 2 + entries.cell_length > width:
        lines.append(Content(""))
    lines[-1] = spread(lines[-1], entries, width, symbols)
    return [fill(line, width, symbols).stylize(f"{style} reverse") for line in lines]


def draw_bar(scene: Scene, width: int, symbols: Symbols, *, told: bool = False) -> list[Content]:
    """Return the choices or the banner; a sentence of the program where no pane shows it (`told`)."""
    if told and scene.story.notice:
        return lines_of(draw_notice(scene.story, symbols), width)
    return draw_banner(scene, width, symbols) or [draw_choices(scene, width, symbols)]


def _choice(choice: Choice, scene: Scene, symbols: Symbols, *, short: bool = False) -> Content:
    here = choice.key == scene.next_key
    mark = symbols.next if here and choice.enabled else ""
    name, sign, role = choice.label, symbols.idle if not choice.enabled else "", "$muted"
    for context in scene.contexts:
        if str(context.number) == choice.key:
            state = standing(context, scene, symbols)
            sign = state.glyph if not choice.enabled else ""
            name, role = context.name, cpu_role(context.cpu)
    marked = " underline" if choice.key == str(scene.marked) else ""
    if not choice.enabled:
        text = Content.styled(
            joined([choice.key if short else f"{choice.key} {name}", sign], " ").plain, f"$muted{marked}"
        )
    else:
        key = Content.styled(f"{mark}{choice.key}", "bold $next" if here else "bold")
        ahead = draw_sign(scene.foresight, choice.key, symbols) if scene.foresight else ""
        text = joined([key, Content.styled(name, f"{'bold ' if here else ''}{role}{marked}"), ahead], " ")
    return clickable(text, f"screen.choose('{choice.key}')")


def _space(scene: Scene) -> tuple[str, ...]:
    """Return what space does here; where it may be said at different lengths, the longest comes first."""
    story = scene.story
    if story.quiz is not None:
        return ("answer first",)
    if story.along_walk:
        along = f"space: along {f'the {story.shown_by}' if story.shown_by else 'your walk'}"
        parts = story.script_key not in ("", scene.next_key)
        return (f"{along}   {story.script_key}: the script", along) if parts else (along,)
    if story.on_script and story.beat < story.beats:
        follow = "space: follow the script"
        return (f"g: go through it   {follow}", follow) if story.opened else (follow,)
    if story.opened:
        return ("g, then space, goes through it", "g: go through it")
    if any(choice.key == scene.next_key and choice.enabled for choice in scene.choices):
        return ("space: the same again",)
    return ("who runs? press a digit",)


class ChoicesBar(Clickable):
    """The line of choices; a click runs one. `told` where it shows what the program says as well."""

    DEFAULT_CSS = """
    ChoicesBar { height: 1; width: 1fr; padding: 0 1; }
    """

    scene: reactive[Scene | None] = reactive(None)
    told: reactive[bool] = reactive(False)

    def watch_scene(self) -> None:
        """Make room for a long sentence."""
        self.styles.height = max(1, len(self._lines()))

    def on_resize(self) -> None:
        """Make room for a sentence that is long now."""
        self.watch_scene()

    def render(self) -> Content:
        """Draw the choices or the banner."""
        return Content("\n").join(self._lines())

    def _lines(self) -> list[Content]:
        width = self.content_size.width
        return draw_bar(self.scene, width, glyphs_of(self), told=self.told) if self.scene and width else []
