"""Dispatch: parcels that hold a recalled lot stay, by the van and by the trailer; the rest leaves the ledger."""

import uuid
from collections.abc import Iterator
from datetime import date

import pytest

from foundation import clock
from foundation.errors import Conflict
from fulfillment.models import Order
from fulfillment.services.dispatch import depart_trailer, dispatch_hub, hand_over, load_parcel
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.packing import pack_order
from fulfillment.services.recalling import note_recalls
from shipping.carriers.simulator_process import running
from shipping.models import CarrierAccount, LoadScan, Manifest, Parcel, Trailer
from shipping.services.loading import Loaded, LoadRequest, open_trailer, unload_parcel
from shipping.services.manifesting import Departure, close_manifest
from tests.factories import MONDAY, books, make_hub, make_lot, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, picked, with_carrier
from warehouses.models import Hub, Lot, Move, Sku
from warehouses.services.blocking import recall_lot, release_lot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def carrier_url() -> Iterator[str]:
    with running() as carrier:
        yield carrier.url


@pytest.fixture
def hub(db: None, carrier_url: str) -> Iterator[Hub]:
    with clock.playing(MONDAY):
        yield with_carrier(make_hub(totes=8), carrier_url)


@pytest.fixture
def cream(hub: Hub) -> Sku:
    sku = make_sku(tracks_lots=True)
    stock(hub, sku, 10, lot=make_lot(sku, expires_on=date(2031, 1, 1)))
    return sku


def labelled(hub: Hub, sku: Sku, units: int = 1) -> tuple[Order, Parcel]:
    order = picked(hub, {sku: units})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    order = fresh(order)
    buy_order_labels(shipment_ids=[order.shipment_id])
    return order, Parcel.objects.get(shipment=order.shipment_id)


def ring(hub: Hub) -> tuple[Order, Parcel]:
    sku = make_sku()
    stock(hub, sku, 1, place="02-01")
    return labelled(hub, sku)


def recall(sku: Sku) -> Lot:
    lot = Lot.objects.get(sku=sku)
    recall_lot(key=uuid.uuid4().hex, lot_id=lot.pk, reason="glass in it")
    return lot


def a_trailer(hub: Hub, door: str = "OUT-1") -> Trailer:
    return open_trailer(site=hub.code, carrier_code="simulator", door=door, plate=door, ship_on=MONDAY.date())


def load(trailer: Trailer, parcel: Parcel) -> Loaded:
    return load_parcel(request=LoadRequest(trailer.pk, parcel.tracking_no, uuid.uuid4(), "OUT-1"))


def shipped() -> int:
    return Move.objects.filter(kind=Move.Kind.SHIP).count()


def test_with_the_trailer_orders_leave_the_ledger(hub: Hub, cream: Sku) -> None:
    trailer, (order, parcel), (other, _) = a_trailer(hub), labelled(hub, cream, 2), ring(hub)
    load(trailer, parcel)

    depart_trailer(trailer_id=trailer.pk, seal="S1")
    depart_trailer(trailer_id=trailer.pk)

    assert (fresh(order).state, fresh(other).state) == (Order.State.SHIPPED, Order.State.PACKED)
    move = Move.objects.get(kind=Move.Kind.SHIP)
    assert (move.sku, move.quantity, move.to_bin) == (cream, 2, None)


def test_a_parcel_of_a_recalled_lot_is_not_loaded_before_anybody_has_noted_it(hub: Hub, cream: Sku) -> None:
    trailer, (order, parcel) = a_trailer(hub), labelled(hub, cream)
    lot = recall(cream)
    before = books()

    with pytest.raises(Conflict) as refusal:
        load(trailer, parcel)

    assert fresh(order).hold == Order.Hold.NONE  # the job that holds orders has not run
    assert refusal.value.code == "lot_recalled"
    assert refusal.value.message == f"The parcel of {order.number} holds a recalled lot: it must not leave."
    assert (LoadScan.objects.get().refusal, books()) == ("lot_recalled", before)
    release_lot(key="r", lot_id=lot.pk, reason="a false alarm")
    assert load(trailer, parcel).is_new


def test_recalled_once_loaded_it_comes_off_before_the_trailer_leaves(hub: Hub, cream: Sku) -> None:
    trailer, (held, parcel), (order, other) = a_trailer(hub), labelled(hub, cream), ring(hub)
    load(trailer, parcel)
    load(trailer, other)
    note_recalls(lot_ids=[recall(cream).pk])
    before = books()

    with pytest.raises(Conflict) as refusal:
        depart_trailer(trailer_id=trailer.pk, seal="S1")
    assert (books(), Manifest.objects.count()) == (before, 0)
    unload_parcel(request=LoadRequest(trailer.pk, parcel.tracking_no, uuid.uuid4(), "OUT-1"))
    depart_trailer(trailer_id=trailer.pk, seal="S1")

    assert (refusal.value.code, refusal.value.facts["tracking_numbers"]) == ("must_come_off", [parcel.tracking_no])
    assert (fresh(held).state, fresh(order).state) == (Order.State.PACKED, Order.State.SHIPPED)


def test_the_van_takes_all_but_what_is_recalled(hub: Hub, cream: Sku) -> None:
    (held, parcel), (order, _) = labelled(hub, cream), ring(hub)
    recall(cream)

    manifest = dispatch_hub(hub=hub, carrier_code="simulator")

    assert manifest is not None
    assert manifest.ship_on == MONDAY.date()
    assert (fresh(held).state, fresh(order).state) == (Order.State.PACKED, Order.State.SHIPPED)
    parcel.refresh_from_db()
    assert parcel.manifest is None
    assert shipped() == 1


def test_recalled_while_its_manifest_waits_for_the_driver_it_comes_off(hub: Hub, cream: Sku) -> None:
    (held, parcel), (order, _) = labelled(hub, cream), ring(hub)
    manifest = close_manifest(
        site=hub.code, carrier_code="simulator", departure=Departure(MONDAY.date()), holds=lambda ids: {}
    )
    assert manifest is not None
    recall(cream)

    hand_over(manifest_id=manifest.pk)
    hand_over(manifest_id=manifest.pk)

    parcel.refresh_from_db()
    assert parcel.manifest is None
    assert (fresh(held).state, fresh(order).state, shipped()) == (Order.State.PACKED, Order.State.SHIPPED, 1)


def test_nothing_but_recalled_parcels_is_no_hand_over(hub: Hub, cream: Sku) -> None:
    labelled(hub, cream)
    recall(cream)

    assert dispatch_hub(hub=hub, carrier_code="simulator") is None
    assert not Manifest.objects.exists()


def test_a_lane_with_load_scans_does_not_go_by_the_van(hub: Hub, cream: Sku) -> None:
    order, _ = labelled(hub, cream)
    CarrierAccount.objects.update(load_scans_required=True)

    with pytest.raises(Conflict) as refusal:
        dispatch_hub(hub=hub, carrier_code="simulator")

    assert refusal.value.code == "load_scans_required"
    assert fresh(order).state == Order.State.PACKED
