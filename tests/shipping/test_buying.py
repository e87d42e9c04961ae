"""One label per parcel, whatever the network and the carrier do."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction

from foundation.errors import Invalid, NotFound
from shipping.carriers.simulator_process import SimulatedCarrier
from shipping.models import CarrierAccount, LabelPurchase, Shipment, ShipmentChange
from shipping.services.accounts import open_account
from shipping.services.buying import LabelOutcome, buy_labels
from shipping.signals import TrackedChange, shipment_tracked
from tests.shipping.buying_tools import ORDER, live_bookings
from tests.shipping.conftest import BUYER, MakeShipment


def test_each_parcel_gets_a_label_kept_byte_for_byte(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment(parcels=2)

    outcomes = buy_labels(shipment_ids=[shipment.pk])

    assert [outcome.status for outcome in outcomes] == ["bought", "bought"]
    shipment.refresh_from_db()
    assert shipment.state == Shipment.State.LABEL_CREATED
    for parcel, outcome in zip(shipment.parcels.all(), outcomes, strict=True):
        purchase = parcel.purchases.get()
        with open_account(account) as carrier:
            (label,) = carrier.find(replace(ORDER, reference=purchase.reference))
        assert bytes(purchase.label) == label.content
        assert purchase.label_sha256 == hashlib.sha256(label.content).hexdigest()
        assert purchase.label_type == "application/pdf"
        assert bytes(purchase.label).startswith(b"%PDF-")
        assert purchase.price_cents == 560
        assert parcel.tracking_no == purchase.tracking_no == outcome.tracking_no == label.tracking_no
        assert parcel.labelled_at is not None


def test_a_label_says_on_which_day_it_leaves(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    shipments = [make_shipment() for _ in range(3)]
    dues = [None, played_day + timedelta(days=1, hours=13, minutes=30), played_day - timedelta(days=5)]
    for shipment, due in zip(shipments, dues, strict=True):
        Shipment.objects.filter(pk=shipment.pk).update(ship_by=due)

    buy_labels(shipment_ids=[shipment.pk for shipment in shipments])

    assert played_day == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    for shipment, day in zip(shipments, ("23 Nov 2026", "25 Nov 2026", "23 Nov 2026"), strict=True):
        label = bytes(LabelPurchase.objects.get(parcel__shipment=shipment).label or b"")
        with pypdfium2.PdfDocument(label) as document:
            assert day in document[0].get_textpage().get_text_bounded()


def test_a_zpl_label_is_kept_as_zpl(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()

    buy_labels(shipment_ids=[shipment.pk], label_format="zpl")

    purchase = LabelPurchase.objects.get()
    assert purchase.label_type == "application/zpl"
    assert bytes(purchase.label).startswith(b"^XA")


def test_buying_again_buys_nothing(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment(parcels=2)
    first = buy_labels(shipment_ids=[shipment.pk])

    second = buy_labels(shipment_ids=[shipment.pk])

    assert second == first
    assert live_bookings(account, shipment) == 2


def test_a_refused_address_names_the_field_and_is_bought_once_put_right(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    simulator.set_faults(refuse_postcodes=["9999 ZZ"])
    shipment = make_shipment(parcels=2, to=replace(BUYER, postcode="9999 ZZ"))

    refused = buy_labels(shipment_ids=[shipment.pk])
    shipment.refresh_from_db()
    before = shipment.state
    shipment.ship_to.postcode = "1017 GA"
    shipment.ship_to.save()
    bought = buy_labels(shipment_ids=[shipment.pk])

    assert {(o.status, o.code, o.field) for o in refused} == {("refused", "address_not_found", "ship_to.postcode")}
    assert before == Shipment.State.DRAFT
    assert [o.status for o in bought] == ["bought", "bought"]
    assert live_bookings(account, shipment) == 2
    assert LabelPurchase.objects.filter(state="failed").count() == 2


def test_one_refused_parcel_holds_up_no_other_shipment(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    simulator.set_faults(refuse_postcodes=["9999 ZZ"])
    good, bad = make_shipment(), make_shipment(to=replace(BUYER, postcode="9999 ZZ"))

    outcomes = {o.shipment_id: o.status for o in buy_labels(shipment_ids=[bad.pk, good.pk])}

    assert outcomes == {good.pk: "bought", bad.pk: "refused"}


def test_two_packers_at_once_make_one_purchase(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    simulator.set_faults(delay_ms=300)
    results: list[list[LabelOutcome]] = []
    start = threading.Barrier(2)

    def pack() -> None:
        start.wait()
        try:
            results.append(buy_labels(shipment_ids=[shipment.pk]))
        finally:
            connection.close()

    packers = [threading.Thread(target=pack) for _packer in range(2)]
    for packer in packers:
        packer.start()
    for packer in packers:
        packer.join()

    assert len(results) == 2
    assert results[0] == results[1]
    assert results[0][0].status == "bought"
    assert LabelPurchase.objects.count() == 1
    assert live_bookings(account, shipment) == 1


def test_the_bell_rings_inside_the_transaction_with_a_list(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    shipments = [make_shipment() for _each in range(3)]
    heard: list[tuple[bool, list[TrackedChange]]] = []

    def listen(sender: type, changes: list[TrackedChange], **_more: object) -> None:
        heard.append((connection.in_atomic_block, changes))

    shipment_tracked.connect(listen)
    try:
        buy_labels(shipment_ids=[shipment.pk for shipment in shipments])
    finally:
        shipment_tracked.disconnect(listen)

    ((inside, changes),) = heard
    assert inside
    assert [(c.shipment_id, c.reference, c.from_state, c.to_state, c.first_entry) for c in changes] == [
        (s.pk, s.reference, "draft", "label_created", True) for s in shipments
    ]
    assert ShipmentChange.objects.count() == 3


def test_the_database_refuses_a_second_active_label(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    buy_labels(shipment_ids=[shipment.pk])

    with pytest.raises(IntegrityError, match="one_active_label_per_parcel"), transaction.atomic():
        LabelPurchase.objects.create(
            parcel=shipment.parcels.get(), reference="another", intended_at="2026-11-23T10:00Z"
        )

    assert LabelPurchase.objects.count() == 1


def test_a_carrier_is_never_called_inside_a_transaction(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()

    with pytest.raises(RuntimeError), transaction.atomic():
        buy_labels(shipment_ids=[shipment.pk])

    assert LabelPurchase.objects.count() == 0


def test_an_unknown_shipment_and_an_unknown_format_are_refused(account: CarrierAccount) -> None:
    with pytest.raises(NotFound):
        buy_labels(shipment_ids=[999_999])
    with pytest.raises(Invalid):
        buy_labels(shipment_ids=[], label_format="png")  # type: ignore[arg-type]
