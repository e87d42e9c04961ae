"""A small hub in the middle of a working day, reached through the services: something of everything.

Orders in every stage from received to delivered, an inbound with damage and a shortage, a walk under way with
a short and its count, a wave, a manifest, a file that was read. Only the carrier's part is written by hand:
a label as it would have been bought.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from foundation import clock
from fulfillment.models import IntakeRefusal, IntakeRun, Order
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.charging import publish_rates, take_back_charge
from fulfillment.services.dispatch import load_parcel, what_stays
from fulfillment.services.leaving_behind import note_left_behind
from fulfillment.services.packing import pack_order
from fulfillment.services.waving import plan_wave
from shipping.models import CarrierAccount, LabelPurchase, Manifest, Parcel, Shipment
from shipping.services.departing import leave
from shipping.services.loading import LoadRequest, open_trailer, unload_parcel
from shipping.services.manifesting import Departure, hand_over_manifest, new_manifest
from shipping.services.projecting import project_shipments
from tests.docks import TUESDAY_AT_8, make_door, on_pallets
from tests.factories import (
    MONDAY,
    announced,
    count_in,
    make_hub,
    make_lot,
    make_seller,
    make_sku,
    picture,
    stock,
    unit_scan,
)
from tests.fulfillment.building import (
    bench_scans,
    fresh,
    on_carts,
    ordered,
    picked,
    released,
    walked,
    with_carrier,
)
from warehouses.models import Case, Condition, Count, Hub, Move, Numbering, Seller, Sku
from warehouses.services.cases import answer_case
from warehouses.services.counting import record_count
from warehouses.services.docking import book_appointment
from warehouses.services.measuring import Reading, measure_sku
from warehouses.services.numbering import ledger_of
from warehouses.services.photos import keep_photo
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import arrive_carton, close_carton, count_units, undo_scan
from warehouses.services.settling import settle_case


@dataclass(frozen=True)
class World:
    """What a mutation may want to name."""

    hub: Hub
    other_hub: Hub
    other_seller: Seller
    sku: Sku


def build() -> World:
    """The world, at a Monday's business time."""
    with clock.playing(MONDAY):
        return _build()


def _build() -> World:
    hub, seller = with_carrier(make_hub(totes=30)), make_seller()
    ring, cream = make_sku(seller, "RING"), make_sku(seller, "CREAM", tracks_lots=True)
    _take_in(hub, ring, cream)
    shipped = _packed(hub, {ring: 2, cream: 1})
    _label(shipped)
    _hand_over(hub)
    left_behind, loaded = _packed(hub, {ring: 1}), _packed(hub, {ring: 1})
    _label(left_behind)
    _load(hub, loaded)
    picked(hub, {ring: 1, cream: 2})
    _short(hub, ring)
    ordered(hub, {ring: 1})
    on_carts(released(hub))
    ordered(hub, {cream: 2})
    allocate_hub(hub_id=hub.pk)
    plan_wave(hub=hub)
    ordered(hub, {ring: 3})
    ordered(hub, {ring: 1_000})
    allocate_hub(hub_id=hub.pk)
    cancel_order(order_id=ordered(hub, {cream: 1}).pk)
    ordered(hub, {cream: 1})
    _read_a_file(hub, ring)
    _differ(hub, make_sku(seller, "SCARF"), make_sku(seller, "HAT"))
    _dock(hub, seller)
    _measure(hub, ring)
    other_hub, other_seller = make_hub(), make_seller()
    stock(other_hub, make_sku(other_seller, "THEIRS"), 1)
    ledger_of(seller_id=seller.pk)
    Numbering.objects.filter(seller=seller).update(done_to=Move.objects.order_by("-id")[0].pk)
    return World(hub, other_hub, other_seller, ring)


