"""What the lesson says about this moment, and below it what the last move did."""

from itertools import product

from textual.content import Content

from ktwviz.lesson.moves import who_moved
from ktwviz.lesson.telling import counted
from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.pane import Pane, glyphs_of
from ktwviz.tui.player.introduction import draw_introduction
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READ_ON, READABLE, UNBOUNDED, clip, folded, joined, lines_of


def draw_narration(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return the story's text at the top and what happened at the bottom, so that neither moves the other."""
    told = prose(scene.story.narration, width, symbols)
    urgent = bool(scene.story.notice or scene.story.newest_hint or scene.story.feedback)
    below = draw_happened(scene, width, height if urgent else max(1, height - len(told)), symbols)
    room = height - len(below)
    return folded(told, room, width, symbols, READ_ON) + [Content("")] * (room - len(told)) + below


def whole_narration(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return all that is told of this moment, and what the lesson is about."""
    width = min(width, READABLE)
    lines = [
        prose(scene.story.narration, width, symbols),
        draw_happened(scene, width, UNBOUNDED, symbols) if scene.cursor else [],
        [
            Content.styled("About this lesson", "bold $heading"),
            *draw_introduction(scene.story, width, symbols),
        ],
    ]
    return [line for part in lines if part for line in [*part, Content("")]][:-1]


def is_cut(scene: Scene, width: int, height: int, symbols: Symbols) -> bool:
    """Whether a pane of this size leaves out something of what is told, or of what happened."""
    return lines_told(scene, width, symbols) > height


def lines_told(scene: Scene, width: int, symbols: Symbols) -> int:
    """Return how many lines show all that is told, and all that happened."""
    told = prose(scene.story.narration, width, symbols)
    return len(told) + len(draw_happened(scene, width, UNBOUNDED, symbols))


def draw_happened(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return a sentence of the program, feedback on a quiz, or else what the last move did and changed."""
    story = scene.story
    if story.notice:
        return folded(lines_of(draw_notice(story, symbols), width), height, width, symbols)
    if story.newest_hint:
        number = story.hints.index(story.newest_hint) + 1
        where = f", {story.hint_place}" if story.hint_place else ""
        head = Content.styled(f"Hint {number}/{story.hint_count}{where}: ", "bold $next")
        return folded(
            lines_of(head + inline_markdown(story.newest_hint, symbols), width), height, width, symbols
        )
    if story.feedback:
        return folded(_feedback(story, width, symbols), height, width, symbols)
    if not scene.last:
        return [Content.styled("I: what this lesson is about", "$muted")] if story.introduction else []
    last = lines_of(_last(scene, symbols), width)
    if not scene.changes:
        return folded(last, height, width, symbols)
    apart = [*last, *lines_of(_changed(_full(scene, symbols), symbols), width)]
    return apart if len(apart) <= height else _run_on(scene, width, height, symbols)


def _run_on(scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
    """Return what the last move did and changed in one paragraph; changes that find no room are counted.

    Where it is very narrow what happened has the room, above all what is bad; without that, what changed.
    """
    brief, facts = _brief(scene, symbols), joined(_facts(scene, symbols))
    heads = [_ended(_last(scene, symbols)), _ended(facts) if facts else facts]
    for count, head in product(range(len(brief), 0, -1), heads):
        left = (
            Content.styled(f" +{len(brief) - count} more: z", "$muted") if count < len(brief) else Content("")
        )
        lines = lines_of(joined([head, _changed(brief[:count], symbols)], " ") + left, width)
        if len(lines) <= height:
            return lines
    rest = facts or _changed(brief, symbols)
    return folded(lines_of(rest, width), height, width, symbols)


def _ended(words: Content) -> Content:
    return words if words.plain.endswith(".") else words + Content(".")


def draw_notice(story: Story, symbols: Symbols) -> Content:
    """Return the sentence of the program; the sign is for what was refused."""
    sign = f"{symbols.interrupted} " if story.trouble else ""
    return Content.assemble((sign, "bold $next"), (symbols.text(story.notice), "bold"))


def _feedback(story: Story, width: int, symbols: Symbols) -> list[Content]:
    if story.feedback is None:
        return []
    right = story.feedback.right
    glyph, verdict, style = (
        (symbols.done, "Right:", "bold $changed") if right else (symbols.bad, "Not so:", "bold $bad")
    )
    head = Content.styled(f"{glyph} {verdict}", style)
    return lines_of(joined([head, inline_markdown(story.feedback.because, symbols)], " "), width)


def _last(scene: Scene, symbols: Symbols) -> Content:
    """Return who moved, where, and the facts."""
    return joined([Content.styled(_who(scene), "$muted"), *_facts(scene, symbols)])


def _facts(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return what happened that has a name, what is bad first."""
    facts = []
    events = [event for event in scene.events if event.kind != "tick"]
    for event in sorted(events, key=lambda event: not event.bad):
        glyph, style = (symbols.bad, "bold $bad") if event.bad else (symbols.event, "$event")
        text = symbols.text(event.text)
        facts.append(Content.styled(f"{glyph} ", style) + Content.styled(text, style if event.bad else ""))
    return facts


def _who(scene: Scene) -> str:
    before = scene.previous.machine if scene.previous else None
    return who_moved(scene.last, scene.changes, before, scene.picture.machine, single=scene.single)


def _changed(parts: list[Content], symbols: Symbols) -> Content:
    return Content.styled(f"Changed {symbols.changed} ", "bold $changed") + Content(", ").join(parts)


def _full(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return every word that changed, with its value before and after."""
    return [
        Content.assemble(
            (change.path, "bold"), f": {change.old} {symbols.arrow} ", (change.new, "bold $changed")
        )
        for change in scene.changes
    ]


def _brief(scene: Scene, symbols: Symbols) -> list[Content]:
    """Return the same with the new values alone; words of one struct with one value stand together."""
    words: dict[tuple[str, str], list[str]] = {}
    for change in scene.changes:
        owner, _, name = change.path.rpartition(".")
        words.setdefault((owner, change.new), []).append(name)
    return [
        Content.assemble(
            (".".join(part for part in (owner, "/".join(names)) if part), "bold"),
            f" {symbols.arrow} ",
            (new, "bold $changed"),
        )
        for (owner, new), names in words.items()
    ]


class NarrationPane(Pane[Scene]):
    """The lesson's words and what the last move did."""

    HELP_TEXT = "What happens next and why; below, what the last step changed."

    def watch_scene(self, old: Scene | None, new: Scene | None) -> None:  # type: ignore[override]  # with both values
        """Begin at the first line when the learner moved."""
        if old is None or new is None or old.cursor != new.cursor:
            self.top = 0
        self.redraw()

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the words."""
        return draw_narration(scene, width, height, symbols)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it, and the lesson's introduction."""
        return whole_narration(scene, width, symbols)

    def cut(self, scene: Scene) -> bool:
        """Whether there is more to read; at the start of a lesson there is its introduction."""
        width, height = self.content_size
        return not scene.cursor or is_cut(scene, width, height, glyphs_of(self))

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the beat's title, whether it is still to come, and how far along the script the learner is."""
        return draw_beat(scene.story, self.content_size.width - 4, symbols)


def draw_beat(story: Story, width: int, symbols: Symbols) -> Content:
    """Return "Next: Promised   beat 2 of 6, about 9 steps"; the title gives way, the count stays."""
    title = Content.styled(symbols.text(story.beat_title or "Narration"), "bold")
    if not story.moves:
        return title
    when = Content.styled(f"{symbols.next} {'Under way' if story.move else 'Next'}: ", "bold $next")
    count = Content.styled(f"   {_count(story)}", "$muted")
    return clip(when + title, width - count.cell_length, symbols) + count


def _count(story: Story) -> str:
    beat = f"beat {story.beat + 1} of {story.beats}"
    if story.move:
        return f"{beat}, {story.unit} {story.move + 1} of about {story.moves}"
    return f"{beat}, {counted(story.moves, story.unit)}"
