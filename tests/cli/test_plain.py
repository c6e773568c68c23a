"""`ktwviz play --plain`: a lesson without a screen, through a pipe as a user has it, and what it remembers."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ktwviz.cli import main
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.progress.model import LessonProgress
from ktwviz.progress.store import ProgressStore, progress_path
from ktwviz.values import replace
from tests.cli.program import ROOT
from tests.cli.test_texts import broken_token


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Typed":
    return Typed(monkeypatch, capsys)


class Typed:
    """Plays lines of input and returns what is answered to each, the greeting first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, text: str, *arguments: str) -> list[str]:
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        assert main(["play", *arguments, "--plain"]) == 0
        said = self.capsys.readouterr()
        assert not said.err
        return re.split("^> .*\n", said.out, flags=re.MULTILINE)


def saved(lesson: str = "timer-window") -> LessonProgress:
    return ProgressStore(progress_path()).load().of(lesson)


def test_it_works_in_a_pipe_and_ends_at_the_end_of_the_input() -> None:
    command = f"printf '\\n\\n1\\n' | {sys.executable} -m ktwviz play 1 --plain --no-save"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("01 Meet the worker\nAim: ")
    assert "Changed " in done.stdout
    assert re.fullmatch("Stopped at step [0-9]+[.]", done.stdout.splitlines()[-1])


