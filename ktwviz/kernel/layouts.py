"""What the structs look like in the memory of a real machine: x86-64, SMP, without lock debugging.

The machine of this program has words, not bytes; how large a struct is says nothing there. It did say something in the
review, where a pointer was chosen over an embedded timer for its size. So the structs stand here once more as the C
declares them, and ctypes computes what a compiler makes of that: sizes, offsets, holes. No number is written down.

A version is a name of `VERSION_NAMES`, such as "v4-08" for the code after patch 08/22. With WITH_TIMER_STATS behind it,
the kernel is built with CONFIG_TIMER_STATS, which makes timers larger; later kernels do not have that any more.
"""

import ctypes
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ktwviz.errors import KtwvizError, UnknownName, did_you_mean
from ktwviz.values import dataclass

CACHE_LINE = 64
"""Bytes."""

WITH_TIMER_STATS = "+timer-stats"

_SCALARS: Mapping[str, Any] = {
    "int": ctypes.c_int32,
    "unsigned int": ctypes.c_uint32,
    "u32": ctypes.c_uint32,
    "unsigned long": ctypes.c_uint64,
    "char": ctypes.c_char,
    "kthread_work_func_t": ctypes.c_uint64,
}
_POINTER = ctypes.c_uint64
_DECLARATION = re.compile(r"(?P<type>[\w ]+?) ?(?P<stars>\**)(?P<name>\w+)(\[(?P<count>\d+)\])?")
_FUNCTION_POINTER = re.compile(r".* \(\*(?P<name>\w+)\)\(.*\)")

# The table ------------------------------------------------------------------------------------------------------

Structs = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Stage:
    """The declarations of one version. What `structs` does not name is as in the version `after`, if there is one."""

    name: str
    sentence: str
    structs: Structs
    after: str = ""
    timer_stats: bool = True


_V44: Structs = {
    "spinlock_t": ("u32 val",),
    "list_head": ("struct list_head *next", "struct list_head *prev"),
    "hlist_node": ("struct hlist_node *next", "struct hlist_node **pprev"),
    "timer_list": (
        "struct hlist_node entry",
        "unsigned long expires",
        "void (*function)(unsigned long)",
        "unsigned long data",
        "u32 flags",
        "int slack",
    ),
    "kthread_work": ("struct list_head node", "kthread_work_func_t func", "struct kthread_worker *worker"),
    "kthread_worker": (
        "spinlock_t lock",
        "struct list_head work_list",
        "struct task_struct *task",
        "struct kthread_work *current_work",
    ),
}
_TIMER_STATS = ("int start_pid", "void *start_site", "char start_comm[16]")

_TODAY: Structs = {
    "raw_spinlock_t": ("u32 val",),
    "list_head": _V44["list_head"],
    "hlist_node": _V44["hlist_node"],
    "timer_list": (
        "struct hlist_node entry",
        "unsigned long expires",
        "void (*function)(struct timer_list *)",
        "u32 flags",
    ),
    "kthread_work": (*_V44["kthread_work"], "int canceling"),
    "kthread_worker": (
        "unsigned int flags",
        "raw_spinlock_t lock",
        "struct list_head work_list",
        "struct list_head delayed_work_list",
        "struct task_struct *task",
        "struct kthread_work *current_work",
    ),
    "kthread_delayed_work": ("struct kthread_work work", "struct timer_list timer"),
}

STAGES = (
    Stage("v4.4", "Linux 4.4, on which the series is built", _V44),
    Stage(
        "rfc-v2",
        "the second version, September 2015, with flag bits",
        {"kthread_work": ("unsigned long flags[1]", *_V44["kthread_work"])},
        after="v4.4",
    ),
    Stage(
        "v4-08",
        "after patch 08/22: a pointer to the timer",
        {
            "kthread_work": (*_V44["kthread_work"], "struct timer_list *timer"),
            "delayed_kthread_work": ("struct kthread_work work", "struct timer_list timer"),
        },
        after="v4.4",
    ),
    Stage(
        "embedded",
        "not done: the timer itself in place of the pointer",
        {"kthread_work": (*_V44["kthread_work"], "struct timer_list timer")},
        after="v4.4",
    ),
    Stage(
        "v4-09",
        "after patch 09/22: cancelling",
        {"kthread_work": (*_V44["kthread_work"], "struct timer_list *timer", "int canceling")},
        after="v4-08",
    ),
    Stage(
        "v4-11",
        "after patch 11/22: workers that freeze",
        {"kthread_worker": ("unsigned int flags", *_V44["kthread_worker"])},
        after="v4-09",
    ),
    Stage("merged", "as it is now", _TODAY, timer_stats=False),
)
"""All versions, in the order in which they are shown."""

