"""A small menu at the bottom: in which form this moment is passed on. It covers little, and any other key closes it."""

from textual import events
from textual.app import ComposeResult
from textual.content import Content

from ktwviz.export.run import FORMS
from ktwviz.lesson.play import Play
from ktwviz.tui.box import BottomBox
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.pane import glyphs_of
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable, columns

CHOICES = (
    ("t", "token", "Token", "copied, and shown in the narration"),
    ("c", "changelog", "Changelog", "a column for each CPU, as a patch tells a race"),
    ("m", "markdown", "Markdown", "a page with the run, its source and its token"),
    ("h", "html", "HTML", "a page for a browser, with the run and the code"),
    ("d", "mermaid", "Diagram", "a sequence diagram in Mermaid"),
    ("j", "json", "JSON", "every step, with the choices that there were"),
    ("a", "table", "Table", "a row for each step"),
    ("f", "ftrace", "Trace", "as the function tracer would have logged it"),
    ("l", "lockdep", "Lockdep", "who took which lock where, and what lockdep says of it"),
    ("r", "cast", "Recording", "every step of the walk, to play with asciinema"),
    ("s", "screenshot", "Screenshot", "the screen as it is, as SVG"),
)
"""Key, name, label, and what it is."""
_PICTURES = {"screenshot": "svg", "cast": "cast"}
"""How a file of a picture ends."""


def draw_exports(symbols: Symbols) -> Content:
    """Return a line for each form, with its key; a click on it chooses it."""
    rows = [
        [Content.styled(key, "bold $next"), Content.styled(label, "bold"), Content.styled(about, "$muted")]
        for key, _, label, about in CHOICES
    ]
    lines = zip(columns(rows), CHOICES, strict=True)
    return Content("\n").join(clickable(line, f"screen.choose('{form}')") for line, (_, form, *_) in lines)


def text_of(play: Play, form: str) -> str:
    """Return the walk up to the cursor in a form. Raises ScheduleError for a run of the learner's own code."""
    write, _ = FORMS[form]
    token = play.scenario.token(play.session.schedule())
    return write(play.scenario, play.session, token) + "\n"


def file_name(play: Play, form: str) -> str:
    """Return "ktwviz-timer-window-12.txt": the lesson and the step."""
    ending = FORMS[form][1] if form in FORMS else _PICTURES[form]
    return f"ktwviz-{play.lesson.id}-{play.session.cursor}.{ending}"


class ExportMenu(BottomBox[str]):
    """Asks; the result is the name of the form, "" for none."""

    def compose(self) -> ComposeResult:
        box = Clickable(draw_exports(glyphs_of(self)), classes="box")
        box.border_title = "Pass this moment on"
        box.border_subtitle = "any other key closes it"
        yield box

    def on_key(self, event: events.Key) -> None:
        """Choose; the key does nothing else."""
        event.stop()
        event.prevent_default()
        self.dismiss(next((name for key, name, *_ in CHOICES if key == event.key), ""))

    def action_choose(self, form: str) -> None:
        """Choose what was clicked."""
        self.dismiss(form)

    def on_click(self) -> None:
        """Close it at a click beside the forms."""
        self.dismiss("")
