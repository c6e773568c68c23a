"""What must hold in every scenario: the properties that the checker knows by itself.

Each is broken by a state, by a step, or by what the whole graph shows, and says so in one sentence. The numbers I1-I16
are those of the catalogue of invariants in docs/properties.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from ktwviz.checker.properties.accounting import (
    CANCEL_ANSWER,
    REFUSAL_KEPT,
    WORK_ACCOUNTED,
    accounts,
    answers,
    refusals,
)
from ktwviz.checker.properties.builtin import (
    Builtin,
    Found,
    GraphRule,
    Judge,
    StateRule,
    StepJudge,
    StepRule,
    Stopped,
    Whole,
)
from ktwviz.checker.properties.cancels import (
    CANCEL_BLOCKS,
    CANCEL_FINAL,
    CANCELING_COUNTED,
    intruders,
    miscounted_cancels,
    unfinished_cancels,
)
from ktwviz.checker.properties.endings import unclean_function, unclean_return
from ktwviz.checker.properties.executing import ONE_EXECUTOR, several_executors
from ktwviz.checker.properties.flushes import FLUSH_WAITS, early_flushes
from ktwviz.checker.properties.lifetime import (
    FREED_IDLE,
    NO_OOPS,
    NO_WARNING,
    WORKER_RETIRED,
    complaint,
    freed_in_use,
    worker_in_use,
)
from ktwviz.checker.properties.lists import LISTS_SOUND, WORK_BOUND, broken_list, unbound_work
from ktwviz.checker.properties.lockdep import IRQ_SAFE_LOCKS, LOCK_ORDER, irq_unsafe_lock, lock_circle
from ktwviz.checker.properties.locks import (
    LOCKS_RELEASED,
    NO_DEADLOCK,
    NO_SLEEP_IN_ATOMIC,
    UNLOCK_BY_OWNER,
    WRITES_LOCKED,
    circle,
    end_of_run,
    leaked_lock,
    sleep_in_atomic,
    unlock_by_another,
    unlocked_write,
)
from ktwviz.checker.properties.monitor import BROKEN, Watcher, WatcherOf, unfolded, watched
from ktwviz.checker.properties.progress import (
    NO_HANG,
    NO_LIVELOCK,
    NO_LOST_WAKEUP,
    WORK_RUNS,
    BottomJudge,
    everywhere,
    hang,
    livelock,
    lost_wakeup,
    stranded_work,
)
from ktwviz.checker.properties.timers import TIMER_RULES, broken_timer_rule
from ktwviz.machine.machine import Machine

__all__ = [
    "BROKEN",
    "BUILTINS",
    "DEFAULT",
    "LOCKS_RELEASED",
    "NO_DEADLOCK",
    "NO_HANG",
    "NO_OOPS",
    "Builtin",
    "Found",
    "Judge",
    "StepJudge",
    "Stopped",
    "Watcher",
    "Whole",
    "bottom_judge",
    "complaint",
    "end_of_run",
    "graph_rules",
    "judged_with",
    "judges",
    "step_judges",
    "unclean_return",
    "unfolded",
    "watcher_of",
]

BUILTINS = (
    LISTS_SOUND,
    NO_DEADLOCK,
    NO_WARNING,
    NO_OOPS,
    NO_LOST_WAKEUP,
    REFUSAL_KEPT,
    WORK_RUNS,
    FLUSH_WAITS,
    CANCEL_FINAL,
    CANCEL_ANSWER,
    ONE_EXECUTOR,
    NO_HANG,
    NO_LIVELOCK,
    LOCKS_RELEASED,
    NO_SLEEP_IN_ATOMIC,
    TIMER_RULES,
    LOCK_ORDER,
    IRQ_SAFE_LOCKS,
    WORK_ACCOUNTED,
    CANCEL_BLOCKS,
    CANCELING_COUNTED,
    WORK_BOUND,
    WRITES_LOCKED,
    UNLOCK_BY_OWNER,
    FREED_IDLE,
    WORKER_RETIRED,
)
"""All built-in properties, in the order in which they are reported."""

DEFAULT = tuple(builtin for builtin in BUILTINS if builtin.by_default)
"""Those that are judged without being asked for."""


def judged_with(asked: Iterable[str]) -> tuple[Builtin, ...]:
    """Return the built-in properties that always are judged, and those that are asked for by name, as reported."""
    names = frozenset(asked)
    return tuple(builtin for builtin in BUILTINS if builtin.by_default or builtin.name in names)


_STATE_RULES: dict[Builtin, StateRule] = {
    LISTS_SOUND: broken_list,
    NO_DEADLOCK: circle,
    LOCKS_RELEASED: leaked_lock,
    NO_SLEEP_IN_ATOMIC: sleep_in_atomic,
    TIMER_RULES: broken_timer_rule,
    WORK_BOUND: unbound_work,
}
_STEP_RULES: dict[Builtin, StepRule] = {
    WRITES_LOCKED: unlocked_write,
    UNLOCK_BY_OWNER: unlock_by_another,
    FREED_IDLE: freed_in_use,
    WORKER_RETIRED: worker_in_use,
}
_RUN_RULES: dict[Builtin, WatcherOf] = {
    REFUSAL_KEPT: refusals,
    FLUSH_WAITS: early_flushes,
    WORK_ACCOUNTED: accounts,
    CANCEL_FINAL: unfinished_cancels,
    CANCEL_ANSWER: answers,
    CANCEL_BLOCKS: intruders,
    CANCELING_COUNTED: miscounted_cancels,
    ONE_EXECUTOR: several_executors,
}
_BOTTOM_RULES: dict[Builtin, BottomJudge] = {
    NO_LOST_WAKEUP: lost_wakeup,
    WORK_RUNS: stranded_work,
    NO_HANG: hang,
    NO_LIVELOCK: livelock,
}
_GRAPH_RULES: dict[Builtin, GraphRule] = {
    **{builtin: watched(make) for builtin, make in _RUN_RULES.items()},
    **{builtin: everywhere(judge) for builtin, judge in _BOTTOM_RULES.items()},
    LOCKS_RELEASED: unclean_function,
    LOCK_ORDER: lock_circle,
    IRQ_SAFE_LOCKS: irq_unsafe_lock,
}


def judges(machine: Machine, builtins: Iterable[Builtin] = BUILTINS) -> dict[Builtin, Judge]:
    """Return for each property of states what tells whether a state breaks it: a sentence, or nothing."""
    return {builtin: _STATE_RULES[builtin](machine) for builtin in builtins if builtin in _STATE_RULES}


def step_judges(machine: Machine, builtins: Iterable[Builtin] = BUILTINS) -> dict[Builtin, StepJudge]:
    """Return for each property of steps what tells whether a step breaks it. See also `complaint`."""
    return {builtin: _STEP_RULES[builtin](machine) for builtin in builtins if builtin in _STEP_RULES}


def graph_rules(builtins: Iterable[Builtin] = BUILTINS) -> dict[Builtin, GraphRule]:
    """Return for each property that needs the whole graph what finds a run that breaks it."""
    return {builtin: _GRAPH_RULES[builtin] for builtin in builtins if builtin in _GRAPH_RULES}


def watcher_of(builtin: Builtin, whole: Whole) -> Watcher | None:
    """Return the monitor of a property of a run's past; None for another one."""
    make = _RUN_RULES.get(builtin)
    return None if make is None else make(whole)


def bottom_judge(builtin: Builtin) -> BottomJudge | None:
    """Return what judges the parts of a graph that are never left, for a property of where runs end up."""
    return _BOTTOM_RULES.get(builtin)
