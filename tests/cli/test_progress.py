"""`ktwviz progress`: carried to another machine and back nothing is lost, and nothing is forgotten by mistake."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ktwviz.cli import main
from ktwviz.progress.model import LessonProgress, Progress
from ktwviz.progress.store import ProgressStore, progress_path
from ktwviz.progress.text import from_json, to_json
from tests.cli.program import ROOT, ktwviz

SOLVED = LessonProgress(
    solved=True, best=9, token="kt1/timer-window@180c/1*4", beat=3, quiz={"1": True}, hints=1
)
BEGUN = LessonProgress(token="kt1/one-tick@3f2a/1", beat=1)


def have(**lessons: LessonProgress) -> Path:
    """Put progress in its place; names have _ for -."""
    store = ProgressStore(progress_path())
    store.save(Progress({name.replace("_", "-"): one for name, one in lessons.items()}))
    return store.path


def now() -> Progress:
    return ProgressStore(progress_path()).load()


def test_show_tells_what_was_done_in_each_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    have(timer_window=SOLVED, of_my_own=BEGUN)
    assert main(["progress", "show"]) == 0
    first, solved, own = capsys.readouterr().out.splitlines()
    assert first.startswith("1 of ") and first.endswith("lessons solved")
    assert solved.split("   ")[0] == "[x] 04 Neither pending nor queued"
    assert solved.endswith("best 9 steps   quiz 1/1 right   hints 1")
    assert own == "[/] of-my-own"


def test_show_as_json_is_the_whole_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    have(timer_window=SOLVED)
    assert main(["progress", "show", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert from_json(json.dumps(told["progress"])) == now()


def test_list_todo_leaves_out_what_is_solved(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list"])
    every = capsys.readouterr().out.splitlines()
    have(timer_window=SOLVED, one_tick=BEGUN)
    assert main(["list", "--todo"]) == 0
    todo = capsys.readouterr().out.splitlines()
    assert len(todo) == len(every) - 1
    assert not any("timer-window" in line for line in todo)
    assert any("one-tick" in line for line in todo)


def test_what_is_exported_is_imported_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(timer_window=SOLVED)
    mine = now()
    file = tmp_path / "mine.json"
    assert main(["progress", "export", str(file)]) == 0
    monkeypatch.setenv("KTWVIZ_STATE", str(tmp_path / "elsewhere"))
    have(one_tick=BEGUN)
    assert main(["progress", "import", str(file)]) == 0
    assert now().of("timer-window") == mine.of("timer-window")
    assert now().of("one-tick") == BEGUN
    kept = progress_path().with_name("progress.json.before-import-1")
    assert from_json(kept.read_text()).lessons == {"one-tick": BEGUN}


def test_importing_twice_changes_nothing_and_keeps_no_second_copy(tmp_path: Path) -> None:
    file = tmp_path / "theirs.json"
    file.write_text(to_json(Progress({"timer-window": SOLVED})))
    have(one_tick=BEGUN)
    for _ in range(2):
        assert main(["progress", "import", str(file)]) == 0
    assert len(list(progress_path().parent.glob("*before-import*"))) == 1


def test_export_to_stdout_and_import_from_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    have(timer_window=SOLVED)
    assert main(["progress", "export", "-"]) == 0
    text = capsys.readouterr().out
    progress_path().unlink()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["progress", "import", "-"]) == 0
    assert now().of("timer-window") == SOLVED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "theirs.json is no progress file: it is empty, so nothing was imported"),
        (b"\x89PNG\r\n", "theirs.json is no progress file: it is not text in UTF-8, so nothing was imported"),
        (None, "cannot be read (no such file or directory), so nothing was imported"),
        ("{", "is no progress file: it is not JSON from line 1, column 2 on, so nothing was imported"),
        ('{"version": 7}', "it is of version 7, this program writes version 1"),
        ('{"version": 1, "lessons": {"a": {"best": "9"}}}', 'lessons."a".best cannot be "9"'),
    ],
)
def test_a_file_that_cannot_be_imported_changes_nothing(
    text: str | bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = have(timer_window=SOLVED).read_bytes()
    file = tmp_path / "theirs.json"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["progress", "import", str(file)]) == 2
    assert says in capsys.readouterr().err
    assert progress_path().read_bytes() == before


def test_export_does_not_overwrite_what_is_no_progress_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    have(timer_window=SOLVED)
    thesis = tmp_path / "thesis.md"
    thesis.write_text("years of work")
    assert main(["progress", "export", str(thesis)]) == 2
    assert "is no progress file" in capsys.readouterr().err
    assert thesis.read_text() == "years of work"
    assert main(["progress", "export", str(tmp_path / "no" / "folder.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_newer_progress_file_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress_path().parent.mkdir(parents=True, exist_ok=True)
    progress_path().write_text('{"version": 2}')
    file = tmp_path / "theirs.json"
    file.write_text(to_json(Progress({"timer-window": SOLVED})))
    assert main(["progress", "import", str(file)]) == 2
    assert "update ktwviz to use it" in capsys.readouterr().err
    assert progress_path().read_text() == '{"version": 2}'


def test_reset_asks_and_without_a_terminal_wants_yes(capsys: pytest.CaptureFixture[str]) -> None:
    have(timer_window=SOLVED, one_tick=BEGUN)
    asked = ktwviz("progress", "reset")
    assert asked.code == 2 and "add --yes" in asked.err
    assert len(now().lessons) == 2
    assert main(["progress", "reset", "4", "--yes"]) == 0
    assert set(now().lessons) == {"one-tick"}
    assert main(["progress", "reset", "--yes"]) == 0
    assert now().lessons == {}
    kept = [from_json(file.read_text()) for file in sorted(progress_path().parent.glob("*before-reset*"))]
    assert [set(one.lessons) for one in kept] == [{"timer-window", "one-tick"}, {"one-tick"}]
    assert main(["progress", "reset", "--yes"]) == 0
    assert "there is nothing to forget" in capsys.readouterr().err


def test_programs_that_import_at_once_lose_nothing(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.json" for number in range(6)]
    for number, file in enumerate(files):
        file.write_text(to_json(Progress({f"lesson-{number}": SOLVED})))
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "ktwviz", "progress", "import", str(file)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for file in files
    ]
    for program in programs:
        program.communicate(timeout=60)
    assert set(now().lessons) == {f"lesson-{number}" for number in range(6)}
