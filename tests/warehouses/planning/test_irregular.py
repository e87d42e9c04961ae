"""Waves on floors with rules or levels: every leg is one that may be walked, and as short as on a rectangle."""

import heapq
import time
from collections import defaultdict
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.instances import MM, read, wave_of
from tests.warehouses.planning.plans import best_wave_mm, held_karp_mm
from tests.warehouses.planning.test_floors import floors
from warehouses.planning.batches import irregular
from warehouses.planning.batches.batching import WavePlan, plan_wave, warm_up
from warehouses.planning.batches.bounds import floor_bound
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.floors import AisleRule, CrossRule, FloorGraph, Level, Stairs
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.floor.rectangles import level_rectangles, rectangle_of, side_by_side
from warehouses.planning.putaway import Group, Place, plan_putaway
from warehouses.planning.walks.rules import s_shape, s_shape_mm
from warehouses.planning.walks.strokes import Stroke, walk_strokes

PLAN = Layout((0, 3_000, 6_000, 9_000), (0, 10_000, 20_000), ((1, 0, 500),))
ONE_WAY = FloorGraph.of(
    PLAN,
    AisleRule(0, 0, 20_000, Traffic.FORWARD),
    AisleRule(1, 0, 20_000, Traffic.BACKWARD),
    AisleRule(2, 12_000, 15_000, Traffic.CLOSED, "spill"),
    CrossRule(1, 3, 2, Traffic.BACKWARD),
)
MEZZANINE = FloorGraph(
    levels=(Level((0, 3_000, 6_000), (0, 20_000)), Level((0, 4_000), (0, 8_000, 16_000))),
    depot_links=((0, 0, 500),),
    aisle_rules=(AisleRule(1, 0, 20_000, Traffic.FORWARD),),
    stairs=(Stairs((2, 0), (3, 0), up_mm=12_000, down_mm=9_000),),
)
CART = Cart(3, 100, 100)


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    warm_up()


# --- the rules hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit_s", [2.0, 0.05])
@pytest.mark.parametrize("floor", [ONE_WAY, MEZZANINE], ids=["one-way", "mezzanine"])
def test_every_leg_is_the_shortest_that_the_rules_allow(floor: FloorGraph, limit_s: float) -> None:
    loads = _loads(floor, count=24, seed=2)

    plan = plan_wave(floor, loads, CART, seed=1, time_limit_s=limit_s)

    _assert_feasible(plan, loads, CART)
    ways = _Ways(floor)
    for cart in plan.carts:
        assert cart.walk.length_mm == ways.walked([cart.spots[index] for index in cart.walk.order])
    assert plan.bound_mm <= plan.length_mm < plan.s_shape_mm


def test_the_best_plan_under_the_rules_is_found_though_the_rectangles_is_another() -> None:
    """Two aisles to be walked upwards only: what lies high and low in one of them rides together with its neighbour."""
    loads = _loads(ONE_WAY, count=6, seed=5, most=2)

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
        for load in _loads(floor, count=5, seed=data.draw(st.integers(0, 99)), most=2, step=1)
        if _reached(floor, load)
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
    "name, most_gap", [("hw-40-b1-s2", 0.015), ("st-20-b2-s1", 0.025), ("ec-50-b1-s1", 0.02), ("ec-200-b2-s3", 0.02)]
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

    begun = time.monotonic()
    plan = plan_wave(floor, loads, cart, time_limit_s=limit_s)

    assert time.monotonic() - begun < limit_s + 1.0
    _assert_feasible(plan, loads, cart)
    assert plan.length_mm < plan.s_shape_mm


def test_a_wave_with_very_many_places_is_searched_with_neighbours_as_one() -> None:
    layout = Layout(tuple(range(0, 90_000, 3_000)), (0, 20_000, 40_000), ((0, 0, 0),))
    floor = FloorGraph.of(layout, AisleRule(3, 0, 40_000, Traffic.FORWARD))
    loads, cart = _loads(floor, count=1_500, seed=7, step=1), Cart(20, 10_000, 10_000)
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
        ONE_WAY, _loads(ONE_WAY, count=30, seed=3), CART, time_limit_s=60.0,
        progress=lambda progress: told.append(progress.phase), stop=lambda: bool(told),
    )  # fmt: skip

    assert (plan.method, told) == ("first_come", ["first_come"])
    assert plan.seconds < 20


