"""Things for tests: a hub with a floor plan, sellers with items, and stock that came in through the services.

Plain functions with keyword arguments; what a test doesn't name is filled in, and names never repeat within
a run. Nothing here writes a balance or a state: goods move by `post_moves` and the services above it.
"""

import io
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.models import User
from PIL import Image

from foundation import clock
from labels.drawing import gs1
from warehouses.models import (
    Balance,
    Barcode,
    Bin,
    BinBalance,
    Carton,
    CartType,
    Condition,
    FloorPlan,
    Hub,
    Inbound,
    Lot,
    Move,
    PickList,
    Reservation,
    Seller,
    Sku,
    Zone,
)
from warehouses.services.assigning import assign
from warehouses.services.batching import plan_carts
from warehouses.services.inbounds import plan_inbound
from warehouses.services.moving import Step, post_moves
from warehouses.services.photos import keep_photo
from warehouses.services.picking import Pick, start_pick_list
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import UnitScan, arrive_carton, close_carton, count_units
from warehouses.services.reserving import Demand, allocate_page, reserve

_next = itertools.count(1).__next__

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A working day at nine o'clock in Amsterdam, for tests that need a known moment."""


# --- people and items ------------------------------------------------------------------------------------


def make_user(username: str = "") -> User:
    """Somebody who may hold a scanner."""
    return User.objects.create(username=username or f"worker{_next()}")


def make_seller(code: str = "") -> Seller:
    """A seller."""
    n = _next()
    code = code or f"shop{n}"
    return Seller.objects.create(code=code, name=f"Shop {n}", email=f"{code}@example.com", country="NL")


def make_gtin(n: int | None = None) -> str:
    """A valid GTIN-14 out of a number."""
    body = f"0871{n or _next():09d}"
    return body + gs1.check_digit(body)


def make_sku(seller: Seller | None = None, code: str = "", *, barcode: str = "", **fields: object) -> Sku:
    """An item with one barcode (a GTIN, unless given); 10 x 10 x 10 cm and 100 g, unless given."""
    n = _next()
    seller = seller or make_seller()
    measures = {"weight_g": 100, "length_mm": 100, "width_mm": 100, "height_mm": 100}
    if fields.get("hazmat_class"):
        fields.setdefault("hazmat_approved_at", MONDAY)
    sku = Sku.objects.create(seller=seller, code=code or f"ITEM-{n}", name=f"Item {n}", **{**measures, **fields})
    value = barcode or make_gtin(n)
    kind = Barcode.Kind.OWN if barcode else Barcode.Kind.GTIN
    Barcode.objects.create(seller=seller, sku=sku, kind=kind, value=value)
    return sku


def make_lot(sku: Sku, code: str = "", expires_on: date | None = None) -> Lot:
    """A lot of an item."""
    return Lot.objects.create(sku=sku, code=code or f"LOT{_next()}", expires_on=expires_on)


def code_of(sku: Sku) -> str:
    """What a scanner reads off a unit."""
    return sku.barcodes.order_by("pk").values_list("value", flat=True)[0]


# --- places ----------------------------------------------------------------------------------------------

AISLE_MM, BAY_MM, FRONT_MM = 3_000, 1_000, 1_000


