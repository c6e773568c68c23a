"""Commands that go through every interleaving."""

import argparse
import os
import resource
import shlex
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ktwviz.checker.explore import Graph
from ktwviz.checker.facts import Facts
from ktwviz.checker.findings import Finding, finding
from ktwviz.checker.orders import switches
from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.shrink import Order
from ktwviz.checker.verdicts import Claim, Report
from ktwviz.checker.verdicts import check as check_machine
from ktwviz.cli.codes import BAD, FINE, INTERRUPTED, UNDETERMINED, WRONG_INPUT
from ktwviz.cli.texts import print_json
from ktwviz.errors import LessonError, Trouble, UnknownName, did_you_mean
from ktwviz.export.changelog import as_text as changelog
from ktwviz.export.log import as_json as log_json
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.lesson.shelf import lesson_files
from ktwviz.machine.machine import Machine
from ktwviz.session import Session

if TYPE_CHECKING:
    from ktwviz.checker.symmetry import Reduced
    from ktwviz.lesson.verify import Checked

WIDTH = 100

# check ------------------------------------------------------------------------------------------------------------


def check(options: argparse.Namespace) -> int:
    """Prove what lessons claim; one line a lesson, details where something fails."""
    from ktwviz.lesson.verify import check_together

    lessons, troubles = _lessons(options.paths)
    start = time.monotonic()
    results = sorted(_check_all(lessons, options.jobs), key=lambda result: result.lesson.file)
    together = check_together(lessons) if not options.paths else []
    if options.json:
        print_json(_check_json(results, [*troubles, *together]))
    else:
        for result in results:
            _print_result(result)
        for trouble in (*troubles, *together):
            print(trouble)
        print(_summary(results, time.monotonic() - start), file=sys.stderr)
    if troubles:
        return WRONG_INPUT
    if together or any(result.troubles for result in results):
        return BAD
    return UNDETERMINED if any(result.undetermined for result in results) else FINE


def _lessons(paths: list[str]) -> tuple[list[Lesson], list[Trouble]]:
    lessons: list[Lesson] = []
    troubles: list[Trouble] = []
    for path in _expanded(paths) if paths else [str(file) for file in lesson_files()]:
        try:
            lessons.append(load_lesson(Path(path)) if Path(path).is_file() else find_lesson(path))
        except LessonError as error:
            troubles += error.troubles
    return lessons, troubles


