"""What was made of the text of kernel modules, kept in files beside those that Python makes of them.

Python keeps the compiled form of a module in `__pycache__`; the outlines and rewritten forms of its stepped functions
lie there too, as `kthread.cpython-311.stepped`. Such a file counts only where it was made by the same Python, from the
same text of the module and of everything here that has a part in it; they are compared by Python's own hash for such
files. Without one, a start takes some ten milliseconds longer, and nothing else differs. Processes that work for
another one, as those of `ktwviz check`, read these files and write none.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source, source_hash
from types import CodeType

from ktwviz.machine.outline import Outline
from ktwviz.values import dataclass

MAKERS = ("language", "liveness", "made", "outline", "program", "rewrite", "subset", "syntax")
"""The modules of this folder on whose text it depends what is made."""

_HASH = 8
"""Bytes of a hash."""

Kinds = tuple[tuple[str, int], ...]
"""What the names of a function stood for when it was compiled: kind and number of parameters, by sorted name."""


class Form:
    """What a stepped function is compiled to: the code of a generator function; `lines` gives the line of every pc.

    `weight` is how many statements one run through the function is, its loops left out. `live` are the locals that are
    read after each pc; they are worked out when the function first runs, as many never do.
    """

    def __init__(
        self,
        code: CodeType,
        lines: Mapping[int, int],
        weight: int,
        live: Callable[[], Mapping[int, tuple[str, ...]]],
    ) -> None:
        self.code = code
        self.lines = lines
        self.weight = weight
        self._work_out = live
        self._live: Mapping[int, tuple[str, ...]] | None = None

    @property
    def live(self) -> Mapping[int, tuple[str, ...]]:
        """The locals that are read after each pc."""
        if self._live is None:
            self._live = self._work_out()
        return self._live


@dataclass(eq=False)
class _Kept:
    """What the file has of one function, each part as it stands there."""

    outline: bytes
    forms: dict[Kinds, bytes]


class Made:
    """What was made of one kernel module; `write` keeps what is not in the file yet."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._kept = _read(path, self._stamp)
        self._outlines: dict[str, Outline] = {}
        self._forms: dict[str, dict[Kinds, Form]] = {}

    def outline(self, name: str, make: Callable[[], Outline]) -> Outline:
        """Return the outline of a function, made if it is not known.

        `name` is that of a function of the module, or else has the whole text of one that is kept with it.
        """
        found = self._outlines.get(name)
        if found is None:
            kept = self._kept.get(name)
            found = make() if kept is None else Outline(*marshal.loads(kept.outline))
            self._outlines[name] = found
        return found

    def form(self, name: str, kinds: Kinds, make: Callable[[], Form]) -> Form:
        """Return what a function is compiled to where its names are of these kinds, made if it is not known."""
        forms = self._forms.setdefault(name, {})
        found = forms.get(kinds)
        if found is None:
            kept = self._kept.get(name)
            found = make() if kept is None or kinds not in kept.forms else _loaded(kept.forms[kinds])
            forms[kinds] = found
        return found

    def write(self) -> None:
        """Keep what was made since the file was read; raises OSError."""
        made = list(self._outlines)  # a search in another thread may still add to it
        if not any(map(self._has_more, made)) or not os.access(os.path.dirname(file_of(self._path)), os.W_OK):
            return
        self._kept = _read(self._path, self._stamp)  # another program may have added to it
        for name in filter(self._has_more, made):
            self._kept[name] = self._all_of(name)
        _write(self._path, self._stamp, self._kept)

    def _has_more(self, name: str) -> bool:
        kept = self._kept.get(name)
        return kept is None or not kept.forms.keys() >= set(self._forms.get(name, ()))

    def _all_of(self, name: str) -> _Kept:
        kept = self._kept.get(name)
        known = kept.forms if kept is not None else {}
        made = {
            kinds: _dumped(form) for kinds, form in self._forms.get(name, {}).items() if kinds not in known
        }
        return _Kept(_dumped_outline(self._outlines[name]), {**known, **made})


@cache
def made_of(path: str) -> Made:
    """Return what was made of the kernel module with this source."""
    made = _MADE[path] = Made(path)
    return made


_MADE: dict[str, Made] = {}


def keep_made() -> None:
    """Write what was made since the start, for the next one; where that cannot be, it is made again then."""
    if sys.dont_write_bytecode:
        return
    with suppress(KeyboardInterrupt):  # who presses Ctrl-C does not wait for it
        for made in _MADE.values():
            with suppress(OSError, NotImplementedError):
                made.write()


# Files --------------------------------------------------------------------------------------------------------------


def file_of(path: str) -> str:
    """Return where that is kept which was made of a module, next to what Python keeps of it."""
    return f"{cache_from_source(path).removesuffix('.pyc')}.stepped"


@cache
def text_of(path: str) -> bytes:
    """Return the text of a module: read once, since it may change while what was made of it is in use."""
    with open(path, "rb") as file:
        return file.read()


def _stamp(path: str) -> bytes:
    """Return what a file begins with if it was made of this text by these makers, and this Python."""
    return source_hash(_MAKERS + text_of(path))


def _read(path: str, stamp: bytes) -> dict[str, _Kept]:
    with suppress(OSError, NotImplementedError), open(file_of(path), "rb") as file:
        whole = file.read()
        begins, check, told = whole[:_HASH], whole[_HASH : 2 * _HASH], whole[2 * _HASH :]
        # the hash is looked at first: what is no data of marshal's may bring it down
        if begins == stamp and check == source_hash(told):
            return {name: _Kept(*each) for name, each in marshal.loads(told).items()}
    return {}


def _write(path: str, stamp: bytes, kept: Mapping[str, _Kept]) -> None:
    from pathlib import Path  # noqa: PLC0415  # seldom needed, as the next

    from ktwviz.files import write_whole  # noqa: PLC0415

    told = marshal.dumps({name: (each.outline, each.forms) for name, each in kept.items()})
    write_whole(Path(file_of(path)), stamp + source_hash(told) + told, lasting=False)


def _loaded(form: bytes) -> Form:
    code, lines, weight, live = marshal.loads(form)
    return Form(code, lines, weight, lambda: live)


def _dumped(form: Form) -> bytes:
    return marshal.dumps((form.code, dict(form.lines), form.weight, dict(form.live)))


def _dumped_outline(outline: Outline) -> bytes:
    return marshal.dumps(tuple(vars(outline)[each] for each in Outline.__annotations__))


def _hash_of_makers() -> bytes:
    folder = os.path.dirname(__file__)
    texts = [text_of(os.path.join(folder, f"{name}.py")) for name in MAKERS]
    return source_hash(repr([sys.version, *texts]).encode())


_MAKERS = _hash_of_makers()
"""A hash of this Python and of the makers, which are imported with this module: they may change later."""
