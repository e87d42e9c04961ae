"""The number of SQL statements of a service does not grow with the number of rows: 2 or 50, it is the same."""

import uuid
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from tests.factories import (
    announced,
    bin_of,
    code_of,
    demand,
    make_hub,
    make_seller,
    make_sku,
    make_user,
    planned,
    promised,
    queued,
    stock,
    unit_scan,
    walking,
)
from warehouses.models import Hub, Move, PickTask, Reservation, Sku
from warehouses.services.assigning import assign, unassign
from warehouses.services.batching import plan_carts
from warehouses.services.inbounds import plan_inbound
from warehouses.services.moving import Step, post_moves
from warehouses.services.picking import Pick, record_picks
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import arrive_carton, close_carton, count_units
from warehouses.services.reserving import allocate_page, release
from warehouses.signals import stock_moved

SIZES = pytest.mark.parametrize("n", [2, 50])


@pytest.fixture(autouse=True)
def nobody_upstairs() -> Iterator[None]:
    """The statements of this floor alone: what the listeners upstairs do is counted there."""
    connected, stock_moved.receivers = stock_moved.receivers, []
    stock_moved.sender_receivers_cache.clear()
    yield
    stock_moved.receivers = connected
    stock_moved.sender_receivers_cache.clear()


@pytest.fixture
def hub(db) -> Hub:
    return make_hub(totes=60, cart_totes=50, aisles=5, bays=11, tote_volume_mm3=10**9)


def shelved(hub: Hub, n: int) -> list[Sku]:
    """So many items with ten units each, every one in a bin of its own."""
    seller = make_seller()
    skus = [make_sku(seller) for _ in range(n)]
    for k, sku in enumerate(skus):
        stock(hub, sku, 10, place=f"{k % 5 + 1:02d}-{k // 5 + 1:02d}")
    return skus


@SIZES
def test_posting_moves(hub: Hub, n: int, django_assert_num_queries) -> None:
    skus = shelved(hub, n)
    steps = [
        Step(kind=Move.Kind.COUNT, source="x", source_line=k, sku_id=sku.pk, quantity=1,
             from_bin_id=sku.bin_balances.get().bin_id, to_bin_id=bin_of(hub, "LOST").pk)
        for k, sku in enumerate(skus)
    ]  # fmt: skip

    with django_assert_num_queries(9):
        assert len(post_moves(hub_id=hub.pk, steps=steps)) == n


@SIZES
def test_planning_an_inbound(hub: Hub, n: int, django_assert_num_queries) -> None:
    seller = make_seller()
    skus = [make_sku(seller, tracks_lots=True) for _ in range(n)]
    cartons = [CartonPlan((LinePlan(sku=sku.code, quantity=1, lot="A"),)) for sku in skus]

    with django_assert_num_queries(17):  # three of them pre-flight: barcodes, known lots, free room
        plan_inbound(seller=seller, hub=hub, reference="R", cartons=cartons)


@SIZES
def test_receiving_and_putting_away(hub: Hub, n: int, django_assert_num_queries) -> None:
    seller = make_seller()
    skus = [make_sku(seller) for _ in range(n)]
    (carton,) = announced(hub, [dict.fromkeys(skus, 3)])
    arrive_carton(hub=hub, code=carton.sscc)
    scans = [unit_scan(sku, 3) for sku in skus]

    with django_assert_num_queries(23):  # two of them what the codes name: of the seller, and of these lines
        count_units(carton_id=carton.pk, scans=scans, station="DOCK")
    with django_assert_num_queries(15):  # whether the hub wants photos, what nobody knows, its appointment at the dock
        close_carton(carton_id=carton.pk)
    with django_assert_num_queries(18):  # two of them the floor's rules and levels, one how fast goods move
        tasks = propose_putaway(inbound_id=carton.inbound_id)
    confirmed = [PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks]
    with django_assert_num_queries(22):  # one of them whether a case is open
        assert confirm_putaway(scans=confirmed) == 3 * n


@SIZES
def test_allocating(hub: Hub, n: int, django_assert_num_queries) -> None:
    queued(hub, *(demand(sku, 1) for sku in shelved(hub, n)))

    with django_assert_num_queries(7):
        assert len(allocate_page(hub_id=hub.pk).granted) == n


@SIZES
def test_assigning_and_unassigning(hub: Hub, n: int, django_assert_num_queries) -> None:
    rows = promised(hub, *(demand(sku, 1) for sku in shelved(hub, n)))
    ids = [row.pk for row in rows]

    with django_assert_num_queries(9):
        assert assign(hub=hub, reservation_ids=ids, work_ref="W") == []
    with django_assert_num_queries(13):
        unassign(reservation_ids=ids)


@SIZES
def test_planning_carts(hub: Hub, n: int, django_assert_num_queries) -> None:
    rows = promised(hub, *(demand(sku, 1) for sku in shelved(hub, n)))
    assign(hub=hub, reservation_ids=[row.pk for row in rows], work_ref="W")

    with django_assert_num_queries(19):  # two of them what lies on which shelf
        assert len(plan_carts(hub=hub, work_ref="W", seed=1, time_limit_s=0.1).list_ids) == 1


@pytest.fixture
def picker(db) -> User:
    return make_user()


@SIZES
@pytest.mark.parametrize(("short", "statements"), [(0, 23), (1, 34)])
def test_picking(hub: Hub, picker: User, n: int, short: int, statements: int, django_assert_num_queries) -> None:
    skus = shelved(hub, n)
    walk = walking(hub, promised(hub, *(demand(sku, 3, group="A") for sku in skus)), worker=picker)
    for sku in skus:
        stock(hub, sku, 3, place="05-11")
    tasks = PickTask.objects.select_related("bin", "sku", "cart_tote__tote")
    picks = [
        Pick(scan_id=uuid.uuid4(), bin_code=task.bin.code, item_code=code_of(task.sku),
             tote_code=task.cart_tote.tote.code, quantity=3 - short, short=short)
        for task in tasks
    ]  # fmt: skip

    with django_assert_num_queries(statements):
        outcome = record_picks(pick_list_id=walk.pk, worker_id=picker.pk, picks=picks)

    assert (outcome.picked, outcome.replaced) == ((3 - short) * n, short * n)


@SIZES
def test_releasing(hub: Hub, n: int, django_assert_num_queries) -> None:
    rows = promised(hub, *(demand(sku, 1) for sku in shelved(hub, n)))
    planned(hub, rows)

    with django_assert_num_queries(20):
        assert release(hub_id=hub.pk, reservation_ids=[row.pk for row in rows]) == n

    assert not Reservation.objects.exclude(held=0).exists()
