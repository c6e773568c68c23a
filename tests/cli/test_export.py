"""`ktwviz export`: the same run in every form, to stdout or to a file."""

import json
import re
from pathlib import Path

import pytest

from ktwviz.cli import main
from ktwviz.export.run import FORMS
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from tests.cli.test_texts import broken_token, window_token


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["export", *arguments]) == 0
    return capsys.readouterr().out


def test_the_changelog_has_a_column_for_each_cpu_and_says_what_broke(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = exported(capsys, broken_token())
    lines = told.splitlines()
    assert lines[0].split() == ["CPU0", "CPU1"]
    assert max(map(len, lines)) <= 72
    assert "spin_lock_irqsave(worker.lock)" in told
    assert "Broken: worker.work_list is broken: dwork.work is linked twice." in told


def test_a_run_that_breaks_nothing_does_not_say_so_as_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Broken" not in exported(capsys, window_token())


def test_the_page_has_run_token_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    token = broken_token()
    told = exported(capsys, token, "-f", "markdown")
    assert told.startswith("# 04 Neither pending nor queued\n")
    assert f"`ktwviz play timer-window --token {token}`" in told
    assert "<https://lore.kernel.org/r/1453736711-6703-9-git-send-email-pmladek@suse.com>" in told
    assert 'with the rule "pending-only"' in told
    assert told.count("```") == 2


def test_the_chart_shows_every_step_once_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    lines = exported(capsys, broken_token(), "-f", "mermaid").splitlines()
    assert lines[0] == "sequenceDiagram"
    assert "    participant CPU0" in lines and "    participant CPU1" in lines
    seen: list[int] = []
    for line in lines:
        if arrow := re.match(r"    CPU\d->>CPU\d: (\d+)(?:-(\d+))? ", line):
            seen += range(int(arrow[1]), int(arrow[2] or arrow[1]) + 1)
        elif tick := re.match(r"    Note over CPU0,CPU1: (\d+) tick: jiffies", line):
            seen.append(int(tick[1]))
    assert seen == list(range(1, len(seen) + 1))
    assert any("BROKEN" in line for line in lines)
    assert not any(";" in line.replace("#59;", "").replace("#35;", "") for line in lines)


def test_replay_and_export_call_the_form_alike(capsys: pytest.CaptureFixture[str]) -> None:
    told = exported(capsys, window_token(), "-f", "changelog")
    assert main(["replay", window_token(), "-f", "changelog"]) == 0
    assert capsys.readouterr().out == told


def test_json_is_what_replay_prints(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(exported(capsys, window_token(), "-f", "json"))
    assert main(["replay", window_token(), "--json"]) == 0
    assert told == json.loads(capsys.readouterr().out)


def test_of_a_lesson_its_script_is_taken_up_to_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(find_lesson("timer-window"))
    whole = json.loads(exported(capsys, "4", "-f", "json"))
    part = json.loads(exported(capsys, "timer-window:12", "-f", "json"))
    assert [step["choice"] for step in whole["steps"]] == list(play.script.keys)
    assert part["steps"] == whole["steps"][:12]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_what_stdout_would_have(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = exported(capsys, window_token(), "-f", form)
    file = tmp_path / "run"
    assert main(["export", window_token(), "-f", form, "-o", str(file)]) == 0
    said = capsys.readouterr()
    assert (file.read_text(encoding="utf-8"), said.out) == (text, "")
    assert said.err == f"written to {file}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["kt1/timer-window@zzzz/1"], "a digest of four digits"),
        (["timer-windw"], "did you mean 'timer-window'?"),
        (["4", "-f", "json", "--as-c"], "--as-c is for the forms that show code: changelog, markdown, html"),
        (["4:9999"], "the script of timer-window has"),
        (
            ["4", "-o", "/no/such/folder/file"],
            "/no/such/folder/file cannot be written: no such file or directory",
        ),
        (["4", "-o", "/tmp"], "/tmp cannot be written: is a directory"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err and not said.out


def test_a_file_that_is_there_is_overwritten_on_demand_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("the work of months", encoding="utf-8")
    assert main(["export", "4", "-o", str(file)]) == 2
    said = capsys.readouterr().err
    assert said == f"ktwviz: {file} exists already: choose another name, or overwrite it with --force\n"
    assert file.read_text(encoding="utf-8") == "the work of months"
    assert main(["export", "4", "-o", str(file), "--force"]) == 0
    assert "queue_delayed_kthread_work" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["changelog", "markdown", "html"])
def test_what_shows_code_shows_it_in_c_where_asked(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, broken_token(), "-f", form, "--as-c")
    assert "worker-&gt;lock" in text if form == "html" else "worker->lock" in text


# Pictures ---------------------------------------------------------------------------------------------------------


def test_the_picture_is_the_player_at_that_moment_in_that_size_and_theme(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = exported(capsys, "4:12", "-f", "svg", "--size", "100x30", "--theme", "light")
    assert text.startswith("<svg") and "step&#160;12" in text
    assert "@font-face" not in text
    assert len(set(re.findall(r'id="terminal-[0-9]+-line-([0-9]+)"', text))) >= 29
    assert exported(capsys, "4:12", "-f", "svg", "--size", "100x30", "--theme", "light") == text


def test_the_recording_has_an_event_for_each_step_and_is_the_same_each_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = exported(capsys, "4:6", "-f", "cast")
    head, *events = map(json.loads, text.splitlines())
    assert (head["version"], head["width"], head["height"]) == (2, 80, 24)
    assert [kind for _, kind, _ in events] == ["o"] * 8
    assert "Neither pending nor queued" in events[0][2]
    assert len(events[2][2]) < len(events[0][2]) / 2, "later events have the lines that changed"
    assert [at for at, *_ in events] == sorted(at for at, *_ in events)
    assert exported(capsys, "4:6", "-f", "cast") == text


@pytest.mark.parametrize("size", ["80", "79x24", "80x9999", "axb"])
def test_a_size_that_no_screen_has_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "4", "-f", "svg", "--size", size])
    assert "--size" in capsys.readouterr().err
