"""What the lesson says about this moment, and below it what the last move did."""

from textual.content import Content

from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, lines_of, prose


def draw_narration(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the story's text at the top and what happened at the bottom, so that neither moves the other."""
    below = draw_happened(scene, width, max(1, height - 1), symbols)
    told = prose(scene.story.narration, width, symbols)
    room = height - len(below)
    spare = room - len(told)
    if spare < 0:
        below = _fold(below, room - len(told), width, symbols)
        room = height - len(below)
        told = told[:room]
    return told + [Content("")] * (room - len(told)) + below


def draw_happened(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return a sentence of the program, feedback on a quiz, or else what the last move did and changed."""
    story = scene.story
    if story.notice:
        return lines_of(Content.styled(f"{symbols.interrupted} {symbols.text(story.notice)}", "bold $next"), width)[:height]
    if story.feedback:
        return _feedback(story, width, symbols)[:height]
    return [*_events(scene, width, symbols), *_changes(scene, width, symbols)][-height:]


def _feedback(story: Story, width: int, symbols: Symbols) -> list[Content]:
    if story.feedback is None:
        return []
    right = story.feedback.right
    glyph, verdict, style = (
        (symbols.done, "Right:", "bold $changed") if right else (symbols.bad, "Not so:", "bold $bad")
    )
    head = Content.styled(f"{glyph} {verdict}", style)
    return lines_of(joined([head, Content(symbols.text(story.feedback.because))], " "), width)


def _events(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    facts = []
    for event in scene.events:
        glyph, style = (symbols.bad, "bold $bad") if event.bad else (symbols.event, "$event")
        facts.append(Content.styled(f"{glyph} ", style) + Content.styled(event.text, style if event.bad else ""))
    return lines_of(joined(facts), width) if facts else []


def _changes(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    if not scene.changes:
        return []
    parts = [
        Content.assemble((change.path, "bold"), f": {change.old} {symbols.arrow} ", (change.new, "bold $changed"))
        for change in scene.changes
    ]
    return lines_of(Content.styled(f"Changed {symbols.changed} ", "bold $changed") + Content(", ").join(parts), width)


def _fold(lines: list[Content], spare: int, width: int, symbols: Symbols) -> list[Content]:
    """Return the lines shortened by `-spare`, but never to less than one."""
    keep = max(1, len(lines) + spare)
    if keep >= len(lines):
        return lines
    kept = lines[:keep]
    return [*kept[:-1], clip(kept[-1] + Content.styled(f" {symbols.more}", "$muted"), width, symbols)]


class NarrationPane(Pane[Scene]):
    """The lesson's words and what the last move did."""

    HELP_TEXT = "What happens next and why; below, what the last step changed."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the words."""
        return draw_narration(scene, width, height, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the beat's title."""
        return Content(symbols.text(scene.story.beat_title or "Narration"))

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw how far along the script the learner is."""
        return beat_count(scene.story)


def beat_count(story: Story) -> Content:
    """Return "beat 3/7", or that the learner goes a way of their own."""
    if not story.on_script:
        return Content.styled("your own way", "$next")
    if story.beat >= story.beats:
        return Content("script done")
    return Content(f"beat {story.beat + 1}/{story.beats}")
