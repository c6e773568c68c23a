"""What stepped code may contain, and the one clear error for everything else."""

import ast

from ktwviz.errors import SourceError

OUR_PREFIX = "__ktw"

_INSTEAD: dict[type[ast.AST], tuple[str, str]] = {
    ast.For: ("a for loop", "write a while loop"),
    ast.AsyncFor: ("async for", "write a while loop"),
    ast.With: ("a with block", "call the lock and unlock functions themselves"),
    ast.AsyncWith: ("async with", "call the functions themselves"),
    ast.Try: ("try", "test for the error value and return early"),
    ast.TryStar: ("try", "test for the error value and return early"),
    ast.Raise: ("raise", "use BUG_ON(condition), or return an error value"),
    ast.Lambda: ("a lambda", "write a function of its own and name it"),
    ast.ListComp: ("a comprehension", "write a while loop"),
    ast.SetComp: ("a comprehension", "write a while loop"),
    ast.DictComp: ("a comprehension", "write a while loop"),
    ast.GeneratorExp: ("a generator expression", "write a while loop"),
    ast.List: ("a list", "use struct list_head, or several variables"),
    ast.Tuple: ("a tuple", "use one variable for each value"),
    ast.Dict: ("a dictionary", "use a struct with fields"),
    ast.Set: ("a set", "use a struct with fields"),
    ast.Subscript: ("an index", "use a field of a struct"),
    ast.Import: ("an import", "use only what the kernel modules and the scenario define"),
    ast.ImportFrom: ("an import", "use only what the kernel modules and the scenario define"),
    ast.ClassDef: ("a class inside a function", "use the structs that the kernel defines"),
    ast.FunctionDef: ("a function inside a function", "move it to the top level"),
    ast.AsyncFunctionDef: ("an async function", "write a plain function"),
    ast.Global: ("global", "keep shared values in a struct; objects of the scenario are visible by name"),
    ast.Nonlocal: ("nonlocal", "keep shared values in a struct"),
    ast.Delete: ("del", "leave it out: a local that is no longer used costs nothing"),
    ast.Assert: ("assert", "use WARN_ON_ONCE(condition) or BUG_ON(condition)"),
    ast.Yield: ("yield", "leave it out: every access is a step already"),
    ast.YieldFrom: ("yield", "leave it out: every access is a step already"),
    ast.Await: ("await", "leave it out: every access is a step already"),
    ast.NamedExpr: (":=", "write the assignment as a line of its own"),
    ast.JoinedStr: ("an f-string", "use a plain string"),
    ast.Starred: ("*", "write the arguments one by one"),
    ast.Match: ("match", "write if and else"),
}

_BINARY = (
    ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift,
)  # fmt: skip
_COMPARE = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot)
_CONSTANTS = (int, str, bool, type(None))


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
