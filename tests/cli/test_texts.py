"""The commands that print: what they say, where they say it, and the exit code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ktwviz import __version__
from ktwviz.cli import main
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import build_scenario
from ktwviz.progress.store import ProgressStore
from ktwviz.schedule import Token, expand
from ktwviz.values import replace
from tests.cli.program import ROOT, ktwviz

TEXT_COMMANDS = (["list"], ["show", "4"], ["--version"], ["explore", "1"], ["check", "1"], ["layout"])


def window_token(*, moves: str = "") -> str:
    """Return a token of the fourth lesson: its script, then these moves, one context a character."""
    play = Play(find_lesson("timer-window"))
    play.session.play(play.script.keys)
    for key in moves:
        play.session.choose(key)
    return play.token()


def broken_token() -> str:
    """Return a token that ends with the list broken: the second task queues, then the callback does."""
    play = Play(find_lesson("timer-window"))
    play.session.play(play.script.keys)
    while play.session.can("2"):
        play.session.choose("2")
    while not play.session.bad_end:
        play.session.choose("4")
    return play.token()


@pytest.mark.parametrize("arguments", TEXT_COMMANDS, ids=" ".join)
def test_text_commands_do_not_import_textual(arguments: list[str]) -> None:
    code = f"""
import sys
from ktwviz.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
sys.exit(int("textual" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_version_is_that_of_the_package() -> None:
    said = ktwviz("--version")
    assert (said.code, said.out.strip()) == (0, f"ktwviz {__version__}")


def test_list_has_one_line_a_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 4
    assert "Neither pending nor queued" in lines[3]
    assert len({line.index(" min") for line in lines}) == 1, "the columns are straight"
    assert max(map(len, lines)) <= 80


def test_list_as_json_tells_what_was_solved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert told["lessons"][3]["id"] == "timer-window"
    assert told["lessons"][3]["solved"] is False


def test_list_tells_the_limit_of_the_goal_and_what_was_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KTWVIZ_STATE", str(tmp_path))
    store = ProgressStore(tmp_path / "progress.json")
    store.update("timer-window", lambda old: replace(old, fixed="text"))
    assert main(["list", "--json"]) == 0
    lessons = json.loads(capsys.readouterr().out)["lessons"]
    goals = [find_lesson(lesson["id"]).goal for lesson in lessons]
    limits = [goal.max_steps or None if goal else None for goal in goals]
    assert any(limits) and [lesson["goal_steps"] for lesson in lessons] == limits
    assert [lesson["number"] for lesson in lessons if lesson["mended"]] == [4]
    for lesson in lessons:
        store.update(lesson["id"], lambda old: replace(old, fixed="text"))
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.endswith(" min mended") for line in lines)
    assert max(map(len, lines)) <= 80


def test_show_prints_the_lesson_and_keeps_the_answers_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "timer-window"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Neither pending nor queued\n====")
    assert "https://lore.kernel.org/r/1453736711" in text
    lesson = find_lesson("timer-window")
    quiz = next(beat.quiz for beat in lesson.beats if beat.quiz)
    assert quiz.answers[0].text in " ".join(text.split())
    assert quiz.answers[0].because not in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 120


def test_replay_prints_every_step_and_ends_with_0_while_nothing_is_broken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", window_token()]) == 0
    text = capsys.readouterr().out
    assert "spin_lock_irqsave(worker.lock)" in text
    assert "nothing is broken" in text


def test_replay_of_a_broken_run_ends_with_1_and_says_what_broke(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", broken_token()]) == 1
    assert (
        "lists-sound is broken at step 90: worker.work_list is broken: dwork.work is linked twice"
        in capsys.readouterr().out
    )


def test_replay_as_json_has_the_choices_of_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    token = window_token()
    assert main(["replay", token, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["token"] == token
    assert all(step["choice"] in step["enabled"] for step in told["steps"])
    assert told["steps"][0]["step"] == 1


def test_a_token_that_no_longer_fits_says_at_which_step_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    digest = window_token().split("@")[1][:4]
    assert main(["replay", f"kt1/timer-window@{digest}/3*2.5"]) == 2
    assert "step 3 wants 5, but no timer of this CPU has expired" in capsys.readouterr().err


def test_a_token_of_an_older_text_says_how_far_it_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "kt1/timer-window@0000/3*2.5"]) == 2
    error = capsys.readouterr().err
    assert "made for timer-window@0000" in error
    assert "could be played up to step 2" in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "timer-windw"], "did you mean 'timer-window'?"),
        (["show", "missing.md"], "there is no file missing.md"),
        (["show", "99"], "there is no lesson 99: the lessons are 1 to 37, see `ktwviz list`"),
        (["replay", "nonsense"], "kt1"),
        (["export", "kt1/x"], "at character 6: the text ends here; expected '@'"),
        (["replay", "kt2/timer-window@3f2a/1"], "update ktwviz"),
        (["replay", "kt1/timer-window+nothing@3f2a/1"], "no rule 'nothing'"),
    ],
    ids=["name", "file", "number", "token", "short token", "version", "rule"],
)
def test_wrong_input_ends_with_2_and_one_line_of_talk(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert not said.out
    assert says in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [["bogus"], ["play", "4", "--speed", "0"], ["play", "4", "--step", "x"], ["check", "--jobs", "0"]],
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str]) -> None:
    said = ktwviz(*arguments)
    assert said.code == 2
    assert "usage: ktwviz" in said.err


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["replay", "kt1/x@0000/1", "--nonsense"], "ktwviz replay"),
        (["progress", "show", "--nonsense"], "ktwviz progress show"),
        (["check", "--jobs", "x"], "ktwviz check"),
        (["--nonsense", "check"], "ktwviz"),
        (["--nonsense"], "ktwviz"),
    ],
)
def test_what_is_wrong_is_told_with_the_usage_of_its_command(
    arguments: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"usage: {command} [") and f"\n{command}: error: " in said


