"""What code of the simulated computer is made of: stepped functions, primitives, pure functions.

The decorators return a description of the function instead of the function; their types say otherwise, so that the
kernel modules are checked as the plain Python that they read like.
"""

from __future__ import annotations

import ast
import os.path
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property
from types import CodeType
from typing import Any, Literal, TypeVar, cast

from ktwviz.machine.made import Form, Kinds, Made, made_of, text_of
from ktwviz.machine.outline import Outline, nodes_of, outline_of
from ktwviz.machine.syntax import lines_of, parse
from ktwviz.values import dataclass

_F = TypeVar("_F", bound=Callable[..., Any])
Order = Literal["full", "plain", "local"]


@dataclass(frozen=True, eq=False)
class Stepped:
    """A stepped function: its syntax tree and its text. `folded`: its steps count as part of the caller's line."""

    name: str
    file: str
    tree: ast.FunctionDef
    source: tuple[str, ...]
    folded: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def first_line(self) -> int:
        """The line of the file at which `source` begins."""
        return self.tree.lineno

    @cached_property
    def outline(self) -> Outline:
        """What stands in it, whatever the names mean."""
        return outline_of(self.tree)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, those of the body last, outermost first."""
        return tuple(nodes_of(self.tree))

    @property
    def own_names(self) -> frozenset[str]:
        """The locals: parameters and everything assigned."""
        return self.outline.own

    @property
    def names(self) -> frozenset[str]:
        """All names that stand in the text, locals and others."""
        return self.outline.names

    @cached_property
    def other_names(self) -> tuple[str, ...]:
        """The names that a program gives their meaning, sorted."""
        return tuple(sorted(self.names - self.own_names))

    def form(self, kinds: Kinds, make: Callable[[], Form]) -> Form:
        """Return what programs compile it to where its names are of these kinds; it goes when the function goes."""
        found = self._forms.get(kinds)
        if found is None:
            found = self._forms[kinds] = make()
        return found

    @cached_property
    def _forms(self) -> dict[Kinds, Form]:
        return {}

    @cached_property
    def own_parameters(self) -> list[str]:
        """The names of the parameters."""
        return [argument.arg for argument in self.tree.args.args]


class _Kept(Stepped):
    """A stepped function of the kernel: what is made of its text is kept from one start to the next (`made.py`)."""

    def _kept(self) -> tuple[Made, str]:
        """Return with what it is kept, and as what."""
        raise NotImplementedError

    @cached_property
    def outline(self) -> Outline:
        """What stands in it, whatever the names mean."""
        made, name = self._kept()
        return made.outline(name, lambda: outline_of(self.tree))

    def form(self, kinds: Kinds, make: Callable[[], Form]) -> Form:
        """Return what programs compile it to where its names are of these kinds."""
        made, name = self._kept()
        return made.form(name, kinds, make)


class SteppedInModule(_Kept):
    """A stepped function of a kernel module; its text is read and parsed only when something of it is asked for.

    A scenario can name all functions of the kernel and reaches few of them: parsing whole modules took as long as
    importing the checker.
    """

    path: str
    start: int

    def __init__(self, code: CodeType, *, folded: bool = False) -> None:
        # the text is read with its module: it may be changed while what is made of it is in use
        with suppress(OSError):
            text_of(code.co_filename)
        # the fields of Stepped but for `tree` and `source`, where the text is, and at which line its decorators begin
        self.__dict__.update(
            name=code.co_name,
            file=os.path.basename(code.co_filename),
            folded=folded,
            path=code.co_filename,
            start=code.co_firstlineno - 1,
            own_parameters=list(code.co_varnames[: code.co_argcount]),
        )

    def _kept(self) -> tuple[Made, str]:
        return made_of(self.path), self.name

    @cached_property
    def tree(self) -> ast.FunctionDef:
        """The syntax tree, with the lines of the file."""
        first = self.first_line - 1
        decorators = _lines_of(self.path)[self.start : first]
        (found,) = parse("\n" * self.start + "\n".join([*decorators, *self.source])).body
        assert isinstance(found, ast.FunctionDef) and found.name == self.name, f"{self.path} has changed"
        return found

    @cached_property
    def first_line(self) -> int:
        """The line of the file at which `source` begins, that of `def`."""
        lines = _lines_of(self.path)
        return (
            next(number for number in range(self.start, len(lines)) if lines[number].startswith("def ")) + 1
        )

    @cached_property
    def source(self) -> tuple[str, ...]:
        """The lines of the text, from `def` on."""
        return tuple(_function_at(_lines_of(self.path), self.first_line - 1))


@dataclass(frozen=True, eq=False)
class SteppedInVersion(_Kept):
    """A stepped function of which a version has another text than the module with which it is kept."""

    kept_with: str = ""

    def _kept(self) -> tuple[Made, str]:
        return made_of(self.kept_with), self._text

    @cached_property
    def _text(self) -> str:
        return "\n".join([str(self.first_line), *self.source])


@cache
def _lines_of(path: str) -> list[str]:
    return lines_of(text_of(path).decode())


def _function_at(lines: list[str], first: int) -> list[str]:
    """Return the lines of a function whose `def` is at the outermost level; a comment after its code is not its own."""
    outer = (
        number for number in range(first + 1, len(lines)) if lines[number][:1] not in ("", " ", ")", "#")
    )
    last = next(outer, len(lines)) - 1
    while lines[last].lstrip()[:1] in ("", "#"):
        last -= 1
    return lines[first : last + 1]


@dataclass(frozen=True, eq=False)
class Primitive:
    """What hardware or scheduler does in one step: a Python function with a guard and an effect.

    `observed` is the value that it gives when an expectation is only looking at a state: None means that it may run
    (it writes nothing then that anybody keeps), anything else is returned without running it. `shown` is the name of
    the kernel function that the step is part of, where that is not its own. `order` matters under TSO alone: "full"
    drains the store buffer first (a locked operation, a full barrier), "plain" makes plain stores, "local" concerns
    this CPU alone and leaves the buffer as it is.
    """

    name: str
    body: Callable[..., Any]
    observed: Any = None
    shown: str = ""
    order: Order = "full"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Pure:
    """A host function of values only: address arithmetic, comparisons. It costs no step."""

    name: str
    body: Callable[..., Any]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Special:
    """A name that stands for something of the running context or machine: `jiffies`, `current`."""

    name: str


def parameters(function: Stepped | Primitive | Pure) -> list[str]:
    """Return the names of a function's parameters."""
    if isinstance(function, Stepped):
        return function.own_parameters
    code = function.body.__code__
    return list(code.co_varnames[: code.co_argcount])


