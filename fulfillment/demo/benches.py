"""Packers in a played day: they empty totes, scan every unit, and close the boxes."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Max, Sum

from foundation import clock
from foundation.errors import Conflict, DomainError
from fulfillment.demo import crew
from fulfillment.demo.codes import ItemCodes
from fulfillment.demo.world import World
from fulfillment.models import Order, Pack
from fulfillment.services.packing import PackScan, pack_order
from fulfillment.services.packing_singles import pack_single
from shipping.models import HazardSticker
from warehouses.models import Hub, PickTask


@dataclass(frozen=True, slots=True)
class InTotes:
    """What lies in an order's totes: one row per tote, item and lot. `group`: whose tote it is, empty if shared."""

    tote: str
    group: str
    sku_id: int
    lot: str | None
    expires_on: date | None
    units: int
    volume_mm3: int


@dataclass
class Benches:
    """What packers do with an order. `wrong` counts scans the bench stopped; `left` are orders it could not pack."""

    hub: Hub
    world: World
    codes: ItemCodes
    wrong: int = 0
    left: list[str] = field(default_factory=list)
    _open: dict[int, list[InTotes]] = field(default_factory=dict)

    def ends_at(self, order: Order, *, at: datetime) -> datetime:
        """When a packer who begins at `at` has closed the last box."""
        rows = self._open[order.pk] = _contents(order)
        volume_mm3 = sum(row.volume_mm3 for row in rows)
        return at + timedelta(seconds=crew.pack_s(quantities=[row.units for row in rows], volume_mm3=volume_mm3))

    def pack(self, order: Order, *, station: str, worker_id: int, at: datetime) -> None:
        """Scans everything out of the totes that were opened at `ends_at`, and closes the boxes."""
        rows = self._open.pop(order.pk)
        is_shared = not all(row.group for row in rows)
        slips = self.world.scans_wrong("pack", order.external_ref)
        with clock.playing(at):
            try:
                if is_shared:
                    self._pack_single(rows[0], station, worker_id, slips=slips)
                else:
                    self._pack_whole(order, rows, station, worker_id, slips=slips)
            except DomainError as refusal:  # no box, no carrier: it stays in its totes until somebody has decided
                self.left.append(f"{order.number}: {refusal.code}")

    def _pack_single(self, row: InTotes, station: str, worker_id: int, *, slips: bool) -> None:
        """A unit out of a shared tote: whoever wants it most urgently gets it, not always who was thought of."""
        if slips:
            self._other_unit(row, station, worker_id)
        self._with_stickers(
            partial(
                pack_single,
                hub=self.hub,
                tote_code=row.tote,
                item_code=self.codes.read(row.sku_id, lot=row.lot or "", expires_on=row.expires_on),
                scan_id=uuid.uuid4(),
                station=station,
                worker_id=worker_id,
            )
        )

    def _with_stickers(self, pack: Callable[..., Pack]) -> None:
        """Packs; where the bench asks for hazard marks, takes them off their rolls and packs again."""
        stickers: list[str] = []
        while True:
            try:
                pack(stickers=stickers)
            except Conflict as refusal:
                if refusal.code != "sticker_needed":
                    raise
                roll = HazardSticker.objects.filter(site=self.hub.code, mark=refusal.facts["mark"]).first()
                if roll is None:
                    raise
                stickers += [roll.barcode] * refusal.facts["missing"]
            else:
                return

    def _other_unit(self, row: InTotes, station: str, worker_id: int) -> None:
        """The tote is scanned where the unit should be: no order waits for that."""
        try:
            pack_single(
                hub=self.hub,
                tote_code=row.tote,
                item_code=row.tote,
                scan_id=uuid.uuid4(),
                station=station,
                worker_id=worker_id,
            )
        except DomainError:
            self.wrong += 1

    def _pack_whole(self, order: Order, rows: Sequence[InTotes], station: str, worker_id: int, *, slips: bool) -> None:
        scans = [
            PackScan(tote_code=row.tote, item_code=self.codes.read(row.sku_id), quantity=row.units) for row in rows
        ]
        if slips:
            self._one_too_many(order, scans, station, worker_id)
        self._with_stickers(partial(pack_order, order_id=order.pk, scans=scans, station=station, worker_id=worker_id))

    def _one_too_many(self, order: Order, scans: Sequence[PackScan], station: str, worker_id: int) -> None:
        """A unit scanned twice: the bench stops before the box is closed."""
        try:
            pack_order(order_id=order.pk, scans=[*scans, scans[0]], station=station, worker_id=worker_id)
        except DomainError:
            self.wrong += 1


def _contents(order: Order) -> list[InTotes]:
    tasks = PickTask.objects.filter(reservation__demand_group=order.number, picked__gt=0)
    rows = tasks.values_list(
        "cart_tote__tote__code", "cart_tote__demand_group", "sku_id", "lot__code", "lot__expires_on"
    ).annotate(units=Sum("picked"), volume_mm3=Sum("picked") * Max("sku__volume_mm3"))
    return [InTotes(*row) for row in rows.order_by("cart_tote__tote__code", "sku_id")]


def last_closed(hub: Hub) -> dict[str, datetime]:
    """When each bench closed the last box that is recorded."""
    records = Pack.objects.filter(order__hub=hub)
    return dict(records.values_list("station").annotate(at=Max("packed_at")))
