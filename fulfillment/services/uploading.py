"""Uploads: a seller's file of items or of inbound plans is taken, row by row or all or nothing.

The natural keys are those of the services below (an item's code, an inbound's reference), so the same file twice
is once. What is refused is told by row and column.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from foundation.errors import DomainError, FieldFault, Invalid
from fulfillment.services.upload_rows import PLAN_COLUMNS, SKU_COLUMNS, Cells, RowFault, read_rows
from warehouses.models import Hub, Inbound, Seller
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.skus import SkuInput, save_skus, sku_faults

MOST_FAULTS: Final = 1_000
MOST_INBOUNDS: Final = 200
_PLACE: Final = re.compile(r"cartons\[(\d+)\](?:\.lines\[(\d+)\])?(?:\.(\w+))?")
_OF_THE_PLAN: Final = ("hub", "expected_on", "expected_until", "freight")
_OF_THE_CARTON: Final = ("copies", "pallet", "weight_g", "length_mm", "width_mm", "height_mm")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file: its rows, what they made (items, or inbounds), and what was refused, by row."""

    rows: int
    created: tuple[str, ...]
    updated: tuple[str, ...]
    known: tuple[str, ...]
    faults: tuple[RowFault, ...]


@transaction.atomic
def upload_skus(*, seller: Seller, content: bytes, layout: str, is_atomic: bool = False) -> Uploaded:
    """Enters and changes the items of a file; good rows are taken, unless `is_atomic` and a row is refused.

    Codes: those of `upload_rows`, `sku_faults` and `save_skus`. Raises `Invalid` for a file that can't be read, and,
    `is_atomic`, with all faults (`rows[3].weight_g`); then nothing was written.
    """
    faults: list[RowFault] = []
    good: dict[str, tuple[int, SkuInput]] = {}
    rows = 0
    for cells in read_rows(content, layout=layout, columns=SKU_COLUMNS):
        rows += 1
        item = _sku(cells) if not cells.faults else None
        found = cells.faults or [_fault(cells.number, each) for each in sku_faults(item)] if item else cells.faults
        if item and item.code in good:
            found = [RowFault(cells.number, "code", "sku_repeated", "This code stands in a row above already.")]
        if item and not found:
            good[item.code] = (cells.number, item)
        faults += found
    _refuse_if(is_atomic, faults)
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "known": []}
    faults += _save(seller, list(good.values()), outcomes)
    _refuse_if(is_atomic, faults)
    return _uploaded(rows, outcomes, faults)


def _save(seller: Seller, items: Sequence[tuple[int, SkuInput]], outcomes: Mapping[str, list[str]]) -> list[RowFault]:
    """Saves the items at once; what refuses that is found by halves, so that a few bad rows cost few statements."""
    try:
        with transaction.atomic():
            for saved in save_skus(seller=seller, items=[item for _, item in items]):
                outcomes[saved.outcome].append(saved.sku.code)
    except DomainError as error:
        if len(items) == 1:
            return [_fault(items[0][0], each) for each in _faults_of(error)]
        half = len(items) // 2
        return _save(seller, items[:half], outcomes) + _save(seller, items[half:], outcomes)
    return []


@transaction.atomic
def upload_plans(*, seller: Seller, content: bytes, layout: str, is_atomic: bool = False) -> Uploaded:
    """Announces the inbounds of a file: rows with one reference are one inbound, with one carton number one carton.

    An inbound with a refused row is refused whole; the others are taken, unless `is_atomic`. What belongs to the
    inbound or to the carton is said in its first row, and is empty or the same in the others (`row_differs`). Codes
    else: those of `upload_rows` and `plan_inbound`, and `hub_unknown`, `hub_needed`. Raises as `upload_skus`.
    """
    plans: dict[str, list[Cells]] = {}
    rows = 0
    for cells in read_rows(content, layout=layout, columns=PLAN_COLUMNS):
        rows += 1
        plans.setdefault(cells.text("reference"), []).append(cells)
        if len(plans) > MOST_INBOUNDS:
            text = f"More than {MOST_INBOUNDS} inbounds in one file: give it in parts."
            raise Invalid(text, code="too_many_inbounds", field="file")
    hubs = {hub.code: hub for hub in Hub.objects.all()}
    there = set(Inbound.objects.filter(seller=seller, reference__in=plans).values_list("reference", flat=True))
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "known": []}
    faults: list[RowFault] = []
    for reference, lines in plans.items():
        found = _announce(seller, reference, lines, hubs)
        faults += found
        if not found:
            outcomes["known" if reference in there else "created"].append(reference)
    _refuse_if(is_atomic, faults)
    return _uploaded(rows, outcomes, faults)


