"""A label that should not be stored or printed is given back to its carrier; the parcel waits for a good one."""

from dataclasses import replace

import pytest

from shipping.carriers.base import Label, LabelOrder
from shipping.carriers.registry import ADAPTERS
from shipping.carriers.simulator_client import SimulatorClient
from shipping.models import CarrierAccount, LabelPurchase, Shipment, TrackingAnomaly
from shipping.services.buying import buy_labels
from tests.shipping.buying_tools import live_bookings
from tests.shipping.conftest import MakeShipment

LONG = (b"^XA^FO10,10^A0N,30,30^FDOne of many^FS^XZ\n") * 500


class Careless(SimulatorClient):
    """The simulated carrier with another label in the envelope than the one it booked."""

    content = LONG
    content_type = "application/zpl"

    def buy(self, order: LabelOrder) -> Label:
        return replace(super().buy(order), content=self.content, content_type=self.content_type)


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (LONG, "application/zpl", "label_too_many_pages"),
        (b"^XA^IDR:*.*^FS^XZ", "application/zpl", "label_command_refused"),
        (b"^XA~JA^XZ", "application/zpl", "label_command_refused"),
        (b"%PDF-1.4 nothing more", "application/pdf", "label_not_pdf"),
    ],
)
def test_a_label_nobody_should_print_is_refused_and_its_booking_given_back(
    account: CarrierAccount,
    make_shipment: MakeShipment,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    content_type: str,
    code: str,
) -> None:
    monkeypatch.setitem(ADAPTERS, "simulator", Careless)
    monkeypatch.setattr(Careless, "content", content)
    monkeypatch.setattr(Careless, "content_type", content_type)
    shipment = make_shipment()

    (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    purchase = LabelPurchase.objects.get()
    assert (outcome.status, outcome.code, outcome.field) == ("refused", code, "label")
    assert (purchase.state, purchase.label, purchase.tracking_no) == ("failed", None, "")
    shipment.refresh_from_db()
    assert shipment.state == Shipment.State.DRAFT
    assert live_bookings(account, shipment) == 0
    assert TrackingAnomaly.objects.count() == 0

    monkeypatch.setitem(ADAPTERS, "simulator", SimulatorClient)
    (again,) = buy_labels(shipment_ids=[shipment.pk])
    assert (again.status, live_bookings(account, shipment)) == ("bought", 1)
