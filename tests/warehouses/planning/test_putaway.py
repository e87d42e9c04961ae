"""Putaway: every unit in a place that takes it or reported, fast goods near, own kind together."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.putaway import Group, LeftOver, Place, Placement, plan_putaway

PLAN = Layout((0, 5_000, 10_000), (0, 20_000, 40_000), ((0, 0, 1_000),))


def group(key: str, quantity: int, *, sku: str = "", lot: str = "", velocity: float = 1.0) -> Group:
    """Units of 10 mm3 and 10 g."""
    return Group(key, sku or key, lot, quantity, 10, 10, velocity)


def place(key: str, y_mm: int, *, aisle: int = 0, room: int = 100, lots: tuple[tuple[str, str], ...] = ()) -> Place:
    """A bin with room for so many mm3, and as many g."""
    return Place(key, Spot(aisle, y_mm, key), room, room, frozenset(sku for sku, _ in lots), frozenset(lots))


def test_fast_goods_go_near_the_depot() -> None:
    groups = [group("slow", 10, velocity=0.1), group("fast", 10, velocity=9.0), group("middle", 10, velocity=2.0)]
    places = [place("far", 30_000), place("near", 1_000), place("between", 15_000)]

    plan = plan_putaway(PLAN, groups, places, max_skus_per_place=1)

    assert {one.group: one.place for one in plan.placements} == {
        "fast": "near",
        "middle": "between",
        "slow": "far",
    }
    assert plan.left_over == ()
    assert plan.walk is not None and sorted(plan.walk.order) == [0, 1, 2]
    assert plan.walk.length_mm == 2 * (1_000 + 30_000)


def test_goods_join_their_own_kind_before_a_place_as_near() -> None:
    places = [place("empty", 10_000), place("own", 12_000, lots=(("S", "L1"),))]

    plan = plan_putaway(PLAN, [group("g", 5, sku="S", lot="L1")], places)

    assert plan.placements == (Placement("g", "own", 5),)


def test_a_second_lot_of_a_sku_keeps_to_its_own_place() -> None:
    places = [place("other lot", 1_000, lots=(("S", "L1"),)), place("empty", 30_000)]

    apart = plan_putaway(PLAN, [group("g", 5, sku="S", lot="L2")], places)
    mixed = plan_putaway(PLAN, [group("g", 5, sku="S", lot="L2")], places, mix_lots=True)

    assert apart.placements == (Placement("g", "empty", 5),)
    assert mixed.placements == (Placement("g", "other lot", 5),)


def test_a_group_stays_whole_rather_than_split_for_a_few_metres() -> None:
    places = [place("small", 1_000, room=40), place("large", 8_000)]

    plan = plan_putaway(PLAN, [group("g", 10)], places)

    assert plan.placements == (Placement("g", "large", 10),)


def test_what_does_not_fit_is_reported_by_name() -> None:
    groups = [group("many", 30), Group("huge", "H", "", 2, 101, 1, 1.0), Group("lead", "P", "", 1, 1, 101, 1.0)]

    plan = plan_putaway(PLAN, groups, [place("a", 1_000), place("b", 2_000)])

    assert sum(one.quantity for one in plan.placements if one.group == "many") == 20
    assert plan.left_over == (
        LeftOver("huge", 2, "too_large"),
        LeftOver("lead", 1, "too_heavy"),
        LeftOver("many", 10, "no_room"),
    )


def test_without_places_everything_is_left_over() -> None:
    plan = plan_putaway(PLAN, [group("g", 3)], [])

    assert (plan.placements, plan.walk, plan.spots) == ((), None, ())
    assert plan.left_over == (LeftOver("g", 3, "no_room"),)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nothing_is_lost_and_no_place_overfilled(data: st.DataObject) -> None:
    small = st.integers(0, 12)
    lots = st.tuples(st.sampled_from("ABC"), st.sampled_from(["", "1"]))
    places = [
        Place(
            f"P{i}", Spot(data.draw(st.integers(0, 2)), 1_000 * i), volume, weight, frozenset(x[0] for x in held), held
        )
        for i, (volume, weight, held) in enumerate(
            data.draw(st.lists(st.tuples(small, small, st.frozensets(lots, max_size=2)), max_size=6))
        )
    ]
    sizes = st.tuples(st.integers(1, 9), st.integers(0, 4), st.integers(0, 4), st.floats(0, 5), lots)
    groups = [
        Group(f"G{i}", sku, lot, quantity, volume, weight, velocity)
        for i, (quantity, volume, weight, velocity, (sku, lot)) in enumerate(data.draw(st.lists(sizes, max_size=6)))
    ]
    most = data.draw(st.none() | st.integers(1, 2))

    plan = plan_putaway(PLAN, groups, places, max_skus_per_place=most, seed=data.draw(st.integers(0, 5)))

    for one in groups:
        placed = sum(p.quantity for p in plan.placements if p.group == one.key)
        left = sum(p.quantity for p in plan.left_over if p.group == one.key)
        assert placed + left == one.quantity
    by_key = {one.key: one for one in groups}
    for spot in places:
        here = [(by_key[p.group], p.quantity) for p in plan.placements if p.place == spot.key]
        assert sum(one.unit_volume_mm3 * quantity for one, quantity in here) <= spot.volume_mm3
        assert sum(one.unit_weight_g * quantity for one, quantity in here) <= spot.weight_g
        new_skus = {one.sku for one, _ in here} - spot.skus
        assert most is None or not new_skus or len(new_skus | spot.skus) <= most
        for one, _ in here:
            others = spot.lots | {(other.sku, other.lot) for other, _ in here}
            mixed_before = (one.sku, one.lot) in spot.lots
            assert mixed_before or {lot for sku, lot in others if sku == one.sku} == {one.lot}
    assert len({(p.group, p.place) for p in plan.placements}) == len(plan.placements)


def test_six_hundred_groups_onto_six_thousand_bins_in_seconds_and_the_same_each_time() -> None:
    rng = Random(8)
    places = [place(f"B{i}", rng.randrange(40_000), aisle=rng.randrange(3)) for i in range(6_000)]
    groups = [group(f"G{i}", rng.randint(1, 12), velocity=rng.expovariate(1)) for i in range(600)]

    begun = time.process_time()
    plan = plan_putaway(PLAN, groups, places, seed=2)

    assert time.process_time() - begun < 5
    assert plan.left_over == ()
    assert plan_putaway(PLAN, groups, places, seed=2).placements == plan.placements


def test_a_deadline_of_a_twentieth_second_still_places_everything() -> None:
    places = [place(f"B{i}", 100 * i) for i in range(300)]
    groups = [group(f"G{i}", 10) for i in range(300)]

    begun = time.process_time()
    plan = plan_putaway(PLAN, groups, places, time_limit_s=0.05)

    assert time.process_time() - begun < 1.05
    assert sum(one.quantity for one in plan.placements) == 3_000


@pytest.mark.parametrize(
    "groups, places, code, key",
    [
        ([group("g", 1), group("g", 1)], [], "group_duplicate", "g"),
        ([], [place("b", 1), place("b", 2)], "place_duplicate", "b"),
        ([group("g", 0)], [], "group_invalid", "g"),
        ([group("g", 1, velocity=-1.0)], [], "group_invalid", "g"),
        ([group("g", 1, velocity=float("nan"))], [], "group_invalid", "g"),
        ([Group("g", "s", "", 1, -1, 0, 1.0)], [], "group_invalid", "g"),
        ([], [place("b", 1, room=-1)], "place_invalid", "b"),
    ],
)
def test_what_cannot_be_is_named(groups: list[Group], places: list[Place], code: str, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan_putaway(PLAN, groups, places)

    assert (refused.value.code, refused.value.facts) == (code, {"key": key})


def test_a_bin_off_the_plan_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        plan_putaway(PLAN, [group("g", 1)], [place("X-1", 40_001)])

    assert (refused.value.code, refused.value.facts["bin"]) == ("spot_unreachable", "X-1")
