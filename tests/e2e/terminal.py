"""A program in a real terminal: tmux runs it, types keys, and tells what the screen says."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[2]


class Terminal:
    """One tmux session of its own server, with `ktwviz` in it."""

    def __init__(self, tmux: str, folder: Path, *, columns: int = 80, lines: int = 24) -> None:
        self._program = tmux
        self._folder = folder
        self._starts = 0
        self._state = folder / "state"
        self._size = ["-x", str(columns), "-y", str(lines)]

    def start(self, *arguments: str) -> None:
        """Start the program in a fresh session of a fresh server: the last one may still be on its way out."""
        self._starts += 1
        environment: Mapping[str, str] = {
            "XDG_STATE_HOME": str(self._state),
            "XDG_CONFIG_HOME": str(self._state / "config"),
            "XDG_CACHE_HOME": str(self._state / "cache"),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
        }
        set_up = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        program = shlex.join([sys.executable, "-m", "ktwviz", *arguments])
        self._run("new-session", "-d", *self._size, f"{set_up} {program}; echo exit code $?; sleep 60")

    def press(self, *keys: str) -> None:
        """Type keys, named as tmux names them."""
        for key in keys:
            self._run("send-keys", key)

    def type(self, text: str) -> None:
        """Type a text as it stands."""
        self._run("send-keys", "-l", text)

    def screen(self) -> str:
        """Return what the terminal shows."""
        return self._run("capture-pane", "-p")

    def wait_for(self, text: str) -> str:
        """Wait until the screen shows `text`; return the screen. Fails with the screen where it never does."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            screen = self.screen()
            if text in screen:
                drawn = self.changed_from("")
                return drawn if text in drawn else screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} never came up; the screen is:\n{self.screen()}")

    def changed_from(self, before: str) -> str:
        """Wait until the screen differs from `before` and stands still, two seconds at most; return the screen.

        A program draws a screen in pieces, and tmux shows what it has.
        """
        end = time.monotonic() + 2
        screen, last = self.screen(), ""
        while (screen == before or screen != last or not _has_headline(screen)) and time.monotonic() < end:
            time.sleep(0.03)
            screen, last = self.screen(), screen
        return screen

    @property
    def _tmux(self) -> list[str]:
        return [self._program, "-S", str(self._folder / f"tmux{self._starts}.sock"), "-f", "/dev/null"]

    def kill(self) -> None:
        """Kill the program as a crash or a lost power line would: it gets no chance to do anything."""
        self.send(signal.SIGKILL)

    def takes_mouse(self) -> bool:
        """Tell whether a program in the terminal still asks to be told of the mouse."""
        return self._run("display-message", "-p", "#{mouse_any_flag}").strip() == "1"

    def send(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.program(), number)

    def program(self) -> int:
        """Return the number of the program's process."""
        shell = self._run("display-message", "-p", "#{pane_pid}").strip()
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], check=True, capture_output=True, text=True
        )
        return int(listed.stdout.split()[0])

    def stop(self) -> None:
        """End the session and everything in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True)
        return done.stdout


def _has_headline(screen: str) -> bool:
    """Tell whether the first line is drawn, which is drawn last."""
    return bool(screen.partition("\n")[0].strip())
