"""Work done by other processes, beside a screen or a command, which can be ended at any moment.

A cell of the matrix, or the check of a lesson, takes seconds of computing. A thread could not be stopped in it and
would hold up every key; a process can be ended. They are started afresh, not forked: a screen has threads, and a fork
of those may hang. None outlives the process that asked, however that ends.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from threading import Thread
from typing import Any, TypeVar

from ktwviz.lesson.matrix import Cell, Task, cell

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

POLL_SECONDS = 0.1
NICE = 10
"""Keys are answered first."""


def work_out(
    tasks: Sequence[Task], jobs: int, wanted: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Task, Cell]]:
    """Yield the cells of the matrix as they come; one whose process dies is undetermined."""
    return work_on(cell_of, no_cell, tasks, jobs, wanted)


def cell_of(task: Task) -> Cell:
    """Return a cell of the matrix."""
    return cell(*task)


def no_cell(task: Task, why: str) -> Cell:
    """Return the cell that could not be worked out."""
    return Cell("undetermined", how=why)


def work_on(
    answer: Callable[[Asked], Answer],
    without: Callable[[Asked, str], Answer],
    tasks: Sequence[Asked],
    jobs: int,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[Asked, Answer]]:
    """Yield tasks with their answers as they come, worked out by at most `jobs` processes.

    The processes are ended as soon as `wanted` says no, or the caller stops asking. A process that dies, for want of
    memory say, or fails, leaves its task to `without`, which is told why in a sentence. Both are functions of a
    module, since other processes must find them there.
    """
    waiting = list(reversed(tasks))
    crew: dict[Connection, tuple[BaseProcess, Asked]] = {}

    def give(connection: Connection, process: BaseProcess) -> None:
        if waiting:
            crew[connection] = process, waiting.pop()
            connection.send(crew[connection][1])
        else:
            # at the end of its pipe the process ends by itself
            connection.close()

    try:
        for _ in range(min(jobs, len(tasks))):
            give(*_hire(answer, without))
        while crew and wanted():
            for connection in wait(list(crew), POLL_SECONDS):
                assert isinstance(connection, Connection)
                process, task = crew.pop(connection)
                found = _received(connection, process)
                if process.is_alive():
                    give(connection, process)
                elif waiting:
                    give(*_hire(answer, without))
                yield task, without(task, found) if isinstance(found, str) else found[0]
    finally:
        for process, _ in crew.values():
            process.terminate()
        for connection, (process, _) in crew.items():
            process.join()
            connection.close()


def _hire(answer: Callable[..., Any], without: Callable[..., Any]) -> tuple[Connection, BaseProcess]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, answer, without), daemon=True)
    # a screen puts something without a file in place of stderr, and no process can be started with that
    with redirect_stderr(sys.__stderr__):
        # with the first process Python starts one of its own, and lets Ctrl-C through as soon as that is there
        ensure_running()
        with _ctrl_c_later():
            process.start()
    # with their end open here, its end would never come when the process dies
    theirs.close()
    return ours, process


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Hold Ctrl-C back; a process that is started meanwhile never gets it, not even before its first line."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _received(connection: Connection, process: BaseProcess) -> tuple[Any] | str:
    """Return the answer, or the sentence that says why there is none."""
    try:
        found: tuple[Any] = connection.recv()
    except (EOFError, OSError):
        process.join()
        connection.close()
        return f"the process that worked it out has died ({process.exitcode})"
    return found


def _serve(connection: Connection, answer: Callable[[Any], Any], without: Callable[[Any, str], Any]) -> None:
    """Work out what comes, until the other end closes. Runs in a process of its own."""
    # ctrl-c reaches all processes of a terminal; the one that asked ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    with suppress(EOFError, OSError):
        while True:
            connection.send((_tried(answer, without, connection.recv()),))


def _end_with_parent() -> None:
    """End this process with the one that asked: a task takes so long that its end would not be noticed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _tried(answer: Callable[[Any], Any], without: Callable[[Any, str], Any], task: Any) -> Any:
    try:
        return answer(task)
    except Exception as error:  # whatever it is: it must neither pass for a verdict nor write over a screen
        return without(task, f"it could not be worked out: {type(error).__name__}: {error}")
