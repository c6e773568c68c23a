"""docs/symbols.md lists what the kernel modules define, no more and no less."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

import ktwviz.kernel
from ktwviz.kernel.kthread_api import MERGED_NAMES
from ktwviz.machine import heap
from ktwviz.machine.language import Primitive, Pure, Special, SteppedInModule
from ktwviz.machine.structs import Struct

ROOT = Path(__file__).parent.parent.parent
TABLE = ROOT / "docs" / "symbols.md"
ROW = re.compile(
    r"\| (?P<label>[^|]+) \| (?P<kind>\w+) \| `(?P<module>[\w/]+\.py)` \| (?P<file>[^|]+) \| (?P<since>[^|]+) \|"
)


def listed() -> dict[tuple[str, str], re.Match[str]]:
    """Return the rows of the table by (module, Python name)."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(ROW.fullmatch, lines) if row]
    assert len(rows) == sum(line.startswith("| `") for line in lines)
    return {(row["module"], re.findall(r"`(\w+)`", row["label"])[-1]): row for row in rows}


def modules() -> list[ModuleType]:
    """Return all modules that give names to stepped code."""
    names = [module.name for module in pkgutil.iter_modules(ktwviz.kernel.__path__)]
    return [heap, *(importlib.import_module(f"ktwviz.kernel.{name}") for name in names)]


def kind(name: str, value: object) -> str:
    """Return what a name is for stepped code; empty if it never gets there."""
    if isinstance(value, SteppedInModule):
        return "inline" if value.folded else "stepped"
    for type_, word in ((Primitive, "primitive"), (Pure, "pure"), (Special, "word")):
        if isinstance(value, type_):
            return word
    if isinstance(value, type):
        return "struct" if issubclass(value, Struct) else ""
    return "constant" if name[0].isupper() and name.isupper() and isinstance(value, int) else ""


def own_names(module: ModuleType) -> list[str]:
    """Return what a module defines itself, imports left out."""
    names: list[str] = []
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def defined() -> dict[tuple[str, str], str]:
    """Return the kinds of all symbols by (module, name)."""
    found = {}
    for module in modules():
        path = module.__name__.removeprefix("ktwviz.").replace(".", "/") + ".py"
        for name in own_names(module):
            what = kind(name, getattr(module, name))
            if what:
                found[path, name] = what
    # how many CPUs a scenario may have, and how long a cache line is, is no symbol of the kernel
    ours = {("kernel/versions.py", "MOST_CPUS"), ("kernel/layouts.py", "CACHE_LINE")}
    return {place: what for place, what in found.items() if place not in ours}


def test_every_symbol_of_the_modules_is_in_the_table() -> None:
    assert sorted(defined().keys() - listed().keys()) == []


def test_every_row_of_the_table_is_a_symbol_of_its_module() -> None:
    assert sorted(listed().keys() - defined().keys()) == []


def test_the_table_tells_the_kinds_right() -> None:
    kinds = defined()
    assert {place: row["kind"] for place, row in listed().items()} == {
        place: kinds[place] for place in listed()
    }


@pytest.mark.parametrize(
    "symbol",
    [
        "struct kthread_worker", "struct kthread_work", "struct delayed_kthread_work",
        "KTHREAD_WORKER_INIT", "KTHREAD_WORK_INIT", "DELAYED_KTHREAD_WORK_INIT",
        "DEFINE_KTHREAD_WORKER", "DEFINE_KTHREAD_WORK", "DEFINE_DELAYED_KTHREAD_WORK",
        "init_kthread_worker", "init_kthread_work", "init_delayed_kthread_work",
        "kthread_work_pending", "kthread_worker_fn", "insert_kthread_work", "insert_kthread_work_sanity_check",
        "__queue_kthread_work", "queue_kthread_work", "try_lock_kthread_work", "unlock_kthread_work",
        "delayed_kthread_work_timer_fn", "__queue_delayed_kthread_work", "queue_delayed_kthread_work",
        "flush_kthread_work", "flush_kthread_worker", "create_kthread_worker", "create_kthread_worker_on_cpu",
        "drain_kthread_worker", "destroy_kthread_worker",
        "try_to_cancel_kthread_work", "cancel_kthread_work_sync", "cancel_delayed_kthread_work_sync",
        "mod_delayed_kthread_work", "freezing", "try_to_freeze", "set_freezable", "freeze_task",
        "INIT_LIST_HEAD", "list_empty", "list_add", "list_add_tail", "list_del_init",
        "spin_lock", "spin_lock_irq", "spin_lock_irqsave", "spin_trylock", "spin_unlock", "spin_unlock_irq",
        "spin_unlock_irqrestore", "set_current_state", "__set_current_state", "schedule", "wake_up_process",
        "kthread_stop", "kthread_should_stop", "kthread_create", "kthread_create_on_cpu",
        "complete", "wait_for_completion", "init_completion", "jiffies", "current",
        "add_timer", "mod_timer", "del_timer", "del_timer_sync", "try_to_del_timer_sync", "timer_pending",
        "timer_active", "__setup_timer", "__run_timers", "WARN_ON", "WARN_ON_ONCE", "BUG_ON", "kzalloc", "kfree",
    ],
)  # fmt: skip
def test_what_the_patch_needs_is_there(symbol: str) -> None:
    labels = [
        re.findall(r"`([^`]+)`", row["label"])[0]
        for (module, _), row in listed().items()
        if module != "kernel/kthread_merged.py"
    ]
    assert labels.count(symbol) == 1


def test_the_table_names_what_is_called_otherwise_since_it_was_merged() -> None:
    merged = {name for module, name in listed() if module == "kernel/kthread_merged.py"}
    assert set(MERGED_NAMES.values()) <= merged


PATCH_08 = [
    "DelayedKthreadWork", "DELAYED_KTHREAD_WORK_INIT", "DEFINE_DELAYED_KTHREAD_WORK", "init_delayed_kthread_work",
    "kthread_work_pending", "__queue_kthread_work", "queue_kthread_work", "try_lock_kthread_work",
    "unlock_kthread_work", "delayed_kthread_work_timer_fn", "__queue_delayed_kthread_work",
    "queue_delayed_kthread_work", "KthreadWork",
]  # fmt: skip


def test_the_symbols_of_patch_08_are_marked_as_its() -> None:
    marked = {name for (_, name), row in listed().items() if "08/22" in row["since"]}
    assert marked == set(PATCH_08)
