"""What happens to orders when their goods are blocked, recalled or expire: others, a wait, or a stop."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation.errors import Conflict
from foundation.invariants import check
from fulfillment.invariants import INVARIANTS as ORDERS
from fulfillment.models import Event, Order
from fulfillment.reasons import why_waiting
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.packing import pack_order
from fulfillment.services.recalling import note_recalls
from fulfillment.services.waving import plan_wave, release_wave
from fulfillment.tasks import note_recalled
from tests.factories import MONDAY, bin_of, make_hub, make_lot, make_sku, picks_of, stock
from tests.fulfillment.building import bench_scans, fresh, on_carts, ordered, picked, released, walked, with_carrier
from tests.refusals import rows
from warehouses.invariants import INVARIANTS as STOCK
from warehouses.models import Hub, Lot, PickTask, Sku
from warehouses.services.blocking import block_bin, block_lot, recall_lot, release_lot
from warehouses.services.handling import Goods, change_condition
from warehouses.services.picking import record_picks

pytestmark = pytest.mark.django_db

FAR = (MONDAY + timedelta(days=900)).date()


@pytest.fixture
def hub() -> Hub:
    return with_carrier(make_hub())


@pytest.fixture
def cream() -> Sku:
    return make_sku(code="CREAM", tracks_lots=True)


@pytest.fixture
def lot(hub: Hub, cream: Sku) -> Lot:
    lot = make_lot(cream, "A1", FAR)
    stock(hub, cream, 10, lot=lot)
    return lot


@pytest.fixture(autouse=True)
def all_adds_up(db) -> None:
    yield
    assert [(found.invariant.name, found.rows) for found in check([*STOCK, *ORDERS]) if found.broken] == []


def kinds(order: Order) -> list[str]:
    return list(Event.objects.filter(order=order).order_by("pk").values_list("kind", flat=True))


def wakes() -> int:
    return ProcrastinateJob.objects.filter(task_name="fulfillment.allocate", status="todo").count()


def test_an_order_on_a_cart_goes_back_to_the_queue_when_its_lot_is_blocked(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = ordered(hub, {cream: 2})
    wave = released(hub)
    ProcrastinateJob.objects.all().delete()

    block_lot(key="k", lot_id=lot.pk, reason="smells odd")

    order = fresh(order)
    assert (order.state, order.wave_id, order.released_at) == ("received", None, None)
    wave.refresh_from_db()
    assert wave.state == "picked"
    assert wakes() == 1
    allocate_hub(hub_id=hub.pk)
    assert fresh(order).state == "backordered"
    stock(hub, cream, 2, place="02-01", lot=make_lot(cream, "B1", FAR))
    for pick_list in on_carts(released(hub)):
        walked(pick_list)
    assert fresh(order).state == "picked"
    assert kinds(order)[-6:] == [
        "order.requeued", "order.backordered", "order.allocated", "order.released", "order.picking", "order.picked",
    ]  # fmt: skip


def test_an_order_that_gets_the_other_lot_notices_nothing(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = ordered(hub, {cream: 2})
    (pick_list,) = on_carts(released(hub))
    stock(hub, cream, 2, place="02-01", lot=make_lot(cream, "B1", FAR))
    before = kinds(order)

    block_lot(key="k", lot_id=lot.pk, reason="smells odd")

    assert (fresh(order).state, kinds(order)) == ("released", before)
    walked(pick_list)
    assert fresh(order).state == "picked"


def test_an_order_half_picked_waits_for_the_rest_as_after_a_short_pick(hub: Hub, cream: Sku, lot: Lot) -> None:
    ring = make_sku(cream.seller)
    stock(hub, ring, 5, place="03-01")
    order = ordered(hub, {cream: 2, ring: 1})
    (pick_list,) = on_carts(released(hub))
    (pick,) = [pick for pick in picks_of(pick_list) if pick.bin_code == "03-01"]
    record_picks(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, picks=[pick])

    block_bin(key="k", bin_id=bin_of(hub, "01-01").pk, reason="rack bent")

    order = fresh(order)
    assert (order.state, order.hold) == ("picking", "short_pick")
    assert not PickTask.objects.filter(closed_at=None).exists()
    stock(hub, cream, 2, place="02-01", lot=lot)
    allocate_hub(hub_id=hub.pk)
    for again in on_carts(released(hub)):
        walked(again)
    assert (fresh(order).state, fresh(order).hold) == ("picked", "")


def test_a_promise_without_a_bin_is_taken_back_and_the_order_told(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = ordered(hub, {cream: 8})
    allocate_hub(hub_id=hub.pk)
    goods = Goods(bin_id=bin_of(hub, "01-01").pk, sku_id=cream.pk, lot_id=lot.pk)

    change_condition(key="k", goods=goods, to="damaged", quantity=5, reason="leaks", displace=True)
    allocate_hub(hub_id=hub.pk)

    assert fresh(order).state == "backordered"


def test_good_units_again_wake_the_allocator(hub: Hub, cream: Sku, lot: Lot) -> None:
    block_lot(key="k", lot_id=lot.pk, reason="smells odd")
    ProcrastinateJob.objects.all().delete()

    release_lot(key="r", lot_id=lot.pk, reason="smells fine")

    assert wakes() == 1


def test_a_recall_stops_what_is_picked_until_the_lot_is_released(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = picked(hub, {cream: 2})

    recall_lot(key="k", lot_id=lot.pk, reason="glass in it")
    (job,) = ProcrastinateJob.objects.filter(task_name="fulfillment.note_recalls")
    note_recalled(**job.args)

    assert (fresh(order).state, fresh(order).hold) == ("picked", "lot_recalled")
    why = why_waiting(fresh(order))
    assert why is not None
    assert (why.code, why.owner) == ("lot_recalled", "hub")
    assert not_packed(order) == "lot_recalled"
    assert note_recalls(lot_ids=[lot.pk]) == 0

    release_lot(key="r", lot_id=lot.pk, reason="another shard")
    note_recalls(lot_ids=[lot.pk])

    assert fresh(order).hold == ""
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    assert fresh(order).state == "packed"
    assert kinds(order)[-3:] == ["order.recalled", "order.recall_ended", "order.packed"]


def not_packed(order: Order) -> str:
    """The code of packing's refusal; nothing has changed."""
    before = rows(), rows("fulfillment"), rows("shipping")
    with pytest.raises(Conflict) as refusal:
        pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    assert (rows(), rows("fulfillment"), rows("shipping")) == before
    return refusal.value.code


