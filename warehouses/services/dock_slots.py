"""What is open and free at the doors of a hub's dock. Computed from hours, closures and bookings, kept nowhere."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foundation.errors import Invalid
from foundation.quantities import whole_quantity
from foundation.tenancy import hub_wide
from warehouses.models import Appointment, DockDoor, Hub, Inbound
from warehouses.planning.docking import Opening, Slot, Taken, day_slots, fitting

MOST_DAYS: Final = 31
"""So many days are shown at once."""


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A while that can be booked at a door; `room` is what still fits there, in pallets or cartons."""

    door: DockDoor
    starts_at: datetime
    ends_at: datetime
    room: int


@dataclass(frozen=True, slots=True)
class OpenDays:
    """A hub's opening hours and closures, for asking of many days and doors."""

    zone: ZoneInfo
    openings: dict[int, list[Opening]]
    closed: dict[date, str]

    @classmethod
    def of(cls, hub: Hub, first: date, last: date) -> "OpenDays":
        """Those of a hub, with the closures from the first day to the last."""
        openings: dict[int, list[Opening]] = defaultdict(list)
        for row in hub.dock_hours.order_by("opens"):
            openings[row.weekday].append(Opening(row.opens, row.closes))
        closed = dict(hub.dock_closures.filter(day__range=(first, last)).values_list("day", "reason"))
        return cls(ZoneInfo(hub.timezone), dict(openings), closed)

    def slots(self, door: DockDoor, day: date) -> list[Slot]:
        """The door's slots of a day; none while it is closed."""
        if day in self.closed:
            return []
        return day_slots(day, self.zone, self.openings.get(day.isoweekday(), ()), door.slot_minutes)


def free_slots(*, hub: Hub, freight: str, first: date, last: date, now: datetime, load: int = 1) -> list[FreeSlot]:
    """Where so much (pallets or cartons) can be booked after `now`, on the hub's days from the first to the last.

    In order of time and door. Raises `Invalid` (`days_invalid`, `quantity_invalid`).
    """
    if not 0 <= (last - first).days < MOST_DAYS:
        text = f"The last day is not before the first, and not {MOST_DAYS} days after it or more."
        raise Invalid(text, code="days_invalid", field="until")
    load = whole_quantity(load)
    days = [first + timedelta(days=n) for n in range((min(last, latest_day(hub, now)) - first).days + 1)]
    doors = list(hub.doors.filter(freight=freight, is_active=True).order_by("code"))
    open_days = OpenDays.of(hub, first, last)
    slots = {(door.pk, day): open_days.slots(door, day) for door in doors for day in days}
    taken = taken_at(doors, [slot for row in slots.values() for slot in row])
    found = [
        FreeSlot(door, slot.starts_at, slot.ends_at, room)
        for door in doors
        for day in days
        for slot, room in fitting(slots[door.pk, day], taken[door.pk], capacity=door.slot_capacity, load=load)
        if slot.starts_at > now
    ]
    return sorted(found, key=lambda free: (free.starts_at, free.door.code))


def latest_day(hub: Hub, now: datetime) -> date:
    """The last of the hub's days that can be booked."""
    return now.astimezone(ZoneInfo(hub.timezone)).date() + timedelta(days=hub.dock_ahead_days)


def taken_at(
    doors: Iterable[DockDoor], slots: Sequence[Slot], *, besides: Appointment | None = None
) -> dict[int, list[Taken]]:
    """By door's id, what is booked there by all sellers while any of these slots lasts, but for one appointment."""
    taken: dict[int, list[Taken]] = defaultdict(list)
    if not slots:
        return taken
    rows = Appointment.objects.filter(
        door__in=list(doors),
        state__in=Appointment.HOLDING,
        starts_at__lt=max(slot.ends_at for slot in slots),
        ends_at__gt=min(slot.starts_at for slot in slots),
    )
    if besides:
        rows = rows.exclude(pk=besides.pk)
    with hub_wide():  # a seller must not be given what another has booked; he is told only what is left
        for door_id, starts_at, ends_at, load in rows.values_list("door_id", "starts_at", "ends_at", "load"):
            taken[door_id].append(Taken(starts_at, ends_at, load))
    return taken


def load_of(inbound: Inbound) -> int:
    """What the inbound takes at a door: pallets, or cartons where it comes in parcels."""
    is_palletised = inbound.freight == Inbound.Freight.PALLET
    return inbound.pallets.count() if is_palletised else inbound.cartons.count()
