"""Docks for tests: doors with opening hours, inbounds on pallets, and what is booked for them."""

from collections.abc import Sequence
from datetime import datetime, time

from tests.factories import announced, make_sku
from warehouses.models import Appointment, DockDoor, DockHours, Hub, Inbound, Seller
from warehouses.services.docking import book_appointment
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan

TUESDAY_AT_8 = datetime.fromisoformat("2026-03-03T08:00+01:00")
"""The first slot of the day after `MONDAY`."""


def make_door(
    hub: Hub,
    code: str = "D1",
    *,
    freight: str = Inbound.Freight.PALLET,
    slot_capacity: int = 10,
    minutes: int = 60,
) -> DockDoor:
    """A door for pallets, unless given; the hub's doors are open from 8 to 17 on working days."""
    for weekday in range(1, 6):
        DockHours.objects.get_or_create(hub=hub, weekday=weekday, opens=time(8), defaults={"closes": time(17)})
    return DockDoor.objects.create(
        hub=hub, code=code, name=f"Door {code}", freight=freight, slot_capacity=slot_capacity, slot_minutes=minutes
    )


def on_pallets(hub: Hub, pallets: int = 1, *, seller: Seller | None = None) -> Inbound:
    """An inbound of so many pallets with a carton each."""
    sku = make_sku(seller)
    line = LinePlan(sku=sku.code, quantity=1)
    return plan_inbound(
        seller=sku.seller,
        hub=hub,
        reference=f"PALLETS-{sku.code}",
        cartons=[CartonPlan((line,), pallet=n) for n in range(1, pallets + 1)],
        freight=Inbound.Freight.PALLET,
    )


def in_parcels(hub: Hub, cartons: int = 1) -> Inbound:
    """An inbound of so many cartons, one by one."""
    sku = make_sku()
    return announced(hub, [{sku: 1}] * cartons)[0].inbound


def booked(hub: Hub, pallets: int = 1, *, door: str = "D1", starts_at: datetime = TUESDAY_AT_8) -> Appointment:
    """An appointment for an inbound of its own."""
    return book_appointment(inbound_id=on_pallets(hub, pallets).pk, door=door, starts_at=starts_at)


def facts(appointments: Sequence[Appointment]) -> list[tuple[str, datetime, int, str]]:
    """Door, start, load and state of each, as the database has them."""
    rows = Appointment.objects.filter(pk__in=[row.pk for row in appointments]).order_by("pk")
    return list(rows.values_list("door__code", "starts_at", "load", "state"))
