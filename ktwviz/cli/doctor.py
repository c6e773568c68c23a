"""The command that looks whether everything is as it should be here, and says what to do where it is not."""

from __future__ import annotations

import argparse
import locale
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from ktwviz import __version__
from ktwviz.cli.codes import BAD, FINE
from ktwviz.cli.texts import print_json
from ktwviz.config import Config, config_path, load_config
from ktwviz.errors import KtwvizError, Trouble
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.shelf import lesson_files
from ktwviz.progress.store import HOW_TO_SAVE, ProgressStore, progress_path, why_not_saved
from ktwviz.size import NEEDED, fits
from ktwviz.values import dataclass

AMBIGUOUS = "▶■◆→│"
"""Signs of the screens that are two cells wide in some East Asian terminals."""
ANSWER_SECONDS = 0.3


@dataclass(frozen=True)
class Found:
    """One thing that was looked at: how it is, in words, and what to do where it is not well.

    `details` are all the things that are wrong with it, where there can be several.
    """

    what: str
    mark: Literal["ok", "warn", "fail"]
    words: str
    advice: str = ""
    details: tuple[str, ...] = ()


def doctor(options: argparse.Namespace) -> int:
    """Print a line for each thing that was looked at; 1 if something would not work."""
    found = list(_look())
    if options.json:
        print_json({"found": [vars(one) for one in found]})
    else:
        for one in found:
            print(f"{one.mark:<5}{one.what:<12}{one.words}")
            for line in (*one.details, one.advice):
                if line:
                    print(f"{'':17}{line}")
    return BAD if any(one.mark == "fail" for one in found) else FINE


def _look() -> Iterator[Found]:
    yield _versions()
    yield _terminal()
    yield _size()
    yield _colours()
    yield _encoding()
    yield _signs()
    yield _clipboard()
    yield _lessons()
    yield _settings()
    yield _progress()
    yield _cache()


def _versions() -> Found:
    try:
        textual = version("textual")
    except PackageNotFoundError:
        return Found("versions", "fail", "Textual is missing", "install ktwviz again")
    words = f"ktwviz {__version__}, Python {platform.python_version()}, Textual {textual}"
    return Found("versions", "ok", words)


def _terminal() -> Found:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Found(
            "terminal", "warn", "none: output or input is redirected", "list, show, check, explore work so"
        )
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb"):
        return Found(
            "terminal", "fail", f"TERM is {kind or 'empty'}", "set TERM, for example to xterm-256color"
        )
    return Found("terminal", "ok", kind + (", in tmux" if os.environ.get("TMUX") else ""))


def _size() -> Found:
    columns, lines = shutil.get_terminal_size()
    if not fits(columns, lines):
        return Found("size", "fail", f"{columns}x{lines}", f"enlarge the terminal to {NEEDED} or more")
    return Found("size", "ok", f"{columns}x{lines}")


def _colours() -> Found:
    if os.environ.get("NO_COLOR"):
        return Found("colours", "ok", "off, as NO_COLOR asks")
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Found("colours", "ok", "16 million")
    if "256" in os.environ.get("TERM", ""):
        return Found("colours", "ok", "256")
    return Found("colours", "warn", "perhaps sixteen", "--theme 16 takes the colours of the terminal itself")


def _encoding() -> Found:
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") != "utf8":
        return Found("encoding", "warn", encoding, "set LANG to a UTF-8 locale, or use --ascii")
    return Found("encoding", "ok", encoding)


def _signs() -> Found:
    width = _cells(AMBIGUOUS)
    if width is None:
        return Found("signs", "ok", "not measured: the terminal does not say where its cursor is")
    if width != len(AMBIGUOUS):
        return Found(
            "signs", "warn", f"{AMBIGUOUS} takes {width} cells, not {len(AMBIGUOUS)}", "use --ascii here"
        )
    return Found("signs", "ok", f"{AMBIGUOUS} takes one cell each")


def _cells(text: str) -> int | None:
    """Print a text at the start of a line, ask the terminal for its cursor, and wipe the line again."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    with suppress(ImportError, OSError, ValueError):
        # a terminal of this kind is there on POSIX systems alone
        import termios
        import tty

        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)
            os.write(sys.stdout.fileno(), f"\r{text}\x1b[6n".encode())
            column = _column()
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
            os.write(sys.stdout.fileno(), b"\r\x1b[K")
        return None if column is None else column - 1
    return None


def _column() -> int | None:
    """Read the answer ESC [ line ; column R; None where the terminal gives none."""
    import select

    answer = b""
    while not answer.endswith(b"R"):
        ready, _, _ = select.select([sys.stdin], [], [], ANSWER_SECONDS)
        if not ready:
            return None
        answer += os.read(sys.stdin.fileno(), 1)
    return int(answer.rpartition(b";")[2][:-1])


def _clipboard() -> Found:
    words = "tokens are copied by OSC 52, and always shown as well"
    if os.environ.get("TMUX"):
        return Found("clipboard", "ok", words, "in tmux: set -g set-clipboard on")
    return Found("clipboard", "ok", words)


def _lessons() -> Found:
    files = lesson_files()
    if not files:
        return Found("lessons", "fail", "none found", "install ktwviz again")
    troubles = [trouble for file in files for trouble in _troubles(file)]
    if troubles:
        return Found(
            "lessons", "fail", f"{len(files)} in {files[0].parent}; {troubles[0]}", "run ktwviz check"
        )
    return Found("lessons", "ok", f"{len(files)} in {files[0].parent}")


def _troubles(file: Path) -> list[str]:
    try:
        load_lesson(file)
    except KtwvizError as error:
        return [str(error).splitlines()[0]]
    return []


def _settings() -> Found:
    path, config = config_path(), load_config()
    troubles = tuple(str(trouble) for trouble in sorted((*config.troubles, *_clashes(config))))
    if troubles:
        count = "1 trouble" if len(troubles) == 1 else f"{len(troubles)} troubles"
        advice = "what is wrong is left out, the rest counts"
        return Found("settings", "warn", f"{count} in {path}", advice, troubles)
    if not path.exists():
        return Found(
            "settings", "ok", f"none: they would stand in {path}", "the README shows what can be set"
        )
    return Found("settings", "ok", str(path))


def _clashes(config: Config) -> list[Trouble]:
    """Return what is wrong with keys of the user's own; only the screens know theirs, so these are imported."""
    if not config.keys:
        return []
    try:
        from ktwviz.tui.app import screens_with_keys
        from ktwviz.tui.keymap import keymap_of
    except ImportError:
        # without Textual there are no screens, and the first line says so
        return []
    return keymap_of(config, screens_with_keys())[1]


def _progress() -> Found:
    path = progress_path()
    # nothing is saved, so that a file which cannot be read stays where it is
    store = ProgressStore(path, saving=False)
    solved = sum(1 for lesson in store.load().lessons.values() if lesson.solved)
    if store.notice:
        return Found("progress", "fail", store.notice, "move the file away, or put a copy back")
    words, why = f"{path}, {solved} solved", why_not_saved(path)
    if why:
        return Found("progress", "warn", f"{words}; it cannot be saved: {why}", _advice(HOW_TO_SAVE))
    return Found("progress", "ok", words)


def _advice(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"


def _cache() -> Found:
    folder = user_cache_path("ktwviz")
    why = why_not_saved(folder / "matrix")
    if why:
        return Found("cache", "warn", f"{folder}: {why}", "the matrix is worked out anew each time")
    return Found("cache", "ok", str(folder))
