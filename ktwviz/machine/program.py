"""A program: a namespace of kernel and scenario names, and the stepped functions in it, compiled when first called.

Names resolve to this namespace and to nothing else; Python's builtins are not there. So stepped code from a stranger
can reach the simulated memory and no more.
"""

from __future__ import annotations

import ast
import operator
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ktwviz.errors import SourceError
from ktwviz.machine import rewrite
from ktwviz.machine.automaton import Code, CodeFault, Frame
from ktwviz.machine.effects import CALL, FAULT, Effect, field_effect, store_effect
from ktwviz.machine.language import Primitive, Pure, Special, Stepped, SteppedInModule, parameters
from ktwviz.machine.liveness import live_locals
from ktwviz.machine.made import Form
from ktwviz.machine.structs import Struct, Time
from ktwviz.machine.subset import OUR_PREFIX
from ktwviz.values import dataclass

_FUEL = 50_000
"""Statements that may run between two steps; a round of a loop and a call count as `LEAST_WEIGHT` at least."""
_MISSING = "(not assigned)"
_ABSENT = object()
_WORD_LIMIT = 2**64
_MOST_FRAMES = 40
_DEEPEST_CALLS = 50


class _FuelGone(Exception):
    """Code went on and on without one access to memory; whether it ever ends is not known."""


_HOST_ERRORS = (
    TypeError, AttributeError, ZeroDivisionError, ValueError, OverflowError, NameError, RecursionError, _FuelGone,
)  # fmt: skip


@dataclass(frozen=True)
class _Compiled:
    stepped: Stepped
    form: Form


