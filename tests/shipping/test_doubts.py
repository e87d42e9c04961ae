"""A carrier that times out, fails, goes silent or books too much: still one label per parcel."""

from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from shipping.carriers.base import LabelOrder
from shipping.carriers.simulator_process import SimulatedCarrier
from shipping.models import CarrierAccount, LabelPurchase, Shipment, TrackingAnomaly
from shipping.services.accounts import open_account
from shipping.services.buying import _order, buy_labels, settle_purchases
from tests.roles import as_owner
from tests.shipping.buying_tools import hurry, live_bookings, wait_for_booking
from tests.shipping.conftest import MakeShipment


def test_a_time_out_after_booking_gives_one_label(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    hurry(account)
    simulator.set_faults(book_then_stall=1, stall_s=20)

    (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    assert outcome.status == "bought"
    assert live_bookings(account, shipment) == 1
    purchase = LabelPurchase.objects.get()
    assert purchase.state == LabelPurchase.State.BOUGHT
    assert bytes(purchase.label).startswith(b"%PDF-")


def test_a_fault_after_booking_gives_one_label(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    simulator.set_faults(book_then_500=1)

    (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    assert outcome.status == "bought"
    assert live_bookings(account, shipment) == 1


def test_a_fault_before_booking_is_asked_once_more(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    simulator.set_faults(fail_500=1)

    (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    assert outcome.status == "bought"
    assert live_bookings(account, shipment) == 1


def test_a_carrier_that_keeps_failing_leaves_a_doubt_that_settles(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    simulator.set_faults(fail_500=2)
    (doubt,) = buy_labels(shipment_ids=[shipment.pk])

    (settled,) = settle_purchases()

    assert (doubt.status, doubt.code) == ("in_doubt", "carrier_fault")
    assert settled.status == "bought"
    assert live_bookings(account, shipment) == 1


def test_a_slow_booking_that_appears_after_the_look_up_is_found_not_doubled(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    hurry(account)
    simulator.set_faults(delay_ms=2_500)
    (doubt,) = buy_labels(shipment_ids=[shipment.pk])
    simulator.set_faults()
    (still,) = buy_labels(shipment_ids=[shipment.pk])
    wait_for_booking(account, shipment)

    (settled,) = buy_labels(shipment_ids=[shipment.pk])

    assert (doubt.status, doubt.code) == ("in_doubt", "carrier_timeout")
    assert still.status == "in_doubt" or still.tracking_no == settled.tracking_no
    assert settled.status == "bought"
    assert live_bookings(account, shipment) == 1


def test_after_the_settling_time_a_booking_that_never_came_is_bought(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment()
    LabelPurchase.objects.create(
        parcel=shipment.parcels.get(),
        reference="never-arrived-1",
        attempts=1,
        intended_at="2026-11-23T10:00Z",
        in_doubt_since=Now() - timedelta(seconds=5),
    )
    (early,) = settle_purchases()
    LabelPurchase.objects.update(in_doubt_since=Now() - timedelta(seconds=31))

    (late,) = settle_purchases()

    assert (early.status, early.code) == ("in_doubt", "settling")
    assert late.status == "bought"
    assert live_bookings(account, shipment) == 1


def test_a_crash_between_booking_and_storing_is_looked_up(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    buy_labels(shipment_ids=[shipment.pk])
    bought = LabelPurchase.objects.get()
    twin = make_shipment()
    crashed = LabelPurchase(
        parcel=twin.parcels.get(),
        reference=bought.reference,
        attempts=1,
        intended_at=bought.intended_at,
        lease_until=Now() - timedelta(seconds=1),
    )
    with as_owner(), connection.cursor() as cursor:
        # the process died after the carrier booked: only the intent is there
        cursor.execute("ALTER TABLE shipping_labelpurchase DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM shipping_labelpurchase")
        cursor.execute("ALTER TABLE shipping_labelpurchase ENABLE TRIGGER USER")
        cursor.execute("UPDATE shipping_parcel SET tracking_no = '', labelled_at = NULL")
    crashed.save()

    (outcome,) = settle_purchases()

    assert outcome.status == "bought"
    assert outcome.tracking_no == bought.tracking_no
    assert live_bookings(account, twin) == 1


def test_a_carrier_that_is_down_books_nothing_and_says_so(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    CarrierAccount.objects.update(base_url="http://127.0.0.1:9")

    (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    assert (outcome.status, outcome.code) == ("in_doubt", "carrier_unreachable")
    shipment.refresh_from_db()
    assert shipment.state == Shipment.State.DRAFT


def test_a_silent_carrier_is_not_asked_for_every_parcel(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment(parcels=60)
    hurry(account, 200)
    simulator.set_faults(delay_ms=1_500)

    outcomes = buy_labels(shipment_ids=[shipment.pk])

    assert {outcome.status for outcome in outcomes} == {"in_doubt"}
    assert LabelPurchase.objects.filter(in_doubt_since__isnull=False).count() < 10


def test_a_label_made_twice_is_given_back_and_reported(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    parcel = shipment.parcels.get()
    LabelPurchase.objects.create(
        parcel=parcel, reference=f"{parcel.reference}-1", attempts=1, intended_at="2026-11-23T10:00Z"
    )
    with open_account(account) as carrier:
        other = make_shipment()
        buy_labels(shipment_ids=[other.pk], label_format="zpl")
        twice = order_like(other, reference=f"{parcel.reference}-1")
        first, second = carrier.buy(twice), carrier.buy(twice)

    (outcome,) = settle_purchases()

    assert outcome.tracking_no == first.tracking_no
    assert live_bookings(account, shipment) == 1
    anomaly = TrackingAnomaly.objects.get()
    assert anomaly.kind == TrackingAnomaly.Kind.DUPLICATE_LABEL
    assert anomaly.facts == {"surplus": [second.carrier_ref]}


def order_like(shipment: Shipment, *, reference: str) -> LabelOrder:
    """The order a shipment's parcel was bought with, under another reference."""
    row = LabelPurchase.objects.select_related("parcel__shipment__service", "parcel__shipment__ship_to").get(
        parcel__shipment=shipment
    )
    row.parcel_count = 1
    return replace(_order(row, ("pdf", "zpl")), reference=reference)
