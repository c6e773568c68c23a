"""Layouts of structs as text in the manner of pahole, as a table of sizes, and as JSON."""

from collections.abc import Iterator, Sequence

from ktwviz.kernel.layouts import (
    CACHE_LINE,
    STAGES,
    VERSION_NAMES,
    WITH_TIMER_STATS,
    Layout,
    Member,
    all_structs,
    layout_of,
    structs_of,
)

_SENTENCES = {stage.name: stage.sentence for stage in STAGES}


def as_table() -> str:
    """Return the sizes of all structs in all versions, one row a struct."""
    names = [stage.name for stage in STAGES]
    rows = [["bytes", *names]]
    rows += [[struct, *(_sizes(struct, name) for name in names)] for struct in all_structs()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    legend = [f"{name:<{max(map(len, names))}}  {_SENTENCES[name]}" for name in names]
    return "\n".join(
        [
            *lines,
            "",
            *legend,
            "",
            "x86-64, SMP, no lock debugging. Two numbers: without, with CONFIG_TIMER_STATS.",
        ]
    )


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        f"{row[0]:<{widths[0]}}",
        *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
    ]


def _sizes(struct: str, stage: str) -> str:
    builds = [name for name in VERSION_NAMES if name.removesuffix(WITH_TIMER_STATS) == stage]
    sizes = dict.fromkeys(
        str(layout_of(struct, build).size) for build in builds if struct in structs_of(build)
    )
    return "/".join(sizes) or "-"


def layouts_of(struct: str) -> list[Layout]:
    """Return the layouts of a struct in all versions that have it."""
    return [layout_of(struct, version) for version in VERSION_NAMES if struct in structs_of(version)]


def as_text(layouts: Sequence[Layout]) -> str:
    """Return layouts one below the other; what is the same in several versions is told once."""
    alike: dict[tuple[int, tuple[Member, ...]], list[Layout]] = {}
    for layout in layouts:
        alike.setdefault((layout.size, layout.members), []).append(layout)
    return "\n\n".join("\n".join([*_heading(same), *_struct(same[0])]) for same in alike.values())


def _heading(layouts: Sequence[Layout]) -> Iterator[str]:
    for layout in layouts:
        stage = layout.version.removesuffix(WITH_TIMER_STATS)
        if layout.version == stage:
            yield f"/* {layout.version}: {_SENTENCES[stage]} */"
        elif stage not in [other.version for other in layouts]:
            yield f"/* {layout.version}: the same with CONFIG_TIMER_STATS */"


def _struct(layout: Layout) -> Iterator[str]:
    width = max(len(member.declaration) for member in layout.members) + 1
    typedef = layout.struct.endswith("_t")
    yield "typedef struct {" if typedef else f"struct {layout.struct} {{"
    line = 1
    for member in layout.members:
        if member.hole:
            yield f"\n        /* XXX {member.hole} bytes hole, try to pack */\n"
        if member.offset >= line * CACHE_LINE:
            yield _boundary(member, line)
            line = member.offset // CACHE_LINE + 1
        yield f"        {member.declaration + ';':<{width}}  /* {member.offset:>5} {member.size:>5} */"
        if member.padding:
            yield f"\n        /* XXX last struct has {member.padding} bytes of padding */\n"
    yield ""
    yield from (f"        /* {part} */" for part in _totals(layout))
    yield f"}} {layout.struct};" if typedef else "};"


def _boundary(member: Member, line: int) -> str:
    ago = member.offset - line * CACHE_LINE
    was = f" was {ago} bytes ago" if ago else ""
    return f"        /* --- cacheline {line} boundary ({line * CACHE_LINE} bytes){was} --- */"


def _totals(layout: Layout) -> Iterator[str]:
    yield f"size: {layout.size}, cachelines: {layout.cache_lines}, members: {len(layout.members)}"
    holes = [member.hole for member in layout.members if member.hole]
    if holes:
        used = sum(member.size for member in layout.members)
        yield f"sum members: {used}, holes: {len(holes)}, sum holes: {sum(holes)}"
    if layout.padding:
        yield f"padding: {layout.padding}"
    paddings = [member.padding for member in layout.members if member.padding]
    if paddings:
        yield f"paddings: {len(paddings)}, sum paddings: {sum(paddings)}"
    if layout.size % CACHE_LINE:
        yield f"last cacheline: {layout.size % CACHE_LINE} bytes"


def as_json(layouts: Sequence[Layout]) -> list[dict[str, object]]:
    """Return layouts as JSON has them; all numbers are bytes."""
    return [
        {
            "struct": layout.struct,
            "version": layout.version,
            "size": layout.size,
            "padding": layout.padding,
            "cache_lines": layout.cache_lines,
            "members": [
                {
                    "declaration": member.declaration,
                    "name": member.name,
                    "offset": member.offset,
                    "size": member.size,
                    "hole": member.hole,
                    "padding": member.padding,
                }
                for member in layout.members
            ],
        }
        for layout in layouts
    ]
