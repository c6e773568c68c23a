"""Which kernel a scenario runs on: the names that its code may use, and the hardware that comes with it."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from ktwviz.kernel import (
    bug,
    freezer,
    kthread,
    kthread_merged,
    kthread_task,
    list,
    predicates,
    sched,
    spinlock,
    timer,
)
from ktwviz.kernel.dates import ticking_of
from ktwviz.kernel.history import FIXES, Fix, wrong_at_the_end_of
from ktwviz.kernel.kthread_api import in_merged_names, in_v4_names
from ktwviz.kernel.rules import apply_rule
from ktwviz.machine import heap
from ktwviz.machine.build import InterruptSpec, Scene
from ktwviz.machine.language import Primitive, Stepped, SteppedInVersion
from ktwviz.machine.outline import ALLOCATORS
from ktwviz.machine.program import Program, namespace_of
from ktwviz.machine.structs import Struct, fields_of
from ktwviz.machine.syntax import nodes_below
from ktwviz.values import dataclass

MOST_CPUS = 4
_BELOW = (list, bug, spinlock, sched, timer, freezer, kthread_task, heap, predicates)


@dataclass(frozen=True)
class Version:
    """A version of the code under study: its name, one sentence, its module, and the fixes that it does not have."""

    name: str
    sentence: str
    module: ModuleType
    missing: tuple[Fix, ...] = ()

    def spelled(self, code: str) -> str:
        """Return code with the names of functions and structs as this version has them."""
        return in_v4_names(code) if self.module is kthread else in_merged_names(code)


_ALL = (
    Version("v4", "as posted on 25 January 2016 (v4, patches 04 to 12)", kthread),
    Version("merged-2016", "as merged for v4.9 in October 2016", kthread_merged, wrong_at_the_end_of(2016)),
    Version("merged-2020", "as of v5.10, December 2020", kthread_merged, wrong_at_the_end_of(2020)),
    Version("merged-2021", "as of v5.14, August 2021", kthread_merged, wrong_at_the_end_of(2021)),
    Version("merged", "as it is now, with all fixes up to v6.12", kthread_merged),
    *(
        Version(
            f"without-{fix.commit}", f"as it is now, without the fix {fix.commit}", kthread_merged, (fix,)
        )
        for fix in FIXES
    ),
)

VERSIONS = {version.name: version for version in _ALL}
"""All versions by name; `history.VERSION_NAMES` are the same names."""


def kernel_namespace(version: str = "v4") -> dict[str, Any]:
    """Return all names of a kernel version; those of hardware stand for nothing yet. Raises KeyError."""
    module, missing = VERSIONS[version].module, VERSIONS[version].missing
    names = {**dict.fromkeys(hardware_names()), **namespace_of(*_BELOW, module)}
    for fix in missing:
        names |= apply_rule(names, fix.revert, f"the fix {fix.commit}", 1)
    reverted = [value for value in names.values() if missing and type(value) is Stepped]
    return names | {value.name: _in_version(value, module) for value in reverted}


def _in_version(function: Stepped, module: ModuleType) -> SteppedInVersion:
    assert module.__file__ is not None
    return SteppedInVersion(
        function.name, function.file, function.tree, function.source, function.folded, module.__file__
    )


@cache
def all_kernel_names() -> frozenset[str]:
    """Return the names of all versions: a scenario that uses none of them for itself runs on each."""
    return frozenset([*hardware_names(), *namespace_of(*_BELOW, kthread, kthread_merged)])


def hardware_names() -> tuple[str, ...]:
    """Return the names by which a machine's own objects are known: clock, CPUs, timer bases."""
    each = (f"{kind}{number}" for kind in ("cpu", "base") for number in range(MOST_CPUS))
    return ("clock", "timer_stats", "system_freezer", *each)


def add_hardware(scene: Scene, claims: Sequence[ast.expr] = ()) -> None:
    """Give a scene a timer base for each CPU, and what else it needs: a clock, softirqs for timers, the freezer.

    `claims` are what is asserted about it: they may look at the date as code does.
    """
    program = scene.program
    bases = {f"base{number}": timer.TvecBase for number in range(scene.cpus)}
    scene.objects = {"timer_stats": timer.TimerStats, **bases, **scene.objects}
    if program.namespace["CONFIG_FREEZER"]:
        scene.objects = {"system_freezer": freezer.Freezer, **scene.objects}
    reached = program.reachable(scene.roots())
    beside = program.reachable([*(call.function for call in scene.setup), *_asked_by(claims, program)])
    several = _number_of_timers(scene, reached)
    ticking = ticking_of(program, dict.fromkeys([*reached, *beside]), claims, several)
    timers = _uses_timers(reached)
    if timers or ticking.patience is not None:
        scene.ticking = ticking
    if not timers:
        return
    for number in range(scene.cpus):
        entry: Stepped = program.function("__run_timers")
        name = "timer softirq" if scene.cpus == 1 else f"timer@{number}"
        guard = program.namespace["timer_softirq_raised"]
        base = f"base{number}"
        scene.interrupts.append(
            InterruptSpec(name, "softirq", number, entry, (base,), guard, (base,), "call_timer_fn")
        )


def _asked_by(claims: Sequence[ast.expr], program: Program) -> Iterator[Stepped]:
    """Yield the functions that claims name."""
    for claim in claims:
        for node in nodes_below(claim):
            value = program.namespace.get(node.id) if isinstance(node, ast.Name) else None
            if isinstance(value, Stepped):
                yield value


def _number_of_timers(scene: Scene, reached: Iterable[Stepped | Primitive]) -> int:
    """Return how many timers a scene has; of what is allocated while it runs there may be several."""
    found = sum(map(_timers_in, scene.objects.values()))
    for function in reached:
        if isinstance(function, Stepped) and not function.names.isdisjoint(ALLOCATORS):
            named = map(scene.program.namespace.get, function.names)
            found += 2 * sum(_timers_in(struct) for struct in named if isinstance(struct, type))
    return found


def _timers_in(struct: type) -> int:
    if struct is timer.TimerList:
        return 1
    inside = fields_of(struct) if issubclass(struct, Struct) else ()
    return sum(_timers_in(field.embedded) for field in inside if field.embedded is not None)


def _uses_timers(reached: Iterable[Stepped | Primitive]) -> bool:
    names = {function.name for function in reached}
    return bool(names & {"add_timer", "mod_timer", "internal_add_timer"})