def test_without_a_terminal_the_screens_say_so_and_end_with_3() -> None:
    said = ktwviz("play", "4")
    assert (said.code, said.out) == (3, "")
    assert "this needs a terminal" in said.err


def test_what_is_said_of_a_terminal_fits_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("COLUMNS", "60"), ("LINES", "20")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(["play", "4"]) == 3
    said = capsys.readouterr().err
    assert " ".join(said.split()).startswith(
        "ktwviz: the terminal is 60x20, and 80x24 is needed: enlarge it,"
    )
    assert len(said.splitlines()) == 3 and all(len(line) <= 60 for line in said.splitlines())


def test_play_without_a_lesson_takes_that_of_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    token = str(Token("timer-window", "0000", ("9",)))
    assert main(["play", "--token", token]) == 2
    assert "it could be played up to step 0" in capsys.readouterr().err
    assert main(["play", "--token", token.replace("timer-window", "timer-windw")]) == 2
    assert "timer-windw" in capsys.readouterr().err


def test_a_step_beyond_the_script_is_refused_before_the_screen_is_taken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["play", "4", "--step", "9999"]) == 2
    assert "the script of timer-window has" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m ktwviz show 4 | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Neither pending")
    assert "Traceback" not in done.stderr


def test_a_stranger_s_lesson_cannot_reach_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "lessons" / "01-meet-the-worker.md").read_text()
    evil = text.replace("@task(cpu=0)", '@task(cpu=0)\ndef evil():\n    open("/tmp/x")\n\n@task(cpu=0)', 1)
    file = tmp_path / "evil.md"
    file.write_text(evil)
    assert main(["check", str(file)]) == 1
    said = capsys.readouterr()
    line = evil[: evil.index('open("')].count("\n") + 1
    assert f"{file}:{line}: 'open' is defined neither here nor in the kernel" in said.out


