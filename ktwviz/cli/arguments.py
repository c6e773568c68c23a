"""What all commands are added to the command line with: types of arguments, examples, the call itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ktwviz.size import NEEDED, fits


class Help(argparse.HelpFormatter):
    """As wide as the terminal, which is asked without `shutil`: argparse makes one of these for every argument."""

    def __init__(self, prog: str) -> None:
        try:
            columns = int(os.environ["COLUMNS"])
        except (KeyError, ValueError):
            columns = os.get_terminal_size(1).columns if os.isatty(1) else 80
        super().__init__(prog, width=columns - 2)


class HelpWithExamples(Help, argparse.RawDescriptionHelpFormatter):
    """The same, with the lines of what stands at the end left as they are."""


class Parser(argparse.ArgumentParser):
    """A parser, and so are those of its commands, with help of that width.

    What it reads says in `parser` which of them read the last of it.
    """

    def __init__(self, **told: Any) -> None:
        super().__init__(**{"formatter_class": Help, **told})
        self.set_defaults(parser=self)


Commands = Any  # argparse does not name the type of what add_subparsers() returns


def add_command(commands: Commands, name: str, about: str, *examples: str) -> argparse.ArgumentParser:
    """Add a command; its help ends with examples, a line each."""
    shown = "\n".join(["examples:", *(f"  {example}" for example in examples)]) if examples else None
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=shown,
        formatter_class=HelpWithExamples,
    )
    return added


def command(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported only when it runs."""

    def run(options: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = getattr(import_module(f"ktwviz.cli.{module}"), name)
        return command(options)

    return run


def count(text: str) -> int:
    """Read a number from 1 on."""
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, not {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """Read a time in seconds, more than 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0, not {text!r}")
    return seconds


def moves_a_second(text: str) -> float:
    """Read a speed, more than 0."""
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 60:
        raise argparse.ArgumentTypeError(f"expected moves a second, up to 60, not {text!r}")
    return speed


def step_number(text: str) -> int:
    """Read the number of a step, 0 being the start."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a step is a number from 0 on, not {text!r}")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Read a size in cells, such as 80x24; a screen has no less and no pane needs more than 400x200."""
    columns, _, lines = text.partition("x")
    if not (columns.isdigit() and lines.isdigit()):
        raise argparse.ArgumentTypeError(f"expected columns x lines, as in 80x24, not {text!r}")
    found = int(columns), int(lines)
    if not fits(*found) or found[0] > 400 or found[1] > 200:
        raise argparse.ArgumentTypeError(f"a screen has {NEEDED} to 400x200 cells, not {text}")
    return found


def port(text: str) -> int:
    """Read the number of a port."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)
