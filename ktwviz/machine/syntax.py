"""Making syntax trees, and walking them, which a start does some ten thousand times."""

from __future__ import annotations

import ast
from _thread import RLock  # the one of threading, without what else that imports
from collections.abc import Sequence

_LEAVES = (ast.Name, ast.Constant)
"""Half of all nodes; they have none below them."""


_PLACED = (ast.expr, ast.stmt, ast.arg)

_PARSING = RLock()
"""CPython 3.11 counts how deep it is in a tree in one place for all threads, and raises SystemError where two are at it
(its issue 106905); the screens search in threads."""


def parse(text: str) -> ast.Module:
    """Return the syntax tree of some code, as `ast.parse` does, in one thread at a time."""
    with _PARSING:
        return ast.parse(text)


def parse_expression(text: str) -> ast.Expression:
    """Return the syntax tree of an expression, in one thread at a time."""
    with _PARSING:
        return ast.parse(text, mode="eval")


def lines_of(text: str) -> list[str]:
    """Return the lines of code as Python counts them: a line feed ends one, no other character of Unicode does."""
    return text.removesuffix("\n").split("\n") if text else []


def nodes_below(root: ast.AST) -> list[ast.AST]:
    """Return a node and all below it, in the order of `ast.walk`; the marks of load and store are left out."""
    found = [root]
    for node in found:  # grows while it is walked
        if node.__class__ in _LEAVES:
            continue
        for name in node._fields:
            if name == "ctx":
                continue
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def fields_read(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names of the fields that some code loads; `x.f += 1` loads f before it stores into it."""
    grown = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
    loaded = (node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Load))
    return {node.attr for node in (*grown, *loaded) if isinstance(node, ast.Attribute)}


def children(node: ast.AST) -> list[ast.AST]:
    """Return what stands directly below a node; the marks of load and store are left out."""
    found: list[ast.AST] = []
    for name in () if node.__class__ in _LEAVES else node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def place_below(root: ast.stmt) -> None:
    """Give every node below a statement the line of the one above it, unless it has a line of its own.

    Columns are all 0: nothing of ours asks for them, and the compiler only wants to find some. Ends it can do without.
    """
    waiting: list[tuple[ast.AST, int]] = [(root, root.lineno)]
    for node, line in waiting:  # grows while it is walked
        if isinstance(node, _PLACED):
            line = node.lineno = getattr(node, "lineno", line)  # noqa: PLW2901  # one walk, one line
            node.col_offset = 0
            if node.__class__ in _LEAVES:
                continue
        for name in node._fields:
            if name == "ctx":
                continue
            value = getattr(node, name, None)
            if value.__class__ is list:
                waiting += [(part, line) for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                waiting.append((value, line))
