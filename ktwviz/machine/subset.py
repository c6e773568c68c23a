"""What stepped code may contain, and the one clear error for everything else."""

from __future__ import annotations

import ast
from typing import Literal

from ktwviz.errors import SourceError
from ktwviz.machine.syntax import children, parse, parse_expression

OUR_PREFIX = "__ktw"
DEEPEST = 80
"""Levels of syntax inside one another at most: what walks a syntax tree calls itself once or twice a level."""

_INSTEAD: dict[type[ast.AST], tuple[str, str]] = {
    ast.For: ("for loop", "write a while loop"),
    ast.AsyncFor: ("async for", "write a while loop"),
    ast.With: ("with block", "call the lock and unlock functions themselves"),
    ast.AsyncWith: ("async with", "call the functions themselves"),
    ast.Try: ("try", "test for the error value and return early"),
    ast.TryStar: ("try", "test for the error value and return early"),
    ast.Raise: ("raise", "use BUG_ON(condition), or return an error value"),
    ast.Lambda: ("lambda", "write a function of its own and name it"),
    ast.ListComp: ("comprehension", "write a while loop"),
    ast.SetComp: ("comprehension", "write a while loop"),
    ast.DictComp: ("comprehension", "write a while loop"),
    ast.GeneratorExp: ("generator expression", "write a while loop"),
    ast.List: ("list", "use struct list_head, or several variables"),
    ast.Tuple: ("tuple", "use one variable for each value"),
    ast.Dict: ("dictionary", "use a struct with fields"),
    ast.Set: ("set", "use a struct with fields"),
    ast.Subscript: ("index", "use a field of a struct"),
    ast.Import: ("import", "use only what the kernel modules and the scenario define"),
    ast.ImportFrom: ("import", "use only what the kernel modules and the scenario define"),
    ast.ClassDef: ("class inside a function", "use the structs that the kernel defines"),
    ast.FunctionDef: ("function inside a function", "move it to the top level"),
    ast.AsyncFunctionDef: ("async function", "write a plain function"),
    ast.Global: ("global", "keep shared values in a struct; objects of the scenario are visible by name"),
    ast.Nonlocal: ("nonlocal", "keep shared values in a struct"),
    ast.Delete: ("del", "leave it out: a local that is no longer used costs nothing"),
    ast.Assert: ("assert", "use WARN_ON_ONCE(condition) or BUG_ON(condition)"),
    ast.Yield: ("yield", "leave it out: every access is a step already"),
    ast.YieldFrom: ("yield from", "leave it out: every access is a step already"),
    ast.Await: ("await", "leave it out: every access is a step already"),
    ast.NamedExpr: ("assignment inside an expression (:=)", "write the assignment as a line of its own"),
    ast.JoinedStr: ("f-string", "use a plain string"),
    ast.Starred: ("argument list (*)", "write the arguments one by one"),
    ast.Match: ("match", "write if and else"),
}

_BINARY = (
    ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift,
)  # fmt: skip
_COMPARE = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot)
LONGEST_TEXT = 200
_CONSTANTS = (int, str, bool, type(None))


def parse_code(
    text: str, file: str, line: int, what: str, mode: Literal["exec", "eval"] = "exec"
) -> ast.Module | ast.Expression:
    """Return the syntax tree of a stranger's text that begins at a line of a file; its lines are those of the file.

    `what` says in the error what the text is. Raises SourceError, also for what Python's own parser cannot stand.
    """
    placed = "\n" * (line - 1) + text
    try:
        tree = parse(placed) if mode == "exec" else parse_expression(placed)
    except SyntaxError as error:
        at = max(error.lineno or line, line)
        tabbed = _tab_before(text, at - line) if isinstance(error, IndentationError) else -1
        if tabbed >= 0:
            raise SourceError(
                file, line + tabbed, f"{what} is indented with a tab here: use spaces"
            ) from None
        column = f", at column {error.offset}" if error.offset else ""
        raise SourceError(file, at, f"{what} is no valid Python: {error.msg}{column}") from None
    except ValueError as error:
        raise SourceError(file, line, f"{what} is no valid Python: {error}") from None
    except (RecursionError, MemoryError):
        raise _too_deep(file, line) from None
    _check_depth(file, tree, line)
    return tree


