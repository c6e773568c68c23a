"""What the learner is to reach by hand, and the hints asked for so far."""

from textual.content import Content

from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READABLE, UNBOUNDED, joined, lines_of


def draw_goal(story: Story, width: int, symbols: Symbols, height: int = UNBOUNDED) -> list[Content]:
    """Return the goal with its box, its step limit, and the hints; where not all fit, the newest ones."""
    if not story.goal:
        words = "space follows the script" if story.beats else "the digits decide who runs"
        return lines_of(Content.styled(f"No goal: {words}.", "$muted"), width)
    goal = _boxed(goal_line(story, symbols), width)
    more = []
    if story.max_steps:
        more += _indented(f"in at most {story.max_steps} steps", width)
    if story.goal_never:
        more += _indented(f"under {story.version} no interleaving reaches it", width)
    elif score := score_line(story):
        more += _indented(score, width)
    hints = [_hint(number, story, width, symbols) for number in range(1, len(story.hints) + 1)]
    if len(story.hints) < story.hint_count and not story.goal_reached:
        press = f"Hint {len(story.hints) + 1}/{story.hint_count}  press H"
        hints.append([Content.styled(press, "$muted")])
    room = height - len(goal) - len(more) - 1
    if sum(len(lines) for lines in hints) <= room:
        return [*goal, *more, Content(""), *(line for lines in hints for line in lines)]
    return [*goal, *_newest(hints[: len(story.hints)], height - len(goal))]


def _newest(hints: list[list[Content]], room: int) -> list[Content]:
    """Return as many of the last hints as fit, and how many there are before them."""
    shown: list[Content] = []
    for number in range(len(hints), 0, -1):
        lines = hints[number - 1]
        earlier = 1 if number > 1 else 0
        if len(lines) + len(shown) + earlier > room:
            told = "1 hint" if number == 1 else f"{number} hints"
            return [Content.styled(f"{told} before: z", "$muted"), *shown] if shown else lines
        shown = [*lines, *shown]
    return shown


def _hint(number: int, story: Story, width: int, symbols: Symbols) -> list[Content]:
    head = Content.styled(f"Hint {number}/{story.hint_count}  ", "$heading")
    return lines_of(head + inline_markdown(story.hints[number - 1], symbols), width)


def _indented(text: str, width: int) -> list[Content]:
    return [Content("  ") + line for line in lines_of(Content.styled(text, "$muted"), width - 2)]


def score_line(story: Story) -> str:
    """Return how the learner's best way compares with the shortest one; empty before the goal was reached once."""
    if story.best is None:
        return ""
    if story.fewest is None:
        return f"your best: {story.best} steps"
    if story.best <= story.fewest:
        return f"your best: {story.best} steps, and fewer are not possible"
    return f"your best: {story.best} steps; {story.fewest} are possible"


def goal_line(story: Story, symbols: Symbols) -> Content:
    """Return the goal in one line, ticked when it is reached."""
    box = symbols.box_done if story.goal_reached else symbols.box
    style = "bold $changed" if story.goal_reached else "bold"
    return joined([Content.styled(box, style), inline_markdown(story.goal, symbols)], " ")


def _boxed(line: Content, width: int) -> list[Content]:
    first, *rest = lines_of(line, width - 2) or [Content("")]
    return [first, *(Content("  ") + more for more in rest)]


class GoalPane(Pane[Scene]):
    """Goal and hints."""

    HELP_TEXT = "What to reach by hand. H shows hints, from vague to nearly told."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw goal and hints."""
        return draw_goal(scene.story, width, symbols, height)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all hints, however long."""
        return draw_goal(scene.story, min(width, READABLE), symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name, and when the hints hold if they do not now."""
        story = scene.story
        return Content(
            f"Goal; hints {story.hint_place}" if story.hints and story.hint_place else "Goal and hints"
        )

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell the key for hints while there are some."""
        more = len(scene.story.hints) < scene.story.hint_count and not scene.story.goal_reached
        return Content("H next hint" if more else "")
