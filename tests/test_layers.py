"""Arrows point down, and text commands never wait for Textual."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_import_keeps_the_contracts() -> None:
    lint_imports = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = run(str(lint_imports), "--no-cache", "--no-logo")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_line_is_imported_without_textual() -> None:
    done = run(sys.executable, "-c", "import sys, ktwviz.cli; print('textual' in sys.modules)")
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list"]], ids=" ".join)
def test_a_text_command_runs_without_textual(arguments: list[str]) -> None:
    script = f"""
import atexit, sys
atexit.register(lambda: print("textual" in sys.modules, file=sys.stderr))
sys.argv = ["ktwviz", *{arguments!r}]
from ktwviz.cli import main
main()
"""
    done = run(sys.executable, "-c", script)
    assert (done.returncode, done.stderr.strip()) == (0, "False"), done.stdout


@pytest.mark.parametrize("arguments", [["list"], ["show", "1"], ["explore", "1"]], ids=" ".join)
def test_a_text_command_runs_without_what_is_slow_to_import(arguments: list[str]) -> None:
    script = f"""
import sys
before = set(sys.modules)
from ktwviz.cli import main
code = main({arguments!r})
slow = {{"dataclasses", "difflib", "fractions", "inspect", "markdown_it", "concurrent.futures"}} - before
if {arguments[0]!r} == "explore":
    slow -= {{"fractions"}}  # the odds are fractions; nobody waits for them before the search
print(code, sorted(slow & set(sys.modules)), file=sys.stderr)
"""
    done = run(sys.executable, "-c", script)
    assert done.stderr.splitlines()[-1] == "0 []", done.stderr
