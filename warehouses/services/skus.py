"""Items: the one way in which a seller's SKUs are entered and changed, by API, by file or by hand."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from django.db import transaction

from foundation.errors import Conflict, FieldFault, Invalid, NotFound
from foundation.sql import update_many
from labels.drawing import gs1
from warehouses.locks import lock_catalogue
from warehouses.models import LITHIUM, MEASURES, Barcode, CartonLine, Seller, Sku
from warehouses.services.identifying import barcode_value

MOST_MEASURE: Final = 10_000_000
MOST_SHELF_DAYS: Final = 3_650
MOST_BARCODES: Final = 20
LONGEST: Final = {"code": 40, "name": 200, "hazmat_class": 10, "un_number": 4, "hs_code": 10, "origin_country": 2}
MOST_NET_ML: Final = 1_000_000
MOST_BATTERY_WH: Final = 30_000
MOST_BATTERIES: Final = 1_000
_UN_NUMBER: Final = re.compile(r"(?:[0-9]{4})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuInput:
    """An item as its seller describes it: grams and millimetres of one unit, days, codes that scanners read.

    `net_quantity_ml` is the dangerous contents of a unit (ml, or grams of a solid), `battery_wh` of one battery.

    Without barcodes it gets an own item code of ours, so that a label can always be printed.
    """

    code: str
    name: str
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    barcodes: tuple[str, ...] = ()
    tracks_lots: bool = False
    is_fragile: bool = False
    hazmat_class: str = ""
    un_number: str = ""
    limited_quantity: bool = False
    net_quantity_ml: int = 0
    battery_wh: int = 0
    batteries: int = 1
    min_shelf_days: int = 0
    hs_code: str = ""
    origin_country: str = ""


DECLARED: Final = tuple(f"declared_{name}" for name in MEASURES)
OWN_COLUMNS: Final = tuple(field.name for field in fields(SkuInput) if field.name != "barcodes")
"""What of a `SkuInput` stands in the item's own row."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An item as it stands now, and what was done: `created`, `updated`, or `known` when it was as described."""

    sku: Sku
    outcome: str


def own_code(sku_id: int) -> str:
    """The item code we print where the goods carry none: X, nine digits or more, a GS1 check digit."""
    digits = f"{sku_id:09d}"
    return f"X{digits}{gs1.check_digit(digits)}"


def sku_faults(item: SkuInput) -> list[FieldFault]:
    """What is wrong with one item by itself.

    `text_invalid`, `measure_invalid`, `days_invalid`, `un_number_invalid`, `quantity_invalid`, `battery_missing`,
    `barcode_invalid`, `barcodes_too_many`.
    """
    faults = []
    for name, longest in LONGEST.items():
        text, is_needed = getattr(item, name), name in {"code", "name"}
        if len(text) > longest or not text.isprintable() or (is_needed and not text.strip()):
            message = f"This has {'1' if is_needed else '0'} to {longest} printable characters."
            faults.append(FieldFault(name, "text_invalid", message))
    for name in ("weight_g", "length_mm", "width_mm", "height_mm"):
        if not 1 <= getattr(item, name) <= MOST_MEASURE:
            message = f"This is a whole number from 1 to {MOST_MEASURE:,}."
            faults.append(FieldFault(name, "measure_invalid", message))
    if not 0 <= item.min_shelf_days <= MOST_SHELF_DAYS:
        faults.append(FieldFault("min_shelf_days", "days_invalid", f"0 to {MOST_SHELF_DAYS:,} days."))
    faults += _danger_faults(item)
    if len(item.barcodes) > MOST_BARCODES:
        faults.append(FieldFault("barcodes", "barcodes_too_many", f"An item has at most {MOST_BARCODES} barcodes."))
    for place, text in enumerate(item.barcodes):
        if not _is_barcode(text):
            message = "A barcode is a GTIN with a right check digit, or 1 to 40 printable ASCII characters."
            faults.append(FieldFault(f"barcodes[{place}]", "barcode_invalid", message))
    return faults


def _danger_faults(item: SkuInput) -> list[FieldFault]:
    """What is wrong with what an item says of its dangers."""
    faults = []
    if not _UN_NUMBER.fullmatch(item.un_number):
        faults.append(FieldFault("un_number", "un_number_invalid", "A UN number has four digits, such as 3481."))
    most = {"net_quantity_ml": (0, MOST_NET_ML), "battery_wh": (0, MOST_BATTERY_WH), "batteries": (1, MOST_BATTERIES)}
    for name, (least, limit) in most.items():
        if not least <= getattr(item, name) <= limit:
            faults.append(FieldFault(name, "quantity_invalid", f"A whole number from {least} to {limit:,}."))
    if item.un_number in LITHIUM and not item.battery_wh:
        message = "Of lithium batteries the watt-hours of one are needed, rounded up."
        faults.append(FieldFault("battery_wh", "battery_missing", message))
    return faults


