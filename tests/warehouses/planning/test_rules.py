"""The rules of the floor: the paths by the book, and how far they are from the optimum."""

from collections.abc import Callable
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.instances import MM, layout_of, read, spots_of
from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.rules import largest_gap, return_walk, s_shape
from warehouses.planning.walks.walk import Walk

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


def test_return_leaves_every_aisle_by_its_front() -> None:
    spots = [Spot(1, 70), Spot(1, 20), Spot(0, 10), Spot(2, 60)]

    walk = return_walk(ONE_BLOCK, spots)

    assert walk.order == (2, 1, 0, 3)
    assert walk.length_mm == 2 * (10 + 70 + 60) + 2 * 10
    assert walk.method == "return"


def test_return_serves_each_block_from_its_front() -> None:
    walk = return_walk(TWO_BLOCKS, [Spot(1, 20), Spot(2, 70), Spot(0, 30)])

    # up aisle 0 to the middle; in and out of aisle 2; down it, then in and out of aisle 1
    assert walk.order == (2, 1, 0)
    assert walk.length_mm == 50 + 10 + 20 + 20 + 50 + 5 + 20 + 20 + 5


def test_largest_gap_leaves_out_the_gap_of_every_aisle_but_the_outermost() -> None:
    spots = [Spot(0, 50), Spot(1, 10), Spot(1, 80), Spot(2, 40)]

    walk = largest_gap(ONE_BLOCK, spots)

    assert walk.order == (0, 2, 3, 1)
    assert walk.length_mm == 100 + 5 + 20 + 20 + 5 + 100 + 5 + 10 + 10 + 5
    assert largest_gap(ONE_BLOCK, [Spot(1, 80)]).length_mm == 5 + 80 + 80 + 5


def test_largest_gap_serves_aisles_before_the_first_one_on_the_way_there() -> None:
    layout = Layout((0, 5, 10, 15, 20), (0, 100), ((2, 0, 0),))
    spots = [Spot(0, 50), Spot(1, 10), Spot(2, 20), Spot(3, 30), Spot(3, 90), Spot(4, 40)]

    walk = largest_gap(layout, spots)

    # into aisle 1, up aisle 0; from the back into aisle 3; down aisle 4; from the front into aisles 3 and 2
    assert walk.order == (1, 0, 4, 5, 3, 2)
    assert walk.length_mm == 2 * 20 + 2 * 100 + 2 * (10 + 10 + 30 + 20)


def test_one_block_is_begun_at_the_end_nearer_to_the_depot() -> None:
    layout = Layout((0, 5, 10, 15), (0, 100), ((2, 0, 0),))

    walk = s_shape(layout, [Spot(0, 10), Spot(1, 20), Spot(3, 30)])

    assert walk.order == (2, 1, 0)
    assert walk.length_mm == 2 * 15 + 2 * 100 + 2 * 10


def test_largest_gap_goes_from_block_to_block() -> None:
    walk = largest_gap(TWO_BLOCKS, [Spot(0, 20), Spot(1, 70), Spot(2, 30)])

    # up aisle 0, in and out of aisle 1 beyond the middle, then along the middle to aisle 2 and down it
    assert walk.order == (0, 1, 2)
    assert walk.length_mm == 50 + 5 + 20 + 20 + 5 + 50 + 10


@pytest.mark.parametrize("rule", [s_shape, return_walk, largest_gap])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_rule_serves_every_spot_and_walks_no_less_than_its_order_needs(
    rule: Callable[[Layout, list[Spot]], Walk], data: st.DataObject
) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout))

    walk = rule(layout, spots)

    assert sorted(walk.order) == list(range(len(spots)))
    assert walk.length_mm >= layout.route_mm([spots[index] for index in walk.order]) >= walk.bound_mm


@pytest.mark.parametrize(
    "rule, set_name, usual, most",
    [
        (s_shape, "sprp-b1", 0.36, 0.95),
        (return_walk, "sprp-b1", 0.45, 1.20),
        (largest_gap, "sprp-b1", 0.10, 0.76),
        (s_shape, "sprp-b2", 0.35, 0.92),
    ],
)
def test_the_rules_are_as_much_longer_than_the_optimum_as_is_known(
    rule: Callable[[Layout, list[Spot]], Walk], set_name: str, usual: float, most: float
) -> None:
    """On the first instance of each size, those that the published comparison of the rules took."""
    instances = [one for one in read("sprp") if one["set"] == set_name and one["name"].split("_")[-2] == "0"]

    gaps = [
        rule(layout_of(one), spots_of(one)).length_mm / MM / one["reference"]["optimal"]["value"] - 1
        for one in instances
    ]

    assert len(gaps) == 48
    assert min(gaps) >= 0
    assert (round(mean(gaps), 2), round(max(gaps), 2)) == (usual, most)
