"""Distances on the floor plan, and what is refused about a plan."""

import itertools
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from tests.warehouses.planning.instances import MM, checker, layout_of, read, spot_of
from tests.warehouses.planning.plans import layouts, spots_on
from warehouses.planning.floor.layout import Layout, Spot

PLAN = Layout((0, 3_000, 6_000), (0, 10_000, 20_000), ((1, 0, 500),))


def test_distances_follow_aisles_and_cross_aisles() -> None:
    low, same_aisle, across = Spot(0, 4_000), Spot(0, 15_000), Spot(2, 5_000)

    assert PLAN.distance_mm(low, same_aisle) == 11_000
    assert PLAN.distance_mm(low, across) == 6_000 + 9_000
    assert PLAN.distance_mm(None, low) == 500 + 3_000 + 4_000
    assert PLAN.distance_mm(across, None) == 500 + 3_000 + 5_000
    assert PLAN.distance_mm(None, None) == 0


def test_a_second_door_shortens_the_way_through_the_depot() -> None:
    two_doors = Layout((0, 50_000), (0, 10_000), ((0, 0, 0), (1, 0, 1_000)))

    assert two_doors.distance_mm(Spot(0, 2_000), Spot(1, 3_000)) == 6_000
    assert two_doors.distance_matrix([Spot(0, 2_000), Spot(1, 3_000)]).tolist() == [
        [0, 2_000, 4_000],
        [2_000, 0, 6_000],
        [4_000, 6_000, 0],
    ]


@pytest.mark.parametrize("set_name", ["sprp", "batch"])
def test_the_closed_form_agrees_with_dijkstra(set_name: str) -> None:
    rng = Random(5)
    graphs = checker()

    for instance in rng.sample(read(set_name), 4):
        layout, graph = layout_of(instance), graphs.Graph(instance["layout"])
        limit = len(instance["layout"]["aisle_x"]) * len(instance["layout"]["cell_y"])
        places = [rng.randrange(limit) for _ in range(8)]
        matrix = layout.distance_matrix([spot_of(instance, place) for place in places])

        expected = [[round(graph.dist(a, b) * MM) for b in [-1, *places]] for a in [-1, *places]]
        assert matrix.tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_distances_are_a_metric_and_a_route_is_the_sum_of_its_legs(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    spots = data.draw(spots_on(layout, most=6))

    matrix = layout.distance_matrix(spots)

    assert (matrix == matrix.T).all()
    assert (matrix[:, :, None] + matrix[None, :, :] >= matrix[:, None, :]).all()
    stops = [0, *range(1, len(spots) + 1), 0]
    legs = [int(matrix[a, b]) for a, b in itertools.pairwise(stops)]
    assert layout.route_mm(spots) == sum(legs)


@pytest.mark.parametrize(
    "aisles, cross, links",
    [
        ((), (0, 10), ((0, 0, 0),)),
        ((0, 0), (0, 10), ((0, 0, 0),)),
        ((5, 0), (0, 10), ((0, 0, 0),)),
        ((0, 5), (0,), ((0, 0, 0),)),
        ((0, 5), (10, 0), ((0, 0, 0),)),
        ((0, 5), (0, 10), ()),
        ((0, 5), (0, 10), ((2, 0, 0),)),
        ((0, 5), (0, 10), ((0, 2, 0),)),
        ((0, 5), (0, 10), ((0, 0, -1),)),
        ((0, 5), (0, 10), ((0, 0, 1.5),)),
        ((0, True), (0, 10), ((0, 0, 0),)),
        ((0, 10**9), (0, 10), ((0, 0, 0),)),
    ],
)
def test_a_plan_that_cannot_be_is_refused(aisles: tuple, cross: tuple, links: tuple) -> None:
    with pytest.raises(Invalid) as refused:
        Layout(aisles, cross, links)

    assert refused.value.code == "layout_invalid"


@pytest.mark.parametrize("spot", [Spot(3, 5, "A-9"), Spot(-1, 5, "A-9"), Spot(0, -1, "A-9"), Spot(0, 20_001, "A-9")])
def test_an_unreachable_bin_is_named(spot: Spot) -> None:
    with pytest.raises(Invalid) as refused:
        PLAN.distance_matrix([Spot(0, 0), spot])

    assert refused.value.code == "spot_unreachable"
    assert refused.value.facts == {"bin": "A-9", "aisle": spot.aisle, "y_mm": spot.y_mm}
    assert "A-9" in refused.value.message


def test_bins_across_an_aisle_are_one_spot() -> None:
    assert Spot(1, 500, "left") == Spot(1, 500, "right")
    assert len({Spot(1, 500, "left"), Spot(1, 500, "right")}) == 1


def test_a_thinned_plan_keeps_its_ends_and_its_door() -> None:
    layout = Layout((0, 1), tuple(range(0, 90, 10)), ((0, 5, 0), (1, 2, 9)))

    thin = layout.thinned(4)

    assert thin.cross_y_mm == (0, 30, 50, 80)
    assert thin.depot_links == ((0, 2, 0),)
    assert layout.thinned(9) is layout