def test_packing_stops_even_before_the_job_has_run(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = picked(hub, {cream: 2})

    recall_lot(key="k", lot_id=lot.pk, reason="glass in it")

    assert fresh(order).hold == ""
    assert not_packed(order) == "lot_recalled"


def test_a_recall_on_a_cart_under_way(hub: Hub, cream: Sku, lot: Lot) -> None:
    ring = make_sku(cream.seller)
    stock(hub, ring, 5, place="03-01")
    order = ordered(hub, {cream: 2, ring: 1})
    (pick_list,) = on_carts(released(hub))
    (pick,) = [pick for pick in picks_of(pick_list) if pick.bin_code == "01-01"]
    record_picks(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, picks=[pick])

    recall_lot(key="k", lot_id=lot.pk, reason="glass in it")
    note_recalls(lot_ids=[lot.pk])
    assert (fresh(order).state, fresh(order).hold) == ("picking", "lot_recalled")
    walked(pick_list)

    assert (fresh(order).state, fresh(order).hold) == ("picked", "lot_recalled")
    release_lot(key="r", lot_id=lot.pk, reason="another shard")
    note_recalls(lot_ids=[lot.pk])
    assert (fresh(order).state, fresh(order).hold) == ("picked", "")


def test_a_lot_blocked_while_the_optimiser_thinks(hub: Hub, cream: Sku, lot: Lot) -> None:
    ring = make_sku(cream.seller)
    stock(hub, ring, 5, place="03-01")
    lost, kept = ordered(hub, {cream: 2}), ordered(hub, {ring: 1})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None

    release_wave(
        wave_id=wave.pk, time_limit_s=0.2, progress=lambda _: block_lot(key="k", lot_id=lot.pk, reason="smells odd")
    )

    assert (fresh(lost).state, fresh(kept).state) == ("received", "released")
    for pick_list in on_carts(wave):
        walked(pick_list)
    assert fresh(kept).state == "picked"


def test_a_wave_of_which_nothing_is_left_when_it_is_planned_is_over(hub: Hub, cream: Sku, lot: Lot) -> None:
    order = ordered(hub, {cream: 2})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None

    block_lot(key="k", lot_id=lot.pk, reason="smells odd")
    released_wave = release_wave(wave_id=wave.pk, time_limit_s=0.2)

    assert (released_wave.state, fresh(order).state) == ("picked", "received")
