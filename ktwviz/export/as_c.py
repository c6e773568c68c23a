"""A stepped function in C syntax, line for line, printed from its own syntax tree.

Every line of the source becomes one line of C with the same number, so a mark on the one is a mark on the other.
What C needs beyond that has no number: closing braces, and declarations that have no line of their own. A statement
over several lines is one line of C, with the number of its first.

What does not belong here: colours, and the choice of lines that fit on a screen.
"""

import ast
import io
import textwrap
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ktwviz.export.c_expressions import Expressions
from ktwviz.export.c_types import UNKNOWN, UNSIGNED_LONG, VOID, CType, annotated, parameter_type
from ktwviz.machine.language import Stepped
from ktwviz.machine.structs import Struct
from ktwviz.machine.syntax import parse
from ktwviz.values import dataclass


@dataclass(frozen=True)
class CLine:
    """One line of C; `number` is the line of the source file that it stands for, None where it stands for none."""

    number: int | None
    text: str


def as_c(
    function: Stepped, names: Mapping[str, Any], objects: Iterable[tuple[str, str]] = ()
) -> tuple[CLine, ...]:
    """Return a stepped function in C syntax.

    `names` are those of its kernel, for the types; `objects` are variables of the scenario with the names of their
    structs.
    """
    known = {**names, **dict(_variables(objects, names))}
    return _lines(function.tree, function.source, function.tree.lineno, known)


def text_as_c(
    source: Sequence[str], first_line: int, names: Mapping[str, Any], objects: Iterable[tuple[str, str]] = ()
) -> tuple[CLine, ...]:
    """Return the text of one stepped function in C syntax, as `as_c` does; its first line has the number `first_line`.

    Raises SyntaxError for a text that is no function.
    """
    module = parse(textwrap.dedent("\n".join(source)))
    tree = next((node for node in module.body if isinstance(node, ast.FunctionDef)), None)
    if tree is None:
        raise SyntaxError("there is no function in this text")
    ast.increment_lineno(module, first_line - 1)
    return _lines(tree, source, first_line, {**names, **dict(_variables(objects, names))})


def c_number(lines: Iterable[CLine], number: int) -> int:
    """Return the number of the C line that stands for a source line: its own, or that of the statement it is in."""
    return max(
        (line.number for line in lines if line.number is not None and line.number <= number), default=number
    )


def _variables(objects: Iterable[tuple[str, str]], names: Mapping[str, Any]) -> Iterable[tuple[str, CType]]:
    for name, struct in objects:
        kind = names.get(struct)
        if isinstance(kind, type) and issubclass(kind, Struct):
            yield name, CType("value", kind)


def _lines(
    tree: ast.FunctionDef, source: Sequence[str], first_line: int, names: Mapping[str, Any]
) -> tuple[CLine, ...]:
    printer = _Printer(tree, source, first_line, names)
    printer.function()
    return tuple(printer.lines)


