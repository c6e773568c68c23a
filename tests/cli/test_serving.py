"""`ktwviz serve`: what it starts, for whom, and what it says where textual-serve is missing."""

import shlex
import sys
from types import ModuleType
from typing import Any

import pytest

from ktwviz.cli import _parser, main
from ktwviz.cli.screens import _check_terminal


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Put a server that only notes what it is asked in place of the real one."""
    asked: list[dict[str, Any]] = []

    class Server:
        def __init__(self, command: str, **options: Any) -> None:
            asked.append({"command": command, **options})

        def serve(self) -> None:
            asked[-1]["served"] = True

    module = ModuleType("textual_serve.server")
    module.Server = Server  # type: ignore[attr-defined]  # that is how a module is filled
    monkeypatch.setitem(sys.modules, "textual_serve", ModuleType("textual_serve"))
    monkeypatch.setitem(sys.modules, "textual_serve.server", module)
    return asked


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.delitem(sys.modules, "textual_serve.server", raising=False)
    assert main(["serve"]) == 2
    assert "pip install 'ktwviz[serve]'" in capsys.readouterr().err


def test_it_answers_this_machine_alone_unless_told_otherwise(
    served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve"]) == 0
    assert (served[0]["host"], served[0]["port"], served[0]["served"]) == ("127.0.0.1", 8000, True)
    assert not capsys.readouterr().err
    assert main(["serve", "--host", "0.0.0.0", "--port", "80"]) == 0
    assert (served[1]["host"], served[1]["port"]) == ("0.0.0.0", 80)
    assert "everybody who reaches 0.0.0.0 can play" in capsys.readouterr().err


def test_each_visitor_gets_the_lessons_with_the_options_for_screens(served: list[dict[str, Any]]) -> None:
    main(["serve", "--theme", "light", "--ascii", "--no-save"])
    words = shlex.split(served[0]["command"])
    assert words[:3] == [sys.executable, "-m", "ktwviz"]
    options = _parser(words[3:]).parse_args(words[3:])
    assert (options.theme, options.ascii, options.no_save) == ("light", True, True)


def test_a_browser_is_no_terminal_and_is_not_asked_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    _check_terminal()


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--port", port])
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err
