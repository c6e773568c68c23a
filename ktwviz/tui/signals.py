"""The signals that end the program from outside: it ends as if it was quit, so that nothing is lost."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Timer

ENDING = ("SIGTERM", "SIGHUP", "SIGINT")
"""Their names, for not every platform has all of them."""

PATIENCE_SECONDS = 2.0
"""How long the terminal may take to be given back. One that has gone never takes what is written to it."""


def heed_signals(end: Callable[[int], object]) -> None:
    """From now on call `end` with the exit code, 128 and the number, where one of the signals comes.

    Where event loops do not take signals, as on Windows, the platform does what it does without.
    """
    loop = asyncio.get_running_loop()
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, _end, end, 128 + number)


def _end(end: Callable[[int], object], code: int) -> None:
    """Have the program end; at last end it without its help, when all is saved."""
    end(code)
    watch = Timer(PATIENCE_SECONDS, os._exit, (code,))
    watch.daemon = True
    watch.start()
