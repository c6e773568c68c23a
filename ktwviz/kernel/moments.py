"""What code reckons with moments in jiffies: how old a moment it can tell from an older one, and whether it goes back.

An expression is a *moment* (the date, a field of that kind, a sum of one and a number), an *age* (one moment less
another), a *number* that stands in the text, or anything else. The clock may stop, and past expiries be forgotten, only
because ages are compared with numbers in sight. Whatever else happens to one, such as a product, a store into a field,
a comparison of two ages, a call that it is passed to, is kept as `unsure`: what is read off the text does not hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Literal

from ktwviz.machine.language import Primitive, Stepped, parameters
from ktwviz.machine.program import Program
from ktwviz.machine.structs import Struct, fields_of
from ktwviz.machine.syntax import nodes_below
from ktwviz.values import dataclass, field

ARMING = "mod_timer"
"""The function that takes a moment and keeps it in the timer."""
_DELAY = "delay"
"""What kernel functions call a number of jiffies that they add to the date."""

Kind = Literal["moment", "vague moment", "age", "number", "plain"]
"""A vague moment has a number in it that does not stand in the text. A timer may be armed for it, and no more."""

_OF_TIME = ("moment", "vague moment", "age")


def time_fields(program: Program) -> frozenset[str]:
    """Return the names of the fields that hold moments."""
    structs = [
        value for value in program.namespace.values() if isinstance(value, type) and issubclass(value, Struct)
    ]
    return frozenset(each.name for struct in structs for each in fields_of(struct) if each.kind == "time")


@dataclass
class Reckoning:
    """What one piece of code does with moments.

    `looked` says that it compares one, or does more with it than to arm a timer. `numbers` is the sum of those in sight
    of moments and ages; `unsure` are the lines in which it does something else with one. Of those in which a timer gets
    a moment, `vague` are those with a number that is not in sight, `open_ended` those that put one forward by as much,
    or as often, as cannot be seen. `late` says that a timer may get a moment of long ago, `back` that a number is
    subtracted from a moment or a negative one added, `open_sums` that one is added that does not stand in the text,
    here or as a delay.
    """

    looked: bool = False
    numbers: int = 0
    unsure: list[int] = field(default_factory=list)
    vague: list[int] = field(default_factory=list)
    open_ended: list[int] = field(default_factory=list)
    late: bool = False
    back: bool = False
    open_sums: bool = False


def reckoning_of(tree: ast.AST, program: Program, times: frozenset[str]) -> Reckoning:
    """Return what a function, or an expression, does with moments."""
    reader = _Reader(tree, program, times)
    while True:
        before = dict(reader.kinds)
        reader.found = Reckoning()
        if isinstance(tree, ast.FunctionDef):
            reader.block(tree.body)
        elif isinstance(tree, ast.expr):
            reader.asked(tree)
        if reader.kinds == before:
            return reader.found


class _Reader:
    """Goes through code once; `kinds` are those of the local variables, as far as they are known."""

    def __init__(self, tree: ast.AST, program: Program, times: frozenset[str]) -> None:
        self.program = program
        self.times = times
        self.kinds: dict[str, Kind] = {}
        self.found = Reckoning()
        self.rounds = 0
        """In how many loops the statement stands."""
        self.of_fields: set[str] = set()
        """The locals that came from the field of an object."""
        self.locals = {
            node.id
            for node in nodes_below(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        } | ({argument.arg for argument in tree.args.args} if isinstance(tree, ast.FunctionDef) else set())

    # Statements -------------------------------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.If() | ast.While():
                self.asked(node.test)
                self.rounds += isinstance(node, ast.While)
                self.block(node.body)
                self.rounds -= isinstance(node, ast.While)
                self.block(node.orelse)
            case ast.Assign() | ast.AnnAssign() if node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                kind = self.kind(node.value)
                for target in targets:
                    self.kept(target, kind, node.value)
            case ast.AugAssign():
                grown = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
                self.kept(node.target, self.kind(grown), grown)
            case ast.Return() if node.value is not None:
                self.asked(node.value)
            case ast.Expr():
                self.asked(node.value)

    def kept(self, target: ast.expr, kind: Kind, value: ast.expr) -> None:
        """Note where a value goes."""
        if isinstance(target, ast.Name):
            if kind == "age" and any(self.kinds.get(name) == "age" for name in _names(value)):
                self.doubt(value)  # an age that grows from one round of a loop to the next
            if kind == "vague moment" or (kind == "moment" and self.rounds and self.grows(value)):
                self.doubt(value)
            if kind == "moment" and any(self.is_of_field(part) for part in nodes_below(value)):
                self.of_fields.add(target.id)
            known = self.kinds.get(target.id)
            kind = "plain" if kind == "number" else kind
            if known not in (None, kind) and (known in _OF_TIME or kind in _OF_TIME):
                self.doubt(value)
                return
            self.kinds[target.id] = kind
        elif (
            kind in _OF_TIME
            and kind != "age"
            and isinstance(target, ast.Attribute)
            and target.attr in self.times
        ):
            self.armed(kind, value)
        elif kind in _OF_TIME:
            self.doubt(value)

    def armed(self, kind: Kind, value: ast.expr) -> None:
        """Note that a timer gets a moment."""
        parts = nodes_below(value)
        kept, of_field = any(map(self.is_kept, parts)), any(map(self.is_of_field, parts))
        self.found.late |= kept
        if kind == "vague moment":
            self.found.vague.append(value.lineno)
        # one that grows from its own field may do so as often as code comes here
        if (kept and kind == "vague moment") or (of_field and self.grows(value)):
            self.found.open_ended.append(value.lineno)

    def grows(self, value: ast.expr) -> bool:
        """Tell whether a moment that was noted before is put forward or back."""
        return isinstance(value, ast.BinOp) and any(self.is_kept(part) for part in nodes_below(value))

    def is_kept(self, part: ast.AST) -> bool:
        """Tell whether this is a moment that was noted before."""
        return self.is_of_field(part) or (isinstance(part, ast.Name) and self.kinds.get(part.id) == "moment")

    def is_of_field(self, part: ast.AST) -> bool:
        """Tell whether this is a moment in the field of an object, or came from one."""
        if isinstance(part, ast.Name):
            return part.id in self.of_fields
        return isinstance(part, ast.Attribute) and part.attr in self.times

    # Expressions ------------------------------------------------------------------------------------------------

    def asked(self, node: ast.expr) -> None:
        """Look at an expression of which only the truth counts, or that goes where nobody follows it."""
        if self.kind(node) in _OF_TIME:
            self.doubt(node)

    def kind(self, node: ast.expr) -> Kind:
        """Return the kind of an expression; note what is reckoned inside it."""
        if self.number(node) is not None:
            return "number"
        match node:
            case ast.Name() if node.id in self.locals:
                return self.kinds.get(node.id, "plain")
            case ast.Name():
                return "moment" if node.id == "jiffies" else "plain"
            case ast.Attribute():
                self.asked(node.value)
                return "moment" if node.attr in self.times else "plain"
            case ast.BinOp():
                return self.sum(node)
            case ast.Compare():
                self.compared(node)
            case ast.Call():
                self.called(node)
            case _:  # also a choice of two: which moment it gives is followed no further
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        self.asked(part)
        return "plain"

    def sum(self, node: ast.BinOp) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        if left not in _OF_TIME and right not in _OF_TIME:
            return "plain"
        minus = isinstance(node.op, ast.Sub)
        if isinstance(node.op, ast.Add) and right in _OF_TIME and left not in _OF_TIME:
            left, right = right, left  # a number and a moment
        elif not isinstance(node.op, ast.Add | ast.Sub) or (right in _OF_TIME and not minus):
            self.doubt(node)
            return "plain"
        if right in _OF_TIME:
            if left == right == "moment":
                return "age"
            self.doubt(node)
            return "plain"
        amount = self.number(node.right) if self.number(node.right) is not None else self.number(node.left)
        if amount is None:
            self.found.open_sums = True
            self.found.back |= minus
            if left == "age":
                self.doubt(node)
                return "plain"
            return "vague moment"
        self.found.numbers += abs(amount)
        self.found.back |= (amount > 0) if minus else (amount < 0)
        return left

    def compared(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        kinds = [self.kind(side) for side in sides]
        self.found.numbers += sum(abs(self.number(side) or 0) for side in sides) if "age" in kinds else 0
        if not set(kinds) & set(_OF_TIME):
            return
        self.found.looked = True
        if set(kinds) != {"moment"} and (kinds.count("age") > 1 or not set(kinds) <= {"age", "number"}):
            self.doubt(node)

    def called(self, node: ast.Call) -> None:
        callee = self.program.namespace.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if not isinstance(node.func, ast.Name):
            self.asked(node.func)
        names = parameters(callee) if isinstance(callee, Stepped | Primitive) else []
        for at, argument in enumerate(node.args):
            kind = self.kind(argument)
            if isinstance(node.func, ast.Name) and node.func.id == ARMING and at == 1 and kind != "age":
                self.armed(kind, argument)
            elif kind in _OF_TIME:
                self.doubt(argument)
            elif names[at : at + 1] == [_DELAY]:
                amount = self.number(argument)
                self.found.open_sums |= amount is None
                self.found.numbers += abs(amount or 0)
                self.found.back |= (amount or 0) < 0

    def number(self, node: ast.expr) -> int | None:
        """Return the value of a number that stands in the text, also by a name or as a sum of some."""
        match node:
            case ast.Constant(value=value) if type(value) is int:
                return value
            case ast.Name(id=name) if name not in self.locals:
                value = self.program.namespace.get(name)
                return value if type(value) is int else None
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.number(operand)
                return None if value is None else -value
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
                left, right = self.number(node.left), self.number(node.right)
                if left is None or right is None:
                    return None
                product = left * right
                sums = left + right if isinstance(node.op, ast.Add) else left - right
                return product if isinstance(node.op, ast.Mult) else sums
        return None

    def doubt(self, node: ast.expr) -> None:
        self.found.looked = True
        self.found.unsure.append(getattr(node, "lineno", 0))


def _loaded(target: ast.expr) -> ast.expr:
    """Return the value that an assignment to this would replace."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    return target


def _names(node: ast.expr) -> list[str]:
    return [part.id for part in nodes_below(node) if isinstance(part, ast.Name)]


def may_be_negative(trees: Iterable[ast.AST]) -> bool:
    """Tell whether some code could make a number below 0."""
    return any(
        isinstance(node, ast.Sub | ast.USub | ast.Invert) for tree in trees for node in nodes_below(tree)
    )
