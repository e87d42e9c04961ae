"""Counting at the dock: which line of a carton each scan counts for, what nobody announced, and what is too much."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model

from foundation import clock
from foundation.errors import Conflict, Invalid
from foundation.quantities import whole_quantity
from warehouses.models import Barcode, Bin, Carton, CartonLine, Condition, Finding, Lot, Move, ReceiptScan, Sku
from warehouses.services.identifying import Item, KnownItems, barcode_value
from warehouses.services.moving import Step

MOST_TIMES = 10
"""More than so many times the plan is a slip of the finger until a supervisor says that it is not."""
SUPERVISES = "warehouses.change_carton"
"""The permission of who may say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitScan:
    """One scan of units in a carton. `scan_id` is drawn by the station: the same scan sent twice counts once.

    `lot` is what the worker reads off the goods, where the code doesn't say it. `is_unexpected` says the worker has
    seen that it should not be in this carton: another item of the seller gets a line with none planned, and what
    nobody knows is kept as a finding, in no stock.
    """

    scan_id: uuid.UUID
    code: str
    quantity: int = 1
    condition: str = Condition.SELLABLE
    lot: str = ""
    is_unexpected: bool = False


@dataclass(slots=True)
class DockCount:
    """One call's scans becoming rows, in the order given. `lines` are the carton's, locked; they are added up here."""

    carton: Carton
    lines: list[CartonLine]
    station: str
    worker_id: int | None
    supervisor_id: int | None
    may_exceed: bool
    receipts: list[ReceiptScan] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Units that were taken."""
        return sum(row.quantity for row in self.receipts) + sum(row.quantity for row in self.findings)

    @property
    def touched(self) -> Collection[CartonLine]:
        """The lines that something was counted for."""
        return {row.line.pk: row.line for row in self.receipts}.values()

    def take(self, scans: Collection[tuple[int, UnitScan]]) -> None:
        """Takes the scans, each with its row. Raises what `receiving.count_units` says."""
        expected = KnownItems({line.sku_id for line in self.lines})
        lines_of: dict[int, list[CartonLine]] = {}
        for line in self.lines:
            lines_of.setdefault(line.sku_id, []).append(line)
        unexpected = [scan.code for _, scan in scans if scan.is_unexpected]
        known = KnownItems(self._skus_of(unexpected)) if unexpected else expected
        for row, scan in scans:
            quantity = whole_quantity(scan.quantity, row=row)
            if scan.condition not in (Condition.SELLABLE, Condition.DAMAGED):
                raise Invalid("At the dock a unit is sellable or damaged.", code="condition_invalid", row=row)
            if not scan.is_unexpected:
                self._count(scan, _line_for(scan, lines_of, expected, row), quantity, row)
                continue
            foreign = self._unexpected(scan, known.named(scan.code), lines_of)
            if foreign is None:
                self.findings.append(Finding(carton=self.carton, **self._facts(scan, quantity)))
            else:
                self._count(scan, foreign, quantity, row)

    def _skus_of(self, codes: Iterable[str]) -> set[int]:
        """The seller's items that carry one of these codes."""
        values = {barcode_value(code) for code in codes}
        rows = Barcode.objects.filter(seller_id=self.carton.inbound.seller_id, value__in=values)
        return set(rows.values_list("sku_id", flat=True))

    def _unexpected(
        self, scan: UnitScan, item: Item | None, lines_of: dict[int, list[CartonLine]]
    ) -> CartonLine | None:
        """The line of what should not be here, made if it is the first; None when nobody can say what it is."""
        if item is None or len(item.sku_ids) != 1:
            return None
        (sku_id,) = item.sku_ids
        sku, lot = Sku.objects.get(pk=sku_id), None
        if sku.tracks_lots:
            lot = Lot.objects.filter(sku=sku, code=item.scan.lot or scan.lot.strip()).first()
            if lot is None:
                return None
        lines = lines_of.setdefault(sku_id, [])
        for line in lines:
            if line.lot_id == (lot.pk if lot else None):
                return line
        lines.append(CartonLine.objects.create(carton=self.carton, sku=sku, lot=lot, planned=0))
        self.lines.append(lines[-1])
        return lines[-1]

    def _count(self, scan: UnitScan, line: CartonLine, quantity: int, row: int) -> None:
        found = line.good + line.damaged + quantity
        over = found - line.planned
        needs_supervisor = found > MOST_TIMES * max(line.planned, 1)
        if needs_supervisor and self.supervisor_id is None:
            raise Conflict(
                f"{line.sku.code}: {line.planned} planned and {found} counted. A supervisor has to confirm that.",
                code="supervisor_needed",
                field="quantity",
                row=row,
                sku=line.sku.code,
            )
        if over > 0 and line.planned and not self.may_exceed:
            raise Conflict(
                f"{line.sku.code}: {line.planned} planned in this carton, this scan makes {over} too many. "
                "A supervisor can take them in.",
                code="over_receipt",
                field="quantity",
                row=row,
                sku=line.sku.code,
            )
        add_up(line, scan.condition, quantity)
        self.receipts.append(
            ReceiptScan(
                line=line,
                condition=scan.condition,
                confirmed_by_id=self.supervisor_id if over > 0 else None,
                **self._facts(scan, quantity),
            )
        )

    def _facts(self, scan: UnitScan, quantity: int) -> dict[str, object]:
        return {
            "scan_id": scan.scan_id,
            "code": scan.code[:80],
            "quantity": quantity,
            "worker_id": self.worker_id,
            "station": self.station,
            "scanned_at": clock.now(),
        }


def _line_for(scan: UnitScan, lines_of: dict[int, list[CartonLine]], items: KnownItems, row: int) -> CartonLine:
    item = items.find(scan.code, row=row)
    matching = [line for sku_id in item.sku_ids for line in lines_of.get(sku_id, ())]
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


def add_up(line: CartonLine, condition: str, units: int) -> None:
    """So many more units of the line in this condition; fewer when negative."""
    if condition == Condition.SELLABLE:
        line.good += units
    else:
        line.damaged += units


def supervising(user_id: int | None) -> int | None:
    """The id of who may let in more than ten times the plan. Raises `Conflict` (`supervisor_needed`) for others."""
    if user_id is None:
        return None
    user = get_user_model().objects.filter(pk=user_id).first()
    if user is None or not user.has_perm(SUPERVISES):
        raise Conflict("Only a supervisor can confirm this.", code="supervisor_needed", field="supervisor_id")
    return user.pk


def refuse_unless_open(carton: Carton) -> None:
    """Raises `Conflict` (`carton_not_open`) unless the carton's units are being counted."""
    if carton.state != Carton.State.ARRIVED:
        raise Conflict(
            f"Carton {carton.sscc} is {carton.get_state_display().lower()}, not open for counting.",
            code="carton_not_open",
        )


def receipt_steps(carton: Carton, receipts: Collection[ReceiptScan]) -> list[Step]:
    """What the scans mean in the ledger: onto the dock, or off it again where they undo another."""
    dock = Bin.objects.filter(hub_id=carton.inbound.hub_id, kind=Bin.Kind.DOCK).order_by("code")[:1].get()
    return [
        Step(
            kind=Move.Kind.RECEIVE,
            source=f"receipt:{receipt.scan_id}",
            sku_id=receipt.line.sku_id,
            lot_id=receipt.line.lot_id,
            quantity=receipt.quantity,
            from_bin_id=dock.pk if receipt.undoes_id else None,
            to_bin_id=None if receipt.undoes_id else dock.pk,
            condition=receipt.condition,
        )
        for receipt in receipts
    ]
