"""The sandbox from the command line: what it saved is checked and replayed, and wrong input is told in a line."""

from pathlib import Path

import pytest

from ktwviz.lesson.additions import ADDITIONS
from ktwviz.lesson.sandbox import START, built, look
from ktwviz.lesson.saving import lesson_file
from ktwviz.progress.model import Draft
from tests.cli.program import ktwviz

ARMED_AGAIN = Draft(next(one for one in ADDITIONS if one.name == "init").edit(START, "client"))


def test_a_saved_scenario_passes_its_check_and_its_tokens_play(tmp_path: Path) -> None:
    path = tmp_path / "armed-again.md"
    file = lesson_file(ARMED_AGAIN, str(path))
    path.write_text(file.text)
    checked = ktwviz("check", str(path))
    assert (checked.code, checked.out.split()[:2]) == (0, ["ok", "armed-again"]), checked.err
    keys = next(verdict for verdict in look(ARMED_AGAIN).broken if verdict.property == "lists-sound").keys
    token = str(built(ARMED_AGAIN, file.id).token(keys or ()))
    replayed = ktwviz("replay", "--lesson", str(path), token)
    assert replayed.code == 1 and "list" in replayed.out.splitlines()[-1]
    assert "made for" not in replayed.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kernel", "mergd"], "there is no version 'mergd' of the code, did you mean 'merged'?"),
        (["none.py"], "there is no file none.py"),
        (["no-such-lesson"], "there is no lesson 'no-such-lesson'"),
    ],
    ids=["kernel", "file", "lesson"],
)
def test_wrong_input_is_told(arguments: list[str], says: str) -> None:
    told = ktwviz("sandbox", *arguments)
    assert (told.code, told.out) == (2, "") and says in told.err


def test_without_a_terminal_it_says_so() -> None:
    assert ktwviz("sandbox").code == 3