def _expanded(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        files = sorted(str(file) for file in Path(path).glob("*.md"))
        if not files:
            raise UnknownName(f"there is no lesson in {path}: lessons are files that end in .md")
        yield from files


def _check_all(lessons: list[Lesson], jobs: int | None) -> "Iterator[Checked]":
    from ktwviz.lesson.verify import check_lesson

    jobs = min(jobs or os.cpu_count() or 1, len(lessons))
    if jobs <= 1:
        for done, lesson in enumerate(lessons):
            _progress(done, len(lessons))
            yield check_lesson(lesson)
        _progress_ends()
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(check_lesson, lesson) for lesson in lessons]
        for done, future in enumerate(as_completed(waiting)):
            _progress(done + 1, len(lessons))
            yield future.result()
    _progress_ends()


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        bar = "#" * (24 * done // max(count, 1))
        print(f"\r[{bar:<24}] {done}/{count} lessons", end="", file=sys.stderr, flush=True)


def _progress_ends() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_result(result: "Checked") -> None:
    mark = "broken" if result.troubles else "undetermined" if result.undetermined else "ok"
    print(f"{mark:<13}{result.lesson.id:<22}{result.states:>9,} states   {result.lesson.title}")
    for trouble in result.troubles:
        print(f"  {trouble}")
    for note in result.notes:
        print(f"  {note}")


def _summary(results: "list[Checked]", seconds: float) -> str:
    states = sum(result.states for result in results)
    return f"{len(results)} lessons, {states:,} states, {seconds:.1f} s"


def _check_json(results: "list[Checked]", troubles: list[Trouble]) -> dict[str, object]:
    return {
        "lessons": [
            {
                "id": result.lesson.id,
                "file": result.lesson.file,
                "states": result.states,
                "undetermined": result.undetermined,
                "troubles": [_trouble(trouble) for trouble in result.troubles],
                "notes": result.notes,
            }
            for result in results
        ],
        "troubles": [_trouble(trouble) for trouble in troubles],
    }


def _trouble(trouble: Trouble) -> dict[str, object]:
    return {"file": trouble.file, "line": trouble.line, "message": trouble.message}


# explore ----------------------------------------------------------------------------------------------------------

_UNLESS_TOLD: dict[str, Any] = {
    "order": "shortest",
    "max_seconds": None,
    "max_memory": None,
    "trace": True,
    "property": [],
    "symmetry": False,
    "jump": False,
}


def explore_lesson(options: argparse.Namespace) -> int:
    """Go through every interleaving of a lesson's scenario; print the verdicts, and the first counterexample."""
    options = argparse.Namespace(**{**_UNLESS_TOLD, **vars(options)})
    _check_names(options)
    lesson = find_lesson(options.lesson)
    scenario = build_scenario(lesson, options.rule, options.memory or "")
    machine = _searched(scenario.machine, options)
    start = time.monotonic()
    claims, asked = claims_of(scenario), [*asked_for(scenario), *options.property]
    with _Bounds(options.max_seconds, options.max_memory) as bounds:
        report = check_machine(
            machine, claims, builtins=asked, most_states=options.max_states, interrupted=bounds
        )
    _progress_ends()
    facts, findings, whole = _findings(report, options.order, claims)
    if not whole:
        print(_CUT_SHORT, file=sys.stderr)
    if options.json:
        print_json(_report_json(scenario, facts, findings, options, whole))
    else:
        _print_report(scenario, facts, findings, options, whole)
    print(f"{time.monotonic() - start:.2f} s", file=sys.stderr)
    if not whole:
        return INTERRUPTED
    if report.broken:
        return BAD
    unsure = any(verdict.kind == "undetermined" for verdict in report.verdicts)
    return UNDETERMINED if unsure or not report.graph.complete else FINE


_CUT_SHORT = (
    "Ctrl-C: the verdicts are those of the search; odds and what else was not worked out by then are left out"
)


def _check_names(options: argparse.Namespace) -> None:
    """Refuse properties that nobody knows, and what cannot be had together."""
    known = [builtin.name for builtin in BUILTINS]
    for name in options.property:
        if name not in known:
            raise UnknownName(
                f"there is no property {name!r}{did_you_mean(name, known)} (possible: {', '.join(known)})"
            )
    if options.symmetry and options.order == "switches":
        raise UnknownName(
            "--order switches follows who runs, and with --symmetry tasks change places: drop one"
        )


def _searched(machine: Machine, options: argparse.Namespace) -> Machine:
    """Return the machine that is searched in place of the scenario's own."""
    if options.jump:
        from ktwviz.checker.ticks import Jumping

        machine = Jumping(machine)
    if options.symmetry:
        from ktwviz.checker.symmetry import Reduced

        reduced = Reduced(machine)
        if reduced.symmetry.groups:
            return reduced
        print("no two tasks are identical here: --symmetry changes nothing", file=sys.stderr)
    return machine


def _findings(report: Report, order: Order, claims: list[Claim]) -> tuple[Facts, list[Finding], bool]:
    """Return what is told beside the verdicts, and whether Ctrl-C has left it whole."""
    facts, findings = Facts(report.graph), list[Finding]()
    try:
        _ = facts.levels, facts.interleavings, facts.longest
        findings += (finding(report, facts, verdict, order, claims) for verdict in report.verdicts)
    except KeyboardInterrupt:
        findings += (Finding(verdict) for verdict in report.verdicts[len(findings) :])
        return facts, findings, False
    return facts, findings, True


class _Bounds:
    """The bounds of a search besides the number of states: time, memory, Ctrl-C; shows how far it has come."""

    def __init__(self, seconds: float | None, mebibytes: int | None) -> None:
        self._seconds = seconds
        self._mebibytes = mebibytes
        self._pressed = False
        self._start = self._last = time.monotonic()
        self._before: Any = None

    def __enter__(self) -> "_Bounds":
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, number: int, frame: object) -> None:
        self._pressed = True

    def __call__(self, states: int) -> str:
        """Return the bound that is met, empty while none is."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._last > 0.1:
            self._last = now
            print(f"\r{states:,} states", end="", file=sys.stderr, flush=True)
        if self._pressed:
            return f"Ctrl-C after {states:,} states"
        if self._seconds is not None and now - self._start >= self._seconds:
            return f"{self._seconds:g} seconds after {states:,} states"
        if self._mebibytes is not None and _peak_memory() >= self._mebibytes:
            return f"{self._mebibytes:,} MiB of memory after {states:,} states"
        return ""


def _peak_memory() -> float:
    """Return the most memory that this process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # bytes there, KiB elsewhere
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _print_report(
    scenario: Scenario,
    facts: Facts,
    findings: list[Finding],
    options: argparse.Namespace,
    whole: bool,
) -> None:
    graph = facts.graph
    seen = "complete" if graph.complete else f"not complete: the search ended at {graph.bound}"
    rule = scenario.rule or "the code as posted"
    print(f"{scenario.lesson.title} ({rule})")
    print(f"{len(graph.states):,} states, {graph.transitions:,} transitions, {seen}")
    saved = _saved(graph) if whole else ""
    if saved:
        print(saved)
    if whole:
        print(_shape(facts))
    for found in (found for found in findings if found.verdict.kind == "broken"):
        verdict = found.verdict
        print(f"{verdict.kind:<13}{verdict.property}: {verdict.how}")
        for line in _about(scenario, facts, found, options):
            print(f"{'':13}{line}")
    for kind, how, names in _unbroken(findings):
        print(
            textwrap.fill(
                f"{kind:<13}{', '.join(names)}", WIDTH, subsequent_indent=" " * 13, break_on_hyphens=False
            )
        )
        if how:
            print(f"{'':13}{how}")
    first = next((found for found in findings if found.verdict.keys), None)
    if options.trace and first is not None and whole:
        print(f"\n{changelog(scenario, first.verdict, _last_chance(first))}")


