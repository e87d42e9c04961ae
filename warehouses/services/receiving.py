"""Receiving: cartons and units are scanned at the dock; each scan is kept as proof."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.quantities import whole_quantity
from foundation.sql import update_many
from labels.drawing import gs1
from labels.scanning import parse_scan
from warehouses.locks import lock_carton, lock_carton_lines, lock_carton_to_count
from warehouses.models import Bin, Carton, CartonLine, Condition, Hub, Inbound, Move, ReceiptScan
from warehouses.services.identifying import KnownItems
from warehouses.services.inbounds import close_if_put_away
from warehouses.services.moving import Step, post_moves, ring


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitScan:
    """One scan of units in a carton. `scan_id` is drawn by the station: the same scan sent twice counts once.

    `lot` is what the worker reads off the goods, where the code doesn't say it.
    """

    scan_id: uuid.UUID
    code: str
    quantity: int = 1
    condition: str = Condition.SELLABLE
    lot: str = ""


@transaction.atomic
def arrive_carton(*, hub: Hub, code: str) -> Carton:
    """The dock scans a carton's SSCC: carton and inbound have arrived. Scanning it again changes nothing.

    Raises `Invalid` (`sscc_invalid`) for what is no SSCC, `NotFound` (`carton_unknown`) for a carton that
    nobody announced to this hub, `Conflict` (`inbound_not_open`) when its inbound was cancelled or expired.
    """
    sscc = parse_scan(code).sscc
    if not gs1.is_sscc(sscc):
        raise Invalid("This is no carton label: scan the SSCC.", code="sscc_invalid", field="code")
    try:
        carton = lock_carton(sscc=sscc, inbound__hub=hub)
    except Carton.DoesNotExist:
        raise NotFound(f"Nobody announced carton {sscc} to {hub.code}.", code="carton_unknown", field="code") from None
    if carton.state != Carton.State.PLANNED:
        return carton
    inbound, now = carton.inbound, clock.now()
    if inbound.state in (Inbound.State.PLANNED, Inbound.State.IN_TRANSIT):
        inbound.arrive()
        inbound.arrived_at = now
        inbound.save(update_fields=["state", "arrived_at"])
    elif inbound.state not in (Inbound.State.ARRIVED, Inbound.State.RECEIVING):
        raise Conflict(f"{inbound.number} is {inbound.get_state_display().lower()}.", code="inbound_not_open")
    carton.arrive()
    carton.arrived_at = now
    carton.save(update_fields=["state", "arrived_at"])
    return carton


@transaction.atomic
def count_units(
    *,
    carton_id: int,
    scans: Sequence[UnitScan],
    station: str,
    worker_id: int | None = None,
    may_exceed: bool = False,
) -> int:
    """Counts scanned units of an arrived carton onto the dock; returns the units that were new.

    Raises `NotFound` (`carton_unknown`), `Invalid` (`unknown_barcode`, `quantity_invalid`, `condition_invalid`,
    `lot_unknown`; `lot_needed` where the carton holds several), `Conflict` (`carton_not_open`; `over_receipt`
    when more turn up than planned, unless a supervisor lets them in with `may_exceed`). One bad scan refuses
    the whole call, and nothing is counted.
    """
    try:
        carton = lock_carton_to_count(carton_id)
    except Carton.DoesNotExist:
        raise NotFound("There is no such carton.", code="carton_unknown") from None
    fresh = _fresh(scans)
    if not fresh:
        return 0
    if carton.state != Carton.State.ARRIVED:
        raise Conflict(
            f"Carton {carton.sscc} is {carton.get_state_display().lower()}, not open for counting.",
            code="carton_not_open",
        )
    lines = lock_carton_lines(carton)
    items = KnownItems({line.sku_id for line in lines})
    dock = Bin.objects.filter(hub_id=carton.inbound.hub_id, kind=Bin.Kind.DOCK).order_by("code")[:1].get()
    receipts = [
        _receipt(scan, lines, items, may_exceed=may_exceed, row=i, station=station, worker_id=worker_id)
        for i, scan in fresh
    ]
    ReceiptScan.objects.bulk_create(receipts, batch_size=2_000)
    counted = {receipt.line.pk: receipt.line for receipt in receipts}
    update_many(CartonLine, counted.values(), ["good", "damaged"])
    _start(carton.inbound)
    moves = post_moves(
        hub_id=carton.inbound.hub_id,
        actor_id=worker_id,
        steps=[
            Step(
                kind=Move.Kind.RECEIVE,
                source=f"receipt:{receipt.scan_id}",
                sku_id=receipt.line.sku_id,
                lot_id=receipt.line.lot_id,
                quantity=receipt.quantity,
                to_bin_id=dock.pk,
                condition=receipt.condition,
            )
            for receipt in receipts
        ],
    )
    ring(carton.inbound.hub_id, moves)
    return sum(receipt.quantity for receipt in receipts)


def _carton(carton_id: int) -> Carton:
    try:
        return lock_carton(pk=carton_id)
    except Carton.DoesNotExist:
        raise NotFound("There is no such carton.", code="carton_unknown") from None


def _fresh(scans: Sequence[UnitScan]) -> list[tuple[int, UnitScan]]:
    """The scans that were not counted before, each once, with their rows from 1."""
    known = set(ReceiptScan.objects.filter(scan_id__in=[s.scan_id for s in scans]).values_list("scan_id", flat=True))
    fresh: dict[uuid.UUID, tuple[int, UnitScan]] = {}
    for row, scan in enumerate(scans, start=1):
        if scan.scan_id not in known:
            fresh.setdefault(scan.scan_id, (row, scan))
    return list(fresh.values())


def _receipt(
    scan: UnitScan,
    lines: Sequence[CartonLine],
    items: KnownItems,
    *,
    may_exceed: bool,
    row: int,
    station: str,
    worker_id: int | None,
) -> ReceiptScan:
    quantity = whole_quantity(scan.quantity, row=row)
    if scan.condition not in (Condition.SELLABLE, Condition.DAMAGED):
        raise Invalid("At the dock a unit is sellable or damaged.", code="condition_invalid", row=row)
    line = _line_for(scan, lines, items, row)
    over = line.good + line.damaged + quantity - line.planned
    if over > 0 and not may_exceed:
        raise Conflict(
            f"{line.sku.code}: {line.planned} planned in this carton, this scan makes {over} too many. "
            "A supervisor can take them in.",
            code="over_receipt",
            field="quantity",
            row=row,
            sku=line.sku.code,
        )
    if scan.condition == Condition.SELLABLE:
        line.good += quantity
    else:
        line.damaged += quantity
    return ReceiptScan(
        scan_id=scan.scan_id,
        line=line,
        code=scan.code[:80],
        condition=scan.condition,
        quantity=quantity,
        worker_id=worker_id,
        station=station,
        scanned_at=clock.now(),
    )


def _line_for(scan: UnitScan, lines: Sequence[CartonLine], items: KnownItems, row: int) -> CartonLine:
    item = items.find(scan.code, row=row)
    matching = [line for line in lines if line.sku_id in item.sku_ids]
    lot = item.scan.lot or scan.lot.strip()
    if lot:
        matching = [line for line in matching if line.lot and line.lot.code == lot]
        if not matching:
            raise Invalid(f"Lot {lot[:20]} is not announced in this carton.", code="lot_unknown", field="lot", row=row)
    candidates = [line for line in matching if line.good + line.damaged < line.planned] or matching
    if len(candidates) > 1:
        lots = ", ".join(str(line.lot) for line in candidates[:5])
        raise Invalid(f"Which lot is it: {lots}?", code="lot_needed", field="lot", row=row)
    return candidates[0]


def _start(inbound: Inbound) -> None:
    if inbound.state == Inbound.State.ARRIVED:
        inbound.start_receiving()
        inbound.first_scan_at = clock.now()
        inbound.save(update_fields=["state", "first_scan_at"])


@transaction.atomic
def close_carton(*, carton_id: int) -> Carton:
    """Ends a carton's count: what was not seen is missing, what was too much is surplus. Twice is once.

    With its last carton the inbound is received. Raises `NotFound` (`carton_unknown`), and `Conflict`
    (`carton_not_open`) before it arrived.
    """
    carton = _carton(carton_id)
    if carton.state == Carton.State.RECEIVED:
        return carton
    if carton.state != Carton.State.ARRIVED:
        raise Conflict(f"Carton {carton.sscc} has not arrived.", code="carton_not_open")
    lines = lock_carton_lines(carton)
    for line in lines:
        difference = line.planned - line.good - line.damaged
        line.missing, line.surplus = max(difference, 0), max(-difference, 0)
        line.is_closed = True
    update_many(CartonLine, lines, ["missing", "surplus", "is_closed"])
    carton.receive()
    carton.received_at = clock.now()
    carton.save(update_fields=["state", "received_at"])
    inbound = carton.inbound
    if not inbound.cartons.exclude(state=Carton.State.RECEIVED).exists():
        inbound.finish_receiving()
        inbound.received_at = clock.now()
        inbound.save(update_fields=["state", "received_at"])
        close_if_put_away(inbound)
    return carton
