"""The command that shows the lessons in browsers, for those who have textual-serve."""

from __future__ import annotations

import argparse
import shlex
import sys

from ktwviz.cli.codes import FINE
from ktwviz.errors import MissingExtra

LOCAL = ("127.0.0.1", "::1", "localhost")


def serve(options: argparse.Namespace) -> int:
    """Serve the lessons until Ctrl-C: each visitor has a program of their own, and all of them one progress."""
    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise MissingExtra(
            "serve needs textual-serve, which is not installed: pip install 'ktwviz[serve]', "
            "or in a checkout pip install '.[serve]'"
        ) from error
    if options.host not in LOCAL:
        print(f"everybody who reaches {options.host} can play, and writes to your progress", file=sys.stderr)
    Server(command_of(options), host=options.host, port=options.port, title="ktwviz").serve()
    return FINE


def command_of(options: argparse.Namespace) -> str:
    """Return the command that is run for each visitor: the lessons, with the options for screens."""
    words = [sys.executable, "-m", "ktwviz"]
    words += ["--ascii"] if getattr(options, "ascii", False) else []
    words += ["--theme", options.theme] if hasattr(options, "theme") else []
    words += ["--no-save"] if getattr(options, "no_save", False) else []
    return shlex.join(words)
