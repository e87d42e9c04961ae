"""Trails of goods going out: from the promise to the buyer's door; and of a move of either."""

from collections.abc import Iterator

from foundation.admin.trail import Stop, here, many, one, trail
from fulfillment.models import LeftBehind, Order, OrderLine, Pack, PackLine, Wave
from shipping.models import (
    Address,
    LabelPurchase,
    LoadScan,
    Manifest,
    Parcel,
    Pickup,
    Shipment,
    TrackingAnomaly,
    TrackingScan,
    Trailer,
)
from warehouses.admin.stock import moves_of_pick_list
from warehouses.models import CartTote, Move, PickList, PickTask, PutawayTask, ReceiptScan, Reservation

Stops = Iterator[Stop | None]


def _order_of(reservation: Reservation | None) -> Order | None:
    number = reservation.demand_group if reservation else ""
    return Order.objects.filter(number=number).first() if number else None


def _pack_of(order: Order | None) -> Stop | None:
    pack = Pack.objects.filter(order=order).first() if order else None
    return one("pack record", pack, f"at {pack.station}" if pack else "")


@trail(Move)
def move_trail(move: Move) -> Stops:
    """What caused the move, and its two ends."""
    kind, _, cause = move.source.partition(":")
    scan = ReceiptScan.objects.filter(scan_id=cause).first() if kind == "receipt" else None
    task = PutawayTask.objects.filter(pk=cause).first() if kind == "putaway" else None
    yield one("scan", scan)
    yield one("putaway", task)
    yield one("order", _order_of(move.reservation))
    yield one("reservation", move.reservation)
    yield one("from", move.from_bin)
    yield here(move)
    yield one("to", move.to_bin)


@trail(Order)
def order_trail(order: Order) -> Stops:
    """From the promise to the door."""
    group = order.number
    tasks = PickTask.objects.filter(reservation__demand_group=group)
    parcels = Parcel.objects.filter(shipment=order.shipment_id)
    numbers = [number for number in parcels.values_list("tracking_no", flat=True) if number]
    yield one("seller", order.seller)
    yield here(order)
    yield many(Reservation.objects.filter(demand_group=group), demand_group__exact=group)
    yield many(tasks, reservation__demand_group=group)
    yield one("wave", order.wave)
    yield _pack_of(order)
    yield one("shipment", order.shipment)
    yield many(parcels, shipment__id__exact=order.shipment_id or 0)
    yield many(TrackingScan.objects.filter(tracking_no__in=numbers), tracking_no__in=",".join(numbers))
    yield many(Move.objects.filter(reservation__demand_group=group), reservation__demand_group=group)


@trail(OrderLine)
def order_line_trail(line: OrderLine) -> Stops:
    """The line and its promise."""
    yield one("order", line.order)
    yield here(line)
    yield one("SKU", line.sku)
    yield one("reservation", line.reservation)
    yield many(line.pack_lines.all(), line__id__exact=line.pk)


@trail(Reservation)
def reservation_trail(reservation: Reservation) -> Stops:
    """The promise, who fetches it, what moved."""
    yield one("order", _order_of(reservation))
    yield here(reservation)
    yield many(reservation.tasks.all(), reservation__id__exact=reservation.pk)
    yield many(reservation.moves.all(), reservation__id__exact=reservation.pk)


@trail(PickTask)
def task_trail(task: PickTask) -> Stops:
    """One stop for one order."""
    yield one("order", _order_of(task.reservation))
    yield one("reservation", task.reservation)
    yield one("wave", Wave.objects.filter(number=task.work_ref).first())
    yield one("pick list", task.pick_list)
    yield here(task)
    yield one("bin", task.bin)


@trail(PickList)
def pick_list_trail(pick_list: PickList) -> Stops:
    """One cart of a wave."""
    yield one("wave", Wave.objects.filter(number=pick_list.work_ref).first())
    yield here(pick_list)
    yield many(pick_list.totes.all(), pick_list__id__exact=pick_list.pk)
    yield many(pick_list.tasks.all(), pick_list__id__exact=pick_list.pk)
    yield many(Move.objects.filter(moves_of_pick_list(pick_list.number)), pick_list=pick_list.number)


@trail(CartTote)
def tote_trail(tote: CartTote) -> Stops:
    """What rides in one tote."""
    if tote.is_shared:
        orders = Order.objects.filter(lines__reservation__tasks__cart_tote=tote)
        yield many(orders, lines__reservation__tasks__cart_tote__id__exact=tote.pk)
    else:
        yield one("order", Order.objects.filter(number=tote.demand_group).first())
    yield one("pick list", tote.pick_list)
    yield here(tote)
    yield one("tote", tote.tote)
    yield many(tote.tasks.all(), cart_tote__id__exact=tote.pk)


