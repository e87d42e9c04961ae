"""Walks: proven shortest, independent of how they are drawn, feasible at any limit."""

import itertools
import time
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.instances import MM, checker, layout_of, read, spots_of, visits_of
from tests.warehouses.planning.plans import held_karp_mm, layouts, spots_on
from warehouses.planning.batches.bounds import walk_bound
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.routing import routed_walk
from warehouses.planning.walks.rules import s_shape
from warehouses.planning.walks.walk import Walk
from warehouses.planning.walks.walking import plan_walk, walk_points

PLAN = Layout((0, 3_000, 6_000), (0, 10_000, 20_000), ((1, 0, 500),))


def test_shared_single_walks_are_optimal_and_the_checker_agrees() -> None:
    graphs = checker()

    for number, instance in enumerate(Random(11).sample(read("sprp"), 160)):
        spots = spots_of(instance)
        walk = plan_walk(layout_of(instance), spots)

        assert walk.length_mm == walk.bound_mm == instance["reference"]["optimal"]["value"] * MM, instance["name"]
        if number % 12 == 0:
            visits = visits_of(instance, (spots[index] for index in walk.order))
            tour = {"orders": [order["id"] for order in instance["orders"]], "visits": visits}
            assert graphs.verify(instance, {"tours": [tour]}) == (walk.length_mm / MM, [])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_exact_walk_is_as_short_as_held_and_karps(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout, most=7))

    walk = plan_walk(layout, spots)

    assert walk.length_mm == walk.bound_mm == held_karp_mm(layout, spots)
    assert sorted(walk.order) == list(range(len(spots)))
    assert layout.route_mm([spots[index] for index in walk.order]) == walk.length_mm
    assert walk_bound(layout, spots) <= walk.length_mm


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_five_blocks_are_walked_as_short_as_held_and_karp_say(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_cross=6, most_links=1))
    spots = data.draw(spots_on(layout, most=8))

    walk = plan_walk(layout, spots)

    assert (walk.length_mm, walk.method) == (held_karp_mm(layout, spots), "exact")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_drawn_path_is_as_long_as_the_walk(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_links=1))
    spots = data.draw(spots_on(layout, least=1))

    walk = plan_walk(layout, spots)
    points = walk_points(layout, spots, walk.order)

    legs = list(itertools.pairwise(points))
    assert sum(abs(x2 - x1) + abs(y2 - y1) for (x1, y1), (x2, y2) in legs) == walk.length_mm
    assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in legs)
    places = {(layout.aisle_x_mm[spot.aisle], spot.y_mm) for spot in spots}
    assert places <= {place for leg in legs for place in _along(leg)} | set(points)


def test_a_path_is_drawn_corner_by_corner() -> None:
    spots = [Spot(2, 4_000), Spot(0, 2_000)]

    assert walk_points(PLAN, spots, (1, 0)) == (
        (3_000, -500),
        (3_000, 0),
        (0, 0),
        (0, 2_000),
        (0, 0),
        (6_000, 0),
        (6_000, 4_000),
        (6_000, 0),
        (3_000, 0),
        (3_000, -500),
    )
    assert walk_points(PLAN, [], ()) == ()


def test_doors_are_drawn_outwards_and_the_walk_may_end_at_another() -> None:
    layout = Layout((0, 3_000, 6_000), (0, 10_000, 20_000), ((0, 1, 100), (2, 1, 200), (1, 2, 300)))

    points = walk_points(layout, [Spot(0, 9_000), Spot(2, 9_000)], (0, 1))

    assert points[0] == (-100, 10_000)
    assert points[-1] == (6_200, 10_000)
    assert walk_points(layout, [Spot(1, 19_000)], (0,))[0] == (3_000, 20_300)


def test_bins_on_one_spot_cost_nothing_more_and_stand_side_by_side() -> None:
    spots = [Spot(0, 5_000, "a"), Spot(2, 7_000, "b"), Spot(0, 5_000, "c"), Spot(2, 7_000, "d")]

    walk = plan_walk(PLAN, spots)

    assert walk.length_mm == plan_walk(PLAN, spots[:2]).length_mm
    assert [spots[index].aisle for index in walk.order] in ([0, 0, 2, 2], [2, 2, 0, 0])


