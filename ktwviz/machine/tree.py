"""Decision trees: the outcome of a step, memoised by the words that it reads.

A step is a pure function of the words it reads. The first time it meets a combination of their values it is worked
out (`run.py`) and the path is kept; from then on it costs one dictionary look-up for each word read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Generic, TypeVar

L = TypeVar("L")


class Branch:
    """Reads the slot `index` of a state, and goes on with the case for its value."""

    __slots__ = ("cases", "index")

    def __init__(self, index: int) -> None:
        self.index = index
        self.cases: dict[Any, Any] = {}


class Tree(Generic[L]):
    """One memoised function of a state. `work_out` returns the reads, in order, and the outcome."""

    __slots__ = ("root", "work_out")

    def __init__(self, work_out: Callable[[Sequence[Any]], tuple[list[tuple[int, Any]], L]]) -> None:
        self.work_out = work_out
        self.root: Any = None

    def at(self, state: Sequence[Any]) -> L:
        """Return the outcome in this state."""
        node = self.root
        while type(node) is Branch:
            node = node.cases.get(state[node.index])
        if node is None:
            return self.grow(state)
        found: L = node
        return found

    def grow(self, state: Sequence[Any]) -> L:
        """Work the outcome out and keep the path to it."""
        reads, leaf = self.work_out(state)
        if not reads:
            self.root = leaf
            return leaf
        if self.root is None:
            self.root = Branch(reads[0][0])
        node = self.root
        for (index, value), (following, _) in pairwise(reads):
            assert node.index == index, "a step read other words although the words it had read were the same"
            if value not in node.cases:
                node.cases[value] = Branch(following)
            node = node.cases[value]
        node.cases[reads[-1][1]] = leaf
        return leaf
