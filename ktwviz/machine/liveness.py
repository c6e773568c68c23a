"""Which locals of a rewritten function still matter at each of its steps.

A local that nothing reads any more must not tell two local states apart, or states multiply. This is the usual
backward data-flow analysis, over the few statements that `rewrite.py` emits.
"""

from __future__ import annotations

import ast

from ktwviz.machine.syntax import nodes_below
from ktwviz.values import dataclass, field

Names = frozenset[str]
_NOTHING: Names = frozenset()


@dataclass
class _Loop:
    after: Names
    start: Names


@dataclass
class _Analysis:
    names: Names
    live: dict[int, Names] = field(default_factory=dict)
    loops: list[_Loop] = field(default_factory=list)

    def uses(self, node: ast.AST | None) -> Names:
        if node is None:
            return _NOTHING
        return frozenset(
            part.id
            for part in nodes_below(node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in self.names
        )

    def block(self, statements: list[ast.stmt], after: Names) -> Names:
        for statement in reversed(statements):
            after = self.statement(statement, after)
        return after

    def statement(self, node: ast.stmt, after: Names) -> Names:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)]):
                after = after - {target}
                pc = getattr(node, "ktw_pc", None)
                if pc is not None:
                    self.live[pc] = after
                found = after | self.uses(node.value)
            case ast.If():
                found = self.block(node.body, after) | self.block(node.orelse, after) | self.uses(node.test)
            case ast.While():
                found = self.loop(node, after)
            case ast.Break():
                found = self.loops[-1].after
            case ast.Continue():
                found = self.loops[-1].start
            case ast.Return():
                found = self.uses(node.value)
            case _:
                found = after | self.uses(node)
        return found

    def loop(self, node: ast.While, after: Names) -> Names:
        start = _NOTHING
        while True:
            self.loops.append(_Loop(after, start))
            found = self.block(node.body, start)
            self.loops.pop()
            if found <= start:
                return found
            start = start | found


def read_later(tree: ast.FunctionDef, names: Names) -> dict[int, Names]:
    """Return for every pc which of some names are read after its step, on some way; none of them is ever assigned."""
    analysis = _Analysis(names)
    analysis.block(tree.body, _NOTHING)
    return analysis.live


def live_locals(tree: ast.FunctionDef) -> dict[int, tuple[str, ...]]:
    """Return for every pc the locals that are read after its step, sorted by name."""
    names = frozenset(
        node.id
        for node in nodes_below(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ) | frozenset(argument.arg for argument in tree.args.args)
    analysis = _Analysis(names)
    analysis.block(tree.body, _NOTHING)
    return {pc: tuple(sorted(live)) for pc, live in analysis.live.items()}