def test_a_new_lesson_passes_its_check_and_takes_the_next_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "07-other.md").write_text("# Other\n")
    assert main(["new", "lesson", str(tmp_path)]) == 0
    path = capsys.readouterr().out.strip()
    assert path == str(tmp_path / "08-my-lesson.md")
    assert main(["check", path]) == 0


def test_one_lesson_is_counted_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "1", "01"]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"1 lesson, [0-9,]+ states, [0-9.]+ s\n", said.err)
    assert len(said.out.splitlines()) == 1, "a lesson that is named twice is checked once"


def test_a_new_lesson_makes_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "lesson", str(tmp_path / "mine" / "lessons")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "mine" / "lessons" / "01-my-lesson.md")


def test_a_new_lesson_cannot_go_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["new", "lesson", str(tmp_path / "file")]) == 2
    assert "cannot be made: it is no folder" in capsys.readouterr().err


def test_the_token_that_the_readme_shows_can_be_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    words = (ROOT / "README.md").read_text().replace("`", " ").split()
    token = next(word for word in words if word.startswith("kt1/"))
    assert main(["replay", token]) == 0
    assert not capsys.readouterr().err, "the README shows the token of an older text"


def test_a_function_is_printed_in_c_as_the_lesson_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--as-c", "kthread_work_pending"]) == 0
    assert "work->timer && timer_active(work->timer)" in capsys.readouterr().out
    assert main(["show", "4", "--as-c", "kthread_work_pending"]) == 0
    assert "work->timer && timer_pending(work->timer)" in capsys.readouterr().out
    assert main(["show", "4", "--as-c", "client"]) == 0
    assert "\tqueue_delayed_kthread_work(&worker, &dwork, 1);" in capsys.readouterr().out


def test_a_function_that_does_not_exist_is_told_with_the_nearest_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show", "--as-c", "queue_ktread_work"]) == 2
    assert "did you mean 'queue_kthread_work'?" in capsys.readouterr().err
    assert main(["show"]) == 2


def test_diff_tells_where_two_versions_part_and_its_code_says_that_they_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["diff", broken_token()]) == 1
    said = capsys.readouterr().out
    assert "The code differs in kthread_work_pending()." in said
    assert "pending-only  worker.work_list is broken: dwork.work is linked twice" in said
    assert "v4            nothing is broken in this run alone" in said
    assert main(["diff", broken_token(), "--rule", "pending-only"]) == 0


def test_diff_as_json_has_both_tokens_and_they_can_be_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", broken_token(), "--rule", "v4", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["one"]["version"], found["other"]["version"]) == ("pending-only", "v4")
    assert found["other"]["does"]["access"].startswith("spin_unlock_irqrestore")
    assert main(["replay", found["one"]["token"]]) == 1
    assert main(["replay", found["other"]["token"]]) == 0


def test_diff_with_a_rule_that_does_not_exist_says_which_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["diff", broken_token(), "--rule", "pending"]) == 2
    assert "possible: pending-only, v4" in capsys.readouterr().err


# Replay in other ways, and from a file -------------------------------------------------------------------------------


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["replay", *arguments])
    said = capsys.readouterr()
    assert not said.err
    return said.out


def test_replay_until_a_step_prints_the_steps_up_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    table = replayed(capsys, broken_token(), "--until", "3", "--format", "table").splitlines()
    assert [row.split()[0] for row in table] == ["step", "1", "2", "3"]
    assert main(["replay", broken_token(), "--until", "9999"]) == 2
    assert "--until 9999: the token has " in capsys.readouterr().err


def test_replay_under_another_rule_goes_on_as_well_as_it_can_and_says_where_it_parts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", broken_token(), "--rule", "v4"]) == 0
    said = capsys.readouterr()
    assert "under v4 the schedule is followed as far as it fits. The runs part at step " in said.err
    assert "nothing is broken" in said.out
    main(["diff", broken_token(), "--rule", "v4", "--json"])
    diff = json.loads(capsys.readouterr().out)
    main(["replay", broken_token(), "--rule", "v4", "--json"])
    assert json.loads(capsys.readouterr().out)["token"] == diff["other"]["token"]
    assert main(["replay", broken_token(), "--rule", "nonsense"]) == 2
    assert "no version 'nonsense'" in capsys.readouterr().err


