"""What the versions of the kthread-worker code have in common: the kinds of their structs, and the names that changed.

Version 8 of the series gave all functions the prefix `kthread_`, and so they were merged for v4.9. A scenario that is
written in the names of v4 is played under a merged version by writing each name the other way.
"""

import re

from ktwviz.machine import memory
from ktwviz.machine.memory import Handle
from ktwviz.machine.structs import Struct


class AnyWorker(Struct):
    """A worker of any version."""


class AnyWork(Struct):
    """A work of any version."""


class AnyDelayedWork(Struct):
    """A work with a timer, of any version: `work` and `timer` are embedded in it."""


class AnyFlushWork(Struct):
    """What a flush puts on a worker's list, of any version."""


def heads_of(worker: Handle) -> tuple[Handle, ...]:
    """Return the heads of a worker's lists: the works to run, and in merged versions those that are delayed."""
    members = memory.members(worker)
    found = (members.get(name) for name in ("work_list", "delayed_work_list"))
    return tuple(head for head in found if isinstance(head, Handle))


def timer_beside(work: Handle) -> Handle | None:
    """Return the timer of a delayed work, given the work in it; None for a work without a timer.

    v4 has a pointer to it in the work; this one is known also where nobody has set that, or it was zeroed.
    """
    whole = work._parent
    if whole is None or not issubclass(memory.struct_of(whole), AnyDelayedWork):
        return None
    timer = memory.members(whole)["timer"]
    return timer if isinstance(timer, Handle) else None


MERGED_NAMES = {
    "DelayedKthreadWork": "KthreadDelayedWork",
    "DELAYED_KTHREAD_WORK_INIT": "KTHREAD_DELAYED_WORK_INIT",
    "DEFINE_DELAYED_KTHREAD_WORK": "DEFINE_KTHREAD_DELAYED_WORK",
    "init_kthread_worker": "kthread_init_worker",
    "init_kthread_work": "kthread_init_work",
    "init_delayed_kthread_work": "kthread_init_delayed_work",
    "insert_kthread_work_sanity_check": "kthread_insert_work_sanity_check",
    "insert_kthread_work": "kthread_insert_work",
    "queue_kthread_work": "kthread_queue_work",
    "delayed_kthread_work_timer_fn": "kthread_delayed_work_timer_fn",
    "__queue_delayed_kthread_work": "__kthread_queue_delayed_work",
    "queue_delayed_kthread_work": "kthread_queue_delayed_work",
    "flush_kthread_work": "kthread_flush_work",
    "flush_kthread_worker": "kthread_flush_worker",
    "__cancel_kthread_work_sync": "__kthread_cancel_work_sync",
    "cancel_kthread_work_sync": "kthread_cancel_work_sync",
    "cancel_delayed_kthread_work_sync": "kthread_cancel_delayed_work_sync",
    "mod_delayed_kthread_work": "kthread_mod_delayed_work",
    "create_kthread_worker": "kthread_create_worker",
    "create_kthread_worker_on_cpu": "kthread_create_worker_on_cpu",
    "destroy_kthread_worker": "kthread_destroy_worker",
}
"""The name as merged of what is called otherwise in v4. drain_kthread_worker() is no more: destroy flushes."""

_V4_NAMES = {merged: name for name, merged in MERGED_NAMES.items()}
_WORD = r"\b[A-Za-z_]\w*\b"


def v4_name(name: str) -> str:
    """Return what a function of any version is called in v4; a name that never changed is its own."""
    return _V4_NAMES.get(name, name)


def in_merged_names(text: str) -> str:
    """Return code that is written in the names of v4 in those of the merged versions; lines stay where they are."""
    return re.sub(_WORD, lambda word: MERGED_NAMES.get(word[0], word[0]), text)


def in_v4_names(text: str) -> str:
    """Return code that is written in the names of the merged versions in those of v4."""
    return re.sub(_WORD, lambda word: v4_name(word[0]), text)
