"""Plans: what a seller means to send, as plain values, before any of it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from foundation.errors import FieldFault

MOST_COPIES: Final = 1_000
MOST_CARTONS: Final = 5_000
"""Cartons of one inbound, copies counted: more is more than a truck holds."""

MOST_DECLARED: Final = 10_000_000
"""Grams, millimetres, units: what is declared of one carton is below this, and fits the database by far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """So many units of one SKU, by the seller's code; lot and last good day where the SKU tracks lots."""

    sku: str
    quantity: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class CartonPlan:
    """What one carton holds, or `copies` cartons alike, and what the seller declares of each (None: nothing).

    Grams gross, millimetres, units in all; `pallet` is the number of the pallet it stands on, for pallet freight.
    """

    lines: tuple[LinePlan, ...]
    copies: int = 1
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    units: int | None = None
    pallet: int | None = None

    @property
    def volume_mm3(self) -> int | None:
        """Outside, if all three sizes are declared."""
        if self.length_mm is None or self.width_mm is None or self.height_mm is None:
            return None
        return self.length_mm * self.width_mm * self.height_mm


def window_faults(expected_on: date | None, expected_until: date | None, today: date | None) -> list[FieldFault]:
    """What is wrong with the days on which an inbound may come: `day_past`, `window_invalid`.

    Without `today` no day is judged.
    """
    faults = []
    if expected_on and today and expected_on < today:
        faults.append(FieldFault("expected_on", "day_past", f"It is {today} in the hub: nothing comes before that."))
    if expected_until and (expected_on is None or expected_until < expected_on):
        text = "The last day it may come needs a first one, and is not before it."
        faults.append(FieldFault("expected_until", "window_invalid", text))
    return faults


def each_carton(cartons: Sequence[CartonPlan]) -> Iterator[CartonPlan]:
    """The cartons one by one, copies after one another, as they are numbered."""
    return (carton for carton in cartons for _ in range(carton.copies))


def carton_faults(carton: CartonPlan, where: str, *, is_palletised: bool) -> list[FieldFault]:
    """What is wrong with a carton itself, whatever is in it.

    `copies_invalid`, `declared_invalid`, `sizes_incomplete`, `pallet_needed`, `pallet_unexpected`.
    """
    faults = []
    if not 1 <= carton.copies <= MOST_COPIES:
        text = f"A carton is repeated 1 to {MOST_COPIES:,} times."
        faults.append(FieldFault(f"{where}.copies", "copies_invalid", text))
    sizes = {name: getattr(carton, name) for name in ("length_mm", "width_mm", "height_mm")}
    for name, value in {"weight_g": carton.weight_g, "pallet": carton.pallet, "units": carton.units, **sizes}.items():
        if value is not None and not 1 <= value <= MOST_DECLARED:
            text = f"This is a whole number from 1 to {MOST_DECLARED:,}, or left out."
            faults.append(FieldFault(f"{where}.{name}", "declared_invalid", text))
    if None in sizes.values() and any(sizes.values()):
        faults.append(FieldFault(where, "sizes_incomplete", "Declare all three sizes of a carton, or none."))
    if is_palletised and carton.pallet is None:
        faults.append(FieldFault(f"{where}.pallet", "pallet_needed", "Say which pallet it stands on."))
    if not is_palletised and carton.pallet is not None:
        text = "Parcels stand on no pallet: leave it out, or send it as pallet freight."
        faults.append(FieldFault(f"{where}.pallet", "pallet_unexpected", text))
    return faults