class Program:
    """Stepped functions, linked. Raises SourceError for code that the subset refuses, when it is first compiled."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace: dict[str, Any] = dict(namespace)
        self._compiled: dict[Stepped, _Compiled] = {}
        self._mentioned: dict[Stepped, tuple[tuple[Stepped | Primitive, int, bool], ...]] = {}
        self._by_code: dict[types.CodeType, _Compiled] = {}
        # who can call whom, as far as it was asked; a new meaning of a function's name makes all of it void
        self._heights: dict[Stepped, int] = {}
        self._reached: dict[tuple[Stepped, ...], tuple[Stepped | Primitive, ...]] = {}
        self._fuel = _FUEL

    def define(self, name: str, value: Any) -> None:
        """Add a name, or give it a new meaning; only before anything was compiled that uses it."""
        if isinstance(value, Stepped | Primitive) or isinstance(
            self.namespace.get(name), Stepped | Primitive
        ):
            self._mentioned.clear()
            self._heights.clear()
            self._reached.clear()
        self.namespace[name] = value

    def function(self, name: str) -> Stepped:
        """Return the stepped function of this name; raises KeyError."""
        found = self.namespace[name]
        if not isinstance(found, Stepped):
            raise KeyError(name)
        return found

    # Running ----------------------------------------------------------------------------------------------------

    def starter(
        self, function: Stepped, arguments: tuple[Any, ...], context: Any, *, strict_time: bool = True
    ) -> Callable[[], Code]:
        """Return what makes generators of one call of a stepped function, none of them started.

        `strict_time` refuses to compare a moment in jiffies with a plain number (see `structs.Time`).
        """
        compiled = self.compiled(function)
        globals_ = self._globals(context, strict_time)
        return lambda: self._call(compiled, arguments, globals_)

    def _call(self, compiled: _Compiled, arguments: tuple[Any, ...], globals_: dict[str, Any]) -> Code:
        make = types.FunctionType(compiled.form.code, globals_)
        generator: Code = make(*arguments)
        return generator

    def _globals(self, context: Any, strict_time: bool) -> dict[str, Any]:
        """Return the globals of one context's code: the namespace, and the helpers that the rewriter calls."""
        globals_: dict[str, Any] = {"__builtins__": {}}
        for name, value in self.namespace.items():
            globals_[name] = value.body if isinstance(value, Pure) else value

        def enter(callee: object, *arguments: Any) -> Code:
            self._burn(rewrite.LEAST_WEIGHT)
            if not isinstance(callee, Stepped | Primitive):
                return _fault(
                    "call of a NULL pointer" if callee is None else f"call of {callee}, which is no function"
                )
            if len(arguments) != len(parameters(callee)):
                return _fault(f"{callee.name}() called with {len(arguments)} arguments")
            if isinstance(callee, Primitive):
                return _one_step(callee, arguments)
            compiled = self.compiled(callee)
            self._burn(max(compiled.form.weight - rewrite.LEAST_WEIGHT, 0))
            return self._call(compiled, arguments, globals_)

        globals_ |= {
            rewrite.FIELD: field_effect,
            rewrite.STORE: store_effect,
            rewrite.CALL: CALL,
            rewrite.TUPLE: tuple,
            rewrite.ENTER: enter,
            rewrite.BURN: self._burn,
            rewrite.ARITHMETIC: _arithmetic,
            rewrite.COMPARE: _compare if context is not None or strict_time else _compare_any,
            rewrite.CURRENT: lambda: context.task if context is not None else None,
            rewrite.LEAVE: self.namespace.get("leave_stack"),
            f"{OUR_PREFIX}_clock": self.namespace.get("clock"),
        }
        return globals_

    def refuel(self) -> None:
        """Allow the next stretch between two steps its full number of statements."""
        self._fuel = _FUEL

    def _burn(self, statements: int) -> None:
        self._fuel -= statements
        if self._fuel < 0:
            raise _FuelGone

    def resume(self, generator: Code, value: Any) -> Effect:
        """Send a value; return the next effect.

        Raises StopIteration with the return value at the end, CodeFault for what C would call undefined, and where
        the code goes on for long without an access.
        """
        self.refuel()
        try:
            return generator.send(value)
        except _HOST_ERRORS as error:
            kind = "limit" if isinstance(error, _FuelGone) else "oops"
            raise CodeFault(kind, _host_error_text(error), self._frames_of(error)) from None

    def _frames_of(self, error: Exception) -> tuple[Frame, ...]:
        """Return the functions that an error went through, outermost first, each with the line that it came to."""
        frames: list[Frame] = []
        place = error.__traceback__
        while place is not None and len(frames) < _MOST_FRAMES:
            compiled = self._by_code.get(place.tb_frame.f_code)
            if compiled is not None:
                frames.append(Frame(compiled.stepped, 0, place.tb_lineno, ()))
            place = place.tb_next
        return tuple(frames)

    def frame(self, generator: Any) -> Frame | None:
        """Return where one generator stands; None for the one-step wrapper of a primitive."""
        compiled = self._by_code.get(generator.gi_code)
        if compiled is None:
            return None
        values = generator.gi_frame.f_locals
        pc = values[rewrite.PC]
        form, function = compiled.form, compiled.stepped
        live = tuple((name, values.get(name, _MISSING)) for name in form.live.get(pc, ()))
        return Frame(function, pc, form.lines.get(pc) or function.first_line, live)

    # Compiling --------------------------------------------------------------------------------------------------

    def compiled(self, function: Stepped) -> _Compiled:
        """Return the compiled form of a function; compiled once."""
        found = self._compiled.get(function)
        if found is None:
            found = self._compiled[function] = _Compiled(function, self._compile(function))
            self._by_code[found.form.code] = found
        return found

    def _compile(self, function: Stepped) -> Form:
        """Return the compiled form, the same for all programs in which the names of a function are of the same kind."""
        kinds = tuple([_kind(self.namespace.get(name, _ABSENT)) for name in function.other_names])
        return function.form(kinds, lambda: self._compile_anew(function))

    def _compile_anew(self, function: Stepped) -> Form:
        rewritten = rewrite.rewrite(function, self.namespace)
        tree = rewritten.tree
        try:
            # the rewritten subset only; the module's one constant that is code is that of the function
            module = compile(ast.Module([tree], []), f"<stepped {function.name}>", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            text = getattr(error, "msg", None) or "nested too deeply"
            raise SourceError(
                function.file, function.first_line, f"{function.name}() is too much for Python: {text}"
            ) from None
        (code,) = (constant for constant in module.co_consts if isinstance(constant, types.CodeType))
        return Form(code, rewritten.lines, rewrite.weight(tree.body), lambda: live_locals(tree))

    # Checking ---------------------------------------------------------------------------------------------------

    def reachable(self, roots: list[Stepped]) -> list[Stepped | Primitive]:
        """Return all functions that the roots can name, directly or not, in a fixed order; refuses recursion.

        A function whose name is only mentioned, as one stored in a struct, counts too.
        """
        asked = tuple(roots)
        if asked not in self._reached:
            found: dict[Stepped | Primitive, None] = {}
            for root in asked:
                self._visit(root, found)
            for function in found:
                if isinstance(function, Stepped):
                    self._height(function, ())
            self._reached[asked] = tuple(found)
        return list(self._reached[asked])

    def pointed_to(self, roots: list[Stepped]) -> list[Stepped]:
        """Return the functions whose address the roots, and what they call, store or pass on."""
        reached = [function for function in self.reachable(roots) if isinstance(function, Stepped)]
        found = [mention for function in reached for mention in self._mentioned[function]]
        return list(
            dict.fromkeys(callee for callee, _, called in found if not called and isinstance(callee, Stepped))
        )

    def _visit(self, root: Stepped, found: dict[Stepped | Primitive, None]) -> None:
        waiting: list[Iterator[Stepped | Primitive]] = [iter([root])]
        while waiting:
            function = next(waiting[-1], None)
            if function is None:
                waiting.pop()
            elif isinstance(function, Primitive):
                found[function] = None
            elif function not in found:
                # a stranger's code is refused before it runs; the kernel's is known to fit
                if not isinstance(function, SteppedInModule):
                    self.compiled(function)
                found[function] = None
                if function not in self._mentioned:
                    self._mentioned[function] = tuple(self._mentions(function))
                waiting.append(callee for callee, _, _ in self._mentioned[function])

    def _height(self, function: Stepped, callers: tuple[Stepped, ...]) -> int:
        """Return how many calls go on inside one another below a function, itself included; refuse recursion."""
        if function in self._heights:
            return self._heights[function]
        path = (*callers, function)
        height = 1
        for callee, line, called in self._mentioned[function]:
            if not called or not isinstance(callee, Stepped):
                continue
            if callee in path:
                names = " -> ".join(step.name for step in (*path[path.index(callee) :], callee))
                raise SourceError(
                    function.file, line, f"recursion ({names}): stepped code needs a loop instead"
                )
            if len(path) < _DEEPEST_CALLS:
                height = max(height, 1 + self._height(callee, path))
            if len(path) == _DEEPEST_CALLS or height > _DEEPEST_CALLS:
                raise SourceError(
                    function.file,
                    line,
                    f"more than {_DEEPEST_CALLS} calls inside one another: the stack is full",
                )
        self._heights[function] = height
        return height

    def _mentions(self, function: Stepped) -> Iterator[tuple[Stepped | Primitive, int, bool]]:
        for name, line, called in function.outline.mentions:
            value = self.namespace.get(name)
            if isinstance(value, _TO_CALL):
                yield value, line, called


_TO_CALL = (Stepped, Primitive)
_FOR_CODE = (Stepped, Primitive, Pure, Special)


def namespace_of(*modules: types.ModuleType) -> dict[str, Any]:
    """Return what kernel modules give to stepped code: functions, struct types, constants, in order."""
    return {
        name: value for module in modules for name, value in vars(module).items() if _is_for_code(name, value)
    }


def _is_for_code(name: str, value: object) -> bool:
    if isinstance(value, _FOR_CODE):
        return True
    if isinstance(value, type):
        return issubclass(value, Struct) and value is not Struct
    return name.isupper() and isinstance(value, int)


def _kind(value: object) -> tuple[str, int]:
    """Return all that the rewriter looks at in what a name stands for."""
    arity = len(parameters(value)) if isinstance(value, Stepped | Primitive | Pure) else 0
    return (Stepped if isinstance(value, Stepped) else type(value)).__qualname__, arity


def _fault(text: str) -> Code:
    yield (FAULT, "oops", text)


def _one_step(callee: Primitive, arguments: tuple[Any, ...]) -> Code:
    return (yield (CALL, callee, arguments))


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "LShift": lambda left, right: left << (right & 63),
    "RShift": lambda left, right: left >> (right & 63),
}


