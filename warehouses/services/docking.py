"""Docking: a seller books when an inbound comes to which door, moves or cancels that, comes, or does not."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.guard import fire_many
from warehouses.locks import lock_dock, lock_inbound
from warehouses.models import Appointment, DockDoor, Inbound
from warehouses.planning.docking import Slot, fitting
from warehouses.services.dock_slots import OpenDays, latest_day, load_of, taken_at
from warehouses.services.moving import ring
from warehouses.signals import News, What


@transaction.atomic
def book_appointment(*, inbound_id: int, door: str, starts_at: datetime) -> Appointment:
    """Keeps a place for the inbound at the door of that code from then on; the same again returns the one there is.

    What it takes is counted from its plan: pallets, or cartons where it comes in parcels. Raises `NotFound`
    (`inbound_unknown`), `Invalid` (`door_unknown`, `slot_past`, `slot_too_far`, `slot_unknown` where none begins then),
    `Conflict` (`inbound_not_open`, `appointment_exists`, `door_unfit` for other freight, `slot_full`).
    """
    inbound = _locked(inbound_id)
    there = inbound.appointments.filter(state__in=Appointment.OPEN).select_related("door").first()
    if there and (there.door.code, there.starts_at) == (door, starts_at):
        return there
    if there:
        text = f"{inbound.number} comes by {there.number} already: move that, or cancel it first."
        raise Conflict(text, code="appointment_exists", field="inbound")
    if inbound.state not in Inbound.COMING:
        raise Conflict(f"{inbound.number} is {inbound.get_state_display().lower()}.", code="inbound_not_open")
    place, slot, load = _place(inbound, door, starts_at)
    appointment = Appointment.objects.create(
        seller_id=inbound.seller_id,
        inbound=inbound,
        door=place,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        load=load,
        slot_capacity=place.slot_capacity,
        booked_at=clock.now(),
    )
    _tell(What.APPOINTMENT_BOOKED, appointment)
    return appointment


@transaction.atomic
def reschedule_appointment(*, appointment_id: int, door: str, starts_at: datetime, by_hub: bool = False) -> Appointment:
    """Moves an appointment to another time or door; to where it is already, nothing changes.

    The hub's own people (`by_hub`) may do so at any time. Raises as `book_appointment`, `NotFound`
    (`appointment_unknown`), `Conflict` (`appointment_not_open`, `too_late_to_change` for a seller). Refused, it stays
    where it was.
    """
    appointment = _locked_appointment(appointment_id)
    if (appointment.door.code, appointment.starts_at) == (door, starts_at):
        return appointment
    _refuse_unless_booked(appointment)
    _refuse_too_late(appointment, by_hub=by_hub)
    place, slot, load = _place(appointment.inbound, door, starts_at, moved=appointment)
    appointment.door, appointment.starts_at, appointment.ends_at = place, slot.starts_at, slot.ends_at
    appointment.load, appointment.slot_capacity = load, place.slot_capacity
    appointment.save(update_fields=["door", "starts_at", "ends_at", "load", "slot_capacity"])
    _tell(What.APPOINTMENT_MOVED, appointment)
    return appointment


@transaction.atomic
def cancel_appointment(*, appointment_id: int, reason: str = "", by_hub: bool = False) -> Appointment:
    """Gives the place back; twice is once.

    Raises `NotFound` (`appointment_unknown`), `Conflict` (`appointment_not_open`, `too_late_to_change` for a seller).
    """
    appointment = _locked_appointment(appointment_id)
    if appointment.state == Appointment.State.CANCELLED:
        return appointment
    _refuse_unless_booked(appointment)
    _refuse_too_late(appointment, by_hub=by_hub)
    appointment.cancel()
    appointment.reason, appointment.ended_at = reason, clock.now()
    appointment.save(update_fields=["state", "reason", "ended_at"])
    _tell(What.APPOINTMENT_CANCELLED, appointment, by="hub" if by_hub else "seller")
    return appointment


def overdue_appointments() -> list[int]:
    """Ids of appointments that are over, and their hub's grace too, though nothing has come."""
    grace = ExpressionWrapper(
        F("ends_at") + F("door__hub__dock_grace_minutes") * Value(timedelta(minutes=1)), output_field=DateTimeField()
    )
    rows = Appointment.objects.filter(state=Appointment.State.BOOKED).annotate(waited_until=grace)
    return list(rows.filter(waited_until__lte=clock.now()).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def mark_no_show(*, appointment_id: int) -> bool:
    """Gives up waiting for one of the `overdue_appointments`; the inbound may book again. False if it came after all.

    Twice is once. Raises `NotFound` (`appointment_unknown`).
    """
    appointment = _locked_appointment(appointment_id)
    waited_until = appointment.ends_at + timedelta(minutes=appointment.door.hub.dock_grace_minutes)
    if appointment.state != Appointment.State.BOOKED or clock.now() < waited_until:
        return False
    appointment.miss()
    appointment.ended_at = clock.now()
    appointment.save(update_fields=["state", "ended_at"])
    _tell(What.APPOINTMENT_MISSED, appointment)
    return True


def note_arrived(inbound: Inbound) -> None:
    """The inbound, which the caller has locked, is here: so is its appointment, whenever that was for."""
    fire_many(Appointment.objects.filter(inbound=inbound), "arrive")


def note_counted(inbound: Inbound) -> None:
    """Every carton of the inbound, which the caller has locked, was counted: its appointment is done."""
    fire_many(Appointment.objects.filter(inbound=inbound), "finish", ended_at=clock.now())


def give_place_back(inbound: Inbound, reason: str) -> None:
    """The inbound, which the caller has locked, is not coming: neither is its appointment, however late that is."""
    for appointment in inbound.appointments.select_related("door").filter(state=Appointment.State.BOOKED):
        appointment.inbound = inbound
        appointment.cancel()
        appointment.reason, appointment.ended_at = reason, clock.now()
        appointment.save(update_fields=["state", "reason", "ended_at"])
        _tell(What.APPOINTMENT_CANCELLED, appointment, by="inbound")


def lacks_appointment(inbound: Inbound) -> bool:
    """Whether it comes on pallets to a hub with doors for them, and none is booked. Parcels need no appointment."""
    if inbound.freight != Inbound.Freight.PALLET:
        return False
    has_doors = DockDoor.objects.filter(hub=inbound.hub_id, freight=inbound.freight, is_active=True).exists()
    return has_doors and not inbound.appointments.filter(state__in=Appointment.OPEN).exists()


def _locked(inbound_id: int) -> Inbound:
    try:
        return lock_inbound(inbound_id)
    except Inbound.DoesNotExist:
        raise NotFound("There is no such inbound.", code="inbound_unknown", field="inbound") from None


def _locked_appointment(appointment_id: int) -> Appointment:
    """The appointment as it is once its inbound is locked, which nobody changes it without."""
    row = Appointment.objects.filter(pk=appointment_id).values_list("inbound_id", flat=True).first()
    if row is None:
        raise NotFound("There is no such appointment.", code="appointment_unknown")
    inbound = lock_inbound(row)
    appointment = Appointment.objects.select_related("door__hub").get(pk=appointment_id)
    appointment.inbound = inbound
    return appointment


def _refuse_unless_booked(appointment: Appointment) -> None:
    if appointment.state != Appointment.State.BOOKED:
        text = f"{appointment.number} is {appointment.get_state_display().lower()}."
        raise Conflict(text, code="appointment_not_open")


def _refuse_too_late(appointment: Appointment, *, by_hub: bool) -> None:
    if not by_hub and clock.now() > appointment.change_until:
        hours = appointment.door.hub.dock_change_hours
        text = f"{appointment.number} can be changed until {hours} hours before it. Ask the hub."
        raise Conflict(text, code="too_late_to_change")


def _place(
    inbound: Inbound, code: str, starts_at: datetime, *, moved: Appointment | None = None
) -> tuple[DockDoor, Slot, int]:
    """The door, the while and the load, with the door's day locked. `moved` gives its own place up for it."""
    hub = inbound.hub
    door = DockDoor.objects.filter(hub=hub, code=code, is_active=True).first() if code.isprintable() else None
    if door is None:
        raise Invalid(f"There is no door {code[:20]!r} in {hub.code}.", code="door_unknown", field="door")
    if door.freight != inbound.freight:
        takes = door.get_freight_display().lower()
        raise Conflict(f"Door {door.code} takes {takes} only.", code="door_unfit", field="door")
    zone = ZoneInfo(hub.timezone)
    if starts_at <= clock.now():
        raise Invalid("This slot has begun already.", code="slot_past", field="starts_at")
    if starts_at >= datetime.combine(latest_day(hub, clock.now()) + timedelta(days=1), time.min, zone):
        text = f"Slots can be booked {hub.dock_ahead_days} days ahead."
        raise Invalid(text, code="slot_too_far", field="starts_at")
    day = starts_at.astimezone(zone).date()
    slots = OpenDays.of(hub, day, day).slots(door, day)
    if starts_at not in [slot.starts_at for slot in slots]:
        raise Invalid(f"No slot of door {door.code} begins then.", code="slot_unknown", field="starts_at")
    lock_dock(door.pk, day)
    load = load_of(inbound)
    taken = taken_at([door], slots, besides=moved)[door.pk]
    for slot, _ in fitting(slots, taken, capacity=door.slot_capacity, load=load):
        if slot.starts_at == starts_at:
            return door, slot, load
    text = f"There is no room for {load} there any more: choose another slot."
    raise Conflict(text, code="slot_full", field="starts_at", load=load)


def _tell(what: What, appointment: Appointment, **more: str) -> None:
    data = {
        "appointment": appointment.number,
        "door": appointment.door.code,
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        **more,
    }
    ring(appointment.door.hub_id, [], news=[News(what, appointment.inbound, data)])