@trail(Wave)
def wave_trail(wave: Wave) -> Stops:
    """Orders and carts of one wave."""
    yield one("hub", wave.hub)
    yield here(wave)
    yield many(wave.orders.all(), wave__id__exact=wave.pk)
    yield many(PickList.objects.filter(work_ref=wave.number), work_ref__exact=wave.number)
    yield many(PickTask.objects.filter(work_ref=wave.number), work_ref__exact=wave.number)


@trail(Pack)
def pack_trail(pack: Pack) -> Stops:
    """The proof of what is in the box."""
    yield one("order", pack.order)
    yield here(pack)
    yield many(pack.lines.all(), pack__id__exact=pack.pk)
    yield one("shipment", pack.order.shipment)


@trail(PackLine)
def pack_line_trail(line: PackLine) -> Stops:
    """Units in a parcel."""
    yield one("order", line.pack.order)
    yield one("pack record", line.pack, f"at {line.pack.station}")
    yield here(line)
    yield one("parcel", line.parcel)


@trail(Shipment)
def shipment_trail(shipment: Shipment) -> Stops:
    """What the carrier has."""
    order = Order.objects.filter(shipment=shipment).first()
    yield one("order", order)
    yield _pack_of(order)
    yield here(shipment)
    yield many(shipment.parcels.all(), shipment__id__exact=shipment.pk)
    yield many(shipment.changes.all(), shipment__id__exact=shipment.pk)
    yield many(shipment.anomalies.all(), shipment__id__exact=shipment.pk)


@trail(Parcel)
def parcel_trail(parcel: Parcel) -> Stops:
    """One box on its way."""
    scans = TrackingScan.objects.filter(carrier=parcel.carrier_id, tracking_no=parcel.tracking_no or "-")
    yield one("order", Order.objects.filter(shipment=parcel.shipment_id).first())
    yield one("shipment", parcel.shipment)
    yield here(parcel)
    yield many(parcel.purchases.all(), parcel__id__exact=parcel.pk)
    yield one("trailer", parcel.trailer)
    yield one("manifest", parcel.manifest)
    yield many(scans, tracking_no__exact=parcel.tracking_no or "-")
    yield many(PackLine.objects.filter(parcel=parcel), parcel__id__exact=parcel.pk)


@trail(LabelPurchase)
def purchase_trail(purchase: LabelPurchase) -> Stops:
    """A label and its parcel."""
    yield one("shipment", purchase.parcel.shipment)
    yield one("parcel", purchase.parcel)
    yield here(purchase)


@trail(Manifest)
def manifest_trail(manifest: Manifest) -> Stops:
    """What left together."""
    yield one("carrier", manifest.carrier)
    yield one("trailer", manifest.trailer)
    yield here(manifest)
    yield many(manifest.parcels.all(), manifest__id__exact=manifest.pk)


@trail(Trailer)
def trailer_trail(trailer: Trailer) -> Stops:
    """A vehicle, what is on it, and what it left with."""
    yield one("carrier", trailer.carrier)
    yield here(trailer)
    yield one("manifest", Manifest.objects.filter(trailer=trailer).first())
    yield many(trailer.parcels.all(), trailer__id__exact=trailer.pk)
    yield many(trailer.scans.all(), trailer__id__exact=trailer.pk)


@trail(Pickup)
def pickup_trail(pickup: Pickup) -> Stops:
    """A visit, and whose."""
    yield one("carrier", pickup.carrier)
    yield here(pickup)


@trail(LeftBehind)
def left_behind_trail(row: LeftBehind) -> Stops:
    """What stayed, and whose it is."""
    yield one("order", row.order)
    yield one("parcel", row.parcel)
    yield here(row)


@trail(LoadScan)
def load_scan_trail(scan: LoadScan) -> Stops:
    """One scan at a trailer."""
    yield one("parcel", scan.parcel)
    yield one("trailer", scan.trailer)
    yield here(scan)


@trail(TrackingScan, TrackingAnomaly)
def scan_trail(scan: TrackingScan | TrackingAnomaly) -> Stops:
    """Which parcel the carrier spoke of."""
    parcels = Parcel.objects.filter(carrier=scan.carrier_id, tracking_no=scan.tracking_no).select_related("shipment")
    parcel = parcels.exclude(tracking_no="").first()
    yield one("order", Order.objects.filter(shipment=parcel.shipment_id).first() if parcel else None)
    yield one("shipment", parcel.shipment if parcel else None)
    yield one("parcel", parcel)
    yield here(scan)


@trail(Address)
def address_trail(address: Address) -> Stops:
    """Whose parcels go there."""
    yield here(address)
    yield many(Order.objects.filter(ship_to=address), ship_to__id__exact=address.pk)
    yield many(Shipment.objects.filter(ship_to=address), ship_to__id__exact=address.pk)
