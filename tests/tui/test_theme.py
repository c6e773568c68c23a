"""The themes are complete, and what is written in them can be read."""

import pytest
from textual.color import Color
from textual.theme import Theme

from ktwviz.tui.theme import COLOUR_BLIND, DARK, LIGHT, THEMES, role_defaults

EDGES = ("edge", "bar", "border", "border-blurred")
"""Roles in which nothing is written."""


def test_all_themes_and_the_defaults_know_the_same_roles() -> None:
    roles = set(role_defaults(dark=True))
    assert roles == set(role_defaults(dark=False))
    assert all(set(theme.variables) >= roles for theme in THEMES)


@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOUR_BLIND], ids=lambda theme: str(theme.name))
def test_every_role_reads_well_on_its_ground(theme: Theme) -> None:
    ground = Color.parse(theme.background or "")
    for role in set(role_defaults(dark=True)) - set(EDGES):
        assert contrast_of(Color.parse(theme.variables[role]), ground) >= 4.5, role


def contrast_of(one: Color, other: Color) -> float:
    """Return the ratio of brightness as WCAG 2 counts it: 4.5 is the least for text."""
    bright, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