def make_hub(
    code: str = "",
    *,
    aisles: int = 3,
    bays: int = 4,
    totes: int = 8,
    cart_totes: int = 4,
    bin_volume_mm3: int = 1_000_000_000,
    tote_volume_mm3: int = 50_000_000,
    tote_weight_g: int = 20_000,
) -> Hub:
    """A hub with everything a flow needs: dock, shelves `01-01` (aisle-bay), totes `T1`, and the other places.

    Two cross aisles; the depot is at the front of aisle 0. A bin holds 1 m3 and a tote 50 litres, unless given.
    A carton may weigh what it likes.
    """
    hub = Hub.objects.create(
        code=code or f"H{_next()}", name="Test hub", cutoff=time(16), dispatch=time(18),
        company="Pakhuis", street="Prinsengracht 1", postcode="1015 DK", city="Amsterdam", country="NL",
        sscc_prefix="8710000", carton_max_g=0,
    )  # fmt: skip
    FloorPlan.objects.create(
        hub=hub,
        aisle_x_mm=[AISLE_MM * n for n in range(aisles)],
        cross_y_mm=[0, FRONT_MM + BAY_MM * bays],
        depot_links=[[0, 0, 2_000]],
    )
    CartType.objects.create(
        hub=hub, code="cart", totes=cart_totes, tote_volume_mm3=tote_volume_mm3, tote_weight_g=tote_weight_g
    )
    zone = Zone.objects.create(hub=hub, code="A", name="All of it")
    places = [
        Bin(code="DOCK", kind=Bin.Kind.DOCK),
        Bin(code="OUT", kind=Bin.Kind.DISPATCH),
        Bin(code="DAMAGED", kind=Bin.Kind.QUARANTINE),
        Bin(code="LOST", kind=Bin.Kind.MISSING),
        *(Bin(code=f"T{n}", kind=Bin.Kind.TOTE) for n in range(1, totes + 1)),
        *(
            Bin(
                code=f"{aisle + 1:02d}-{bay + 1:02d}", kind=Bin.Kind.STORAGE, aisle=aisle,
                y_mm=FRONT_MM + BAY_MM * bay, side="L", volume_mm3=bin_volume_mm3, max_weight_g=1_000_000,
            )
            for aisle in range(aisles)
            for bay in range(bays)
        ),
    ]  # fmt: skip
    for place in places:
        place.hub, place.zone, place.check_digits = hub, zone, "42"
    Bin.objects.bulk_create(places)
    return hub


def bin_of(hub: Hub, code: str) -> Bin:
    """A hub's bin by its code."""
    return Bin.objects.get(hub=hub, code=code)


# --- stock -----------------------------------------------------------------------------------------------


def stock(hub: Hub, sku: Sku, quantity: int, *, place: str = "01-01", lot: Lot | None = None) -> Bin:
    """So many sellable units in one named bin, found there by a count: one move of the ledger."""
    where = bin_of(hub, place)
    post_moves(
        hub_id=hub.pk,
        steps=[
            Step(
                kind=Move.Kind.COUNT, source=f"stock:{_next()}", sku_id=sku.pk, lot_id=lot.pk if lot else None,
                quantity=quantity, to_bin_id=where.pk, reason="opening stock",
            )
        ],
    )  # fmt: skip
    return where


def announced(
    hub: Hub,
    contents: Sequence[Mapping[Sku, int]],
    *,
    reference: str = "",
    lots: Mapping[Sku, Lot] | None = None,
    pallet: int | None = None,
) -> list[Carton]:
    """An inbound of one seller, planned: a carton per mapping of item to units, all on the pallet, if any."""
    lots = lots or {}
    cartons = [
        CartonPlan(
            tuple(
                LinePlan(
                    sku=sku.code,
                    quantity=n,
                    lot=lots[sku].code if sku in lots else "",
                    expires_on=lots[sku].expires_on if sku in lots else None,
                )
                for sku, n in content.items()
            ),
            pallet=pallet,
        )
        for content in contents
    ]
    seller = next(iter(contents[0])).seller
    inbound = plan_inbound(
        seller=seller, hub=hub, reference=reference or f"ASN-{_next()}", cartons=cartons,
        freight=Inbound.Freight.PALLET if pallet else Inbound.Freight.PARCEL,
    )  # fmt: skip
    return list(inbound.cartons.select_related("inbound").order_by("number"))


def unit_scan(sku: Sku, quantity: int = 1, condition: str = Condition.SELLABLE, **fields: object) -> UnitScan:
    """A scan at the dock, with an id of its own."""
    values = {"scan_id": uuid.uuid4(), "code": code_of(sku), "quantity": quantity, "condition": condition}
    return UnitScan(**{**values, **fields})


