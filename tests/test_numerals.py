"""Numbers for people, however many digits they have."""

import json

import pytest

from ktwviz.numerals import for_programs, in_words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1, "1"),
        (999_999_999, "999,999,999"),
        (10**9, "1.0e9"),
        (123_456_789_012, "1.2e11"),
        (10**308 * 25, "2.5e309"),
        (10**4412 * 7 - 1, "6.9e4412"),
        (10**20_000 - 1, "9.9e19999"),
        (10**20_000, "1.0e20000"),
    ],
    ids=range(9),
)
def test_a_number_is_told_in_full_or_as_a_power_of_ten(count: int, text: str) -> None:
    assert in_words(count, 9, 1) == text


def test_as_many_places_are_told_as_are_wanted() -> None:
    assert in_words(106_279_000_000_000_000_000, 15, 2) == "1.06e20"


def test_a_program_gets_a_number_as_long_as_it_can_be_written_as_one() -> None:
    assert for_programs(10**3000) == 10**3000
    assert json.dumps([for_programs(10**4412)]) == '["1.00e4412"]'
