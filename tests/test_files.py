"""A file is written as a whole or not at all, and what it was beside its text stays."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ktwviz.files import write_whole


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.md"


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names_beside(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_a_file_that_is_there_is_written_over_on_request_alone(path: Path) -> None:
    write_whole(path, "one", overwrite=False)
    with pytest.raises(FileExistsError):
        write_whole(path, "two", overwrite=False)
    assert path.read_text() == "one"
    path.chmod(0o640)
    write_whole(path, "two", overwrite=True)
    assert path.read_text() == "two" and mode_of(path) == 0o640
    assert names_beside(path) == ["a.md"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o400])
def test_a_file_that_is_replaced_keeps_its_mode(path: Path, mode: int, umask: None) -> None:
    path.write_text("one")
    path.chmod(mode)
    write_whole(path, "two", private=True)
    assert path.read_text() == "two" and mode_of(path) == mode


def test_a_new_file_has_the_mode_that_the_umask_gives_and_a_private_one_is_its_owners_alone(
    path: Path, umask: None
) -> None:
    write_whole(path, "one")
    assert mode_of(path) == 0o640
    write_whole(path.with_name("b"), "one", overwrite=False)
    assert mode_of(path.with_name("b")) == 0o640
    write_whole(path.with_name("c"), "one", private=True)
    assert mode_of(path.with_name("c")) == 0o600


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_link_stays_a_link_and_what_it_leads_to_is_written(path: Path, overwrite: bool) -> None:
    folder = path.with_name("real")
    folder.mkdir()
    if overwrite:
        (folder / "b.md").write_text("one")
    path.symlink_to("real/b.md")
    write_whole(path, "two", overwrite=overwrite)
    assert path.is_symlink() and (folder / "b.md").read_text() == "two"
    assert os.listdir(folder) == ["b.md"]


@pytest.mark.parametrize("failing", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, overwrite: bool, there: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if there:
        path.write_text("one")
    monkeypatch.setattr(failing, full)
    with pytest.raises(OSError, match=r"No space left|File exists"):
        write_whole(path, "two", overwrite=overwrite)
    assert names_beside(path) == (["a.md"] if there else [])
    assert not there or path.read_text() == "one"


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_text_that_is_none_leaves_no_half_of_a_file(path: Path, overwrite: bool) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "a" * 100_000 + "\ud800", overwrite=overwrite)
    assert names_beside(path) == []


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "through it")
        assert os.read(reader, 100) == b"through it"
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)
