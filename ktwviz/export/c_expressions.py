"""Expressions and simple statements of stepped code in C syntax."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from ktwviz.export.c_types import (
    BOOL,
    INT,
    LONG,
    UNKNOWN,
    UNSIGNED_LONG,
    CType,
    field_type,
    returned_type,
    struct_name,
    to_struct,
)
from ktwviz.machine.structs import Struct

_SIGNS: dict[type[ast.AST], tuple[str, int]] = {
    ast.BitOr: ("|", 3),
    ast.BitXor: ("^", 4),
    ast.BitAnd: ("&", 5),
    ast.Eq: ("==", 6),
    ast.Is: ("==", 6),
    ast.NotEq: ("!=", 6),
    ast.IsNot: ("!=", 6),
    ast.Lt: ("<", 7),
    ast.LtE: ("<=", 7),
    ast.Gt: (">", 7),
    ast.GtE: (">=", 7),
    ast.LShift: ("<<", 8),
    ast.RShift: (">>", 8),
    ast.Add: ("+", 9),
    ast.Sub: ("-", 9),
    ast.Mult: ("*", 10),
    ast.FloorDiv: ("/", 10),
    ast.Mod: ("%", 10),
}
_CHOICE, _OR, _AND, _UNARY, _POSTFIX = 0, 1, 2, 11, 12
_OUT_CALLS = ("_irqsave", "local_irq_save")


class Expressions:
    """Prints expressions; `types` are those of the locals, `names` what the kernel and the scenario define."""

    def __init__(self, types: Mapping[str, CType], names: Mapping[str, Any]) -> None:
        self.types = types
        self.names = names

    # Types --------------------------------------------------------------------------------------------------------

    def type_of(self, node: ast.expr) -> CType:
        """Return the type of an expression, as far as it is known."""
        tellers: dict[type[ast.expr], Callable[[Any], CType]] = {
            ast.Constant: lambda node: {bool: BOOL, int: INT}.get(type(node.value), UNKNOWN),
            ast.Name: lambda node: self._of_name(node.id),
            ast.Attribute: self._of_field,
            ast.Call: self._of_call,
            ast.BoolOp: lambda node: BOOL,
            ast.Compare: lambda node: BOOL,
            ast.UnaryOp: lambda node: BOOL if isinstance(node.op, ast.Not) else INT,
            ast.BinOp: self._of_arithmetic,
            ast.IfExp: lambda node: self.type_of(node.body),
        }
        teller = tellers.get(type(node))
        return teller(node) if teller else UNKNOWN

    def _of_field(self, node: ast.Attribute) -> CType:
        owner = self.type_of(node.value)
        return field_type(owner.struct, node.attr) if owner.struct else UNKNOWN

    def _of_arithmetic(self, node: ast.BinOp) -> CType:
        return next((kind for kind in map(self.type_of, (node.left, node.right)) if kind.known), INT)

    def _of_name(self, name: str) -> CType:
        found = self.types.get(name, self.names.get(name))
        if isinstance(found, CType):
            return found
        return {"current": to_struct("TaskStruct", self.names), "jiffies": LONG}.get(name, UNKNOWN)

    def _of_call(self, call: ast.Call) -> CType:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        struct = next((kind for kind in map(self._struct, call.args) if kind is not None), None)
        if struct is not None and name in ("kzalloc", "container_of"):
            return CType("pointer", struct)
        if struct is not None and name == "on_stack":
            return CType("value", struct)
        return returned_type(self.names.get(name), self.names)

    def stored(self, kind: CType, name: str, tree: ast.AST) -> CType:
        """Return the type of a local that an embedded struct is assigned to: a pointer, unless it is on the stack."""
        on_stack = any(
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
            and isinstance(node.value, ast.Call)
            for node in ast.walk(tree)
        )
        return kind if on_stack or kind.kind != "value" else CType("pointer", kind.struct)

    def _struct(self, node: ast.expr) -> type[Struct] | None:
        found = self.names.get(node.id) if isinstance(node, ast.Name) else None
        return found if isinstance(found, type) and issubclass(found, Struct) else None

    # Statements ---------------------------------------------------------------------------------------------------

    def is_out_call(self, statement: ast.stmt) -> bool:
        """Tell whether the C of an assignment is a macro that writes to its last argument."""
        value = statement.value if isinstance(statement, ast.Assign) else None
        name = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        return name.endswith(_OUT_CALLS)

    def statement(self, statement: ast.stmt) -> str:
        """Return a simple statement with its semicolon."""
        if isinstance(statement, ast.Return):
            return f"return {self.value(statement.value)};" if statement.value else "return;"
        if isinstance(statement, ast.Assign):
            return self._assignment(statement)
        if isinstance(statement, ast.AugAssign):
            sign = _SIGNS.get(type(statement.op), ("?", 0))[0]
            if _is_one(statement.value) and sign in "+-":
                return f"{self.plain(statement.target)}{sign * 2};"
            return f"{self.plain(statement.target)} {sign}= {self.value(statement.value)};"
        if isinstance(statement, ast.Expr):
            return self._expression_statement(statement.value)
        words = {ast.Break: "break;", ast.Continue: "continue;", ast.Pass: ";"}
        return words.get(type(statement)) or f"/* {ast.unparse(statement)} */"

    def _expression_statement(self, node: ast.expr) -> str:
        """Return a call; a static initialiser becomes the assignment that it is in C at run time."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("_INIT"):
            kind = self.type_of(node.args[0]) if node.args else UNKNOWN
            if kind.kind == "value" and kind.struct is not None:
                what = self.plain(node.args[0])
                arguments = ", ".join([what, *map(self.value, node.args[1:])])
                return f"{what} = ({struct_name(kind.struct)}){node.func.id}({arguments});"
        return f"{self.plain(node)};"

    def _assignment(self, statement: ast.Assign) -> str:
        target = statement.targets[0]
        left = self.plain(target)
        if self.is_out_call(statement) and isinstance(statement.value, ast.Call):
            arguments = [*map(self.value, statement.value.args), left]
            return f"{self.plain(statement.value.func)}({', '.join(arguments)});"
        value = statement.value
        by_one = (
            isinstance(value, ast.BinOp)
            and _is_one(value.right)
            and ast.unparse(value.left) == ast.unparse(target)
        )
        if by_one and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
            return f"{left}{'++' if isinstance(value.op, ast.Add) else '--'};"
        return f"{left} = {self._fitting(value, self.type_of(target), left)};"

    def assigned(self, name: str, value: ast.expr) -> str:
        """Return the value that a declaration gives to a local."""
        return self._fitting(value, self.types.get(name, UNKNOWN), name)

    def _fitting(self, value: ast.expr, wanted: CType, target: str) -> str:
        """Return a value as it is assigned or compared: what C keeps as a number is cast."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "kzalloc":
            return f"kzalloc(sizeof(*{target}), GFP_KERNEL)"
        pointer = self.type_of(value).kind == "pointer"
        cast = "(unsigned long)" if wanted == LONG and pointer else ""
        return cast + self.value(value)

    # Expressions --------------------------------------------------------------------------------------------------

    def condition(self, node: ast.expr) -> str:
        """Return what stands between the parentheses of an if."""
        return self.value(node)

    def value(self, node: ast.expr) -> str:
        """Return an expression as it is handed on: of an embedded struct, the address."""
        return self._value(node)[0]

    def plain(self, node: ast.expr) -> str:
        """Return an expression itself."""
        return self._print(node)[0]

    def _value(self, node: ast.expr) -> tuple[str, int]:
        if self.type_of(node).kind == "value" and isinstance(node, ast.Name | ast.Attribute):
            return f"&{self._at(node, _POSTFIX)}", _UNARY
        return self._print(node)

    def _at(self, node: ast.expr, least: int) -> str:
        text, strength = self._print(node)
        return text if strength >= least else f"({text})"

    def _value_at(self, node: ast.expr, least: int) -> str:
        text, strength = self._value(node)
        return text if strength >= least else f"({text})"

    def _print(self, node: ast.expr) -> tuple[str, int]:
        """Return an expression and how strongly it holds together."""
        printers: dict[type[ast.expr], Callable[[Any], tuple[str, int]]] = {
            ast.Constant: lambda node: (_constant(node.value), _POSTFIX),
            ast.Name: lambda node: self._name(node.id),
            ast.Attribute: self._field,
            ast.Call: self._call,
            ast.BoolOp: self._and_or,
            ast.UnaryOp: self._unary,
            ast.Compare: self._compare,
            ast.BinOp: self._arithmetic,
            ast.IfExp: self._either,
        }
        printer = printers.get(type(node))
        return printer(node) if printer else (ast.unparse(node), _CHOICE)

    def _field(self, node: ast.Attribute) -> tuple[str, int]:
        arrow = "." if self.type_of(node.value).kind == "value" else "->"
        return f"{self._at(node.value, _POSTFIX)}{arrow}{node.attr}", _POSTFIX

    def _arithmetic(self, node: ast.BinOp) -> tuple[str, int]:
        sign, strength = _SIGNS.get(type(node.op), ("?", 0))
        return (
            f"{self._value_at(node.left, strength)} {sign} {self._value_at(node.right, strength + 1)}",
            strength,
        )

    def _either(self, node: ast.IfExp) -> tuple[str, int]:
        test, then, otherwise = (self._value_at(part, _OR) for part in (node.test, node.body, node.orelse))
        return f"{test} ? {then} : {otherwise}", _CHOICE

    def _name(self, name: str) -> tuple[str, int]:
        kind = self.types.get(name)
        if name in UNSIGNED_LONG and kind is not None and kind.kind == "pointer" and kind.struct is not None:
            return f"({struct_name(kind.struct)} *){name}", _UNARY
        struct = self._struct(ast.Name(name))
        return (struct_name(struct) if struct else name), _POSTFIX

    def _call(self, call: ast.Call) -> tuple[str, int]:
        arguments = [self.value(argument) for argument in call.args]
        if isinstance(call.func, ast.Name) and call.func.id == "container_of":
            arguments[2:] = [
                str(part.value) if isinstance(part, ast.Constant) else self.value(part)
                for part in call.args[2:]
            ]
        if isinstance(call.func, ast.Name) and call.func.id == "kzalloc":
            arguments = [f"sizeof({arguments[0]})", "GFP_KERNEL"] if arguments else []
        return f"{self._at(call.func, _POSTFIX)}({', '.join(arguments)})", _POSTFIX

    def _and_or(self, node: ast.BoolOp) -> tuple[str, int]:
        sign, strength = ("&&", _AND) if isinstance(node.op, ast.And) else ("||", _OR)
        # an && inside an || has parentheses too: compilers ask for them
        parts = [self._value_at(part, strength + 1 if sign == "&&" else _AND + 1) for part in node.values]
        return f" {sign} ".join(parts), strength

    def _unary(self, node: ast.UnaryOp) -> tuple[str, int]:
        sign = {ast.Not: "!", ast.USub: "-", ast.Invert: "~", ast.UAdd: "+"}[type(node.op)]
        return sign + self._value_at(node.operand, _UNARY), _UNARY

    def _compare(self, node: ast.Compare) -> tuple[str, int]:
        operands = [node.left, *node.comparators]
        parts = []
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            sign, strength = _SIGNS[type(operator)]
            wanted = self.type_of(left)
            other = (
                self._fitting(right, wanted, "") if wanted == LONG else self._value_at(right, strength + 1)
            )
            parts.append(f"{self._value_at(left, strength)} {sign} {other}")
        if len(parts) == 1:
            return parts[0], _SIGNS[type(node.ops[0])][1]
        return " && ".join(parts), _AND


def _constant(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return str(value)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and not isinstance(node.value, bool)
