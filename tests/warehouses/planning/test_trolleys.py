"""Trolley trips: every unit to its bin, no trolley overloaded, one trip by the exact walk."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.trolleys import Drop, Trolley, plan_trips
from warehouses.planning.walks.walking import plan_walk
from warehouses.planning.warming import warm_up

FLOOR = Layout((0, 3_000, 6_000), (0, 10_000), ((0, 0, 1_000),))


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The time limits are for searching, not for compiling."""
    warm_up()


def test_what_fits_goes_in_one_trip_by_the_shortest_walk() -> None:
    drops = [Drop("far", Spot(2, 4_000, "C"), 2, 10, 1), Drop("near", Spot(0, 4_000, "A"), 3, 10, 1)]

    (trip,) = plan_trips(FLOOR, drops, Trolley(50, 5))

    assert trip.walk.length_mm == trip.walk.bound_mm == plan_walk(FLOOR, [drop.spot for drop in drops]).length_mm
    assert sorted(trip.drops) == [("far", 2), ("near", 3)]
    assert [trip.spots[index].name for index in trip.walk.order] == [
        {"far": "C", "near": "A"}[key] for key, _ in trip.drops
    ]


def test_neighbours_ride_together() -> None:
    left = [Drop(f"left {n}", Spot(0, 9_000 - n), 1, 1, 1) for n in range(2)]
    right = [Drop(f"right {n}", Spot(2, 9_000 - n), 1, 1, 1) for n in range(2)]

    trips = plan_trips(FLOOR, [left[0], right[0], left[1], right[1]], Trolley(2, 9), time_limit_s=5.0)

    assert sorted(sorted(key for key, _ in trip.drops) for trip in trips) == [
        ["left 0", "left 1"],
        ["right 0", "right 1"],
    ]


def test_a_drop_too_much_for_one_trip_is_divided_and_a_giant_goes_alone() -> None:
    trips = plan_trips(FLOOR, [Drop("many", Spot(1, 100), 7, 10, 1)], Trolley(30, 99))
    assert sorted(units for trip in trips for _, units in trip.drops) == [1, 3, 3]

    (giant,) = plan_trips(FLOOR, [Drop("giant", Spot(1, 100), 1, 500, 1)], Trolley(30, 99))
    assert giant.drops == (("giant", 1),)


def test_nothing_is_no_trip_and_a_bin_out_of_reach_is_named() -> None:
    assert plan_trips(FLOOR, [], Trolley(1, 1)) == ()
    with pytest.raises(Invalid) as refusal:
        plan_trips(FLOOR, [Drop("lost", Spot(9, 1, "X-9"), 1, 1, 1)], Trolley(9, 9))
    assert (refusal.value.code, refusal.value.facts["bin"]) == ("spot_unreachable", "X-9")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_unit_is_carried_once_and_no_trolley_too_much(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout, most=6, least=1))
    sizes = st.integers(0, 5)
    drops = [
        Drop(str(n), spot, data.draw(st.integers(1, 9)), data.draw(sizes), data.draw(sizes))
        for n, spot in enumerate(spots)
    ]
    trolley = Trolley(data.draw(st.integers(5, 40)), data.draw(st.integers(5, 40)))

    trips = plan_trips(layout, drops, trolley, time_limit_s=0.05)

    by_key = {drop.key: drop for drop in drops}
    carried: Counter[str] = Counter()
    for trip in trips:
        held = [(by_key[key], units) for key, units in trip.drops]
        carried.update(dict.fromkeys(by_key, 0))
        for drop, units in held:
            carried[drop.key] += units
        assert sum(units * drop.unit_volume_mm3 for drop, units in held) <= trolley.volume_mm3
        assert sum(units * drop.unit_weight_g for drop, units in held) <= trolley.weight_g
        assert {drop.spot for drop, _ in held} == set(trip.spots)
        assert trip.walk.length_mm == layout.route_mm([trip.spots[index] for index in trip.walk.order])
    assert carried == {drop.key: drop.quantity for drop in drops}
