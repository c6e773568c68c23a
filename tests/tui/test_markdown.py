"""The Markdown of lesson texts is drawn alike with the library and without it."""

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.content import Content

from ktwviz.tui import markdown
from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.symbols import ASCII, UNICODE, Symbols
from tests.tui.frames import text_of

PIECES = [
    "word", "two words", "a_b", "_a_", "1", "1.", "2)", "*a*", "**a b**", "*", "- ", "- a", "-", "---", "===", "# a",
    "`code`", "` x `", "`a*b`", "``", "`", "```", "    ", "  ", " ", "<https://a.b/c>", "<b>", "[a](b)", "[bold]x[/]",
    "&amp;", "a & b", "\\*", "|", "> q", "don't", "(x)", "é", "–", "…", ":", "- `a` b", "- *a* b", "say \"hm\"",
]  # fmt: skip
LINES = st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)
TABLES = st.sampled_from([UNICODE, ASCII])


def by_the_library(text: str, symbols: Symbols, width: int | None = None) -> list[Content]:
    """Return what the library's reading of a text is drawn as, in one line or in lines of a width."""
    if width is None:
        return [markdown._inline_of_library(text, symbols)]
    return markdown._prose_of_library(text, width, symbols)


def alike(one: list[Content], other: list[Content]) -> bool:
    """Tell whether two drawings have the same characters in the same styles."""
    return [styled_characters(line) for line in one] == [styled_characters(line) for line in other]


def styled_characters(line: Content) -> list[tuple[str, str]]:
    """Return each character with its style."""
    styles = [""] * len(line.plain)
    for span in line.spans:
        styles[span.start : span.end] = [str(span.style)] * (span.end - span.start)
    return list(zip(line.plain, styles, strict=True))


@settings(max_examples=600, deadline=None)
@given(TEXTS, TABLES)
@example("a `b\nc` d", UNICODE)
@example("- a", UNICODE)
@example(" a", UNICODE)
def test_a_line_is_drawn_as_the_library_reads_it(text: str, symbols: Symbols) -> None:
    assert alike([inline_markdown(text, symbols)], by_the_library(text, symbols))


@settings(max_examples=600, deadline=None)
@given(TEXTS, TABLES, st.sampled_from([20, 76]))
@example("Two:\n\n- one `a`\n- the other\n\nEnd.", UNICODE, 20)
@example("see <https://a.b/c>", UNICODE, 20)
def test_paragraphs_and_lists_are_drawn_as_the_library_reads_them(
    text: str, symbols: Symbols, width: int
) -> None:
    assert alike(prose(text, width, symbols), by_the_library(text, symbols, width))


def test_words_and_code_need_no_library() -> None:
    script = """
import sys
from ktwviz.tui.markdown import inline_markdown, prose
from ktwviz.tui.symbols import UNICODE
inline_markdown("What does `work.node` hold?", UNICODE)
prose("A `work` waits.\\n\\n- on a list\\n- or on none", 40, UNICODE)
print("markdown_it" in sys.modules)
inline_markdown("*now*", UNICODE)
print("markdown_it" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_markup_of_the_screen_in_a_lesson_stays_text() -> None:
    assert inline_markdown("[bold red]x[/] and `[dim]`", UNICODE).plain == "[bold red]x[/] and [dim]"


@pytest.mark.parametrize("width", [20, 40, 76])
def test_prose_never_passes_its_width(width: int) -> None:
    text = "A *delayed* work waits on **no** list:\n\n- one `item`\n- a longer one\n\n```c\nx = 1;\n```"
    assert max(line.cell_length for line in prose(text, width, UNICODE)) <= width


def test_a_list_keeps_its_items_together() -> None:
    assert text_of(prose("Two:\n\n- one\n- two", 40, UNICODE)) == "Two:\n\n- one\n- two"
