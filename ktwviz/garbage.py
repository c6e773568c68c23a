"""When Python looks for garbage: not while a program starts.

What is imported, compiled and laid out then stays to the end, and looking through it takes a tenth of the start.
"""

from __future__ import annotations

import gc


def leave_garbage() -> None:
    """Look for no garbage until `collect_garbage` is called."""
    gc.disable()


def collect_garbage() -> None:
    """Look for garbage from here on, but never among what came while it was left; nothing where it was not left."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
