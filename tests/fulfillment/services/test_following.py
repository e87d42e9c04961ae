"""The carrier delivers a seller's parcel at our dock: its scan starts the inbound's clock, whatever came first."""

from datetime import UTC, datetime

import pytest

from foundation import clock
from fulfillment.models import Event
from fulfillment.services.following import follow_inbounds
from shipping.carriers.base import ScanEvent
from shipping.models import Carrier, TrackingAnomaly
from shipping.services.tracking import record_scans
from tests.factories import announced, make_hub, make_sku
from warehouses.models import Inbound
from warehouses.services.arriving import send_inbound

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def inbound() -> Inbound:
    Carrier.objects.create(code="simcar", name="Simulated", adapter="simulator")
    (carton,) = announced(make_hub(), [{make_sku(): 3}])
    return carton.inbound


def scanned(number: str, code: str, at: datetime = NOON) -> None:
    scan = ScanEvent(tracking_no=number, event_id=f"{number}-{code}", code=code, occurred_at=at)
    with clock.playing(max(at, NOON)):
        record_scans(carrier_code="simcar", scans=[scan])


def test_a_parcel_delivered_is_an_inbound_arrived(inbound: Inbound) -> None:
    send_inbound(inbound_id=inbound.pk, parcels=[("simcar", "SIM1")])
    scanned("SIM1", "DP")
    with clock.playing(NOON):
        assert follow_inbounds() == []
    scanned("SIM1", "DV")

    with clock.playing(NOON):
        assert follow_inbounds() == [inbound]
        assert follow_inbounds() == []

    row = Inbound.objects.get()
    assert (row.state, row.arrived_at) == (Inbound.State.ARRIVED, NOON)
    assert Event.objects.values_list("kind", "inbound", "data").get() == (
        "inbound.arrived",
        inbound.pk,
        {"by": "carrier"},
    )
    assert not TrackingAnomaly.objects.filter(resolved_at=None).exists()


def test_the_scan_may_be_there_before_the_number(inbound: Inbound) -> None:
    scanned("SIM1", "DV")
    assert TrackingAnomaly.objects.filter(kind="unknown_number", resolved_at=None).count() == 1
    send_inbound(inbound_id=inbound.pk, parcels=[("simcar", "SIM1")])

    with clock.playing(NOON):
        assert follow_inbounds() == [inbound]


def test_somebody_elses_number_and_carrier_say_nothing(inbound: Inbound) -> None:
    send_inbound(inbound_id=inbound.pk, parcels=[("othercar", "SIM1")])
    scanned("SIM1", "DV")

    with clock.playing(NOON):
        assert follow_inbounds() == []

    assert Inbound.objects.get().state == Inbound.State.IN_TRANSIT
    assert TrackingAnomaly.objects.filter(resolved_at=None).count() == 1


def test_with_nothing_under_way_nothing_is_asked(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert follow_inbounds() == []
