"""Calling off: a seller cancels what he has not sent; what never came is given up; nothing waits for either."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from fulfillment.models import Event
from tests.docks import TUESDAY_AT_8, in_parcels, make_door, on_pallets
from tests.factories import MONDAY, make_hub, make_sku
from tests.refusals import refused
from warehouses.models import Hub, Inbound, Sku
from warehouses.services.arriving import send_inbound
from warehouses.services.calling_off import cancel_inbound, expire_inbound, overdue_inbounds
from warehouses.services.docking import book_appointment
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.receiving import arrive_carton
from warehouses.tasks import expire_inbounds

State = Inbound.State
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.playing(MONDAY):
        yield


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub()


def expected(hub: Hub, first: date | None, last: date | None = None, *, sku: Sku | None = None) -> Inbound:
    sku = sku or make_sku()
    carton = CartonPlan((LinePlan(sku=sku.code, quantity=1),))
    return plan_inbound(
        seller=sku.seller,
        hub=hub,
        reference=f"FOR {sku.code}",
        cartons=[carton],
        expected_on=first,
        expected_until=last,
    )


def state_of(inbound: Inbound) -> str:
    return str(Inbound.objects.values_list("state", flat=True).get(pk=inbound.pk))


def told(inbound: Inbound) -> list[str]:
    return list(Event.objects.filter(inbound=inbound).order_by("pk").values_list("kind", flat=True))


def test_a_cancelled_inbound_gives_its_place_at_the_dock_back_and_twice_is_once(hub: Hub) -> None:
    make_door(hub, slot_capacity=2)
    pallets, other = on_pallets(hub, 2), on_pallets(hub, 2)
    appointment = book_appointment(inbound_id=pallets.pk, door="D1", starts_at=TUESDAY_AT_8)

    cancel_inbound(inbound_id=pallets.pk)
    cancel_inbound(inbound_id=pallets.pk)
    book_appointment(inbound_id=other.pk, door="D1", starts_at=TUESDAY_AT_8)

    appointment.refresh_from_db()
    assert state_of(pallets) == State.CANCELLED
    assert (appointment.state, appointment.reason) == ("cancelled", "The inbound was cancelled.")
    assert told(pallets) == ["appointment.booked", "appointment.cancelled", "inbound.cancelled"]


def test_it_is_called_off_even_when_it_is_too_late_to_change_the_appointment(hub: Hub) -> None:
    make_door(hub)
    pallets = on_pallets(hub)
    book_appointment(inbound_id=pallets.pk, door="D1", starts_at=TUESDAY_AT_8)

    with clock.playing(TUESDAY_AT_8 - timedelta(minutes=5)):
        cancel_inbound(inbound_id=pallets.pk)

    assert pallets.appointments.get().state == "cancelled"


def test_what_is_on_its_way_or_here_is_not_cancelled(hub: Hub) -> None:
    sent, here, gone = in_parcels(hub), in_parcels(hub), in_parcels(hub)
    send_inbound(inbound_id=sent.pk, parcels=[("postnl", "3S1")])
    arrive_carton(hub=hub, code=here.cartons.get().sscc)
    expire_inbound(inbound_id=gone.pk)

    refused(Conflict, "inbound_on_its_way", lambda: cancel_inbound(inbound_id=sent.pk))
    refused(Conflict, "inbound_not_open", lambda: cancel_inbound(inbound_id=here.pk))
    refused(Conflict, "inbound_not_open", lambda: cancel_inbound(inbound_id=gone.pk))
    refused(NotFound, "inbound_unknown", lambda: cancel_inbound(inbound_id=0))

    assert [state_of(each) for each in (sent, here, gone)] == [State.IN_TRANSIT, State.ARRIVED, State.EXPIRED]


@pytest.mark.parametrize("end", [cancel_inbound, expire_inbound])
def test_cartons_of_what_was_called_off_are_refused_at_the_dock(hub: Hub, end: object) -> None:
    inbound = in_parcels(hub)
    end(inbound_id=inbound.pk)  # type: ignore[operator]

    refused(Conflict, "inbound_not_open", lambda: arrive_carton(hub=hub, code=inbound.cartons.get().sscc))
    refused(Conflict, "inbound_not_open", lambda: send_inbound(inbound_id=inbound.pk, parcels=[("postnl", "3S1")]))

    assert inbound.cartons.get().state == "planned"


def test_the_hub_waits_its_days_after_the_last_expected_one(hub: Hub) -> None:
    Hub.objects.update(inbound_expiry_days=10)
    monday = MONDAY.date()
    no_day = expected(hub, None)
    a_day = expected(hub, monday + DAY)
    a_week = expected(hub, monday + DAY, monday + 7 * DAY)
    send_inbound(inbound_id=a_week.pk, parcels=[("postnl", "3S1")])

    def given_up(days: int) -> list[str]:
        with clock.playing(MONDAY + days * DAY):
            expire_inbounds(0)
            expire_inbounds(0)
        return [state_of(each) for each in (no_day, a_day, a_week)]

    assert given_up(10) == ["planned", "planned", "in_transit"]
    assert given_up(11) == ["expired", "planned", "in_transit"]
    assert given_up(12) == ["expired", "expired", "in_transit"]
    assert given_up(17) == ["expired", "expired", "in_transit"]
    assert given_up(18) == ["expired", "expired", "expired"]
    assert told(a_week) == ["inbound.expired"]


def test_days_are_the_hubs_own(hub: Hub) -> None:
    Hub.objects.update(inbound_expiry_days=0, timezone="Pacific/Auckland")
    hub.refresh_from_db()
    inbound = expected(hub, None)  # at nine in the evening, in New Zealand

    with clock.playing(MONDAY + timedelta(hours=2)):
        assert overdue_inbounds(hub) == []
    with clock.playing(MONDAY + timedelta(hours=3)):
        assert overdue_inbounds(hub) == [inbound.pk]


def test_one_that_came_meanwhile_is_not_given_up(hub: Hub) -> None:
    inbound = in_parcels(hub)
    arrive_carton(hub=hub, code=inbound.cartons.get().sscc)

    assert expire_inbound(inbound_id=inbound.pk).state == State.ARRIVED
    assert told(inbound) == ["inbound.arrived"]


@pytest.mark.parametrize("first, last", [(None, MONDAY.date()), (MONDAY.date() + DAY, MONDAY.date())])
def test_a_window_has_its_days_in_order(hub: Hub, first: date | None, last: date) -> None:
    sku = make_sku()

    refusal = refused(Invalid, "window_invalid", lambda: expected(hub, first, last, sku=sku))

    assert refusal.field == "expected_until"

    assert not Inbound.objects.exists()
