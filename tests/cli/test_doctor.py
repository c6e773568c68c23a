"""`ktwviz doctor`: it says what it found, and what to do."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ktwviz.cli import main
from tests.cli.program import ROOT


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """Run it; return mark and words by what was looked at."""
    main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)["found"]
    return {one["what"]: (one["mark"], one["words"]) for one in found}


def test_without_a_terminal_it_says_so_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert found["terminal"] == ("warn", "none: output or input is redirected")
    assert found["lessons"][0] == "ok"
    assert found["signs"][1].startswith("not measured")


def test_a_progress_file_that_cannot_be_read_fails_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KTWVIZ_STATE", str(tmp_path))
    file = tmp_path / "progress.json"
    file.write_text("{", encoding="utf-8")
    assert main(["doctor"]) == 1
    assert "fail progress" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == "{"


def test_folders_that_cannot_be_made_are_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in place of the folders", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    place = tmp_path / "file" / "ktwviz"
    why = f"{tmp_path / 'file'} is not a folder"
    assert f"warn progress    {place / 'progress.json'}, 0 solved; it cannot be saved: {why}\n" in said
    assert "mend that, or set KTWVIZ_STATE to a folder that can be written" in said
    assert f"warn cache       {tmp_path / 'file' / 'cache' / 'ktwviz'}: {why}\n" in said


def test_every_trouble_of_the_settings_is_listed_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KTWVIZ_CONFIG", str(tmp_path))
    file = tmp_path / "config.toml"
    file.write_text('theme = "blue"\nspeed = 0\n[keys]\ntick = "p"\nhint = "ctrl+spce"\n', encoding="utf-8")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert f"warn settings    4 troubles in {file}\n" in said
    assert f"{file}:1: theme 'blue' is unknown" in said
    assert f"{file}:2: 'speed' is the number 0" in said
    assert f"{file}:4: 'p' would be both autoplay and tick in the player" in said
    assert f"{file}:5: hint: there is no key 'ctrl+spce'" in said


def test_it_says_where_settings_would_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KTWVIZ_CONFIG", str(tmp_path))
    assert told(capsys)["settings"] == ("ok", f"none: they would stand in {tmp_path / 'config.toml'}")


def test_few_colours_lead_to_the_theme_of_sixteen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "linux")
    assert told(capsys)["colours"] == ("warn", "perhaps sixteen")


@pytest.mark.parametrize(("column", "mark"), [(6, "ok"), (11, "warn")])
def test_signs_are_measured_by_the_cursor(column: int, mark: str) -> None:
    assert answered(f"\x1b[1;{column}R".encode())["signs"] == mark


def answered(answer: bytes) -> dict[str, str]:
    """Run it in a terminal that answers where its cursor is; return the marks."""
    outer, inner = pty.openpty()
    script = "from ktwviz.cli import main; main(['doctor'])"
    environment = os.environ | {"TERM": "xterm-256color"}
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdin=inner, stdout=inner, stderr=inner, cwd=ROOT, env=environment
    )
    os.close(inner)
    said = b""
    with open(outer, "rb", buffering=0) as terminal:
        while True:
            try:
                piece = terminal.read(4096)
            except OSError:
                break
            said += piece
            if b"\x1b[6n" in piece:
                os.write(outer, answer)
    program.wait()
    lines = said.decode().replace("\r", "\n").splitlines()
    marked = [line.split(maxsplit=2) for line in lines if line.startswith(("ok", "warn", "fail"))]
    return {words[1]: words[0] for words in marked}
