"""The people of a played hub and how fast they are."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from warehouses.models import Hub, Worker

WALK_MM_S: Final = 1_000
"""A picker with a cart, bends and stops included."""
CART_S: Final = 25
TOTE_S: Final = 4
STOP_S: Final = 5
UNIT_S: Final = 1.6
MOST_HANDS: Final = 20
"""More units than this of one item are taken in packs, not one by one."""

CARTON_S: Final = 40
SCAN_S: Final = 4
SHELF_S: Final = 8

ORDER_S: Final = 40
LINE_S: Final = 6
PARCEL_S: Final = 35


@dataclass(frozen=True, slots=True)
class Crew:
    """How many work where. `dock` also puts away."""

    dock: int
    pickers: int
    benches: int


@dataclass(frozen=True, slots=True)
class People:
    """User ids of those who work, station by station."""

    dock: int
    pickers: tuple[int, ...]
    packers: tuple[int, ...]
    lead: int


def hands_s(units: int) -> float:
    """Seconds to take `units` of one item."""
    return UNIT_S * min(units, MOST_HANDS)


def setup_s(*, totes: int) -> float:
    """Seconds from a cart's start to its first step."""
    return CART_S + TOTE_S * totes


def stop_s(*, walk_mm: int, quantity: int) -> float:
    """Seconds to walk to a bin and take so many units there, as a rule."""
    return walk_mm / WALK_MM_S + STOP_S + hands_s(quantity)


def pack_s(*, quantities: list[int], volume_mm3: int) -> float:
    """Seconds to pack one order at a bench; a further parcel for every 40 litres."""
    parcels = 1 + volume_mm3 // 40_000_000
    return ORDER_S + sum(LINE_S + hands_s(quantity) / 2 for quantity in quantities) + PARCEL_S * parcels


@transaction.atomic
def install_people(*, hub: Hub, crew: Crew) -> People:
    """The workers with their badges, made where missing. They have no password: they badge in at a station.

    The hub reckons with as many pickers.
    """
    hub.pickers = crew.pickers
    hub.save(update_fields=["pickers"])

    def ids(role: str, count: int) -> tuple[int, ...]:
        return tuple(_worker(hub, f"{role}{n}").pk for n in range(1, count + 1))

    return People(ids("dock", 1)[0], ids("picker", crew.pickers), ids("packer", crew.benches), ids("lead", 1)[0])


def _worker(hub: Hub, name: str) -> User:
    username = f"{hub.code.lower()}-{name}"
    user, is_new = User.objects.get_or_create(username=username, defaults={"first_name": name.capitalize()})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Worker.objects.get_or_create(user=user, defaults={"hub": hub, "badge": username.upper()[:20]})
    return user
