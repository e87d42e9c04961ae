"""Waves onto carts: always feasible, never over the clock, and close to the best there is."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.instances import MM, checker, read, wave_answer, wave_of
from tests.warehouses.planning.plans import best_wave_mm, layouts, waves
from warehouses.planning.batches.batching import Progress, WavePlan, plan_wave, warm_up
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.rules import s_shape

PLAN = Layout((0, 3_000, 6_000), (0, 10_000, 20_000), ((1, 0, 500),))
CART = Cart(totes=2, volume_mm3=100, weight_g=100)


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    warm_up()


@pytest.mark.parametrize(
    "name, most_gap", [("hw-40-b1-s2", 0.01), ("st-20-b2-s1", 0.005), ("ec-50-b1-s1", 0.02), ("ec-200-b2-s3", 0.02)]
)
def test_shared_waves_pass_the_checker_near_the_best_known(name: str, most_gap: float) -> None:
    (instance,) = [one for one in read("batch") if one["name"] == name]
    layout, loads, cart = wave_of(instance)

    plan = plan_wave(layout, loads, cart, seed=1, time_limit_s=3.0)

    length, faults = checker().verify(instance, wave_answer(instance, plan))
    assert faults == []
    assert plan.length_mm == length * MM
    assert plan.length_mm <= instance["reference"]["best_known"]["value"] * MM * (1 + most_gap)
    assert plan.bound_mm <= plan.length_mm < plan.s_shape_mm


@pytest.mark.parametrize("name", ["hw-20-b1-s1", "ec-1000-b2-s5", "st-100-b3-s3"])
def test_a_deadline_of_a_twentieth_second_still_gives_a_plan_the_checker_takes(name: str) -> None:
    (instance,) = [one for one in read("batch") if one["name"] == name]
    layout, loads, cart = wave_of(instance)

    begun = time.process_time()
    plan = plan_wave(layout, loads, cart, time_limit_s=0.05)

    assert time.process_time() - begun < 4  # a tenth of what it takes without a deadline; other work slows it too
    assert checker().verify(instance, wave_answer(instance, plan)) == (plan.length_mm / MM, [])
    assert plan.length_mm < plan.s_shape_mm


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_small_waves_are_optimal_and_proven(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_cross=3, most_links=2))
    loads, cart = data.draw(waves(layout, most=5))

    plan = plan_wave(layout, loads, cart, seed=3, time_limit_s=60.0)

    _assert_feasible(plan, loads, cart)
    assert plan.length_mm == plan.bound_mm == best_wave_mm(layout, loads, cart)
    assert plan.settled


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_wave_is_feasible_at_any_limit(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    loads, cart = data.draw(waves(layout, most=12))

    plan = plan_wave(layout, loads, cart, seed=data.draw(st.integers(0, 99)), time_limit_s=0.001)

    _assert_feasible(plan, loads, cart)


def test_groups_that_may_not_ride_together_do_not() -> None:
    loads = [Load(f"L{n}", (Spot(n % 3, 100 * n),), 1, 1, 1, group=("food", "poison", "")[n % 3]) for n in range(18)]

    plan = plan_wave(PLAN, loads, Cart(6, 100, 100), time_limit_s=2.0, apart=[("food", "poison")])

    _assert_feasible(plan, loads, Cart(6, 100, 100))
    groups = {load.key: load.group for load in loads}
    assert all({groups[key] for key in cart.loads} < {"food", "poison", ""} for cart in plan.carts)
    assert len(plan.carts) == 3


def test_loads_due_together_ride_together_when_that_is_worth_the_walk() -> None:
    loads = [Load(f"L{n}", (Spot(n % 2, 9_000),), 1, 1, 1, due_s=3_600 * (n // 4)) for n in range(8)]
    dues = {load.key: load.due_s for load in loads}

    mixed = plan_wave(PLAN, loads, Cart(4, 100, 100), time_limit_s=2.0)
    kept = plan_wave(PLAN, loads, Cart(4, 100, 100), time_limit_s=2.0, mixing_mm=50_000)

    assert [len({dues[key] for key in cart.loads}) for cart in mixed.carts] == [2, 2]
    assert [len({dues[key] for key in cart.loads}) for cart in kept.carts] == [1, 1]
    assert mixed.length_mm < kept.length_mm
    assert (mixed.bound_kind, kept.bound_kind) == ("optimum", "floor")


@pytest.mark.parametrize("apart", [[("a", "a")], [(f"g{n}", f"h{n}") for n in range(32)]])
def test_rules_of_one_group_or_of_too_many_are_refused(apart: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        plan_wave(PLAN, _loads(count=2, seed=1), CART, apart=apart)

    assert refused.value.code == "groups_invalid"


def test_the_same_seed_gives_the_same_plan_when_the_search_settles() -> None:
    loads = _loads(count=30, seed=4)

    plans = [plan_wave(PLAN, loads, CART, seed=5, time_limit_s=120.0) for _ in range(2)]

    assert plans[0].settled
    assert plans[0].carts == plans[1].carts


def test_a_wave_on_many_cross_aisles_is_feasible() -> None:
    layout = Layout(tuple(range(0, 30_000, 3_000)), tuple(range(0, 80_000, 10_000)), ((2, 0, 0),))
    rng = Random(1)
    loads = [
        Load(f"L{i}", tuple(Spot(rng.randrange(10), rng.randrange(70_000)) for _ in range(3)), 1, 10, 10)
        for i in range(12)
    ]

    plan = plan_wave(layout, loads, Cart(4, 100, 100), seed=1, time_limit_s=1.0)

    _assert_feasible(plan, loads, Cart(4, 100, 100))
    assert plan.bound_mm <= plan.length_mm < plan.s_shape_mm


def test_the_s_shape_figure_is_of_the_loads_as_they_came() -> None:
    loads = [Load(f"L{i}", (Spot(i % 3, 4_000),), 1, 1, 1) for i in range(5)]

    plan = plan_wave(PLAN, loads, CART, time_limit_s=1.0)

    pairs = ([0, 1], [2, 3], [4])
    by_rule = [s_shape(PLAN, [loads[i].spots[0] for i in pair]).length_mm for pair in pairs]
    assert plan.s_shape_mm == sum(by_rule)
    assert plan.saved == 1 - plan.length_mm / plan.s_shape_mm > 0


def test_progress_is_told_and_only_gets_better() -> None:
    told: list[Progress] = []

    plan = plan_wave(PLAN, _loads(count=12, seed=6), CART, time_limit_s=1.0, progress=told.append)

    lengths = [one.length_mm for one in told]
    assert told[0].phase == "first_come"
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == plan.length_mm


def test_a_stop_ends_the_search_with_a_feasible_plan() -> None:
    loads = _loads(count=60, seed=7)

    plan = plan_wave(PLAN, loads, CART, time_limit_s=60.0, stop=lambda: True)

    assert plan.method == "first_come"
    assert not plan.settled
    _assert_feasible(plan, loads, CART)


def test_no_loads_are_an_empty_plan() -> None:
    plan = plan_wave(PLAN, [], CART)

    assert (plan.carts, plan.length_mm, plan.s_shape_mm, plan.gap, plan.saved) == ((), 0, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    "load, too_much",
    [
        (Load("O-7", (Spot(0, 1),), 3, 1, 1), "3 totes"),
        (Load("O-7", (Spot(0, 1),), 1, 101, 1), "101 volume_mm3"),
        (Load("O-7", (Spot(0, 1),), 1, 1, 101), "101 weight_g"),
    ],
)
def test_a_load_larger_than_a_cart_is_named(load: Load, too_much: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan_wave(PLAN, [*_loads(count=2, seed=1), load], CART)

    assert refused.value.code == "load_too_large"
    assert refused.value.facts == {"load": "O-7"}
    assert too_much in refused.value.message


def test_a_load_given_twice_and_a_bin_off_the_plan_are_named() -> None:
    load = Load("O-7", (Spot(0, 1),), 1, 1, 1)

    with pytest.raises(Invalid) as twice:
        plan_wave(PLAN, [load, load], CART)
    with pytest.raises(Invalid) as unreachable:
        plan_wave(PLAN, [load, Load("O-8", (Spot(9, 1, "X-1"),), 1, 1, 1)], CART)

    assert (twice.value.code, twice.value.facts) == ("load_duplicate", {"load": "O-7"})
    assert (unreachable.value.code, unreachable.value.facts["bin"]) == ("spot_unreachable", "X-1")


def _loads(*, count: int, seed: int) -> list[Load]:
    rng = Random(seed)
    return [
        Load(
            f"L{number}",
            tuple(Spot(rng.randrange(3), rng.randrange(20_000)) for _ in range(rng.randint(1, 4))),
            1,
            rng.randint(1, 60),
            rng.randint(1, 60),
        )
        for number in range(count)
    ]


def _assert_feasible(plan: WavePlan, loads: list[Load], cart: Cart) -> None:
    """Every load on one cart, every cart within its capacity, every spot on its cart's walk."""
    by_key = {load.key: load for load in loads}
    assert sorted(key for one in plan.carts for key in one.loads) == sorted(by_key)
    for one in plan.carts:
        held = [by_key[key] for key in one.loads]
        assert one.totes == sum(load.totes for load in held) <= cart.totes
        assert one.volume_mm3 == sum(load.volume_mm3 for load in held) <= cart.volume_mm3
        assert one.weight_g == sum(load.weight_g for load in held) <= cart.weight_g
        assert set(one.spots) == {spot for load in held for spot in load.spots}
        assert sorted(one.walk.order) == list(range(len(one.spots)))
    assert plan.length_mm == sum(one.walk.length_mm for one in plan.carts)
    assert plan.bound_mm <= plan.length_mm
