"""WARN and BUG (include/asm-generic/bug.h)."""

from __future__ import annotations

from typing import Any

from ktwviz.kernel.spinlock import Spinlock, lockdep_complains
from ktwviz.machine.language import inline, primitive_of
from ktwviz.machine.run import Fault, report, this_context


@primitive_of("local")
def warn() -> None:
    """Complain; the context goes on. The player adds the line that complains."""
    report("warn", f"WARNING in {this_context().name}")


@primitive_of("local")
def bug() -> None:
    """Stop this context for good, with all its locks held."""
    raise Fault("bug", f"BUG in {this_context().name}")


@inline
def WARN_ON(condition: object) -> Any:
    """Complain if the condition holds, and go on."""
    if condition:
        warn()
    return condition


@inline
def WARN_ON_ONCE(condition: object) -> Any:
    """Complain if the condition holds, and go on. The machine records every time, not only the first."""
    if condition:
        warn()
    return condition


@inline
def lockdep_assert_held(lock: Spinlock) -> None:
    """Complain unless this context holds the lock."""
    if lockdep_complains(lock):
        warn()


@inline
def BUG_ON(condition: object) -> None:
    """Stop if the condition holds."""
    if condition:
        bug()
