"""Lines that two versions of a function have both, at different places: seen alone, each looks like the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ktwviz.values import dataclass


@dataclass(frozen=True)
class Moved:
    """A line that has moved past another; `below` says that it stands below that one in the first version."""

    function: str
    text: str
    past: str
    below: bool


def kept_lines(here: Sequence[str], there: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of the lines that are the same in both, in the order that both have."""
    blocks = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    return [(block.a + at, block.b + at) for block in blocks for at in range(block.size)]


def moved_lines(function: str, here: Sequence[str], there: Sequence[str]) -> Iterator[Moved]:
    """Yield the lines that have moved from one version to the other, by their order in the first."""
    kept = kept_lines(here, there)
    gone = [at for at in range(len(here)) if at not in {one for one, _ in kept}]
    come = [at for at in range(len(there)) if at not in {other for _, other in kept}]
    for at in gone:
        same = [to for to in come if there[to] == here[at]]
        alike = [other for other in gone if here[other] == here[at]]
        # of several that read alike nobody can say which went where
        if _is_code(here[at]) and len(same) == len(alike) == 1:
            passed = [one for one, other in kept if _is_code(here[one]) and (one < at) != (other < same[0])]
            if passed:
                past = min(passed, key=lambda one: abs(one - at))
                yield Moved(function, here[at], here[past], below=past < at)


def _is_code(line: str) -> bool:
    return bool(line) and not line.startswith("#")
