"""States and steps in words, for a search that has something to say of them.

Most have not, and begin the sooner: what makes the words is imported with the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ktwviz.kernel.picture import Picture
    from ktwviz.machine.history import Step
    from ktwviz.machine.machine import Enabled, Machine, State


def describe(machine: Machine, before: State, step: Enabled) -> Step:
    """Return what a step did, as `machine.describe.describe` does."""
    from ktwviz.machine.describe import describe as in_words  # noqa: PLC0415  # see above

    return in_words(machine, before, step)


def picture(machine: Machine, state: State) -> Picture:
    """Return what the kernel's structures look like, as `kernel.paint.picture` does."""
    from ktwviz.kernel.paint import picture as painted  # noqa: PLC0415  # see above

    return painted(machine, state)
