"""Packing single-item orders: a unit is scanned out of a shared tote, and the most urgent order gets it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from foundation.errors import Conflict, Invalid
from fulfillment.locks import lock_first_free, lock_scan, wait_for_orders
from fulfillment.models import Order, Pack
from fulfillment.services.packing import PackScan, pack_locked
from warehouses.models import Bin, CartTote, Hub, PickTask
from warehouses.services.identifying import KnownItems


@dataclass(frozen=True, slots=True)
class _Unit:
    """A picked unit that waits in a shared tote, and whose it is."""

    order_id: int
    sku_id: int
    lot_id: int | None
    lot: str | None
    recalled_at: datetime | None


@transaction.atomic
def pack_single(
    *,
    hub: Hub,
    tote_code: str,
    item_code: str,
    scan_id: uuid.UUID,
    station: str,
    worker_id: int | None = None,
    stickers: Sequence[str] = (),
) -> Pack:
    """Packs the most urgent order that wants the unit scanned out of a shared tote. The same scan again is once.

    Most urgent is who has to leave first. Two packers at one tote never get the same order; the tote is free when
    its last unit is out. The unit's lot counts where its code names one.

    Raises `Conflict`, each a hard stop with nothing packed: `wrong_tote` (none that is shared), `wrong_unit` (nobody
    in this tote wants it), `lot_needed` (several lots of it lie there, and the code does not say which this is),
    `lot_recalled`; and as `pack_order`. `Invalid` for a code that can't be read.
    """
    lock_scan(scan_id)
    if done := Pack.objects.filter(scan_id=scan_id).first():
        return done
    tote = tote_code.strip().upper()
    wanted = _wanted(_shared_place(hub, tote), tote, item_code)
    orders = Order.objects.filter(pk__in=[unit.order_id for unit in wanted])
    order = _lock_most_urgent(orders)
    if order is None:  # another packer was quicker
        raise _wrong_unit(item_code, tote)
    scan = PackScan(tote_code=tote, item_code=item_code)
    return pack_locked(order, [scan], station=station, worker_id=worker_id, scan_id=scan_id, stickers=stickers)


def _shared_place(hub: Hub, tote: str) -> CartTote:
    riding = CartTote.objects.filter(tote__hub=hub, tote__kind=Bin.Kind.TOTE, tote__code=tote, freed_at=None)
    place = riding.first() if tote.isprintable() else None
    if place is None:
        raise Conflict(f"Nothing lies in a tote {tote[:20]} here.", code="wrong_tote", field="tote_code")
    if not place.is_shared:
        raise Conflict(
            f"Tote {tote} is of {place.demand_group} alone: pack that order.", code="wrong_tote", field="tote_code"
        )
    return place


def _wanted(place: CartTote, tote: str, item_code: str) -> list[_Unit]:
    """The units in the tote that the scanned one may be: of one item and lot."""
    units = _units(place)
    try:
        item = KnownItems({unit.sku_id for unit in units}).find(item_code, field="item_code")
    except Invalid as refusal:
        if refusal.code != "unknown_barcode":
            raise
        raise _wrong_unit(item_code, tote) from refusal
    found = [unit for unit in units if unit.sku_id in item.sku_ids]
    if item.scan.lot:
        found = [unit for unit in found if unit.lot is None or unit.lot == item.scan.lot]
    if not found:
        raise _wrong_unit(item_code, tote)
    if len({(unit.sku_id, unit.lot_id) for unit in found}) > 1:
        lots = ", ".join(sorted({unit.lot or "none" for unit in found}))
        raise Conflict(
            f"Which lot is it? Tote {tote} holds several ({lots}): scan the code that names the lot.",
            code="lot_needed",
            field="item_code",
        )
    if found[0].recalled_at:
        raise Conflict(
            f"Stop: lot {found[0].lot} is recalled. Put the unit aside: its order waits.",
            code="lot_recalled",
            field="item_code",
        )
    return found


def _units(place: CartTote) -> Sequence[_Unit]:
    tasks = PickTask.objects.filter(cart_tote=place, picked__gt=0)
    waiting = tasks.filter(reservation__order_line__order__state=Order.State.PICKED)
    columns = ("reservation__order_line__order", "sku_id", "lot_id", "lot__code", "lot__recalled_at")
    return [_Unit(*row) for row in waiting.order_by("pk").values_list(*columns)]


def _lock_most_urgent(orders: QuerySet[Order]) -> Order | None:
    """The most urgent of the orders still to be packed, locked. None when others have packed them all meanwhile."""
    waiting = orders.filter(~Q(hold=Order.Hold.RECALLED), state=Order.State.PICKED)
    by_urgency = waiting.order_by("ship_by", "priority", "placed_at", "pk")
    while True:
        if order := lock_first_free(by_urgency):
            return order
        if not waiting.exists():
            return None
        wait_for_orders(waiting)


def _wrong_unit(item_code: str, tote: str) -> Conflict:
    return Conflict(
        f"Stop: no order in tote {tote} waits for {item_code[:40]}. Put it aside.",
        code="wrong_unit",
        field="item_code",
    )
