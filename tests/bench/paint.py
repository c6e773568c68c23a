"""How long the first screen takes, as a ratio to the least Textual app in the same run, each in its own terminal."""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
from collections.abc import Mapping
from tempfile import TemporaryDirectory

RUNS = 9
SIZES = ((80, 24), (120, 40))
MOST = 1.3
PATIENCE = 20.0
"""Seconds after which a screen will not come any more."""
MARK = "first-paint"
MINIMAL = f"""
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("{MARK}")

Minimal().run()
"""


def milliseconds(words: list[str], mark: str, size: tuple[int, int], places: Mapping[str, str]) -> float:
    """Return the CPU time of a program from its start until `mark` is on its terminal, in milliseconds."""
    child, terminal = pty.fork()
    if child == 0:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **places}
        os.execve(sys.executable, [sys.executable, *words], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    seen = b""
    while mark.encode() not in seen:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            raise SystemExit(f"{' '.join(words)} shows nothing")
        seen += os.read(terminal, 65536)
    os.kill(child, signal.SIGKILL)
    _, _, used = os.wait4(child, 0)
    os.close(terminal)
    return (used.ru_utime + used.ru_stime) * 1000


def measured(size: tuple[int, int]) -> tuple[float, float, float]:
    """Return milliseconds of the least app, of ours, and the ratio: medians, both taking turns."""
    least, own = [], []
    with TemporaryDirectory() as folder:
        places = {f"XDG_{name}_HOME": folder for name in ("STATE", "CONFIG", "CACHE")}
        for _ in range(RUNS + 1):
            least.append(milliseconds(["-c", MINIMAL], MARK, size, places))
            own.append(milliseconds(["-m", "ktwviz"], "Say when", size, places))
    # the first of each fills the caches of bytecode and files
    ratio = statistics.median(ours / theirs for ours, theirs in zip(own[1:], least[1:], strict=True))
    return statistics.median(least[1:]), statistics.median(own[1:]), ratio


def main() -> None:
    """Print the table."""
    print(f"first screen: CPU time from the start of the process, median of {RUNS}")
    for size in SIZES:
        least, own, ratio = measured(size)
        name = f"ktwviz at {size[0]}x{size[1]}"
        print(f"  {name:<24}{own:.0f} ms, the least app {least:.0f} ms, ratio {ratio:.2f}   (at most {MOST})")


if __name__ == "__main__":
    main()
