"""The light reader of Markdown against the library: the same blocks, or none."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ktwviz.lesson.markdown import parsed_blocks
from ktwviz.lesson.plain import plain_blocks, read_blocks
from ktwviz.lesson.shelf import lesson_files

ROOT = Path(__file__).parents[2]
TEXTS = [
    *lesson_files(),
    ROOT / "ktwviz/lesson/template.md",
    *sorted(ROOT.glob("docs/*.md")),
    ROOT / "README.md",
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_text_of_the_project_reads_as_the_library_reads_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read_blocks(text) == parsed_blocks(text)


@pytest.mark.parametrize("path", TEXTS[:-1][: len(lesson_files())], ids=lambda path: path.name)
def test_the_lessons_are_read_without_the_library(path: Path) -> None:
    assert plain_blocks(path.read_text(encoding="utf-8")) is not None


PIECES = [
    "word", "two words", "a_b", "_a_", "__init__", "1", "1.", "2)", "98%", "*a*", "**a b**", "*", "**", "***a***",
    "* a", "- ", "- a", "-", "---", "===", "+ a", "#", "# Head", "## A `b` c", "####### seven", "# tail #", "`", "``",
    "`code`", "` x `", "`a*b*`", "`a <b>`", "```", "```python scenario", "```c", "~~~", "    ", "  ", " ", "\t",
    "<https://a.b/c-d@e_f>", "<https://A.b/>", "<b>", "<!-- c -->", "<div>", "[a](b)", "![a](b)", "[a]: b", "&amp;",
    "& b", "a & b", "\\", "\\*", "|", "| a | b |", "|---|---|", "--- | ---", ":--", "> q", "!", "Not now? Now!", '"q"',
    "(x)", "(*x*)", "*x*, y", "a*b*", "*a* b*", "*a `b` c*", "`a`*b*`c`", "é", "–", "’", "\u00a0", "\0", "\x07", "]",
    "~~a~~", "https://a.b", "www.a.b", ":", ";", "- a  ", "  - b", "-  two", "- `a` b", "- *a* b", "- - a", "- # a",
]  # fmt: skip
LINES = st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=4
).map(" ".join)


@settings(max_examples=1500, deadline=None)
@given(st.lists(LINES, max_size=7).map("\n".join))
@example("`\nword\n`")
@example("`word\n* a`")
@example("`word\n<div>`")
@example("a\n- b")
@example("- a\n\n- b")
@example("- a\n\n  b")
@example("```\na\n   ```  \nb")
@example("```\na\n    ```\n")
@example("a\nb\n===")
@example("a `b\nc` d")
@example("word\n## A\nword")
def test_whatever_is_read_without_the_library_reads_as_it_does_there(text: str) -> None:
    light = plain_blocks(text)
    assert light is None or light == parsed_blocks(text)


@settings(max_examples=1500, deadline=None)
@given(st.text(alphabet="ab1 \n`*_#-<>.:/[]()!&|~\\\"'=+\t", max_size=40))
def test_so_does_any_row_of_signs(text: str) -> None:
    light = plain_blocks(text)
    assert light is None or light == parsed_blocks(text)


def test_a_list_of_single_lines_is_read_without_the_library() -> None:
    text = "Two:\n\n- one `a`\n- the *other*\n\nEnd.\n"
    light = plain_blocks(text)
    assert light is not None
    assert light == parsed_blocks(text)
    assert [block.text for block in light] == ["Two:", "- one `a`\n- the other", "End."]
