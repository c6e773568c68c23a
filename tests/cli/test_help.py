"""What the program says of itself: every command and option is told, and every example can be typed."""

import argparse
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ktwviz.cli import _COMMANDS, _parser
from ktwviz.cli.runs import FORMS
from tests.cli.program import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = README[README.index("## Commands") : README.index("## What the model leaves out")]


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


def of_command(name: str) -> argparse.ArgumentParser:
    return next(parser for parser in parsers(_parser([name])) if parser.prog == f"ktwviz {name}")


def examples() -> list[str]:
    told = [parser.epilog or "" for parser in parsers(_parser(["--help"]))]
    return [line.strip() for text in told if text.startswith("examples:") for line in text.splitlines()[1:]]


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_is_in_the_readme_and_says_what_each_of_its_options_is_for(name: str) -> None:
    assert f"`ktwviz {name}" in COMMANDS
    for parser in parsers(of_command(name)):
        assert [action.dest for action in parser._actions if not action.help and action.option_strings] == []


def test_a_command_stands_in_the_readme_once_with_the_same_words() -> None:
    rows = re.findall(r"^\| (`ktwviz[^|]*(?:\\\|[^|]*)*) \|", COMMANDS, re.MULTILINE)
    assert len(rows) == len(set(rows)) > 20
    plain = [row for row in rows if row.startswith("`ktwviz list")]
    assert len(plain) == 1


def test_every_form_of_an_export_is_in_the_readme() -> None:
    assert [form for form in FORMS if not re.search(rf"\b{form}\b", COMMANDS)] == []


@pytest.mark.parametrize("example", examples())
def test_an_example_can_be_typed_as_it_stands(example: str) -> None:
    for part in re.split(r"&&|\|", example):
        words = shlex.split(part.partition(">")[0])
        if words[0] == "ktwviz":
            with suppress(SystemExit):
                _parser(words[1:]).parse_args(words[1:])
                continue
            pytest.fail(f"{part} is refused")


def test_the_readme_names_no_option_that_there_is_not() -> None:
    known = {
        option
        for parser in parsers(_parser(["--help"]))
        for action in parser._actions
        for option in action.option_strings
    }
    assert set(re.findall(r"--[a-z][a-z-]+", COMMANDS)) <= known
