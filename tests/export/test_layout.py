"""Layouts as text, as pahole would print them, and as a table of sizes."""

import re

import pytest

from ktwviz.export.layout import as_json, as_table, as_text, layouts_of
from ktwviz.kernel.layouts import VERSION_NAMES, all_structs, layout_of

MEMBER = re.compile(r"        (.+); +/\* +(\d+) +(\d+) \*/")


def test_a_struct_is_printed_with_offsets_and_sizes() -> None:
    text = as_text([layout_of("kthread_work", "v4-08")])
    assert text.splitlines() == [
        "/* v4-08: after patch 08/22: a pointer to the timer */",
        "struct kthread_work {",
        "        struct list_head node;          /*     0    16 */",
        "        kthread_work_func_t func;       /*    16     8 */",
        "        struct kthread_worker *worker;  /*    24     8 */",
        "        struct timer_list *timer;       /*    32     8 */",
        "",
        "        /* size: 40, cachelines: 1, members: 4 */",
        "        /* last cacheline: 40 bytes */",
        "};",
    ]


@pytest.mark.parametrize("struct", all_structs())
def test_the_numbers_of_the_text_are_those_of_the_layout(struct: str) -> None:
    for layout in layouts_of(struct):
        printed = [(name, int(offset), int(size)) for name, offset, size in MEMBER.findall(as_text([layout]))]
        assert printed == [(member.declaration, member.offset, member.size) for member in layout.members]


def test_holes_and_paddings_are_named() -> None:
    worker = as_text([layout_of("kthread_worker", "v4.4")])
    assert "/* XXX 4 bytes hole, try to pack */\n\n        struct list_head work_list;" in worker
    assert "/* sum members: 36, holes: 1, sum holes: 4 */" in worker
    delayed = as_text([layout_of("delayed_kthread_work", "v4-09")])
    assert "/* XXX last struct has 4 bytes of padding */" in delayed
    assert "/* paddings: 1, sum paddings: 4 */" in delayed


def test_the_boundary_of_a_cache_line_is_drawn_where_a_member_begins_behind_it() -> None:
    timer = as_text([layout_of("timer_list", "v4.4+timer-stats")])
    assert "/* --- cacheline 1 boundary (64 bytes) --- */\n        char start_comm[16];" in timer
    assert "boundary" not in as_text([layout_of("timer_list", "v4.4")])


def test_what_is_the_same_in_several_versions_is_printed_once() -> None:
    text = as_text(layouts_of("kthread_work"))
    assert text.count("struct kthread_work {") == 7
    assert "/* v4-09: after patch 09/22: cancelling */\n/* v4-11:" in text
    for version in ("v4.4", "rfc-v2", "v4-08", "embedded", "embedded+timer-stats", "merged"):
        assert text.count(f"/* {version}: ") == 1, version


def test_the_table_has_a_row_for_each_struct_and_two_sizes_where_timer_stats_count() -> None:
    rows = {row.split()[0]: row.split()[1:] for row in as_table().split("\n\n")[0].splitlines()}
    assert list(rows) == ["bytes", *all_structs()]
    assert dict(zip(rows["bytes"], rows["kthread_work"], strict=True)) == {
        "v4.4": "32",
        "rfc-v2": "40",
        "v4-08": "40",
        "embedded": "80/112",
        "v4-09": "48",
        "v4-11": "48",
        "merged": "40",
    }
    assert rows["delayed_kthread_work"] == ["-", "-", "88/120", "-", "96/128", "96/128", "-"]


def test_json_has_every_member_of_every_version() -> None:
    told = as_json(layouts_of("kthread_worker"))
    assert [entry["version"] for entry in told] == list(VERSION_NAMES)
    last = told[-1]
    assert (last["size"], last["padding"], last["cache_lines"]) == (56, 0, 1)
