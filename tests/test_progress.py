"""Progress is never lost, and never costs a traceback."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.errors import ProgressError
from ktwviz.progress import locking
from ktwviz.progress.model import Draft, LessonProgress, Progress, merged
from ktwviz.progress.store import ProgressStore, progress_path, why_not_saved
from ktwviz.progress.text import from_json, to_json

DONE = LessonProgress(
    solved=True,
    best=12,
    token="kt1/timer-window@3f2a/1*4",
    beat=3,
    quiz={"0": True, "2": False},
    hints=1,
    proved="kt1/timer-window@3f2a/1*4.t",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "progress.json"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def solve(lesson: LessonProgress) -> LessonProgress:
    return replace(lesson, solved=True)


def take_a_hint(lesson: LessonProgress) -> LessonProgress:
    return replace(lesson, hints=lesson.hints + 1)


def test_a_beginner_has_no_progress_and_no_notice(path: Path) -> None:
    store = ProgressStore(path)
    assert store.load() == Progress()
    assert store.load().of("timer-window") == LessonProgress()
    assert (store.notice, store.saving, path.exists()) == ("", True, False)


def test_drafts_of_the_sandbox_are_kept_beside_the_lessons_and_forgotten_one_by_one(path: Path) -> None:
    ProgressStore(path).update("timer-window", lambda _: DONE)
    forked = Draft("worker = KthreadWorker()\n", "no-irqsave", "no-irqsave", " a\n-b\n+c\n", "merged")
    ProgressStore(path).keep_draft("timer-window", forked)
    ProgressStore(path).keep_draft("", Draft("# mine\n"))
    loaded = ProgressStore(path).load()
    assert loaded.sandbox == {"timer-window": forked, "": Draft("# mine\n")}
    assert (loaded.of("timer-window"), loaded.last) == (DONE, "timer-window")
    ProgressStore(path).keep_draft("", None)
    assert ProgressStore(path).load().sandbox == {"timer-window": forked}


def test_what_a_later_version_writes_of_a_draft_is_kept(path: Path) -> None:
    put(path, '{"version": 1, "lessons": {}, "sandbox": {"": {"text": "a", "seed": 7}}}')
    ProgressStore(path).update("timer-window", lambda _: DONE)
    assert json.loads(path.read_text())["sandbox"][""]["seed"] == 7


def test_a_draft_that_is_none_is_told_by_its_place(path: Path) -> None:
    with pytest.raises(ProgressError, match=r'sandbox."x".text cannot be 5'):
        from_json('{"version": 1, "sandbox": {"x": {"text": 5}}}')


def test_what_is_saved_is_loaded_again(path: Path) -> None:
    ProgressStore(path).update("timer-window", lambda _: DONE)
    loaded = ProgressStore(path).load()
    assert loaded == Progress({"timer-window": DONE}, last="timer-window")


def test_a_change_starts_from_what_another_program_wrote_meanwhile(path: Path) -> None:
    mine, other = ProgressStore(path), ProgressStore(path)
    mine.load()
    other.update("one-tick", solve)
    both = mine.update("timer-window", solve)
    assert set(both.lessons) == {"one-tick", "timer-window"}
    assert ProgressStore(path).load() == both


def test_ten_writers_at_once_lose_nothing(path: Path) -> None:
    def write() -> None:
        for _ in range(10):
            ProgressStore(path).update("timer-window", take_a_hint)

    writers = [threading.Thread(target=write) for _ in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert ProgressStore(path).load().of("timer-window").hints == 100
    assert sorted(file.name for file in path.parent.iterdir()) == ["progress.json", "progress.json.lock"]


def test_a_file_that_another_process_holds_is_not_touched(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ProgressStore(path)
    store.update("one-tick", solve)
    before = path.read_bytes()
    monkeypatch.setattr(locking, "LOCK_SECONDS", 0.1)
    holds = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(); input()"
    lock = f"{path}.lock"
    with subprocess.Popen(
        [sys.executable, "-c", holds, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(ProgressError) as caught:
            store.update("timer-window", take_a_hint)
        assert path.read_bytes() == before
        holder.communicate("\n")
    assert str(caught.value) == (
        f"another ktwviz has held progress.json.lock for 0.1 s, so {path} was not changed: "
        "close the other one, or try again"
    )
    # the change that could not be written comes with the next one
    assert store.update("timer-window", take_a_hint).of("timer-window").hints == 2


def test_without_file_locks_progress_is_saved_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "fcntl", None)
    ProgressStore(path).update("timer-window", solve)
    assert ProgressStore(path).load().of("timer-window").solved


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ('{"version": 1, "less', "it is not JSON from line 1, column 16 on"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"version": ' + "9" * 5000 + "}", "it holds a number that is too long"),
        ("[]", "the file is not a table"),
        ("{}", "it has no version"),
        ('{"version": "1"}', "it has no version"),
        ('{"version": true}', "it has no version"),
        ('{"version": 0}', "it has no version"),
        ('{"version": 1, "last": 4}', "last cannot be 4"),
        ('{"version": 1, "lessons": []}', "lessons is not a table"),
        ('{"version": 1, "lessons": {"a": 1}}', 'lessons."a" is not a table'),
        ('{"version": 1, "lessons": {"a": {"solved": 1}}}', 'lessons."a".solved cannot be 1'),
        ('{"version": 1, "lessons": {"a": {"best": "12"}}}', 'lessons."a".best cannot be "12"'),
        ('{"version": 1, "lessons": {"a": {"beat": -1}}}', 'lessons."a".beat cannot be -1'),
        ('{"version": 1, "lessons": {"a": {"hints": true}}}', 'lessons."a".hints cannot be true'),
        ('{"version": 1, "lessons": {"a": {"token": null}}}', 'lessons."a".token cannot be null'),
        ('{"version": 1, "lessons": {"a": {"quiz": {"0": 1}}}}', 'lessons."a".quiz cannot be {"0": 1}'),
    ],
)
def test_a_file_that_cannot_be_understood_is_moved_aside_and_said_so(
    path: Path, text: str, reason: str
) -> None:
    put(path, text)
    store = ProgressStore(path)
    assert store.load() == Progress()
    aside = path.with_name("progress.json.unreadable-1")
    assert aside.read_text() == text
    assert not path.exists()
    assert store.notice.startswith(f"{path} could not be used, {reason}")
    assert store.notice.endswith(f"; it was moved to {aside}.")
    assert store.saving


def test_bytes_that_are_not_text_are_moved_aside_too(path: Path) -> None:
    put(path, "")
    path.write_bytes(b'{"version": 1, "last": "\xff"}')
    ProgressStore(path).load()
    assert path.with_name("progress.json.unreadable-1").read_bytes().endswith(b'\xff"}')


def test_a_folder_in_the_place_of_the_file_is_moved_aside_too(path: Path) -> None:
    path.mkdir(parents=True)
    store = ProgressStore(path)
    store.update("timer-window", solve)
    assert path.with_name("progress.json.unreadable-1").is_dir()
    assert "it cannot be read (is a directory)" in store.notice
    assert ProgressStore(path).load().of("timer-window").solved


def test_an_older_unreadable_file_is_not_overwritten_by_the_next(path: Path) -> None:
    for text in ("first", "second"):
        put(path, text)
        ProgressStore(path).update("timer-window", solve)
    assert path.with_name("progress.json.unreadable-1").read_text() == "first"
    assert path.with_name("progress.json.unreadable-2").read_text() == "second"
    assert ProgressStore(path).load().of("timer-window").solved


def test_a_file_of_a_newer_version_is_left_alone_and_nothing_is_saved(path: Path) -> None:
    text = '{"version": 2, "lessons": "quite another thing"}'
    put(path, text)
    store = ProgressStore(path)
    assert store.load() == Progress()
    store.update("one-tick", solve)
    assert store.update("timer-window", solve).of("one-tick").solved
    store.save(Progress())
    assert path.read_text() == text
    assert list(path.parent.glob("*unreadable*")) == []
    assert not store.saving
    assert store.notice == (
        f"{path} was left alone: it is of version 2, this program writes version 1; "
        "update ktwviz to use it; nothing is saved."
    )


def test_where_the_folder_cannot_be_written_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder would be")
    store = ProgressStore(tmp_path / "state" / "progress.json")
    assert store.load() == Progress()
    store.update("timer-window", take_a_hint)
    store.update("timer-window", take_a_hint)
    assert store.load().of("timer-window").hints == 2
    assert not store.saving
    assert store.notice == f"{tmp_path}/state cannot be written (file exists); nothing is saved."


def test_that_nothing_can_be_saved_is_told_before_there_is_anything_to_save(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("a file where the folder would be")
    store = ProgressStore(file / "ktwviz" / "progress.json")
    store.look_whether_it_can_save()
    assert store.notice == (
        f"Progress cannot be saved in {file / 'ktwviz'}: {file} is not a folder. "
        "Mend that, or set KTWVIZ_STATE to a folder that can be written."
    )
    assert store.update("timer-window", take_a_hint).of("timer-window").hints == 1
    assert store.load().of("timer-window").hints == 1


def test_to_look_whether_it_can_save_makes_and_says_nothing_where_it_can(path: Path) -> None:
    store = ProgressStore(path)
    store.look_whether_it_can_save()
    assert (store.notice, store.saving, path.parent.exists()) == ("", True, False)


@pytest.mark.parametrize("place", ["folder", "lock"])
def test_without_permission_it_says_what_cannot_be_written(
    path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ProgressStore(path).update("one-tick", solve)
    refused = path.parent if place == "folder" else path.with_name(f"{path.name}.lock")
    # whoever is root may write everywhere
    monkeypatch.setattr("os.access", lambda asked, mode: asked != refused)
    assert why_not_saved(path) == f"{refused} cannot be written"


def test_a_full_disk_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ProgressStore(path)
    store.update("one-tick", solve)
    before = path.read_bytes()

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    assert store.update("timer-window", solve).of("timer-window").solved
    assert path.read_bytes() == before
    assert store.notice == f"{path} cannot be written (no space left on device); nothing is saved."
    assert sorted(file.name for file in path.parent.iterdir()) == ["progress.json", "progress.json.lock"]


def test_keys_of_a_later_program_are_kept(path: Path) -> None:
    lesson = {"solved": True, "stars": 3}
    put(path, json.dumps({"version": 1, "lessons": {"one-tick": lesson}, "badge": "\ud800"}))
    store = ProgressStore(path)
    store.update("one-tick", take_a_hint)
    store.save(replace(Progress({"one-tick": DONE}), last="one-tick"))
    saved = json.loads(path.read_text())
    assert (saved["badge"], saved["lessons"]["one-tick"]["stars"]) == ("\ud800", 3)
    assert saved["lessons"]["one-tick"]["best"] == 12


def test_saving_replaces_what_was_there(path: Path) -> None:
    store = ProgressStore(path)
    store.update("timer-window", solve)
    store.save(Progress())
    assert ProgressStore(path).load() == Progress()


def test_with_saving_off_the_file_is_read_and_never_written(path: Path) -> None:
    ProgressStore(path).update("one-tick", solve)
    before = path.read_bytes()
    store = ProgressStore(path, saving=False)
    store.update("timer-window", solve)
    assert set(store.load().lessons) == {"one-tick", "timer-window"}
    assert path.read_bytes() == before
    assert store.notice == ""


def test_with_saving_off_not_even_an_unreadable_file_is_moved(path: Path) -> None:
    put(path, "not JSON")
    store = ProgressStore(path, saving=False)
    assert store.load() == Progress()
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]
    assert store.notice.endswith("nothing is saved.")


def test_a_change_that_fails_changes_nothing(path: Path) -> None:
    store = ProgressStore(path)
    store.update("one-tick", solve)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        store.update("one-tick", lambda lesson: replace(lesson, hints=1 // 0))
    assert path.read_bytes() == before
    assert store.update("one-tick", take_a_hint).of("one-tick").hints == 1


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    put(path, to_json(Progress()))
    link = tmp_path / "progress.json"
    link.symlink_to(path)
    ProgressStore(link).update("timer-window", solve)
    assert link.is_symlink()
    assert ProgressStore(path).load().of("timer-window").solved


def test_the_text_of_progress_is_read_back(path: Path) -> None:
    progress = Progress({"timer-window": DONE}, last="timer-window", other={"badge": [1, None]})
    assert from_json(to_json(progress)) == progress


def test_progress_lies_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert progress_path() == tmp_path / "xdg" / "ktwviz" / "progress.json"
    monkeypatch.setenv("KTWVIZ_STATE", str(tmp_path / "own"))
    assert progress_path() == tmp_path / "own" / "progress.json"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KTWVIZ_STATE", "~/mine")
    assert progress_path() == tmp_path / "mine" / "progress.json"


# Merging --------------------------------------------------------------------------------------------------------

texts = st.sampled_from(["", "a", "b"])
lessons = st.builds(
    LessonProgress,
    solved=st.booleans(),
    best=st.none() | st.integers(1, 9),
    token=texts,
    beat=st.integers(0, 3),
    quiz=st.dictionaries(st.sampled_from("012"), st.booleans()),
    hints=st.integers(0, 3),
    proved=texts,
    draft=texts,
    fixed=texts,
    fixed_for=texts,
)
everything = st.builds(Progress, st.dictionaries(st.sampled_from(["x", "y", "z"]), lessons), texts)


@given(everything, everything)
def test_of_two_the_best_is_kept_and_nothing_is_lost(one: Progress, other: Progress) -> None:
    both = merged(one, other)
    assert set(both.lessons) == {*one.lessons, *other.lessons}
    for lesson_id, done in both.lessons.items():
        mine, theirs = one.of(lesson_id), other.of(lesson_id)
        assert done.solved == (mine.solved or theirs.solved)
        counts = [count for count in (mine.best, theirs.best) if count is not None]
        assert done.best == min(counts, default=None)
        assert {beat for beat, right in done.quiz.items() if right} == {
            beat for quiz in (mine.quiz, theirs.quiz) for beat, right in quiz.items() if right
        }
        assert done.hints == max(mine.hints, theirs.hints) and done.beat == max(mine.beat, theirs.beat)
        for name in ("token", "proved", "draft", "fixed"):
            assert bool(getattr(done, name)) == bool(getattr(mine, name) or getattr(theirs, name))


@given(everything, everything)
def test_merging_again_changes_nothing(one: Progress, other: Progress) -> None:
    assert merged(one, one) == one
    both = merged(one, other)
    assert merged(both, other) == merged(both, both) == both


def test_the_schedule_of_the_better_solution_stays_and_the_further_walk() -> None:
    mine = LessonProgress(solved=True, best=9, proved="nine", token="mine", beat=1)
    theirs = LessonProgress(solved=True, best=7, proved="seven", token="theirs", beat=2)
    both = merged(Progress({"x": mine}), Progress({"x": theirs})).of("x")
    assert (both.best, both.proved, both.token, both.beat) == (7, "seven", "theirs", 2)
    assert merged(Progress({"x": theirs}), Progress({"x": mine})).of("x").token == "theirs"