def _take_in(hub: Hub, ring: Sku, cream: Sku) -> None:
    lot = make_lot(cream, "A1", (MONDAY + timedelta(days=900)).date())
    first, second = announced(hub, [{ring: 40, cream: 20}, {ring: 5}], lots={cream: lot})
    count_in(first, [unit_scan(ring, 36), unit_scan(ring, 2, Condition.DAMAGED), unit_scan(cream, 20)])
    tasks = propose_putaway(inbound_id=first.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    count_in(second, [unit_scan(ring, 5)])
    propose_putaway(inbound_id=first.inbound_id)
    (whole,) = announced(hub, [{ring: 3}])
    count_in(whole, [unit_scan(ring, 3)])
    tasks = propose_putaway(inbound_id=whole.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    announced(hub, [{cream: 5}], lots={cream: lot}, pallet=1)


def _differ(hub: Hub, scarf: Sku, hat: Sku) -> None:
    """A carton with damage, a surplus and what nobody knows: the first two are settled, two scans were slips.

    What was thrown away is charged, and taken back.
    """
    (carton,) = announced(hub, [{scarf: 5}])
    arrive_carton(hub=hub, code=carton.sscc)
    scans = [unit_scan(scarf, 7), unit_scan(scarf), unit_scan(scarf, 2, Condition.DAMAGED)]
    scans += [unit_scan(scarf, n, code="???", is_unexpected=True) for n in (3, 1)]
    count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", may_exceed=True)
    for slip in (scans[1], scans[4]):
        undo_scan(scan_id=slip.scan_id, station="DOCK-1")
    for scan in scans[2:4]:
        keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=scan.scan_id)
    close_carton(carton_id=carton.pk)
    tasks = propose_putaway(inbound_id=carton.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    damaged, surplus = (Case.objects.get(carton=carton, kind=kind) for kind in ("damaged", "surplus"))
    answer_case(case_id=damaged.pk, choice="dispose")
    answer_case(case_id=surplus.pk, choice="book_to", book_to=hat)
    with clock.playing(MONDAY - timedelta(hours=2)):
        publish_rates(valid_from=MONDAY - timedelta(hours=1), hub=hub, prices={"dispose": Decimal("0.0850")})
    for case in (damaged, surplus):
        settle_case(case_id=case.pk)
    take_back_charge(charge_id=damaged.charges.get().pk, reason="The carrier pays for it.")


def _measure(hub: Hub, ring: Sku) -> None:
    for scale_g in (1_070, 1_043):
        reading = Reading(scan_id=uuid.uuid4(), scale_g=scale_g, units=10, length_mm=99, width_mm=100, height_mm=130)
        measure_sku(sku_id=ring.pk, hub=hub, reading=reading, station="DOCK-1")


def _dock(hub: Hub, seller: Seller) -> None:
    """Three that come to one door at once: one is awaited, one is here, one was counted."""
    make_door(hub)
    for cartons_seen in range(3):
        inbound = on_pallets(hub, 2, seller=seller)
        book_appointment(inbound_id=inbound.pk, door="D1", starts_at=TUESDAY_AT_8)
        for carton in inbound.cartons.order_by("number")[:cartons_seen]:
            count_in(carton, [unit_scan(carton.lines.get().sku)])


def _packed(hub: Hub, contents: dict[Sku, int]) -> Order:
    order = picked(hub, contents)
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    return fresh(order)


def _label(order: Order) -> None:
    """Every parcel's label, as a purchase at the carrier leaves it."""
    for parcel in Parcel.objects.filter(shipment=order.shipment):
        number = f"SIM{parcel.pk:08d}"
        label = number.encode()
        purchase = LabelPurchase.objects.create(parcel=parcel, reference=str(uuid.uuid4()), intended_at=clock.now())
        purchase.mark_bought()
        purchase.tracking_no, purchase.label, purchase.price_cents = number, label, 595
        purchase.label_sha256, purchase.settled_at = hashlib.sha256(label).hexdigest(), clock.now()
        purchase.save()
        Parcel.objects.filter(pk=parcel.pk).update(tracking_no=number, labelled_at=clock.now())
    assert order.shipment is not None
    project_shipments({order.shipment.pk: Shipment.objects.get(pk=order.shipment.pk)})


def _hand_over(hub: Hub) -> None:
    parcels = Parcel.objects.filter(shipment__site=hub.code, labelled_at__isnull=False)
    manifest = Manifest.objects.create(
        number=f"{hub.code}-1", site=hub.code, carrier=parcels[0].carrier, ship_on=MONDAY.date(), closed_at=clock.now()
    )
    parcels.update(manifest=manifest)
    manifest.mark_closed()
    manifest.save()
    hand_over_manifest(manifest_id=manifest.pk, holds=what_stays)


def _load(hub: Hub, order: Order) -> None:
    """One parcel scanned onto a trailer, off again, and onto the one that left: a lane that asks for scans."""
    _label(order)
    assert order.shipment is not None
    parcel = order.shipment.parcels.get()
    CarrierAccount.objects.filter(site=hub.code).update(load_scans_required=True)
    wrong, right = (
        open_trailer(site=hub.code, carrier_code="simulator", door=door, plate=door, ship_on=MONDAY.date())
        for door in ("OUT-1", "OUT-2")
    )
    for trailer, scan in ((wrong, load_parcel), (wrong, unload_parcel), (right, load_parcel)):
        scan(request=LoadRequest(trailer.pk, parcel.tracking_no, uuid.uuid4(), "OUT-1"))
    manifest = new_manifest(CarrierAccount.objects.get(site=hub.code), Departure(MONDAY.date()), right)
    right.parcels.update(manifest=manifest)
    manifest.mark_closed()
    manifest.save()
    right.mark_sealed()
    right.save()
    leave(trailer_id=right.pk, holds=what_stays)
    CarrierAccount.objects.filter(site=hub.code).update(load_scans_required=False)
    by_now = Departure(MONDAY.date())
    assert note_left_behind(hub=hub, carrier=parcel.carrier, departure=by_now, by_scan=False) == 1


def _short(hub: Hub, ring: Sku) -> None:
    """One order short at picking, its bin counted; another half walked."""
    ordered(hub, {ring: 4})
    for pick_list in on_carts(released(hub)):
        walked(pick_list, missing={ring: 1})
    count = Count.objects.get(hub=hub)
    record_count(count_id=count.pk, counted=count.bin.balances.get(sku=ring).on_hand - 1)


def _read_a_file(hub: Hub, ring: Sku) -> None:
    run = IntakeRun.objects.create(
        seller=ring.seller, hub=hub, file_name="week.csv", file_sha256="0" * 64, layout="online-retail",
        started_at=clock.now(), finished_at=clock.now(), read=3, accepted=1, duplicate=1, refused=1,
    )  # fmt: skip
    IntakeRefusal.objects.create(run=run, row=2, code="credit_note", message="Goods that came back.")
