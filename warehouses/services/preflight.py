"""Pre-flight: what the dock of a hub would refuse of a plan; read, never written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.db import connection

from foundation.tenancy import hub_wide
from warehouses.models import Barcode, Bin, Hub, Inbound, Lot, Sku
from warehouses.planning.preflight import Box, Goods, Line, Objection, Terms, findings
from warehouses.services.plans import CartonPlan, LinePlan

COMING = (Inbound.State.PLANNED, Inbound.State.IN_TRANSIT, Inbound.State.ARRIVED, Inbound.State.RECEIVING)
"""States of inbounds whose goods will want room and have none yet."""

FREE_ROOM: Final = """
    SELECT shelves.room - stock.taken - coming.taken
    FROM (SELECT CASE WHEN bool_and(volume_mm3 > 0) THEN sum(volume_mm3) END AS room
          FROM warehouses_bin WHERE hub_id = %(hub)s AND kind = %(storage)s AND blocked_at IS NULL) AS shelves,
         (SELECT coalesce(sum(b.on_hand * s.volume_mm3), 0) AS taken
          FROM warehouses_balance b JOIN warehouses_sku s ON s.id = b.sku_id
          WHERE b.hub_id = %(hub)s AND b.on_hand > 0) AS stock,
         (SELECT coalesce(sum(l.planned * s.volume_mm3), 0) AS taken
          FROM warehouses_inbound i
          JOIN warehouses_carton c ON c.inbound_id = i.id
          JOIN warehouses_cartonline l ON l.carton_id = c.id
          JOIN warehouses_sku s ON s.id = l.sku_id
          WHERE i.hub_id = %(hub)s AND i.state = ANY (%(coming)s) AND NOT l.is_closed) AS coming
"""

LastDays = Mapping[tuple[int, str], date | None]


def inspect(
    *, hub: Hub, skus: Mapping[str, Sku], cartons: Sequence[CartonPlan], arrives_on: date, is_palletised: bool
) -> list[Objection]:
    """What `findings` says of these cartons, with the items and the hub as they are now, in three statements.

    `skus` are the seller's by code; a line of any other item is passed over, for that has a fault of its own.
    """
    coded = set(Barcode.objects.filter(sku__in=skus.values()).values_list("sku_id", flat=True).distinct())
    lots = {line.lot for carton in cartons for line in carton.lines if line.lot and line.lot.isprintable()}
    rows = Lot.objects.filter(sku__in=skus.values(), code__in=lots).values_list("sku_id", "code", "expires_on")
    known = {(sku_id, code): last for sku_id, code, last in rows} if lots else {}
    goods = {code: _goods(sku, has_barcode=sku.pk in coded) for code, sku in skus.items()}
    boxes = [
        Box(
            lines=tuple(_line(line, goods, skus, known) for line in carton.lines),
            copies=carton.copies,
            weight_g=carton.weight_g,
            volume_mm3=carton.volume_mm3,
            units=carton.units,
        )
        for carton in cartons
    ]
    terms = Terms(
        hub=hub.code,
        arrives_on=arrives_on,
        carton_max_g=hub.carton_max_g,
        min_shelf_days=hub.min_shelf_days,
        free_mm3=free_room(hub),
        is_palletised=is_palletised,
    )
    return findings(boxes, terms)


def free_room(hub: Hub) -> int | None:
    """Cubic millimetres of shelves that neither goods nor announced goods will take; None if a shelf has no limit.

    Goods outside the shelves count as if they lay there: what is on the dock will. One statement, by hub balances,
    so that a million bins cost no more than the hub's items.
    """
    # Shelves are shared: a seller may know how much is free, and not whose the rest is.
    with hub_wide(), connection.cursor() as cursor:
        cursor.execute(
            FREE_ROOM,
            {"hub": hub.pk, "storage": Bin.Kind.STORAGE.value, "coming": [state.value for state in COMING]},
        )
        (free,) = cursor.fetchone()
    return None if free is None else int(free)


def _goods(sku: Sku, *, has_barcode: bool) -> Goods:
    return Goods(
        sku=sku.code,
        weight_g=sku.weight_g,
        volume_mm3=sku.volume_mm3,
        hazmat_class=sku.hazmat_class,
        is_hazmat_approved=sku.hazmat_approved_at is not None,
        has_barcode=has_barcode,
        min_shelf_days=sku.min_shelf_days,
    )


def _line(line: LinePlan, goods: Mapping[str, Goods], skus: Mapping[str, Sku], known: LastDays) -> Line:
    if line.sku not in goods:
        return Line(Goods(sku=line.sku, weight_g=0, volume_mm3=0), 0)
    return Line(goods[line.sku], line.quantity, line.expires_on or known.get((skus[line.sku].pk, line.lot)))
