"""Receiving: cartons and units are scanned at the dock; each scan is kept as proof."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.sql import update_many
from labels.drawing import gs1
from labels.scanning import parse_scan
from warehouses.locks import lock_carton, lock_carton_lines, lock_carton_to_count
from warehouses.models import Carton, CartonLine, Finding, Hub, Inbound, ReceiptScan
from warehouses.services.cases import open_cases
from warehouses.services.closing import close_if_put_away
from warehouses.services.dock_counting import (
    DockCount,
    UnitScan,
    add_up,
    receipt_steps,
    refuse_unless_open,
    supervising,
)
from warehouses.services.docking import note_arrived, note_counted
from warehouses.services.identifying import items_of_seller
from warehouses.services.moving import post_moves, ring
from warehouses.services.photos import refuse_missing_photos
from warehouses.signals import News, What


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
    if inbound.state in Inbound.COMING:
        inbound.arrive()
        inbound.arrived_at = now
        inbound.save(update_fields=["state", "arrived_at"])
        note_arrived(inbound)
        ring(hub.pk, [], news=[News(What.ARRIVED, inbound, {"by": "dock"})])
    elif inbound.state not in (Inbound.State.ARRIVED, Inbound.State.RECEIVING):
        state = inbound.get_state_display().lower()
        text = f"{inbound.number} is {state}: set the carton aside until it is announced anew."
        raise Conflict(text, code="inbound_not_open")
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
    supervisor_id: int | None = None,
) -> int:
    """Counts scanned units of an arrived carton onto the dock; returns the units that were new.

    Raises `NotFound` (`carton_unknown`), `Invalid` (`unknown_barcode`, `quantity_invalid`, `condition_invalid`,
    `lot_unknown`; `lot_needed` where the carton holds several), `Conflict` (`carton_not_open`; `over_receipt`
    when more turn up than planned, unless a supervisor lets them in with `may_exceed`; `supervisor_needed` for more
    than ten times the plan, unless `supervisor_id` names one, which is kept). One bad scan refuses the whole call,
    and nothing is counted.
    """
    try:
        carton = lock_carton_to_count(carton_id)
    except Carton.DoesNotExist:
        raise NotFound("There is no such carton.", code="carton_unknown") from None
    fresh = _fresh(scans)
    if not fresh:
        return 0
    refuse_unless_open(carton)
    supervisor = supervising(supervisor_id)
    lines = lock_carton_lines(carton, sku_ids=_scanned_skus(carton, fresh))
    count = DockCount(carton, lines, station, worker_id, supervisor, may_exceed or supervisor is not None)
    count.take(fresh)
    ReceiptScan.objects.bulk_create(count.receipts, batch_size=2_000)
    Finding.objects.bulk_create(count.findings, batch_size=2_000)
    update_many(CartonLine, count.touched, ["good", "damaged"])
    _start(carton.inbound)
    hub_id = carton.inbound.hub_id
    ring(hub_id, post_moves(hub_id=hub_id, actor_id=worker_id, steps=receipt_steps(carton, count.receipts)))
    return count.units


def _scanned_skus(carton: Carton, scans: Sequence[tuple[int, UnitScan]]) -> set[int] | None:
    """The seller's items that the codes may name: of a large carton only their lines are read. None is all of them.

    A code that says nothing is passed over here, and refused when its turn comes.
    """
    if any(scan.is_unexpected for _, scan in scans):
        return None
    return items_of_seller(carton.inbound.seller_id, (scan.code for _, scan in scans))


def _carton(carton_id: int) -> Carton:
    try:
        return lock_carton(pk=carton_id)
    except Carton.DoesNotExist:
        raise NotFound("There is no such carton.", code="carton_unknown") from None


def _fresh(scans: Sequence[UnitScan]) -> list[tuple[int, UnitScan]]:
    """The scans that were not counted before, each once, with their rows from 1."""
    ids = [scan.scan_id for scan in scans]
    known = set(ReceiptScan.objects.filter(scan_id__in=ids).values_list("scan_id", flat=True))
    if any(scan.is_unexpected for scan in scans):
        known |= set(Finding.objects.filter(scan_id__in=ids).values_list("scan_id", flat=True))
    fresh: dict[uuid.UUID, tuple[int, UnitScan]] = {}
    for row, scan in enumerate(scans, start=1):
        if scan.scan_id not in known:
            fresh.setdefault(scan.scan_id, (row, scan))
    return list(fresh.values())


def _start(inbound: Inbound) -> None:
    if inbound.state == Inbound.State.ARRIVED:
        inbound.start_receiving()
        inbound.first_scan_at = clock.now()
        inbound.save(update_fields=["state", "first_scan_at"])


@transaction.atomic
def undo_scan(*, scan_id: uuid.UUID, station: str, worker_id: int | None = None) -> ReceiptScan | Finding:
    """Takes a scan of a carton back, all its units, by a scan of its own; both are kept. Twice is once.

    Returns the undo. Raises `NotFound` (`scan_unknown`), `Invalid` (`scan_is_an_undo`), `Conflict`
    (`carton_not_open`) once the carton's count is closed.
    """
    scan = ReceiptScan.objects.select_related("line").filter(scan_id=scan_id).first()
    found = scan or Finding.objects.filter(scan_id=scan_id).first()
    if found is None:
        raise NotFound("There is no such scan.", code="scan_unknown", field="scan_id")
    if found.undoes_id:
        raise Invalid("This scan took another back: count the units again.", code="scan_is_an_undo", field="scan_id")
    carton = _carton(found.line.carton_id if isinstance(found, ReceiptScan) else found.carton_id)
    before = type(found).objects.filter(undoes=found.pk).first()
    if before is not None:
        return before
    refuse_unless_open(carton)
    facts = {
        # One scan has one undo, whoever sends it.
        "scan_id": uuid.uuid5(scan_id, "undo"),
        "code": found.code,
        "quantity": found.quantity,
        "undoes_id": found.pk,
        "worker_id": worker_id,
        "station": station,
        "scanned_at": clock.now(),
    }
    if isinstance(found, Finding):
        return Finding.objects.create(carton=carton, **facts)
    line = next(line for line in lock_carton_lines(carton) if line.pk == found.line_id)
    add_up(line, found.condition, -found.quantity)
    line.save(update_fields=["good", "damaged"])
    undo = ReceiptScan.objects.create(line=line, condition=found.condition, **facts)
    hub_id = carton.inbound.hub_id
    ring(hub_id, post_moves(hub_id=hub_id, actor_id=worker_id, steps=receipt_steps(carton, [undo])))
    return undo


@transaction.atomic
def close_carton(*, carton_id: int, actor_id: int | None = None) -> Carton:
    """Ends a carton's count: what was not seen is missing, what was too much is surplus. Twice is once.

    Every difference opens a case. With its last carton the inbound is received. Raises `NotFound`
    (`carton_unknown`), and `Conflict` (`carton_not_open`) before it arrived, (`photo_missing`) where the hub wants
    a photo of what is not good.
    """
    carton = _carton(carton_id)
    if carton.state == Carton.State.RECEIVED:
        return carton
    if carton.state != Carton.State.ARRIVED:
        raise Conflict(f"Carton {carton.sscc} has not arrived.", code="carton_not_open")
    refuse_missing_photos(carton)
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
    news = [News(What.CARTON_RECEIVED, inbound, _found(carton, lines)), *open_cases(carton, lines, actor_id=actor_id)]
    if not inbound.cartons.exclude(state=Carton.State.RECEIVED).exists():
        inbound.finish_receiving()
        inbound.received_at = clock.now()
        inbound.save(update_fields=["state", "received_at"])
        note_counted(inbound)
        news.append(News(What.RECEIVED, inbound))
        close_if_put_away(inbound)
    ring(inbound.hub_id, [], news=news)
    return carton


def _found(carton: Carton, lines: Sequence[CartonLine]) -> dict[str, object]:
    sums = {name: sum(getattr(line, name) for line in lines) for name in ("good", "damaged", "missing", "surplus")}
    return {"carton": carton.number, "sscc": carton.sscc, **sums}
