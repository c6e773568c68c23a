"""How small a terminal may be. Commands ask it too, so Textual is not imported here."""

SMALLEST = (80, 24)
"""Columns and lines."""
NEEDED = f"{SMALLEST[0]}x{SMALLEST[1]}"


def fits(columns: int, lines: int) -> bool:
    """Tell whether a terminal is large enough for the screens."""
    return columns >= SMALLEST[0] and lines >= SMALLEST[1]
