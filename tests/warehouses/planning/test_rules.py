"""The S-shape rule: the path by the book, and how far it is from the optimum."""

from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.instances import MM, layout_of, read, spots_of
from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.layout import Layout, Spot
from warehouses.planning.rules import s_shape

ONE_BLOCK = Layout((0, 5, 10), (0, 100), ((0, 0, 0),))
TWO_BLOCKS = Layout((0, 5, 10), (0, 50, 100), ((0, 0, 0),))


def test_one_block_is_walked_through_aisle_by_aisle() -> None:
    spots = [Spot(1, 70), Spot(1, 20), Spot(0, 10), Spot(0, 60)]

    walk = s_shape(ONE_BLOCK, spots)

    assert [spots[index] for index in walk.order] == [Spot(0, 10), Spot(0, 60), Spot(1, 70), Spot(1, 20)]
    assert walk.length_mm == 100 + 5 + 100 + 5


def test_an_odd_last_aisle_is_left_by_the_way_it_was_entered() -> None:
    walk = s_shape(ONE_BLOCK, [Spot(0, 10), Spot(1, 90), Spot(2, 30)])

    assert walk.order == (0, 1, 2)
    assert walk.length_mm == 100 + 5 + 100 + 5 + 2 * 30 + 10


def test_several_blocks_are_walked_from_the_farthest() -> None:
    spots = [Spot(1, 20), Spot(2, 70), Spot(0, 30), Spot(1, 60)]

    walk = s_shape(TWO_BLOCKS, spots)

    # up aisle 0; in the far block up aisle 1 and down aisle 2; in the near block down aisle 1
    assert walk.order == (2, 3, 1, 0)
    assert walk.length_mm == 50 + 5 + 50 + 5 + 50 + 5 + 50 + 5


def test_a_block_without_picks_is_walked_past() -> None:
    walk = s_shape(TWO_BLOCKS, [Spot(1, 80)])

    assert walk.length_mm == 5 + 50 + 30 + 30 + 50 + 5


def test_a_depot_at_the_back_turns_the_rule_round() -> None:
    at_the_back = Layout((0, 5, 10), (0, 50, 100), ((0, 2, 0),))
    spots = [Spot(1, 20), Spot(2, 70), Spot(0, 30), Spot(1, 60)]

    walk = s_shape(at_the_back, [Spot(spot.aisle, 100 - spot.y_mm) for spot in spots])

    assert walk.order == s_shape(TWO_BLOCKS, spots).order
    assert walk.length_mm == s_shape(TWO_BLOCKS, spots).length_mm


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_rule_serves_every_spot_and_walks_no_less_than_its_order_needs(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout))

    walk = s_shape(layout, spots)

    assert sorted(walk.order) == list(range(len(spots)))
    assert walk.length_mm >= layout.route_mm([spots[index] for index in walk.order]) >= walk.bound_mm


@pytest.mark.parametrize("set_name, low, high", [("sprp-b1", 0.30, 0.40), ("sprp-b2", 0.24, 0.34)])
def test_the_rule_is_about_a_third_longer_than_the_optimum(set_name: str, low: float, high: float) -> None:
    instances = [one for one in read("sprp") if one["set"] == set_name]

    gaps = [
        s_shape(layout_of(one), spots_of(one)).length_mm / MM / one["reference"]["optimal"]["value"] - 1
        for one in Random(2).sample(instances, 200)
    ]

    assert min(gaps) >= 0
    assert low < mean(gaps) < high
