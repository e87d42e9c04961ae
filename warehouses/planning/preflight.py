"""Pre-flight: what the dock would refuse of a plan, told to the seller while the cartons still stand with him.

Pure: the items, the cartons and the hub's terms come in as plain values, findings go out. Grams, cubic
millimetres, days. Weights and volumes of goods are those the seller entered for his items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

FULL_FROM: Final = 0.9
"""Of the room that is free, so much may be announced before the seller is warned: shelves are never filled to the
last litre."""


class Severity(StrEnum):
    """What a finding means for the plan."""

    REFUSED = "refused"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What is known of an item. `min_shelf_days` is the item's own; the hub may ask for more."""

    sku: str
    weight_g: int
    volume_mm3: int
    hazmat_class: str = ""
    is_hazmat_approved: bool = False
    has_barcode: bool = True
    min_shelf_days: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of one item; the lot's last good day where it has one."""

    goods: Goods
    quantity: int
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One carton, or `copies` alike: its lines, and what the seller declares of it (None: nothing)."""

    lines: tuple[Line, ...]
    copies: int = 1
    weight_g: int | None = None
    volume_mm3: int | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the hub takes in. `carton_max_g` 0 is no limit; `free_mm3` is None where room is not limited."""

    hub: str
    arrives_on: date
    carton_max_g: int = 0
    min_shelf_days: int = 0
    free_mm3: int | None = None
    is_palletised: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing the dock would say. `carton` and `line` count from 0 within the plan; None is the plan as a whole."""

    code: str
    severity: Severity
    message: str
    carton: int | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """The place in the plan, as faults name it."""
        if self.carton is None:
            return "cartons"
        return f"cartons[{self.carton}]" if self.line is None else f"cartons[{self.carton}].lines[{self.line}]"


def findings(boxes: Sequence[Box], terms: Terms) -> list[Objection]:
    """Everything the dock would refuse or wonder at, carton by carton and line by line, the hub's room last.

    Refused: `hazmat_unapproved`, `shelf_life_short`, `barcode_missing`, `carton_heavy` (of parcels),
    `contents_too_large`, `units_differ`, `hub_full`. Warnings: `carton_heavy` (on pallets), `weight_understated`,
    `hub_nearly_full`.
    """
    found = []
    for number, box in enumerate(boxes):
        for n, line in enumerate(box.lines):
            found += [Objection(code, Severity.REFUSED, text, number, n) for code, text in _line(line, terms)]
        found += [Objection(code, severity, text, number) for code, severity, text in _carton(box, terms)]
    return found + _room(boxes, terms)


def refused(found: Sequence[Objection]) -> list[Objection]:
    """Those that stop the plan."""
    return [each for each in found if each.severity is Severity.REFUSED]


def _line(line: Line, terms: Terms) -> Iterator[tuple[str, str]]:
    goods = line.goods
    if goods.hazmat_class and not goods.is_hazmat_approved:
        text = f"{goods.sku} is UN class {goods.hazmat_class}, which the hub has not approved yet."
        yield "hazmat_unapproved", text
    if not goods.has_barcode:
        yield "barcode_missing", f"{goods.sku} has no barcode: nobody could scan it. Give it one, or let us make one."
    days = max(goods.min_shelf_days, terms.min_shelf_days)
    if days and line.expires_on and (line.expires_on - terms.arrives_on).days < days:
        left = (line.expires_on - terms.arrives_on).days
        text = f"{goods.sku} is good for {left} more days on {terms.arrives_on}; {terms.hub} asks for {days}."
        yield "shelf_life_short", text


def _carton(box: Box, terms: Terms) -> Iterator[tuple[str, Severity, str]]:
    goods_g = sum(line.quantity * line.goods.weight_g for line in box.lines)
    weight_g = max(goods_g, box.weight_g or 0)
    if terms.carton_max_g and weight_g > terms.carton_max_g:
        severity = Severity.WARNING if terms.is_palletised else Severity.REFUSED
        text = f"{weight_g / 1000:.1f} kg in one carton; at most {terms.carton_max_g / 1000:g} kg are lifted by hand."
        yield "carton_heavy", severity, text
    if box.weight_g is not None and box.weight_g < goods_g:
        text = f"Declared {box.weight_g / 1000:.1f} kg, but its goods alone weigh {goods_g / 1000:.1f} kg."
        yield "weight_understated", Severity.WARNING, text
    goods_mm3 = _volume(box)
    if box.volume_mm3 is not None and goods_mm3 > box.volume_mm3:
        text = f"{goods_mm3 / 1e6:.1f} litres of goods do not fit a carton of {box.volume_mm3 / 1e6:.1f} litres."
        yield "contents_too_large", Severity.REFUSED, text
    units = sum(line.quantity for line in box.lines)
    if box.units is not None and box.units != units:
        yield "units_differ", Severity.REFUSED, f"Declared {box.units:,} units, but its lines have {units:,}."


def _room(boxes: Sequence[Box], terms: Terms) -> list[Objection]:
    if terms.free_mm3 is None:
        return []
    wanted = sum(_volume(box) * box.copies for box in boxes)
    text = f"{wanted / 1e9:.2f} m³ announced; {terms.hub} has {max(terms.free_mm3, 0) / 1e9:.2f} m³ free."
    if wanted > terms.free_mm3:
        return [Objection("hub_full", Severity.REFUSED, text)]
    if wanted > FULL_FROM * terms.free_mm3:
        return [Objection("hub_nearly_full", Severity.WARNING, text)]
    return []


def _volume(box: Box) -> int:
    return sum(line.quantity * line.goods.volume_mm3 for line in box.lines)
