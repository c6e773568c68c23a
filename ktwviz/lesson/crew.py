"""Cells of the matrix worked out by other processes, beside a screen or a command, which can be ended at any moment.

A cell takes seconds of computing. A thread could not be stopped in it and would hold up every key; a process can be
ended. They are started afresh, not forked: a screen has threads, and a fork of those may hang.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from ktwviz.lesson.matrix import Cell, Task, cell

POLL_SECONDS = 0.1
NICE = 10
"""Keys are answered first."""


def work_out(
    tasks: Sequence[Task], jobs: int, wanted: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Task, Cell]]:
    """Yield the cells as they come, the processes ended as soon as `wanted` says no, or the caller stops asking.

    A process that dies, for want of memory say, leaves its cell undetermined.
    """
    waiting = list(reversed(tasks))
    crew: dict[Connection, tuple[BaseProcess, Task]] = {}

    def give(connection: Connection, process: BaseProcess) -> None:
        if waiting:
            crew[connection] = process, waiting.pop()
            connection.send(crew[connection][1])
        else:
            # at the end of its pipe the process ends by itself
            connection.close()

    try:
        for _ in range(min(jobs, len(tasks))):
            give(*_hire())
        while crew and wanted():
            for connection in wait(list(crew), POLL_SECONDS):
                assert isinstance(connection, Connection)
                process, task = crew.pop(connection)
                found = _received(connection, process)
                if process.is_alive():
                    give(connection, process)
                elif waiting:
                    give(*_hire())
                yield task, found
    finally:
        for process, _ in crew.values():
            process.terminate()
        for connection, (process, _) in crew.items():
            process.join()
            connection.close()


def _hire() -> tuple[Connection, BaseProcess]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    # a screen puts something without a file in place of stderr, and no process can be started with that
    with redirect_stderr(sys.__stderr__):
        process.start()
    # with their end open here, its end would never come when the process dies
    theirs.close()
    return ours, process


def _received(connection: Connection, process: BaseProcess) -> Cell:
    try:
        found = connection.recv()
    except (EOFError, OSError):
        process.join()
        connection.close()
        return Cell("undetermined", how=f"the process that worked it out has died ({process.exitcode})")
    assert isinstance(found, Cell)
    return found


def _serve(connection: Connection) -> None:
    """Work out what comes, until the other end closes. Runs in a process of its own."""
    # ctrl-c reaches all processes of a terminal; the one that asked ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    with suppress(EOFError, OSError):
        while True:
            connection.send(_tried(connection.recv()))


def _tried(task: Task) -> Cell:
    try:
        return cell(*task)
    except Exception as error:  # whatever it is: it must neither pass for a verdict nor write over a screen
        return Cell("undetermined", how=f"it could not be worked out: {type(error).__name__}: {error}")