# --- rectangles, rules and drawings ----------------------------------------------------------------------


def test_a_floor_knows_its_rectangles() -> None:
    assert rectangle_of(ONE_WAY) == side_by_side(ONE_WAY) == PLAN
    assert rectangle_of(MEZZANINE) is None
    assert level_rectangles(MEZZANINE) == [
        (0, Layout((0, 3_000, 6_000), (0, 20_000), ((0, 0, 500),))),
        (3, Layout((0, 4_000), (0, 8_000, 16_000), ((0, 0, 0),))),
    ]
    assert side_by_side(MEZZANINE) == Layout(
        (0, 3_000, 6_000, 18_000, 22_000), (0, 8_000, 16_000, 20_000), ((0, 0, 500),)
    )


def test_the_s_shape_rules_order_is_walked_as_the_rules_of_traffic_allow() -> None:
    spots = [Spot(0, 5_000), Spot(1, 5_000), Spot(2, 5_000)]
    order = [spots[index] for index in s_shape(PLAN, spots).order]

    assert s_shape_mm(PLAN, spots) == s_shape(PLAN, spots).length_mm
    assert s_shape_mm(ONE_WAY, spots) == _Ways(ONE_WAY).walked(order)
    assert s_shape_mm(MEZZANINE, [Spot(4, 8_000), Spot(0, 4_000)]) == _Ways(MEZZANINE).walked(
        [Spot(0, 4_000), Spot(4, 8_000)]
    )


def test_a_walk_is_drawn_where_it_is_walked() -> None:
    one_way = FloorGraph.of(Layout((0, 3_000), (0, 10_000), ((0, 0, 500),)), AisleRule(1, 0, 10_000, Traffic.BACKWARD))

    (stroke,) = walk_strokes(one_way, [Spot(1, 4_000)], [0])

    assert stroke == Stroke(0, ((0, -500), (0, 10_000), (3_000, 10_000), (3_000, 0), (0, 0), (0, -500)))


def test_a_walk_over_stairs_is_drawn_level_by_level() -> None:
    strokes = walk_strokes(MEZZANINE, [Spot(4, 8_000)], [0])

    assert strokes == (
        Stroke(0, ((0, -500), (0, 0), (6_000, 0))),
        Stroke(1, ((0, 0), (0, 8_000), (4_000, 8_000), (0, 8_000), (0, 0))),
        Stroke(0, ((6_000, 0), (0, 0), (0, -500))),
    )


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_drawn_walk_is_as_long_as_it_is_walked(data: st.DataObject) -> None:
    floor = data.draw(floors())
    spots = [spot for load in _loads(floor, count=3, seed=data.draw(st.integers(0, 99)), step=1) for spot in load.spots]
    spots = [spot for spot in spots if _reached(floor, Load("L", (spot,), 1, 1, 1))]

    strokes = walk_strokes(floor, spots, range(len(spots)))

    drawn = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for stroke in strokes for a, b in pairwise(stroke.points))
    assert drawn == floor.route_mm(spots) or len(floor.depot_links) > 1


def test_goods_from_the_dock_go_where_the_way_there_and_back_is_short() -> None:
    places = [Place("near", Spot(2, 2_000), 10, 10), Place("round", Spot(1, 2_000), 10, 10)]

    plan = plan_putaway(ONE_WAY, [Group("g", "s", "", 1, 10, 10, 5.0)], places, time_limit_s=1.0)

    assert [one.place for one in plan.placements] == ["near"]
    assert plan.walk is not None
    assert plan.walk.length_mm == 2 * (500 + 3_000 + 2_000)


