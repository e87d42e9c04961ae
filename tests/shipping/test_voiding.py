"""Shipments called off before they leave: labels given back, references free again."""

import pytest

from foundation.errors import Conflict
from shipping.models import CarrierAccount, LabelPurchase, Parcel, Shipment
from shipping.services.buying import buy_labels
from shipping.services.voiding import void_shipment
from tests.shipping.buying_tools import live_bookings
from tests.shipping.conftest import MakeShipment


def test_a_voided_shipment_gives_its_label_back_and_frees_its_reference(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    shipment = make_shipment(reference="order-void")
    buy_labels(shipment_ids=[shipment.pk])

    voided = void_shipment(shipment_id=shipment.pk)
    again = void_shipment(shipment_id=shipment.pk)
    fresh = make_shipment(reference="order-void")

    assert voided.state == again.state == Shipment.State.CANCELLED
    assert live_bookings(account, shipment) == 0
    assert LabelPurchase.objects.get().state == LabelPurchase.State.VOIDED
    assert fresh.pk != shipment.pk
    with pytest.raises(Conflict, match="cancelled"):
        buy_labels(shipment_ids=[shipment.pk])


def test_a_draft_is_cancelled_without_asking_anybody(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    CarrierAccount.objects.update(base_url="http://127.0.0.1:9")
    shipment = make_shipment()

    assert void_shipment(shipment_id=shipment.pk).state == Shipment.State.CANCELLED
    assert Parcel.objects.get().voided_at is not None


def test_a_label_in_doubt_cannot_be_voided(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    LabelPurchase.objects.create(
        parcel=shipment.parcels.get(), reference="doubt", attempts=1, intended_at="2026-11-23T10:00Z"
    )

    with pytest.raises(Conflict) as refusal:
        void_shipment(shipment_id=shipment.pk)

    assert refusal.value.code == "label_in_doubt"
    shipment.refresh_from_db()
    assert shipment.state == Shipment.State.DRAFT