def stepped(function: _F) -> _F:
    """Mark a function as stepped code."""
    return cast(_F, SteppedInModule(function.__code__))


def inline(function: _F) -> _F:
    """Mark a function as stepped code whose steps count as part of the calling line (a static inline or macro)."""
    return cast(_F, SteppedInModule(function.__code__, folded=True))


def primitive(function: _F) -> _F:
    """Mark a function as a primitive: one step."""
    return cast(_F, Primitive(function.__name__, function))


def primitive_of(order: Order) -> Callable[[_F], _F]:
    """Mark a function as a primitive that is no locked operation."""

    def mark(function: _F) -> _F:
        return cast(_F, Primitive(function.__name__, function, order=order))

    return mark


def primitive_part_of(shown: str) -> Callable[[_F], _F]:
    """Mark a primitive that is a part of the kernel function `shown`, and is called so on the screen."""

    def mark(function: _F) -> _F:
        return cast(_F, Primitive(function.__name__, function, shown=shown))

    return mark


def primitive_observed(value: Any, shown: str = "", order: Order = "full") -> Callable[[_F], _F]:
    """Mark a primitive that an onlooker skips: locking and irq masking, which an expectation must not wait for."""

    def mark(function: _F) -> _F:
        return cast(_F, Primitive(function.__name__, function, observed=value, shown=shown, order=order))

    return mark


def pure(function: _F) -> _F:
    """Mark a function of values only."""
    return cast(_F, Pure(function.__name__, function))