@transaction.atomic
def save_skus(*, seller: Seller, items: Sequence[SkuInput], may_update: bool = True) -> list[Saved]:
    """Enters the items that are new by their code, changes those that differ; in the order given, all or nothing.

    Barcodes are only added: labels with the old ones are on shelves. A changed UN class or number must be approved
    anew. The statements do not grow with the items. Raises `Invalid` with a fault per place (as `sku_faults`, and
    `sku_repeated`), `Conflict` (`sku_differs`, where it may not update; `tracks_lots_fixed`, once units of it were
    announced; `barcode_taken`, by another item of the seller's).
    """
    _refuse(items)
    lock_catalogue(seller.pk)
    known = {sku.code: sku for sku in Sku.objects.filter(seller=seller, code__in=[item.code for item in items])}
    fresh = [item for item in items if item.code not in known]
    changed = [item for item in items if item.code in known and _differs(known[item.code], item)]
    if changed and not may_update:
        code = changed[0].code
        raise Conflict(f"There is an item {code} already, described otherwise.", code="sku_differs", field="code")
    _refuse_lots(known, changed)
    made = Sku.objects.bulk_create([_row(seller, item) for item in fresh], batch_size=1_000)
    for item in changed:
        _describe(known[item.code], item)
    update_many(Sku, [known[item.code] for item in changed], [*OWN_COLUMNS[1:], *DECLARED, "hazmat_approved_at"])
    now = known | {sku.code: sku for sku in made}
    coded = _add_barcodes(seller, [(now[item.code], item.barcodes) for item in items])
    created, updated = {item.code for item in fresh}, {item.code for item in changed}
    return [
        Saved(
            now[item.code],
            "created" if item.code in created else "updated" if item.code in updated | coded else "known",
        )
        for item in items
    ]


@transaction.atomic
def update_sku(*, seller: Seller, code: str, changes: Mapping[str, Any]) -> Sku:
    """Changes what is named of the seller's item; raises as `save_skus`, and `NotFound` (`sku_unknown`)."""
    lock_catalogue(seller.pk)
    sku = Sku.objects.filter(seller=seller, code=code).first()
    if sku is None:
        raise NotFound("There is no such item.", code="sku_unknown")
    described = {name: getattr(sku, _column(sku, name)) for name in OWN_COLUMNS}
    item = SkuInput(**described | dict(changes))
    return save_skus(seller=seller, items=[item])[0].sku


def _refuse(items: Sequence[SkuInput]) -> None:
    faults: list[FieldFault] = []
    seen: set[str] = set()
    for place, item in enumerate(items):
        before = f"items[{place}]." if len(items) > 1 else ""
        faults += [FieldFault(before + each.where, each.code, each.message) for each in sku_faults(item)]
        if item.code in seen:
            faults.append(FieldFault(f"{before}code", "sku_repeated", f"{item.code[:40]} stands there twice."))
        seen.add(item.code)
    if faults:
        first = faults[0]
        raise Invalid(first.message, code=first.code, field=first.where, faults=tuple(faults))


def _is_barcode(text: str) -> bool:
    if not 1 <= len(text) <= 40 or not text.isascii() or not text.isprintable() or text != text.strip():
        return False
    if text.isdigit() and len(text) in gs1.GTIN_LENGTHS:
        return gs1.is_gtin(text)
    try:
        return bool(barcode_value(text))
    except Invalid:
        return False


def _row(seller: Seller, item: SkuInput) -> Sku:
    return Sku(seller=seller, **{name: getattr(item, name) for name in OWN_COLUMNS})


def _differs(sku: Sku, item: SkuInput) -> bool:
    return any(getattr(sku, _column(sku, name)) != getattr(item, name) for name in OWN_COLUMNS)


def _describe(sku: Sku, item: SkuInput) -> None:
    if (sku.hazmat_class, sku.un_number) != (item.hazmat_class, item.un_number):
        sku.hazmat_approved_at = None
    for name in OWN_COLUMNS:
        setattr(sku, _column(sku, name), getattr(item, name))


def _column(sku: Sku, name: str) -> str:
    """Where the seller's word stands: once a hub has measured, beside what it goes by."""
    return sku.declared_field(name) if name in MEASURES else name


def _refuse_lots(known: dict[str, Sku], changed: Sequence[SkuInput]) -> None:
    """Units that are there by lot, or without, cannot become the other."""
    turned = [known[item.code] for item in changed if known[item.code].tracks_lots != item.tracks_lots]
    if turned and (line := CartonLine.objects.filter(sku__in=turned).select_related("sku").first()):
        text = f"Units of {line.sku.code} were announced: whether it is kept by lot cannot change any more."
        raise Conflict(text, code="tracks_lots_fixed", field="tracks_lots")


def _add_barcodes(seller: Seller, wanted: Sequence[tuple[Sku, Collection[str]]]) -> set[str]:
    """Adds what is missing, an own code where there is none at all; returns the codes of the items that got one."""
    has = set(Barcode.objects.filter(sku__in=[sku for sku, _ in wanted]).values_list("sku_id", flat=True))
    values: dict[str, Sku] = {}
    for sku, texts in wanted:
        for text in texts or (() if sku.pk in has else (own_code(sku.pk),)):
            if values.setdefault(barcode_value(text), sku) is not sku:
                raise _taken(text)
    there = dict(Barcode.objects.filter(seller=seller, value__in=values).values_list("value", "sku_id"))
    for value, sku in values.items():
        if there.get(value, sku.pk) != sku.pk:
            raise _taken(value)
    fresh = [_barcode(seller, sku, value) for value, sku in values.items() if value not in there]
    Barcode.objects.bulk_create(fresh, batch_size=1_000)
    return {row.sku.code for row in fresh}


def _barcode(seller: Seller, sku: Sku, value: str) -> Barcode:
    kind = Barcode.Kind.GTIN if gs1.is_gtin(value) else Barcode.Kind.OWN
    return Barcode(seller=seller, sku=sku, kind=kind, value=value)


def _taken(value: str) -> Conflict:
    text = f"Barcode {value[:40]} is on another item of yours."
    return Conflict(text, code="barcode_taken", field="barcodes")
