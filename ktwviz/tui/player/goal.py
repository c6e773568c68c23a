"""What the learner is to reach by hand, and the hints asked for so far."""

from textual.content import Content

from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READABLE, clip, joined, lines_of


def draw_goal(story: Story, width: int, symbols: Symbols) -> list[Content]:
    """Return the goal with its box, its step limit, and the hints."""
    if not story.goal:
        return [Content.styled("There is no goal here: space follows the script.", "$muted")]
    lines = _boxed(goal_line(story, symbols), width)
    if story.max_steps:
        lines.append(Content.styled(f"  in at most {story.max_steps} steps", "$muted"))
    if story.goal_never:
        lines.append(Content.styled(f"  under {story.version} no interleaving reaches it", "$muted"))
    elif score := score_line(story):
        lines.append(Content.styled(f"  {score}", "$muted"))
    lines.append(Content(""))
    for number, hint in enumerate(story.hints, 1):
        head = Content.styled(f"Hint {number}/{story.hint_count}  ", "$heading")
        lines += lines_of(head + inline_markdown(hint, symbols), width)
    if len(story.hints) < story.hint_count and not story.goal_reached:
        lines.append(Content.styled(f"Hint {len(story.hints) + 1}/{story.hint_count}  press H", "$muted"))
    return lines


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


def short_goal(story: Story, width: int, symbols: Symbols) -> list[Content]:
    """Return the goal, and the latest hint, in at most one line each."""
    if not story.goal:
        return []
    limit = f"in at most {story.max_steps} steps" if story.max_steps else ""
    line = joined(
        [Content.styled("Goal", "$heading"), goal_line(story, symbols), Content.styled(limit, "$muted")]
    )
    lines = [clip(line, width, symbols)]
    if story.hints:
        hint = Content.styled(f"Hint {len(story.hints)}/{story.hint_count}  ", "$heading")
        lines.append(clip(hint + inline_markdown(story.hints[-1], symbols), width, symbols))
    return lines


def _boxed(line: Content, width: int) -> list[Content]:
    first, *rest = lines_of(line, width - 2) or [Content("")]
    return [first, *(Content("  ") + more for more in rest)]


class GoalPane(Pane[Scene]):
    """Goal and hints."""

    HELP_TEXT = "What to reach by hand. H shows hints, from vague to nearly told."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw goal and hints."""
        return draw_goal(scene.story, width, symbols)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all hints, however long."""
        return draw_goal(scene.story, min(width, READABLE), symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Goal and hints")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Tell the key for hints while there are some."""
        more = len(scene.story.hints) < scene.story.hint_count and not scene.story.goal_reached
        return Content("H next hint" if more else "")
