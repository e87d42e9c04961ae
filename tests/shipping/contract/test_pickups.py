"""What every adapter must do about pick-ups: book one visit whatever happens, or say that it can't."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shipping.carriers.base import CarrierRefused, CarrierTimeout, PickupOrder
from tests.shipping.conftest import HUB
from tests.shipping.contract.fake import SCANNED_AT, FakeCarrier


def test_a_visit_is_booked_once_whatever_happens_or_not_at_all(fake: FakeCarrier) -> None:
    asked = PickupOrder("p-1", HUB, SCANNED_AT, SCANNED_AT + timedelta(hours=2), parcels=3, weight_g=2_400)
    with fake.client(read_timeout_s=0.5) as carrier:
        if not carrier.capabilities.pickups:
            sent = len(fake.requests)
            for call in (lambda: carrier.book_pickup(asked), lambda: carrier.cancel_pickup("x")):
                with pytest.raises(CarrierRefused) as refusal:
                    call()
                assert refusal.value.code == "no_pickups"
            assert len(fake.requests) == sent
            return
        fake.accidents.book_then_stall = 1
        with pytest.raises(CarrierTimeout):
            carrier.book_pickup(asked)
        first, again = carrier.book_pickup(asked), carrier.book_pickup(asked)
        with pytest.raises(CarrierRefused):
            carrier.book_pickup(replace(asked, reference="p-2", close_at=SCANNED_AT))
        visits = fake.visits()
        for _twice in range(2):
            carrier.cancel_pickup(first.carrier_ref)

    assert first == again
    assert (visits, fake.visits()) == (1, 0)
    assert first.reference == "p-1"
