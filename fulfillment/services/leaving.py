"""Leaving: what the carrier's word means for orders and stock. Called by the listener, inside its transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import F

from foundation import clock
from foundation.guard import fire_many
from foundation.sql import update_many
from fulfillment.locks import lock_orders
from fulfillment.models import Order, OrderLine, PackLine
from fulfillment.services.announcing import announce_orders
from shipping.models import Shipment
from shipping.signals import TrackedChange
from warehouses.models import Bin, Move
from warehouses.services.moving import Step, post_moves, ring

STILL_HERE = frozenset({Shipment.State.DRAFT, Shipment.State.LABEL_CREATED, Shipment.State.CANCELLED})
"""States in which a shipment's parcels are still in the building; in any other the carrier has them."""


def note_tracking(changes: Sequence[TrackedChange]) -> None:
    """Orders follow their shipments: gone with the first sign that the carrier has them, delivered, come back."""
    at = {change.shipment_id: change.occurred_at for change in changes}
    orders = lock_orders(Order.objects.filter(shipment__in=at))
    by_shipment = {order.shipment_id: order for order in orders}
    to_state: dict[str, list[Order]] = {}
    for change in changes:
        order = by_shipment.get(change.shipment_id)
        if order is not None:
            to_state.setdefault("" if change.to_state in STILL_HERE else change.to_state, []).append(order)
    to_state.pop("", None)
    gone = {order.pk: order for group in to_state.values() for order in group}
    ship([order for order in gone.values() if order.state == Order.State.PACKED])
    _deliver(to_state.get(Shipment.State.DELIVERED, []), at)
    _come_back(to_state.get(Shipment.State.RETURNED, []))


def ship(orders: Collection[Order]) -> None:
    """Packed orders (locked) leave: their units leave the ledger, parcel by parcel."""
    if not orders:
        return
    rows = Order.objects.filter(pk__in=[order.pk for order in orders])
    fire_many(rows, "ship", shipped_at=clock.now(), hold=Order.Hold.NONE)
    for order in orders:
        order.state = Order.State.SHIPPED
    lines = OrderLine.objects.filter(order__in=[order.pk for order in orders])
    lines.update(shipped=F("quantity") - F("cancelled"))
    announce_orders("order.shipped", orders)
    for hub_id in sorted({order.hub_id for order in orders}):
        steps = _steps(hub_id, [order for order in orders if order.hub_id == hub_id])
        ring(hub_id, post_moves(hub_id=hub_id, steps=steps))


def _steps(hub_id: int, orders: Collection[Order]) -> list[Step]:
    dispatch = Bin.objects.filter(hub_id=hub_id, kind=Bin.Kind.DISPATCH).order_by("code")[:1].get()
    packed = PackLine.objects.filter(pack__order__in=[order.pk for order in orders])
    rows = packed.order_by("id").values_list(
        "parcel__reference", "pk", "line__sku_id", "lot_id", "quantity", "line__reservation_id"
    )
    return [
        Step(
            kind=Move.Kind.SHIP,
            source=f"parcel:{reference}",
            source_line=pack_line,
            sku_id=sku_id,
            lot_id=lot_id,
            quantity=quantity,
            from_bin_id=dispatch.pk,
            reservation_id=reservation_id,
        )
        for reference, pack_line, sku_id, lot_id, quantity, reservation_id in rows
    ]


def _deliver(orders: Sequence[Order], at: dict[int, datetime]) -> None:
    delivered = [order for order in orders if order.state == Order.State.SHIPPED]
    if not delivered:
        return
    for order in delivered:
        order.deliver()
        order.delivered_at = at.get(order.shipment_id or 0)
    update_many(Order, delivered, ["state", "delivered_at"])
    announce_orders("order.delivered", delivered)


def _come_back(orders: Sequence[Order]) -> None:
    returned = [order for order in orders if order.state in {Order.State.SHIPPED, Order.State.DELIVERED}]
    if returned:
        fire_many(Order.objects.filter(pk__in=[order.pk for order in returned]), "come_back")
        announce_orders("order.returned", returned)
