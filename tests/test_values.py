import copy
import dataclasses
import pickle
from typing import Any

import pytest

from ktwviz.values import dataclass, field, replace


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    seen: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Named(Point):
    name: str = "origin"


@dataclass
class Bag:
    items: list[int] = field(default_factory=list)
    ready: bool = False

    def __post_init__(self) -> None:
        self.ready = True


@dataclass(frozen=True, eq=False)
class Thing:
    name: str


@dataclass(frozen=True, order=True)
class Place:
    file: str
    line: int


@dataclasses.dataclass(frozen=True)
class StandardPoint:
    x: int
    y: int = 0
    seen: tuple[int, ...] = dataclasses.field(default=(), repr=False)


@pytest.mark.parametrize(
    "given", [((1,), {}), ((1, 2), {}), ((), {"x": 1}), ((1,), {"seen": (3,)}), ((1, 2, (3,)), {})]
)
def test_a_value_is_made_and_shown_as_a_standard_one_is(given: tuple[Any, Any]) -> None:
    ours, theirs = Point(*given[0], **given[1]), StandardPoint(*given[0], **given[1])
    assert vars(ours) == vars(theirs)
    assert repr(ours) == repr(theirs).replace("StandardPoint", "Point")


@pytest.mark.parametrize("given", [((), {}), ((1, 2, (), 4), {}), ((1,), {"x": 2}), ((1,), {"z": 2})])
def test_what_does_not_fit_the_fields_is_refused_as_it_is_there(given: tuple[Any, Any]) -> None:
    for made in (Point, StandardPoint):
        with pytest.raises(TypeError):
            made(*given[0], **given[1])


def test_values_are_equal_field_by_field_and_only_to_their_own_kind() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Named(1, 2)
    assert Point(1, 2) != (1, 2, ())  # type: ignore[comparison-overlap]  # that they differ is the test
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_values_with_identity_are_equal_to_themselves_alone() -> None:
    one, other = Thing("a"), Thing("a")
    assert one != other
    assert len({one, other}) == 2


def test_a_frozen_value_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]  # that it is refused is the test
    with pytest.raises(AttributeError):
        del point.x


def test_a_value_that_can_change_has_no_hash_and_no_shared_default() -> None:
    one, other = Bag(), Bag()
    one.items.append(1)
    assert other.items == []
    assert one.ready
    with pytest.raises(TypeError):
        hash(one)


def test_places_are_ordered_by_their_fields() -> None:
    assert sorted([Place("b", 1), Place("a", 2), Place("a", 1)]) == [
        Place("a", 1),
        Place("a", 2),
        Place("b", 1),
    ]
    assert Place("a", 1) <= Place("a", 1)
    with pytest.raises(TypeError):
        assert Place("a", 1) < ("a", 2)  # type: ignore[operator]  # that it is refused is the test


def test_fields_of_the_base_come_first() -> None:
    assert repr(Named(1, name="n")) == "Named(x=1, y=0, name='n')"


def test_the_standard_functions_for_dataclasses_take_our_values() -> None:
    assert dataclasses.replace(Point(1, 2, (3,)), y=5) == Point(1, 5, (3,)) == replace(Point(1, 2, (3,)), y=5)
    assert [each.name for each in dataclasses.fields(Named)] == ["x", "y", "seen", "name"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 0, "seen": ()}
    assert dataclasses.replace(Bag([1]), ready=False).items == [1]


def test_a_value_can_be_copied_and_sent_to_another_process() -> None:
    point = Point(1, 2, (3,))
    assert pickle.loads(pickle.dumps(point)) == copy.deepcopy(point) == point


def test_a_match_takes_a_value_apart() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_a_default_that_can_change_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @dataclass
        class Wrong:
            items: list[int] = []  # noqa: RUF012  # that it is refused is the test


def test_a_field_without_a_default_cannot_follow_one_with() -> None:
    with pytest.raises(TypeError, match="default"):

        @dataclass
        class Wrong:
            x: int = 1
            y: int  # type: ignore[misc]  # that it is refused is the test