def _unbroken(findings: list[Finding]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the properties that are not broken, those together of which the same is known."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in (found.verdict for found in findings):
        if verdict.kind != "broken":
            groups.setdefault((verdict.kind, verdict.how), []).append(verdict.property)
    for (kind, how), names in groups.items():
        yield kind, how, names


def _saved(graph: Graph) -> str:
    """Say how many states those found stand for, where they do."""
    if not graph.machine.merges:
        return ""
    machine = _reduced(graph)
    groups = "; ".join(", ".join(context.name for context in group) for group in machine.symmetry.groups)
    count = _stood_for(graph)
    share = f"{len(graph.states) / count:.0%}"
    return f"they stand for {count:,} states ({share} of them were needed): {groups} are identical"


def _stood_for(graph: Graph) -> int:
    if not graph.machine.merges:
        return len(graph.states)
    machine = _reduced(graph)
    return sum(machine.symmetry.stands_for(state) for state in graph.states)


def _reduced(graph: Graph) -> "Reduced":
    from ktwviz.checker.symmetry import Reduced

    assert isinstance(graph.machine, Reduced)
    return graph.machine


def _shape(facts: Facts) -> str:
    if facts.graph.machine.jumps:
        return (
            "the clock jumps, so that interleavings and odds are not told: they would be those of the jumps"
        )
    return f"{_interleavings(facts)}; every state within {_counted(facts.depth, 'step')}"


def _interleavings(facts: Facts) -> str:
    count = facts.interleavings
    if count is not None:
        return f"{_counted(count, 'interleaving')} of at most {_counted(facts.longest or 0, 'step')}"
    if not facts.graph.complete:
        return "interleavings not counted, as not all are known"
    return "infinitely many interleavings: a run can come back to a state"


def _counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number of things for people: all digits up to 10^15, then three of them and the power of ten."""
    power = len(str(count)) - 1
    number = f"{count:,}" if count <= 10**15 else f"{count // 10 ** (power - 2) / 100:.2f}e{power}"
    return f"{number} {noun if count == 1 else plural or noun + 's'}"


def _about(scenario: Scenario, facts: Facts, found: Finding, options: argparse.Namespace) -> Iterator[str]:
    """Yield what is known of a counterexample, a line each."""
    keys = found.verdict.keys
    if not keys:
        return
    turns = _counted(switches(keys), "context switch", "context switches")
    if options.order == "switches" and not facts.graph.complete:
        turns += " (the fewest among what was seen)"
    yield f"{_counted(len(keys), 'step')}, {turns}: {scenario.token(keys)}"
    yield f"see it: {_play_command(scenario, keys, options)}"
    if found.odds is not None and found.odds.value:
        kind = "" if found.odds.kind == "exact" else f"{found.odds.kind} "
        chance = "every run" if found.odds.value == 1 else f"{kind}1 run in {found.odds.one_in:,.3g}"
        states = f"{found.open:,} of {len(facts.graph.states):,} states"
        yield f"a random scheduler breaks it in {chance}; within reach from {states}"
    if _last_chance(found):
        yield _last_chance(found)


def _play_command(scenario: Scenario, keys: tuple[str, ...], options: argparse.Namespace) -> str:
    """Return the command that opens a schedule in the player."""
    return f"ktwviz play {shlex.quote(options.lesson)} --token {shlex.quote(str(scenario.token(keys)))}"


def _last_chance(found: Finding) -> str:
    keys = found.verdict.keys
    if found.sealed is None or keys is None or found.sealed == len(keys):
        return ""
    return (
        f"After step {found.sealed} no schedule avoids it any more."
        if found.sealed
        else "No schedule avoids it."
    )


def _report_json(
    scenario: Scenario, facts: Facts, findings: list[Finding], options: argparse.Namespace, whole: bool
) -> dict[str, object]:
    graph = facts.graph
    told = whole and not graph.machine.jumps
    return {
        "lesson": scenario.lesson.id,
        "digest": scenario.digest,
        "rule": scenario.rule,
        "states": len(graph.states),
        "transitions": graph.transitions,
        "complete": graph.complete,
        "bound": graph.bound,
        "symmetry": graph.machine.merges,
        "stands_for": _stood_for(graph) if whole else None,
        "jump": graph.machine.jumps,
        "cut_short": not whole,
        "depth": facts.depth if told else None,
        "states_at_depth": facts.levels if told else None,
        "interleavings": facts.interleavings if told else None,
        "endless": facts.cyclic if told else None,
        "longest": facts.longest if told else None,
        "verdicts": [_finding_json(scenario, found, options) for found in findings],
    }


def _finding_json(scenario: Scenario, found: Finding, options: argparse.Namespace) -> dict[str, object]:
    verdict, keys, odds = found.verdict, found.verdict.keys, found.odds
    return {
        "property": verdict.property,
        "verdict": verdict.kind,
        "how": verdict.how,
        "steps": len(keys) if keys is not None else None,
        "switches": switches(keys) if keys is not None else None,
        "token": str(scenario.token(keys)) if keys else None,
        "play": _play_command(scenario, keys, options) if keys else None,
        "chance": float(odds.value) if odds else None,
        "chance_is": odds.kind if odds else None,
        "within_reach_from": found.open,
        "sealed_after": found.sealed,
        "trace": _steps_json(scenario, keys) if keys else None,
    }


def _steps_json(scenario: Scenario, keys: tuple[str, ...]) -> object:
    session = Session(scenario.machine)
    session.play(keys)
    return log_json(scenario, session, scenario.token(keys))["steps"]
