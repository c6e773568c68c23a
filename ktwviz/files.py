"""Files that are written as a whole: there is the old text or the new one, never a part of it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_whole(
    path: Path, content: str | bytes, *, overwrite: bool = True, private: bool = False, lasting: bool = True
) -> None:
    """Write a file as a whole, or leave what was there as it was.

    A link stays a link: what it leads to is written. A file that is replaced keeps its mode; a new one has what the
    umask gives, or is for its owner alone if `private`. It outlasts a crash of the machine, unless it need not be
    `lasting`: that takes its time. Raises FileExistsError where a file is there and `overwrite`
    is not asked for, and other OSErrors. What is no file, as /dev/null, is written to as it is.
    """
    data = content.encode() if isinstance(content, str) else content
    place = os.path.realpath(path)
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    new = f"{place}.{os.urandom(4).hex()}.new"
    mode = _mode_of(place)
    try:
        _write(new, data, lasting, mode if mode is not None else 0o600 if private else 0o666)
        if mode is not None:
            # the umask may have taken from it; not every file system has modes
            with suppress(OSError):
                os.chmod(new, mode)
        if overwrite:
            os.replace(new, place)
        else:
            _move_to_free_name(new, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise


def _mode_of(place: str) -> int | None:
    """Return who may do what with a file, None where there is none."""
    try:
        return stat.S_IMODE(os.stat(place).st_mode) & 0o777
    except FileNotFoundError:
        return None


def _write(new: str, data: bytes, lasting: bool, mode: int) -> None:
    # made with its mode: what is private can at no moment be read by others
    with open(new, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
        file.flush()
        # without it a crash may leave the new name with nothing in it
        if lasting:
            os.fsync(file.fileno())


def _move_to_free_name(new: str, place: str) -> None:
    """Move a file to a name that nobody has, or raise FileExistsError.

    An empty file takes the name first: a link would do it in one step, but not every file system has links.
    """
    with open(place, "x"):
        pass
    try:
        os.replace(new, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(place)
        raise
