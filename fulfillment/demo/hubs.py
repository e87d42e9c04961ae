"""AMS1, the hub that is played: its floor plan, its bins, its carts and totes, its printers and its carrier.

Twenty aisles of 24 bays on either side, three shelves high, crossed at the front, in the middle and at the
back; the depot lies before the two middle aisles. 2,880 storage bins of 40 litres, for small goods.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from fulfillment.demo.seeds import dice
from labels.documents.tote_label import tote_code
from labels.models import Printer
from shipping.services.setting_up import install_boxes, install_stickers
from warehouses.models import Bin, CartType, DockDoor, DockHours, FloorPlan, Hub, Inbound, Zone

AISLES: Final = 20
BAYS: Final = 24
LEVELS: Final = 3
TOTES: Final = 900

_AISLE_PITCH_MM = 3_000
_BAY_MM = 1_200
_WALKWAY_MM = 2_400
_DEPOT_MM = 4_000
_BIN_MM3 = 40_000_000
_BIN_G = (45_000, 40_000, 30_000)

_ZONES = {
    "PICK": "Shelves",
    "FAST": "Cross-dock",
    "DOCK": "Goods in",
    "OUT": "Dispatch",
    "CARE": "Quarantine",
    "TOTE": "Totes",
}
_SINGLES = (
    ("DOCK-1", "DOCK", Bin.Kind.DOCK),
    ("OUT-1", "OUT", Bin.Kind.DISPATCH),
    ("CARE-1", "CARE", Bin.Kind.QUARANTINE),
    ("LOST-1", "CARE", Bin.Kind.MISSING),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One storage bin of the plan: where it is and what it is called."""

    code: str
    aisle: int
    y_mm: int
    side: str
    level: int


def shelves() -> Iterator[Shelf]:
    """Every storage bin, aisle by aisle."""
    for aisle in range(AISLES):
        for bay in range(BAYS):
            for side in "LR":
                for level in range(LEVELS):
                    yield Shelf(f"{aisle + 1:02d}-{bay + 1:02d}{side}{level + 1}", aisle, bay_y_mm(bay), side, level)


def bay_y_mm(bay: int) -> int:
    """Where along the aisle a picker stands for bay 0, 1, 2 ...; the middle walkway lies between two halves."""
    behind = bay >= BAYS // 2
    return _WALKWAY_MM // 2 + bay * _BAY_MM + _BAY_MM // 2 + (_WALKWAY_MM if behind else 0)


def depot_links() -> tuple[tuple[int, int, int], ...]:
    """Aisle, cross aisle and distance in mm: from where the depot is reached."""
    middle = AISLES // 2
    return (middle - 1, 0, _DEPOT_MM), (middle, 0, _DEPOT_MM)


def aisle_x_mm() -> list[int]:
    """The middle lines of the aisles."""
    return [_AISLE_PITCH_MM // 2 + i * _AISLE_PITCH_MM for i in range(AISLES)]


def cross_y_mm() -> list[int]:
    """The middle lines of the three cross aisles."""
    half = BAYS // 2 * _BAY_MM
    return [0, _WALKWAY_MM + half, 2 * (_WALKWAY_MM + half)]


@transaction.atomic
def install_hub(*, code: str, seed: int) -> Hub:
    """The hub with everything in it, made where missing. Its cut-off is 16:00, the carriers leave at 20:00."""
    hub, is_new = Hub.objects.get_or_create(
        code=code,
        defaults={
            "name": "Pakhuis Amsterdam",
            "cutoff": time(16, 0),
            "dispatch": time(20, 0),
            "company": "Pakhuis B.V.",
            "street": "Oostelijke Handelskade 12",
            "postcode": "1019 BM",
            "city": "Amsterdam",
            "country": "NL",
            "phone": "+31 20 555 01 23",
            "sscc_prefix": "8719999",
        },
    )
    install_boxes()
    install_stickers(site=hub.code)
    _install_printer(hub)
    if is_new:
        _install_plan(hub)
        _install_bins(hub, seed)
    if not hub.doors.exists():
        _install_dock(hub)
    return hub


def _install_plan(hub: Hub) -> None:
    FloorPlan.objects.create(
        hub=hub,
        aisle_x_mm=aisle_x_mm(),
        cross_y_mm=cross_y_mm(),
        depot_links=[list(link) for link in depot_links()],
    )
    CartType.objects.create(hub=hub, code="CART12", totes=12, tote_volume_mm3=48_000_000, tote_weight_g=20_000)


def _install_dock(hub: Hub) -> None:
    """Two doors for pallets and one for parcels, open every day: the demo is played on any of them."""
    pallets, parcels = Inbound.Freight.PALLET, Inbound.Freight.PARCEL
    doors = (
        ("D1", "North ramp", pallets, 60, 6),
        ("D2", "South ramp", pallets, 60, 6),
        ("D3", "Vans", parcels, 30, 40),
    )
    DockDoor.objects.bulk_create(
        DockDoor(hub=hub, code=code, name=name, freight=freight, slot_minutes=minutes, slot_capacity=capacity)
        for code, name, freight, minutes, capacity in doors
    )
    DockHours.objects.bulk_create(
        DockHours(hub=hub, weekday=day, opens=time(7), closes=time(18)) for day in DockHours.Weekday.values
    )


def _install_bins(hub: Hub, seed: int) -> None:
    zones = {
        code: Zone.objects.create(hub=hub, code=code, name=name, is_cross_dock=code == "FAST")
        for code, name in _ZONES.items()
    }
    digits = dice(seed, hub.code, "check digits")

    def drawn() -> str:
        return f"{digits.randrange(100):02d}"

    rows = [
        Bin(
            hub=hub,
            zone=zones["FAST" if _is_by_the_benches(shelf) else "PICK"],
            code=shelf.code,
            kind=Bin.Kind.STORAGE,
            aisle=shelf.aisle,
            y_mm=shelf.y_mm,
            side=shelf.side,
            level=shelf.level,
            volume_mm3=_BIN_MM3,
            max_weight_g=_BIN_G[shelf.level],
            check_digits=drawn(),
        )
        for shelf in shelves()
    ]
    rows += [Bin(hub=hub, zone=zones[z], code=code, kind=kind, check_digits=drawn()) for code, z, kind in _SINGLES]
    rows += [
        Bin(hub=hub, zone=zones["TOTE"], code=tote_code(n), kind=Bin.Kind.TOTE, check_digits=drawn())
        for n in range(1, TOTES + 1)
    ]
    Bin.objects.bulk_create(rows, batch_size=1_000)


def _is_by_the_benches(shelf: Shelf) -> bool:
    """The first two bays of the aisle before the depot: what orders wait for lies there."""
    return shelf.aisle == AISLES // 2 and shelf.y_mm <= bay_y_mm(1)


def _install_printer(hub: Hub) -> None:
    """A printer that writes into a folder, so that a hub without hardware prints too."""
    folder = Path(settings.VAR_DIR) / "out" / "printers" / hub.code.lower()
    Printer.objects.get_or_create(
        code=f"{hub.code.lower()}-bench",
        defaults={
            "name": "Benches",
            "site": hub.code,
            "kind": Printer.Kind.PDF,
            "transport": Printer.Transport.FILE,
            "address": str(folder),
            "timezone": hub.timezone,
        },
    )
