"""`ktwviz explore`: what it prints about all interleavings, its bounds, and its exit codes."""

import argparse
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from ktwviz.checker.verdicts import Claim, Report
from ktwviz.checker.verdicts import check as check_machine
from ktwviz.cli import checking
from ktwviz.cli.codes import BAD, FINE, UNDETERMINED
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import Machine
from ktwviz.schedule import Token
from ktwviz.session import Session
from tests.bench.scenario import TEXT
from tests.export.test_changelog import EMBRACE, LESSON

SOUND = EMBRACE.replace(
    "    spin_lock(inner)\n    spin_lock(outer)\n", "    spin_lock(outer)\n    spin_lock(inner)\n"
)


@pytest.fixture
def embrace(tmp_path: Path) -> Path:
    return lesson_file(tmp_path, EMBRACE)


def lesson_file(folder: Path, code: str) -> Path:
    file = folder / "embrace.md"
    file.write_text(LESSON.replace("SCENARIO", code.strip()), encoding="utf-8")
    return file


def explore(file: Path, **options: Any) -> int:
    """Run the command with the options of the command line, and its defaults for the others."""
    told = {"rule": None, "memory": None, "max_states": 1_000_000, "json": False, **options}
    return checking.explore_lesson(argparse.Namespace(lesson=str(file), **told))


def explored(file: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> Any:
    """Return what the command prints as JSON."""
    explore(file, json=True, **options)
    return json.loads(capsys.readouterr().out)


def test_the_verdicts_come_first_and_then_the_counterexample(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(embrace) == BAD
    out = capsys.readouterr().out
    table, trace = out.split("\n\n", 1)
    assert "nothing is followed beyond where no-deadlock breaks" in table
    assert "broken       no-deadlock: deadlock: " in table
    assert "holds" not in table
    assert "\nundetermined " in table
    assert trace.splitlines()[0].split() == ["CPU0", "CPU1"]
    assert "Who waits for whom:" in trace


def test_without_trace_the_table_is_all(embrace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explore(embrace, trace=False) == BAD
    assert "\n\n" not in capsys.readouterr().out


def test_what_holds_has_no_trace_and_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explore(lesson_file(tmp_path, SOUND)) == FINE
    out = capsys.readouterr().out
    assert "broken" not in out
    assert "\n\n" not in out


def test_the_table_tells_interleavings_odds_and_when_it_is_too_late(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = explored(embrace, capsys)
    verdict = next(v for v in found["verdicts"] if v["property"] == "no-deadlock")
    assert sum(found["states_at_depth"]) == found["states"]
    assert 0 < verdict["chance"] < 1
    assert verdict["chance_is"] == "exact"
    explore(embrace, trace=False)
    out = capsys.readouterr().out
    assert f"{found['interleavings']:,} interleavings of at most {found['longest']} steps" in out
    assert f"every state within {found['depth']} steps" in out
    assert f"a random scheduler breaks it in 1 run in {1 / verdict['chance']:,.3g}" in out
    assert f"within reach from {verdict['within_reach_from']} of {found['states']} states" in out
    assert f"After step {verdict['sealed_after']} no schedule avoids it any more." in out


@pytest.mark.parametrize("order", ["shortest", "switches"])
def test_the_token_replays_to_the_state_that_the_trace_tells(
    embrace: Path, capsys: pytest.CaptureFixture[str], order: str
) -> None:
    found = explored(embrace, capsys, order=order)
    verdict = next(v for v in found["verdicts"] if v["property"] == "no-deadlock")
    token = Token.parse(verdict["token"])
    assert len(token.keys) == verdict["steps"] == len(verdict["trace"])
    assert "".join(step["choice"] for step in verdict["trace"]) == "".join(token.keys)
    session = Session(build_scenario(load_lesson(embrace)).machine)
    session.play(token.keys)
    assert session.bad_end == verdict["how"]


def test_the_order_by_switches_never_has_more_of_them(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_steps, by_switches = (
        next(v for v in explored(embrace, capsys, order=order)["verdicts"] if v["verdict"] == "broken")
        for order in ("shortest", "switches")
    )
    assert by_switches["switches"] <= by_steps["switches"]
    assert by_steps["steps"] <= by_switches["steps"]


@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ({"max_states": 10}, "10 states"),
        ({"max_seconds": 1e-9}, "1e-09 seconds after 3 states"),
        ({"max_memory": 1}, "1 MiB of memory after 3 states"),
    ],
    ids=["states", "seconds", "memory"],
)
def test_a_bound_makes_every_verdict_undetermined_and_is_named_in_the_same_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, Any], bound: str
) -> None:
    assert explore(lesson_file(tmp_path, SOUND), **options) == UNDETERMINED
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith(f"not complete: the search ended at {bound}")
    kinds = [line.split()[0] for line in lines[3:] if not line.startswith(" ")]
    assert kinds == ["undetermined"]
    assert f"the search ended at {bound}, " in lines[-1]


def test_ctrl_c_ends_the_search_and_what_was_seen_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(machine: Machine, claims: list[Claim], **options: Any) -> Report:
        signal.raise_signal(signal.SIGINT)
        return check_machine(machine, claims, **options)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(checking, "check_machine", pressed)
    assert explore(lesson_file(tmp_path, SOUND)) == UNDETERMINED
    out = capsys.readouterr().out
    assert "the search ended at Ctrl-C after " in out
    assert "interleavings not counted" in out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_property_of_the_lesson_itself_is_judged_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lesson_file(tmp_path, SOUND)
    claim = '```toml property\nalways = "ran.count == 0"\n```\n\n## Start'
    file.write_text(file.read_text(encoding="utf-8").replace("## Start", claim), encoding="utf-8")
    assert explore(file) == BAD
    out = capsys.readouterr().out
    assert "broken       ran.count == 0: it does not hold after these steps" in out
    assert "It is a claim of this lesson." in out
    assert "a random scheduler breaks it in every run" in out
    assert "No schedule avoids it." in out


def test_what_is_broken_within_a_bound_is_broken(embrace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states = explored(embrace, capsys)["states"]
    assert explore(embrace, max_states=states - 1) == BAD
    out = capsys.readouterr().out
    assert "not complete" in out
    assert "breaks it in at least 1 run in " in out


def test_a_great_number_of_interleavings_is_exact_in_json_and_short_for_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.md"
    file.write_text(TEXT, encoding="utf-8")
    count = explored(file, capsys)["interleavings"]
    assert count > 10**15
    power = len(str(count)) - 1
    explore(file)
    assert f"{str(count)[0]}.{str(count)[1:3]}e{power} interleavings" in capsys.readouterr().out
