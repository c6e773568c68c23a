"""Both themes are complete."""

from ktwviz.tui.theme import DARK, LIGHT, role_defaults


def test_both_themes_and_the_defaults_know_the_same_roles() -> None:
    assert set(DARK.variables) == set(LIGHT.variables) >= set(role_defaults(dark=True))
    assert set(role_defaults(dark=True)) == set(role_defaults(dark=False))
