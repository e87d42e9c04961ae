"""Which shelf an article of a filled cart comes from: the quicker walk, and never more than lies there."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.running.fetching import Want, fetch_cart
from warehouses.planning.scattered.places import Supply
from warehouses.planning.walks.walking import plan_walk
from warehouses.planning.warming import warm_up

FLOOR = Layout((0, 3_000, 6_000), (0, 10_000), ((0, 0, 1_000),))
FAR, NEAR, NEXT = Spot(2, 4_000, "far"), Spot(0, 4_000, "near"), Spot(0, 5_000, "next")
SPEEDS = Speeds(walk_mm_per_s=1_000.0, pick_s=8.0, unit_s=1.5)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The time limits are for searching, not for compiling."""
    warm_up()


def walked(supplies: list[Supply], wants: list[Want]) -> int:
    spots = list(dict.fromkeys(supplies[want.supply].spot for want in wants))
    return plan_walk(FLOOR, spots).length_mm


def test_the_shelf_on_the_way_is_taken() -> None:
    supplies = [Supply("RING", FAR, 9), Supply("RING", NEAR, 3), Supply("SCARF", NEXT, 1)]
    wants = [Want("RING", 2, 0), Want("SCARF", 1, 2)]

    found = fetch_cart(FLOOR, wants, supplies, walked(supplies, wants), speeds=SPEEDS)

    assert found.taken == (((1, 2),), ((2, 1),))
    assert set(found.spots) == {NEAR, NEXT}
    assert (found.walk.length_mm, found.walk.bound_mm) == (2 * (1_000 + 5_000), 2 * (1_000 + 5_000))
    assert [found.spots[index] for index in found.walk.order] in ([NEAR, NEXT], [NEXT, NEAR])


def test_units_may_come_from_two_shelves_where_the_walk_saved_is_worth_the_second_pick() -> None:
    supplies = [Supply("RING", FAR, 9), Supply("RING", NEAR, 2), Supply("RING", NEXT, 2)]
    wants = [Want("RING", 3, 0)]

    found = fetch_cart(FLOOR, wants, supplies, walked(supplies, wants), speeds=SPEEDS)

    assert sorted(found.taken[0]) in ([(1, 1), (2, 2)], [(1, 2), (2, 1)])
    # From 22 m to 12 m: 10 s at 1 m/s, for a second pick of 8 s in place of a further unit of 1.5 s.
    slow = replace(SPEEDS, pick_s=11.6)
    assert fetch_cart(FLOOR, wants, supplies, walked(supplies, wants), speeds=slow) is None


def test_what_is_best_already_stays() -> None:
    supplies = [Supply("RING", FAR, 9), Supply("RING", NEAR, 3)]
    wants = [Want("RING", 2, 1)]

    assert fetch_cart(FLOOR, wants, supplies, walked(supplies, wants), speeds=SPEEDS) is None


def test_large_wants_stay_whole_and_small_ones_share() -> None:
    supplies = [Supply("RING", FAR, 9), Supply("RING", NEAR, 4), Supply("RING", NEXT, 2)]
    wants = [Want("RING", 1, 0), Want("RING", 4, 0), Want("RING", 1, 0)]

    found = fetch_cart(FLOOR, wants, supplies, walked(supplies, wants), speeds=SPEEDS)

    assert found.taken == (((2, 1),), ((1, 4),), ((2, 1),))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_want_is_served_by_what_is_there_and_no_slower_than_before(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout, most=8, least=1))
    supplies = [Supply(data.draw(st.sampled_from("ABC")), spot, data.draw(st.integers(1, 5))) for spot in spots]
    left = [supply.units for supply in supplies]
    wants = []
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.sampled_from(range(len(supplies))))
        if left[at]:
            wants.append(Want(supplies[at].sku, data.draw(st.integers(1, left[at])), at))
            left[at] -= wants[-1].units
    if not wants:
        return
    now = list(dict.fromkeys(supplies[want.supply].spot for want in wants))
    before = plan_walk(layout, now).length_mm

    found = fetch_cart(layout, wants, supplies, before, speeds=SPEEDS, time_limit_s=1.0)

    if found is None:
        return
    taken = Counter()
    for want, parts in zip(wants, found.taken, strict=True):
        assert sum(units for _, units in parts) == want.units
        assert len({at for at, _ in parts}) == len(parts)
        for at, units in parts:
            assert supplies[at].sku == want.sku and units > 0
            taken[at] += units
    assert all(units <= supplies[at].units for at, units in taken.items())
    assert {supplies[at].spot for at in taken} == set(found.spots)
    assert found.walk.length_mm == layout.route_mm([found.spots[index] for index in found.walk.order])
    more = sum(map(len, found.taken)) - len(wants)
    assert (found.walk.length_mm - before) / 1_000 + more * (8.0 - 1.5) < 0
