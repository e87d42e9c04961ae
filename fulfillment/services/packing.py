"""Packing: every unit is scanned out of its tote, a box is chosen, and the order becomes parcels."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, Sum, When

from foundation import clock
from foundation.errors import Conflict
from foundation.jobs import enqueue
from foundation.quantities import whole_quantity
from fulfillment.models import Order, Pack, PackLine
from fulfillment.services.announcing import announce_orders
from fulfillment.services.choosing import rules_of
from fulfillment.services.declaring import packed_customs
from fulfillment.services.hazards import goods_of, refuse_without_stickers
from fulfillment.services.holding import find_locked
from labels.scanning import parse_scan
from shipping.carriers.base import Place
from shipping.models import Box, Parcel, Shipment
from shipping.planning.cartons.goods import BoxSize, CannotPack, Item, PackedBox
from shipping.planning.cartons.packing import pack
from shipping.planning.dangerous import groups_of, kinds_of, marks_of
from shipping.planning.dangerous import heaviest_g as most_parcel_g
from shipping.planning.rating import ParcelSize, Terms
from shipping.services.quoting import (
    Quote,
    Wish,
    box_sizes,
    boxes_in_use,
    choose_among,
    heaviest_parcel_g,
    terms_at,
)
from shipping.services.shipments import ParcelInput, ShipmentInput, create_shipment
from warehouses.models import Bin, CartTote, Hub, Lot, Move, PickTask, Sku
from warehouses.services.carts import free_empty_totes
from warehouses.services.identifying import KnownItems
from warehouses.services.moving import Step, post_moves, ring


@dataclass(frozen=True, slots=True, kw_only=True)
class PackScan:
    """The packer took `quantity` units of the scanned item out of the scanned tote."""

    tote_code: str
    item_code: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class _InTote:
    """Picked units of one order line and lot, in one tote. `shared_id`: its place on a cart, if others share it."""

    shared_id: int | None
    tote_id: int
    tote_code: str
    sku_id: int
    lot_id: int | None
    line_id: int
    reservation_id: int
    quantity: int


@transaction.atomic
def pack_order(
    *,
    order_id: int,
    scans: Sequence[PackScan],
    station: str,
    worker_id: int | None = None,
    stickers: Sequence[str] = (),
) -> Pack:
    """Verifies an order's units by scan and packs them; the label is bought by a job. Packed already, it stays so.

    `stickers` are the codes of the battery marks the packer put on, one for each that the parcels need.

    An order that shares its tote is packed so, too; `pack_single` chooses one by what was scanned.

    Raises `Conflict`: `order_not_picked`; the hard stops `wrong_tote`, `wrong_unit`, `too_many`,
    `not_all_scanned`, `lot_recalled`; `no_box` when something fits no box; `sticker_needed`; `customs_data_missing`.
    `Invalid` from the scans (`unknown_barcode`, `quantity_invalid`, `sticker_unknown`) and from the choice of a
    service (`no_service`). Then nothing is packed.
    """
    order = find_locked(order_id)
    if order.state != Order.State.PICKED:
        if done := Pack.objects.filter(order=order).first():
            return done
        raise Conflict(f"{order.number} is {order.get_state_display().lower()}, not picked.", code="order_not_picked")
    return pack_locked(order, scans, station=station, worker_id=worker_id, stickers=stickers)


def pack_locked(
    order: Order,
    scans: Sequence[PackScan],
    *,
    station: str,
    worker_id: int | None = None,
    scan_id: uuid.UUID | None = None,
    stickers: Sequence[str] = (),
) -> Pack:
    """Packs a picked order that the caller has locked; `scan_id` is the scan that chose it. Raises as `pack_order`."""
    if order.hold == Order.Hold.RECALLED:
        raise Conflict(f"Stop: {order.number} holds units of a recalled lot.", code="lot_recalled")
    contents = _contents(order)
    skus = Sku.objects.in_bulk({unit.sku_id for unit in contents})
    _verify(contents, skus, scans)
    _tell_apart(contents, scans)
    terms, kinds = terms_at(order.hub.code), boxes_in_use()
    goods = kinds_of([goods_of(skus[unit.sku_id], quantity=unit.quantity) for unit in contents])
    heaviest_g = heaviest_parcel_g(terms, order.ship_to.country, goods=goods)
    boxes = _boxes(contents, skus, box_sizes(kinds.values()), heaviest_g)
    sku_of = {unit.line_id: skus[unit.sku_id] for unit in contents}
    parcels = _parcels(order, boxes, kinds, sku_of)
    refuse_without_stickers(hub=order.hub, marks=[parcel.marks for parcel in parcels], scanned=stickers)
    shipment = _ship(order, parcels, terms, goods)
    record = Pack.objects.create(
        order=order, worker_id=worker_id, station=station, scan_id=scan_id, packed_at=clock.now()
    )
    _write_lines(record, boxes, shipment)
    moves = post_moves(hub_id=order.hub_id, steps=_steps(order, contents), actor_id=worker_id)
    CartTote.objects.filter(demand_group=order.number, freed_at=None).update(freed_at=clock.now())
    order.pack()
    order.packed_at, order.shipment = clock.now(), shipment
    order.save(update_fields=["state", "packed_at", "shipment"])
    announce_orders("order.packed", [order], data={"parcels": len(boxes)})
    enqueue("fulfillment.label_packed", once=f"labels:{order.hub_id}", hub_id=order.hub_id)
    ring(order.hub_id, moves)
    if shared := {unit.shared_id for unit in contents if unit.shared_id}:
        free_empty_totes(CartTote.objects.filter(pk__in=shared))
    return record


def _contents(order: Order) -> list[_InTote]:
    tasks = PickTask.objects.filter(reservation__demand_group=order.number, picked__gt=0)
    shared = Case(When(cart_tote__demand_group="", then=F("cart_tote")))
    rows = tasks.values_list(
        shared,
        "cart_tote__tote_id",
        "cart_tote__tote__code",
        "sku_id",
        "lot_id",
        "reservation__order_line__id",
        "reservation_id",
    ).annotate(n=Sum("picked"))
    return [_InTote(*row) for row in rows.order_by("cart_tote__tote__code", "reservation_id", "lot_id")]


def _verify(contents: Sequence[_InTote], skus: dict[int, Sku], scans: Sequence[PackScan]) -> None:
    """The scans must be exactly what was picked, tote by tote; the first difference stops the bench."""
    expected: Counter[tuple[str, int]] = Counter()
    for unit in contents:
        expected[unit.tote_code, unit.sku_id] += unit.quantity
    totes = {unit.tote_code for unit in contents}
    items = KnownItems(skus)
    seen: Counter[tuple[str, int]] = Counter()
    for row, scan in enumerate(scans, start=1):
        tote = scan.tote_code.strip().upper()
        if tote not in totes:
            raise Conflict(f"Tote {tote[:20]} is not of this order.", code="wrong_tote", field="tote_code", row=row)
        found = [sku_id for sku_id in items.find(scan.item_code, row=row).sku_ids if (tote, sku_id) in expected]
        if not found:
            raise Conflict(
                f"Stop: {scan.item_code[:40]} does not belong in tote {tote}.",
                code="wrong_unit",
                field="item_code",
                row=row,
            )
        seen[tote, found[0]] += whole_quantity(scan.quantity, row=row)
        if seen[tote, found[0]] > expected[tote, found[0]]:
            raise Conflict(f"Stop: one too many of {skus[found[0]].code}.", code="too_many", field="quantity", row=row)
    missing = expected - seen
    if missing:
        (tote, sku_id), units = next(iter(missing.items()))
        raise Conflict(f"{units} of {skus[sku_id].code} in tote {tote} not scanned yet.", code="not_all_scanned")


def _tell_apart(contents: Sequence[_InTote], scans: Sequence[PackScan]) -> None:
    """In a shared tote lie others' units of the same item: this one is of the order's lot, and of no recalled one."""
    shared = [unit for unit in contents if unit.shared_id]
    if not shared:
        return
    (unit,), (scan,) = shared, scans  # one unit in all, and it was scanned
    lot = parse_scan(scan.item_code).lot
    if lot and unit.lot_id and not Lot.objects.filter(pk=unit.lot_id, code=lot).exists():
        raise Conflict(f"Stop: a unit of lot {lot} is for another order.", code="wrong_unit", field="item_code")
    waiting = PickTask.objects.filter(reservation__order_line__order__state=Order.State.PICKED, picked__gt=0)
    here = waiting.filter(cart_tote=unit.shared_id, sku=unit.sku_id)
    if not lot and here.filter(lot__recalled_at__isnull=False).exists():
        raise Conflict(
            f"Stop: units of a recalled lot lie in tote {unit.tote_code}: scan the code that names the lot.",
            code="lot_recalled",
            field="item_code",
        )


def _boxes(
    contents: Sequence[_InTote], skus: dict[int, Sku], sizes: Sequence[BoxSize], heaviest_g: int
) -> list[PackedBox]:
    """Full boxes of these `sizes`, none heavier than the carriers take to the buyer's country (0: nobody goes).

    What may not lie together goes into boxes of its own.
    """
    units: Counter[tuple[int, int | None]] = Counter()
    sku_of = {}
    for unit in contents:
        units[unit.line_id, unit.lot_id] += unit.quantity
        sku_of[unit.line_id] = skus[unit.sku_id]
    items = [
        Item(
            key=f"{line_id}/{lot_id or ''}",
            length_mm=sku_of[line_id].length_mm,
            width_mm=sku_of[line_id].width_mm,
            height_mm=sku_of[line_id].height_mm,
            weight_g=sku_of[line_id].weight_g,
            quantity=quantity,
            upright=sku_of[line_id].is_fragile,
            fragile=sku_of[line_id].is_fragile,
        )
        for (line_id, lot_id), quantity in units.items()
    ]
    all_goods = [
        goods_of(sku_of[line_id], quantity=quantity, key=f"{line_id}/{lot_id or ''}")
        for (line_id, lot_id), quantity in units.items()
    ]
    boxes: list[PackedBox] = []
    try:
        for group in groups_of(all_goods):
            keys = {goods.item for goods in group}
            limits = [limit for limit in (heaviest_g, most_parcel_g(group)) if limit]
            taken = [replace(size, max_weight_g=min(size.max_weight_g, *limits)) for size in sizes] if limits else sizes
            boxes += pack([item for item in items if item.key in keys], taken).parcels
        return boxes
    except CannotPack as error:
        code = sku_of[int(error.key.partition("/")[0])].code
        raise Conflict(f"{code} fits in none of the boxes.", code="no_box", sku=code) from error


def _parcels(
    order: Order, boxes: Sequence[PackedBox], kinds: Mapping[str, Box], sku_of: Mapping[int, Sku]
) -> tuple[ParcelInput, ...]:
    """The boxes as parcels: outside measures, hazard marks and, over a border, what customs are told of each."""
    units = [_units_by_line(box) for box in boxes]
    marks = marks_of([[goods_of(sku_of[line], quantity=n) for line, n in lines.items()] for lines in units])
    customs = packed_customs(order, units)
    return tuple(
        ParcelInput(*kinds[box.box.code].outer_mm, box.weight_g, box.box.code, customs=declared, marks=signs)
        for box, signs, declared in zip(boxes, marks, customs, strict=True)
    )


def _units_by_line(box: PackedBox) -> dict[int, int]:
    """The units in a box by order line, whatever lot they are of."""
    found: Counter[int] = Counter()
    for key, quantity in box.contents.items():
        found[int(key.partition("/")[0])] += quantity
    return dict(found)


def _ship(order: Order, parcels: tuple[ParcelInput, ...], terms: Sequence[Terms], goods: frozenset[str]) -> Shipment:
    quote = _choose_service(order, parcels, terms, goods)
    return create_shipment(
        shipment=ShipmentInput(
            reference=order.number,
            site=order.hub.code,
            ship_to_id=order.ship_to_id,
            ship_from=sender(order.hub),
            service_id=quote.service_id,
            parcels=parcels,
            ship_by=order.ship_by,
        )
    )


def _choose_service(
    order: Order, parcels: tuple[ParcelInput, ...], terms: Sequence[Terms], goods: frozenset[str]
) -> Quote:
    sizes = tuple(ParcelSize(p.length_mm, p.width_mm, p.height_mm, p.weight_g) for p in parcels)
    ready: datetime = max(order.ship_by, clock.now()).astimezone(ZoneInfo(order.hub.timezone))
    rules = rules_of(order.seller_id)
    return choose_among(terms, [Wish(order.ship_to.country, sizes, ready, goods=goods, rules=rules)])[0]


def sender(hub: Hub) -> Place:
    """The hub as the carrier's sender."""
    return Place(
        name=hub.name,
        company=hub.company,
        line1=hub.street,
        postcode=hub.postcode,
        city=hub.city,
        country=hub.country,
        phone=hub.phone,
    )


