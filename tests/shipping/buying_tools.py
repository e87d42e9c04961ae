"""What tests of buying share: what the carrier has on its books, and a hub in a hurry."""

import threading
from dataclasses import replace
from datetime import date

from shipping.carriers.base import LabelOrder
from shipping.models import CarrierAccount, LabelPurchase, Shipment
from shipping.planning.rating import ParcelSize
from shipping.services.accounts import open_account
from tests.shipping.conftest import BUYER, HUB

ORDER = LabelOrder(
    reference="ref-1",
    service="STANDARD",
    ship_from=HUB,
    ship_to=BUYER,
    parcel=ParcelSize(300, 200, 100, 800),
    shipment_number="S1",
    sequence=1,
    parcel_count=1,
    label_format="zpl",
    ship_on=date(2026, 3, 2),
)


def live_bookings(account: CarrierAccount, shipment: Shipment) -> int:
    """How many labels the carrier has for a shipment, over all its purchases."""
    references = LabelPurchase.objects.filter(parcel__shipment=shipment).values_list("reference", flat=True)
    with open_account(account) as carrier:
        return sum(len(carrier.find(replace(ORDER, reference=reference))) for reference in references)


def hurry(account: CarrierAccount, timeout_ms: int = 1_000) -> None:
    """The hub loses patience sooner."""
    CarrierAccount.objects.filter(pk=account.pk).update(timeout_ms=timeout_ms)
    account.timeout_ms = timeout_ms


def wait_for_booking(account: CarrierAccount, shipment: Shipment) -> None:
    """Until the carrier's slow request is through."""
    pause = threading.Event()
    for _try in range(200):
        if live_bookings(account, shipment):
            return
        pause.wait(0.05)
    raise AssertionError("the slow booking never came")
