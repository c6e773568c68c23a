"""The command that goes through every interleaving of a scenario."""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Claim, Report
from ktwviz.checker.verdicts import check as check_machine
from ktwviz.cli.codes import BAD, FINE, INTERRUPTED, UNDETERMINED
from ktwviz.cli.progress_line import clear_line
from ktwviz.errors import UnknownName, did_you_mean
from ktwviz.garbage import collect_garbage
from ktwviz.lesson.claims import asked_for, claims_of
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import Machine

if TYPE_CHECKING:
    from ktwviz.checker.facts import Facts
    from ktwviz.checker.findings import Finding
    from ktwviz.checker.shrink import Order

_UNLESS_TOLD: dict[str, Any] = {
    "order": "shortest",
    "max_depth": None,
    "max_seconds": None,
    "max_memory": None,
    "trace": True,
    "property": [],
    "symmetry": False,
    "jump": False,
    "first_bad": False,
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
    collect_garbage()
    with _Bounds(options.max_seconds, options.max_memory) as bounds:
        report = check_machine(
            machine,
            claims,
            builtins=asked,
            most_states=options.max_states,
            most_steps=options.max_depth,
            first_bad=options.first_bad,
            interrupted=bounds,
        )
    clear_line()
    # what tells of the outcome is imported when there is one: the search starts the sooner
    from ktwviz.cli.report import print_report, report_json
    from ktwviz.cli.texts import print_json

    facts, findings, whole = _findings(report, options.order, claims)
    if not whole:
        print(_CUT_SHORT, file=sys.stderr)
    if options.json:
        print_json(report_json(scenario, facts, findings, options, whole))
    else:
        print_report(scenario, facts, findings, options, whole)
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
        from ktwviz.checker.symmetry.reduced import Reduced

        reduced = Reduced(machine)
        if reduced.symmetry.groups:
            return reduced
        print("no two tasks are identical here: --symmetry changes nothing", file=sys.stderr)
    return machine


def _findings(report: Report, order: Order, claims: list[Claim]) -> tuple[Facts, list[Finding], bool]:
    """Return what is told beside the verdicts, and whether Ctrl-C has left it whole."""
    from ktwviz.checker.facts import Facts
    from ktwviz.checker.findings import Finding, finding

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

    def __enter__(self) -> _Bounds:
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
