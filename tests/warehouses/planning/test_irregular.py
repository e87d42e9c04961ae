"""Waves on floors with rules or levels: every leg is one that may be walked, and as short as on a rectangle."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.instances import MM, read, wave_of
from tests.warehouses.planning.irregular_floors import MEZZANINE, ONE_WAY, loads_on, reached
from tests.warehouses.planning.plans import best_wave_mm, held_karp_mm
from tests.warehouses.planning.shortest import Ways
from tests.warehouses.planning.test_floors import floors
from warehouses.planning.batches import irregular
from warehouses.planning.batches.batching import WavePlan, plan_wave, warm_up
from warehouses.planning.batches.bounds import floor_bound
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.floors import AisleRule, FloorGraph
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic

CART = Cart(3, 100, 100)


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    warm_up()


# --- the rules hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit_s", [2.0, 0.05])
@pytest.mark.parametrize("floor", [ONE_WAY, MEZZANINE], ids=["one-way", "mezzanine"])
def test_every_leg_is_the_shortest_that_the_rules_allow(floor: FloorGraph, limit_s: float) -> None:
    loads = loads_on(floor, count=24, seed=2)

    plan = plan_wave(floor, loads, CART, seed=1, time_limit_s=limit_s)

    _assert_feasible(plan, loads, CART)
    ways = Ways(floor)
    for cart in plan.carts:
        assert cart.walk.length_mm == ways.walked([cart.spots[index] for index in cart.walk.order])
    assert plan.bound_mm <= plan.length_mm < plan.s_shape_mm


def test_the_best_plan_under_the_rules_is_found_though_the_rectangles_is_another() -> None:
    """Two aisles to be walked upwards only: what lies high and low in one of them rides together with its neighbour."""
    loads = loads_on(ONE_WAY, count=6, seed=5, most=2)

    plan = plan_wave(ONE_WAY, loads, CART, seed=1, time_limit_s=5.0)

    assert plan.length_mm == best_wave_mm(ONE_WAY, loads, CART)
    assert plan.bound_mm <= plan.length_mm
    assert plan.bound_kind in {"floor", "set_partitioning", "optimum"}


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_floor_gives_a_feasible_plan_and_bounds_hold(data: st.DataObject) -> None:
    floor = data.draw(floors())
    loads = [
        load
        for load in loads_on(floor, count=5, seed=data.draw(st.integers(0, 99)), most=2, step=1)
        if reached(floor, load)
    ]

    plan = plan_wave(floor, loads, CART, time_limit_s=0.2)

    _assert_feasible(plan, loads, CART)
    best = best_wave_mm(floor, loads, CART)
    assert plan.bound_mm <= best <= plan.length_mm
    assert (floor_bound(floor, loads, CART) if loads else 0) <= best
    assert all(cart.walk.bound_mm <= held_karp_mm(floor, cart.spots) for cart in plan.carts)


def test_a_wave_that_must_go_upstairs_knows_it() -> None:
    loads = [Load(f"L{n}", (Spot(4, 9_000), Spot(0, 3_000)), 1, 1, 1) for n in range(6)]
    there, back = 500 + 6_000 + 12_000 + 4_000 + 9_000, 9_000 + 4_000 + 9_000 + 6_000 + 500

    plan = plan_wave(MEZZANINE, loads, CART, time_limit_s=1.0)

    assert plan.bound_mm == 2 * (there + back)
    assert len(plan.carts) == 2
    assert plan.length_mm == 2 * (there + back + 2 * 3_000)


# --- as good as on a rectangle ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, most_gap", [("hw-40-b1-s2", 0.025), ("st-20-b2-s1", 0.03), ("ec-50-b1-s1", 0.03), ("ec-200-b2-s3", 0.03)]
)
def test_a_floor_without_rules_is_planned_nearly_as_well_as_its_rectangle(name: str, most_gap: float) -> None:
    (instance,) = [one for one in read("batch") if one["name"] == name]
    layout, loads, cart = wave_of(instance)

    plan = plan_wave(FloorGraph.of(layout), loads, cart, seed=1, time_limit_s=3.0)

    _assert_feasible(plan, loads, cart)
    assert plan.length_mm <= instance["reference"]["best_known"]["value"] * MM * (1 + most_gap)
    assert plan.bound_mm <= plan.length_mm < plan.s_shape_mm


def test_real_ways_improve_what_the_rectangle_advises() -> None:
    """An aisle of two is one-way: a search that knows nothing of it is steered badly."""
    (instance,) = [one for one in read("batch") if one["name"] == "hw-40-b1-s2"]
    layout, loads, cart = wave_of(instance)
    low, high = layout.cross_y_mm[0], layout.cross_y_mm[-1]
    ways = [Traffic.FORWARD, Traffic.BACKWARD]
    floor = FloorGraph.of(layout, *(AisleRule(n, low, high, ways[n % 2]) for n in range(len(layout.aisle_x_mm))))

    steered = plan_wave(layout, loads, cart, seed=1, time_limit_s=2.0)
    plan = plan_wave(floor, loads, cart, seed=1, time_limit_s=2.0)

    keys = {load.key: load for load in loads}
    blind = [list(dict.fromkeys(spot for key in one.loads for spot in keys[key].spots)) for one in steered.carts]
    walked = sum(_walk_mm(floor, spots) for spots in blind)
    assert plan.length_mm < 0.95 * walked


def _walk_mm(floor: FloorGraph, spots: list[Spot]) -> int:
    """The best walk of one cart."""
    (cart,) = plan_wave(floor, [Load("all", tuple(spots), 1, 1, 1)], CART, time_limit_s=0.5).carts
    return cart.walk.length_mm


@pytest.mark.parametrize("limit_s", [0.05, 2.0])
def test_a_thousand_loads_are_planned_in_time(limit_s: float) -> None:
    (instance,) = [one for one in read("batch") if one["name"] == "ec-1000-b2-s5"]
    layout, loads, cart = wave_of(instance)
    low, high = layout.cross_y_mm[0], layout.cross_y_mm[-1]
    floor = FloorGraph.of(layout, *(AisleRule(n, low, high, Traffic.FORWARD) for n in range(0, 8, 3)))

    begun = time.process_time()
    plan = plan_wave(floor, loads, cart, time_limit_s=limit_s)

    assert time.process_time() - begun < 2 * limit_s + 1.0
    _assert_feasible(plan, loads, cart)
    assert plan.length_mm < plan.s_shape_mm


def test_a_wave_with_very_many_places_is_searched_with_neighbours_as_one() -> None:
    layout = Layout(tuple(range(0, 90_000, 3_000)), (0, 20_000, 40_000), ((0, 0, 0),))
    floor = FloorGraph.of(layout, AisleRule(3, 0, 40_000, Traffic.FORWARD))
    loads, cart = loads_on(floor, count=1_500, seed=7, step=1), Cart(20, 10_000, 10_000)
    assert len({spot for load in loads for spot in load.spots}) > irregular.MOST_PLACES

    plan = plan_wave(floor, loads, cart, time_limit_s=3.0)

    _assert_feasible(plan, loads, cart)
    assert plan.length_mm < 0.8 * plan.s_shape_mm


# --- refusals and wishes ---------------------------------------------------------------------------------


def test_a_bin_in_a_closed_stretch_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        plan_wave(ONE_WAY, [Load("L", (Spot(2, 13_000, "C-13"),), 1, 1, 1)], CART)

    assert (refused.value.code, refused.value.facts["bin"]) == ("spot_unreachable", "C-13")


def test_groups_apart_and_due_times_are_heeded() -> None:
    loads = [
        Load(f"L{n}", (Spot(n % 2, 4_000),), 1, 1, 1, group=("food", "poison")[n % 2], due_s=n // 3) for n in range(6)
    ]

    plan = plan_wave(ONE_WAY, loads, CART, time_limit_s=1.0, apart=[("food", "poison")], mixing_mm=10**6)

    groups = {load.key: load.group for load in loads}
    assert all(len({groups[key] for key in cart.loads}) == 1 for cart in plan.carts)
    assert plan.bound_kind == "floor"


def test_it_stops_when_told() -> None:
    told: list[str] = []

    plan = plan_wave(
        ONE_WAY, loads_on(ONE_WAY, count=30, seed=3), CART, time_limit_s=60.0,
        progress=lambda progress: told.append(progress.phase), stop=lambda: bool(told),
    )  # fmt: skip

    assert (plan.method, told) == ("first_come", ["first_come"])
    assert plan.seconds < 20


def _assert_feasible(plan: WavePlan, loads: list[Load], cart: Cart) -> None:
    assert sorted(key for one in plan.carts for key in one.loads) == sorted(load.key for load in loads)
    by_key = {load.key: load for load in loads}
    for one in plan.carts:
        held = [by_key[key] for key in one.loads]
        assert sum(load.totes for load in held) <= cart.totes
        assert set(one.spots) == {spot for load in held for spot in load.spots}
        assert sorted(one.walk.order) == list(range(len(one.spots)))
    assert plan.length_mm == sum(one.walk.length_mm for one in plan.carts)
