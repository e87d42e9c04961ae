"""Packing stops hard on a wrong unit, and a packed order's parcels hold exactly what was picked."""

from dataclasses import replace

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation.errors import Conflict, Invalid
from fulfillment.models import CarrierRule, Order, Pack, PackLine
from fulfillment.services.packing import PackScan, pack_order
from shipping.models import Carrier, Parcel, Service, Shipment
from tests.factories import books, code_of, in_bin, make_hub, make_lot, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, ordered, picked, with_carrier
from warehouses.models import CartTote, Move

pytestmark = pytest.mark.django_db


def test_a_packed_order_is_in_parcels_on_the_dispatch_dock() -> None:
    hub, sku = with_carrier(make_hub()), make_sku(tracks_lots=True)
    lot = make_lot(sku)
    stock(hub, sku, 3, lot=lot)
    order = picked(hub, {sku: 3})

    record = pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")

    order = fresh(order)
    assert order.state == Order.State.PACKED
    assert order.shipment is not None
    assert (order.shipment.reference, order.shipment.state) == (order.number, Shipment.State.DRAFT)
    assert list(record.lines.values_list("line", "lot", "quantity")) == [(order.lines.get().pk, lot.pk, 3)]
    assert (in_bin(hub, "T1", sku), in_bin(hub, "OUT", sku)) == (0, 3)
    assert not CartTote.objects.filter(freed_at=None).exists()
    job = ProcrastinateJob.objects.get(task_name="fulfillment.label_packed")
    assert job.args == {"hub_id": hub.pk}


def test_a_parcel_weighs_its_box_and_what_is_in_it() -> None:
    hub, sku = with_carrier(make_hub()), make_sku(weight_g=250)
    stock(hub, sku, 2)
    order = picked(hub, {sku: 2})

    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")

    parcel = Parcel.objects.get()
    assert parcel.weight_g == 500 + parcel.box.tare_g


def test_packing_twice_is_packing_once() -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})
    scans = bench_scans(order)
    first = pack_order(order_id=order.pk, scans=scans, station="BENCH-1")
    before = books()

    again = pack_order(order_id=order.pk, scans=scans, station="BENCH-2")

    assert again == first
    assert books() == before
    assert (Shipment.objects.count(), Parcel.objects.count(), PackLine.objects.count()) == (1, 1, 1)


def wrong_scans(order: Order, fault: str) -> list[PackScan]:
    good = bench_scans(order)[0]
    foreign = code_of(make_sku())
    return {
        "wrong_tote": [replace(good, tote_code="T7")],
        "unknown_barcode": [good, replace(good, item_code=foreign, quantity=1)],
        "too_many": [good, replace(good, quantity=1)],
        "not_all_scanned": [replace(good, quantity=1)],
        "quantity_invalid": [replace(good, quantity=0)],
    }[fault]


@pytest.mark.parametrize("fault", ["wrong_tote", "unknown_barcode", "too_many", "not_all_scanned", "quantity_invalid"])
def test_a_wrong_scan_stops_the_bench_and_changes_nothing(fault: str) -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 2)
    order = picked(hub, {sku: 2})
    scans = wrong_scans(order, fault)
    before = books()

    with pytest.raises((Conflict, Invalid)) as refused:
        pack_order(order_id=order.pk, scans=scans, station="BENCH-1")

    assert refused.value.code == fault
    assert books() == before
    assert fresh(order).state == Order.State.PICKED
    assert (Pack.objects.count(), Shipment.objects.count()) == (0, 0)


def test_a_unit_of_this_order_in_the_wrong_tote_is_a_wrong_unit() -> None:
    hub = with_carrier(make_hub(tote_volume_mm3=1_000_000))
    sku = make_sku()
    other = make_sku(sku.seller)
    stock(hub, sku, 1)
    stock(hub, other, 1, place="01-02")
    order = picked(hub, {sku: 1, other: 1})
    one, two = bench_scans(order)
    assert one.tote_code != two.tote_code

    with pytest.raises(Conflict) as refused:
        pack_order(order_id=order.pk, scans=[replace(one, tote_code=two.tote_code), two], station="BENCH-1")

    assert (refused.value.code, refused.value.row) == ("wrong_unit", 1)


def test_an_order_still_on_the_floor_can_not_be_packed() -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    order = ordered(hub, {sku: 1})

    with pytest.raises(Conflict) as refused:
        pack_order(order_id=order.pk, scans=[], station="BENCH-1")

    assert refused.value.code == "order_not_picked"
    assert fresh(order).state == Order.State.RECEIVED


def test_what_fits_no_box_is_named() -> None:
    hub, sku = with_carrier(make_hub(tote_volume_mm3=10**10)), make_sku(length_mm=3_000)
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})

    with pytest.raises(Conflict) as refused:
        pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")

    assert (refused.value.code, refused.value.facts) == ("no_box", {"sku": sku.code})
    assert fresh(order).state == Order.State.PICKED


def test_the_ledger_names_the_order_for_each_packed_line() -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 2)
    order = picked(hub, {sku: 2})

    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")

    moves = Move.objects.filter(kind=Move.Kind.PACK).values_list("source", "quantity", "from_bin__code", "to_bin__code")
    assert list(moves) == [(f"pack:{order.number}", 2, "T1", "OUT")]


def chosen(**rule: object) -> str:
    """The service that a small order within the Netherlands goes by, when its seller has said this."""
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})
    if rule:
        CarrierRule.objects.create(seller=order.seller, **rule)
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    shipment = fresh(order).shipment
    assert shipment is not None
    return shipment.service.code


def test_a_sellers_rules_choose_among_the_services() -> None:
    cheapest = chosen()
    service = Service.objects.get(code=cheapest)

    assert cheapest != "EXPRESS"
    assert chosen(verb="never", service=service) != cheapest
    assert chosen(verb="never", service=service, countries=["BE"]) == cheapest
    assert chosen(verb="only", service=Service.objects.get(code="EXPRESS")) == "EXPRESS"
    assert chosen(verb="prefer", service=Service.objects.get(code="EXPRESS"), worth_cents=1) == cheapest
    assert chosen(verb="prefer", service=Service.objects.get(code="EXPRESS"), worth_cents=5_000) == "EXPRESS"


def test_rules_that_leave_no_service_stop_the_bench_and_say_so() -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})
    CarrierRule.objects.create(seller=order.seller, verb="never", carrier=Carrier.objects.get())
    before = books()

    with pytest.raises(Invalid) as refused:
        pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")

    assert (refused.value.code, books()) == ("no_service", before)
    assert refused.value.message == "The seller's own carrier rules leave no service to NL for such a parcel."
    assert (fresh(order).state, Pack.objects.count()) == (Order.State.PICKED, 0)
