"""The layouts of the structs: the numbers are those of a compiler for x86-64, with no lock debugging."""

import pytest

from ktwviz.errors import UnknownName
from ktwviz.kernel import kthread, kthread_merged
from ktwviz.kernel.layouts import VERSION_NAMES, layout_of, struct_called, structs_of
from ktwviz.machine.structs import Struct, fields_of

SIZES = [
    ("spinlock_t", "v4.4", 4),
    ("list_head", "v4.4", 16),
    ("hlist_node", "v4.4", 16),
    ("kthread_work", "v4.4", 32),
    ("kthread_work", "rfc-v2", 40),
    ("kthread_work", "v4-08", 40),
    ("kthread_work", "v4-09", 48),
    ("kthread_work", "v4-11", 48),
    ("kthread_work", "merged", 40),
    ("timer_list", "v4.4", 48),
    ("timer_list", "v4.4+timer-stats", 80),
    ("timer_list", "merged", 40),
    ("delayed_kthread_work", "v4-08", 88),
    ("delayed_kthread_work", "v4-08+timer-stats", 120),
    ("delayed_kthread_work", "v4-09", 96),
    ("delayed_kthread_work", "v4-09+timer-stats", 128),
    ("kthread_delayed_work", "merged", 80),
    ("kthread_work", "embedded", 80),
    ("kthread_work", "embedded+timer-stats", 112),
    ("kthread_worker", "v4.4", 40),
    ("kthread_worker", "v4-08", 40),
    ("kthread_worker", "v4-11", 40),
    ("kthread_worker", "merged", 56),
]

OFFSETS = [
    ("kthread_work", "v4.4", {"node": 0, "func": 16, "worker": 24}),
    ("kthread_work", "rfc-v2", {"flags": 0, "node": 8}),
    ("kthread_work", "v4-08", {"timer": 32}),
    ("kthread_work", "v4-09", {"timer": 32, "canceling": 40}),
    ("kthread_work", "merged", {"canceling": 32}),
    (
        "timer_list",
        "v4.4",
        {"entry": 0, "expires": 16, "function": 24, "data": 32, "flags": 40, "slack": 44},
    ),
    ("timer_list", "v4.4+timer-stats", {"start_pid": 48, "start_site": 56, "start_comm": 64}),
    ("timer_list", "merged", {"entry": 0, "expires": 16, "function": 24, "flags": 32}),
    ("delayed_kthread_work", "v4-08", {"work": 0, "timer": 40}),
    ("delayed_kthread_work", "v4-09", {"timer": 48}),
    ("kthread_delayed_work", "merged", {"timer": 40}),
    ("kthread_worker", "v4.4", {"lock": 0, "work_list": 8, "task": 24, "current_work": 32}),
    ("kthread_worker", "v4-11", {"flags": 0, "lock": 4, "work_list": 8, "task": 24, "current_work": 32}),
    (
        "kthread_worker",
        "merged",
        {"flags": 0, "lock": 4, "work_list": 8, "delayed_work_list": 24, "task": 40, "current_work": 48},
    ),
]


@pytest.mark.parametrize(("struct", "version", "size"), SIZES)
def test_structs_have_the_sizes_that_a_compiler_gives_them(struct: str, version: str, size: int) -> None:
    assert layout_of(struct, version).size == size


@pytest.mark.parametrize(("struct", "version", "offsets"), OFFSETS)
def test_members_lie_where_a_compiler_puts_them(struct: str, version: str, offsets: dict[str, int]) -> None:
    members = {member.name: member.offset for member in layout_of(struct, version).members}
    assert {name: members[name] for name in offsets} == offsets


@pytest.mark.parametrize("version", VERSION_NAMES)
def test_members_holes_and_padding_fill_each_struct(version: str) -> None:
    for struct in structs_of(version):
        layout = layout_of(struct, version)
        assert sum(member.hole + member.size for member in layout.members) + layout.padding == layout.size


def test_the_flags_of_patch_11_fill_the_hole_behind_the_lock() -> None:
    holes = {member.name: member.hole for member in layout_of("kthread_worker", "v4-09").members}
    assert holes == {"lock": 0, "work_list": 4, "task": 0, "current_work": 0}
    assert not any(member.hole for member in layout_of("kthread_worker", "v4-11").members)


def test_the_padding_of_a_work_lies_in_the_middle_of_a_delayed_work() -> None:
    assert layout_of("kthread_work", "v4-09").padding == 4
    assert layout_of("delayed_kthread_work", "v4-09").members[0].padding == 4
    assert layout_of("delayed_kthread_work", "v4-09").padding == 0


@pytest.mark.parametrize(
    ("struct", "model", "version"),
    [
        ("kthread_work", kthread.KthreadWork, "v4-11"),
        ("kthread_worker", kthread.KthreadWorker, "v4-11"),
        ("delayed_kthread_work", kthread.DelayedKthreadWork, "v4-11"),
        ("kthread_work", kthread_merged.KthreadWork, "merged"),
        ("kthread_worker", kthread_merged.KthreadWorker, "merged"),
        ("kthread_delayed_work", kthread_merged.KthreadDelayedWork, "merged"),
    ],
)
def test_the_structs_that_run_have_the_same_members(struct: str, model: type[Struct], version: str) -> None:
    members = [member.name for member in layout_of(struct, version).members]
    assert [field.name for field in fields_of(model)] == members


@pytest.mark.parametrize("name", ["kthread_work", "KthreadWork", "kthreadWork"])
def test_a_struct_is_called_by_its_name_in_c_or_in_stepped_code(name: str) -> None:
    assert struct_called(name) == "kthread_work"


def test_a_name_that_is_none_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="no struct 'kthread_wrk', did you mean 'kthread_work'"):
        struct_called("kthread_wrk")
    with pytest.raises(UnknownName, match="no version 'v4-8', did you mean 'v4-08'"):
        layout_of("kthread_work", "v4-8")
    with pytest.raises(UnknownName, match="v4-08 has no struct 'raw_spinlock_t'"):
        layout_of("raw_spinlock_t", "v4-08")
