"""`ktwviz explore`: what it prints about all interleavings, its bounds, and its exit codes."""

import argparse
import json
import shlex
import signal
from pathlib import Path
from typing import Any

import pytest

from ktwviz.checker import findings, verdicts
from ktwviz.checker.verdicts import Claim, Report
from ktwviz.checker.verdicts import check as check_machine
from ktwviz.cli import _parser, exploring
from ktwviz.cli.codes import BAD, FINE, INTERRUPTED, UNDETERMINED
from ktwviz.errors import UnknownName
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
    return exploring.explore_lesson(argparse.Namespace(lesson=str(file), **told))


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
        ({"max_depth": 3}, "3 steps"),
        ({"max_seconds": 1e-9}, "1e-09 seconds after 3 states"),
        ({"max_memory": 1}, "1 MiB of memory after 3 states"),
    ],
    ids=["states", "depth", "seconds", "memory"],
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
    monkeypatch.setattr(exploring, "check_machine", pressed)
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


# Properties asked for, symmetry, jumps, Ctrl-C ------------------------------------------------------------------------

MANY = """
worker = KthreadWorker()
work = KthreadWork(func=ran)
done = Counter()

def ran(work):
    pass

@task(cpu=0, copies=2)
def producer():
    queue_kthread_work(worker, work)
    done.count += 1

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""
LATE = """
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=ran)
ran_once = Counter()

def ran(work):
    ran_once.count += 1

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 40)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


def with_claim(file: Path, claim: str) -> Path:
    text = file.read_text(encoding="utf-8")
    block = f'```toml property\nalways = "{claim}"\n```\n\n## Start'
    file.write_text(text.replace("## Start", block), encoding="utf-8")
    return file


def kinds(found: Any) -> dict[str, str]:
    return {verdict["property"]: verdict["verdict"] for verdict in found["verdicts"]}


def test_a_property_on_request_is_judged_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lesson_file(tmp_path, SOUND)
    assert "work-bound" not in kinds(explored(file, capsys))
    found = kinds(explored(file, capsys, property=["work-bound", "freed-idle"]))
    assert found["work-bound"] == found["freed-idle"] == "holds"


def test_a_property_that_nobody_knows_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no property 'work-bond', did you mean 'work-bound'"):
        explore(lesson_file(tmp_path, SOUND), property=["work-bond"])