def _loads(floor: FloorGraph, *, count: int, seed: int, most: int = 3, step: int = 500) -> list[Load]:
    """Loads of a few spots that can be reached."""
    rng, loads = Random(seed), list[Load]()
    aisles = sum(len(level.aisle_x_mm) for level in floor.levels)
    while len(loads) < count:
        spots = []
        for _ in range(rng.randint(1, most)):
            aisle = rng.randrange(aisles)
            cross = floor.level_of(aisle).cross_y_mm
            spots.append(Spot(aisle, rng.randrange(cross[0], cross[-1] + 1, step)))
        load = Load(f"L{len(loads)}", tuple(spots), 1, 1, 1)
        if step == 1 or _reached(floor, load):
            loads.append(load)
    return loads


def _reached(floor: FloorGraph, load: Load) -> bool:
    try:
        floor.check(load.spots)
    except Invalid:
        return False
    return True


def _assert_feasible(plan: WavePlan, loads: list[Load], cart: Cart) -> None:
    assert sorted(key for one in plan.carts for key in one.loads) == sorted(load.key for load in loads)
    by_key = {load.key: load for load in loads}
    for one in plan.carts:
        held = [by_key[key] for key in one.loads]
        assert sum(load.totes for load in held) <= cart.totes
        assert set(one.spots) == {spot for load in held for spot in load.spots}
        assert sorted(one.walk.order) == list(range(len(one.spots)))
    assert plan.length_mm == sum(one.walk.length_mm for one in plan.carts)


class _Ways:
    """Shortest ways by Dijkstra 1959 over all heights that matter, made of the rules alone."""

    def __init__(self, floor: FloorGraph) -> None:
        self.floor = floor
        self.memory: dict[tuple, int] = {}

    def walked(self, spots: list[Spot]) -> int:
        """The length of the walk over these spots in this order."""
        nodes = ["depot", *((spot.aisle, spot.y_mm) for spot in spots), "depot"]
        steps = self._steps(spots)
        return sum(self._way(steps, a, b) for a, b in pairwise(nodes))

    def _steps(self, spots: list[Spot]) -> dict:
        floor, steps, first = self.floor, defaultdict(list), 0

        def lay(one: object, other: object, length: int, rules: list[Traffic]) -> None:
            traffic = rules[-1] if rules else Traffic.BOTH
            if traffic in {Traffic.BOTH, Traffic.FORWARD}:
                steps[one].append((other, length))
            if traffic in {Traffic.BOTH, Traffic.BACKWARD}:
                steps[other].append((one, length))

        for level in floor.levels:
            for place, x in enumerate(level.aisle_x_mm):
                aisle = first + place
                mine = [rule for rule in floor.aisle_rules if rule.aisle == aisle]
                heights = {*level.cross_y_mm, *(spot.y_mm for spot in spots if spot.aisle == aisle)}
                heights |= {y for rule in mine for y in (rule.low_mm, rule.high_mm)}
                ordered = sorted(heights)
                for low, high in pairwise(ordered):
                    lay((aisle, low), (aisle, high), high - low,
                        [rule.traffic for rule in mine if rule.low_mm <= low and high <= rule.high_mm])  # fmt: skip
                for cross, y in enumerate(level.cross_y_mm if place else ()):
                    rules = [r for r in floor.cross_rules if r.cross == cross and r.left_aisle < aisle <= r.right_aisle]
                    lay((aisle - 1, y), (aisle, y), x - level.aisle_x_mm[place - 1], [rule.traffic for rule in rules])
            first += len(level.aisle_x_mm)
        for aisle, cross, mm in floor.depot_links:
            lay("depot", (aisle, floor.level_of(aisle).cross_y_mm[cross]), mm, [])
        for stair in floor.stairs:
            (a, k), (b, m) = stair.bottom, stair.top
            ends = (a, floor.level_of(a).cross_y_mm[k]), (b, floor.level_of(b).cross_y_mm[m])
            steps[ends[0]].append((ends[1], stair.up_mm))
            steps[ends[1]].append((ends[0], stair.down_mm))
        return steps

    @staticmethod
    def _way(steps: dict, start: object, end: object) -> int:
        waiting, done, tie = [(0, 0, start)], set(), 0
        while waiting:
            length, _, at = heapq.heappop(waiting)
            if at == end:
                return length
            if at not in done:
                done.add(at)
                for other, step in steps[at]:
                    tie += 1
                    heapq.heappush(waiting, (length + step, tie, other))
        raise AssertionError(f"no way from {start} to {end}")
