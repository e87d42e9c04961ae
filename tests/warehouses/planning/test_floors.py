"""Plans with one-way and blocked stretches and several levels: distances, walks with a bound, what is refused."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.plans import held_karp_mm, layouts, spots_on
from warehouses.planning.floor.floors import AisleRule, CrossRule, FloorGraph, Level, Stairs
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.walks.circuits import circuit_walk
from warehouses.planning.walks.walking import plan_walk

PLAN = Layout((0, 3_000, 6_000), (0, 10_000), ((0, 0, 500),))
MEZZANINE = FloorGraph(
    levels=(Level((0, 3_000), (0, 10_000)), Level((0, 4_000), (0, 8_000))),
    depot_links=((0, 0, 500),),
    stairs=(Stairs((1, 0), (2, 0), up_mm=12_000, down_mm=9_000),),
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_plan_without_rules_is_as_the_closed_form_says(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout))

    floor = FloorGraph.of(layout)

    assert floor.distance_matrix(spots).tolist() == layout.distance_matrix(spots).tolist()
    assert floor.route_mm(spots) == layout.route_mm(spots)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_ways_are_those_of_a_search_over_every_millimetre(data: st.DataObject) -> None:
    floor = data.draw(floors())
    spots = [spot for spot in data.draw(spots_on(_as_layout(floor), most=5)) if _reached(floor, spot)]

    matrix = floor.distance_matrix(spots)

    steps = _steps(floor)
    ends = ["depot", *((spot.aisle, spot.y_mm) for spot in spots)]
    found = [_search(steps, end) for end in ends]
    assert matrix.tolist() == [[ways[end] for end in ends] for ways in found]
    assert floor.route_mm(spots) == sum(
        matrix[a, b] for a, b in zip(range(len(ends)), [*range(1, len(ends)), 0], strict=True)
    )


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_walk_is_the_shortest_and_proven(data: st.DataObject) -> None:
    floor = data.draw(floors())
    spots = [spot for spot in data.draw(spots_on(_as_layout(floor), most=6)) if _reached(floor, spot)]

    walk = plan_walk(floor, spots, time_limit_s=20.0)

    assert sorted(walk.order) == list(range(len(spots)))
    assert walk.length_mm == floor.route_mm([spots[index] for index in walk.order])
    assert walk.length_mm == walk.bound_mm == held_karp_mm(floor, spots)


def test_one_way_aisles_are_walked_round() -> None:
    floor = FloorGraph.of(PLAN, AisleRule(1, 0, 10_000, Traffic.FORWARD))
    up, down = Spot(1, 4_000), Spot(1, 6_000)

    assert floor.distance_mm(up, down) == 2_000
    assert floor.distance_mm(down, up) == 4_000 + 3_000 + 10_000 + 3_000 + 4_000
    assert plan_walk(floor, [down, up]).order == (1, 0)


def test_a_blocked_stretch_is_walked_round_and_what_lies_in_it_refused() -> None:
    floor = FloorGraph.of(PLAN, AisleRule(0, 4_000, 6_000, Traffic.CLOSED))

    assert floor.distance_mm(Spot(0, 3_000), Spot(0, 7_000)) == 3_000 + 3_000 + 10_000 + 3_000 + 3_000
    assert floor.distance_mm(None, Spot(0, 4_000)) == 4_500
    with pytest.raises(Invalid) as refused:
        plan_walk(floor, [Spot(0, 1_000), Spot(0, 5_000, "A-05")])
    assert (refused.value.code, refused.value.facts["bin"]) == ("spot_unreachable", "A-05")


def test_a_bin_that_can_be_reached_but_not_left_is_refused() -> None:
    floor = FloorGraph.of(
        PLAN,
        AisleRule(2, 0, 10_000, Traffic.FORWARD),
        CrossRule(1, 2, 1, Traffic.CLOSED),
        CrossRule(0, 1, 0, Traffic.BOTH),
    )

    with pytest.raises(Invalid, match="no way back from") as refused:
        floor.check([Spot(2, 5_000, "C-05")])

    assert refused.value.facts["bin"] == "C-05"


def test_a_later_rule_holds_over_an_earlier_one() -> None:
    floor = FloorGraph.of(PLAN, CrossRule(0, 2, 0, Traffic.CLOSED), CrossRule(0, 1, 0, Traffic.FORWARD))

    assert floor.distance_mm(None, Spot(1, 0)) == 3_500
    assert floor.distance_mm(Spot(1, 0), None) == 10_000 + 3_000 + 10_000 + 500


def test_levels_are_joined_by_stairs_with_a_price_each_way() -> None:
    upstairs = Spot(3, 8_000)

    assert MEZZANINE.distance_mm(None, upstairs) == 500 + 3_000 + 12_000 + 4_000 + 8_000
    assert MEZZANINE.distance_mm(upstairs, None) == 8_000 + 4_000 + 9_000 + 3_000 + 500
    assert plan_walk(MEZZANINE, [upstairs, Spot(0, 5_000)]).length_mm == 12_000 + 9_000 + 2 * (
        500 + 3_000 + 12_000 + 5_000
    )


@pytest.mark.parametrize(
    "change",
    [
        {"levels": ()},
        {"depot_links": ()},
        {"depot_links": ((4, 0, 0),)},
        {"depot_links": ((0, 2, 0),)},
        {"depot_links": ((0, 0, -1),)},
        {"aisle_rules": (AisleRule(9, 0, 1, Traffic.CLOSED),)},
        {"aisle_rules": (AisleRule(0, 5, 5, Traffic.CLOSED),)},
        {"aisle_rules": (AisleRule(0, -5, 5, Traffic.CLOSED),)},
        {"cross_rules": (CrossRule(1, 2, 0, Traffic.CLOSED),)},
        {"cross_rules": (CrossRule(1, 0, 0, Traffic.CLOSED),)},
        {"stairs": (Stairs((0, 0), (2, 0), -1, 5),)},
        {"stairs": (Stairs((0, 0), (2, 7), 1, 5),)},
    ],
)
def test_a_plan_that_cannot_be_is_refused(change: dict) -> None:
    given_plan = {"levels": MEZZANINE.levels, "depot_links": MEZZANINE.depot_links, **change}

    with pytest.raises(Invalid) as refused:
        FloorGraph(**given_plan)

    assert refused.value.code == "layout_invalid"


@pytest.mark.parametrize("spot", [Spot(4, 0, "Z-1"), Spot(-1, 0, "Z-1"), Spot(2, 9_000, "Z-1"), Spot(0, -1, "Z-1")])
def test_a_bin_off_the_plan_is_named(spot: Spot) -> None:
    with pytest.raises(Invalid) as refused:
        MEZZANINE.distance_matrix([spot])

    assert (refused.value.code, refused.value.facts["bin"]) == ("spot_unreachable", "Z-1")


@pytest.mark.parametrize("picks, limit_s", [(10_000, 1.0), (10_000, 0.05), (300, 0.05), (60, 0.05)])
def test_large_lists_and_short_limits_still_give_a_walk(picks: int, limit_s: float) -> None:
    rng = Random(picks)
    layout = Layout(tuple(range(0, 40_000, 2_000)), (0, 15_000, 30_000), ((3, 0, 2_000),))
    floor = FloorGraph.of(layout, *(AisleRule(aisle, 0, 30_000, Traffic.FORWARD) for aisle in range(0, 20, 3)))
    spots = [Spot(rng.randrange(20), rng.randrange(30_000)) for _ in range(picks)]

    walk = plan_walk(floor, spots, time_limit_s=limit_s)

    assert sorted(walk.order) == list(range(picks))
    assert 0 < walk.bound_mm <= walk.length_mm == floor.route_mm([spots[index] for index in walk.order])


def test_no_spots_are_no_walk_and_doubles_stand_side_by_side() -> None:
    assert circuit_walk(MEZZANINE, []).length_mm == 0
    walk = plan_walk(MEZZANINE, [Spot(0, 5), Spot(3, 5), Spot(0, 5)])
    assert walk.order in ((0, 2, 1), (1, 0, 2))


@st.composite
def floors(draw: st.DrawFn) -> FloorGraph:
    """Small plans with a few rules."""
    layout = draw(layouts(most_cross=3, most_links=2))
    aisles, cross = len(layout.aisle_x_mm), layout.cross_y_mm
    traffic = st.sampled_from(Traffic)
    rules: list[AisleRule | CrossRule] = []
    for _ in range(draw(st.integers(0, 3))):
        low, high = sorted(draw(st.lists(st.integers(cross[0], cross[-1]), min_size=2, max_size=2, unique=True)))
        rules.append(AisleRule(draw(st.integers(0, aisles - 1)), low, high, draw(traffic)))
    for _ in range(draw(st.integers(0, 2 if aisles > 1 else 0))):
        left = draw(st.integers(0, aisles - 2))
        rules.append(
            CrossRule(
                left, draw(st.integers(left + 1, aisles - 1)), draw(st.integers(0, len(cross) - 1)), draw(traffic)
            )
        )
    return FloorGraph.of(layout, *rules)


def _as_layout(floor: FloorGraph) -> Layout:
    return Layout(floor.levels[0].aisle_x_mm, floor.levels[0].cross_y_mm, floor.depot_links)


def _reached(floor: FloorGraph, spot: Spot) -> bool:
    try:
        floor.check([spot])
    except Invalid:
        return False
    return True


Steps = dict[object, list[tuple[object, int]]]


def _steps(floor: FloorGraph) -> Steps:
    """The floor millimetre by millimetre along its aisles."""
    (level,) = floor.levels
    steps: Steps = {"depot": []}
    for aisle in range(len(level.aisle_x_mm)):
        for y in range(level.cross_y_mm[0], level.cross_y_mm[-1] + 1):
            steps[aisle, y] = []
    for aisle in range(len(level.aisle_x_mm)):
        for y in range(level.cross_y_mm[0], level.cross_y_mm[-1]):
            ways = [
                rule.traffic for rule in floor.aisle_rules if rule.aisle == aisle and rule.low_mm <= y < rule.high_mm
            ]
            _lay(steps, (aisle, y), (aisle, y + 1), 1, ways)
        for cross, y in enumerate(level.cross_y_mm if aisle else ()):
            ways = [r.traffic for r in floor.cross_rules if r.cross == cross and r.left_aisle < aisle <= r.right_aisle]
            _lay(steps, (aisle - 1, y), (aisle, y), level.aisle_x_mm[aisle] - level.aisle_x_mm[aisle - 1], ways)
    for aisle, cross, distance in floor.depot_links:
        _lay(steps, "depot", (aisle, level.cross_y_mm[cross]), distance, [])
    return steps


def _lay(steps: Steps, one: object, other: object, length: int, ways: list[Traffic]) -> None:
    traffic = ways[-1] if ways else Traffic.BOTH
    if traffic in (Traffic.BOTH, Traffic.FORWARD):
        steps[one].append((other, length))
    if traffic in (Traffic.BOTH, Traffic.BACKWARD):
        steps[other].append((one, length))


def _search(steps: Steps, start: object) -> dict[object, int]:
    """Shortest ways from one end, by relaxing until nothing changes."""
    best, changed = {start: 0}, [start]
    while changed:
        end = changed.pop(0)
        for other, length in steps[end]:
            if best[end] + length < best.get(other, 10**9):
                best[other] = best[end] + length
                changed.append(other)
    return best
