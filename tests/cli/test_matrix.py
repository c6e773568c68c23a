"""`ktwviz matrix`: the table, its width, what is kept."""

import json
import re
from pathlib import Path

import pytest

from ktwviz.cli import main
from ktwviz.cli import matrix as command


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "user_cache_path", lambda name: tmp_path / name)
    return tmp_path / "ktwviz" / "matrix.json"


def test_the_table_fits_and_every_broken_cell_has_its_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "4", "--jobs", "1"]) == 0
    told = capsys.readouterr().out.splitlines()
    table = told[: told.index("")]
    assert all(len(line) <= 120 for line in table)
    assert table[0].split() == ["race", "v4", "with", "the", "rule", "2016", "2020", "2021", "now"]
    assert re.match(
        "1 Neither pending nor queued holds [0-9.]+k broken [0-9]+ holds", " ".join(table[1].split())
    )
    assert told[-1].strip().startswith("kt1/timer-window@")


def test_what_was_worked_out_is_kept_and_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
    cache.parent.mkdir()
    cache.write_text('{"x": 3', encoding="utf-8")
    assert main(["matrix", "3", "--jobs", "1", "--markdown"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("| race | v4 | with the rule | 2016 | 2020 | 2021 | now |\n| --- |")
    assert "| **broken " in told