def test_that_nothing_can_be_saved_is_said_first(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in place of a folder", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    said = typed("1\n", "1")
    assert said[0].startswith("Progress cannot be saved in")
    assert "Changed " in said[1] and "goes on from here" not in said[-1]


def test_it_never_imports_textual() -> None:
    script = """
import io, sys
from ktwviz.cli import main
sys.stdin = io.StringIO("\\n")
main(["play", "4", "--plain", "--no-save"])
sys.exit(int("textual" in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_begins_with_aim_introduction_and_where_everybody_is(typed: Typed) -> None:
    lesson = find_lesson("4")
    begin, _ = typed("", "4", "--no-save")
    told = " ".join(begin.split())
    assert f"Aim: {lesson.aim}" in told
    assert " ".join(lesson.introduction.replace("`", "").split()) in told
    assert "Step 0, jiffies 0. Beat 1 of 6, An idle worker: about 10 lines." in told
    assert "3 kworker on CPU1: kthread_worker_fn(), line " in told
    assert (
        "Can run: 1 client on CPU0, 2 second on CPU1, 3 kworker on CPU1. Enter: kworker, by the script."
        in told
    )
    assert max(map(len, begin.splitlines())) <= 76


def test_enter_follows_the_script_and_tells_what_changed(typed: Typed) -> None:
    _, first, second, _ = typed("\n \n", "4", "--no-save")
    assert first.startswith("kworker ran line 204: worker.task is NULL.")
    assert "Changed worker.task: NULL to kworker." in second
    assert "First kworker starts" not in first, "the words of a beat are told once"


def test_a_number_runs_that_context_and_b_takes_it_back(typed: Typed) -> None:
    _, ran, back, _ = typed("1\nb\n", "4", "--no-save")
    assert ran.startswith("client ran line ") and "Changed worker.lock.owner: NULL to client" in ran
    assert "You left the script" in " ".join(ran.split())
    assert "Step 0, jiffies 0. Beat 1 of 6" in back


def test_why_a_context_is_blocked_is_told_before_and_when_it_is_chosen(typed: Typed) -> None:
    begin, tick, gone, _ = typed("3\n9\n", "4", "--step", "10", "--no-save")
    assert "blocked: kworker on CPU1 sleeps until wake_up_process() (since step 10)." in begin
    assert tick.startswith("kworker on CPU1 sleeps until wake_up_process()")
    assert gone == "There is no context 9 in this lesson.\n"


def test_who_cannot_run_is_named_once(typed: Typed) -> None:
    said = typed("1\n" * 40, "1")
    assert "client on CPU0 has finished.\n" in said[-2]
    assert "client on CPU0: client on CPU0" not in "".join(said)


def test_where_stores_wait_letters_drain_them_and_back_goes_back(typed: Typed) -> None:
    said = typed("2\n2\nb\nb\na\nback\n?\n", "13")
    assert "a drains CPU0, b drains CPU1; back goes back." in said[0]
    assert "Can run: 1 client on CPU0, 2 kworker on CPU1, b drain CPU1." in said[2]
    assert said[3].startswith("The oldest store of CPU1 has reached memory.\n") and "Step 3" in said[3]
    assert said[4] == "drain CPU1: the store buffer of CPU1 is empty.\n"
    assert said[5] == "drain CPU0: the store buffer of CPU0 is empty.\n"
    assert "Step 2" in said[6]
    assert "\na, b     the oldest store of CPU0, CPU1 reaches memory\nback     back, one move\n" in said[7]


def test_l_shows_the_code_of_each_context_with_the_line_that_runs_next(typed: Typed) -> None:
    _, code, _ = typed("l\n", "4", "--no-save")
    assert len([line for line in code.splitlines() if line.startswith("next ")]) == 3
    assert "1 client on CPU0: queue_delayed_kthread_work(), kthread.py" in code


def test_what_is_no_command_is_told_and_help_lists_them_all(typed: Typed) -> None:
    _, wrong, helped, _ = typed("nonsense\n?\n", "4", "--no-save")
    assert wrong == '"nonsense" is no command: ? lists them.\n'
    assert re.findall(r"^(\S+) ", helped, re.MULTILINE) == [
        "Enter", "1-9", "e", "t", "b", "a-d", "h", "l", "v", "w", "y", "R", "?", "q",
    ]  # fmt: skip


def test_e_takes_one_access_at_a_time_and_then_lines_again(typed: Typed) -> None:
    _, told, one, _, line, *_ = typed("e\n1\ne\n1\n", "6", "--step", "18", "--no-save")
    assert (
        told == "Every step is one access now: a load, a store, or what hardware or scheduler\ndo at once.\n"
    )
    assert "Step 19," in one and "Step 23," in line


def test_v_tells_lists_locks_and_timers(typed: Typed) -> None:
    _, told, _ = typed("v\n", "2", "--step", "40", "--no-save")
    assert told.splitlines()[0] == "worker.work_list: empty."
    assert (
        "base0.lock: free.\n" in told
        and "worker.lock: held by kworker." in told
        and "soon.timer: idle." in told
    )


def test_v_tells_of_a_work_that_is_linked_to_no_list(typed: Typed) -> None:
    *_, told, _ = typed("e\n1\n2\n1\n2\n1\nv\n", "6", "--step", "18", "--no-save")
    assert "worker.work_list: empty.\none: being linked.\n" in told


def test_a_lesson_without_a_clock_says_so(typed: Typed) -> None:
    _, told, _ = typed("t\n", "1", "--no-save")
    assert told == "No timer is here, and nobody looks at the date: the clock stands still.\n"


def test_r_forgets_the_walk_and_enter_follows_the_script_again(typed: Typed) -> None:
    *_, begun, followed, _ = typed("2\n1\nR\n\n", "1", "--no-save")
    assert "Beat 1 of" in begun and "walk" not in begun
    assert "Beat 1 of" in followed or "Beat 2 of" in followed


def test_the_goal_is_told_with_its_limit_and_beyond_it_does_not_count(typed: Typed) -> None:
    goal = find_lesson("3").goal
    assert goal is not None and goal.max_steps
    begin, _ = typed("", "3", "--step", "50", "--no-save")
    assert f"In at most {goal.max_steps} steps." in " ".join(begin.split())


def test_q_ends_it_before_the_rest_is_read(typed: Typed) -> None:
    assert len(typed("q\n1\n1\n", "4", "--no-save")) == 2


# Questions, hints, goal -------------------------------------------------------------------------------------------


def at_question() -> tuple[str, Play]:
    """Return the step of the first question of the lesson, and a play there."""
    play = Play(find_lesson("4"))
    while play.open_quiz() is None:
        play.advance()
    return str(play.session.cursor), play


def test_a_letter_answers_the_open_question_b_too_and_nothing_runs_before(typed: Typed) -> None:
    step, play = at_question()
    quiz = play.open_quiz()
    assert quiz is not None
    asked, first, answered, again, _ = typed("\nb\nb\n", "4", "--step", step, "--no-save")
    assert f"b: {quiz.answers[1].text.replace('`', '')}" in " ".join(asked.split())
    assert first.startswith("The question comes first")
    right, because = play.answer(1)
    assert answered.startswith("Right:" if right else "Not so:")
    assert because.replace("`", "") in " ".join(answered.split())
    assert f"Step {step}," not in again, "now b goes back"


def test_a_wrong_answer_is_put_right(typed: Typed) -> None:
    step, play = at_question()
    quiz, right = play.open_quiz(), play.right_answer()
    assert quiz is not None and right is not None
    at = quiz.answers.index(right)
    wrong = next(number for number in range(len(quiz.answers)) if number != at)
    _, answered, _ = typed(f"{'abcd'[wrong]}\n", "4", "--step", step, "--no-save")
    told = " ".join(answered.split())
    assert told.startswith("Not so:") and f"Right is {'abcd'[at]}: {right.text.replace('`', '')}" in told
    _, answered, _ = typed(f"{'abcd'[at]}\n", "4", "--step", step, "--no-save")
    assert "Right is" not in answered


def test_two_letters_answer_nothing(typed: Typed) -> None:
    step, _ = at_question()
    assert not typed("bc\n", "4", "--step", step, "--no-save")[1].startswith(("Right:", "Not so:"))


def test_a_question_can_be_skipped(typed: Typed) -> None:
    step, play = at_question()
    right = play.right_answer()
    assert right is not None
    _, skipped, moved, _ = typed("s\n\n", "4", "--step", step, "--no-save")
    assert f"Skipped. Right is: {right.text.replace('`', '')}" in " ".join(skipped.split())
    assert " ran line " in moved


def test_hints_come_one_after_the_other(typed: Typed) -> None:
    _, first, second, _ = typed("h\nh\n", "4", "--no-save")
    told = "once the script is done: "
    assert first.startswith(f"Hint 1/3, {told}") and second.startswith(f"Hint 2/3, {told}")


def test_what_breaks_and_the_goal_are_told_and_saved(typed: Typed) -> None:
    token = broken_token().rpartition("*")[0] + "*15"
    ProgressStore(progress_path()).update("timer-window", lambda old: replace(old, token=token))
    before, moved, _ = typed("4\n", "4")
    assert "Goal reached" not in before
    assert "Goal reached at step " in moved
    assert "worker.work_list is broken: dwork.work is linked twice." in " ".join(moved.split())
    assert saved().solved and saved().best


def test_the_token_of_somebody_else_counts_only_after_beginning_anew(typed: Typed) -> None:
    *_, reached, last = typed("\n", "4", "--token", broken_token())
    assert "Nothing sensible follows" in " ".join(reached.split())
    assert last == "Stopped at step 90.\n"
    begin, back, _ = typed("R\n", "4", "--token", broken_token())
    told = " ".join(begin.split())
    assert "This is the token's schedule, which breaks no-warning and lists-sound. It does not count" in told
    assert "The token's schedule reaches the goal at step 90." in told and "Goal reached" not in told
    assert "Step 0, jiffies 0." in back
    assert (saved().solved, saved().token) == (False, "")


def test_progress_is_kept_and_gone_on_with(typed: Typed) -> None:
    *_, last = typed("\n\n", "4")
    assert last == "Stopped at step 2.\nktwviz play 4 --plain goes on from here.\n"
    assert saved().token.endswith("/3*2")
    begin, *_ = typed("")
    assert begin.startswith("04 Neither pending nor queued") and "Step 2," in begin, (
        "without a name: the last one"
    )
    typed("\n", "4", "--no-save")
    assert saved().token.endswith("/3*2")


def test_ctrl_c_saves_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed(io.StringIO):
        def readline(self, size: int = -1) -> str:  # type: ignore[override]  # typeshed has two bases that differ
            line = super().readline()
            if not line:
                raise KeyboardInterrupt
            return line

    monkeypatch.setattr(sys, "stdin", Pressed("\n\n\n"))
    assert main(["play", "4", "--plain"]) == 130
    assert saved().token.endswith("/3*3")


def test_a_lesson_file_of_one_s_own_can_be_played(typed: Typed, tmp_path: Path) -> None:
    assert main(["new", "lesson", str(tmp_path)]) == 0
    file = str(next(tmp_path.glob("*.md")))
    typed.capsys.readouterr()
    begin, skipped, step, end = typed("s\n\n", file)
    assert "Question: " in begin and "Enter: " in skipped and " ran line " in step
    assert f"ktwviz play {file} --plain goes on from here." in end.replace("\n", " ")