def _arithmetic(name: str, left: Any, right: Any) -> int:
    """Return a result that fits a word of 64 bits; operands are numbers, nothing else.

    A moment plus or minus a number is a moment, the difference of two is a number; no more can be done with one.
    """
    if not isinstance(left, int) or not isinstance(right, int):
        raise TypeError
    moments = isinstance(left, Time) + isinstance(right, Time)
    value = _OPERATORS[name](left, right)
    if not -_WORD_LIMIT < value < _WORD_LIMIT:
        raise OverflowError("arithmetic overflow: a word has 64 bits")
    if moments == 0 or (moments == 2 and name == "Sub"):
        return int(value)
    if moments == 1 and (name == "Add" or (name == "Sub" and isinstance(left, Time))):
        return Time(value)
    raise ValueError("moments in jiffies can be compared, subtracted, and moved by a number, nothing else")


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


def _compare_any(name: str, left: Any, right: Any) -> bool:
    return bool(_COMPARISONS[name](left, right))


def _compare(name: str, left: Any, right: Any) -> bool:
    """Compare two words; a moment in jiffies only with another moment."""
    if isinstance(left, Time) != isinstance(right, Time):
        raise ValueError(
            "a moment in jiffies is compared with a plain number: compare it with another moment"
        )
    return _compare_any(name, left, right)


def _host_error_text(error: Exception) -> str:
    if isinstance(error, _FuelGone):
        return f"more than {_FUEL:,} statements without an access to memory are not followed"
    if isinstance(error, RecursionError):
        return "kernel stack overflow: calls nested without end"
    if isinstance(error, NameError):
        return "a local variable is used before it was given a value"
    if isinstance(error, ZeroDivisionError):
        return "divide error: division by zero"
    if isinstance(error, OverflowError | ValueError):
        return str(error)
    return "arithmetic on something that is no number, such as NULL"