def _announce(seller: Seller, reference: str, rows: Sequence[Cells], hubs: Mapping[str, Hub]) -> list[RowFault]:
    """Plans one inbound out of its rows, or says what is wrong with them."""
    head = rows[0]
    cartons: dict[str, list[Cells]] = {}
    for cells in rows:
        cartons.setdefault(cells.text("carton"), []).append(cells)
        _same(head, cells, _OF_THE_PLAN)
        _same(cartons[cells.text("carton")][0], cells, _OF_THE_CARTON)
    plans = [_carton(lines) for lines in cartons.values()]
    freight = head.text("freight") or Inbound.Freight.PARCEL.value
    for column in ("expected_on", "expected_until"):
        head.day(column)
    if freight not in Inbound.Freight.values:
        head.faults.append(RowFault(head.number, "freight", "freight_unknown", "This is parcel, or pallet."))
    hub = _hub(head, hubs)
    faults = [fault for cells in rows for fault in cells.faults]
    if faults or hub is None:
        return faults
    try:
        with transaction.atomic():
            plan_inbound(
                seller=seller,
                hub=hub,
                reference=reference,
                cartons=plans,
                expected_on=head.day("expected_on"),
                expected_until=head.day("expected_until"),
                freight=freight,
            )
    except DomainError as error:
        places = list(cartons.values())
        return [_placed(each, places) for each in _faults_of(error)]
    return []


def _carton(rows: Sequence[Cells]) -> CartonPlan:
    head = rows[0]
    lines = tuple(
        LinePlan(
            sku=cells.text("sku"),
            quantity=cells.whole("quantity"),
            lot=cells.text("lot"),
            expires_on=cells.day("expires_on"),
        )
        for cells in rows
    )
    declared = {name: head.maybe(name) for name in ("weight_g", "length_mm", "width_mm", "height_mm", "pallet")}
    return CartonPlan(lines, copies=head.whole("copies", default=1), **declared)


def _same(head: Cells, cells: Cells, columns: Sequence[str]) -> None:
    for column in columns:
        if cells.text(column) not in {"", head.text(column)}:
            text = f"Row {head.number} says otherwise: leave it empty here, or say the same."
            cells.faults.append(RowFault(cells.number, column, "row_differs", text))


def _hub(head: Cells, hubs: Mapping[str, Hub]) -> Hub | None:
    code = head.text("hub")
    if not code and len(hubs) == 1:
        return next(iter(hubs.values()))
    if code not in hubs:
        named = (f"There is no hub {code[:20]!r}.", "hub_unknown") if code else ("Say which hub.", "hub_needed")
        head.faults.append(RowFault(head.number, "hub", named[1], named[0]))
    return hubs.get(code)


def _sku(cells: Cells) -> SkuInput | None:
    item = SkuInput(
        code=cells.text("code"),
        name=cells.text("name"),
        barcodes=tuple(cells.text("barcodes").split()),
        **{name: cells.whole(name) for name in ("weight_g", "length_mm", "width_mm", "height_mm")},
        tracks_lots=cells.flag("tracks_lots"),
        is_fragile=cells.flag("is_fragile"),
        hazmat_class=cells.text("hazmat_class"),
        un_number=cells.text("un_number"),
        limited_quantity=cells.flag("limited_quantity"),
        net_quantity_ml=cells.whole("net_quantity_ml", default=0),
        battery_wh=cells.whole("battery_wh", default=0),
        batteries=cells.whole("batteries", default=1),
        min_shelf_days=cells.whole("min_shelf_days", default=0),
        hs_code=cells.text("hs_code"),
        origin_country=cells.text("origin_country"),
    )
    return None if cells.faults else item


def _fault(number: int, fault: FieldFault) -> RowFault:
    return RowFault(number, fault.where.partition("[")[0], fault.code, fault.message)


def _placed(fault: FieldFault, cartons: Sequence[Sequence[Cells]]) -> RowFault:
    """The fault of a place in a plan at its row and column."""
    found = _PLACE.match(fault.where)
    if found is None:
        return RowFault(cartons[0][0].number, fault.where, fault.code, fault.message)
    rows = cartons[int(found[1])]
    return RowFault(rows[int(found[2] or 0)].number, found[3] or "", fault.code, fault.message)


def _faults_of(error: DomainError) -> tuple[FieldFault, ...]:
    return error.faults or (FieldFault(error.field or "", error.code, error.message),)


def _refuse_if(is_atomic: bool, faults: Sequence[RowFault]) -> None:
    if is_atomic and faults:
        told = tuple(
            FieldFault(f"rows[{each.row}].{each.column}".rstrip("."), each.code, each.message)
            for each in sorted(faults)[:MOST_FAULTS]
        )
        first = told[0]
        raise Invalid(first.message, code=first.code, field=first.where, faults=told)


def _uploaded(rows: int, outcomes: Mapping[str, Sequence[str]], faults: Sequence[RowFault]) -> Uploaded:
    named = {name: tuple(codes) for name, codes in outcomes.items()}
    return Uploaded(rows, faults=tuple(sorted(faults)[:MOST_FAULTS]), **named)
