"""Measures: what differs, what can't be true, and one unit's share of the scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouses.planning.measures import Measures, differs, is_plausible, unit_weight_g

BOX = Measures(200, 300, 200, 100)
SIZES = st.integers(1, 2_000)
ANY = st.builds(Measures, st.integers(1, 50_000), SIZES, SIZES, SIZES)


@pytest.mark.parametrize(
    "found, is_other",
    [
        (Measures(210, 300, 200, 100), False),
        (Measures(211, 300, 200, 100), True),
        (Measures(189, 300, 200, 100), True),
        (Measures(200, 315, 210, 105), False),
        (Measures(200, 316, 200, 100), True),
        (Measures(200, 300, 200, 106), True),
        (Measures(200, 100, 300, 200), False),
    ],
)
def test_more_than_the_tolerance_is_a_difference(found: Measures, is_other: bool) -> None:
    assert differs(found, BOX, 5) is is_other


def test_small_things_differ_by_what_devices_tell_apart() -> None:
    ring = Measures(4, 20, 20, 8)

    assert not differs(Measures(9, 25, 15, 13), ring, 5)
    assert differs(Measures(10, 20, 20, 8), ring, 5)
    assert differs(Measures(4, 26, 20, 8), ring, 5)


@pytest.mark.parametrize(
    "found, is_sound",
    [
        (Measures(1_999, 300, 200, 100), True),
        (Measures(2_000, 300, 200, 100), False),
        (Measures(21, 300, 200, 100), True),
        (Measures(20, 300, 200, 100), False),
        (Measures(200, 3_000, 200, 100), False),
        (Measures(200, 30, 200, 100), False),
    ],
)
def test_ten_times_is_not_believed(found: Measures, is_sound: bool) -> None:
    assert is_plausible(found, BOX) is is_sound


@pytest.mark.parametrize(
    "scale_g, units, each", [(1_000, 10, 100), (1_005, 10, 101), (1_004, 10, 100), (3, 10, 1), (7, 1, 7)]
)
def test_a_units_weight_is_its_share_rounded_half_up(scale_g: int, units: int, each: int) -> None:
    assert unit_weight_g(scale_g, units) == each


@given(ANY, st.integers(0, 50))
def test_nothing_differs_from_itself_any_way_up(unit: Measures, tolerance: int) -> None:
    turned = Measures(unit.weight_g, unit.height_mm, unit.length_mm, unit.width_mm)

    assert not differs(turned, unit, tolerance)
    assert is_plausible(turned, unit)


@given(ANY, ANY)
def test_whether_one_can_be_the_other_is_the_same_both_ways(one: Measures, other: Measures) -> None:
    assert is_plausible(one, other) == is_plausible(other, one)
