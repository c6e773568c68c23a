"""Rules: one-line patches to kernel functions, applied to their source text.

A rule is written as the body of a unified diff. Its first context line is the `def` line of the function; the lines
after it are looked up in that function by their text, white space at both ends aside.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ktwviz.errors import SourceError, did_you_mean
from ktwviz.machine.language import Stepped
from ktwviz.machine.subset import parse_code
from ktwviz.machine.syntax import lines_of
from ktwviz.values import dataclass

_DEF = r"def\s+(\w+)\s*\("


@dataclass(frozen=True)
class _Line:
    sign: str
    text: str
    number: int


def apply_rule(namespace: Mapping[str, Any], diff: str, file: str, first_line: int) -> dict[str, Stepped]:
    """Return the functions that the rule changes, patched. Raises SourceError at the line that does not fit."""
    patched: dict[str, Stepped] = {}
    for name, lines in _by_function(diff, file, first_line):
        function = patched.get(name, namespace.get(name))
        if not isinstance(function, Stepped):
            known = [key for key, value in namespace.items() if isinstance(value, Stepped)]
            raise SourceError(
                file, lines[0].number, f"the kernel has no function {name!r}{did_you_mean(name, known)}"
            )
        patched[name] = _patched(function, lines[1:], file)
    if not patched:
        raise SourceError(
            file, first_line, "a rule begins with the `def` line of the function that it changes"
        )
    return patched


def lines_changed(replaced: Iterable[tuple[Stepped, Stepped]]) -> frozenset[tuple[str, int]]:
    """Return function and line number of all that a rule changed; where it took lines out, of the line after them.

    Each function is given as it was and as it is.
    """
    from difflib import SequenceMatcher  # noqa: PLC0415  # slow to import, and a search does not ask

    found: set[tuple[str, int]] = set()
    for before, after in replaced:
        matcher = SequenceMatcher(None, before.source, after.source, autojunk=False)
        for same, _, _, start, end in matcher.get_opcodes():
            if same != "equal":
                found |= {(after.name, after.first_line + at) for at in range(start, max(end, start + 1))}
    return frozenset(found)


def replace_function(function: Stepped, text: str, file: str, first_line: int) -> Stepped:
    """Return `function` with another text, as a learner edits it. Raises SourceError."""
    parsed = parse_code(_dedented(text), file, first_line, f"{function.name}()")
    body = parsed.body if isinstance(parsed, ast.Module) else []
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != function.name:
        raise SourceError(file, first_line, f"expected the function {function.name}() and nothing else")
    return Stepped(function.name, file, body[0], tuple(lines_of(text)), function.folded)


def _dedented(text: str) -> str:
    if not text[:1].isspace():
        return text
    import textwrap  # noqa: PLC0415  # slow to import, and only who types a function may indent it

    return textwrap.dedent(text)


def blame_rule(error: SourceError, function: Stepped, diff: str, file: str, first_line: int) -> SourceError:
    """Return an error in a patched function as one of the diff, at the line that put it there."""
    lines = [
        line
        for name, found in _by_function(diff, file, first_line)
        if name == function.name
        for line in found
    ]
    return _in_diff(error, function.source, function.first_line, lines, file)


def _in_diff(
    error: SourceError, source: Sequence[str], first_line: int, lines: Sequence[_Line], file: str
) -> SourceError:
    at = error.trouble.line - first_line
    text = source[at] if 0 <= at < len(source) else ""
    added = [line for line in lines if line.sign == "+"]
    blamed = [line for line in added if _code(line.text) == _code(text)] or added or lines
    return SourceError(
        file, blamed[0].number, f"the rule makes {error.trouble.file} wrong: {error.trouble.message}"
    )


def _by_function(diff: str, file: str, first_line: int) -> list[tuple[str, list[_Line]]]:
    found: list[tuple[str, list[_Line]]] = []
    for number, raw in enumerate(lines_of(diff), first_line):
        if not raw.strip() or raw.startswith(("---", "+++", "@@")):
            continue
        sign, text = (raw[0], raw[1:]) if raw[0] in " +-" else (" ", raw)
        line = _Line(sign, text, number)
        start = re.match(_DEF, text.strip())
        if start and sign == " ":
            found.append((start[1], [line]))
        elif found:
            found[-1][1].append(line)
        else:
            raise SourceError(
                file, number, "a rule begins with the `def` line of the function that it changes"
            )
    return found


def _patched(function: Stepped, lines: list[_Line], file: str) -> Stepped:
    source = list(function.source)
    at = 1
    for line in lines:
        if line.sign == "+":
            source.insert(at, line.text)
            at += 1
            continue
        at = _find(source, line, at, function, file)
        if line.sign == "-":
            del source[at]
        else:
            at += 1
    if not any(line.sign in "+-" for line in lines):
        raise SourceError(
            file, lines[0].number if lines else 0, f"the rule changes nothing in {function.name}()"
        )
    try:
        return replace_function(function, "\n".join(source), function.file, function.first_line)
    except SourceError as error:
        raise _in_diff(error, source, function.first_line, lines, file) from error


def _find(source: list[str], line: _Line, start: int, function: Stepped, file: str) -> int:
    for at in range(start, len(source)):
        if _code(source[at]) == _code(line.text):
            return at
    hint = did_you_mean(line.text.strip(), [text.strip() for text in source])
    raise SourceError(file, line.number, f"{function.name}() has no line {line.text.strip()!r}{hint}")


def _code(text: str) -> str:
    """Return a line without the white space and the comment at its end."""
    return text.split("  #", maxsplit=1)[0].strip()
