"""The carriers with a daily window are asked to come, each working day once."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from foundation import clock
from fulfillment.services.daily_pickups import book_daily_pickups
from shipping.carriers.simulator_process import running
from shipping.models import Carrier, CarrierAccount, Pickup
from shipping.services.collecting import cancel_pickup
from tests.factories import make_hub
from tests.fulfillment.building import with_carrier
from warehouses.models import Hub

pytestmark = pytest.mark.django_db(transaction=True)


def on(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, 0, tzinfo=UTC)


@pytest.fixture
def hub(db: None) -> Iterator[Hub]:
    """Open from Monday to Friday; its carrier comes between four and six in the afternoon."""
    with running() as carrier:
        hub = with_carrier(make_hub(), carrier.url)
        Hub.objects.update(work_days=[1, 2, 3, 4, 5])
        CarrierAccount.objects.update(pickup_from="16:00", pickup_until="18:00")
        hub.refresh_from_db()
        yield hub


def booked_at(moment: datetime) -> list[tuple[datetime, datetime, str]]:
    with clock.playing(moment):
        return [(row.ready_at, row.close_at, row.state) for row in book_daily_pickups()]


def test_each_working_day_is_asked_for_once_by_the_hubs_own_clock(hub: Hub) -> None:
    assert booked_at(on(2, 7)) == [(on(2, 15), on(2, 17), "confirmed")]
    assert booked_at(on(2, 8)) == []
    assert booked_at(on(3, 18)) == []
    assert booked_at(on(7, 7)) == []
    assert booked_at(on(30, 7)) == [(on(30, 14), on(30, 16), "confirmed")]  # summer time

    place = Pickup.objects.earliest("pk").place
    assert (place["city"], place["company"]) == (hub.city, hub.company)


def test_a_visit_called_off_is_not_asked_for_again(hub: Hub) -> None:
    booked_at(on(2, 7))
    cancel_pickup(pickup_id=Pickup.objects.get().pk)

    assert booked_at(on(2, 8)) == []


def test_a_carrier_that_can_not_be_asked_keeps_no_other_from_coming(hub: Hub) -> None:
    CarrierAccount.objects.update(id=10**6)  # the deaf one is asked first
    deaf = Carrier.objects.create(code="gls", name="GLS", adapter="gls")
    CarrierAccount.objects.create(
        carrier=deaf, site=hub.code, base_url="http://x", pickup_from="16:00", pickup_until="18:00"
    )

    assert len(booked_at(on(2, 7))) == 1
