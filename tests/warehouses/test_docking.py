"""Appointments: booked where there is room, moved and cancelled in time, kept or missed, never two in one place."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, DomainError, Invalid, NotFound
from fulfillment.models import Event
from tests.crowd import at_once
from tests.docks import TUESDAY_AT_8, booked, facts, in_parcels, make_door, on_pallets
from tests.factories import MONDAY, count_in, make_hub, unit_scan
from tests.refusals import refused
from warehouses.models import Appointment, Carton, DockClosure, DockDoor, Hub, Inbound
from warehouses.services.arriving import note_deliveries, send_inbound
from warehouses.services.dock_slots import free_slots
from warehouses.services.docking import (
    book_appointment,
    cancel_appointment,
    mark_no_show,
    overdue_appointments,
    reschedule_appointment,
)
from warehouses.services.receiving import arrive_carton
from warehouses.tasks import mark_no_shows

TUESDAY = date(2026, 3, 3)
HOUR = timedelta(hours=1)
WEDNESDAY_AT_8 = TUESDAY_AT_8 + 24 * HOUR
State = Appointment.State


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.playing(MONDAY):
        yield


@pytest.fixture
def door(hub: Hub) -> DockDoor:
    return make_door(hub)


def fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.get(pk=appointment.pk)


def told(appointment: Appointment) -> list[str]:
    return list(Event.objects.filter(inbound=appointment.inbound).order_by("pk").values_list("kind", flat=True))


def free(hub: Hub, day: date = TUESDAY, **wanted: object) -> list[tuple[str, str, int]]:
    """Door, local start and room of what can be booked on a day."""
    values = {"freight": "pallet", "first": day, "last": day, "now": clock.now(), **wanted}
    slots = free_slots(hub=hub, **values)
    return [(slot.door.code, f"{slot.starts_at.astimezone(TUESDAY_AT_8.tzinfo):%H:%M}", slot.room) for slot in slots]


def test_a_booking_keeps_a_place_and_is_told(hub: Hub, door: DockDoor) -> None:
    inbound = on_pallets(hub, 4)

    appointment = book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8)

    row = fresh(appointment)
    assert (row.state, row.load, row.slot_capacity, row.booked_at) == (State.BOOKED, 4, 10, MONDAY)
    assert (row.door, row.seller, row.starts_at, row.ends_at) == (
        door, inbound.seller, TUESDAY_AT_8, TUESDAY_AT_8 + HOUR,
    )  # fmt: skip
    (event,) = Event.objects.filter(inbound=inbound)
    assert (event.kind, event.seller_id) == ("appointment.booked", inbound.seller_id)
    assert event.data == {
        "appointment": row.number, "door": "D1",
        "starts_at": "2026-03-03T07:00:00+00:00", "ends_at": "2026-03-03T08:00:00+00:00",
    }  # fmt: skip


def test_booked_twice_is_booked_once(hub: Hub, door: DockDoor) -> None:
    inbound = on_pallets(hub)

    once, again = (book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8) for _ in range(2))

    assert once == again
    assert told(once) == ["appointment.booked"]


def test_free_slots_are_what_is_left(hub: Hub, door: DockDoor) -> None:
    booked(hub, 4)
    booked(hub, 13, starts_at=TUESDAY_AT_8 + 2 * HOUR)

    hours = [("08:00", 6), ("09:00", 10), *((f"{n}:00", 10) for n in range(12, 17))]
    assert free(hub) == [("D1", at, room) for at, room in hours]
    assert [at for _, at, _ in free(hub, load=7)] == [at for at, _ in hours[1:]]
    assert [at for _, at, _ in free(hub, load=40)] == ["12:00", "13:00"]
    assert free(hub, freight="parcel") == []


def test_what_has_begun_or_is_too_far_is_not_free(hub: Hub, door: DockDoor) -> None:
    assert free(hub, MONDAY.date())[0][1] == "10:00"
    assert len(free(hub, MONDAY.date() + timedelta(days=28))) == 9
    assert free(hub, MONDAY.date() + timedelta(days=29)) == []


def test_closed_days_and_doors_out_of_use_have_no_slots(hub: Hub, door: DockDoor) -> None:
    DockClosure.objects.create(hub=hub, day=TUESDAY, reason="Stocktaking")

    assert free(hub) == free(hub, date(2026, 3, 7)) == []
    assert len(free(hub, date(2026, 3, 4))) == 9
    DockDoor.objects.update(is_active=False)
    assert free(hub, date(2026, 3, 4)) == []


@pytest.mark.parametrize("last", [MONDAY.date() - timedelta(days=1), MONDAY.date() + timedelta(days=31)])
def test_days_are_asked_for_in_order_and_not_too_many(hub: Hub, last: date) -> None:
    with pytest.raises(Invalid) as refusal:
        free_slots(hub=hub, freight="pallet", first=MONDAY.date(), last=last, now=MONDAY)

    assert refusal.value.code == "days_invalid"


@pytest.mark.parametrize(
    "error, code, door_code, starts_at",
    [
        (Invalid, "door_unknown", "D9", TUESDAY_AT_8),
        (Invalid, "door_unknown", "D\x001", TUESDAY_AT_8),
        (Conflict, "door_unfit", "P1", TUESDAY_AT_8),
        (Invalid, "slot_past", "D1", TUESDAY_AT_8 - 24 * HOUR),
        (Invalid, "slot_too_far", "D1", TUESDAY_AT_8 + timedelta(days=28)),
        (Invalid, "slot_too_far", "D1", datetime.max.replace(tzinfo=TUESDAY_AT_8.tzinfo)),
        (Invalid, "slot_unknown", "D1", TUESDAY_AT_8 + HOUR / 2),
        (Invalid, "slot_unknown", "D1", TUESDAY_AT_8 + timedelta(days=4)),
        (Conflict, "slot_full", "D1", TUESDAY_AT_8),
        (Conflict, "slot_full", "D1", TUESDAY_AT_8 + 8 * HOUR),
    ],
)
def test_what_can_not_be_booked(
    hub: Hub, door: DockDoor, error: type[DomainError], code: str, door_code: str, starts_at: datetime
) -> None:
    make_door(hub, "P1", freight=Inbound.Freight.PARCEL)
    booked(hub, 1)
    inbound = on_pallets(hub, 11)

    refused(error, code, lambda: book_appointment(inbound_id=inbound.pk, door=door_code, starts_at=starts_at))


def test_another_hubs_door_is_none(hub: Hub, door: DockDoor) -> None:
    elsewhere = on_pallets(make_hub()).pk

    def book(inbound_id: int) -> Appointment:
        return book_appointment(inbound_id=inbound_id, door="D1", starts_at=TUESDAY_AT_8)

    refused(Invalid, "door_unknown", lambda: book(elsewhere))
    refused(NotFound, "inbound_unknown", lambda: book(0))


def test_an_inbound_has_one_appointment_at_a_time(hub: Hub, door: DockDoor) -> None:
    first = booked(hub, starts_at=WEDNESDAY_AT_8)
    later = WEDNESDAY_AT_8 + HOUR

    def again() -> Appointment:
        return book_appointment(inbound_id=first.inbound_id, door="D1", starts_at=later)

    refused(Conflict, "appointment_exists", again)
    cancel_appointment(appointment_id=first.pk)
    assert facts([first, again()]) == [("D1", WEDNESDAY_AT_8, 1, "cancelled"), ("D1", later, 1, "booked")]


def test_what_has_arrived_books_nothing(hub: Hub, door: DockDoor) -> None:
    inbound = on_pallets(hub)
    arrive_carton(hub=hub, code=inbound.cartons.get().sscc)

    refused(
        Conflict, "inbound_not_open", lambda: book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8)
    )


def test_parcels_need_no_appointment_and_may_have_one(hub: Hub, door: DockDoor) -> None:
    make_door(hub, "P1", freight=Inbound.Freight.PARCEL, slot_capacity=40)
    sent, brought = in_parcels(hub), in_parcels(hub, 3)

    assert send_inbound(inbound_id=sent.pk, parcels=[("postnl", "3SA")]).state == Inbound.State.IN_TRANSIT
    assert book_appointment(inbound_id=brought.pk, door="P1", starts_at=TUESDAY_AT_8).load == 3


def test_pallets_need_one_where_there_are_doors(hub: Hub, door: DockDoor) -> None:
    inbound, elsewhere = on_pallets(hub), on_pallets(make_hub())

    def send() -> Inbound:
        return send_inbound(inbound_id=inbound.pk, parcels=[("kn", "1")])

    refused(Conflict, "appointment_needed", send)
    book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8)
    assert send().state == Inbound.State.IN_TRANSIT
    assert send_inbound(inbound_id=elsewhere.pk, parcels=[]).state == Inbound.State.IN_TRANSIT


def test_moved_it_gives_its_place_up(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub, 10, starts_at=TUESDAY_AT_8 + 48 * HOUR)
    other = booked(hub, 10, starts_at=TUESDAY_AT_8)
    later = TUESDAY_AT_8 + 24 * HOUR

    moved = reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=later)
    reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=later)

    assert facts([moved, other]) == [("D1", later, 10, "booked"), ("D1", TUESDAY_AT_8, 10, "booked")]
    assert told(appointment) == ["appointment.booked", "appointment.moved"]
    booked(hub, 10, starts_at=TUESDAY_AT_8 + 48 * HOUR)
    refused(
        Conflict,
        "slot_full",
        lambda: reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=TUESDAY_AT_8),
    )


def test_it_may_move_into_its_own_slots(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub, 20, starts_at=TUESDAY_AT_8 + 48 * HOUR)

    moved = reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=TUESDAY_AT_8 + 49 * HOUR)

    assert (moved.starts_at, moved.ends_at) == (TUESDAY_AT_8 + 49 * HOUR, TUESDAY_AT_8 + 51 * HOUR)


def test_a_seller_may_change_it_until_a_day_before_and_the_hub_at_any_time(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub)
    later = TUESDAY_AT_8 + 48 * HOUR

    with clock.playing(TUESDAY_AT_8 - 24 * HOUR + timedelta(seconds=1)):
        for change in (
            lambda: cancel_appointment(appointment_id=appointment.pk),
            lambda: reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=later),
        ):
            refused(Conflict, "too_late_to_change", change)
        moved = reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=later, by_hub=True)
    assert facts([moved]) == [("D1", later, 1, "booked")]
    with clock.playing(later - 24 * HOUR):
        cancel_appointment(appointment_id=appointment.pk, reason="No truck.")

    assert (fresh(appointment).state, fresh(appointment).reason) == (State.CANCELLED, "No truck.")


def test_cancelled_it_gives_its_place_up_once(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub, 10, starts_at=WEDNESDAY_AT_8)

    for _ in range(2):
        cancel_appointment(appointment_id=appointment.pk)

    assert fresh(appointment).ended_at == MONDAY
    assert told(appointment) == ["appointment.booked", "appointment.cancelled"]
    assert booked(hub, 10, starts_at=WEDNESDAY_AT_8).load == 10
    refused(
        Conflict,
        "appointment_not_open",
        lambda: reschedule_appointment(appointment_id=appointment.pk, door="D1", starts_at=TUESDAY_AT_8 + HOUR),
    )
    refused(NotFound, "appointment_unknown", lambda: cancel_appointment(appointment_id=0))


def test_it_arrives_with_the_first_carton_and_is_done_with_the_last(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub, 2)
    first, last = Carton.objects.filter(inbound=appointment.inbound).order_by("number")

    states = []
    for carton in (first, last):
        arrive_carton(hub=hub, code=carton.sscc)
        states.append(fresh(appointment).state)
        count_in(carton, [unit_scan(carton.lines.get().sku)])
        states.append(fresh(appointment).state)

    assert states == ["arrived", "arrived", "arrived", "done"]
    assert fresh(appointment).ended_at == MONDAY
    refused(Conflict, "appointment_not_open", lambda: cancel_appointment(appointment_id=appointment.pk))


def test_it_arrives_by_the_carriers_word_too(hub: Hub, door: DockDoor) -> None:
    appointment = booked(hub)
    send_inbound(inbound_id=appointment.inbound_id, parcels=[("kn", "1")])

    note_deliveries({("kn", "1"): MONDAY})

    assert fresh(appointment).state == State.ARRIVED


def test_who_does_not_come_is_given_up_after_the_grace_and_may_book_again(hub: Hub, door: DockDoor) -> None:
    missed, came = booked(hub, 5), booked(hub, 5)
    arrive_carton(hub=hub, code=came.inbound.cartons.order_by("number")[0].sscc)

    with clock.playing(TUESDAY_AT_8 + 2 * HOUR - timedelta(seconds=1)):
        mark_no_shows(0)
        assert (overdue_appointments(), mark_no_show(appointment_id=missed.pk)) == ([], False)
        assert facts([missed])[0][3] == "booked"
    with clock.playing(TUESDAY_AT_8 + 2 * HOUR):
        assert overdue_appointments() == [missed.pk]
        mark_no_shows(0)
        mark_no_shows(0)
        again = book_appointment(inbound_id=missed.inbound_id, door="D1", starts_at=TUESDAY_AT_8 + 24 * HOUR)

    assert [row[3] for row in facts([missed, came, again])] == ["no_show", "arrived", "booked"]
    assert told(missed) == ["appointment.booked", "appointment.missed", "appointment.booked"]


def test_a_dock_open_at_night_loses_and_gains_an_hour_with_the_clocks(hub: Hub, door: DockDoor) -> None:
    hub.dock_ahead_days = 300
    hub.dock_hours.create(weekday=7, opens=time(0), closes=time(6))

    assert len(free(hub, date(2026, 3, 29))) == 5
    assert len(free(hub, date(2026, 10, 25))) == 7


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_get_the_same_place() -> None:
    with clock.playing(MONDAY):
        hub = make_hub()
        make_door(hub, slot_capacity=10)
        inbounds = [on_pallets(hub, 4) for _ in range(6)]

    def book(inbound: Inbound) -> Appointment:
        with clock.playing(MONDAY):
            return book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8)

    results = at_once([lambda each=each: book(each) for each in inbounds])

    assert sorted(getattr(result, "code", "booked") for result in results) == ["booked"] * 2 + ["slot_full"] * 4
    assert sum(Appointment.objects.values_list("load", flat=True)) == 8


@pytest.mark.django_db(transaction=True)
def test_a_no_show_and_an_arrival_at_once_end_as_one_of_them() -> None:
    with clock.playing(MONDAY):
        hub = make_hub()
        make_door(hub)
        appointment = booked(hub)
    over = TUESDAY_AT_8 + 3 * HOUR

    def at(call: object) -> object:
        with clock.playing(over):
            return call()

    sscc = Carton.objects.get().sscc
    given_up, _ = at_once(
        [
            lambda: at(lambda: mark_no_show(appointment_id=appointment.pk)),
            lambda: at(lambda: arrive_carton(hub=hub, code=sscc)),
        ]
    )

    assert fresh(appointment).state == (State.NO_SHOW if given_up else State.ARRIVED)
    assert Inbound.objects.get().state == Inbound.State.ARRIVED