def _write_lines(record: Pack, boxes: Sequence[PackedBox], shipment: Shipment) -> None:
    parcels = Parcel.objects.filter(shipment=shipment).order_by("sequence").values_list("pk", flat=True)
    lines = []
    for parcel_id, box in zip(parcels, boxes, strict=True):
        for key, quantity in box.contents.items():
            line_id, _, lot_id = key.partition("/")
            lines.append(
                PackLine(
                    pack=record,
                    parcel_id=parcel_id,
                    line_id=int(line_id),
                    lot_id=int(lot_id) if lot_id else None,
                    quantity=quantity,
                )
            )
    PackLine.objects.bulk_create(lines, batch_size=2_000)


def _steps(order: Order, contents: Sequence[_InTote]) -> list[Step]:
    dispatch = Bin.objects.filter(hub_id=order.hub_id, kind=Bin.Kind.DISPATCH).order_by("code")
    dispatch_id = dispatch.values_list("pk", flat=True)[:1].get()
    return [
        Step(
            kind=Move.Kind.PACK,
            source=f"pack:{order.number}",
            source_line=line,
            sku_id=unit.sku_id,
            lot_id=unit.lot_id,
            quantity=unit.quantity,
            from_bin_id=unit.tote_id,
            to_bin_id=dispatch_id,
            reservation_id=unit.reservation_id,
        )
        for line, unit in enumerate(contents)
    ]
