"""Floors with rules as rectangles, and walks over them as they are walked and drawn."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.irregular_floors import MEZZANINE, ONE_WAY, PLAN, loads_on, reached
from tests.warehouses.planning.shortest import Ways
from tests.warehouses.planning.test_floors import floors
from warehouses.planning.batches.loads import Load
from warehouses.planning.floor.floors import AisleRule, FloorGraph
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.floor.rectangles import level_rectangles, rectangle_of, side_by_side
from warehouses.planning.putaway import Group, Place, plan_putaway
from warehouses.planning.walks.rules import s_shape, s_shape_mm
from warehouses.planning.walks.strokes import Stroke, walk_strokes


def test_a_floor_knows_its_rectangles() -> None:
    assert rectangle_of(ONE_WAY) == side_by_side(ONE_WAY) == PLAN
    assert rectangle_of(MEZZANINE) is None
    assert level_rectangles(MEZZANINE) == [
        (0, Layout((0, 3_000, 6_000), (0, 20_000), ((0, 0, 500),))),
        (3, Layout((0, 4_000), (0, 8_000, 16_000), ((0, 0, 0),))),
    ]
    assert side_by_side(MEZZANINE) == Layout(
        (0, 3_000, 6_000, 18_000, 22_000), (0, 8_000, 16_000, 20_000), ((0, 0, 500),)
    )


def test_the_s_shape_rules_order_is_walked_as_the_rules_of_traffic_allow() -> None:
    spots = [Spot(0, 5_000), Spot(1, 5_000), Spot(2, 5_000)]
    order = [spots[index] for index in s_shape(PLAN, spots).order]

    assert s_shape_mm(PLAN, spots) == s_shape(PLAN, spots).length_mm
    assert s_shape_mm(ONE_WAY, spots) == Ways(ONE_WAY).walked(order)
    assert s_shape_mm(MEZZANINE, [Spot(4, 8_000), Spot(0, 4_000)]) == Ways(MEZZANINE).walked(
        [Spot(0, 4_000), Spot(4, 8_000)]
    )


def test_a_walk_is_drawn_where_it_is_walked() -> None:
    one_way = FloorGraph.of(Layout((0, 3_000), (0, 10_000), ((0, 0, 500),)), AisleRule(1, 0, 10_000, Traffic.BACKWARD))

    (stroke,) = walk_strokes(one_way, [Spot(1, 4_000)], [0])

    assert stroke == Stroke(0, ((0, -500), (0, 10_000), (3_000, 10_000), (3_000, 0), (0, 0), (0, -500)))


def test_a_walk_over_stairs_is_drawn_level_by_level() -> None:
    strokes = walk_strokes(MEZZANINE, [Spot(4, 8_000)], [0])

    assert strokes == (
        Stroke(0, ((0, -500), (0, 0), (6_000, 0))),
        Stroke(1, ((0, 0), (0, 8_000), (4_000, 8_000), (0, 8_000), (0, 0))),
        Stroke(0, ((6_000, 0), (0, 0), (0, -500))),
    )


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_drawn_walk_is_as_long_as_it_is_walked(data: st.DataObject) -> None:
    floor = data.draw(floors())
    spots = [
        spot for load in loads_on(floor, count=3, seed=data.draw(st.integers(0, 99)), step=1) for spot in load.spots
    ]
    spots = [spot for spot in spots if reached(floor, Load("L", (spot,), 1, 1, 1))]

    strokes = walk_strokes(floor, spots, range(len(spots)))

    drawn = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for stroke in strokes for a, b in pairwise(stroke.points))
    assert drawn == floor.route_mm(spots) or len(floor.depot_links) > 1


def test_goods_from_the_dock_go_where_the_way_there_and_back_is_short() -> None:
    places = [Place("near", Spot(2, 2_000), 10, 10), Place("round", Spot(1, 2_000), 10, 10)]

    plan = plan_putaway(ONE_WAY, [Group("g", "s", "", 1, 10, 10, 5.0)], places, time_limit_s=1.0)

    assert [one.place for one in plan.placements] == ["near"]
    assert plan.walk is not None
    assert plan.walk.length_mm == 2 * (500 + 3_000 + 2_000)
