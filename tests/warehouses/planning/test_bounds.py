"""Lower bounds: below every optimum, and not idle."""

from random import Random
from statistics import mean

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.instances import MM, layout_of, read, spots_of, wave_of
from tests.warehouses.planning.plans import best_wave_mm, layouts, waves
from warehouses.planning.batches.bounds import walk_bound, wave_bound
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.walking import plan_walk


def test_quick_walk_bounds_stay_below_the_proven_optima_and_near_them() -> None:
    shares = []

    for instance in Random(9).sample(read("sprp"), 200):
        optimum = instance["reference"]["optimal"]["value"] * MM
        shares.append(walk_bound(layout_of(instance), spots_of(instance)) / optimum)

    assert max(shares) <= 1
    assert mean(shares) > 0.8


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_waves_bound_is_below_its_best_plan(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    loads, cart = data.draw(waves(layout, most=4))
    walks = [plan_walk(layout, load.spots).length_mm for load in loads]

    assert (
        wave_bound(layout, loads, cart) <= wave_bound(layout, loads, cart, walks) <= best_wave_mm(layout, loads, cart)
    )


def test_a_waves_bound_counts_the_carts_each_piece_of_floor_needs() -> None:
    layout = Layout((0, 5, 10), (0, 100), ((0, 0, 7),))
    loads = [Load(f"L{i}", (Spot(2, 30),), totes=2, volume_mm3=0, weight_g=0) for i in range(3)]

    # six totes, four a cart: two carts go 10 sideways and 30 up, there and back, by a door of 7
    assert wave_bound(layout, loads, Cart(4, 1, 1)) == 2 * 2 * (7 + 10 + 30)
    assert wave_bound(layout, [], Cart(4, 1, 1)) == 0


def test_known_walks_sharpen_the_bound() -> None:
    layout = Layout((0, 5), (0, 100), ((0, 0, 0),))
    loads = [Load("L", (Spot(0, 60), Spot(1, 60)), 1, 0, 0)]

    assert wave_bound(layout, loads, Cart(1, 1, 1)) == 80 + 80 + 10
    assert wave_bound(layout, loads, Cart(1, 1, 1), [250]) == 250


def test_the_shared_waves_bounds_are_below_the_best_known() -> None:
    for instance in read("batch"):
        if len(instance["orders"]) <= 100:
            layout, loads, cart = wave_of(instance)
            assert wave_bound(layout, loads, cart) < instance["reference"]["best_known"]["value"] * MM
