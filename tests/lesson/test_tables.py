"""Where each key of a block stands: found by a short look where that is enough, and the same as by the parser."""

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.lesson import tables
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.tables import _statements

VALUES: tuple[str, ...] = (
    '"a"',
    '"]"',
    '"x = 1"',
    "3",
    "[]",
    '["a", "b"]',
    '[\n    "a",\n    "]",\n]',
    '"""\nx = 1\n]\n"""',
)
VALUES += (
    "'''\n[[y]]\n'''",
    "[\n]",
    '[\n"""\n]\n""",\n]',
    "true",
    "1.5",
    "{ b = 2 }",
    '"\\""',
    "[[1], [2]]",
    "[1, [\n2]]",
)
KEYS = ("a", "b_c", "d-e", '"f"', "g.h")


def blocks() -> list[str]:
    """Return every TOML block of the shipped lessons."""
    found = []
    for file in lesson_files():
        parts = file.read_text(encoding="utf-8").split("\n```")
        found += [part.partition("\n")[2] for part in parts if part.startswith("toml ")]
    return found


def by_parser(text: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool, str]]:
    with monkeypatch.context() as patch:
        never = re.compile(r"(?!)")
        patch.setattr(tables, "_PLAIN", never)
        patch.setattr(tables, "_OPENED", never)
        return list(_statements(text))


def test_in_the_lessons_both_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(blocks()) > 300
    for text in blocks():
        assert list(_statements(text)) == by_parser(text, monkeypatch)


@given(st.lists(st.tuples(st.sampled_from((*KEYS, "[[t]]", "# c", "")), st.sampled_from(VALUES)), max_size=5))
def test_in_whatever_is_toml_both_find_the_same(rows: list[tuple[str, str]]) -> None:
    lines = [key if key[:1] in ("[", "#", "") else f"{key} = {value}" for key, value in rows]
    text = "\n".join(lines) + "\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    with pytest.MonkeyPatch.context() as patch:
        assert list(_statements(text)) == by_parser(text, patch)
