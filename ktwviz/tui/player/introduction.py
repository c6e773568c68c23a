"""What a lesson is about: a page of its own at its first opening, and at a key at any time."""

from textwrap import dedent, wrap

from textual.content import Content

from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.pane import Pane
from ktwviz.tui.player.scene import Scene, Story
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import READABLE, joined, lines_of

_SIGNS = {"-": "$bad", "+": "$changed", " ": "$muted"}


def draw_introduction(story: Story, width: int, symbols: Symbols) -> list[Content]:
    """Return the aim, the introduction, and what the lesson changes in the kernel."""
    parts = [
        lines_of(inline_markdown(story.aim, symbols).stylize_before("bold"), width) if story.aim else [],
        prose(story.introduction, width, symbols),
        draw_rule(story.rule, width, symbols),
    ]
    return [line for part in parts if part for line in [*part, Content("")]][:-1]


def draw_rule(rule: str, width: int, symbols: Symbols) -> list[Content]:
    """Return the lines that a rule takes out of the kernel and puts in, each below the name of its function."""
    lines: list[Content] = []
    for function, changed in _by_function(rule):
        heading = Content.styled("In this lesson's kernel, ", "bold $heading")
        lines += lines_of(joined([heading + Content.styled(f"{function}():", "bold")]), width)
        for text in dedent("\n".join(line[1:] for line in changed)).splitlines():
            sign = changed.pop(0)[0]
            rows = wrap(symbols.text(text), width - 2, subsequent_indent="        ") or [""]
            lines += [
                Content.styled(f"{sign if at == 0 else ' '} {row}", _SIGNS[sign])
                for at, row in enumerate(rows)
            ]
    return lines


def _by_function(rule: str) -> list[tuple[str, list[str]]]:
    """Return for each function of a diff its name and the lines with a sign, and those between them."""
    found: list[tuple[str, list[str]]] = []
    between: list[str] = []
    for line in rule.splitlines():
        if line.startswith(" def "):
            found.append((line.removeprefix(" def ").partition("(")[0], []))
            between = []
        elif not found:
            continue
        elif line[:1] in ("-", "+"):
            found[-1][1].extend([*between, line])
            between = []
        elif found[-1][1]:
            between.append(line or " ")
    return [(function, changed) for function, changed in found if changed]


class IntroductionPane(Pane[Scene]):
    """The page about the lesson."""

    HELP_TEXT = "What this lesson is about, and what it changes in the kernel."

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw the page."""
        return self.draw_whole(scene, width, symbols)

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw all of it, in lines that are not too long to read."""
        return draw_introduction(scene.story, min(width, READABLE), symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw number and title of the lesson."""
        title = " ".join(part for part in (scene.story.number, scene.story.title) if part)
        return Content.styled(symbols.text(title), "bold")
