"""The signals that end the program from outside: it ends as if it was quit, so that nothing is lost."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

ENDING = ("SIGTERM", "SIGHUP", "SIGINT")
"""Their names, for not every platform has all of them."""


def heed_signals(end: Callable[[int], object]) -> None:
    """From now on call `end` with the exit code, 128 and the number, where one of the signals comes.

    Where event loops do not take signals, as on Windows, the platform does what it does without.
    """
    loop = asyncio.get_running_loop()
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, end, 128 + number)
