"""Who looks at the date: what a scenario and its claims can tell of the time that has passed."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from ktwviz.machine.clock import Ticking
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.program import Program
from ktwviz.machine.syntax import nodes_below

_LONGEST_WAY = 8
"""Variables through which a moment is followed to a timer; who goes further round counts as one who looks."""


def ticking_of(
    program: Program, functions: Iterable[Stepped | Primitive], claims: Sequence[ast.expr]
) -> Ticking:
    """Return how the clock ticks for code that can reach these functions, and claims about what it does."""
    stepped = [function for function in functions if isinstance(function, Stepped)]
    reading = [function.tree for function in stepped if "jiffies" in function.other_names]
    looks = any(map(_looks, [*reading, *claims]))
    tick, next_jiffy = program.namespace["tick"], program.namespace["next_jiffy"]
    if not looks:
        return Ticking(tick, next_jiffy)
    own = [function.tree for function in stepped if not _is_of_kernel(function)]
    patience = max(_numbers([*own, *claims], program), default=0)
    seen = any(_looks_at_expiry(function.tree) for function in stepped if function.file != "timer.py")
    seen = seen or any(map(_looks_at_expiry, claims))
    return Ticking(tick, next_jiffy, patience, "" if seen else "expires")


def _is_of_kernel(function: Stepped) -> bool:
    """Tell whether a function stands as it is in a kernel module; one that a rule or a learner changed does not."""
    return hasattr(function, "path")


def _looks(tree: ast.AST) -> bool:
    """Tell whether code does more with `jiffies` than to arm timers, by way of local variables or not."""
    nodes = nodes_below(tree)
    passed_on = {part for use in _arming(nodes) for part in nodes_below(use)}
    moments: set[str] = set()
    found = {"jiffies"}
    for _ in range(_LONGEST_WAY):
        if found == moments:
            loads = (node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
            return any(node.id in moments and node not in passed_on for node in loads)
        moments = found
        kept = [node for node in nodes if isinstance(node, ast.Assign) and _keeps_a_moment(node, moments)]
        passed_on |= {part for node in kept for part in nodes_below(node.value)}
        found = moments | {
            target.id for node in kept for target in node.targets if isinstance(target, ast.Name)
        }
    return True


def _arming(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the expressions that say when a timer is to expire."""
    for node in nodes:
        if isinstance(node, ast.Assign) and all(
            isinstance(target, ast.Attribute) and target.attr == "expires" for target in node.targets
        ):
            yield node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mod_timer":
            yield from node.args[1:]


def _keeps_a_moment(node: ast.Assign, moments: set[str]) -> bool:
    """Tell whether a local variable is given a moment, or a sum with one: that alone is no look at it."""
    parts = nodes_below(node.value)
    return (
        all(isinstance(target, ast.Name) for target in node.targets)
        and all(isinstance(part, ast.BinOp | ast.operator | ast.Name | ast.Constant) for part in parts)
        and any(isinstance(part, ast.Name) and part.id in moments for part in parts)
    )


def _looks_at_expiry(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "expires" and isinstance(node.ctx, ast.Load)
        for node in nodes_below(tree)
    )


def _numbers(trees: Iterable[ast.AST], program: Program) -> Iterator[int]:
    """Yield the whole numbers in some code, those that have a name included."""
    for tree in trees:
        for node in nodes_below(tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(node, ast.Name):
                value = program.namespace.get(node.id)
            if type(value) is int:
                yield abs(value)
