"""The line on stderr that tells how far a command is."""

from __future__ import annotations

import sys


def clear_line() -> None:
    """Wipe the line; what is printed next begins at its start."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
