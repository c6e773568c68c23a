"""How long a start takes, as a ratio to the import of a library for command lines in the same run.

The library is click, and argparse where it is not installed. Everything is measured as a later start is: what Python
keeps of modules, and what `ktwviz/machine/made.py` keeps of kernel code, is there. `first` says how it is without.
"""

import os
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ktwviz.lesson.shelf import lesson_files

RUNS = 7
MOST = 1.5
BESIDE = "click" if find_spec("click") else "argparse"
UNTIL_THE_SEARCH = """
import os
import ktwviz.cli
ktwviz.cli.leave_garbage()  # as main() does before it imports more
from ktwviz.checker import verdicts

verdicts.check = lambda *told, **more: os._exit(0)
ktwviz.cli.main(["explore", {lesson!r}])
"""


def cpu_of(words: list[str], **surroundings: str) -> float:
    """Return the milliseconds of CPU time of a Python with these arguments, from its start to its end."""
    null = subprocess.DEVNULL
    environment = {**os.environ, **surroundings}
    process = subprocess.Popen(
        [sys.executable, *words], stdin=null, stdout=null, stderr=null, env=environment
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), f"{words} failed"
    return (used.ru_utime + used.ru_stime) * 1000


def medians(commands: dict[str, list[str]], **surroundings: str) -> dict[str, float]:
    """Return the median time of each command; they take turns, so that noise meets all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, words in commands.items():
            times[name].append(cpu_of(words, **surroundings))
    return {name: statistics.median(each) for name, each in times.items()}


def until_the_search(lesson: str) -> list[str]:
    """Return the arguments of a Python that explores a lesson and ends where the search would begin."""
    return ["-c", UNTIL_THE_SEARCH.format(lesson=lesson)]


def print_commands() -> None:
    """Print how long some commands take."""
    beside = ["-c", f"import {BESIDE}"]
    commands = {
        "python -c pass": ["-c", "pass"],
        "python -c 'import argparse'": ["-c", "import argparse"],
        f"python -c 'import {BESIDE}'": beside,
        "ktwviz list": ["-m", "ktwviz", "list"],
        "ktwviz show 1": ["-m", "ktwviz", "show", "1"],
        "ktwviz explore 1": ["-m", "ktwviz", "explore", "1"],
        "ktwviz check 1": ["-m", "ktwviz", "check", "1"],
    }
    found = medians(commands)
    base = found[f"python -c 'import {BESIDE}'"]
    for name, value in found.items():
        print(f"  {name:<28}{value:.0f} ms, {value / base:.2f} of {BESIDE}")


def print_lessons() -> None:
    """Print how long it takes until a lesson's search begins, for all lessons."""
    names = [path.stem for path in lesson_files()]
    for name in names:  # what is kept of kernel code is there from here on
        cpu_of(["-m", "ktwviz", "explore", name])
    found = medians({BESIDE: ["-c", f"import {BESIDE}"], **{name: until_the_search(name) for name in names}})
    base = found.pop(BESIDE)
    ordered = sorted(found, key=lambda name: found[name])
    print(f"explore until the search, beside the import of {BESIDE} ({base:.0f} ms), {len(names)} lessons:")
    for what, name in (("least", ordered[0]), ("median", ordered[len(ordered) // 2]), ("most", ordered[-1])):
        print(f"  {what:<28}{found[name]:.0f} ms, {found[name] / base:.2f}   ({name})")
    over = [name for name in ordered if found[name] > MOST * base]
    print(f"  {'above ' + str(MOST):<28}{', '.join(over) or 'none'}")


def print_first() -> None:
    """Print the same where nothing is kept of kernel code yet, though modules are compiled."""
    words = until_the_search("4")
    with TemporaryDirectory() as folder:
        cpu_of(words, PYTHONPYCACHEPREFIX=folder)  # Python keeps the modules; the rest is kept at an end only
        kept = list(Path(folder).rglob("*.stepped"))
        assert not kept, kept
        found = medians({"first": words}, PYTHONPYCACHEPREFIX=folder)
    print(f"  {'first, lesson 4':<28}{found['first']:.0f} ms")


def main() -> None:
    """Print all of it."""
    print(f"start: CPU time of whole processes, Python {sys.version.split()[0]}, median of {RUNS}")
    print_commands()
    print_lessons()
    print_first()


if __name__ == "__main__":
    main()
