"""Who looks at the date: what a scenario and its claims can tell of the time that has passed."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from ktwviz.kernel.moments import may_be_negative, reckoning_of, time_fields
from ktwviz.machine.clock import Ticking
from ktwviz.machine.language import Primitive, Stepped
from ktwviz.machine.program import Program
from ktwviz.machine.syntax import fields_read, nodes_below

_UNSEEN = ("expires", "timer.py")
"""The moments that the timer core alone looks at."""


def ticking_of(
    program: Program,
    functions: Iterable[Stepped | Primitive],
    claims: Sequence[ast.expr],
    timers: int = 1,
) -> Ticking:
    """Return how the clock ticks for code that can reach these functions, and claims about what it does.

    With several timers in a scene it matters, too, whether one is armed for a moment of long ago: those that are armed
    late share a slot.
    """
    stepped = [function for function in functions if isinstance(function, Stepped)]
    own: dict[ast.AST, str] = {
        function.tree: f"{function.file}:{{}} {function.name}()"
        for function in stepped
        if not is_of_kernel(function)
    }
    asked: dict[ast.AST, str] = dict.fromkeys(claims, "a claim")
    places = {**own, **asked}
    times = time_fields(program)
    found = {tree: reckoning_of(tree, program, times) for tree in places}
    tick, next_jiffy = program.namespace["tick"], program.namespace["next_jiffy"]
    if not any(each.looked for each in found.values()):
        late = [each.numbers for each in found.values() if each.late and timers > 1]
        return Ticking(tick, next_jiffy, sum(late), _UNSEEN) if late else Ticking(tick, next_jiffy)
    seen = any(map(_looks_at_expiry, places))
    patience = sum(each.numbers for each in found.values())
    doubts = [
        places[tree].format(line)
        for tree, each in found.items()
        for line in (*each.unsure, *(each.open_ended if seen else ()))
    ]
    if not doubts and any(each.open_sums for each in found.values()) and may_be_negative(own):
        doubts = ["a number that may be negative"]
    unsure = ""
    if doubts:
        patience = max(patience, *_numbers(places, program), 0)
        age = f"{patience} {'jiffy' if patience == 1 else 'jiffies'}"
        unsure = f"moments {age} old: {doubts[0]} reckons with them, and may tell older ones apart"
    return Ticking(tick, next_jiffy, patience, ("", "") if seen else _UNSEEN, unsure)


def looks_of(program: Program, functions: Iterable[Stepped]) -> int | None:
    """Return beside how many jiffies some functions put the moments that they look at; None where they look at none."""
    own = [function.tree for function in functions if not is_of_kernel(function)]
    times = time_fields(program)
    found = [reckoning_of(tree, program, times) for tree in own]
    return sum(each.numbers for each in found) if any(each.looked for each in found) else None


def goes_back(program: Program, functions: Iterable[Stepped], negative: bool) -> bool:
    """Tell whether code may arm a timer for a moment older than those that it has in hand.

    `negative` says that it begins with a number below 0 in some field or argument.
    """
    own = [function.tree for function in functions if not is_of_kernel(function)]
    times = time_fields(program) if own else frozenset()
    found = [reckoning_of(tree, program, times) for tree in own]
    open_sums = any(each.open_sums or each.vague for each in found)
    return any(each.back or each.unsure for each in found) or (
        open_sums and (negative or may_be_negative(own))
    )


def is_of_kernel(function: Stepped) -> bool:
    """Tell whether a function stands as it is in a kernel module; one that a rule or a learner changed does not."""
    return hasattr(function, "path")


def _looks_at_expiry(tree: ast.AST) -> bool:
    return "expires" in fields_read(nodes_below(tree))


def _numbers(trees: Iterable[ast.AST], program: Program) -> Iterator[int]:
    """Yield the whole numbers in some code, those that have a name included."""
    for tree in trees:
        for node in nodes_below(tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(node, ast.Name):
                value = program.namespace.get(node.id)
            if type(value) is int:
                yield abs(value)
