"""Inbounds: a seller's plan becomes cartons with SSCCs; a plan sent twice is one inbound."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection, transaction

from foundation import clock
from foundation.errors import Conflict, FieldFault, Invalid
from foundation.quantities import whole_quantity
from labels.drawing import gs1
from warehouses.models import Carton, CartonLine, Hub, Inbound, Lot, Pallet, Seller, Sku
from warehouses.planning.preflight import Objection, refused
from warehouses.services.freshness import today_in
from warehouses.services.plans import (
    MOST_CARTONS,
    MOST_COPIES,
    CartonPlan,
    LinePlan,
    carton_faults,
    each_carton,
    window_faults,
)
from warehouses.services.preflight import inspect

LONGEST_REFERENCE = 60
LONGEST_LOT = 20
"""GS1 AI (10) has no more."""

Packed = tuple[int, str, str, int, tuple[int | None, ...]]
"""A line as it is compared: carton, SKU, lot, units, and what is declared of the carton."""


@transaction.atomic
def plan_inbound(
    *,
    seller: Seller,
    hub: Hub,
    reference: str,
    cartons: Sequence[CartonPlan],
    expected_on: date | None = None,
    expected_until: date | None = None,
    freight: str = Inbound.Freight.PARCEL,
) -> Inbound:
    """Creates the inbound, its cartons and pallets with fresh SSCCs and their lines, in state planned.

    The natural key is (seller, reference): the same plan again returns the inbound there is, another plan
    under the same reference raises `Conflict` (`reference_taken`). Raises `Invalid` with one fault per
    wrong place (`reference_invalid`, `cartons_missing`, `lines_missing`, `sku_unknown`, `quantity_invalid`,
    `lot_needed`, `lot_invalid`, `line_repeated`, `copies_invalid`, `cartons_too_many`, `declared_invalid`,
    `sizes_incomplete`, `pallet_needed`, `pallet_unexpected`, `window_invalid`; of a new plan
    `day_past`, `lot_expired`, and what the dock would refuse by `warehouses.planning.preflight`), `Conflict`
    (`lot_date_differs`) when a lot has another last day already; then nothing is created.
    """
    # The same plan sent again is the inbound there is, however late that is: its days are not judged anew.
    is_known = _is_reference(reference) and Inbound.objects.filter(seller=seller, reference=reference).exists()
    skus = _known_skus(seller, cartons)
    today = None if is_known else today_in(hub)
    _refuse(window_faults(expected_on, expected_until, today) + _faults(skus, reference, cartons, freight, today=today))
    if today:
        found = inspect(
            hub=hub,
            skus=skus,
            cartons=cartons,
            arrives_on=expected_until or expected_on or today,
            is_palletised=_is_palletised(freight),
        )
        _refuse([FieldFault(each.where, each.code, each.message) for each in refused(found)])
    inbound, is_new = Inbound.objects.get_or_create(
        seller=seller,
        reference=reference,
        defaults={
            "hub": hub,
            "expected_on": expected_on,
            "expected_until": expected_until,
            "freight": freight,
            "created_at": clock.now(),
        },
    )
    if not is_new:
        if (inbound.hub_id, inbound.freight) == (hub.pk, freight) and _contents(inbound) == _planned(cartons):
            return inbound
        raise Conflict(
            f"Reference {reference} is taken by {inbound.number} with another plan.",
            code="reference_taken",
            field="reference",
        )
    lots = _lots(skus, cartons)
    _refuse(_expired_lots(lots, cartons, today_in(hub)))
    _write_cartons(inbound, list(each_carton(cartons)), skus, lots)
    inbound.plan()
    inbound.save(update_fields=["state"])
    return inbound


def _write_cartons(
    inbound: Inbound, cartons: Sequence[CartonPlan], skus: dict[str, Sku], lots: dict[tuple[str, str], Lot]
) -> None:
    """Pallets, cartons and lines, three statements for any number, and one for their serials."""
    numbers = sorted({carton.pallet for carton in cartons if carton.pallet is not None})
    serials = iter(_next_serials(len(numbers) + len(cartons)))
    prefix = inbound.hub.sscc_prefix
    pallets = {
        number: Pallet(inbound=inbound, number=number, sscc=gs1.build_sscc(company_prefix=prefix, serial=next(serials)))
        for number in numbers
    }
    Pallet.objects.bulk_create(pallets.values())
    rows = Carton.objects.bulk_create(
        [
            Carton(
                inbound=inbound,
                number=number,
                pallet=pallets.get(carton.pallet or 0),
                sscc=gs1.build_sscc(company_prefix=prefix, serial=next(serials)),
                weight_g=carton.weight_g,
                length_mm=carton.length_mm,
                width_mm=carton.width_mm,
                height_mm=carton.height_mm,
            )
            for number, carton in enumerate(cartons, start=1)
        ],
        batch_size=2_000,
    )
    CartonLine.objects.bulk_create(
        [
            CartonLine(carton=row, sku=skus[line.sku], lot=lots.get((line.sku, line.lot)), planned=line.quantity)
            for row, carton in zip(rows, cartons, strict=True)
            for line in carton.lines
        ],
        batch_size=5_000,
    )


def preflight(
    *,
    seller: Seller,
    hub: Hub,
    cartons: Sequence[CartonPlan],
    expected_on: date | None = None,
    expected_until: date | None = None,
    freight: str = Inbound.Freight.PARCEL,
) -> list[Objection]:
    """What the dock would refuse of these cartons or wonder at, before or while they are planned; nothing is written.

    Shelf life is judged on the last day it may come. See `warehouses.planning.preflight.findings`. Raises `Invalid`
    with every fault for a plan that is none, as `plan_inbound` does, but for its reference.
    """
    skus, today = _known_skus(seller, cartons), today_in(hub)
    _refuse(
        window_faults(expected_on, expected_until, today) + _faults(skus, "preflight", cartons, freight, today=today)
    )
    return inspect(
        hub=hub,
        skus=skus,
        cartons=cartons,
        arrives_on=expected_until or expected_on or today,
        is_palletised=_is_palletised(freight),
    )


def _is_palletised(freight: str) -> bool:
    return freight == Inbound.Freight.PALLET


def plan_faults(
    *,
    seller: Seller,
    hub: Hub | None,
    reference: str,
    cartons: Sequence[CartonPlan],
    expected_on: date | None,
    expected_until: date | None = None,
    freight: str = Inbound.Freight.PARCEL,
) -> list[FieldFault]:
    """What `plan_inbound` would refuse a new plan for, place by place; nothing is written.

    Without a hub no day is judged.
    """
    today = today_in(hub) if hub else None
    faults = _faults(_known_skus(seller, cartons), reference, cartons, freight, today=today)
    return window_faults(expected_on, expected_until, today) + faults


def _known_skus(seller: Seller, cartons: Sequence[CartonPlan]) -> dict[str, Sku]:
    codes = {line.sku for carton in cartons for line in carton.lines if line.sku.isprintable()}
    return {sku.code: sku for sku in Sku.objects.filter(seller=seller, code__in=codes, is_active=True)}


def _refuse(faults: Sequence[FieldFault]) -> None:
    if faults:
        first = faults[0]
        raise Invalid(first.message, code=first.code, field=first.where, faults=tuple(faults))


def _is_reference(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST_REFERENCE and text.isprintable()


def _faults(
    skus: dict[str, Sku],
    reference: str,
    cartons: Sequence[CartonPlan],
    freight: str,
    *,
    today: date | None,
) -> list[FieldFault]:
    faults = []
    if not _is_reference(reference):
        text = f"A reference has 1 to {LONGEST_REFERENCE} printable characters."
        faults.append(FieldFault("reference", "reference_invalid", text))
    if not cartons:
        faults.append(FieldFault("cartons", "cartons_missing", "An inbound needs at least one carton."))
    if sum(carton.copies for carton in cartons if 1 <= carton.copies <= MOST_COPIES) > MOST_CARTONS:
        text = f"An inbound has at most {MOST_CARTONS:,} cartons: split it."
        faults.append(FieldFault("cartons", "cartons_too_many", text))
    for c, carton in enumerate(cartons):
        faults.extend(carton_faults(carton, f"cartons[{c}]", is_palletised=_is_palletised(freight)))
        if not carton.lines:
            faults.append(FieldFault(f"cartons[{c}].lines", "lines_missing", "A carton needs at least one line."))
        seen: set[tuple[str, str]] = set()
        for n, line in enumerate(carton.lines):
            faults.extend(_line_faults(line, skus, seen, f"cartons[{c}].lines[{n}]"))
            if line.expires_on and today and line.expires_on < today:
                faults.append(_expired(f"cartons[{c}].lines[{n}].expires_on", line, line.expires_on))
    return faults


def _expired(where: str, line: LinePlan, last: date) -> FieldFault:
    return FieldFault(where, "lot_expired", f"The last good day of lot {line.lot} of {line.sku} was {last}.")


def _expired_lots(lots: dict[tuple[str, str], Lot], cartons: Sequence[CartonPlan], today: date) -> list[FieldFault]:
    """Lines of lots that the hub knows to be past their last good day, though the plan does not say so."""
    found = []
    for where, line in _lot_lines(cartons):
        last = lots[line.sku, line.lot].expires_on
        if last and last < today:
            found.append(_expired(f"{where}.lot", line, last))
    return found


def _line_faults(line: LinePlan, skus: dict[str, Sku], seen: set[tuple[str, str]], where: str) -> list[FieldFault]:
    faults = []
    sku = skus.get(line.sku)
    if sku is None:
        faults.append(FieldFault(f"{where}.sku", "sku_unknown", f"There is no item {line.sku[:40]!r}."))
    elif sku.tracks_lots and not line.lot:
        faults.append(FieldFault(f"{where}.lot", "lot_needed", f"{line.sku} is kept by lot: say which."))
    if len(line.lot) > LONGEST_LOT or not line.lot.isprintable():
        text = f"A lot has at most {LONGEST_LOT} printable characters."
        faults.append(FieldFault(f"{where}.lot", "lot_invalid", text))
    try:
        whole_quantity(line.quantity)
    except Invalid as error:
        faults.append(FieldFault(f"{where}.quantity", error.code, error.message))
    if (line.sku, line.lot) in seen:
        faults.append(FieldFault(where, "line_repeated", f"{line.sku} stands twice in this carton."))
    seen.add((line.sku, line.lot))
    return faults


def _contents(inbound: Inbound) -> list[Packed]:
    lines = CartonLine.objects.filter(carton__inbound=inbound, planned__gt=0)
    names = ("carton__number", "sku__code", "lot__code", "planned", "carton__pallet__number")
    declared = ("carton__weight_g", "carton__length_mm", "carton__width_mm", "carton__height_mm")
    rows = lines.values_list(*names, *declared)
    return sorted((number, sku, lot or "", planned, tuple(rest)) for number, sku, lot, planned, *rest in rows)


def _planned(cartons: Sequence[CartonPlan]) -> list[Packed]:
    return sorted(
        (
            number, line.sku, line.lot, line.quantity,
            (carton.pallet, carton.weight_g, carton.length_mm, carton.width_mm, carton.height_mm),
        )
        for number, carton in enumerate(each_carton(cartons), start=1)
        for line in carton.lines
    )  # fmt: skip


def _lots(skus: dict[str, Sku], cartons: Sequence[CartonPlan]) -> dict[tuple[str, str], Lot]:
    """The plan's lots by SKU code and lot code, made if they are new."""
    wanted = _last_days(cartons)
    Lot.objects.bulk_create(
        [Lot(sku=skus[sku], code=lot, expires_on=wanted[sku, lot]) for sku, lot in sorted(wanted)],
        ignore_conflicts=True,
    )
    rows = Lot.objects.filter(sku__in=skus.values(), code__in={lot for _, lot in wanted}).select_related("sku")
    found = {(row.sku.code, row.code): row for row in rows}
    for where, line in _lot_lines(cartons):
        known = found[line.sku, line.lot].expires_on
        if line.expires_on and known != line.expires_on:
            raise _other_day(where, line, known)
    return found


def _last_days(cartons: Sequence[CartonPlan]) -> dict[tuple[str, str], date | None]:
    days: dict[tuple[str, str], date | None] = {}
    for where, line in _lot_lines(cartons):
        known = days.get((line.sku, line.lot))
        if known and line.expires_on and known != line.expires_on:
            raise _other_day(where, line, known)
        days[line.sku, line.lot] = line.expires_on or known
    return days


def _lot_lines(cartons: Sequence[CartonPlan]) -> Iterator[tuple[str, LinePlan]]:
    """The plan's lines with a lot, and where each stands."""
    for c, carton in enumerate(cartons):
        for n, line in enumerate(carton.lines):
            if line.lot:
                yield f"cartons[{c}].lines[{n}]", line


def _other_day(where: str, line: LinePlan, known: date | None) -> Conflict:
    day = f"with another last day, {known}" if known else "without a last day"
    text = f"Lot {line.lot} of {line.sku} is known {day}."
    return Conflict(text, code="lot_date_differs", field=f"{where}.expires_on")


def _next_serials(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('warehouses_sscc_serial') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]