def test_no_spots_are_no_walk() -> None:
    assert plan_walk(PLAN, []) == Walk((), 0, 0, "exact")
    assert s_shape(PLAN, []) == Walk((), 0, 0, "s_shape")
    assert routed_walk(PLAN, []) == Walk((), 0, 0, "routing")


def test_routing_finds_the_proven_optimum_of_shared_walks() -> None:
    small = [one for one in read("sprp") if len(one["orders"][0]["lines"]) == 7]

    for instance in Random(3).sample(small, 6):
        walk = routed_walk(layout_of(instance), spots_of(instance), seed=4, time_limit_s=30.0)

        assert walk.length_mm == instance["reference"]["optimal"]["value"] * MM, instance["name"]
        assert 0 < walk.bound_mm <= walk.length_mm


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_routing_serves_every_spot_and_never_beats_the_optimum(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout, most=6))

    walk = routed_walk(layout, spots, seed=data.draw(st.integers(0, 9)), time_limit_s=0.5)

    assert sorted(walk.order) == list(range(len(spots)))
    assert held_karp_mm(layout, spots) <= walk.length_mm <= s_shape(layout, spots).length_mm


def test_many_cross_aisles_are_walked_by_routing_with_a_bound() -> None:
    layout, spots = _tall_plan(cross_aisles=8, picks=60)

    walk = plan_walk(layout, spots, seed=1, time_limit_s=1.0)

    assert walk.method == "routing"
    assert walk.bound_mm <= walk.length_mm <= s_shape(layout, spots).length_mm
    assert layout.route_mm([spots[index] for index in walk.order]) == walk.length_mm
    assert walk.gap > 0


@pytest.mark.parametrize("cross_aisles", [2, 4, 5, 7, 9])
def test_a_deadline_of_a_twentieth_second_still_gives_a_walk(cross_aisles: int) -> None:
    layout, spots = _tall_plan(cross_aisles=cross_aisles, picks=150)
    plan_walk(layout, spots, time_limit_s=0.05)

    begun = time.process_time()
    walk = plan_walk(layout, spots, time_limit_s=0.05)

    assert time.process_time() - begun < 1.05
    assert sorted(walk.order) == list(range(150))
    assert walk.length_mm <= s_shape(layout, spots).length_mm


def test_ten_thousand_picks_in_one_list_are_walked_exactly() -> None:
    layout, spots = _tall_plan(cross_aisles=3, picks=10_000)

    walk = plan_walk(layout, spots)

    assert walk.method == "exact"
    assert sorted(walk.order) == list(range(10_000))
    assert layout.route_mm([spots[index] for index in walk.order]) == walk.length_mm


def test_the_same_seed_gives_the_same_walk() -> None:
    layout, spots = _tall_plan(cross_aisles=4, picks=14)

    assert plan_walk(layout, spots, seed=7) == plan_walk(layout, spots, seed=7)
    routed = [routed_walk(layout, spots, seed=7, time_limit_s=60.0) for _ in range(2)]
    assert routed[0] == routed[1]


def test_an_unreachable_bin_is_refused_by_every_method() -> None:
    for plan in (plan_walk, routed_walk, s_shape):
        with pytest.raises(Invalid) as refused:
            plan(PLAN, [Spot(0, 1), Spot(5, 1, "Z-1")])

        assert (refused.value.code, refused.value.facts["bin"]) == ("spot_unreachable", "Z-1")


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(Invalid) as refused:
        plan_walk(PLAN, [Spot(0, 1)], time_limit_s=limit)

    assert refused.value.code == "time_limit_invalid"


def _tall_plan(*, cross_aisles: int, picks: int) -> tuple[Layout, list[Spot]]:
    rng = Random(picks)
    layout = Layout(tuple(range(0, 40_000, 4_000)), tuple(range(0, cross_aisles * 12_000, 12_000)), ((3, 0, 2_000),))
    top = layout.cross_y_mm[-1]
    return layout, [Spot(rng.randrange(10), rng.randrange(top)) for _ in range(picks)]


def _along(leg: tuple[Sequence[int], Sequence[int]]) -> set[tuple[int, int]]:
    (x1, y1), (x2, y2) = leg
    if x1 != x2:
        return set()
    return {(x1, y) for y in range(min(y1, y2), max(y1, y2) + 1)}
