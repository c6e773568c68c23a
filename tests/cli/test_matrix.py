"""`ktwviz matrix`: the table, its width, what is kept, and the page in docs/ that it writes."""

import json
import re
from pathlib import Path

import pytest

from ktwviz.cli import main
from ktwviz.cli import matrix as command
from ktwviz.export.matrix import LEGEND, findings, markdown_row, title
from ktwviz.lesson.kept import Kept
from ktwviz.lesson.matrix import Cell, Row, cell, rows_of, tasks
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.scenario import scenario_of
from ktwviz.lesson.shelf import lesson_files
from ktwviz.schedule import Token

PAGE = Path(__file__).resolve().parents[2] / "docs" / "matrix.md"
WRITE = "write it again: ktwviz matrix --markdown > docs/matrix.md"
LESSONS = [load_lesson(file) for file in lesson_files()]
TWO_RULES = find_lesson("pointer-not-timer")


@pytest.fixture
def cache() -> Path:
    return Kept().path


def test_the_table_fits_and_every_broken_cell_has_its_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "4", "--jobs", "1"]) == 0
    told = capsys.readouterr().out.splitlines()
    table = told[: told.index("")]
    assert all(len(line) <= 120 for line in table)
    assert table[0].split() == ["race", "v4", "with", "the", "rule", "2016", "2020", "2021", "now"]
    assert re.match(
        "04 Neither pending nor queued holds [0-9.]+k broken [0-9]+ holds", " ".join(table[1].split())
    )
    assert told[-1].strip().startswith("kt1/timer-window@")


def test_what_was_worked_out_is_kept_and_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["matrix", "4", "--jobs", "1", "--json"])
    first = capsys.readouterr().out
    monkeypatch.setattr(command, "cell", lambda *task: pytest.fail("worked out again"))
    main(["matrix", "4", "--jobs", "1", "--json"])
    assert capsys.readouterr().out == first
    assert json.loads(first)["rows"][0]["cells"]["now"]["kind"] == "holds"


def test_a_kept_file_that_cannot_be_read_costs_time_alone(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text('{"x": 3', encoding="utf-8")
    assert main(["matrix", "3", "--jobs", "1", "--markdown"]) == 0
    told = capsys.readouterr().out
    assert "| race | v4 | with the rule | 2016 | 2020 | 2021 | now |\n| --- |" in told
    assert "| **broken " in told
    assert len(json.loads(cache.read_text(encoding="utf-8"))) == 6


# A lesson with several rules ------------------------------------------------------------------------------------


def test_the_rule_stays_where_the_title_is_cut() -> None:
    first, second = rows_of([TWO_RULES])
    assert first.title.endswith(": beside")
    assert title(second, 30) == "08 A pointer in..: never-asks"[:30]
    assert title(Row(TWO_RULES, "beside"), 14) == "08 A pointer.."


def test_versions_that_break_alike_are_told_once_with_the_first_token() -> None:
    rows = rows_of([TWO_RULES])
    id = TWO_RULES.id
    alike = [Cell("broken", 9, f"how {n}", "no-oops", 3, f"token {n}") for n in range(2)]
    cells = {
        (id, "beside"): Cell("broken", 9, "wild", "no-oops", 3, "token of beside"),
        (id, "never-asks"): Cell("broken", 9, "twice", "lists-sound", 3, "token of never-asks"),
        (id, "v4"): Cell("holds", 9),
        (id, "merged-2016"): alike[0],
        (id, "merged"): alike[1],
    }
    told = list(findings(rows, cells))
    assert [row.lesson.id for row, _ in told] == [id]
    assert [(found.heads, found.cell.token) for found in told[0][1]] == [
        (("beside", "2016", "now"), "token of beside"),
        (("never-asks",), "token of never-asks"),
    ]


# The page -------------------------------------------------------------------------------------------------------


def rows_of_page() -> list[str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("## The table") + 4
    return lines[start : lines.index("", start)]


def test_the_page_has_a_row_for_each_race_of_each_lesson() -> None:
    assert [line.split(" | ")[0][2:] for line in rows_of_page()] == [row.title for row in rows_of(LESSONS)], (
        WRITE
    )


def test_the_page_says_what_its_words_mean_as_the_command_does() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"- `{word}`: {meaning}" in page for word, meaning in LEGEND), WRITE


def test_every_token_of_the_page_is_of_todays_text_of_its_lesson() -> None:
    found = re.findall("^kt1/.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) >= len(rows_of(LESSONS))
    by_id = {lesson.id: lesson for lesson in LESSONS}
    tokens = [Token.parse(text) for text in found]
    stale = [str(token) for token in tokens if scenario_of(token, by_id[token.lesson]).digest != token.digest]
    assert stale == [], WRITE


@pytest.mark.parametrize("id", ["two-at-the-list", "the-store-that-waited", "two-ways-to-sleep"])
def test_the_page_says_of_small_races_what_the_checker_says(id: str) -> None:
    rows = rows_of([find_lesson(id)])
    cells = {(lesson.id, variant): cell(lesson, variant) for lesson, variant in tasks(rows)}
    for row in rows:
        assert markdown_row(row, cells) in rows_of_page(), WRITE
