"""The map: what lies where, and a walk that can be followed with a finger."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import demand, make_hub, make_sku, make_user, picks_of, planned, promised, stock, walking
from warehouses.map import hub_map, walk_map
from warehouses.map_drawing import Cell, Drawing, keep_right
from warehouses.models import Bin, FloorPlan, Hub, PickList
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.walking import walk_points
from warehouses.services.picking import Pick, record_picks


@pytest.mark.parametrize(
    ("units", "share", "shade"),
    [(0, 0.0, 0), (1, 0.0, 1), (1, 0.24, 1), (1, 0.25, 2), (1, 0.5, 3), (1, 0.75, 4), (1, 1.0, 4)],
)
def test_a_cell_is_shaded_by_quarters(units: int, share: float, shade: int) -> None:
    assert Cell(1, units, share).shade == shade


def test_a_way_there_and_back_keeps_to_the_right() -> None:
    assert keep_right([(0, 0), (0, 100), (0, 0)], 10) == [(10, 0), (10, 100), (-10, 100), (-10, 0)]


def test_a_corner_is_one_point() -> None:
    assert keep_right([(0, 0), (0, 100), (50, 100)], 10) == [(10, 0), (10, 90), (50, 90)]
    assert keep_right([(0, 0), (0, 100), (-50, 100)], 10) == [(10, 0), (10, 110), (-50, 110)]


def test_no_way_is_drawn_as_it_is() -> None:
    assert keep_right([], 10) == []
    assert keep_right([(3, 4)], 10) == [(3.0, 4.0)]


LAYOUT = Layout((0, 3_000, 6_000), (0, 5_000, 10_000), ((1, 0, 2_000),))


@given(st.lists(st.builds(Spot, st.integers(0, 2), st.integers(0, 10_000)), min_size=1, max_size=8))
def test_a_shifted_walk_has_straight_legs_near_the_walk(spots: list[Spot]) -> None:
    points = walk_points(LAYOUT, spots, range(len(spots)))

    path = keep_right(points, 200)

    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(path))
    assert all(min(max(abs(x - px), abs(y - py)) for px, py in points) <= 400 for x, y in (path[0], path[-1]))


def test_a_walk_is_shown_with_the_floor_around_it_and_never_beyond() -> None:
    wide = Layout(tuple(range(0, 90_000, 3_000)), (0, 60_000), ((0, 0, 2_000),))
    drawing = Drawing(wide, [(0, 1_000, "L"), (0, 2_000, "L")])
    whole, part = (
        [int(n) for n in re.findall(r'viewBox="([^"]+)"', drawing.svg([], "", around=around))[0].split()]
        for around in ((), [(0, 0), (3_000, 8_000)])
    )

    assert part[2] < whole[2]
    assert part[3] < whole[3]
    assert part[0] >= whole[0]
    assert part[1] >= whole[1]
    assert part[0] + part[2] <= whole[0] + whole[2]


@pytest.mark.django_db
def test_the_hubs_map_counts_its_shelves() -> None:
    hub = make_hub(aisles=3, bays=4, bin_volume_mm3=10_000_000)
    sku = make_sku()
    stock(hub, sku, 10, place="01-01")
    stock(hub, sku, 3, place="02-03")

    found = hub_map(hub)

    assert found is not None
    assert (found.bins, found.empty, found.units) == (12, 10, 13)
    assert (found.svg.count("pk-shade-4"), found.svg.count("pk-shade-2"), found.svg.count("pk-shade-0")) == (1, 1, 10)
    assert "Aisle 1L, 1.0 m: 1 bin, 10 units, 100% full" in found.svg


@pytest.mark.django_db
def test_levels_above_one_another_are_one_cell() -> None:
    hub = make_hub(aisles=1, bays=1)
    low = Bin.objects.get(hub=hub, code="01-01")
    Bin.objects.create(
        hub=hub, zone=low.zone, code="01-01-2", kind="storage", aisle=0, y_mm=low.y_mm, side="L", level=1,
        check_digits="11", volume_mm3=1,
    )  # fmt: skip

    found = hub_map(hub)

    assert found is not None
    assert (found.bins, found.svg.count('class="pk-cell')) == (2, 1)


@pytest.mark.django_db
def test_cells_may_be_links() -> None:
    found = hub_map(make_hub(aisles=1, bays=1), cell_url=lambda key: f"?aisle={key[0]}&y={key[1]}")

    assert found is not None
    assert '<a href="?aisle=0&amp;y=1000" tabindex="-1">' in found.svg


@pytest.mark.django_db
def test_a_map_asks_five_questions_whatever_the_hubs_size(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    made = make_hub(aisles=1, bays=2), make_hub(aisles=10, bays=20)

    for hub in Hub.objects.filter(pk__in=[hub.pk for hub in made]):
        with django_assert_num_queries(5):  # the plan, its rules, its levels; bins, stock
            hub_map(hub)


@pytest.mark.django_db
def test_a_hub_without_a_sensible_plan_has_no_map() -> None:
    hub, odd = make_hub(), make_hub()
    FloorPlan.objects.filter(hub=hub).delete()
    FloorPlan.objects.filter(hub=odd).update(depot_links=[])

    assert hub_map(Hub.objects.get(pk=hub.pk)) is None
    assert hub_map(Hub.objects.get(pk=odd.pk)) is None


@pytest.mark.django_db
def test_a_walk_is_drawn_with_its_stops_in_order() -> None:
    hub, worker = make_hub(), make_user()
    sku, other = make_sku(), make_sku()
    stock(hub, sku, 5, place="03-02")
    stock(hub, other, 5, place="01-03")
    pick_list = walking(hub, promised(hub, demand(sku, 2, group="g"), demand(other, 1, group="g")), worker=worker)
    first, second = picks_of(pick_list)
    short = Pick(
        scan_id=second.scan_id, bin_code=second.bin_code, item_code=second.item_code, tote_code=second.tote_code,
        quantity=0, short=second.quantity,
    )  # fmt: skip
    record_picks(pick_list_id=pick_list.pk, worker_id=worker.pk, picks=[first])

    half = walk_map(pick_list)
    record_picks(pick_list_id=pick_list.pk, worker_id=worker.pk, picks=[short])
    done = walk_map(PickList.objects.get(pk=pick_list.pk))

    assert half is not None
    assert done is not None
    assert [(stop.number, stop.bins, stop.units, stop.state) for stop in half.stops] == [
        (1, first.bin_code, first.quantity, "done"), (2, second.bin_code, second.quantity, "open"),
    ]  # fmt: skip
    assert [stop.state for stop in done.stops] == ["done", "short"]
    assert half.svg.count("pk-stop-done") == half.svg.count("pk-stop-open") == 1
    assert 'class="pk-walk"' in half.svg


def test_a_point_of_the_floor_is_so_far_across_the_picture() -> None:
    wide = Layout(tuple(range(0, 90_000, 3_000)), (0, 60_000), ((0, 0, 2_000),))
    drawing = Drawing(wide, [(0, 1_000, "L"), (0, 2_000, "L")])
    walk = [(30_000, 0), (60_000, 8_000)]

    assert [round(drawing.across(point, around=walk), 3) for point in walk] == [0.105, 0.895]
    assert [drawing.across((x, 0), around=walk) for x in (0, 90_000)] == [0.0, 1.0]


@pytest.mark.django_db
def test_a_list_whose_bins_are_off_the_plan_is_not_drawn() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 2)))
    assert walk_map(pick_list) is not None

    Bin.objects.filter(hub=hub, code="01-01").update(aisle=9)

    assert walk_map(PickList.objects.get(pk=pick_list.pk)) is None
