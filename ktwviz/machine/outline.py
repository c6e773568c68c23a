"""What the text of a stepped function says, read once: which names, fields and calls stand in it, and behind what.

It knows nothing of what the names mean: that differs from scenario to scenario, and an outline does not. Whoever asks
which functions can be reached, or which words can change, asks outlines and not syntax trees.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ktwviz.machine.syntax import fields_read, nodes_below
from ktwviz.values import dataclass

ON_STACK, KZALLOC = ALLOCATORS = ("on_stack", "kzalloc")
"""The functions that make an object."""

Mention = tuple[str, int, bool]
"""A name that is no local, its line, and whether it is called there."""

Use = tuple[str, str, bool]
"""A name that is no local, the field that is taken of it ("" where it stands alone), and whether it is stored into.

A field of anything else that is stored into, as in `local.field = 1` or `a.b.c = 1`, has the name ""."""

Test = tuple[str, str, bool]
"""What is tested where that may be a constant: a name, the field that is taken of it or "", and whether it is `not`."""

Piece = tuple["tuple[Use, ...]", "Test | None", "Block", "Block"]
"""A statement: what it uses; an `if` has two blocks, of which the test may choose. The block of a loop comes first."""

Block = tuple["tuple[Piece, ...]", bool]
"""Statements in their order, and whether the last of them leaves: a return, a break, a continue."""

NOTHING: Block = ((), False)


@dataclass(frozen=True, eq=False)
class Outline:
    """What stands in a function.

    `names` are all names, `own` the locals: parameters and everything assigned. `mentions` and `called` are in the
    order of the tree; `called` has "" for a call through a pointer. `allocations` are (variable, allocator, struct),
    the variable "" where there is none. `read` are the fields that are loaded. `takes` has the type that each parameter
    is annotated with, by its name; "" where it has none, or more than a name.
    """

    names: frozenset[str]
    own: frozenset[str]
    mentions: tuple[Mention, ...]
    called: tuple[str, ...]
    allocations: tuple[tuple[str, str, str], ...]
    read: frozenset[str]
    takes: tuple[str, ...]
    body: Block


def outline_of(tree: ast.FunctionDef) -> Outline:
    """Return the outline of a function. A decorator such as @task(cpu=0) is no code: `called` is of the body alone."""
    body = _nodes_of_body(tree)
    nodes = [*_nodes_of_head(tree), *body]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = frozenset(
        [node.id for node in names if isinstance(node.ctx, ast.Store)] + [each.arg for each in tree.args.args]
    )
    return Outline(
        names=frozenset([node.id for node in names]),
        own=own,
        mentions=tuple(_mentions(nodes, own)),
        called=tuple([_called(node, own) for node in body if isinstance(node, ast.Call)]),
        allocations=tuple(_allocations(nodes)),
        read=frozenset(fields_read(nodes)),
        takes=tuple(
            [each.annotation.id if isinstance(each.annotation, ast.Name) else "" for each in tree.args.args]
        ),
        body=_block(tree.body, own),
    )


def nodes_of(tree: ast.FunctionDef) -> list[ast.AST]:
    """Return all nodes of a function, those of the body last, outermost first."""
    return [*_nodes_of_head(tree), *_nodes_of_body(tree)]


def _nodes_of_head(tree: ast.FunctionDef) -> list[ast.AST]:
    parts = [tree.args, *tree.decorator_list, *([tree.returns] if tree.returns else [])]
    return [tree, *(node for part in parts for node in nodes_below(part))]


def _nodes_of_body(tree: ast.FunctionDef) -> list[ast.AST]:
    return nodes_below(ast.Module(tree.body, []))


def _mentions(nodes: list[ast.AST], own: frozenset[str]) -> Iterator[Mention]:
    called: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func)
            if node.func.id not in own:
                yield node.func.id, node.lineno, True
        elif isinstance(node, ast.Name) and node not in called and node.id not in own:
            yield node.id, node.lineno, False


def _called(call: ast.Call, own: frozenset[str]) -> str:
    return call.func.id if isinstance(call.func, ast.Name) and call.func.id not in own else ""


def _allocations(nodes: list[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """Yield every allocation: `name = kzalloc(Type)`, or without a name."""
    variables: dict[ast.AST, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            variables[node.value] = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            variables[node.value] = node.target.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ALLOCATORS:
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Name):
                yield variables.get(node, ""), node.func.id, argument.id


# Blocks -------------------------------------------------------------------------------------------------------------


def _block(statements: list[ast.stmt], own: frozenset[str]) -> Block:
    leaves = bool(statements) and isinstance(statements[-1], ast.Return | ast.Break | ast.Continue)
    return tuple([_piece(statement, own) for statement in statements]), leaves


def _piece(statement: ast.stmt, own: frozenset[str]) -> Piece:
    if isinstance(statement, ast.While):
        return _uses(statement.test, own), None, _block(statement.body, own), NOTHING
    if isinstance(statement, ast.If):
        test = _test(statement.test, own)
        return _uses(statement.test, own), test, _block(statement.body, own), _block(statement.orelse, own)
    return _uses(statement, own), None, NOTHING, NOTHING


def _uses(root: ast.AST, own: frozenset[str]) -> tuple[Use, ...]:
    found: list[Use] = []
    owners: set[ast.AST] = set()
    for node in nodes_below(root):
        if isinstance(node, ast.Attribute):
            stored = isinstance(node.ctx, ast.Store)
            if isinstance(node.value, ast.Name) and node.value.id not in own:
                owners.add(node.value)
                found.append((node.value.id, node.attr, stored))
            elif stored:
                found.append(("", node.attr, True))
        elif isinstance(node, ast.Name) and node not in owners and node.id not in own:
            found.append((node.id, "", False))
    return tuple(found)


def _test(node: ast.expr, own: frozenset[str]) -> Test | None:
    """Return a test of a name that is no local, or of a field of one; None for any other."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _test(node.operand, own)
        return None if inner is None else (inner[0], inner[1], not inner[2])
    if isinstance(node, ast.Name) and node.id not in own:
        return node.id, "", False
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id not in own:
        return node.value.id, node.attr, False
    return None
