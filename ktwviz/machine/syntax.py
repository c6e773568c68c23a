"""Walking syntax trees, which a start does some ten thousand times."""

from __future__ import annotations

import ast

_LEAVES = (ast.Name, ast.Constant)
"""Half of all nodes; they have none below them."""


_PLACED = (ast.expr, ast.stmt, ast.arg)


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
