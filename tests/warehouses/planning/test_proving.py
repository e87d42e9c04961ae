"""Compiled walks, sets and bounds: equal to the slow ways of finding them."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouses.planning.plans import best_wave_mm, held_karp_mm, layouts, spots_on, waves
from warehouses.planning.batches.enumerating import sets_below
from warehouses.planning.batches.fleet import empty_memory, fleet_with
from warehouses.planning.batches.lengths import LANES, desk_for, flattened, floor_of, lengths_of
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.batches.nearness import neighbours
from warehouses.planning.batches.pool import Columns
from warehouses.planning.batches.proving import prove
from warehouses.planning.batches.savings import first_come, savings
from warehouses.planning.batches.wave import wave_of
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import Layout, Spot


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_compiled_lengths_are_those_of_the_shortest_walks(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    walks = data.draw(st.lists(spots_on(layout, most=6, least=1), min_size=1, max_size=5))
    floor, number, shared = floor_of(layout, [spot for walk in walks for spot in walk])
    places = [sorted({number[spot.aisle, spot.y_mm] for spot in walk} | set(shared)) for walk in walks]
    expected = [held_karp_mm(layout, walk) for walk in walks]

    one_by_one = [int(lengths_of(floor, desk_for(floor), *flattened([walk]))[0]) for walk in places]
    side_by_side = lengths_of(floor, desk_for(floor), *flattened(places * LANES))

    assert one_by_one == expected
    assert side_by_side.tolist() == expected * LANES


def test_a_plan_of_kilometres_is_steered_in_coarser_units() -> None:
    layout = Layout(tuple(range(0, 9_000_000, 30_000)), (0, 9_000_000), ((0, 0, 0),))

    floor, number, shared = floor_of(layout, [Spot(aisle, 4_000_000) for aisle in range(300)])
    walk = sorted({number[250, 4_000_000], *shared})
    length = lengths_of(floor, desk_for(floor), *flattened([walk]))

    assert floor.unit_mm > 1
    assert abs(int(length[0]) * floor.unit_mm - 2 * (250 * 30_000 + 4_000_000)) <= 600 * floor.unit_mm


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_all_sets_worth_it_are_found(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_cross=3))
    loads, cart = data.draw(waves(layout, most=6))
    if not loads:
        return
    worth = np.array([data.draw(st.integers(0, 200)) for _ in loads], dtype=np.float64)
    limit = data.draw(st.integers(-40, 40))
    floor, wave = wave_of(layout, loads, cart, seed=1)
    expected = {
        frozenset(group): price
        for size in range(1, len(loads) + 1)
        for group in combinations(range(len(loads)), size)
        if _fits([loads[load] for load in group], cart)
        and (price := held_karp_mm(layout, [spot for load in group for spot in loads[load].spots]))
        - sum(worth[list(group)])
        < limit
    }

    found = sets_below(floor, wave, worth, limit, most=10_000, bits=8, deadline=Deadline(60))

    sets = {frozenset(found.columns.members(i)): int(found.columns.price[i]) for i in range(len(found.columns))}
    assert found.complete
    assert sets == expected


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_plan_is_below_a_proven_bound(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_cross=3, most_links=2))
    loads, cart = data.draw(waves(layout, most=6))
    if not loads:
        return
    floor, wave = wave_of(layout, loads, cart, seed=1)
    begun = first_come(wave)
    prices = fleet_with(floor, wave, begun, len(begun), empty_memory(8)).price
    columns = Columns.of_plan(wave, begun, prices)

    proof = prove(
        floor, wave, columns, len(begun), np.zeros(len(loads)), seed=1, deadline=Deadline(60), effort=1.0,
        most_priced=10_000, nodes=data.draw(st.sampled_from([0, 500])),
    )  # fmt: skip

    best = best_wave_mm(layout, loads, cart)
    assert proof.bound is not None
    assert proof.bound <= best
    assert sorted(load for members in proof.plan for load in members) == list(range(len(loads)))
    if proof.optimal:
        assert proof.bound == best


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_savings_cut_short_or_not_give_carts_that_hold_their_loads(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    loads, cart = data.draw(waves(layout, most=12))
    if not loads:
        return
    floor, wave = wave_of(layout, loads, cart, seed=1)
    wave = wave._replace(near=neighbours(layout, loads, 5))

    for seconds in (1e-9, 60.0):
        plan = savings(floor, wave, Deadline(seconds))

        assert sorted(load for members in plan for load in members) == list(range(len(loads)))
        assert all(_fits([loads[load] for load in members], cart) for members in plan)


def _fits(group: list[Load], cart: Cart) -> bool:
    return (
        sum(load.totes for load in group) <= cart.totes
        and sum(load.volume_mm3 for load in group) <= cart.volume_mm3
        and sum(load.weight_g for load in group) <= cart.weight_g
    )


def test_a_cover_that_no_partition_beats_is_still_a_plan() -> None:
    """Found by chance: three loads on one place, and carts that may share a load at no cost."""
    layout = Layout((0, 1), (0, 1), ((0, 0, 0),))
    loads = [Load(f"L{n}", (Spot(1, 0),), totes, 0, 0) for n, totes in enumerate((1, 1, 2))]
    floor, wave = wave_of(layout, loads, Cart(3, 5, 5), seed=1)
    begun = [[0, 2], [1, 2]]
    columns = Columns.of_plan(wave, begun, fleet_with(floor, wave, begun, 2, empty_memory(8)).price)

    for nodes in (0, 1, 500):
        proof = prove(
            floor, wave, columns, 2, np.zeros(3), seed=1, deadline=Deadline(60), effort=1.0, most_priced=10_000,
            nodes=nodes,
        )  # fmt: skip

        assert sorted(load for members in proof.plan for load in members) == [0, 1, 2]