def picture(width: int = 40, height: int = 30, form: str = "JPEG", colour: str = "teal", **more: object) -> bytes:
    """A picture file of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form, **more)
    return out.getvalue()


def count_in(carton: Carton, scans: Sequence[UnitScan], *, photos: Sequence[UnitScan] = ()) -> Carton:
    """The carton arrives, its units are scanned as given, some photographed, and its count is closed."""
    arrive_carton(hub=carton.inbound.hub, code=carton.sscc)
    count_units(carton_id=carton.pk, scans=scans, station="DOCK-1")
    for scan in photos:
        keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=scan.scan_id)
    return close_carton(carton_id=carton.pk)


def received(hub: Hub, contents: Mapping[Sku, int]) -> Inbound:
    """An inbound of one carton that came in whole and lies in its bins: the entire way, through the services."""
    (carton,) = announced(hub, [contents])
    count_in(carton, [unit_scan(sku, n) for sku, n in contents.items()])
    tasks = propose_putaway(inbound_id=carton.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    return Inbound.objects.get(pk=carton.inbound_id)


# --- promises and walks ----------------------------------------------------------------------------------


def demand(sku: Sku, quantity: int, *, group: str = "", **fields: object) -> Demand:
    """A line upstairs that wants units; a group of its own, unless given."""
    ref = f"line-{_next()}"
    values = {"ref": ref, "group": group or ref, "sku_id": sku.pk, "quantity": quantity, "placed_at": MONDAY}
    return Demand(**{**values, **fields})


def queued(hub: Hub, *demands: Demand) -> list[Reservation]:
    """The demands' reservations, waiting."""
    ids = reserve(hub_id=hub.pk, demands=demands)
    return [Reservation.objects.get(pk=ids[d.ref]) for d in demands]


def promised(hub: Hub, *demands: Demand) -> list[Reservation]:
    """The demands' reservations after the allocator ran once through the queue."""
    rows = queued(hub, *demands)
    allocate_page(hub_id=hub.pk)
    return [Reservation.objects.get(pk=row.pk) for row in rows]


def planned(hub: Hub, reservations: Sequence[Reservation], *, work_ref: str = "") -> list[PickList]:
    """The carts on which these promises will be fetched."""
    work_ref = work_ref or f"WAVE-{_next()}"
    assign(hub=hub, reservation_ids=[row.pk for row in reservations], work_ref=work_ref)
    plan_carts(hub=hub, work_ref=work_ref, seed=1, time_limit_s=0.2)
    return list(PickList.objects.filter(work_ref=work_ref).order_by("pk"))


def walking(hub: Hub, reservations: Sequence[Reservation], *, worker: User | None = None) -> PickList:
    """One cart with these promises, its totes `T1`, `T2` ... scanned on, in the hands of `worker`."""
    (pick_list,) = planned(hub, reservations)
    worker = worker or make_user()
    totes = {row.slot: f"T{row.slot}" for row in pick_list.totes.all()}
    return start_pick_list(pick_list_id=pick_list.pk, worker_id=worker.pk, totes=totes)


def picks_of(pick_list: PickList) -> list[Pick]:
    """What a picker scans who finds everything: one pick per open task, in walking order."""
    tasks = pick_list.tasks.filter(closed_at=None).select_related("bin", "sku", "cart_tote__tote")
    return [
        Pick(
            scan_id=uuid.uuid4(), bin_code=task.bin.code, item_code=code_of(task.sku),
            tote_code=task.cart_tote.tote.code, quantity=task.open,
        )
        for task in tasks.order_by("sequence", "pk")
    ]  # fmt: skip


# --- looking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Books:
    """Everything the warehouse's tables say about stock, to compare before and after."""

    moves: int
    balances: tuple[tuple[object, ...], ...]
    bins: tuple[tuple[object, ...], ...]
    reservations: tuple[tuple[object, ...], ...]


def books() -> Books:
    """The state of the books now. Empty rows don't count: a lock may have made them."""
    return Books(
        moves=Move.objects.count(),
        balances=tuple(
            Balance.objects.exclude(on_hand=0)
            .order_by("hub", "sku")
            .values_list("hub", "sku", "on_hand", "sellable", "reserved")
        ),
        bins=tuple(
            BinBalance.objects.exclude(on_hand=0)
            .order_by("bin", "sku", "lot", "condition")
            .values_list("bin", "sku", "lot", "condition", "on_hand", "reserved", "since")
        ),
        reservations=tuple(
            Reservation.objects.order_by("pk").values_list("pk", "held", "assigned", "picked", "cancelled")
        ),
    )


def in_bin(hub: Hub, place: str, sku: Sku) -> int:
    """Units of an item in a bin, in any condition."""
    rows = BinBalance.objects.filter(bin__hub=hub, bin__code=place, sku=sku)
    return sum(rows.values_list("on_hand", flat=True))


def later(minutes: int = 1) -> datetime:
    """A moment after now by the hub's clock."""
    return clock.now() + timedelta(minutes=minutes)
