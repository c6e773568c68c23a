"""Who can run: one line, every choice with its key. At an end of the run it says so instead."""

from textual.content import Content
from textual.reactive import reactive

from ktwviz.session import Choice
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.standing import standing
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable, clip, joined, spread
from ktwviz.tui.theme import cpu_role


def draw_choices(scene: Scene, width: int, symbols: Symbols) -> Content:
    """Return the choices; those that cannot run are dimmed and keep their sign."""
    parts = [
        Content.styled("Run", "$heading"),
        *(_choice(choice, scene, symbols) for choice in scene.choices),
    ]
    line = joined(parts, "   ")
    if line.cell_length > width:
        return clip(joined(parts), width, symbols)
    space = Content.styled(_space(scene), "$muted")
    return spread(line, space, width, symbols) if line.cell_length + space.cell_length + 2 <= width else line


def draw_banner(scene: Scene, width: int, symbols: Symbols) -> Content | None:
    """Return the line for a goal reached, a bad end or a finished run; None while the run goes on."""
    story = scene.story
    if story.goal_step is not None and scene.cursor >= story.goal_step:
        sentence = f"{symbols.done} Goal reached at step {story.goal_step}"
        if scene.bad_end:
            sentence += f": {scene.bad_end}"
        keys = [("enter", "next lesson", "screen.next_lesson")] if story.next_lesson else []
        return _banner(sentence, "$changed", [*keys, ("R", "again", "screen.restart")], width, symbols)
    keys = [(symbols.back, "back", "screen.back"), ("R", "restart", "screen.restart")]
    if scene.bad_end:
        return _banner(f"{symbols.bad} {scene.bad_end}", "$bad", keys, width, symbols)
    if scene.finished:
        return _banner(
            f"{symbols.done} The run is over: nothing is left to run.", "$muted", keys, width, symbols
        )
    return None


def _banner(
    sentence: str, style: str, keys: list[tuple[str, str, str]], width: int, symbols: Symbols
) -> Content:
    entries = [
        clickable(joined([Content.styled(key, "bold"), label], " "), action) for key, label, action in keys
    ]
    line = spread(
        clip(Content.styled(sentence, "bold"), width, symbols), joined(entries, "   "), width, symbols
    )
    return line.pad_right(max(0, width - line.cell_length)).stylize(f"{style} reverse")


def _choice(choice: Choice, scene: Scene, symbols: Symbols) -> Content:
    here = choice.key == scene.next_key
    mark = symbols.next if here and choice.enabled else ""
    name, sign, role = "tick", "", "$muted"
    for context in scene.contexts:
        if str(context.number) == choice.key:
            state = standing(context, scene, symbols)
            sign = state.glyph if not choice.enabled else ""
            name, role = context.name, cpu_role(context.cpu)
    marked = " underline" if choice.key == str(scene.marked) else ""
    if not choice.enabled:
        text = Content.styled(joined([f"{choice.key} {name}", sign], " ").plain, f"$muted{marked}")
    else:
        key = Content.styled(f"{mark}{choice.key}", "bold $next" if here else "bold")
        text = joined([key, Content.styled(name, f"{'bold ' if here else ''}{role}{marked}")], " ")
    return clickable(text, f"screen.choose('{choice.key}')")


def _space(scene: Scene) -> str:
    story = scene.story
    if story.quiz is not None:
        return "answer first"
    if story.on_script and story.beat < story.beats:
        return "space: follow the script"
    if any(choice.key == scene.next_key and choice.enabled for choice in scene.choices):
        return "space: the same again"
    return "who runs? press a digit"


class ChoicesBar(Clickable):
    """The line of choices; a click runs one."""

    DEFAULT_CSS = """
    ChoicesBar { height: 1; width: 1fr; padding: 0 1; }
    """

    scene: reactive[Scene | None] = reactive(None)

    def render(self) -> Content:
        """Draw the choices or the banner."""
        if self.scene is None:
            return Content("")
        width, symbols = self.content_size.width, glyphs_of(self)
        return draw_banner(self.scene, width, symbols) or draw_choices(self.scene, width, symbols)
