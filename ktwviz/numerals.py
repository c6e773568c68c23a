"""Numbers for people: in full while they are short, as a power of ten where nobody would read the digits."""

from __future__ import annotations

from math import log10

MOST_EXACT_DIGITS = 4_000
"""Python writes no number out that has more than 4,300."""


def in_words(count: int, digits: int, places: int) -> str:
    """Return a whole number from 0 in full up to so many digits, else with so many places after the point: 1.06e20."""
    power = _power(count)
    if power < digits:
        return f"{count:,}"
    # whole numbers alone: a float ends at 10^308
    first = count // 10 ** (power - places)
    return f"{first / 10**places:.{places}f}e{power}"


def rounded(number: float) -> str:
    """Return a number above 0 with three digits that count, written out: 12.4, 4,970, 879,000,000,000, 1.07e+301."""
    three = float(f"{number:.3g}")
    return f"{three:g}" if three < 1000 or three >= 1e15 else f"{three:,.0f}"


def for_programs(count: int) -> int | str:
    """Return a number as JSON has it: as a number, and as a text such as "3.21e4412" where it is too long for one."""
    return count if _power(count) < MOST_EXACT_DIGITS else in_words(count, MOST_EXACT_DIGITS, 2)


def _power(count: int) -> int:
    """Return the power of ten of a number's first digit."""
    power = int(log10(count)) if count else 0
    if 10**power > count > 0:
        return power - 1
    return power + 1 if 10 ** (power + 1) <= count else power
