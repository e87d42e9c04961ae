"""Measuring: a unit on the scale and under the cubing device; from then on the hubs go by that."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from foundation import clock
from foundation.errors import Conflict, FieldFault, Invalid, NotFound
from warehouses.locks import lock_catalogue
from warehouses.models import MEASURES, Hub, Inbound, Measurement, Sku
from warehouses.planning.measures import Measures, differs, is_plausible, unit_weight_g
from warehouses.services.dock_counting import supervising
from warehouses.services.moving import ring
from warehouses.services.skus import MOST_MEASURE
from warehouses.signals import News, What

MOST_UNITS = 1_000
HERE = (Inbound.State.ARRIVED, Inbound.State.RECEIVING, Inbound.State.RECEIVED)
"""An inbound's goods stand in the hub, not all of them on shelves yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the devices say: `scale_g` of all `units` on the scale, millimetres of one. `scan_id` the station draws."""

    scan_id: uuid.UUID
    scale_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    units: int = 1


@transaction.atomic
def measure_sku(
    *,
    sku_id: int,
    hub: Hub,
    reading: Reading,
    station: str,
    worker_id: int | None = None,
    supervisor_id: int | None = None,
) -> Measurement:
    """Keeps what was measured beside what is declared; the item's measures are these from now on.

    The same reading sent twice is one. Its seller hears of it, and whether it differs from what he declared by more
    than the hub lets pass. Raises `NotFound` (`sku_unknown`), `Invalid` (`measure_invalid`, a fault per place),
    `Conflict`: `measure_implausible` for ten times more or less than was known, unless a supervisor confirms it;
    `supervisor_needed` by whoever is none.
    """
    _refuse_nonsense(reading)
    supervisor = supervising(supervisor_id)
    seller_id = Sku.objects.filter(pk=sku_id).values_list("seller_id", flat=True).first()
    if seller_id is None:
        raise NotFound("There is no such item.", code="sku_unknown")
    lock_catalogue(seller_id)
    if before := Measurement.objects.filter(scan_id=reading.scan_id).first():
        return before
    sku = Sku.objects.get(pk=sku_id)
    found = Measures(
        unit_weight_g(reading.scale_g, reading.units), reading.length_mm, reading.width_mm, reading.height_mm
    )
    declared = sku.declared
    if supervisor is None and not is_plausible(found, sku.measured or declared):
        text = f"{sku.code} was known ten times heavier or larger, or lighter or smaller: measure again, or ask a lead."
        raise Conflict(text, code="measure_implausible")
    row = Measurement.objects.create(
        scan_id=reading.scan_id,
        seller_id=seller_id,
        sku=sku,
        hub=hub,
        units=reading.units,
        scale_g=reading.scale_g,
        **{name: getattr(found, name) for name in MEASURES},
        **{f"declared_{name}": getattr(declared, name) for name in MEASURES},
        differs=differs(found, declared, hub.measure_tolerance_pct),
        worker_id=worker_id,
        station=station,
        confirmed_by_id=supervisor,
        measured_at=clock.now(),
    )
    _go_by(sku, row)
    ring(hub.pk, [], news=[News(What.MEASURED, None, _told(row), sku=sku)])
    return row


def wanting_measures(hub: Hub | None = None) -> QuerySet[Sku]:
    """Items of inbounds that stand in the hub (or in any) which nobody measured: what stations have to do, by code."""
    coming = Inbound.objects.filter(state__in=HERE, **({"hub": hub} if hub else {}))
    items = Sku.objects.filter(measured_at=None, carton_lines__carton__inbound__in=coming)
    return items.select_related("seller").distinct().order_by("seller__code", "code")


def _refuse_nonsense(reading: Reading) -> None:
    most = {"units": MOST_UNITS, "scale_g": MOST_MEASURE, **dict.fromkeys(MEASURES[1:], MOST_MEASURE)}
    faults = tuple(
        FieldFault(name, "measure_invalid", f"This is a whole number from 1 to {limit:,}.")
        for name, limit in most.items()
        if not 1 <= getattr(reading, name) <= limit
    )
    if faults:
        raise Invalid(faults[0].message, code=faults[0].code, field=faults[0].where, faults=faults)


def _go_by(sku: Sku, row: Measurement) -> None:
    for name in MEASURES:
        setattr(sku, f"declared_{name}", getattr(row, f"declared_{name}"))
        setattr(sku, name, getattr(row, name))
    sku.measured_at = row.measured_at
    sku.save(update_fields=[*MEASURES, *(f"declared_{name}" for name in MEASURES), "measured_at"])


def _told(row: Measurement) -> dict[str, object]:
    return {
        "sku": row.sku.code,
        "differs": row.differs,
        "measured": {name: getattr(row, name) for name in MEASURES},
        "declared": {name: getattr(row, f"declared_{name}") for name in MEASURES},
    }
