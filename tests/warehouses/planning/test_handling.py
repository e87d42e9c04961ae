"""Heavy goods below fragile ones: every heavy stop before every fragile one, as short as that can be."""

from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.floor.floors import AisleRule, FloorGraph
from warehouses.planning.floor.layout import Layout, Plan, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.walks.handling import Handling
from warehouses.planning.walks.walking import plan_walk

PLAN = Layout((0, 3_000), (0, 10_000), ((0, 0, 0),))
HEAVY, PLAIN, FRAGILE = Handling


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_walk_heeds_the_handling_and_is_the_shortest_that_does(data: st.DataObject) -> None:
    layout = data.draw(layouts(most_cross=3, most_links=2))
    spots = data.draw(spots_on(layout, most=6))
    handling = [data.draw(st.sampled_from(Handling)) for _ in spots]
    plan = data.draw(st.sampled_from((layout, FloorGraph.of(layout))))

    walk = plan_walk(plan, spots, handling=handling, time_limit_s=20.0)

    assert sorted(walk.order) == list(range(len(spots)))
    assert _heeded(walk.order, handling)
    assert walk.length_mm == plan.route_mm([spots[index] for index in walk.order])
    assert walk.length_mm == walk.bound_mm == _shortest_mm(plan, spots, handling)


def test_a_walk_that_heeds_it_anyway_is_turned_round_at_most() -> None:
    spots = [Spot(0, 4_000), Spot(0, 8_000), Spot(1, 5_000)]

    there = plan_walk(PLAN, spots, handling=[HEAVY, PLAIN, FRAGILE])
    back = plan_walk(PLAN, spots, handling=[FRAGILE, PLAIN, HEAVY])

    assert (there.order, back.order) == ((0, 1, 2), (2, 1, 0))
    assert there.length_mm == back.length_mm == plan_walk(PLAN, spots).length_mm


def test_a_bin_with_both_is_passed_again_if_it_must_be() -> None:
    spots = [Spot(0, 2_000, "both"), Spot(0, 2_000, "both"), Spot(0, 9_000)]

    walk = plan_walk(PLAN, spots, handling=[FRAGILE, HEAVY, HEAVY])

    assert walk.order[-1] == 0
    assert walk.length_mm == 18_000


def test_without_heavy_or_fragile_goods_the_exact_method_stands() -> None:
    assert plan_walk(PLAN, [Spot(0, 1), Spot(1, 1)], handling=[HEAVY, PLAIN]).method == "exact"


@pytest.mark.parametrize("picks, limit_s", [(10_000, 1.0), (200, 0.05), (40, 0.05)])
def test_long_lists_and_short_limits_heed_it_too(picks: int, limit_s: float) -> None:
    rng = Random(picks)
    layout = Layout(tuple(range(0, 40_000, 2_000)), (0, 15_000, 30_000), ((3, 0, 2_000),))
    spots = [Spot(rng.randrange(20), rng.randrange(30_000)) for _ in range(picks)]
    handling = [rng.choice(tuple(Handling)) for _ in spots]

    walk = plan_walk(layout, spots, handling=handling, time_limit_s=limit_s)

    assert sorted(walk.order) == list(range(picks))
    assert _heeded(walk.order, handling)
    assert 0 < walk.bound_mm <= walk.length_mm


def test_one_way_aisles_and_handling_go_together() -> None:
    floor = FloorGraph.of(PLAN, AisleRule(1, 0, 10_000, Traffic.FORWARD))

    walk = plan_walk(floor, [Spot(1, 4_000), Spot(1, 6_000)], handling=[FRAGILE, HEAVY])

    assert walk.order == (1, 0)
    assert walk.length_mm == walk.bound_mm == 9_000 + 24_000 + 19_000


def test_handling_must_be_given_for_every_spot() -> None:
    for plan in (PLAN, FloorGraph.of(PLAN)):
        with pytest.raises(Invalid) as refused:
            plan_walk(plan, [Spot(0, 1), Spot(0, 2)], handling=[HEAVY])

        assert refused.value.code == "handling_invalid"


def _heeded(order: tuple[int, ...], handling: list[Handling]) -> bool:
    kinds = [handling[index] for index in order]
    return FRAGILE not in kinds or HEAVY not in kinds[kinds.index(FRAGILE) :]


def _shortest_mm(plan: Plan, spots: list[Spot], handling: list[Handling]) -> int:
    """By looking at every order."""
    ways = plan.distance_matrix(spots).tolist()
    return min(
        sum(ways[a][b] for a, b in pairwise((0, *(index + 1 for index in order), 0)))
        for order in permutations(range(len(spots)))
        if _heeded(order, handling)
    )