def test_replay_as_lines_of_json_has_the_run_and_then_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    run, *steps = map(json.loads, replayed(capsys, window_token(), "--format", "jsonl").splitlines())
    whole = json.loads(replayed(capsys, window_token(), "--json"))
    assert steps == whole["steps"]
    assert run == {**whole, "steps": len(steps)}


def test_replay_as_a_changelog_is_what_export_writes(capsys: pytest.CaptureFixture[str]) -> None:
    text = replayed(capsys, window_token(), "--format", "changelog")
    assert main(["export", window_token()]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_run_that_was_written_can_be_read_back(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"run.{form}"
    file.write_text(replayed(capsys, broken_token(), "--format", form))
    assert replayed(capsys, str(file)) == replayed(capsys, broken_token())
    assert main(["export", str(file)]) == 0
    assert "Broken: worker.work_list is broken" in capsys.readouterr().out
    assert main(["diff", str(file)]) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "holds no run: it is not JSON"),
        ("[1]", 'holds no run: it has no "token"'),
        ('{"token": 3}', 'holds no run: it has no "token"'),
        ('{"token": "kt1/x"}', "the token is wrong at character 6"),
        (None, "cannot be read: no such file or directory"),
    ],
)
def test_a_file_that_holds_no_run_is_told(
    text: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.json"
    if text is not None:
        file.write_text(text)
    assert main(["replay", str(file)]) == 2
    assert says in capsys.readouterr().err


def test_diff_of_two_rules_compares_these_and_not_the_token_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    token = window_token()
    main(["diff", token, "--rule", "v4", "--rule", "merged", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["one"]["version"], found["other"]["version"]) == ("v4", "merged")
    assert main(["diff", token, "--rule", "v4", "--rule", "v4", "--rule", "v4"]) == 2
    assert "--rule is given 3 times" in capsys.readouterr().err


# Layouts --------------------------------------------------------------------------------------------------------


def test_layout_prints_the_sizes_of_all_structs_and_the_members_of_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["layout"]) == 0
    table = capsys.readouterr().out
    assert max(map(len, table.splitlines())) <= 80
    assert "kthread_delayed_work" in table
    assert main(["layout", "KthreadWork"]) == 0
    assert "struct timer_list *timer;       /*    32     8 */" in capsys.readouterr().out


def test_layout_as_json_has_all_structs_or_the_one_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "--json"]) == 0
    everything = json.loads(capsys.readouterr().out)["layouts"]
    assert main(["layout", "kthread_work", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)["layouts"]
    assert one == [layout for layout in everything if layout["struct"] == "kthread_work"]
    assert {layout["size"] for layout in one} == {32, 40, 48, 80, 112}


def test_layout_of_an_unknown_struct_is_told_without_a_traceback() -> None:
    said = ktwviz("layout", "kthread_works")
    assert (said.code, said.out) == (2, "")
    assert "no struct 'kthread_works', did you mean 'kthread_work'?" in said.err


def test_a_replay_names_the_properties_that_its_run_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    # no oops, no warning, no broken list: a work is refused that nothing is going to run
    token = str(build_scenario(find_lesson("22")).token(expand("1*38.t.3*29.2*31")))
    assert main(["replay", token]) == 1
    assert (
        "refusal-kept is broken at step 99: queue_delayed_kthread_work() refuses" in capsys.readouterr().out
    )
    main(["replay", token, "--json"])
    assert [
        (broken["property"], broken["step"]) for broken in json.loads(capsys.readouterr().out)["broken"]
    ] == [("refusal-kept", 99)]
    assert main(["replay", token, "--until", "98"]) == 0
    assert "nothing is broken in this run alone" in capsys.readouterr().out