VERSION_NAMES = tuple(
    stage.name + config
    for stage in STAGES
    for config in ("", WITH_TIMER_STATS)
    if not config or stage.timer_stats
)

# A layout -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A member of a struct. All numbers are bytes; `hole` is the room that nobody uses in front of it.

    `padding` is the room that is unused at the end of the member itself, where that is a struct.
    """

    declaration: str
    name: str
    offset: int
    size: int
    hole: int = 0
    padding: int = 0


@dataclass(frozen=True)
class Layout:
    """What a compiler makes of a struct. All numbers are bytes; `padding` is unused room at its end."""

    struct: str
    version: str
    size: int
    padding: int
    members: tuple[Member, ...]

    @property
    def cache_lines(self) -> int:
        """How many cache lines it takes where it begins with one."""
        return -(-self.size // CACHE_LINE)


def structs_of(version: str) -> tuple[str, ...]:
    """Return the names of the structs that a version has. Raises UnknownName."""
    return tuple(_declarations(version))


def all_structs() -> tuple[str, ...]:
    """Return the names of the structs of all versions, in the order in which they are shown."""
    return tuple(dict.fromkeys(name for version in VERSION_NAMES for name in structs_of(version)))


def struct_called(name: str) -> str:
    """Return the struct that a name means: "kthread_work", or "KthreadWork" as stepped code has it.

    Raises UnknownName.
    """
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    known = all_structs()
    if spelled not in known:
        hint = did_you_mean(spelled, known)
        raise UnknownName(f"there is no struct {name!r}{hint or '.'} They are {', '.join(known)}")
    return spelled


def layout_of(struct: str, version: str) -> Layout:
    """Return the layout of a struct in a version. Raises UnknownName for either."""
    declarations = _declarations(version)
    if struct not in declarations:
        hint = did_you_mean(struct, declarations)
        raise UnknownName(f"{version} has no struct {struct!r}{hint or '.'} It has {', '.join(declarations)}")
    compiled = _compiled(struct, version)
    members: list[Member] = []
    end = 0
    for declaration in declarations[struct]:
        name, inner = _parsed(declaration)
        place = getattr(compiled, name)
        padding = layout_of(inner, version).padding if inner in declarations else 0
        members.append(Member(declaration, name, place.offset, place.size, place.offset - end, padding))
        end = place.offset + place.size
    size = ctypes.sizeof(compiled)
    return Layout(struct, version, size, size - end, tuple(members))


def _declarations(version: str) -> Structs:
    if version not in VERSION_NAMES:
        hint = did_you_mean(version, VERSION_NAMES)
        raise UnknownName(f"there is no version {version!r}{hint or '.'} They are {', '.join(VERSION_NAMES)}")
    stage = next(stage for stage in STAGES if stage.name == version.removesuffix(WITH_TIMER_STATS))
    earlier = _declarations(stage.after + version.removeprefix(stage.name)) if stage.after else {}
    structs = {**earlier, **stage.structs}
    if version.endswith(WITH_TIMER_STATS) and not stage.after:
        structs["timer_list"] = (*structs["timer_list"], *_TIMER_STATS)
    return structs


@cache
def _compiled(struct: str, version: str) -> Any:
    """Return the struct as a ctypes class. Fixed widths stand for the types, so that the host does not matter."""
    if ctypes.alignment(_POINTER) != ctypes.sizeof(_POINTER):
        raise KtwvizError("layouts of x86-64 cannot be computed here: this machine aligns 8 bytes to 4")
    fields = []
    for declaration in _declarations(version)[struct]:
        name, inner = _parsed(declaration)
        found = _DECLARATION.fullmatch(declaration)
        kind = _POINTER if inner == "*" else _SCALARS.get(inner) or _compiled(inner, version)
        count = found["count"] if found else None
        fields.append((name, kind * int(count) if count else kind))
    return type(struct, (ctypes.Structure,), {"_fields_": fields})


def _parsed(declaration: str) -> tuple[str, str]:
    """Return the name that a declaration declares, and of which type: "*" for any pointer."""
    function = _FUNCTION_POINTER.fullmatch(declaration)
    if function:
        return function["name"], "*"
    found = _DECLARATION.fullmatch(declaration)
    assert found, declaration
    return found["name"], "*" if found["stars"] else found["type"].removeprefix("struct ")
