"""Waves under way: rush orders, arrivals, zones with hand-over, orders of one unit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.plans import layouts, spots_on, waves
from warehouses.planning.batches.batching import CartPlan, plan_wave
from warehouses.planning.batches.loads import Cart, Line, Load, Tote
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.running.rushing import Running, insert_rush
from warehouses.planning.running.singles import separate_singles
from warehouses.planning.running.zoning import divide, meetings
from warehouses.planning.walks.walk import Walk

PLAN = Layout((0, 5, 10), (0, 100), ((0, 0, 0),))
CART = Cart(4, 40, 40)


def cart_over(*spots: Spot, key: str = "L", totes: int = 1) -> CartPlan:
    order = tuple(range(len(spots)))
    return CartPlan((key,), spots, Walk(order, PLAN.route_mm(spots), 0, "exact"), totes, 1, 1)


def test_a_rush_order_joins_the_cart_that_passes_by_and_has_room() -> None:
    far = Running(cart_over(Spot(2, 50)), 0)
    passing = Running(cart_over(Spot(0, 10), Spot(0, 80), key="M"), 1)
    full = Running(cart_over(Spot(0, 30), key="N", totes=4), 0)

    rushed = insert_rush(PLAN, [far, full, passing], Load("R", (Spot(0, 40),), 1, 1, 1), CART)

    assert rushed is not None
    assert (rushed.place, rushed.added_mm) == (2, 0)
    assert rushed.plan.loads == ("M", "R")
    assert [rushed.plan.spots[i] for i in rushed.plan.walk.order] == [Spot(0, 10), Spot(0, 40), Spot(0, 80)]
    assert (rushed.plan.totes, rushed.plan.walk.length_mm) == (2, 160)


def test_a_rush_order_behind_the_picker_is_fetched_on_the_way_back() -> None:
    running = Running(cart_over(Spot(0, 10), Spot(0, 80)), 2)

    rushed = insert_rush(PLAN, [running], Load("R", (Spot(0, 10), Spot(0, 90)), 1, 1, 1), CART)

    assert rushed is not None
    order = [rushed.plan.spots[i].y_mm for i in rushed.plan.walk.order]
    assert order == [10, 80, 90, 10]
    assert rushed.added_mm == 20


def test_no_cart_takes_a_rush_order_that_fits_none_or_may_not_ride_along() -> None:
    load = Load("R", (Spot(0, 40),), 4, 1, 1, group="food")
    poison = Running(cart_over(Spot(0, 10)), 0, frozenset({"poison"}))

    assert insert_rush(PLAN, [Running(cart_over(Spot(0, 10)), 0)], load, CART) is None
    small = Load("R", (Spot(0, 40),), 1, 1, 1, group="food")
    assert insert_rush(PLAN, [poison], small, CART, apart=[("food", "poison")]) is None
    assert insert_rush(PLAN, [poison], small, CART) is not None


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_rush_order_never_changes_what_is_done(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    loads, cart = data.draw(waves(layout, most=5))
    load = Load("R", tuple(data.draw(spots_on(layout, most=3, least=1))), 1, 1, 1)
    # All is drawn before the plan, which the clock may end: what is drawn must not hang on it.
    shares = data.draw(st.lists(st.floats(0, 1), min_size=len(loads), max_size=len(loads)))
    carts = plan_wave(layout, loads, cart, time_limit_s=0.02).carts
    running = [Running(one, round(share * len(one.walk.order))) for one, share in zip(carts, shares, strict=False)]

    rushed = insert_rush(layout, running, load, cart)

    room = [one for one in carts if one.totes < cart.totes and one.volume_mm3 < cart.volume_mm3]
    assert (rushed is not None) == any(one.weight_g < cart.weight_g for one in room)
    if rushed is not None:
        before = running[rushed.place]
        was = [before.plan.spots[i] for i in before.plan.walk.order]
        now = [rushed.plan.spots[i] for i in rushed.plan.walk.order]
        assert now[: before.done] == was[: before.done]
        assert set(load.spots) <= set(now[before.done :])
        assert [spot for spot in now if spot in was] == was or len(now) > len(was)
        assert rushed.plan.walk.length_mm == layout.route_mm(now) == before.plan.walk.length_mm + rushed.added_mm
        assert sorted(rushed.plan.walk.order) == list(range(len(rushed.plan.spots)))


def test_each_zone_has_its_lines_and_orders_of_both_meet() -> None:
    a1, a2 = Line("A1", Spot(0, 10, "left"), 1, 1, 1), Line("A2", Spot(1, 20, "right"), 2, 1, 1)
    b1 = Line("B1", Spot(1, 30, "right"), 1, 1, 1)

    zones = divide({"A": [a1, a2], "B": [b1]}, lambda line: line.spot.name)

    assert zones == {"left": {"A": [a1]}, "right": {"A": [a2], "B": [b1]}}
    assert meetings(zones) == {"A": ("left", "right")}
    assert divide({}, str) == {}


def test_orders_of_one_unit_share_totes_and_the_others_are_left() -> None:
    orders = {
        "one": [Line("one", Spot(1, 5), 1, 4, 1)],
        "two": [Line("two", Spot(0, 5), 1, 4, 1)],
        "three": [Line("three", Spot(0, 9), 1, 4, 1)],
        "pair": [Line("pair", Spot(0, 9), 2, 4, 1)],
        "both": [Line("x", Spot(0, 9), 1, 4, 1), Line("y", Spot(0, 9), 1, 4, 1)],
    }

    flows = separate_singles(orders, tote=Tote(10, 10), cart=CART)

    assert list(flows.others) == ["pair", "both"]
    assert [part.load.key for part in flows.singles] == ["singles/1", "singles/2"]
    assert [part.picks for part in flows.singles] == [(("two", 1), ("three", 1)), (("one", 1),)]
    assert separate_singles({}, tote=Tote(10, 10), cart=CART).singles == ()


def test_singles_are_shared_out_evenly_along_the_walk() -> None:
    orders = {f"{x}-{y}": [Line(f"{x}-{y}", Spot(x, y), 1, 1, 1)] for x in range(3) for y in (10, 90)}

    flows = separate_singles(orders, tote=Tote(10, 10), cart=CART, most=4)

    # Up the first aisle and down the second: the back of both is one tote's.
    assert [sorted(key for key, _ in part.picks) for part in flows.singles] == [
        ["0-10", "0-90", "1-90"],
        ["1-10", "2-10", "2-90"],
    ]


def test_too_few_singles_and_those_named_alone_stay_with_the_others() -> None:
    orders = {f"S{n}": [Line(f"S{n}", Spot(0, 10 + n), 1, 1, 1)] for n in range(4)}

    few = separate_singles(orders, tote=Tote(10, 10), cart=CART, least=5)
    some = separate_singles(orders, tote=Tote(10, 10), cart=CART, least=3, alone=["S1"])
    fewer = separate_singles(orders, tote=Tote(10, 10), cart=CART, least=4, alone=["S1"])

    assert (few.singles, few.others) == (fewer.singles, fewer.others) == ((), orders)
    assert list(some.others) == ["S1"]
    assert [part.picks for part in some.singles] == [(("S0", 1), ("S2", 1), ("S3", 1))]


def test_a_single_that_goes_into_no_tote_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        separate_singles(
            {
                "ring": [Line("ring", Spot(0, 1), 1, 1, 1)],
                "big": [Line("big", Spot(0, 5), 1, 49, 1)],
            },
            tote=Tote(10, 10),
            cart=CART,
        )

    assert (refused.value.code, refused.value.facts["line"]) == ("unit_too_large", "big")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_single_is_in_one_tote_of_its_own_urgency(data: st.DataObject) -> None:
    numbers = range(data.draw(st.integers(0, 25)))
    spots = st.builds(Spot, st.integers(0, 2), st.integers(1, 99))
    sizes = st.tuples(st.integers(1, 10), st.integers(1, 10))
    orders = {
        str(n): [Line(str(n), data.draw(spots), data.draw(st.integers(1, 2)), *data.draw(sizes))] for n in numbers
    }
    urgency = {key: data.draw(st.integers(0, 2)) for key in orders}
    most = data.draw(st.integers(1, 9))

    flows = separate_singles(orders, tote=Tote(10, 10), cart=CART, most=most, urgency=urgency)

    shared = [key for part in flows.singles for key, _ in part.picks]
    assert sorted([*shared, *flows.others]) == sorted(orders)
    assert all((orders[key][0].quantity == 1) == (key in shared) for key in orders)
    assert len({part.load.key for part in flows.singles}) == len(flows.singles)
    for part in flows.singles:
        assert len({urgency[key] for key, _ in part.picks}) == 1
        assert len(part.picks) <= most
        assert (part.load.totes, len(part.totes)) == (1, 1)
        assert part.load.volume_mm3 <= 10
        assert part.load.weight_g <= 10
