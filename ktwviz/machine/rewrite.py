"""Rewrites stepped code so that every access to shared memory and every primitive is a `yield` of its own.

`if work.timer and timer_active(work.timer):` becomes, in outline:

    t1 = field(work, "timer"); pc = 1; t1 = yield t1            # a load
    if t1:
        t2 = field(work, "timer"); pc = 2; t2 = yield t2        # another load
        pc = 3; t1 = yield from enter(timer_active, t2)         # a call
    if t1: ...

So no value ever waits on Python's value stack across a yield: what a generator is, is told by `pc` and its locals.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from ktwviz.errors import SourceError, did_you_mean
from ktwviz.machine import subset
from ktwviz.machine.language import Primitive, Pure, Special, Stepped, parameters
from ktwviz.machine.subset import OUR_PREFIX
from ktwviz.machine.syntax import place_below
from ktwviz.values import dataclass, field

PC = f"{OUR_PREFIX}_pc"
FIELD, STORE, CALL, ENTER = (f"{OUR_PREFIX}_{word}" for word in ("field", "store", "call", "enter"))
BURN, ARITHMETIC, TUPLE, LEAVE = (f"{OUR_PREFIX}_{word}" for word in ("burn", "arithmetic", "tuple", "leave"))
CURRENT, COMPARE = f"{OUR_PREFIX}_current", f"{OUR_PREFIX}_compare"

LEAST_WEIGHT = 25
"""What a round of a loop and a call count at least, in statements."""
MOST_LEAVING = 256
"""Each way out of a function ends the lives of all its stack objects; so many ends are written out at most."""


@dataclass
class Rewritten:
    """A generator function as a syntax tree; `lines` gives the source line of every pc."""

    tree: ast.FunctionDef
    lines: dict[int, int] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def weight(statements: Sequence[ast.stmt]) -> int:
    """Return how many rewritten statements run at most when these are run once, the rounds of loops left out."""
    return sum(
        1 + (max(weight(node.body), weight(node.orelse)) if isinstance(node, ast.If) else 0)
        for node in statements
    )


def rewrite(function: Stepped, namespace: Mapping[str, object]) -> Rewritten:
    """Rewrite one function; names resolve to its own locals, then to the namespace. Raises SourceError."""
    return _Rewriter(function, namespace).function()


def _place(statement: ast.stmt, line: int) -> None:
    """Say which source line a statement comes from: an error in it is reported there."""
    statement.lineno = statement.end_lineno = line
    statement.col_offset = statement.end_col_offset = 0


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _call(helper: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_load(helper), list(arguments), [])


def _stack_objects(function: Stepped) -> list[str]:
    """Return the locals that a function puts on_stack(), in order."""
    if "on_stack" not in function.names:
        return []
    names: dict[str, None] = {}
    named: list[ast.AST | None] = []
    for node in function.nodes:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name):
            named.append(node.value)
            names |= {target.id: None} if _is_on_stack(node.value) else {}
        if _is_on_stack(node) and node not in named:
            raise subset.refuse(
                function.file, node, "on_stack() without a name", "write name = on_stack(Type)"
            )
    return list(names)


def _is_on_stack(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "on_stack"


class _Rewriter:
    def __init__(self, function: Stepped, namespace: Mapping[str, object]) -> None:
        self.stepped = function
        self.file = function.file
        self.namespace = namespace
        self.locals = function.own_names
        self.out: list[ast.stmt] = []
        self.temporaries = 0
        self.lines: dict[int, int] = {}
        self.line = function.tree.lineno
        self.on_stack = _stack_objects(function)
        ways_out = 1 + sum(isinstance(node, ast.Return) for node in function.nodes)
        if len(self.on_stack) * ways_out > MOST_LEAVING:
            found = f"{len(self.on_stack)} objects on_stack() and {ways_out} ways out of one function"
            raise subset.refuse(function.file, function.tree, found, "split the function")

    def function(self) -> Rewritten:
        tree = self.stepped.tree
        subset.check_signature(self.file, tree)
        for name in sorted(self.locals):
            subset.check_name(self.file, tree, name)
        body = self.block(tree.body)
        body += self.leaving(None)
        # an early return leaves objects alone that were never made
        body = [*(_assign(name, ast.Constant(None)) for name in self.on_stack), *body]
        # A generator even where no access is left: `yield` makes it one, and is never reached.
        body += [ast.Return(None), ast.Expr(ast.Yield(None))]
        arguments = ast.arguments(
            [], [ast.arg(argument.arg) for argument in tree.args.args], None, [], [], None, []
        )
        new = ast.FunctionDef(tree.name, arguments, [_assign(PC, ast.Constant(0)), *body], [], None)
        if hasattr(ast, "TypeAlias"):
            setattr(new, "type_params", [])  # noqa: B010  # Python 3.12 and newer want the field, 3.11 has none
        new.lineno = 1
        place_below(new)
        return Rewritten(new, self.lines, self.locals)

    # Statements -------------------------------------------------------------------------------------------------

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        outer, self.out = self.out, []
        for statement in statements:
            self.statement(statement)
        inner, self.out = self.out, outer
        return inner or [ast.Pass()]

    def statement(self, node: ast.stmt) -> None:
        self.line = node.lineno
        handler: Callable[[ast.stmt], None] | None = getattr(self, f"do_{type(node).__name__}", None)
        if handler is None:
            raise subset.refuse_node(self.file, node)
        before = len(self.out)
        handler(node)
        for emitted in self.out[before:]:
            _place(emitted, node.lineno)

    def do_Pass(self, node: ast.Pass) -> None:
        pass

    def do_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        self.expression(node.value)

    def do_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            raise subset.refuse(self.file, node, "chained assignment", "assign one by one")
        value = self.expression(node.value)
        self.assign(node.targets[0], value)

    def do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.do_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        subset.check_binary(self.file, node)
        target = node.target
        if isinstance(target, ast.Name):
            value = self.expression(node.value)
            self.assign(target, self.arithmetic(_load(target.id), node.op, value))
        elif isinstance(target, ast.Attribute):
            subset.check_name(self.file, target, target.attr)
            owner = self.keep(self.expression(target.value))
            old = self.load(owner, target.attr)
            value = self.arithmetic(old, node.op, self.expression(node.value))
            self.store(owner, target.attr, value)
        else:
            raise subset.refuse_node(self.file, target)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.out.append(_assign(target.id, value))
        elif isinstance(target, ast.Attribute):
            subset.check_name(self.file, target, target.attr)
            value = self.keep(value)
            self.store(self.expression(target.value), target.attr, value)
        else:
            raise subset.refuse_node(self.file, target)

    def store(self, owner: ast.expr, name: str, value: ast.expr) -> None:
        self.step(_call(STORE, owner, ast.Constant(name), value))

    def do_If(self, node: ast.If) -> None:
        test = self.expression(node.test)
        body = self.block(node.body)
        self.out.append(ast.If(test, body, self.block(node.orelse) if node.orelse else []))

    def do_While(self, node: ast.While) -> None:
        if node.orelse:
            raise subset.refuse(self.file, node, "while ... else", "put the code after the loop")
        outer, self.out = self.out, []
        test = self.expression(node.test)
        if not (isinstance(test, ast.Constant) and test.value):
            self.out.append(ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], []))
        body = self.out + self.block(node.body)
        body.insert(0, ast.Expr(_call(BURN, ast.Constant(max(weight(body), LEAST_WEIGHT)))))
        self.out = outer
        self.out.append(ast.While(ast.Constant(True), body, []))

    def do_Break(self, node: ast.Break) -> None:
        self.out.append(ast.Break())

    def do_Continue(self, node: ast.Continue) -> None:
        self.out.append(ast.Continue())

    def do_Return(self, node: ast.Return) -> None:
        value = self.expression(node.value) if node.value is not None else None
        self.out += self.leaving(value)
        self.out.append(ast.Return(value))

    def leaving(self, value: ast.expr | None) -> list[ast.stmt]:
        """Return the end of the lives of `x = on_stack(T)`: a step of its own before the function returns."""
        outer = self.out
        made: list[ast.stmt] = []
        for name in reversed(self.on_stack):
            self.out = []
            self.step(
                ast.Tuple([_load(CALL), _load(LEAVE), ast.Tuple([_load(name)], ast.Load())], ast.Load())
            )
            made.append(ast.If(_load(name), self.out, []))
        self.out = outer
        return made

    # Expressions ------------------------------------------------------------------------------------------------

    def expression(self, node: ast.expr) -> ast.expr:
        """Emit the steps of an expression; return what is left of it: an expression over locals alone."""
        handler: Callable[[ast.expr], ast.expr] | None = getattr(self, f"eval_{type(node).__name__}", None)
        if handler is None:
            raise subset.refuse_node(self.file, node)
        return handler(node)

    def eval_Constant(self, node: ast.Constant) -> ast.expr:
        subset.check_constant(self.file, node)
        return ast.Constant(node.value)

    def eval_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.locals:
            return _load(node.id)
        subset.check_name(self.file, node, node.id)
        if node.id not in self.namespace:
            hint = did_you_mean(node.id, [*self.locals, *self.namespace])
            raise SourceError(
                self.file, node.lineno, f"{node.id!r} is defined neither here nor in the kernel{hint or ''}"
            )
        if isinstance(self.namespace[node.id], Special):
            return self.special(node.id)
        if isinstance(self.namespace[node.id], Pure):
            raise subset.refuse(
                self.file, node, f"pointer to {node.id}()", "call it; it is a macro and has no address"
            )
        return _load(node.id)

    def special(self, name: str) -> ast.expr:
        if name == "current":
            return _call(CURRENT)
        return self.load(_load(f"{OUR_PREFIX}_clock"), name)

    def eval_Attribute(self, node: ast.Attribute) -> ast.expr:
        subset.check_name(self.file, node, node.attr)
        return self.load(self.expression(node.value), node.attr)

    def load(self, owner: ast.expr, name: str) -> ast.expr:
        result = self.temporary()
        self.out.append(_assign(result, _call(FIELD, owner, ast.Constant(name))))
        is_step = ast.Compare(
            ast.Attribute(_load(result), "__class__", ast.Load()), [ast.Is()], [_load(TUPLE)]
        )
        self.out.append(ast.If(is_step, [*self.at_step(), self.yielding(result, _load(result))], []))
        return _load(result)

    def eval_Call(self, node: ast.Call) -> ast.expr:
        if node.keywords:
            raise subset.refuse(self.file, node, "keyword argument", "pass the arguments by position")
        callee = self.callee(node)
        arguments = [self.keep(self.expression(argument)) for argument in node.args]
        named = node.func.id if isinstance(node.func, ast.Name) else ""
        known = None if named in self.locals else self.namespace.get(named)
        if isinstance(known, Pure):
            return self.keep(ast.Call(callee, arguments, []))
        if isinstance(known, Primitive):
            return self.step(ast.Tuple([_load(CALL), callee, ast.Tuple(arguments, ast.Load())], ast.Load()))
        result = self.temporary()
        self.out += self.at_step()
        self.out.append(self.yielding(result, _call(ENTER, callee, *arguments), whole_call=True))
        return _load(result)

    def callee(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Name) and function.id not in self.locals:
            known = self.namespace.get(function.id)
            if function.id in self.namespace and not isinstance(known, Stepped | Primitive | Pure):
                raise SourceError(self.file, node.lineno, f"{function.id!r} is not a function")
            self.check_argument_count(node, function.id, known)
            if isinstance(known, Pure):
                return _load(function.id)
        return self.keep(self.expression(function))

    def check_argument_count(self, node: ast.Call, name: str, known: object) -> None:
        if not isinstance(known, Stepped | Primitive | Pure):
            return
        wanted = parameters(known)
        if len(node.args) != len(wanted):
            raise SourceError(
                self.file,
                node.lineno,
                f"{name}() takes {len(wanted)} ({', '.join(wanted) or 'nothing'}), {len(node.args)} given",
            )

    def eval_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        result = self.temporary()
        outer, chain = self.out, []
        for value in node.values:
            self.out = []
            left = self.expression(value)
            self.out.append(_assign(result, left))
            chain.append(self.out)
        self.out = outer
        body = chain[-1]
        for part in reversed(chain[:-1]):
            test: ast.expr = _load(result)
            if isinstance(node.op, ast.Or):
                test = ast.UnaryOp(ast.Not(), test)
            body = [*part, ast.If(test, body, [])]
        self.out += body
        return _load(result)

    def eval_IfExp(self, node: ast.IfExp) -> ast.expr:
        result = self.temporary()
        test = self.expression(node.test)
        outer = self.out
        branches = []
        for value in (node.body, node.orelse):
            self.out = []
            self.out.append(_assign(result, self.expression(value)))
            branches.append(self.out)
        self.out = outer
        self.out.append(ast.If(test, branches[0], branches[1]))
        return _load(result)

    def eval_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.UAdd):
            raise subset.refuse(self.file, node, "unary +", "leave it out")
        return ast.UnaryOp(node.op, self.expression(node.operand))

    def eval_BinOp(self, node: ast.BinOp) -> ast.expr:
        subset.check_binary(self.file, node)
        left = self.expression(node.left)
        return self.arithmetic(left, node.op, self.expression(node.right))

    def arithmetic(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
        return self.keep(_call(ARITHMETIC, ast.Constant(type(operator).__name__), left, right))

    def eval_Compare(self, node: ast.Compare) -> ast.expr:
        subset.check_compare(self.file, node)
        if len(node.ops) > 1:
            raise subset.refuse(self.file, node, "chained comparison", "write a < b and b < c")
        left = self.expression(node.left)
        # `is` means the same as `==` for words; on Python's own ints it would depend on the interpreter.
        same = {ast.Is: ast.Eq, ast.IsNot: ast.NotEq}
        operator = same.get(type(node.ops[0]), type(node.ops[0]))()
        right = self.expression(node.comparators[0])
        if (isinstance(left, ast.Constant) and left.value is None) or (
            isinstance(right, ast.Constant) and right.value is None
        ):
            return ast.Compare(left, [operator], [right])
        return self.keep(_call(COMPARE, ast.Constant(type(operator).__name__), left, right))

    # Steps ------------------------------------------------------------------------------------------------------

    def step(self, effect: ast.expr) -> ast.expr:
        """Emit one atomic step that yields `effect`; return the name that holds its result."""
        result = self.temporary()
        self.out.append(_assign(result, effect))
        self.out += self.at_step()
        self.out.append(self.yielding(result, _load(result)))
        return _load(result)

    def at_step(self) -> list[ast.stmt]:
        pc = len(self.lines) + 1
        self.lines[pc] = self.line
        return [_assign(PC, ast.Constant(pc))]

    def yielding(self, result: str, effect: ast.expr, *, whole_call: bool = False) -> ast.stmt:
        value = ast.YieldFrom(effect) if whole_call else ast.Yield(effect)
        statement = _assign(result, value)
        statement.ktw_pc = len(self.lines)  # type: ignore[attr-defined]  # read by liveness.py
        return statement

    def keep(self, value: ast.expr) -> ast.expr:
        """Give a value that is more than a name a name, so that later steps cannot change it."""
        if isinstance(value, ast.Name | ast.Constant):
            return value
        name = self.temporary()
        self.out.append(_assign(name, value))
        return _load(name)

    def temporary(self) -> str:
        self.temporaries += 1
        return f"{OUR_PREFIX}_{self.temporaries}"
