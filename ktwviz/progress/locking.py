"""A file that is changed by one program at a time."""

from __future__ import annotations

import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO

from ktwviz.errors import ProgressError

fcntl: ModuleType | None = None
with suppress(ImportError):
    # Windows has no such locks: the last of two programs wins there, and the file is still whole
    fcntl = import_module("fcntl")

LOCK_SECONDS = 2.0
LOCK_POLL_SECONDS = 0.02


def wait_for(file: IO[bytes], path: Path) -> None:
    """Take the lock, or raise ProgressError after two seconds."""
    if fcntl is None:
        return
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ProgressError(
                    f"another ktwviz has held {path.name}.lock for {LOCK_SECONDS:g} s, so {path} was not changed: "
                    "close the other one, or try again"
                ) from None
            time.sleep(LOCK_POLL_SECONDS)
        except OSError:
            # some network file systems have no locks; the file is still written as a whole
            return
        else:
            return
