"""The light reader of TOML against the library: the same values, or none."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ktwviz.lesson.blocks import Fence
from ktwviz.lesson.plain import read_blocks
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.toml import plain_toml, read_toml


def tables(path: Path) -> list[str]:
    """Return the TOML of a lesson, block by block."""
    blocks = read_blocks(path.read_text(encoding="utf-8"))
    return [block.text for block in blocks if isinstance(block, Fence) and block.info.startswith("toml")]


@pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)
def test_the_blocks_of_every_lesson_read_as_the_library_reads_them(path: Path) -> None:
    assert [read_toml(text) for text in tables(path)] == [tomllib.loads(text) for text in tables(path)]


def test_nearly_all_of_them_are_read_without_the_library() -> None:
    texts = [text for path in lesson_files() for text in tables(path)]
    assert sum(plain_toml(text) is not None for text in texts) > 0.9 * len(texts)


def test_the_first_lesson_needs_no_library() -> None:
    script = """
import sys
from ktwviz.lesson.parse import find_lesson
find_lesson("1")
print("tomllib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


LINES = [
    "", "# note", 'a = "x"', 'b = "y"', "a = 1", "b = 0", "b = 01", "c = -1", "c = 1_0", "c = true", "d = [", "]",
    '    "one",', '    "two"', "    'three',", 'e = ["x", "y"]', "e = []", 'e = ["x",]', "[[a]]", "[[t]]", "[t]",
    'a = """', '"""', "a = '''", "'''", "text", 'say "x"', 'a = "\\n"', 'a = "x" # y', 'a="x"', "f.g = 1", '"q" = 1',
    'a = "é…"', "  a = 1", "t = [", "t = []", 't = "x"', 'a = ""', "[[t.u]]", "d = [ ]", 'd = [1]', "\t", "x = 1.5",
    "if a:\\",
]  # fmt: skip


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=7).map("\n".join))
@example("t = []\n[[t]]")
@example('[[t]]\nt = "x"\n[[t]]')
@example('a = """\nx""""\n"""')
@example("a = 1\n[[a]]")
def test_whatever_is_read_without_the_library_reads_as_it_does_there(text: str) -> None:
    light = plain_toml(text)
    assert light is None or light == tomllib.loads(text)


@settings(max_examples=3000, deadline=None)
@given(st.text(alphabet="ab1 \n\"'[]=,#.\\\t{}-_\r", max_size=30))
def test_so_does_any_row_of_signs(text: str) -> None:
    light = plain_toml(text)
    assert light is None or light == tomllib.loads(text)