def test_each_counterexample_comes_with_the_command_that_opens_it(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = explored(embrace, capsys)
    verdict = next(v for v in found["verdicts"] if v["property"] == "no-deadlock")
    assert verdict["play"] == f"ktwviz play {embrace} --token {shlex.quote(verdict['token'])}"
    explore(embrace, trace=False)
    assert f"see it: {verdict['play']}" in capsys.readouterr().out
    words = shlex.split(verdict["play"])[1:]
    options = _parser(words).parse_args(words)
    assert options.token == verdict["token"]


def test_symmetry_gives_the_same_verdicts_or_says_that_it_gives_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = with_claim(lesson_file(tmp_path, MANY), "done.count < 2")
    plain, reduced = explored(file, capsys), explored(file, capsys, symmetry=True)
    assert reduced["states"] < plain["states"] == reduced["stands_for"]
    judged = {name: kind for name, kind in kinds(reduced).items() if kind != "undetermined"}
    assert judged.items() <= kinds(plain).items()
    assert judged["done.count < 2"] == "broken"
    assert {"no-oops", "lists-sound", "no-deadlock"} <= judged.keys()
    told = next(v for v in reduced["verdicts"] if v["property"] == "refusal-kept")
    assert told["how"].startswith("not judged with symmetry")
    broken = next(v for v in reduced["verdicts"] if v["verdict"] == "broken")
    session = Session(build_scenario(load_lesson(file)).machine)
    session.play(Token.parse(broken["token"]).keys)
    assert broken["chance"] == next(v for v in plain["verdicts"] if v["verdict"] == "broken")["chance"]
    explore(file, symmetry=True, trace=False)
    assert f"they stand for {plain['states']:,} states" in capsys.readouterr().out


def test_a_claim_that_tells_identical_tasks_apart_is_not_judged_with_symmetry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = with_claim(lesson_file(tmp_path, MANY), "not finished('producer1')")
    assert kinds(explored(file, capsys))["not finished('producer1')"] == "broken"
    assert kinds(explored(file, capsys, symmetry=True))["not finished('producer1')"] == "undetermined"
    assert explore(file, symmetry=True) == UNDETERMINED


def test_where_nobody_is_identical_symmetry_says_so_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(lesson_file(tmp_path, SOUND), symmetry=True) == FINE
    assert "no two tasks are identical here" in capsys.readouterr().err


def test_fewest_switches_and_symmetry_exclude_one_another(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="--order switches"):
        explore(lesson_file(tmp_path, MANY), symmetry=True, order="switches")


def test_with_jumps_a_long_delay_costs_few_states_and_the_token_has_every_tick(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = with_claim(lesson_file(tmp_path, LATE), "ran_once.count == 0")
    plain, jumped = explored(file, capsys), explored(file, capsys, jump=True)
    assert jumped["states"] * 2 < plain["states"]
    assert kinds(jumped) == kinds(plain)
    assert jumped["interleavings"] is None
    token = Token.parse(next(v for v in jumped["verdicts"] if v["verdict"] == "broken")["token"])
    assert token.keys.count("t") == 40
    Session(build_scenario(load_lesson(file)).machine).play(token.keys)


def test_ctrl_c_while_odds_are_worked_out_leaves_the_verdicts(
    embrace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(findings, "finding", pressed)
    assert explore(embrace) == INTERRUPTED
    out, err = capsys.readouterr()
    assert "broken       no-deadlock: deadlock: " in out
    assert "a random scheduler" not in out
    assert "Ctrl-C" in err


def test_ctrl_c_while_the_graph_is_judged_leaves_what_was_not_judged_undetermined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(graph: Any) -> bool:
        signal.raise_signal(signal.SIGINT)
        return False

    monkeypatch.setattr(verdicts, "_is_reduced", judged)
    assert explore(lesson_file(tmp_path, SOUND)) == UNDETERMINED
    out = capsys.readouterr().out
    assert "complete" in out.splitlines()[1]
    assert "all states were seen, but the judging ended at Ctrl-C" in out
    assert "holds        lists-sound" in out


def test_fewest_switches_of_a_search_that_was_bounded_are_those_among_what_was_seen(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = explored(embrace, capsys)["states"]
    explore(embrace, order="switches", max_states=states - 1, trace=False)
    assert "(the fewest among what was seen)" in capsys.readouterr().out
    explore(embrace, order="switches", trace=False)
    assert "among what was seen" not in capsys.readouterr().out


# Depth, and the first that is bad ------------------------------------------------------------------------------------


def test_a_depth_that_reaches_everything_is_no_bound(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = explored(embrace, capsys)
    assert explored(embrace, capsys, max_depth=whole["depth"] + 1) == whole


def test_within_a_depth_are_the_states_that_so_many_steps_lead_to(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = explored(embrace, capsys)
    near = explored(embrace, capsys, max_depth=4)
    assert near["states"] == sum(whole["states_at_depth"][:5])
    assert (near["complete"], near["bound"]) == (False, "4 steps")


def test_what_breaks_at_the_very_depth_is_found(embrace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deadlock = next(v for v in explored(embrace, capsys)["verdicts"] if v["verdict"] == "broken")
    assert kinds(explored(embrace, capsys, max_depth=deadlock["steps"]))["no-deadlock"] == "broken"
    assert kinds(explored(embrace, capsys, max_depth=deadlock["steps"] - 1))["no-deadlock"] == "undetermined"


def test_the_first_bad_ends_the_search_and_the_rest_is_undetermined(
    embrace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, first = explored(embrace, capsys), explored(embrace, capsys, first_bad=True)
    assert first["states"] < whole["states"]
    assert first["bound"] == "the first counterexample"
    broken = [v for v in first["verdicts"] if v["verdict"] == "broken"]
    assert [v["property"] for v in broken] == ["no-deadlock"]
    assert broken[0]["steps"] == next(v for v in whole["verdicts"] if v["verdict"] == "broken")["steps"]
    assert all(v["verdict"] == "undetermined" for v in first["verdicts"] if v not in broken)
    assert explore(embrace, first_bad=True) == BAD


def test_where_nothing_is_bad_the_search_for_the_first_is_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lesson_file(tmp_path, SOUND)
    assert explored(file, capsys, first_bad=True) == explored(file, capsys)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_states_that_are_too_far_to_be_followed_are_no_ends_of_runs(
    depth: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lesson_file(tmp_path, SOUND)
    block = '```toml property\nat_end = "ran.count == 1"\n```\n\n## Start'
    file.write_text(file.read_text(encoding="utf-8").replace("## Start", block), encoding="utf-8")
    found = explored(file, capsys, first_bad=True, max_depth=depth)
    assert found["bound"] == ("1 step" if depth == 1 else f"{depth} steps")


@pytest.mark.parametrize(
    ("when", "claim", "bound"),
    [
        ("always", "ran.count == 0", "the first counterexample"),
        # the only end is the last state that is found
        ("at_end", "ran.count == 99", ""),
    ],
)
def test_a_claim_of_the_lesson_ends_the_search_too(
    when: str, claim: str, bound: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lesson_file(tmp_path, SOUND)
    block = f'```toml property\n{when} = "{claim}"\n```\n\n## Start'
    file.write_text(file.read_text(encoding="utf-8").replace("## Start", block), encoding="utf-8")
    found = explored(file, capsys, first_bad=True)
    assert found["bound"] == bound
    assert next(v for v in found["verdicts"] if v["property"] == claim)["verdict"] == "broken"