def _tab_before(text: str, at: int) -> int:
    """Return the row of code at or before an error that begins with a tab, -1 if neither does."""
    rows = [(number, row) for number, row in enumerate(text.split("\n")[: at + 1]) if row.strip()]
    return next((number for number, row in rows[-2:] if "\t" in row[: len(row) - len(row.lstrip())]), -1)


def _check_depth(file: str, tree: ast.AST, line: int) -> None:
    waiting = [(tree, 0, line)]
    while waiting:
        node, depth, at = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep(file, at)
        below = children(node)
        if below:
            at = getattr(node, "lineno", at)
            # the operands of one `and` are rewritten to an if inside an if, and so on
            inside = depth + (len(node.values) if isinstance(node, ast.BoolOp) else 1)
            waiting += [(child, inside, at) for child in below]


def _too_deep(file: str, line: int) -> SourceError:
    return SourceError(
        file,
        line,
        f"code is nested deeper than {DEEPEST} levels: write it with several variables or functions",
    )


def refuse(file: str, node: ast.AST, found: str, instead: str) -> SourceError:
    """Return the error for code that the subset does not have."""
    return SourceError(file, getattr(node, "lineno", 0), f"stepped code has no {found}: {instead}")


def refuse_node(file: str, node: ast.AST) -> SourceError:
    """Return the error for a syntax node that stepped code does not have."""
    found, instead = _INSTEAD.get(
        type(node), (type(node).__name__, "write it with assignments, if, while, calls and fields")
    )
    return refuse(file, node, found, instead)


def check_name(file: str, node: ast.AST, name: str) -> None:
    """Refuse names that would reach into Python itself."""
    if name.startswith(OUR_PREFIX):
        raise refuse(file, node, f"name that starts with {OUR_PREFIX!r}", "choose another name")
    if name.startswith("__") and name.endswith("__"):
        raise refuse(file, node, f"dunder name ({name})", "use the fields that the struct declares")


def check_constant(file: str, node: ast.Constant) -> None:
    """Refuse constants that no word of memory can hold."""
    if not isinstance(node.value, _CONSTANTS):
        raise refuse(
            file, node, f"{type(node.value).__name__} constant", "use whole numbers, True, False or None"
        )
    if isinstance(node.value, str) and len(node.value) > LONGEST_TEXT:
        raise refuse(file, node, f"text of more than {LONGEST_TEXT} characters", "names are shorter")
    if isinstance(node.value, int) and not -(2**63) <= node.value < 2**64:
        raise refuse(file, node, "number above 64 bits", "one word holds 64 bits")


def check_binary(file: str, node: ast.BinOp | ast.AugAssign) -> None:
    """Refuse operators that a word does not have."""
    if not isinstance(node.op, _BINARY):
        raise refuse(file, node, f"operator {type(node.op).__name__}", "use + - * // % & | ^ << >>")


def check_compare(file: str, node: ast.Compare) -> None:
    """Refuse comparisons that stepped code does not have; `is` compares with None only, as == does for the rest."""
    for operator in node.ops:
        if not isinstance(operator, _COMPARE):
            raise refuse(file, node, "'in'", "compare with == one by one")


def check_signature(file: str, node: ast.FunctionDef) -> None:
    """Refuse everything in a signature but plain positional parameters."""
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        raise refuse(file, node, "* in a signature", "name the parameters one by one")
    if arguments.defaults:
        raise refuse(file, node, "default value for a parameter", "pass the value at every call")
    for argument in arguments.args:
        check_name(file, argument, argument.arg)