class _Printer:
    """Walks the tree and the lines of the text side by side; `next` is the first line not yet printed."""

    def __init__(
        self, tree: ast.FunctionDef, source: Sequence[str], first_line: int, names: Mapping[str, Any]
    ) -> None:
        self.tree = tree
        self.source = source
        self.first_line = first_line
        self.next = tree.lineno
        self.comments = _comments(source, first_line)
        self.indent = len(source[0]) - len(source[0].lstrip()) if source else 0
        self.types: dict[str, CType] = {
            argument.arg: parameter_type(argument, names) for argument in tree.args.args
        }
        self.names = names
        self.print = Expressions(self.types, names)
        self.lines: list[CLine] = []

    # The function -------------------------------------------------------------------------------------------------

    def function(self) -> None:
        self.put(self.next, 0, self.head())
        self.next = self.after_head()
        self.free(0, "{")
        body = list(self.tree.body)
        if body and _is_docstring(body[0]):
            self.docstring(body.pop(0))
        leading = self.leading(body)
        for statement in body[:leading]:
            self.declaration(statement)
        self.other_declarations(body, leading)
        self.statements(body[leading:], 1)
        self.rest(1)
        self.free(0, "}")

    def head(self) -> str:
        returns = annotated(self.tree.returns, self.names) if self.tree.returns else self.inferred_return()
        parameters = [
            (_parameter(argument.arg, self.types[argument.arg])) for argument in self.tree.args.args
        ]
        return returns.declare(f"{self.tree.name}({', '.join(parameters) or 'void'})")

    def inferred_return(self) -> CType:
        """Return the type of the first value that is returned; void where none is."""
        returned = [node.value for node in ast.walk(self.tree) if isinstance(node, ast.Return) and node.value]
        return self.print.type_of(returned[0]) if returned else VOID

    def after_head(self) -> int:
        """Return the first line below the signature, which may have several."""
        signature = [argument.lineno for argument in self.tree.args.args]
        last = max([self.tree.lineno, *signature, getattr(self.tree.returns, "lineno", 0)])
        while last < self.first_line + len(self.source) - 1 and not _code(self.text_of(last)).endswith(":"):
            last += 1
        return last + 1

    def docstring(self, statement: ast.stmt) -> None:
        value = getattr(statement, "value", None)
        text = str(getattr(value, "value", "")).replace("*/", "* /").splitlines() or [""]
        count = (statement.end_lineno or statement.lineno) - statement.lineno + 1
        for number in range(count):
            said = text[number].strip() if number < len(text) else ""
            start = "/* " if number == 0 else " * " if said else " *"
            end = " */" if number == count - 1 else ""
            if end and count > 1 and not said:
                start, end = "", " */"
            self.put(statement.lineno + number, 1, f"{start}{said}{end}".rstrip())
        self.next = statement.lineno + count

    # Declarations -------------------------------------------------------------------------------------------------

    def leading(self, body: list[ast.stmt]) -> int:
        """Return how many statements at the start of the body each bring a new local to life, and no more."""
        count = 0
        seen = set(self.types)
        for statement in body:
            target = _target(statement)
            if target is None or target in seen or self.print.is_out_call(statement):
                return count
            seen.add(target)
            count += 1
        return count

    def declaration(self, statement: ast.stmt) -> None:
        self.flush(statement.lineno, 1)
        name, value = _target(statement), getattr(statement, "value", None)
        assert name is not None and value is not None
        self.types[name] = self.local_type(name)
        declared = self.types[name].declare(name)
        if self.types[name].kind == "value":
            self.statement_line(statement, 1, f"{declared};")
        else:
            self.statement_line(statement, 1, f"{declared} = {self.print.assigned(name, value)};")

    def other_declarations(self, body: list[ast.stmt], leading: int) -> None:
        """Declare the locals that are assigned later: in C they stand at the top."""
        found = list(self.late_locals(body[leading:]))
        for name in found:
            self.types[name] = self.local_type(name)
            self.free(1, f"{self.types[name].declare(name)};")
        if found and self.next <= self.last_line and self.text_of(self.next).strip():
            self.free(0, "")

    def late_locals(self, body: list[ast.stmt]) -> list[str]:
        targets = (
            _target(node) for statement in body for node in ast.walk(statement) if isinstance(node, ast.stmt)
        )
        return [name for name in dict.fromkeys(targets) if name is not None and name not in self.types]

    def local_type(self, name: str) -> CType:
        """Return the type of a local: of the first value given to it that tells one."""
        if name in UNSIGNED_LONG:
            return CType("scalar", scalar="unsigned long")
        found = [
            self.print.type_of(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign) and _target(node) == name
        ]
        known = next((kind for kind in found if kind.known and kind.kind != "value"), None)
        if known is not None or not found:
            return known or UNKNOWN
        # an embedded struct is handed on by its address; one on the stack is declared itself
        return self.print.stored(found[0], name, self.tree)

    # Statements ---------------------------------------------------------------------------------------------------

    def statements(self, body: list[ast.stmt], depth: int) -> None:
        for statement in body:
            self.flush(statement.lineno, depth)
            if isinstance(statement, ast.If):
                self.condition(statement, depth, "if")
            elif isinstance(statement, ast.While):
                self.loop(statement, depth)
            else:
                self.statement_line(statement, depth, self.print.statement(statement))

    def condition(self, statement: ast.If, depth: int, word: str, *, inside: bool = False) -> None:
        """Print an if; `inside` a chain of else ifs of which some branch has braces, it has them too."""
        braces = inside or self.needs_braces(statement)
        opening = " {" if braces else ""
        self.header(
            statement, statement.test, depth, f"{word} ({self.print.condition(statement.test)}){opening}"
        )
        self.block(statement.body, depth + 1)
        other = statement.orelse
        closing = "} " if braces else ""
        if not other:
            if braces:
                self.free(depth, "}")
        elif len(other) == 1 and isinstance(other[0], ast.If) and self.is_elif(other[0]):
            self.condition(other[0], depth, f"{closing}else if", inside=braces)
        else:
            self.put_else(other[0].lineno, depth, f"{closing}else{opening}")
            self.block(other, depth + 1)
            if braces:
                self.free(depth, "}")

    def loop(self, statement: ast.While, depth: int) -> None:
        for_ever = isinstance(statement.test, ast.Constant) and statement.test.value is True
        word = "for (;;)" if for_ever else f"while ({self.print.condition(statement.test)})"
        braces = _long(statement.body)
        self.header(statement, statement.test, depth, word + (" {" if braces else ""))
        self.block(statement.body, depth + 1)
        if braces:
            self.free(depth, "}")

    def header(self, statement: ast.stmt, test: ast.expr, depth: int, text: str) -> None:
        self.put(statement.lineno, depth, text + self.comment_at(statement.lineno))
        self.next = (test.end_lineno or statement.lineno) + 1

    def block(self, body: list[ast.stmt], depth: int) -> None:
        self.statements(body, depth)
        self.comments_inside(body[0].col_offset)

    def needs_braces(self, statement: ast.If) -> bool:
        """Tell whether a branch is longer than one simple statement: then all branches have braces."""
        here: ast.If | None = statement
        while here is not None:
            if _long(here.body) or self.has_comment(here.body):
                return True
            other = here.orelse
            follows = len(other) == 1 and isinstance(other[0], ast.If) and self.is_elif(other[0])
            if other and not follows and (_long(other) or self.has_comment(other)):
                return True
            here = other[0] if follows and isinstance(other[0], ast.If) else None
        return False

    def has_comment(self, body: list[ast.stmt]) -> bool:
        """Tell whether a comment has a line of its own in a branch, below its statement."""
        after = (body[-1].end_lineno or body[-1].lineno) + 1
        return self.is_comment_line(after) and self.column(after) >= body[0].col_offset

    def is_elif(self, statement: ast.If) -> bool:
        return self.text_of(statement.lineno).lstrip().startswith("elif")

    def put_else(self, before: int, depth: int, text: str) -> None:
        for number in range(self.next, before):
            if _code(self.text_of(number)).startswith("else"):
                self.flush(number, depth)
                self.put(number, depth, text + self.comment_at(number))
                self.next = number + 1
                return
        self.free(depth, text)

    def statement_line(self, statement: ast.stmt, depth: int, text: str) -> None:
        last = statement.end_lineno or statement.lineno
        said = "".join(self.comment_at(number) for number in range(statement.lineno, last + 1))
        self.put(statement.lineno, depth, text + said)
        self.next = last + 1

    # Lines --------------------------------------------------------------------------------------------------------

    @property
    def last_line(self) -> int:
        return self.first_line + len(self.source) - 1

    def text_of(self, number: int) -> str:
        at = number - self.first_line
        return self.source[at] if 0 <= at < len(self.source) else ""

    def column(self, number: int) -> int:
        text = self.text_of(number)
        return len(text) - len(text.lstrip()) - self.indent

    def is_comment_line(self, number: int) -> bool:
        return self.text_of(number).lstrip().startswith("#")

    def comment_at(self, number: int) -> str:
        return f"  /* {self.comments[number]} */" if number in self.comments else ""

    def flush(self, before: int, depth: int) -> None:
        """Print the empty lines and the comments that stand before a line."""
        for number in range(self.next, before):
            if self.is_comment_line(number):
                self.put(number, depth, f"/* {self.comments.get(number, '')} */")
            elif not self.text_of(number).strip():
                self.put(number, 0, "")
        self.next = max(self.next, before)

    def comments_inside(self, column: int) -> None:
        """Print the comments at the end of a block that belong to it, seen from their indentation."""
        while self.is_comment_line(self.next) and self.column(self.next) >= column - self.indent:
            self.flush(self.next + 1, max(1, column // 4))

    def rest(self, depth: int) -> None:
        self.flush(self.last_line + 1, depth)

    def put(self, number: int, depth: int, text: str) -> None:
        self.lines.append(CLine(number, "\t" * depth + text if text else ""))

    def free(self, depth: int, text: str) -> None:
        self.lines.append(CLine(None, "\t" * depth + text if text else ""))


def _parameter(name: str, kind: CType) -> str:
    if name in UNSIGNED_LONG:
        return f"unsigned long {name}"
    return kind.declare(name) if kind.known else f"void *{name}"


def _target(statement: ast.AST) -> str | None:
    """Return the local that a statement assigns to."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def _long(body: list[ast.stmt]) -> bool:
    return len(body) > 1 or isinstance(body[0], ast.If | ast.While)


def _is_docstring(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def _code(text: str) -> str:
    """Return a line without the comment at its end."""
    return text.partition("  #")[0].strip()


def _comments(source: Sequence[str], first_line: int) -> dict[int, str]:
    """Return the comments by the number of their line."""
    text = textwrap.dedent("\n".join(source)) + "\n"
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            said = token.string.lstrip("# ").replace("*/", "* /")
            found[first_line + token.start[0] - 1] = said
    return found
