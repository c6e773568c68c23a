"""The editor of a function or a scenario: numbered and in colours, with a mark on the line that is wrong."""

import ast
from functools import lru_cache
from typing import ClassVar, Literal

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]  # it ships no types
from pygments.token import Token  # type: ignore[import-untyped]  # it ships no types
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.document._document import Location
from textual.strip import Strip
from textual.widgets import TextArea

from ktwviz.lesson.editing import LONGEST_TEXT
from ktwviz.machine.syntax import parse
from ktwviz.tui.pane import glyphs_of

_STYLES = (
    (Token.Comment, "code--quiet"),
    (Token.Literal.String, "code--quiet"),
    (Token.Keyword, "code--keyword"),
    (Token.Operator.Word, "code--keyword"),
    (Token.Literal.Number, "code--number"),
    (Token.Name.Function, "code--name"),
)

Span = tuple[int, int, str]
"""First column, the column after the last, and the class of the style."""


@lru_cache(maxsize=8)
def spans_of(text: str) -> tuple[tuple[Span, ...], ...]:
    """Return for each line of a Python text what is to be coloured in it."""
    lines: list[list[Span]] = [[]]
    column = 0
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        style = next((style for token, style in _STYLES if kind in token), "")
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
                column = 0
            if part and style:
                lines[-1].append((column, column + len(part), style))
            column += len(part)
    return tuple(tuple(line) for line in lines)


def indent_after(line: str) -> str:
    """Return the white space with which the line after this one begins."""
    indent = line[: len(line) - len(line.lstrip())]
    return indent + "    " if line.rstrip().endswith(":") else indent


def first_line_of_code(text: str) -> int:
    """Return the line, from 1, of the first statement after the docstring; 1 for a text that is no function."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 1
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not functions:
        return 1
    body = functions[0].body
    return body[1 if ast.get_docstring(functions[0]) is not None and len(body) > 1 else 0].lineno


class CodeEditor(TextArea):
    """Edits stepped code; `wrong` is the line, from 1, at which it goes wrong, 0 for none. Its number has a sign then.

    `about` is what the help says of it. `tab` indents, or, if it "leaves", goes to the next pane.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "code--quiet", "code--keyword", "code--number", "code--name", "code--wrong", "code--sign",
    }  # fmt: skip

    DEFAULT_CSS = """
    CodeEditor {
        border: round $edge; border-title-color: $heading; border-subtitle-color: $muted;
        background: $background; padding: 0; height: 1fr; scrollbar-size-vertical: 1;
        &:focus { border: heavy $edge-focus; border-title-style: bold; }
        & .text-area--gutter { color: $muted; background: $background; }
        & .text-area--cursor-gutter { color: $next; background: $bar; text-style: bold; }
        & .text-area--cursor-line { background: $bar; }
        & .code--quiet { color: $muted; }
        & .code--keyword { color: $secondary; }
        & .code--number { color: $lock; }
        & .code--name { text-style: bold; }
        & .code--wrong { color: $bad; text-style: bold underline; }
        & .code--sign { color: $bad; background: $background; text-style: bold; }
    }
    """

    def __init__(self, text: str, about: str, *, tab: Literal["indents", "leaves"] = "indents") -> None:
        behaviour: Literal["indent", "focus"] = "indent" if tab == "indents" else "focus"
        super().__init__(text, show_line_numbers=True, tab_behavior=behaviour, soft_wrap=True)
        self.HELP_TEXT = about
        self.cursor_blink = False
        self._wrong = 0

    @property
    def wrong(self) -> int:
        """The line at which the text goes wrong."""
        return self._wrong

    @wrong.setter
    def wrong(self, line: int) -> None:
        if line != self._wrong:
            self._wrong = line
            self.notify_style_update()
            self.refresh()

    def _render_line(self, y: int) -> Strip:
        """Draw a row of the screen; the number of the wrong line is followed by a sign, for colour is not enough."""
        strip = super()._render_line(y)
        row = self.scroll_offset[1] + y
        known = self.wrapped_document._offset_to_line_info
        if not self._wrong or row >= len(known) or known[row] != (self._wrong - 1, 0):
            return strip
        at = self.gutter_width - 2
        sign = Segment(glyphs_of(self).bad, self.get_component_rich_style("code--sign"))
        return Strip.join([strip.crop(0, at), Strip([sign], 1), strip.crop(at + 1)])

    def get_line(self, line_index: int) -> Text:
        """Return a line in colours; the wrong one is underlined."""
        line = super().get_line(line_index)
        # colours for what can be a function; a pasted book stays plain, and the screen quick
        spans = spans_of(self.text) if len(self.text) <= LONGEST_TEXT else ()
        for start, end, style in spans[line_index] if line_index < len(spans) else ():
            line.stylize(self.get_component_rich_style(style, partial=True), start, end)
        if line_index + 1 == self._wrong:
            begin = len(line.plain) - len(line.plain.lstrip())
            line.stylize(self.get_component_rich_style("code--wrong", partial=True), begin)
        return line

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what a key does here; leave esc, and what the editor has no use for, to the screen.

        A key that is left to its binding goes up to the app and comes back, and what is typed meanwhile overtakes it.
        """
        if event.key == "escape":
            event.prevent_default()
            return
        if event.key == "enter":
            row, column = self.cursor_location
            self.insert("\n" + indent_after(self.document.get_line(row)[:column]))
        elif not await self.do_key(event.key):
            return
        event.stop()
        event.prevent_default()

    async def do_key(self, key: str) -> bool:
        """Do what the editor binds a key to; False where it binds it to nothing."""
        bound = self._bindings.key_to_bindings.get(key, [])
        for binding in bound[:1]:
            await self.run_action(binding.action)
        return bool(bound)

    def get_cursor_line_end_location(self) -> Location:
        """Return the end of the whole line, also where it is shown in several rows."""
        row, _ = self.cursor_location
        return row, len(self.document.get_line(row))

    def get_cursor_line_start_location(self, smart_home: bool = False) -> Location:
        """Return where the code of the line begins; where the cursor is there already, the first column."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        begin = len(line) - len(line.lstrip())
        return row, begin if smart_home and column != begin else 0

    def show_line(self, line: int) -> None:
        """Put the cursor on a line, counted from 1, and scroll to it; where it is there already, it stays."""
        row = min(max(line, 1), self.document.line_count) - 1
        if row == self.cursor_location[0]:
            self.scroll_cursor_visible()
            return
        text = self.document.get_line(row)
        self.move_cursor((row, len(text) - len(text.lstrip())))
